#include "cli/system/memory.h"

#include <gradus/tensor.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t refused; /* bytes */

/* What an allocation of `size` bytes has come to. */
static void *noted(void *memory, size_t size)
{
    if (memory == NULL)
        refused = size > 0 ? size : 1;
    return memory;
}

size_t cli_memory_refused(void)
{
    return refused;
}

void *cli_malloc(size_t size)
{
    return noted(malloc(size), size);
}

void *cli_calloc(size_t count, size_t size)
{
    return noted(calloc(count, size), count * size);
}

void *cli_realloc(void *memory, size_t size)
{
    return noted(realloc(memory, size), size);
}

char *cli_strdup(const char *text)
{
    return noted(strdup(text), strlen(text) + 1);
}

static void *allocate(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size > 0)
        return cli_malloc(new_size);
    free(memory);
    return NULL;
}

void cli_watch_memory(void)
{
    gd_set_allocator(allocate, NULL);
}

/* ---- bytes that grow ---- */

/* Room for `size` more and a 0. */
static bool reserve(cli_bytes *b, size_t size)
{
    if (b->failed || b->room - b->size > size)
        return !b->failed;
    size_t room = 2 * b->room > b->size + size ? 2 * b->room : b->size + size + 64;
    char *data = cli_realloc(b->data, room);
    if (data != NULL) {
        b->data = data;
        b->room = room;
        return true;
    }
    free(b->data);
    *b = (cli_bytes){.failed = true};
    return false;
}

void cli_bytes_add(cli_bytes *bytes, const void *data, size_t size)
{
    if (!reserve(bytes, size))
        return;
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    bytes->data[bytes->size] = '\0';
}

void cli_bytes_print(cli_bytes *bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !reserve(bytes, (size_t)length))
        return;
    va_start(arguments, format);
    bytes->size +=
        (size_t)vsnprintf(bytes->data + bytes->size, (size_t)length + 1, format, arguments);
    va_end(arguments);
}
