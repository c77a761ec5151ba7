/* A folder of its own for files of a test, and allocations that fail. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];
static const char *only_file;

int enter_folder(const char *file)
{
    snprintf(folder, sizeof folder, "/tmp/gradus_data_XXXXXX");
    only_file = file;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

int leave_folder(void)
{
    remove(only_file);
    return chdir("/") != 0 || rmdir(folder) != 0;
}

void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static allocations count;

void fail_allocation(long k)
{
    count = (allocations){.fail_at = k};
    gd_set_allocator(counting_allocator, &count);
}

bool allocation_failed(void)
{
    return count.calls >= count.fail_at;
}

long allocations_live(void)
{
    return count.live;
}
