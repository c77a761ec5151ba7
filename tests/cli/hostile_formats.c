/* Files of other formats than CSV that are broken, as commands meet them: an exit code, a message
 * with the place, and no file. What each reader refuses beyond that is tested in tests/data/ and
 * tests/tensor/. */
#include "../arrays.h"
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>
#include <zip.h>

#define BYTES(literal) literal, sizeof(literal) - 1

typedef struct broken {
    const char *bytes;
    size_t size;
    const char *
        message; /* behind the file's name; whole, unless a library's own words follow a last ": " */
} broken;

static void write_bytes(const char *name, const char *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* Each test begins without what one that failed has left. */
static int empty_folder(void **state)
{
    (void)state;
    return run("rm -rf ./*").code;
}

/* By commands that write; the folder has the file alone before and after. */
static void assert_refused(const char *name, const char *message)
{
    static const char *const lines[] = {"gradus train %s -o m.st", "gradus convert %s c.csv",
                                        "gradus split %s --fractions 0.5,0.5 --out a.csv,b.csv"};
    char line[128], expected[512], listed[32];
    const char *end = message[strlen(message) - 1] == ' ' ? "" : "\n";
    snprintf(expected, sizeof expected, "gradus: %s%s%s", name, message, end);
    snprintf(listed, sizeof listed, "%s\n", name);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        snprintf(line, sizeof line, lines[i], name);
        assert_fails(CLI_DATA, line, expected);
        assert_string_equal(run("ls -A").out, listed);
    }
}

static void each_refused(const char *name, const broken *files, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        write_bytes(name, files[i].bytes, files[i].size);
        assert_refused(name, files[i].message);
    }
    remove(name);
}

/* ---- text ---- */

static void test_libsvm(void **state)
{
    (void)state;
    static const broken files[] = {
        {BYTES(""), ":1:1: a row is expected, found the end of the file"},
        {BYTES("1 1:2\nx 1:2\n"), ":2:1: a label, which is a number, is expected, found 'x'"},
        {BYTES("1 1:2\n1e999 1:2\n"),
         ":2:1: a number that is not too large is expected, found \"1e999\""},
        {BYTES("1 1:2\n1 a:2\n"), ":2:3: index:value is expected, found 'a'"},
        {BYTES("1 1:2\n1 1.5:2\n"), ":2:3: index:value is expected, found '1'"},
        {BYTES("1 1:2\n1 -1:2\n"), ":2:3: index:value is expected, found '-'"},
        {BYTES("1 1:2\n1 2:2 1:3 2:4\n"), ":2:11: another index is expected, found \"2\" again"},
        {BYTES("1 1:2\n1 99999999999999999999:2\n"),
         ":2:3: an index of at most 18 digits without zeros in front is expected, found "
         "\"99999999999999999999\""},
        {BYTES("1 1:2\n1 1:abc\n"), ":2:5: a number is expected, found 'a'"},
        {BYTES("1 1:2\n1 1:nan\n"), ":2:5: a number is expected, found 'n'"},
        {BYTES("1 1:2\n1 1:1e999\n"),
         ":2:5: a number that is not too large is expected, found \"1e999\""},
        {BYTES("1 1:2\n1 2"), ":2:3: index:value is expected, found '2'"},
        {BYTES("1 1:2\n1 2:"), ":2:5: a number is expected, found the end of the line"},
        {BYTES("1 1:2\n1 1:2\0\n"), ":2:6: a blank after a number is expected, found byte 0x00"},
        {BYTES("1 1:2\n\xff\xfe\n"),
         ":2:1: a label, which is a number, is expected, found byte 0xff"},
        {BYTES("1 qid:1 1:2\n"),
         ":1:3: index:value (ranking queries are not supported) is expected, found 'q'"},
    };
    each_refused("t.libsvm", files, sizeof files / sizeof *files);
    write_file("t.libsvm", "1 0:2 1:3\n2 0:4\n"); /* some count from 0: an index is but a name */
    assert_string_equal(run("gradus convert t.libsvm --to csv").out, "2,3,1\n4,0,2\n");
    remove("t.libsvm");
}

static void test_fasttext(void **state)
{
    (void)state;
    static const broken files[] = {
        {BYTES(""), ":1:1: a line of words is expected, found the end of the file"},
        {BYTES("\n \n"), ":3:1: a line of words is expected, found the end of the file"},
        {BYTES("__label__a x\n__label__ y\n"),
         ":2:10: a label after __label__ is expected, found byte 0x20"},
        {BYTES("__label__a x\ny __label__"),
         ":2:12: a label after __label__ is expected, found the end of the line"},
        {BYTES("__label__a x\n__label__b caf\xe9\n"),
         ":2:15: text in UTF-8 is expected, found byte 0xe9 (iconv -f LATIN1 -t UTF-8 may convert "
         "it)"},
        {BYTES("__label__a x\n__label__\xff y\n"),
         ":2:10: text in UTF-8 is expected, found byte 0xff (iconv -f LATIN1 -t UTF-8 may convert "
         "it)"},
        {BYTES("__label__a x\n__label__b y\0z\n"),
         ":2:13: text in UTF-8 is expected, found byte 0x00"},
    };
    each_refused("t.ft", files, sizeof files / sizeof *files);
}

/* ---- arrays ---- */

#define DICT(descr, shape) "{'descr': '" descr "', 'fortran_order': False, 'shape': " shape ", }"

/* A dict with so many bytes 2 behind it. */
typedef struct broken_array {
    const char *dict;
    size_t elements;
    const char *message;
} broken_array;

static const broken_array arrays[] = {
    {"x1, x2, y", 0, ": byte 10: '{' is expected, found 'x'"},
    {DICT("<f8", "(2, 2)"), 31, ": byte 128: 32 bytes are expected for [2,2] of float64, found 31"},
    {DICT("<f8", "(2, 2)"), 33, ": byte 128: 32 bytes are expected for [2,2] of float64, found 33"},
    {DICT("<f8", "(1099511627776, 2)"), 32,
     ": byte 128: 17592186044416 bytes are expected for [1099511627776,2] of float64, found 32"},
    {DICT("<f8", "(9223372036854775807, 9223372036854775807)"), 32,
     ": [9223372036854775807,9223372036854775807] of float64 is too large"},
    {DICT("<f8", "(-2, -2)"), 32, ": size -2 of dimension 0 is negative"},
    {DICT("<f8", "(two, 2)"), 32, ": byte 61: a whole number is expected, found 't'"},
    {DICT("<f8", "(1, 1, 1, 1, 1, 1, 1, 1, 4)"), 32,
     ": byte 85: ')' after 8 sizes is expected, found '4'"},
    {DICT("|O", "(2, 2)"), 32,
     ": byte 20: dtype b1, i1 to i8, u1 to u8, f2, f4, f8 or text (U, S) is expected, found: '|O'"},
    {DICT("<U4", "(1, 2)"), 32, ": byte 128: a character of Unicode is expected, found 0x2020202"},
    {DICT("|b1", "(2, 2)"), 4, ": byte 128: bool 0 or 1 is expected, found 2"},
};
enum { ARRAYS = sizeof arrays / sizeof *arrays, ROOM = 256 };

static size_t make_broken(char to[ROOM], const broken_array *array)
{
    char twos[64];
    memset(twos, 2, sizeof twos);
    return make_npy(to, array->dict, twos, array->elements);
}

static void test_npy(void **state)
{
    (void)state;
    static const broken beginnings[] = {
        {BYTES(""), ": byte 0: 8 bytes of magic and version are expected, found 0"},
        {BYTES("\x93NUM"), ": byte 0: 8 bytes of magic and version are expected, found 4"},
        {BYTES("x,y\n1,2\n3,4\n"),
         ": byte 0: \\x93NUMPY is expected, found other bytes: not a .npy file"},
        {BYTES("\x93NUMPY\x09\0\x02\0{}"),
         ": byte 6: version 1.0, 2.0 or 3.0 is expected, found 9.0"},
        {BYTES("\x93NUMPY\2\0\xff\xff\xff\xff{}"),
         ": byte 8: a header of at most 10000 bytes is expected, found 4294967295"},
        {BYTES("\x93NUMPY\1\0\x76\0{'descr': "),
         ": byte 10: 118 bytes of header are expected, found 10"},
    };
    each_refused("t.npy", beginnings, sizeof beginnings / sizeof *beginnings);
    for (int i = 0; i < ARRAYS; ++i) {
        char bytes[ROOM];
        each_refused("t.npy", &(broken){bytes, make_broken(bytes, &arrays[i]), arrays[i].message},
                     1);
    }
    for (int i = 0; i < 2; ++i) { /* whole, but no table */
        static const broken_array empty[] = {
            {DICT("<f8", "(0, 3)"), 0,
             ": rows of 1 to 1048576 numbers are expected, found the shape [0,3]"},
            {DICT("<f8", "()"), 8,
             ": rows of 1 to 1048576 numbers are expected, found the shape []"}};
        char bytes[ROOM];
        each_refused("t.npy", &(broken){bytes, make_broken(bytes, &empty[i]), empty[i].message}, 1);
    }
}

/* t.npz of these two, of which the file's last bytes are cut off. */
static void write_archive(const broken_array *x, const broken_array *y, int method, size_t cut)
{
    char x_bytes[ROOM], y_bytes[ROOM], all[4096];
    const npy_array members[] = {{"X.npy", x_bytes, make_broken(x_bytes, x)},
                                 {"y.npy", y_bytes, make_broken(y_bytes, y)}};
    write_npz("t.npz", members, 2, method);
    FILE *file = fopen("t.npz", "rb");
    size_t size = fread(all, 1, sizeof all, file);
    fclose(file);
    assert_true(size < sizeof all && size > cut);
    write_bytes("t.npz", all, size - cut);
}

static void test_npz(void **state)
{
    (void)state;
    static const broken_array x = {DICT("<f8", "(2, 2)"), 32, NULL},
                              y = {DICT("|u1", "(2,)"), 2, NULL},
                              three = {DICT("|u1", "(3,)"), 3, NULL};
    static const broken no_archives[] = {
        {BYTES(""), ": a valid zip archive is expected, found: "},
        {BYTES("PK\3\4"), ": a valid zip archive is expected, found: "},
        {BYTES("x,y\n1,2\n"), ": a valid zip archive is expected, found: "},
        {BYTES("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
         ": an array X, x, data or features is expected, found none"},
    };
    each_refused("t.npz", no_archives, sizeof no_archives / sizeof *no_archives);
    for (int i = 0; i < ARRAYS; ++i)
        for (int labels = 0; labels < 2; ++labels) {
            char message[256];
            write_archive(labels ? &x : &arrays[i], labels ? &arrays[i] : &y,
                          labels ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
            snprintf(message, sizeof message, ", %s.npy%s", labels ? "y" : "X", arrays[i].message);
            assert_refused("t.npz", message);
        }
    write_archive(&x, &three, ZIP_CM_STORE, 0);
    assert_refused("t.npz", ": 2 labels are expected, one for each row, found the shape [3]");
    write_archive(&x, &y, ZIP_CM_STORE, 10);
    assert_refused("t.npz", ": a valid zip archive is expected, found: ");
    write_archive(&x, &y, ZIP_CM_STORE, 0);
    assert_string_equal(run("gradus convert t.npz --to csv | wc -l").out, "2\n"); /* sound */
    remove("t.npz");
}

static void test_idx(void **state)
{
    (void)state;
    static const char no_idx[] =
        ": byte 0: two zero bytes, a type and a number of sizes are expected: not an IDX file";
    const broken files[] = {
        {BYTES(""), no_idx},
        {BYTES("\0\0\x08"), no_idx},
        {BYTES("x,y\n1,2\n"), no_idx},
        {BYTES("\1\0\x08\x01\0\0\0\2ab"), no_idx},
        {BYTES("\0\0\x07\x01\0\0\0\2ab"),
         ": byte 2: a type among 0x08, 0x09, 0x0b to 0x0e is expected, found 0x07"},
        {BYTES("\0\0\x08\0a"), ": byte 3: 1 to 8 sizes are expected, found 0"},
        {BYTES("\0\0\x08\xff\0\0\0\1"), ": byte 3: 1 to 8 sizes are expected, found 255"},
        {BYTES("\0\0\x08\2\0\0\0\2"), ": byte 4: 2 sizes of 4 bytes are expected, found 4 bytes"},
        {BYTES("\0\0\x08\2\0\0\0\2\0\0\0\2abc"),
         ": byte 12: 4 bytes are expected for [2,2] elements of 1, found 3"},
        {BYTES("\0\0\x08\2\0\0\0\2\0\0\0\2abcde"),
         ": byte 12: 4 bytes are expected for [2,2] elements of 1, found at least 5"},
        {BYTES("\0\0\x08\2\xff\xff\xff\xff\0\0\0\2abcd"),
         ": byte 12: 8589934590 bytes are expected for [4294967295,2] elements of 1, found 4"},
        {BYTES("\0\0\x08\2\xff\xff\xff\xff\xff\xff\xff\xff"),
         ": [4294967295,4294967295] of uint8 is too large"},
        {BYTES("\0\0\x08\2\0\0\0\0\0\0\0\2"),
         ": rows of 1 to 1048576 numbers are expected, found the shape [0,2]"},
    };
    each_refused("t.idx", files, sizeof files / sizeof *files);
}

int hostile_formats_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_libsvm, empty_folder),
                                       cmocka_unit_test_setup(test_fasttext, empty_folder),
                                       cmocka_unit_test_setup(test_npy, empty_folder),
                                       cmocka_unit_test_setup(test_npz, empty_folder),
                                       cmocka_unit_test_setup(test_idx, empty_folder)};
    return cmocka_run_group_tests_name("hostile_formats", tests, enter_folder, leave_folder);
}
