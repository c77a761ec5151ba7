/* .safetensors files that are none, or end too early, or say what cannot be. */
#include "../cmocka_all.h"
#include "safetensors_help.h"
#include "tests.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void assert_bytes_refused(const void *bytes, size_t length, const char *message)
{
    write_file(T, bytes, length);
    int descriptor = lowest_descriptor();
    gd_safetensors *f = gd_safetensors_open(T);
    if (f != NULL)
        fail_msg("read, and not refused: %s", message);
    if (strncmp(gd_message(), T ": ", sizeof T + 1) != 0)
        fail_msg("%s", gd_message());
    if (strcmp(gd_message() + sizeof T + 1, message) != 0)
        fail_msg("%s\nand not %s", gd_message() + sizeof T + 1, message);
    assert_int_equal(lowest_descriptor(), descriptor);
}

static void assert_refused(const char *header, size_t elements, const char *message)
{
    static char bytes[MOST];
    assert_bytes_refused(bytes, make_file(bytes, header, -1, elements), message);
}

#define B(offsets) "\"b\":{\"data_offsets\":" offsets ",\"dtype\":\"U8\",\"shape\":[4]}"

static void test_escapes(void **state)
{
    (void)state;
    static char bytes[MOST];
    size_t length = make_file(bytes,
                              "{ \"__metadata__\" : { \"\\u006b\" : "
                              "\"\\u00e9\\u20AC\\ud834\\udd1e\\uDBFF\\uDFFF\\u0041 "
                              "\\\"\\\\\\/\\b\\f\\n\\r\\t\" }\r\n\t} ",
                              -1, 0);
    write_file(T, bytes, length);
    gd_safetensors *f = open_file(T);
    assert_string_equal(gd_safetensors_metadata(f, "k"), "é€𝄞\U0010ffffA \"\\/\b\f\n\r\t");
    gd_safetensors_close(f);
}

static void test_malformed_json(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"", "byte 8: '{' is expected, found the end of the header"},
        {" {}", "byte 8: '{' is expected, found byte 0x20"},
        {"[]", "byte 8: '{' is expected, found '['"},
        {"{", "byte 9: a string is expected, found the end of the header"},
        {"{,}", "byte 9: a string is expected, found ','"},
        {"{a", "byte 9: a string is expected, found 'a'"},
        {"{} x", "byte 11: the end of the header is expected, found 'x'"},
        {"{}{}", "byte 10: the end of the header is expected, found '{'"},
        {"{\"a", "byte 11: entry \"a\": a closing quote is expected, found the end of the header"},
        {"{\"a\"", "byte 12: entry \"a\": ':' is expected, found the end of the header"},
        {"{\"a\":null}", "byte 13: entry \"a\": '{' is expected, found 'n'"},
        {"{\"a\":[[[[", "byte 13: entry \"a\": '{' is expected, found '['"},
        {"{\"a\":{\"dtype\"", "byte 21: entry \"a\": ':' is expected, found the end of the header"},
        {"{\"a\":{\"dtype\":1}}", "byte 22: entry \"a\": a string is expected, found '1'"},
        {"{\"a\":{\"shape\":[1 2]}}", "byte 25: entry \"a\": ',' or ']' is expected, found '2'"},
        {"{\"a\":{\"shape\":[1,]}}", "byte 25: entry \"a\": a whole number is expected, found ']'"},
        {"{\"a\":{\"shape\":{}}}", "byte 22: entry \"a\": '[' is expected, found '{'"},
        {"{\"a\":{\"shape\":[1.0]}}", "byte 24: entry \"a\": ',' or ']' is expected, found '.'"},
        {"{\"a\":{\"shape\":[1e9]}}", "byte 24: entry \"a\": ',' or ']' is expected, found 'e'"},
        {"{\"a\":{\"shape\":[01]}}", "byte 23: entry \"a\": a whole number is expected, found '0'"},
        {"{\"a\":{\"shape\":[-1]}}", "byte 23: entry \"a\": a whole number is expected, found '-'"},
        {"{\"a\":{\"shape\":[\"1\"]}}",
         "byte 23: entry \"a\": a whole number is expected, found '\"'"},
        {"{\"a\":{\"shape\":[9223372036854775808]}}",
         "byte 23: entry \"a\": a number below 2^63 is expected, found: 9223372036854775808"},
        {"{\"a\":{\"shape\":[184467440737095516170]}}",
         "byte 23: entry \"a\": a number below 2^63 is expected, found: 184467440737095516170"},
        {"{\"a\":{\"shape\":[1,1,1,1,1,1,1,1,1]}}",
         "byte 39: entry \"a\": ']' after 8 sizes is expected, found '1'"},
        {"{\"a\":{\"data_offsets\":[0]}}", "byte 31: entry \"a\": ',' is expected, found ']'"},
        {"{\"a\":{\"data_offsets\":[0,1,2]}}", "byte 33: entry \"a\": ']' is expected, found ','"},
        {"{\"a\":{\"data_offsets\":[0,1],}}",
         "byte 35: entry \"a\": a string is expected, found '}'"},
        {"{\"a\":{\"data_offsets\":[0,1]]}",
         "byte 34: entry \"a\": ',' or '}' is expected, found ']'"},
        {"{" A("U8", "[0]", "[0,0]") " \"b\"}",
         "byte 61: entry \"a\": ',' or '}' is expected, found '\"'"},
        {"{" A("U8", "[0]", "[0,0]") ",}", "byte 61: a string is expected, found '}'"},
        {"{\"__metadata__\":[]}", "byte 24: entry \"__metadata__\": '{' is expected, found '['"},
        {"{\"__metadata__\":{\"k\":1}}",
         "byte 29: entry \"__metadata__\": a string is expected, found '1'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_refused(cases[i][0], 0, cases[i][1]);
}

static void test_malformed_text(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"{\"a\xff", "byte 11: entry \"a\": UTF-8 is expected, found byte 0xff"},
        {"{\"a\x80\"", "byte 11: entry \"a\": UTF-8 is expected, found byte 0x80"},
        {"{\"\xc3\"", "byte 10: entry \"\": UTF-8 is expected, found byte 0xc3"},
        {"{\"\xc0\xaf\"", "byte 10: entry \"\": UTF-8 is expected, found byte 0xc0"},
        {"{\"\xe0\x9f\xbf\"", "byte 10: entry \"\": UTF-8 is expected, found byte 0xe0"},
        {"{\"\xed\xa0\x80\"", "byte 10: entry \"\": UTF-8 is expected, found byte 0xed"},
        {"{\"\xf0\x8f\xbf\xbf\"", "byte 10: entry \"\": UTF-8 is expected, found byte 0xf0"},
        {"{\"\xf4\x90\x80\x80\"", "byte 10: entry \"\": UTF-8 is expected, found byte 0xf4"},
        {"{\"\xf5\x80\x80\x80\"", "byte 10: entry \"\": UTF-8 is expected, found byte 0xf5"},
        {"{\"a\n\"", "byte 11: entry \"a\": a character or an escape is expected, found byte 0x0a"},
        {"{\"a\\x\"", "byte 11: entry \"a\": an escape of JSON's is expected, found '\\'"},
        {"{\"a\\u12g4\"", "byte 11: entry \"a\": an escape of JSON's is expected, found '\\'"},
        {"{\"a\\", "byte 11: entry \"a\": an escape of JSON's is expected, found '\\'"},
        {"{\"a\\u0000\"",
         "byte 11: entry \"a\": a character other than NUL is expected, found '\\'"},
        {"{\"a\\ud834\"",
         "byte 17: entry \"a\": the other half of a surrogate pair is expected, found '\"'"},
        {"{\"a\\ud834\\u0041\"",
         "byte 17: entry \"a\": the other half of a surrogate pair is expected, found '\\'"},
        {"{\"a\\udd1e\"",
         "byte 17: entry \"a\": the other half of a surrogate pair is expected, found '\"'"},
        {"{\"a\":{\"dtype\":\"\xff\"}}",
         "byte 23: entry \"a\": UTF-8 is expected, found byte 0xff"},
        {"{\"__metadata__\":{\"k\":\"\xff\"}}",
         "byte 30: entry \"__metadata__\": UTF-8 is expected, found byte 0xff"},
        {"{\"\\u001b[2J\\n\":1}",
         "byte 23: entry \"\\u001b[2J\\u000a\": '{' is expected, found '1'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_refused(cases[i][0], 0, cases[i][1]);
    static char bytes[MOST];
    assert_bytes_refused(
        bytes, make_file(bytes, "{\"a\0b\":1}", 9, 0),
        "byte 11: entry \"a\": a character or an escape is expected, found byte 0x00");
    assert_bytes_refused(bytes, make_file(bytes, "{}\0", 3, 0),
                         "byte 10: the end of the header is expected, found byte 0x00");
}

static void test_wrong_entries(void **state)
{
    (void)state;
    const struct {
        const char *header;
        size_t elements;
        const char *message;
    } cases[] = {
        {"{\"a\":{}}", 0, "entry \"a\": there is no dtype"},
        {"{\"a\":{\"dtype\":\"F32\"}}", 0, "entry \"a\": there is no shape"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}", 0, "entry \"a\": there is no data_offsets"},
        {"{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0,
         "entry \"a\": key \"dtype\" comes twice"},
        {"{\"a\":{\"type\":\"U8\"}}", 0,
         "entry \"a\": key \"type\" is none of dtype, shape and data_offsets"},
        {"{" A("BF16", "[2]", "[0,4]") "}", 4,
         "entry \"a\": dtype F32, F64, I64, BOOL or U8 is expected, found \"BF16\""},
        {"{" A("F32", "[2]", "[0,4]") "}", 4,
         "entry \"a\": data_offsets [0,4] do not fit [2] of float32, which takes 8 bytes"},
        {"{" A("F32", "[2]", "[8,0]") "}", 8,
         "entry \"a\": data_offsets [8,0] do not fit [2] of float32, which takes 8 bytes"},
        {"{" A("F64", "[1152921504606846976]", "[0,8]") "}", 8,
         "entry \"a\": its shape [1152921504606846976] is too large"},
        {"{" A("U8", "[4294967296,4294967296]", "[0,0]") "}", 0,
         "entry \"a\": its shape [4294967296,4294967296] is too large"},
        {"{" A("U8", "[4611686018427387904]", "[0,4611686018427387904]") "}", 8,
         "entry \"a\": it ends at byte 4611686018427387904 of the elements, of 8 that are in the "
         "file"},
        {"{" A("U8", "[4]", "[0,4]") "," B("[3,7]") "}", 7,
         "entry \"b\": it begins at byte 3 of the elements, and what is before it ends at 4: they "
         "overlap"},
        {"{" A("U8", "[4]", "[0,4]") "," B("[0,4]") "}", 4,
         "entry \"a\": it begins at byte 0 of the elements, and what is before it ends at 4: they "
         "overlap"},
        {"{" A("U8", "[4]", "[5,9]") "," B("[0,4]") "}", 9,
         "entry \"a\": it begins at byte 5 of the elements, and what is before it ends at 4: there "
         "is a gap"},
        {"{" A("U8", "[4]", "[1,5]") "}", 5,
         "entry \"a\": it begins at byte 1 of the elements, and what is before it ends at 0: there "
         "is a gap"},
        {"{" A("U8", "[4]", "[0,4]") "," B("[4,8]") "}", 7,
         "entry \"b\": it ends at byte 8 of the elements, of 7 that are in the file"},
        {"{" A("U8", "[4]", "[0,4]") "}", 5, "1 bytes at the end belong to no entry"},
        {"{}", 1, "1 bytes at the end belong to no entry"},
        {"{" A("BOOL", "[4]", "[0,4]") "}", 4, "entry \"a\": bool 0 or 1 is expected, found 2"},
        {"{" A("U8", "[4]", "[0,4]") "," A("U8", "[4]", "[4,8]") "}", 8,
         "entry \"a\": the name comes twice"},
        {"{" A("U8", "[4]",
               "[0,4]") ",\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[4,5]}}",
         5, "entry \"a\": the name comes twice"},
        {"{\"__metadata__\":{},\"__metadata__\":{}}", 0,
         "entry \"__metadata__\": the name comes twice"},
        {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}", 0,
         "entry \"__metadata__\": key \"k\" comes twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_refused(cases[i].header, cases[i].elements, cases[i].message);
}

static void test_long_names(void **state)
{
    (void)state;
    char header[1000], expected[256];
    memset(header, 'n', sizeof header);
    memcpy(header, "{\"", 2);
    strcpy(header + 900, "\":0}");
    snprintf(expected, sizeof expected, "byte 910: entry \"%.122s...\": '{' is expected, found '0'",
             header + 2);
    assert_refused(header, 0, expected);
}

static void test_wrong_sizes(void **state)
{
    (void)state;
    static const char *const sizes[] = {"\3\0\0\0\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff",
                                        "\0\0\0\0\0\0\0\x80"};
    const char *const found[] = {"3", "18446744073709551615", "9223372036854775808"};
    char bytes[10] = {0}, message[128];
    for (int i = 0; i < 3; ++i) {
        memcpy(bytes, sizes[i], 8);
        snprintf(message, sizeof message,
                 "byte 0: a header of at most 2 bytes is expected, found %s", found[i]);
        assert_bytes_refused(bytes, sizeof bytes, message);
    }
    assert_bytes_refused("\2\0\0\0\0\0\0", 7,
                         "byte 0: 8 bytes of header size are expected, found 7");
    write_file(T, "\1\xe1\xf5\5\0\0\0\0", 8); /* 100000001, and as many bytes that are nowhere */
    assert_int_equal(truncate(T, 200000000), 0);
    assert_null(gd_safetensors_open(T));
    assert_message(T ": byte 0: a header of at most 100000000 bytes is expected, found 100000001");
}

static void test_no_file(void **state)
{
    (void)state;
    int descriptor = lowest_descriptor();
    assert_null(gd_safetensors_open("missing"));
    assert_message("missing: No such file or directory");
    assert_null(gd_safetensors_open("/"));
    assert_message("/: Is a directory");
    assert_null(gd_safetensors_open(NULL));
    assert_message("safetensors_open: the path is NULL");
    assert_int_equal(lowest_descriptor(), descriptor);
}

/* What is read of a file has all its bytes. */
static void assert_whole(const gd_safetensors *f, const char *bytes, size_t length)
{
    size_t header = 0, elements = 0;
    for (int i = 7; i >= 0; --i)
        header = header << 8 | (uint8_t)bytes[i];
    for (int i = 0; i < gd_safetensors_count(f); ++i) {
        const gd_tensor *x = gd_safetensors_at(f, i);
        elements += (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype);
        assert_true(i == 0 || strcmp(gd_safetensors_name(f, i - 1), gd_safetensors_name(f, i)) < 0);
        for (int64_t k = 0; x->dtype == GD_BOOL && k < gd_tensor_numel(x); ++k)
            assert_true(((const uint8_t *)x->data)[k] <= 1);
    }
    assert_int_equal(8 + header + elements, length);
}

static const char *const fuzzed[] = {FIXTURES "python.safetensors", FIXTURES "gradus.safetensors",
                                     FIXTURES "torch.safetensors", FIXTURES "bare.safetensors"};

static void test_every_truncation(void **state)
{
    (void)state;
    static char bytes[MOST];
    for (int i = 0; i < 4; ++i) {
        size_t length = read_file(fuzzed[i], bytes);
        for (size_t n = 0; n < length; ++n) {
            write_file(T, bytes, n);
            assert_null(gd_safetensors_open(T));
            assert_memory_equal(gd_message(), T ": ", sizeof T + 1);
        }
    }
}

/* Every byte before the elements takes every value; every other bit of the longer files changes.
 * */
static void test_every_byte(void **state)
{
    (void)state;
    static char bytes[MOST];
    for (int i = 0; i < 4; ++i) {
        size_t length = read_file(fuzzed[i], bytes);
        write_file(T, bytes, length);
        int fd = open(T, O_WRONLY), step = i < 2 ? 1 : 0, read = 0;
        size_t header = 8 + (uint8_t)bytes[0] + 256 * (size_t)(uint8_t)bytes[1];
        for (size_t at = 0; at < header; ++at) {
            char before = bytes[at];
            for (int k = 0; k < (step ? 8 : 256); ++k) {
                bytes[at] = (char)(step ? before ^ 1 << k : k);
                assert_int_equal(pwrite(fd, bytes + at, 1, (off_t)at), 1);
                gd_safetensors *f = gd_safetensors_open(T);
                if (f == NULL)
                    assert_memory_equal(gd_message(), T ": ", sizeof T + 1);
                else
                    assert_whole(f, bytes, length);
                read += f != NULL;
                gd_safetensors_close(f);
            }
            bytes[at] = before;
            assert_int_equal(pwrite(fd, bytes + at, 1, (off_t)at), 1);
        }
        close(fd);
        assert_true(read > 8); /* other names are as good */
    }
}

#define TEST(name) cmocka_unit_test(name)

int safetensors_refused_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_escapes),       TEST(test_malformed_json),   TEST(test_malformed_text),
        TEST(test_wrong_entries), TEST(test_long_names),       TEST(test_wrong_sizes),
        TEST(test_no_file),       TEST(test_every_truncation), TEST(test_every_byte)};
    return cmocka_run_group_tests_name("safetensors_refused", tests, enter_folder, leave_folder);
}
