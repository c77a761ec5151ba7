/* Memory, messages and events. */
#include "fit/internal.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

void *gd__zeros(size_t count, size_t size)
{
    void *memory = count <= SIZE_MAX / size ? gd__allocate(count * size) : NULL;
    if (memory == NULL)
        return gd__fail_memory("no memory for %zu times %zu bytes", count, size);
    return memset(memory, 0, count * size);
}

gd_status gd__data_failure(void)
{
    gd_status status = gd_message_status();
    return status == GD_ERROR_ARGUMENT ? GD_ERROR_VALUE : status;
}

void gd__notify(gd__watch *watch, const gd_fit_event *event)
{
    const gd_fit_options *o = watch->options;
    if (o->watch != NULL && !o->watch(o->context, event))
        watch->stopped = true;
}

void gd__say(gd__watch *watch, gd_fit_kind kind, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    gd__notify(watch, &(gd_fit_event){.kind = kind, .message = message});
}

double gd__seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
