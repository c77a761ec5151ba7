/* Memory, messages and time. */
#include "fit/internal.h"

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

double gd__seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
