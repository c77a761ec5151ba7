/* Memory, messages and time. */
#include "fit/internal.h"

#include <string.h>
#include <time.h>

void *gd__zeros(size_t count, size_t size)
{
    void *memory = count <= SIZE_MAX / size ? gd_allocate(count * size) : NULL;
    if (memory == NULL)
        return gd__fail_memory("no memory for %zu times %zu bytes", count, size);
    return memset(memory, 0, count * size);
}

gd_status gd__status(bool ok)
{
    gd_status status = ok ? GD_OK : gd_message_status();
    return ok || status != GD_OK ? status : GD_ERROR_STATE;
}

bool gd__data_failure(void)
{
    if (gd_message_status() == GD_ERROR_ARGUMENT)
        gd_fail(GD_ERROR_VALUE, "%s", gd_message());
    return false;
}

bool gd__tape_failure(const gd_tape *tape)
{
    return gd__fail_false(gd_tape_status(tape), "%s", gd_tape_message(tape));
}

void gd__keep_failure(gd__failure *failure)
{
    failure->status = gd__status(false);
    snprintf(failure->message, sizeof failure->message, "%s", gd_message());
}

bool gd__fail_again(const gd__failure *failure)
{
    return gd__fail_false(failure->status, "%s", failure->message);
}

double gd__seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
