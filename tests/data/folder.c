/* A folder of its own for files of a test, and allocations that fail. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

int enter_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/gradus_data_XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

int leave_folder(void **state)
{
    (void)state;
    remove("t");
    remove("t.csv");
    return chdir("/") != 0 || rmdir(folder) != 0;
}

void write_file(const char *path, const void *bytes, size_t size)
{
    remove(path); /* some file systems flush what is overwritten */
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

gd_table *read_text(const char *text, const gd_table_options *options)
{
    write_file("t.csv", text, strlen(text));
    return gd_table_read("t.csv", options);
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
