#include "arrays.h"

#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <zip.h>

size_t make_npy(char *to, const char *header, const void *elements, size_t size)
{
    memcpy(to, "\x93NUMPY\1\0\x76\0", 10);
    memset(to + 10, ' ', 118);
    memcpy(to + 10, header, strlen(header));
    memcpy(to + 128, elements, size);
    return 128 + size;
}

void write_npz(const char *path, const npy_array *arrays, int count, int method)
{
    remove(path);
    zip_t *zip = zip_open(path, ZIP_CREATE, NULL);
    assert_non_null(zip);
    for (int i = 0; i < count; ++i) {
        zip_source_t *source = zip_source_buffer(zip, arrays[i].bytes, arrays[i].size, 0);
        zip_int64_t index = zip_file_add(zip, arrays[i].name, source, 0);
        assert_true(index >= 0);
        assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, method, 0), 0);
    }
    assert_int_equal(zip_close(zip), 0);
}
