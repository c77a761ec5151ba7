/* .safetensors files against Python's own: fixtures/safetensors/, made by fixtures/make_safetensors.py. And bad
 * ones. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES GD_TESTS_DIR "/fixtures/safetensors/"
#define T        "t.safetensors"

enum { MOST = 1 << 14 }; /* bytes of a file here */

/* ---- files in a folder of their own ---- */

static int enter_folder(void **state)
{
    static char folder[64];
    strcpy(folder, "/tmp/gradus_safetensors_XXXXXX");
    *state = folder;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    remove(T);
    return chdir("/") != 0 || rmdir(*state) != 0;
}

static void write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static size_t read_file(const char *path, char *bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be opened", path);
    size_t length = fread(bytes, 1, MOST, file);
    fclose(file);
    return length;
}

static int count_files(void)
{
    int n = 0;
    DIR *folder = opendir(".");
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        n += entry->d_name[0] != '.';
    closedir(folder);
    return n;
}

static int lowest_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY);
    close(fd);
    return fd;
}

static void assert_message(const char *expected)
{
    assert_string_equal(gd_message(), expected);
}

static gd_safetensors *open_file(const char *path)
{
    gd_safetensors *f = gd_safetensors_open(path);
    if (f == NULL)
        fail_msg("%s", gd_message());
    return f;
}

/* ---- Python's files ---- */

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

static const gd_metadata texts[] = {{"architecture", "mlp 2 3 1"},
                                    {"format", "np"},
                                    {"note", "two\nlines, \"quotes\" \\ and \t"},
                                    {"größe", "√2 — 𝄞"},
                                    {"empty", ""}};
enum { TEXTS = sizeof texts / sizeof *texts };

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

/* Saves what is in f, with `texts`. */
static gd_status save_again(const gd_safetensors *f)
{
    gd_named_tensor tensors[32];
    int n = gd_safetensors_count(f);
    assert_true(n <= 32);
    for (int i = 0; i < n; ++i)
        tensors[i] = (gd_named_tensor){gd_safetensors_name(f, i), gd_safetensors_at(f, i)};
    return gd_safetensors_save(T, n, tensors, TEXTS, texts);
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

/* ---- bad files ---- */

/* A file of this header and so many bytes 2; length -1: the header's own. */
static size_t make_file(char *bytes, const char *header, long length, size_t elements)
{
    size_t size = length < 0 ? strlen(header) : (size_t)length;
    for (int i = 0; i < 8; ++i)
        bytes[i] = (char)(size >> 8 * i);
    memcpy(bytes + 8, header, size);
    memset(bytes + 8 + size, 2, elements);
    return 8 + size + elements;
}

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

#define A(dtype, shape, offsets)                                                                   \
    "\"a\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
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
         "byte 23: entry \"a\": a number below 2^63 is expected, found '9'"},
        {"{\"a\":{\"shape\":[184467440737095516170]}}",
         "byte 23: entry \"a\": a number below 2^63 is expected, found '1'"},
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
    static const char sizes[][8] = {
        {3}, {-1, -1, -1, -1, -1, -1, -1, -1}, {0, 0, 0, 0, 0, 0, 0, -128}};
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

/* Every byte before the elements takes every value; every other bit of the longer files changes. */
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

/* ---- memory ---- */

static long calls_left;
static size_t live, peak;

static void *failing(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context;
    live -= old_size;
    if (new_size == 0) {
        free(memory);
        return NULL;
    }
    if (--calls_left == 0)
        return NULL;
    live += new_size;
    peak = live > peak ? live : peak;
    return malloc(new_size);
}

/* Bytes that opening t.safetensors has taken at most. */
static size_t peak_of_opening(bool is_read)
{
    struct stat status;
    assert_int_equal(stat(T, &status), 0);
    peak = live = 0;
    calls_left = LONG_MAX;
    gd_set_allocator(failing, NULL);
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

/* ---- writing that fails ---- */

static void write_old(void)
{
    static char bytes[MOST];
    write_file(T, bytes, read_file(FIXTURES "torch.safetensors", bytes));
}

/* The file and its folder are as before. */
static void assert_untouched(void)
{
    static char a[MOST], b[MOST];
    size_t length = read_file(T, a);
    assert_int_equal(length, read_file(FIXTURES "torch.safetensors", b));
    assert_memory_equal(a, b, length);
    assert_int_equal(count_files(), 1);
}

static void test_no_room(void **state)
{
    (void)state;
    struct rlimit whole, little;
    struct sigaction ignored = {.sa_handler = SIG_IGN}, before;
    gd_safetensors *f = open_file(FIXTURES "python.safetensors");
    struct stat status;
    assert_int_equal(save_again(f), GD_OK);
    assert_int_equal(stat(T, &status), 0);
    write_old();
    assert_int_equal(sigaction(SIGXFSZ, &ignored, &before), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    int descriptor = lowest_descriptor();
    for (rlim_t room = 0; room < (rlim_t)status.st_size; room += 3) {
        little = whole, little.rlim_cur = room;
        setrlimit(RLIMIT_FSIZE, &little);
        gd_status saved = save_again(f);
        setrlimit(RLIMIT_FSIZE, &whole);
        assert_int_equal(saved, GD_ERROR_IO);
        assert_message(T ": File too large");
        assert_untouched();
    }
    assert_int_equal(lowest_descriptor(), descriptor);
    sigaction(SIGXFSZ, &before, NULL);
    assert_int_equal(save_again(f), GD_OK);
    gd_safetensors_close(f);
}

/* A device that is really full; only root can make one. It is gone before anything is asserted. */
static void test_full_disk(void **state)
{
    (void)state;
    static char before[MOST], after[MOST];
    gd_tensor *x = gd_tensor_create_ones(GD_F64, GD_DIMS(2000));
    gd_named_tensor tensor = {"x", x};
    assert_int_equal(mkdir("full", 0700), 0);
    if (geteuid() != 0 || system("mount -t tmpfs -o size=28k tmpfs full 2>/dev/null") != 0) {
        gd_tensor_destroy(x);
        assert_int_equal(rmdir("full"), 0);
        skip();
    }
    gd_status fits = gd_safetensors_save("full/t", 1, &tensor, 0, NULL);
    size_t length = fits == GD_OK ? read_file("full/t", before) : 0;
    gd_status fails = gd_safetensors_save("full/t", 1, &tensor, 0, NULL);
    size_t length_after = fits == GD_OK ? read_file("full/t", after) : 0;
    int alone = system("test $(ls full | wc -l) = 1"), unmounted = system("umount full");
    gd_tensor_destroy(x);
    assert_true(unmounted == 0 && rmdir("full") == 0);
    assert_int_equal(fits, GD_OK);
    assert_int_equal(fails, GD_ERROR_IO);
    assert_message("full/t: No space left on device");
    assert_true(length > 16000 && length_after == length);
    assert_memory_equal(before, after, length);
    assert_int_equal(alone, 0);
}

static void test_refused_saves(void **state)
{
    (void)state;
    uint8_t bytes[] = {0, 1, 7, 1};
    gd_tensor *bools = gd_tensor_create_borrowed(GD_BOOL, bytes, GD_DIMS(4)),
              *x = gd_tensor_create_ones(GD_F32, GD_DIMS(2, 3));
    gd_tensor turned = gd_tensor_transpose(x, 0, 1), failed = gd_tensor_transpose(x, 0, 5);
    const struct {
        gd_named_tensor tensors[2];
        gd_metadata text;
        gd_status status;
        const char *message;
    } cases[] = {
        {{{"x", x}, {"x", x}}, {"", ""}, GD_ERROR_VALUE, "entry \"x\": the name comes twice"},
        {{{"x", x}, {"__metadata__", x}},
         {"", ""},
         GD_ERROR_VALUE,
         "entry \"__metadata__\": that is the format's own name"},
        {{{"x", x}, {"y\xff", x}},
         {"", ""},
         GD_ERROR_VALUE,
         "entry \"y\\xff\": the name is not UTF-8"},
        {{{"x", x}, {"b", bools}},
         {"", ""},
         GD_ERROR_VALUE,
         "entry \"b\": a bool is neither 0 nor 1"},
        {{{"x", x}, {"y", &turned}},
         {"", ""},
         GD_ERROR_ARGUMENT,
         "entry \"y\": a contiguous tensor is needed"},
        {{{"x", x}, {"y", &failed}},
         {"", ""},
         GD_ERROR_ARGUMENT,
         "entry \"y\": a contiguous tensor is needed"},
        {{{"x", x}, {"y", NULL}},
         {"", ""},
         GD_ERROR_ARGUMENT,
         "entry \"y\": a contiguous tensor is needed"},
        {{{"x", x}, {NULL, x}}, {"", ""}, GD_ERROR_ARGUMENT, "a name is NULL"},
        {{{"x", x}, {"y", x}},
         {"gradus", "9"},
         GD_ERROR_VALUE,
         "metadata \"gradus\": that is the format's own name"},
        {{{"x", x}, {"y", x}}, {"k", "\xff"}, GD_ERROR_VALUE, "metadata \"k\": it is not UTF-8"},
        {{{"x", x}, {"y", x}},
         {"\xff", "k"},
         GD_ERROR_VALUE,
         "metadata \"\\xff\": it is not UTF-8"},
        {{{"x", x}, {"y", x}},
         {"k", NULL},
         GD_ERROR_ARGUMENT,
         "a key of the metadata, or its text, is NULL"},
    };
    write_old();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_int_equal(gd_safetensors_save(T, 2, cases[i].tensors, 1, &cases[i].text),
                         cases[i].status);
        assert_string_equal(gd_message() + sizeof T + 1, cases[i].message);
        assert_untouched();
    }
    const gd_metadata twice[] = {{"k", "1"}, {"k", "2"}};
    assert_int_equal(gd_safetensors_save(T, 0, NULL, 2, twice), GD_ERROR_VALUE);
    assert_message(T ": metadata \"k\": the name comes twice");
    gd_named_tensor tensor = {"x", x};
    assert_int_equal(gd_safetensors_save(NULL, 1, &tensor, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_safetensors_save(T, 1, NULL, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_safetensors_save(T, 1, &tensor, 1, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_safetensors_save(T, -1, &tensor, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_safetensors_save("missing/t", 1, &tensor, 0, NULL), GD_ERROR_IO);
    assert_message("missing/t: No such file or directory");
    assert_untouched();
    gd_tensor_destroy(x);
    gd_tensor_destroy(bools);
}

/* A header that Python, and the library itself, would not read is not written. */
static void test_too_much_text(void **state)
{
    (void)state;
    char *text = malloc(100000001);
    memset(text, 'x', 100000000);
    text[100000000] = '\0';
    write_old();
    assert_int_equal(gd_safetensors_save(T, 0, NULL, 1, &(gd_metadata){"k", text}), GD_ERROR_VALUE);
    assert_non_null(strstr(gd_message(), "names and metadata make a header of 100000"));
    free(text);
    assert_untouched();
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    int descriptor = lowest_descriptor(), k = 1;
    gd_set_allocator(failing, NULL);
    live = 0;
    for (bool whole = false; !whole; ++k) {
        calls_left = k;
        write_old();
        gd_safetensors *f = gd_safetensors_open(FIXTURES "python.safetensors");
        gd_status status = f != NULL ? save_again(f) : GD_ERROR_MEMORY;
        whole = calls_left > 0;
        assert_int_equal(status, whole ? GD_OK : GD_ERROR_MEMORY);
        if (!whole) {
            if (strstr(gd_message(), ": no memory") == NULL)
                fail_msg("%s", gd_message());
            assert_untouched();
        }
        gd_safetensors_close(f);
        assert_int_equal(live, 0);
    }
    assert_true(k > 18);
    gd_set_allocator(NULL, NULL);
    assert_int_equal(lowest_descriptor(), descriptor);
}

#define TEST(name) cmocka_unit_test(name)

int safetensors_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_as_python),        TEST(test_metadata),
        TEST(test_saved_for_python), TEST(test_alignment),
        TEST(test_escapes),          TEST(test_malformed_json),
        TEST(test_malformed_text),   TEST(test_wrong_entries),
        TEST(test_long_names),       TEST(test_wrong_sizes),
        TEST(test_no_file),          TEST(test_every_truncation),
        TEST(test_every_byte),       TEST(test_absurd_sizes),
        TEST(test_very_many),        TEST(test_no_room),
        TEST(test_full_disk),        TEST(test_refused_saves),
        TEST(test_too_much_text),    TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("safetensors", tests, enter_folder, leave_folder);
}
