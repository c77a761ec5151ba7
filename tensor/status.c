/* Codes, their texts, and the thread's message. */
#include "tensor/internal.h"

#include <stdarg.h>

static _Thread_local char message[512];

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

static void write_message(const char *format, va_list arguments)
{
    vsnprintf(message, sizeof message, format, arguments);
}

gd_status gd__fail(gd_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_message(format, arguments);
    va_end(arguments);
    return status;
}

void *gd__fail_null(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_message(format, arguments);
    va_end(arguments);
    return NULL;
}

gd_tensor gd__fail_view(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_message(format, arguments);
    va_end(arguments);
    return (gd_tensor){.ndim = -1};
}
