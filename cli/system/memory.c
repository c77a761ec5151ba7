/* Memory: an allocation that fails ends the program. */
#include "cli/system/memory.h"

#include "cli/cli.h"
#include "cli/system/signals.h"

#include <gradus/tensor.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ends the program where an allocation of `size` bytes was refused. */
static void *checked(void *memory, size_t size)
{
    if (memory != NULL || size == 0)
        return memory;
    fprintf(stderr, "gradus: not enough memory: %zu more bytes are needed\n", size);
    cli_remove_temporaries();
    fflush(stdout);
    _exit(CLI_RUNTIME);
}

void *cli_malloc(size_t size)
{
    return checked(malloc(size), size);
}

void *cli_calloc(size_t count, size_t size)
{
    return checked(calloc(count, size), count * size);
}

void *cli_realloc(void *memory, size_t size)
{
    return checked(realloc(memory, size), size);
}

char *cli_strdup(const char *text)
{
    return checked(strdup(text), strlen(text) + 1);
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
static void reserve(cli_bytes *b, size_t size)
{
    if (b->room - b->size > size)
        return;
    b->room = 2 * b->room > b->size + size ? 2 * b->room : b->size + size + 64;
    b->data = cli_realloc(b->data, b->room);
}

void cli_bytes_add(cli_bytes *bytes, const void *data, size_t size)
{
    reserve(bytes, size);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    bytes->data[bytes->size] = '\0';
}

static void print(cli_bytes *bytes, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    reserve(bytes, (size_t)length);
    vsnprintf(bytes->data + bytes->size, (size_t)length + 1, format, again);
    bytes->size += (size_t)length;
    va_end(again);
}

void cli_bytes_print(cli_bytes *bytes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(bytes, format, arguments);
    va_end(arguments);
}

char *cli_text(const char *format, ...)
{
    cli_bytes text = {.data = NULL};
    va_list arguments;
    va_start(arguments, format);
    print(&text, format, arguments);
    va_end(arguments);
    return text.data;
}
