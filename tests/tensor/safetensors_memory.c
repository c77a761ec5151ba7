/* .safetensors files take memory in proportion to what they hold, whatever they say. */
#include "../cmocka_all.h"
#include "safetensors_help.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static size_t live, peak; /* bytes */

static void *weighing(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context;
    live += new_size - old_size;
    peak = live > peak ? live : peak;
    if (new_size > 0)
        return malloc(new_size);
    free(memory);
    return NULL;
}

/* Bytes that opening t.safetensors has taken at most. */
static size_t peak_of_opening(bool is_read)
{
    struct stat status;
    assert_int_equal(stat(T, &status), 0);
    peak = live = 0;
    gd_set_allocator(weighing, NULL);
    gd_safetensors *f = gd_safetensors_open(T);
    if ((f != NULL) != is_read)
        fail_msg("%s", gd_message());
    gd_safetensors_close(f);
    gd_set_allocator(NULL, NULL);
    assert_int_equal(live, 0);
    return peak;
}

static void test_absurd_sizes(void **state)
{
    (void)state;
    static char bytes[MOST];
    const char *const headers[] = {
        "{" A("U8", "[1099511627776]", "[0,1099511627776]") "}",
        "{" A("F64", "[2305843009213693951]", "[0,8]") "}",
        "{" A("U8", "[9223372036854775807]", "[0,9223372036854775807]") "}",
        "{" A("U8", "[4]", "[0,4]") "," A("U8", "[4000000000]", "[4,4000000004]") "}",
        "{\"a\":{\"shape\":[[[[[[[[[[[[[[[["};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; ++i) {
        write_file(T, bytes, make_file(bytes, headers[i], -1, 4));
        assert_true(peak_of_opening(false) < 4096);
    }
    write_file(T, "\0\xe1\xf5\5\0\0\0\0{}", 10);
    assert_true(peak_of_opening(false) < 4096);
}

/* A file of very many tiny entries or texts: in proportion, and found quickly. */
static size_t make_many(int n, bool entries, bool whole)
{
    FILE *file = fopen(T, "wb");
    assert_non_null(file);
    fwrite("\0\0\0\0\0\0\0\0{", 1, 9, file);
    if (!entries)
        fprintf(file, "\"__metadata__\":{");
    for (int i = 0; i < n; ++i)
        if (entries)
            fprintf(file, "%s\"%x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                    i > 0 ? "," : "", i * 7919 % n);
        else
            fprintf(file, "%s\"%x\":\"\"", i > 0 ? "," : "", i * 7919 % n);
    fprintf(file, "%s%s", entries ? "" : "}", whole ? "}" : "!");
    long size = ftell(file);
    for (int i = 0; i < 8; ++i) {
        fseek(file, i, SEEK_SET);
        fputc((int)((size - 8) >> 8 * i & 255), file);
    }
    fclose(file);
    return (size_t)size;
}

static void test_very_many(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    for (int k = 0; k < 4; ++k) {
        size_t size = make_many(MANY, k < 2, k % 2 == 0), most = peak_of_opening(k % 2 == 0);
        if (most > 16 * size)
            fail_msg("%zu bytes of memory for a file of %zu", most, size);
    }
    make_many(MANY, true, true);
    gd_safetensors *f = open_file(T);
    gd_named_tensor *tensors = malloc(MANY * sizeof *tensors);
    assert_int_equal(gd_safetensors_count(f), MANY);
    for (int i = 0; i < MANY; ++i) {
        char name[16];
        snprintf(name, sizeof name, "%x", i);
        assert_non_null(gd_safetensors_find(f, name));
        tensors[i] = (gd_named_tensor){gd_safetensors_name(f, i), gd_safetensors_at(f, i)};
    }
    assert_int_equal(gd_safetensors_save(T, MANY, tensors, 0, NULL), GD_OK);
    tensors[MANY - 1].name = tensors[0].name;
    assert_int_equal(gd_safetensors_save(T, MANY, tensors, 0, NULL), GD_ERROR_VALUE);
    assert_message(T ": entry \"0\": the name comes twice");
    free(tensors);
    gd_safetensors_close(f);
    f = open_file(T);
    assert_int_equal(gd_safetensors_count(f), MANY);
    gd_safetensors_close(f);
}

#define TEST(name) cmocka_unit_test(name)

int safetensors_memory_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_absurd_sizes), TEST(test_very_many)};
    return cmocka_run_group_tests_name("safetensors_memory", tests, enter_folder, leave_folder);
}
