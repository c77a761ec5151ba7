/* .safetensors files against Python's own: fixtures/safetensors/, made by
 * fixtures/make_safetensors.py. */
#include "../cmocka_all.h"
#include "safetensors_help.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

/* The bytes that are written in hexadecimal. */
static size_t bytes_of(const char *hexadecimal, uint8_t *bytes)
{
    size_t n = 0;
    unsigned byte;
    for (; sscanf(hexadecimal, "%2x", &byte) == 1; hexadecimal += 2)
        bytes[n++] = (uint8_t)byte;
    bytes[n] = 0;
    return n;
}

/* A line of list.txt behind the file's name; the file has that tensor. */
static void check_listed(FILE *list, const gd_safetensors *f)
{
    char dtype[16], elements[512], name[128];
    uint8_t bytes[256];
    gd_tensor wanted = {.ndim = 0};
    assert_int_equal(fscanf(list, "%15s %d", dtype, &wanted.ndim), 2);
    for (int i = 0; i < wanted.ndim; ++i) {
        long long size;
        assert_int_equal(fscanf(list, "%lld", &size), 1);
        wanted.shape[i] = size;
    }
    assert_int_equal(fscanf(list, "%511s %127s", elements, name), 2);
    bytes_of(name, bytes);
    const gd_tensor *x = gd_safetensors_find(f, (const char *)bytes);
    if (x == NULL)
        fail_msg("%s: there is no \"%s\"", gd_safetensors_path(f), (const char *)bytes);
    assert_string_equal(gd_dtype_name(x->dtype), dtype);
    assert_int_equal(x->ndim, wanted.ndim);
    for (int i = 0; i < x->ndim; ++i)
        assert_int_equal(x->shape[i], wanted.shape[i]);
    assert_true(gd_tensor_is_contiguous(x));
    size_t n = bytes_of(elements, bytes);
    assert_int_equal(n, (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype));
    assert_memory_equal(x->data, bytes, n);
}

static void check_file(const char *listed, const char *path)
{
    char file[32];
    int tensors = 0;
    gd_safetensors *f = open_file(path);
    FILE *list = fopen(FIXTURES "list.txt", "r");
    assert_non_null(list);
    for (int c; fscanf(list, "%31s", file) == 1;)
        if (strcmp(file, listed) == 0)
            check_listed(list, f), ++tensors;
        else
            while ((c = fgetc(list)) != '\n' && c != EOF)
                ;
    fclose(list);
    assert_int_equal(gd_safetensors_count(f), tensors);
    assert_string_equal(gd_safetensors_path(f), path);
    for (int i = 0; i < tensors; ++i) {
        const char *name = gd_safetensors_name(f, i);
        assert_ptr_equal(gd_safetensors_at(f, i), gd_safetensors_find(f, name));
        assert_true(i == 0 || strcmp(gd_safetensors_name(f, i - 1), name) < 0);
    }
    gd_safetensors_close(f);
}

static void test_as_python(void **state)
{
    (void)state;
    const char *const files[] = {"python", "nothing", "bare", "torch"};
    for (int i = 0; i < 4; ++i) {
        char path[sizeof FIXTURES + 40];
        snprintf(path, sizeof path, FIXTURES "%s.safetensors", files[i]);
        check_file(files[i], path);
    }
    check_file("python", FIXTURES "gradus.safetensors");
    assert_null(gd_safetensors_open(FIXTURES "half.safetensors"));
    assert_non_null(
        strstr(gd_message(),
               ": entry \"half\": dtype F32, F64, I64, BOOL or U8 is expected, found \"F16\""));
}

static void test_metadata(void **state)
{
    (void)state;
    gd_safetensors *f = open_file(FIXTURES "python.safetensors");
    for (int i = 0; i < TEXTS; ++i)
        assert_string_equal(gd_safetensors_metadata(f, texts[i].key), texts[i].value);
    assert_null(gd_safetensors_metadata(f, "gradus"));
    assert_null(gd_safetensors_metadata(f, NULL));
    gd_safetensors_close(f);
    f = open_file(FIXTURES "bare.safetensors");
    assert_null(gd_safetensors_metadata(f, "format"));
    assert_null(gd_safetensors_find(f, "y"));
    assert_null(gd_safetensors_find(f, NULL));
    assert_null(gd_safetensors_at(f, 1));
    assert_null(gd_safetensors_name(f, -1));
    gd_safetensors_close(f);
    gd_safetensors_close(NULL);
    assert_int_equal(gd_safetensors_count(NULL), 0);
}

/* Byte for byte the file that Python has read, but for the version. */
static void test_saved_for_python(void **state)
{
    (void)state;
    static const char version[] = "\"gradus\":\"";
    static char saved[MOST], expected[MOST];
    gd_safetensors *f = open_file(FIXTURES "python.safetensors");
    assert_int_equal(save_again(f), GD_OK);
    gd_safetensors_close(f);
    size_t length = read_file(T, saved),
           wanted = read_file(FIXTURES "gradus.safetensors", expected);
    char *at = strstr(expected + 8, version);
    assert_non_null(at);
    at += sizeof version - 1;
    assert_int_equal(strcspn(at, "\""), strlen(gd_version())); /* else make the fixture again */
    memcpy(at, gd_version(), strlen(gd_version()));
    assert_int_equal(length, wanted);
    assert_memory_equal(saved, expected, length);
    f = open_file(T);
    assert_string_equal(gd_safetensors_metadata(f, "gradus"), gd_version());
    for (int i = 0; i < TEXTS; ++i)
        assert_string_equal(gd_safetensors_metadata(f, texts[i].key), texts[i].value);
    gd_safetensors_close(f);
    check_file("python", T);
    assert_int_equal(count_files(), 1);
}

/* Elements begin at a multiple of 8, whatever the names; and those of 8 bytes come first. */
static void test_alignment(void **state)
{
    (void)state;
    static char bytes[MOST];
    const char name[] = "123456789";
    gd_tensor *small = gd_tensor_create_full(GD_U8, 1, GD_DIMS(3)),
              *large = gd_tensor_create_full(GD_I64, -1, GD_DIMS(1));
    for (int i = 0; i < 9; ++i) {
        const gd_named_tensor tensors[] = {{name + i, small}, {"x", large}};
        assert_int_equal(gd_safetensors_save(T, 2, tensors, 0, NULL), GD_OK);
        size_t length = read_file(T, bytes), header = 8 + (uint8_t)bytes[0];
        assert_int_equal(header % 8, 0);
        assert_int_equal(length, header + 8 + 3);
        assert_memory_equal(bytes + header, "\377\377\377\377\377\377\377\377\1\1\1", 11);
    }
    gd_tensor_destroy(small);
    gd_tensor_destroy(large);
}

#define TEST(name) cmocka_unit_test(name)

int safetensors_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_as_python), TEST(test_metadata),
                                       TEST(test_saved_for_python), TEST(test_alignment)};
    return cmocka_run_group_tests_name("safetensors", tests, enter_folder, leave_folder);
}
