/* .npy files against NumPy's own: fixtures/npy/, made by fixtures/make_npy.py. And bad ones. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES GD_TESTS_DIR "/fixtures/npy/"

enum {
    MOST = 1 << 15,
    HEADER = 128
}; /* bytes: of a file here, before the elements of a saved one */

/* ---- files in a folder of their own ---- */

static int enter_folder(void **state)
{
    static char folder[64];
    strcpy(folder, "/tmp/gradus_npy_XXXXXX");
    *state = folder;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    remove("t.npy");
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

static void assert_same_file(const char *path, const char *expected)
{
    static char a[MOST], b[MOST];
    size_t length = read_file(path, a);
    if (length != read_file(expected, b) || memcmp(a, b, length) != 0)
        fail_msg("%s differs from %s", path, expected);
}

/* Names in the folder. */
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

/* ---- NumPy's files ---- */

typedef struct listed {
    char name[64], how;
    gd_dtype dtype;
    int ndim;
    int64_t shape[GD_MAX_DIMS];
    char elements[MOST]; /* hexadecimal */
} listed;

static bool read_listed(FILE *file, listed *f)
{
    char dtype[16];
    if (fscanf(file, "%63s %15s %d", f->name, dtype, &f->ndim) != 3)
        return false;
    for (f->dtype = GD_F32; strcmp(gd_dtype_name(f->dtype), dtype) != 0; ++f->dtype)
        assert_true(f->dtype < GD_U8);
    for (int i = 0; i < f->ndim; ++i) {
        long long size;
        assert_int_equal(fscanf(file, "%lld", &size), 1);
        f->shape[i] = size;
    }
    assert_int_equal(fscanf(file, " %c %32767s", &f->how, f->elements), 2);
    return true;
}

static void check_tensor(const gd_tensor *x, const listed *f)
{
    if (x == NULL)
        fail_msg("%s", gd_message());
    assert_int_equal(x->dtype, f->dtype);
    assert_int_equal(x->ndim, f->ndim);
    assert_true(gd_tensor_is_contiguous(x));
    for (int i = 0; i < x->ndim; ++i)
        assert_int_equal(x->shape[i], f->shape[i]);
    size_t bytes = (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype);
    assert_int_equal(strlen(f->elements), bytes > 0 ? 2 * bytes : 1);
    for (size_t i = 0; i < bytes; ++i) {
        char byte[3];
        snprintf(byte, sizeof byte, "%02x", ((const uint8_t *)x->data)[i]);
        assert_memory_equal(byte, f->elements + 2 * i, 2);
    }
}

static gd_tensor turned(const gd_tensor *x)
{
    int64_t dims[GD_MAX_DIMS];
    for (int i = 0; i < x->ndim; ++i)
        dims[i] = x->ndim - 1 - i;
    return gd_tensor_permute(x, x->ndim, dims);
}

static void check_saved(const gd_tensor *x, const char *expected)
{
    if (gd_tensor_save_npy("t.npy", x) != GD_OK)
        fail_msg("%s", gd_message());
    assert_same_file("t.npy", expected);
    assert_int_equal(count_files(), 1);
}

static void test_as_numpy(void **state)
{
    (void)state;
    static listed f;
    FILE *file = fopen(FIXTURES "list.txt", "r");
    assert_non_null(file);
    int files = 0;
    for (; read_listed(file, &f); ++files) {
        char path[sizeof FIXTURES + 80];
        snprintf(path, sizeof path, "%s%s.npy", FIXTURES, f.name);
        gd_tensor *x = gd_tensor_load_npy(path);
        check_tensor(x, &f);
        if (f.how == 'c')
            check_saved(x, path);
        if (f.how == 'f') {
            gd_tensor view = turned(x), *copy = gd_tensor_create_copy(&view);
            view = turned(copy);
            check_saved(&view, path);
            gd_tensor_destroy(copy);
        }
        gd_tensor_destroy(x);
    }
    assert_true(files > 30);
    fclose(file);
}

static void test_views(void **state)
{
    (void)state;
    gd_tensor *numbers = gd_tensor_create_arange(GD_I64, 0, 24, 1), v;
    gd_tensor x = gd_tensor_reshape(numbers, GD_DIMS(2, 3, 4)), w = gd_tensor_slice(&x, 1, 1, 3, 1);
    v = gd_tensor_slice(&w, 2, 0, 4, 2);
    check_saved(&v, FIXTURES "view_part.npy");
    v = gd_tensor_permute(&x, GD_DIMS(2, 1, 0));
    check_saved(&v, FIXTURES "view_turned.npy");
    v = gd_tensor_slice(&v, 2, 0, 1, 1);
    check_saved(&v, FIXTURES "view_turned_part.npy");
    v = gd_tensor_permute(&x, GD_DIMS(1, 2, 0));
    check_saved(&v, FIXTURES "view_mixed.npy");
    v = gd_tensor_transpose(&x, 0, 1);
    check_saved(&v, FIXTURES "view_swapped.npy");
    v = gd_tensor_slice(&x, 2, 1, 2, 1);
    check_saved(&v, FIXTURES "view_column.npy");
    v = gd_tensor_slice(&v, 0, 0, 1, 1), v = gd_tensor_transpose(&v, 0, 1);
    check_saved(&v, FIXTURES "view_thin.npy");
    v = gd_tensor_slice(&x, 0, 1, 2, 1), v = gd_tensor_slice(&v, 1, 2, 3, 1);
    check_saved(&v, FIXTURES "view_row.npy");
    v = gd_tensor_slice(&x, 1, 0, 1, 1), v = gd_tensor_expand(&v, GD_DIMS(2, 3, 4));
    check_saved(&v, FIXTURES "view_expanded.npy");
    v = gd_tensor_slice(&x, 1, 0, 0, 1), v = gd_tensor_slice(&v, 2, 0, 4, 2);
    check_saved(&v, FIXTURES "view_none.npy");
    v = gd_tensor_slice(&x, 0, 0, 0, 1), v = gd_tensor_slice(&v, 2, 0, 4, 2);
    check_saved(&v, FIXTURES "view_none_first.npy");
    v = x, v.data = (int64_t *)x.data + 12, v.stride[0] = -12;
    check_saved(&v, FIXTURES "view_backwards.npy");
    gd_tensor_destroy(numbers);
}

/* ---- bad files ---- */

static void assert_message(const char *expected)
{
    assert_string_equal(gd_message(), expected);
}

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
        {DICT("'<f4'", "False", "(,)"), "61: a size in decimal digits is expected, found ','"},
        {DICT("'<f4'", "False", "(2,,)"), "63: a size in decimal digits is expected, found ','"},
        {DICT("'<f4'", "False", "(2"), "62: ',' is expected, found '}'"},
        {DICT("'<f4'", "False", "(2L,)"), "62: ',' is expected, found 'L'"},
        {DICT("'<f4'", "False", "(02,)"), "61: a size in decimal digits is expected, found '0'"},
        {DICT("'<f4'", "False", "(2.0,)"), "62: ',' is expected, found '.'"},
        {DICT("'<f4'", "False", "(True,)"), "61: a size in decimal digits is expected, found 'T'"},
        {DICT("'<f4'", "False", "(9223372036854775808,)"),
         "61: a size below 2^63 is expected, found: 9223372036854775808"},
        {DICT("'<f4'", "False", "(-9223372036854775808,)"),
         "62: a size below 2^63 is expected, found: 9223372036854775808"},
        {DICT("'<f4'", "False", "(368934881474191032320,)"), /* 2^65 and a digit */
         "61: a size below 2^63 is expected, found: 368934881474191032320"},
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
    const char *const dtypes[] = {"'<f2'",
                                  "'<f16'",
                                  "'<c8'",
                                  "'<i4'",
                                  "'|i1'",
                                  "'<u8'",
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
        snprintf(message, sizeof message,
                 "t.npy: byte 20: dtype f4, f8, i8, b1 or u1 is expected, found: %s", dtypes[i]);
        assert_dict_refused(dict, 4, message);
    }
    assert_dict_refused(DICT("[", "False", "()"), 0,
                        "t.npy: byte 20: dtype f4, f8, i8, b1 or u1 is expected, found: [");
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

/* ---- writing that fails ---- */

/* The file and its folder are as before. */
static void assert_untouched(void)
{
    assert_same_file("t.npy", FIXTURES "i8.npy");
    assert_int_equal(count_files(), 1);
}

static void write_old(void)
{
    static char bytes[MOST];
    write_file("t.npy", bytes, read_file(FIXTURES "i8.npy", bytes));
}

static void test_no_room(void **state)
{
    (void)state;
    struct rlimit whole, little;
    struct sigaction ignored = {.sa_handler = SIG_IGN}, before;
    gd_tensor *x = gd_tensor_create_ones(GD_F64, GD_DIMS(1000));
    write_old();
    assert_int_equal(sigaction(SIGXFSZ, &ignored, &before), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    int descriptor = lowest_descriptor();
    for (rlim_t room = 0; room < HEADER + 8000; room += 100) { /* in the header, in the elements */
        little = whole, little.rlim_cur = room;
        setrlimit(RLIMIT_FSIZE, &little);
        gd_status status = gd_tensor_save_npy("t.npy", x);
        setrlimit(RLIMIT_FSIZE, &whole);
        assert_int_equal(status, GD_ERROR_IO);
        assert_message("t.npy: File too large");
        assert_untouched();
    }
    assert_int_equal(lowest_descriptor(), descriptor);
    sigaction(SIGXFSZ, &before, NULL);
    assert_int_equal(gd_tensor_save_npy("t.npy", x), GD_OK);
    gd_tensor_destroy(x);
}

static void test_refused_saves(void **state)
{
    (void)state;
    uint8_t bytes[] = {0, 1, 7, 1};
    gd_tensor *x = gd_tensor_create_borrowed(GD_BOOL, bytes, GD_DIMS(2, 2));
    gd_tensor failed = gd_tensor_transpose(x, 0, 5);
    write_old();
    assert_int_equal(gd_tensor_save_npy("t.npy", x), GD_ERROR_VALUE);
    assert_message("t.npy: bool 0 or 1 is expected, found 7 in the tensor");
    bytes[2] = 0;
    assert_int_equal(gd_tensor_save_npy("missing/t.npy", x), GD_ERROR_IO);
    assert_message("missing/t.npy: No such file or directory");
    assert_int_equal(gd_tensor_save_npy("/", x), GD_ERROR_IO);
    assert_message("/: Is a directory");
    assert_int_equal(mkfifo("pipe", 0600), 0); /* not a device, which a broken check would remove */
    assert_int_equal(gd_tensor_save_npy("pipe", x), GD_ERROR_IO);
    assert_message("pipe: a regular file is expected");
    remove("pipe");
    assert_int_equal(gd_tensor_save_npy("", x), GD_ERROR_IO);
    assert_int_equal(gd_tensor_save_npy("t.npy", NULL), GD_ERROR_ARGUMENT);
    assert_message("save_npy: the tensor is NULL");
    assert_int_equal(gd_tensor_save_npy("t.npy", &failed), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_save_npy(NULL, x), GD_ERROR_ARGUMENT);
    assert_message("save_npy: the path is NULL");
    assert_untouched();
    gd_tensor_destroy(x);
}

/* What another process has left is neither used nor removed; a private file stays private. */
static void test_neighbours(void **state)
{
    (void)state;
    char left[64];
    struct stat status;
    gd_tensor *x = gd_tensor_load_npy(FIXTURES "u1.npy");
    snprintf(left, sizeof left, "t.npy.tmp.%ld.0", (long)getpid());
    write_file(left, "left", 4);
    write_old();
    chmod("t.npy", 0600);
    assert_int_equal(gd_tensor_save_npy("t.npy", x), GD_OK);
    assert_same_file("t.npy", FIXTURES "u1.npy");
    assert_int_equal(stat("t.npy", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(left, &status), 0);
    assert_int_equal(status.st_size, 4);
    remove(left);
    assert_int_equal(count_files(), 1);
    gd_tensor_destroy(x);
}

static long calls_left, live;

static void *failing(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context, (void)old_size;
    if (new_size == 0) {
        --live;
        free(memory);
        return NULL;
    }
    if (--calls_left == 0)
        return NULL;
    ++live;
    return malloc(new_size);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    int descriptor = lowest_descriptor(), k = 1;
    gd_set_allocator(failing, NULL);
    for (bool whole = false; !whole; ++k) {
        calls_left = k;
        write_old();
        gd_tensor *x = gd_tensor_load_npy(FIXTURES "u1_fortran.npy");
        gd_status status = GD_ERROR_MEMORY;
        if (x != NULL) {
            gd_tensor view = gd_tensor_transpose(x, 0, 1);
            status = gd_tensor_save_npy("t.npy", &view);
        }
        whole = calls_left > 0;
        assert_int_equal(status, whole ? GD_OK : GD_ERROR_MEMORY);
        if (!whole) {
            assert_non_null(strstr(gd_message(), ".npy: no memory for "));
            assert_untouched();
        }
        gd_tensor_destroy(x);
        assert_int_equal(live, 0);
    }
    assert_true(k > 4);
    gd_set_allocator(NULL, NULL);
    assert_int_equal(lowest_descriptor(), descriptor);
}

#define TEST(name) cmocka_unit_test(name)

int npy_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_as_numpy),
                                       TEST(test_views),
                                       TEST(test_malformed_dicts),
                                       TEST(test_other_dtypes),
                                       TEST(test_wrong_sizes),
                                       TEST(test_bad_beginnings),
                                       TEST(test_no_file),
                                       TEST(test_every_truncation),
                                       TEST(test_every_byte),
                                       TEST(test_no_room),
                                       TEST(test_refused_saves),
                                       TEST(test_neighbours),
                                       TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("npy", tests, enter_folder, leave_folder);
}
