/* IDX files, as http://yann.lecun.com/exdb/mnist describes them. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <string.h>

static gd_tensor *read_bytes(const char *bytes, size_t size)
{
    write_file("t", bytes, size);
    return gd_idx_read("t");
}

#define READ(bytes) read_bytes(bytes, sizeof(bytes) - 1)

static void test_types(void **state)
{
    (void)state;
    const struct {
        const char *bytes;
        size_t size;
        gd_dtype dtype;
        double expected[2];
    } cases[] = {
        {"\0\0\x08\x01\0\0\0\x02\x00\xff", 10, GD_U8, {0, 255}},
        {"\0\0\x09\x01\0\0\0\x02\x7f\x80", 10, GD_I64, {127, -128}},
        {"\0\0\x0b\x01\0\0\0\x02\x01\x02\xff\xfe", 12, GD_I64, {258, -2}},
        {"\0\0\x0c\x01\0\0\0\x02\x7f\xff\xff\xff\x80\0\0\0",
         16,
         GD_I64,
         {2147483647, -2147483648.0}},
        {"\0\0\x0d\x01\0\0\0\x02\x3f\x80\0\0\xc0\x20\0\0", 16, GD_F32, {1, -2.5}},
        {"\0\0\x0e\x01\0\0\0\x02\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", 24, GD_F64, {1, -2.5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_tensor *x = read_bytes(cases[i].bytes, cases[i].size);
        if (x == NULL)
            fail_msg("%zu: %s", i, gd_message());
        assert_int_equal(x->dtype, cases[i].dtype);
        assert_int_equal(x->shape[0], 2);
        for (int64_t j = 0; j < 2; ++j) {
            gd_tensor element = gd_tensor_slice(x, 0, j, j + 1, 1);
            assert_true(gd_item(&element) == cases[i].expected[j]);
        }
        gd_tensor_destroy(x);
    }
    gd_tensor *x = READ("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03"
                        "abcdef");
    assert_int_equal(x->ndim, 3);
    assert_true(x->shape[0] == 2 && x->shape[1] == 1 && x->shape[2] == 3);
    assert_memory_equal(x->data, "abcdef", 6);
    gd_tensor_destroy(x);
    x = READ("\0\0\x08\x02\0\0\0\0\0\0\0\x03");
    assert_true(x->shape[0] == 0 && x->shape[1] == 3);
    gd_tensor_destroy(x);
}

static void test_malformed(void **state)
{
    (void)state;
    const struct {
        const char *bytes;
        size_t size;
        const char *message;
    } cases[] = {
        {"", 0,
         "t: byte 0: two zero bytes, a type and a number of sizes are expected: not an IDX file"},
        {"\0\1\x08\x01", 4,
         "t: byte 0: two zero bytes, a type and a number of sizes are expected: not an IDX file"},
        {"\0\0\x0a\x01", 4,
         "t: byte 2: a type among 0x08, 0x09, 0x0b to 0x0e is expected, found 0x0a"},
        {"\0\0\x08\0", 4, "t: byte 3: 1 to 8 sizes are expected, found 0"},
        {"\0\0\x08\x09", 4, "t: byte 3: 1 to 8 sizes are expected, found 9"},
        {"\0\0\x08\x02\0\0\0\1\0\0", 10,
         "t: byte 4: 2 sizes of 4 bytes are expected, found 6 bytes"},
        {"\0\0\x0b\x02\0\0\0\1\0\0\0\2abc", 15,
         "t: byte 12: 4 bytes are expected for [1,2] elements of 2, found 3"},
        {"\0\0\x0b\x01\0\0\0\1abc", 11,
         "t: byte 8: 2 bytes are expected for [1] elements of 2, found at least 3"},
        {"\0\0\x08\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 20,
         "t: [4294967295,4294967295,4294967295,4294967295] of uint8 is too large"},
        {"\0\0\x08\x02\xff\xff\xff\xff\0\0\xff\xffy", 13, /* would be 281 TB */
         "t: byte 12: 281470681677825 bytes are expected for [4294967295,65535] elements of 1, "
         "found 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_null(read_bytes(cases[i].bytes, cases[i].size));
        assert_string_equal(gd_message(), cases[i].message);
    }
}

#define TEST(name) cmocka_unit_test(name)

int idx_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_types), TEST(test_malformed)};
    return cmocka_run_group_tests_name("idx", tests, enter_folder, leave_folder);
}
