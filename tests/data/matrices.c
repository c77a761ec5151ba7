/* Tables that are tensors: npy, npz, idx. */
#include "../arrays.h"
#include "../cmocka_all.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

enum { ROOM = 1 << 16 };

static size_t read_fixture(const char *name, char *bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/fixtures/formats/%s", GD_TESTS_DIR, name);
    return read_whole_file(path, bytes, ROOM);
}

#define NPY(bytes, dtype, shape, elements)                                                         \
    make_npy(bytes, "{'descr': '" dtype "', 'fortran_order': False, 'shape': " shape ", }",        \
             elements, sizeof(elements))

static void test_as_numpy(void **state)
{
    (void)state;
    assert_fixture("f8.npy", "f8.csv");
    assert_fixture("stored.npz", "stored.csv");
    assert_fixture("deflated.npz", "deflated.csv");
    assert_fixture("alone.npz", "alone.csv");
}

/* Which columns have levels: those that are predicted, and those that are asked for. */
static void test_levels(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    static char bytes[128 + ROWS * 24];
    static double cells[ROWS][3];
    for (int i = 0; i < ROWS; ++i) {
        cells[i][0] = i % 1500; /* a group, of which there are too many to be classes */
        cells[i][1] = i / 7.0;
        cells[i][2] = i == 77 ? (double)NAN : 2 - i % 3;
    }
    size_t size = NPY(bytes, "<f8", "(5000, 3)", cells);
    gd_table *t = read_table(bytes, size);
    assert_targets(t, "3 ");
    assert_false(gd_table_has_header(t) || gd_table_is_sparse(t));
    assert_int_equal(gd_table_line(t, 0), 0);
    assert_int_equal(gd_table_level_count(t, 0), -1);
    assert_int_equal(gd_table_level_count(t, 2), 3);
    assert_string_equal(gd_table_level(t, 2, 2), "2");
    assert_int_equal(gd_table_code(t, 0, 2), 2);
    assert_int_equal(gd_table_code(t, 77, 2), -1);
    assert_int_equal(gd_table_missing(t, 2), 1);
    assert_null(gd_table_classes(t, 2));
    assert_string_equal(gd_message(), "t, row 78: a class is expected in column \"3\", found \"\"");
    gd_table_destroy(t);
    t = gd_table_read("t", &(gd_table_options){.verbatim = "1,2,7"});
    assert_int_equal(gd_table_level_count(t, 0), 1500);
    assert_int_equal(gd_table_level_count(t, 1), -1); /* all different: nothing is gained */
    gd_tensor *groups = gd_table_classes(t, 0);
    assert_int_equal(((int64_t *)groups->data)[4999], 4999 % 1500);
    gd_tensor_destroy(groups);
    gd_table_destroy(t);
    for (int i = 0; i < ROWS; ++i) /* shows late, in the rows behind the sample */
        cells[i][2] = i < 4500 ? i % 2 : i / 3.0;
    t = read_table(bytes, NPY(bytes, "<f8", "(5000, 3)", cells));
    assert_int_equal(gd_table_level_count(t, 2), -1);
    assert_true(gd_table_number(t, 4999, 2) == 4999 / 3.0);
    gd_table_destroy(t);
    const double zeros[] = {-0.0, 1, 0, 1};
    t = read_table(bytes, NPY(bytes, "<f8", "(4,)", zeros));
    assert_int_equal(gd_table_level_count(t, 0), 2);
    assert_string_equal(gd_table_level(t, 0, 0), "0");
    gd_table_destroy(t);
}

/* So many targets of so many levels that a table which is no matrix would keep just their
 * numbers. */
static void test_many_levels(void **state)
{
    (void)state;
    enum { ROWS = 1000, TARGETS = 300 };
    static char bytes[128 + ROWS * TARGETS * sizeof(int64_t)];
    static int64_t cells[ROWS][TARGETS];
    for (int i = 0; i < ROWS; ++i)
        for (int j = 0; j < TARGETS; ++j)
            cells[i][j] = 7 * i;
    size_t size = NPY(bytes, "<i8", "(1000, 300)", cells);
    write_npz("t", (const npy_array[]){{"X.npy", bytes, size}, {"y.npy", bytes, size}}, 2,
              ZIP_CM_STORE);
    gd_table *t = gd_table_read("t", NULL);
    assert_non_null(t);
    assert_int_equal(gd_table_level_count(t, 2 * TARGETS - 1), ROWS);
    assert_true(gd_table_number(t, ROWS - 1, 2 * TARGETS - 1) == 7 * (ROWS - 1));
    gd_table_destroy(t);
}

static void test_dtypes(void **state)
{
    (void)state;
    char bytes[512];
    const float f4[] = {0.1f, -2, 1e30f, (float)NAN};
    gd_table *t = read_table(bytes, NPY(bytes, "<f4", "(2, 2)", f4));
    assert_table(t, "1,2\n0.1,-2\n1e+30,\n");
    gd_table_destroy(t);
    const int64_t i8[] = {-5, 9007199254740993, 7, -9223372036854775807};
    t = read_table(bytes, NPY(bytes, "<i8", "(2, 2)", i8)); /* ids that are no doubles */
    assert_table(t, "1,2\n-5,9007199254740993\n7,-9223372036854775807\n");
    assert_int_equal(gd_table_level_count(t, 1), -1);
    gd_table_destroy(t);
    const bool b1[] = {true, false, true, true};
    t = read_table(bytes, NPY(bytes, "|b1", "(4,)", b1));
    assert_table(t, "1\n1\n0\n1\n1\n");
    assert_int_equal(gd_table_level_count(t, 0), 2);
    gd_table_destroy(t);
    const unsigned char u1[] = {1, 2, 3, 4, 5, 6, 7, 255};
    t = read_table(bytes, NPY(bytes, "|u1", "(2, 2, 2)", u1));
    assert_table(t, "1,2,3,4\n1,2,3,4\n5,6,7,255\n");
    gd_table_destroy(t);
}

static void test_refused_shapes(void **state)
{
    (void)state;
    char bytes[512];
    const double one[] = {1};
    assert_null(read_table(bytes, NPY(bytes, "<f8", "()", one)));
    assert_string_equal(gd_message(),
                        "t: rows of 1 to 1048576 numbers are expected, found the shape []");
    assert_null(read_table(bytes, NPY(bytes, "<f8", "(0, 3)", "") - 1));
    assert_string_equal(gd_message(),
                        "t: rows of 1 to 1048576 numbers are expected, found the shape [0,3]");
    assert_null(read_table(bytes, NPY(bytes, "<f8", "(3, 0)", "") - 1));
    assert_string_equal(gd_message(),
                        "t: rows of 1 to 1048576 numbers are expected, found the shape [3,0]");
    assert_null(read_table(bytes, NPY(bytes, "<f8", "(1, 2)", one)));
    assert_string_equal(gd_message(),
                        "t: byte 128: 16 bytes are expected for [1,2] of float64, found 8");
    assert_null(read_table(bytes, NPY(bytes, "<c8", "(1,)", one)));
    assert_string_equal(gd_message(),
                        "t: byte 20: dtype b1, i1 to i8, u1 to u8, f2, f4, f8 or text "
                        "(U, S) is expected, found: '<c8'");
    const uint64_t large[] = {1, UINT64_C(1) << 63};
    assert_null(read_table(bytes, NPY(bytes, "<u8", "(2,)", large)));
    assert_string_equal(gd_message(),
                        "t: byte 136: a number below 2^63 is expected, found 9223372036854775808");
}

/* ---- texts ---- */

/* Texts are cells as those of a CSV file are: shorter ones after longer ones, numbers, missing
 * ones, of any script. */
static void test_texts(void **state)
{
    (void)state;
    assert_fixture("texts.npy", "texts.csv");
    assert_fixture("texts_big_fortran.npy", "texts.csv");
    assert_fixture("texts_y.npz", "texts_y.csv");
    assert_fixture("texts_x.npz", "texts_x.csv");
    char bytes[512];
    gd_table *t = read_table(bytes, NPY(bytes, "|S3", "(3, 2)",
                                        "007 9\0"
                                        "7\0\0 b\0"
                                        "\0\0\0c,\"") -
                                        1);
    assert_table(t, "1,2\n007,\" 9\"\n7,\" b\"\n,\"c,\"\"\"\n");
    assert_int_equal(gd_table_missing(t, 0), 1);
    gd_table_destroy(t);
    t = gd_table_read("t", &(gd_table_options){.verbatim = "1"});
    assert_int_equal(gd_table_level_count(t, 0), 2);
    assert_int_equal(gd_table_kind(t, 1), GD_COLUMN_TEXTS);
    gd_table_destroy(t);
}

static void test_refused_texts(void **state)
{
    (void)state;
    char bytes[512];
    const uint32_t beyond[] = {'a', 0x110000}, half[] = {0xd800, 0}, zero[] = {'a', 0, 'b'};
    assert_null(read_table(bytes, NPY(bytes, "<U1", "(2,)", beyond)));
    assert_string_equal(gd_message(),
                        "t: byte 132: a character of Unicode is expected, found 0x110000");
    assert_null(read_table(bytes, NPY(bytes, "<U2", "(1,)", half)));
    assert_string_equal(gd_message(),
                        "t: byte 128: a character of Unicode is expected, found 0xd800");
    assert_null(read_table(bytes, NPY(bytes, "<U3", "(1,)", zero)));
    assert_string_equal(gd_message(), "t, row 1: text in UTF-8 is expected, found byte 0x00");
    assert_null(read_table(bytes, NPY(bytes, "<U1", "()", zero) - 8));
    assert_string_equal(gd_message(),
                        "t: rows of 1 to 1048576 numbers are expected, found the shape []");
    assert_null(read_table(bytes, NPY(bytes, "<U2", "(2,)", zero)));
    assert_string_equal(gd_message(),
                        "t: byte 128: 16 bytes are expected for [2] of text, found 12");
    assert_null(read_table(bytes, NPY(bytes, "<U0", "(2,)", zero)));
    assert_non_null(strstr(gd_message(), "or text (U, S) is expected, found: '<U0'"));
}

/* ---- npz ---- */

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *names[3], *table;
    } cases[] = {
        {{"X.npy", "y.npy"}, "1,2,target\n1,2,5\n3,4,6\n"},
        {{"other.npy", "Y.npy", "x.npy"}, NULL},
        {{"data.npy", "labels.npy"}, "1,2,target\n1,2,5\n3,4,6\n"},
        {{"features.npy", "target.npy"}, "1,2,target\n1,2,5\n3,4,6\n"},
        {{"X.npy", "z.npy"}, "1,2\n1,2\n3,4\n"},
    };
    const double x[] = {1, 2, 3, 4}, y[] = {5, 6};
    char x_bytes[160], y_bytes[144];
    NPY(x_bytes, "<f8", "(2, 2)", x);
    NPY(y_bytes, "<f8", "(2, 1)", y);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const npy_array arrays[] = {{cases[i].names[0], x_bytes, sizeof x_bytes},
                                    {cases[i].names[1], y_bytes, sizeof y_bytes},
                                    {cases[i].names[2], y_bytes, sizeof y_bytes}};
        write_npz("t", arrays, cases[i].names[2] != NULL ? 3 : 2, ZIP_CM_STORE);
        gd_table *t = gd_table_read("t", NULL);
        assert_table(t, cases[i].table != NULL ? cases[i].table : "1,target\n5,5\n6,6\n");
        assert_targets(t, i == 4 ? "2 " : "target ");
        gd_table_destroy(t);
    }
}

#define ZIP_CLAIM "t, X.npy: a member stored or deflated in the archive's "

static void test_refused_archives(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3, 4};
    char bytes[160];
    NPY(bytes, "<f8", "(2, 2)", x);
    write_npz("t", (const npy_array[]){{"a.npy", bytes, 160}, {"b", bytes, 160}}, 2, ZIP_CM_STORE);
    assert_null(gd_table_read("t", NULL));
    assert_string_equal(gd_message(),
                        "t: an array X, x, data or features is expected, found a.npy, b");
    write_npz("t", (const npy_array[]){{"X.npy", bytes, 160}, {"y.npy", bytes, 159}}, 2,
              ZIP_CM_DEFLATE);
    assert_null(gd_table_read("t", NULL));
    assert_string_equal(gd_message(), "t, y.npy: byte 128: 32 bytes are expected for [2,2] of "
                                      "float64, found 31");
    char three[152];
    NPY(three, "<f8", "(3,)", ((const double[]){1, 2, 3}));
    write_npz("t", (const npy_array[]){{"X.npy", bytes, 160}, {"y.npy", three, 152}}, 2,
              ZIP_CM_DEFLATE);
    assert_null(gd_table_read("t", NULL));
    assert_string_equal(gd_message(),
                        "t: 2 labels are expected, one for each row, found the shape [3]");
    write_npz("t", (const npy_array[]){{"X.npy", bytes, 160}}, 1, ZIP_CM_BZIP2);
    assert_null(gd_table_read("t", NULL));
    assert_non_null(strstr(gd_message(), ZIP_CLAIM));
    assert_non_null(strstr(gd_message(), " bytes is expected, found "));
    assert_null(read_table("PK\5\6", 4));
    assert_non_null(strstr(gd_message(), "t: a valid zip archive is expected, found: "));
    assert_null(read_table("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22));
    assert_string_equal(gd_message(), "t: an array X, x, data or features is expected, found none");
}

/* An archive's member that claims more than it can have, in either of the places that say so. */
static void test_bomb(void **state)
{
    (void)state;
    static char zeros[4128], bytes[ROOM];
    make_npy(zeros, "{'descr': '|u1', 'fortran_order': False, 'shape': (4000, ), }", zeros + 128,
             4000);
    write_npz("t", (const npy_array[]){{"X.npy", zeros, 4128}}, 1, ZIP_CM_DEFLATE);
    size_t size = read_whole_file("t", bytes, sizeof bytes);
    gd_table_destroy(gd_table_read("t", NULL));
    char *entry = bytes + size;
    while (memcmp(entry, "PK\1\2", 4) != 0)
        --entry;
    uint32_t compressed;
    memcpy(&compressed, entry + 20, 4);
    memcpy(entry + 24, "\xff\xff\xff\x7f", 4); /* the directory's uncompressed size */
    memcpy(bytes + 22, "\xff\xff\xff\x7f", 4);
    assert_null(read_table(bytes, size));
    assert_non_null(strstr(gd_message(), ZIP_CLAIM));
    memcpy(entry + 20, "\xff\xff\xff\x7f", 4); /* and the compressed one */
    memcpy(bytes + 18, "\xff\xff\xff\x7f", 4);
    assert_null(read_table(bytes, size));
    assert_non_null(strstr(gd_message(), ZIP_CLAIM));
    memcpy(entry + 20, &compressed, 4);
    memcpy(bytes + 18, &compressed, 4);
    memcpy(entry + 24, "\x30\x10\0\0", 4); /* 4144 */
    memcpy(bytes + 22, "\x30\x10\0\0", 4);
    assert_null(read_table(bytes, size));
    assert_string_equal(gd_message(), "t, X.npy: byte 128: 4000 bytes are expected for [4000] of "
                                      "uint8, found 4016");
    write_npz("t", (const npy_array[]){{"X.npy", zeros, 4128}}, 1, ZIP_CM_STORE);
    size = read_whole_file("t", bytes, sizeof bytes);
    bytes[1000] ^= 1; /* an element, whose sum is another then */
    assert_null(read_table(bytes, size));
    assert_string_equal(gd_message(),
                        "t, X.npy: valid compressed data is expected, found: CRC error");
}

static void test_from_pipes(void **state)
{
    (void)state;
    enum { LARGE = 700000 }; /* several blocks */
    static char bytes[128 + LARGE];
    static unsigned char cells[LARGE];
    static const char *const names[] = {"stored.npz", "deflated.npz", "f8.npy", NULL};
    for (int i = 0; i < LARGE; ++i)
        cells[i] = (unsigned char)(i % 7919 >> 3);
    for (int i = 0; i < 4; ++i) {
        write_file("t", bytes,
                   names[i] != NULL ? read_fixture(names[i], bytes)
                                    : NPY(bytes, "|u1", "(7000, 100)", cells));
        gd_table *expected = gd_table_read("t", NULL);
        for (int k = 0; k < 3; ++k) {
            static const char *const commands[] = {"cat t", "gzip -c t", NULL};
            int before = dup(STDIN_FILENO);
            FILE *from = commands[k] != NULL ? popen(commands[k], "r") : fopen("t", "rb");
            assert_non_null(from);
            dup2(fileno(from), STDIN_FILENO);
            gd_table *t = gd_table_read("-", NULL);
            dup2(before, STDIN_FILENO);
            close(before);
            assert_int_equal(commands[k] != NULL ? pclose(from) : fclose(from), 0);
            assert_same_table(t, expected);
            gd_table_destroy(t);
        }
        gd_table_destroy(expected);
    }
}

/* ---- idx ---- */

#define IMAGES "\0\0\x08\x03\0\0\0\2\0\0\0\1\0\0\0\3\1\2\3\4\5\6"
#define LABELS "\0\0\x08\x01\0\0\0\2\7\0"

static void test_images_and_labels(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"images-idx3-ubyte", "labels-idx1-ubyte"},
                                           {"t-images-idx3-ubyte.gz", "t-labels-idx1-ubyte"},
                                           {"images-idx3", "labels-idx1.gz"}};
    for (int i = 0; i < 3; ++i) { /* what is called .gz need not be compressed */
        write_file(names[i][0], IMAGES, sizeof IMAGES - 1);
        gd_table *t = gd_table_read(names[i][0], NULL);
        assert_table(t, "1,2,3\n1,2,3\n4,5,6\n");
        assert_targets(t, "");
        assert_int_equal(gd_table_level_count(t, 2), -1); /* the last pixel is none, either */
        gd_table_destroy(t);
        write_file(names[i][1], LABELS, sizeof LABELS - 1);
        t = gd_table_read(names[i][0], NULL);
        assert_table(t, "1,2,3,label\n1,2,3,7\n4,5,6,0\n");
        assert_targets(t, "label ");
        assert_int_equal(gd_table_level_count(t, 3), 2);
        assert_int_equal(gd_table_level_count(t, 0), -1);
        gd_table_destroy(t);
        write_file(names[i][1], LABELS, sizeof LABELS - 2);
        assert_null(gd_table_read(names[i][0], NULL));
        assert_non_null(strstr(gd_message(), "byte 8: 2 bytes are expected for [2] elements of 1"));
        write_file(names[i][1], "\0\0\x08\x01\0\0\0\1\7", 9);
        assert_null(gd_table_read(names[i][0], NULL));
        assert_non_null(strstr(gd_message(), ": 2 labels are expected, one for each row"));
        remove(names[i][0]);
        remove(names[i][1]);
    }
    gd_table *t = read_table(LABELS, sizeof LABELS - 1);
    assert_table(t, "1\n7\n0\n");
    gd_table_destroy(t);
}

static void test_broken(void **state)
{
    (void)state;
    static char bytes[ROOM];
    static const char *const names[] = {"stored.npz", "deflated.npz", "f8.npy", "texts.npy",
                                        "texts_y.npz"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        size_t size = read_fixture(names[i], bytes);
        read_broken(bytes, size);
        read_without_memory(bytes, size);
    }
    read_broken(IMAGES, sizeof IMAGES - 1);
    read_without_memory(IMAGES, sizeof IMAGES - 1);
}

#define TEST(name) cmocka_unit_test(name)

int matrices_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_as_numpy),      TEST(test_levels),         TEST(test_many_levels),
        TEST(test_dtypes),        TEST(test_refused_shapes), TEST(test_texts),
        TEST(test_refused_texts), TEST(test_names),          TEST(test_refused_archives),
        TEST(test_bomb),          TEST(test_from_pipes),     TEST(test_images_and_labels),
        TEST(test_broken)};
    return cmocka_run_group_tests_name("matrices", tests, enter_folder, leave_folder);
}
