/* .npy files that are none, or end too early, or say what cannot be. */
#include "../cmocka_all.h"
#include "folder.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES GD_TESTS_DIR "/fixtures/npy/"

enum { HEADER = 128 }; /* bytes before the elements of a saved file */

static void assert_refused(const void *bytes, size_t length, const char *message)
{
    write_file("t.npy", bytes, length);
    int descriptor = lowest_descriptor();
    assert_null(gd_tensor_load_npy("t.npy"));
    assert_message(message);
    assert_int_equal(lowest_descriptor(), descriptor);
}

/* A file of version 1.0 with this dict and so many bytes 2 after it. */
static void assert_dict_refused(const char *dict, size_t elements, const char *message)
{
    static char bytes[MOST];
    size_t length = strlen(dict);
    memcpy(bytes, "\x93NUMPY\1\0", 8);
    bytes[8] = (char)(length % 256);
    bytes[9] = (char)(length / 256);
    memcpy(bytes + 10, dict, length);
    memset(bytes + 10 + length, 2, elements);
    assert_refused(bytes, 10 + length + elements, message);
}

#define DICT(descr, order, shape)                                                                  \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape "}"

static void test_malformed_dicts(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"", "10: '{' is expected, found the end of the header"},
        {"('shape', ())", "10: '{' is expected, found '('"},
        {"{", "11: a key in quotes is expected, found the end of the header"},
        {"{,}", "11: a key in quotes is expected, found ','"},
        {"{shape: ()}", "11: a key in quotes is expected, found 's'"},
        {"{'shape: ()}", "22: a closing quote is expected, found the end of the header"},
        {"{'sha\npe': ()}", "15: a closing quote is expected, found byte 0x0a"},
        {"{'shape\": ()}", "23: a closing quote is expected, found the end of the header"},
        {"{'shape' ()}", "19: ':' is expected, found '('"},
        {"{'shape': () 'descr': '<f4'}", "23: ',' or '}' is expected, found '''"},
        {"{'shape': (),, 'descr': '<f4'}", "23: a key in quotes is expected, found ','"},
        {"{'a': 1}", "11: key descr, fortran_order or shape is expected, found: 'a'"},
        {"{'shap': 1}", "11: key descr, fortran_order or shape is expected, found: 'shap'"},
        {"{'shape\\x65': 1}",
         "11: key descr, fortran_order or shape is expected, found: 'shape\\x65'"},
        {"{'shape': (), 'shape': ()}", "24: each key is expected once, found again: 'shape'"},
        {DICT("'<f4'", "False", "()") "x", "63: the end of the header is expected, found 'x'"},
        {DICT("'<f4'", "False", "()") "\n}", "64: the end of the header is expected, found '}'"},
        {DICT("'<f4'", "False", "()") "\xe9",
         "63: the end of the header is expected, found byte 0xe9"},
        {DICT("'<f4'", "False", "()") "\x1b[31m", "63: text is expected, found byte 0x1b"},
        {DICT("'<f4'", "False", "()") "\x7f", "63: text is expected, found byte 0x7f"},
        {DICT("'<f4'", "0", "()"), "44: True or False is expected, found '0'"},
        {DICT("'<f4'", "true", "()"), "44: True or False is expected, found 't'"},
        {DICT("'<f4'", "Falsehood", "()"), "49: ',' or '}' is expected, found 'h'"},
        {DICT("<f4", "False", "()"), "20: a dtype's name in quotes is expected, found '<'"},
        {DICT("'<f4'", "False", "[2]"), "60: '(' before the sizes is expected, found '['"},
        {DICT("'<f4'", "False", "(2)"), "62: ',' is expected, found ')'"},
        {DICT("'<f4'", "False", "(2 3)"), "63: ',' is expected, found '3'"},
        {DICT("'<f4'", "False", "(2,3 4)"), "65: ',' or ')' is expected, found '4'"},
        {DICT("'<f4'", "False", "(,)"), "61: a whole number is expected, found ','"},
        {DICT("'<f4'", "False", "(2,,)"), "63: a whole number is expected, found ','"},
        {DICT("'<f4'", "False", "(2"), "62: ',' is expected, found '}'"},
        {DICT("'<f4'", "False", "(2l,)"), "62: ',' is expected, found 'l'"},
        {DICT("'<f4'", "False", "(2LL,)"), "63: ',' is expected, found 'L'"},
        {DICT("'<f4'", "False", "(2L)"), "63: ',' is expected, found ')'"},
        {DICT("'<f4'", "False", "(L2,)"), "61: a whole number is expected, found 'L'"},
        {DICT("'<f4'", "False", "(02,)"), "61: a whole number is expected, found '0'"},
        {DICT("'<f4'", "False", "(2.0,)"), "62: ',' is expected, found '.'"},
        {DICT("'<f4'", "False", "(True,)"), "61: a whole number is expected, found 'T'"},
        {DICT("'<f4'", "False", "(9223372036854775808,)"),
         "61: a number below 2^63 is expected, found: 9223372036854775808"},
        {DICT("'<f4'", "False", "(-9223372036854775808,)"),
         "62: a number below 2^63 is expected, found: 9223372036854775808"},
        {DICT("'<f4'", "False", "(368934881474191032320,)"), /* 2^65 and a digit */
         "61: a number below 2^63 is expected, found: 368934881474191032320"},
        {DICT("'<f4'", "False", "(1,1,1,1,1,1,1,1,1)"),
         "77: ')' after 8 sizes is expected, found '1'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char message[256];
        snprintf(message, sizeof message, "t.npy: byte %s", cases[i][1]);
        assert_dict_refused(cases[i][0], 0, message);
    }
    assert_dict_refused("{}", 0, "t.npy: key 'descr' is expected, found none in the header");
    assert_dict_refused("{'descr': '<f4', 'fortran_order': True}", 0,
                        "t.npy: key 'shape' is expected, found none in the header");
}

static void test_other_dtypes(void **state)
{
    (void)state;
    const char *const dtypes[] = {"'<f3'",
                                  "'<f16'",
                                  "'<c8'",
                                  "'<i3'",
                                  "'<i1'",
                                  "'|u2'",
                                  "'|O'",
                                  "'<U3'",
                                  "'|S4'",
                                  "'f4'",
                                  "''",
                                  "'<f4,<f4'",
                                  "'|f4'",
                                  "'<b1'",
                                  "'>u1'",
                                  "'<M8[D]'",
                                  "'!f4'",
                                  "'float32'",
                                  "\"<f\xc3\xa9\"",
                                  "[('a', '<f4'), ('b', '<f4', (2,))]"};
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; ++i) {
        char dict[128], message[256];
        snprintf(dict, sizeof dict, DICT("%s", "False", "()"), dtypes[i]);
        snprintf(
            message, sizeof message,
            "t.npy: byte 20: dtype b1, i1 to i8, u1 to u8, f2, f4 or f8 is expected, found: %s",
            dtypes[i]);
        assert_dict_refused(dict, 4, message);
    }
    assert_dict_refused(
        DICT("[", "False", "()"), 0,
        "t.npy: byte 20: dtype b1, i1 to i8, u1 to u8, f2, f4 or f8 is expected, found: [");
}

static void test_wrong_sizes(void **state)
{
    (void)state;
    assert_dict_refused(DICT("'<f4'", "False", "(2, 3)"), 23,
                        "t.npy: byte 67: 24 bytes are expected for [2,3] of float32, found 23");
    assert_dict_refused(DICT("'<f4'", "False", "(2, 3)"), 25,
                        "t.npy: byte 67: 24 bytes are expected for [2,3] of float32, found 25");
    assert_dict_refused(DICT("'<f4'", "True", "(2, 3)"), 0,
                        "t.npy: byte 66: 24 bytes are expected for [2,3] of float32, found 0");
    assert_dict_refused(DICT("'>i2'", "False", "(2, 3)"), 13,
                        "t.npy: byte 67: 12 bytes are expected for [2,3] of int16, found 13");
    assert_dict_refused(DICT("'|u1'", "False", "()"), 0,
                        "t.npy: byte 63: 1 bytes are expected for [] of uint8, found 0");
    assert_dict_refused(DICT("'|u1'", "False", "(0,)"), 1,
                        "t.npy: byte 65: 0 bytes are expected for [0] of uint8, found 1");
    assert_dict_refused(DICT("'|u1'", "False", "(9223372036854775807,)"), 3,
                        "t.npy: byte 83: 9223372036854775807 bytes are expected for "
                        "[9223372036854775807] of uint8, found 3");
    assert_dict_refused(DICT("'<f4'", "False", "(2, -3)"), 24,
                        "t.npy: size -3 of dimension 1 is negative");
    assert_dict_refused(DICT("'<f4'", "False", "(-2, -3)"), 24,
                        "t.npy: size -2 of dimension 0 is negative");
    assert_dict_refused(DICT("'<f4'", "False", "(4294967296, 4294967296)"), 0,
                        "t.npy: [4294967296,4294967296] of float32 is too large");
    assert_dict_refused(DICT("'<f4'", "False", "(0, 9223372036854775807)"), 0,
                        "t.npy: [0,9223372036854775807] of float32 is too large");
    assert_dict_refused(DICT("'|b1'", "False", "(2,)"), 2,
                        "t.npy: byte 65: bool 0 or 1 is expected, found 2");
}

static void test_bad_beginnings(void **state)
{
    (void)state;
    assert_refused("", 0, "t.npy: byte 0: 8 bytes of magic and version are expected, found 0");
    assert_refused("\x93NUMPY\1", 7,
                   "t.npy: byte 0: 8 bytes of magic and version are expected, found 7");
    assert_refused("PK\3\4 a zip file", 15,
                   "t.npy: byte 0: \\x93NUMPY is expected, found other bytes: not a .npy file");
    const char *const version = "t.npy: byte 6: version 1.0, 2.0 or 3.0 is expected, found ";
    const char *const numbers[] = {"0.0", "4.0", "1.1", "255.0"};
    for (int i = 0; i < 4; ++i) {
        char bytes[10] = "\x93NUMPY", message[128];
        int major, minor;
        assert_int_equal(sscanf(numbers[i], "%d.%d", &major, &minor), 2);
        bytes[6] = (char)major, bytes[7] = (char)minor;
        snprintf(message, sizeof message, "%s%s", version, numbers[i]);
        assert_refused(bytes, sizeof bytes, message);
    }
    assert_refused("\x93NUMPY\1\0v", 9,
                   "t.npy: byte 8: 2 bytes of header length are expected, found 1");
    assert_refused("\x93NUMPY\2\0v\0\0", 11,
                   "t.npy: byte 8: 4 bytes of header length are expected, found 3");
    assert_refused("\x93NUMPY\1\0v\0{}", 12,
                   "t.npy: byte 10: 118 bytes of header are expected, found 2");
    assert_refused("\x93NUMPY\1\0\x11\x27", 10,
                   "t.npy: byte 8: a header of at most 10000 bytes is expected, found 10001");
    assert_refused("\x93NUMPY\2\0\377\377\377\377", 12,
                   "t.npy: byte 8: a header of at most 10000 bytes is expected, found 4294967295");
    assert_refused("\x93NUMPY\2\0\3\0\0\0{\0}", 15,
                   "t.npy: byte 13: text is expected, found byte 0x00");
}

static void test_no_file(void **state)
{
    (void)state;
    int descriptor = lowest_descriptor();
    assert_null(gd_tensor_load_npy("missing.npy"));
    assert_message("missing.npy: No such file or directory");
    assert_null(gd_tensor_load_npy("/"));
    assert_message("/: Is a directory");
    assert_null(gd_tensor_load_npy("/dev/null"));
    assert_message("/dev/null: a regular file is expected");
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_null(gd_tensor_load_npy("pipe")); /* at once: nobody ever writes into it */
    assert_message("pipe: a regular file is expected");
    remove("pipe");
    assert_int_equal(lowest_descriptor(), descriptor);
    assert_null(gd_tensor_load_npy(NULL));
    assert_message("load_npy: the path is NULL");
}

static void test_every_truncation(void **state)
{
    (void)state;
    const char *const paths[] = {FIXTURES "i8.npy", FIXTURES "version_3.npy",
                                 FIXTURES "u1_fortran.npy"};
    static char bytes[MOST];
    for (int i = 0; i < 3; ++i) {
        size_t length = read_file(paths[i], bytes);
        for (size_t n = 0; n < length; ++n) {
            write_file("t.npy", bytes, n);
            assert_null(gd_tensor_load_npy("t.npy"));
            assert_memory_equal(gd_message(), "t.npy: byte ", 12);
        }
    }
}

/* Every byte before the elements takes every value: what is still read has as many elements. */
static void test_every_byte(void **state)
{
    (void)state;
    const char *const paths[] = {FIXTURES "f8.npy", FIXTURES "version_2.npy"};
    static char bytes[MOST];
    for (int i = 0; i < 2; ++i) {
        size_t length = read_file(paths[i], bytes);
        write_file("t.npy", bytes, length);
        int fd = open("t.npy", O_WRONLY), read = 0;
        for (off_t at = 0; at < HEADER; ++at) {
            for (int value = 0; value < 256; ++value) {
                assert_int_equal(pwrite(fd, &(char){(char)value}, 1, at), 1);
                gd_tensor *x = gd_tensor_load_npy("t.npy");
                if (x == NULL)
                    assert_memory_equal(gd_message(), "t.npy: ", 7);
                else
                    assert_true((size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype) ==
                                length - HEADER);
                read += x != NULL;
                gd_tensor_destroy(x);
            }
            assert_int_equal(pwrite(fd, bytes + at, 1, at), 1);
        }
        close(fd);
        assert_true(read >= HEADER);
    }
}

#define TEST(name) cmocka_unit_test(name)

int npy_refused_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_malformed_dicts), TEST(test_other_dtypes),
                                       TEST(test_wrong_sizes),     TEST(test_bad_beginnings),
                                       TEST(test_no_file),         TEST(test_every_truncation),
                                       TEST(test_every_byte)};
    return cmocka_run_group_tests_name("npy_refused", tests, enter_folder, leave_folder);
}
