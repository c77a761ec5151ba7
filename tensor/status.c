/* Codes, their texts, and the thread's message. */
#include "tensor/internal.h"

#include <stdarg.h>
#include <string.h>

enum { LONGEST = 2048 };
static _Thread_local char message[LONGEST];
static _Thread_local gd_status message_status;

const char *gd_status_text(gd_status status)
{
    static const char *const texts[] = {
#define TEXT(code, text) [code] = text,
        GD_STATUS_LIST(TEXT)
#undef TEXT
    };
    size_t index = (size_t)status;
    return index < sizeof texts / sizeof *texts ? texts[index] : "unknown status";
}

const char *gd_message(void)
{
    return message;
}

static void write_message(gd_status status, const char *format, va_list arguments)
{
    char text[LONGEST]; /* the message before may be among the arguments */
    vsnprintf(text, sizeof text, format, arguments);
    message_status = status;
    memcpy(message, text, strlen(text) + 1);
}

gd_status gd_message_status(void)
{
    return message_status;
}

gd_status gd_fail(gd_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_message(status, format, arguments);
    va_end(arguments);
    return status;
}

bool gd__fail_false(gd_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_message(status, format, arguments);
    va_end(arguments);
    return false;
}

void *gd__fail_null(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_message(GD_ERROR_ARGUMENT, format, arguments);
    va_end(arguments);
    return NULL;
}

void *gd__fail_memory(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_message(GD_ERROR_MEMORY, format, arguments);
    va_end(arguments);
    return NULL;
}

gd_tensor gd__fail_view(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_message(GD_ERROR_ARGUMENT, format, arguments);
    va_end(arguments);
    return (gd_tensor){.ndim = -1};
}
