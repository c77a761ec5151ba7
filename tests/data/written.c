/* Tables that are written and read again, from each format to each that can hold them. */
#include "../arrays.h"
#include "../cmocka_all.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

static gd_status write_to(const char *path, const gd_table *t, const char *format,
                          const gd_tensor *rows)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    gd_status status = gd_table_write(t, file, format, rows, '\0');
    fclose(file);
    return status;
}

static gd_table *read_as(const char *format, bool header)
{
    const gd_table_options options = {.format = format,
                                      .header = header ? GD_HEADER_YES : GD_HEADER_NO};
    gd_table *t = gd_table_read("t", &options);
    if (t == NULL)
        fail_msg("%s: %s", format, gd_message());
    return t;
}

static gd_table *read_string(const char *format, const char *text)
{
    write_file("t", text, strlen(text));
    return read_as(format, true);
}

static gd_table *write_and_read(const gd_table *t, const char *format)
{
    if (write_to("t", t, format, NULL) != GD_OK)
        fail_msg("%s: %s", format, gd_message());
    return read_as(format, gd_table_has_header(t));
}

static int count_targets(const gd_table *t)
{
    bool chosen[64] = {false};
    gd_table_default_targets(t, chosen);
    int count = 0;
    for (int i = 0; i < gd_table_columns(t); ++i)
        count += chosen[i];
    return count;
}

/* The table, written and read in each of the formats ("csv tsv"), and what was read in each
 * again, holds the same. */
static void assert_goes_through(gd_table *expected, const char *formats, bool targets)
{
    for (const char *a = formats; *a != '\0'; a += strspn(a, " ")) {
        char from[16], to[16];
        size_t n = strcspn(a, " ");
        snprintf(from, sizeof from, "%.*s", (int)n, a);
        a += n;
        gd_table *first = write_and_read(expected, from);
        assert_same_cells(first, expected);
        for (const char *b = formats; *b != '\0'; b += strspn(b, " ")) {
            size_t m = strcspn(b, " ");
            snprintf(to, sizeof to, "%.*s", (int)m, b);
            b += m;
            gd_table *second = write_and_read(first, to);
            assert_same_cells(second, expected);
            assert_true(!targets || count_targets(second) == count_targets(expected));
            if (strcmp(from, to) == 0) {
                assert_same_table(second, first);
                assert_true(gd_table_has_header(first) == gd_table_has_header(second));
            }
            gd_table_destroy(second);
        }
        gd_table_destroy(first);
    }
    gd_table_destroy(expected);
}

static void test_through_all(void **state)
{
    (void)state;
    gd_table *numbers =
        read_string("csv", "1,b,c,kind\n1,-2.5,.1,0\n3,1e22,-0.25,7\n5,1e-300,2,0\n");
    assert_goes_through(numbers, "csv tsv arff libsvm npy", true);
    gd_table *whole = read_string("csv", "a,b\n1,-2000000000\n255,3\n");
    assert_goes_through(whole, "csv tsv arff libsvm npy", true);
    gd_table *missing = read_string("csv", "1,b,kind\n1,,0\n,NA,7\n5,1e-300,?\n");
    assert_goes_through(missing, "csv tsv arff npy", true);
    gd_table *labels = read_string("libsvm", "3,10 1:1 7:2.5\n 1:7\n2 7:-1\n2,3,10 9:1 1:2 7:1\n");
    assert_goes_through(labels, "arff libsvm", true);
    gd_table *texts = read_string(
        "csv", "name,\"it's, a\",class,\"{%}\",n\n\"a,\"\"b\"\"\nc\r\t\\\", 'x' ,,\"@1\",1.50\n"
               "' ,\" \",y z,%,007\n\"{}\",b?c,q,\"1,5\",-0\nö,?,\"\",_,+1e3\n");
    assert_goes_through(texts, "csv tsv arff", true);
    gd_table *one = read_string("csv", "a\n1\n\"\"\n2.5\n");
    assert_goes_through(one, "csv tsv arff npy", true);
}

/* Words are texts elsewhere, and words again when they come back. */
static void test_words(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "__label__b x 12 'y'\n__label__a 7\n__label__b\n", /* and without a word */
        "__label__b __label__1 x , y\nz\n__label__a\n"};
    for (int i = 0; i < 2; ++i) {
        static const char *const formats[] = {"fasttext", "arff", "csv", "tsv"};
        gd_table *expected = read_string("fasttext", texts[i]);
        for (int k = 0; k < (i == 0 ? 4 : 2); ++k) { /* CSV has one target */
            gd_table *first = write_and_read(expected, formats[k]);
            gd_table *second = write_and_read(first, "fasttext");
            assert_same_table(second, expected);
            gd_table_destroy(first);
            gd_table_destroy(second);
        }
        gd_table_destroy(expected);
    }
}

/* What others read. */
static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *from, *text, *to, *written;
    } cases[] = {
        {"csv", "a b,it's,c\n1.50,x,\n,y z,no\n", "arff",
         "@relation table\n\n@attribute 'a b' numeric\n@attribute 'it\\'s' {x,'y z'}\n"
         "@attribute c {no}\n\n@data\n1.50,x,?\n?,'y z',no\n"},
        {"libsvm", "1,2 5:1\n2 5:3\n", "arff",
         "@relation 'table: -C -2'\n\n@attribute 5 numeric\n@attribute label_1 {0,1}\n"
         "@attribute label_2 {0,1}\n\n@data\n1,1,1\n3,0,1\n"},
        {"arff", "@relation 'r: -C 1'\n@attribute a {0,1}\n@attribute b real\n@data\n1,2\n", "arff",
         "@relation 'table: -C 1'\n\n@attribute a numeric\n@attribute b numeric\n\n@data\n1,2\n"},
        {"csv", "a,b,c\n0,2.5,-1\n0,0,1.0\n3,0,7\n", "libsvm", "-1 2:2.5\n1\n7 1:3\n"},
        {"libsvm", "1,2 5:1 10:7\n 10:3\n2 5:0\n", "libsvm", "1,2 5:1 10:7\n 10:3\n2\n"},
        {"libsvm", " 5:0 7:0\n1 5:2\n", "libsvm", " 7:0\n1 5:2\n"},
        {"csv", "w,l\n\" a\nb  c \",x\nd,y\n", "fasttext", "__label__x a b c\n__label__y d\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char bytes[1024];
        gd_table *t = read_string(cases[i].from, cases[i].text);
        assert_int_equal(write_to("t", t, cases[i].to, NULL), GD_OK);
        bytes[read_whole_file("t", bytes, sizeof bytes)] = '\0';
        assert_string_equal(bytes, cases[i].written);
        gd_table_destroy(t);
    }
}

static gd_dtype dtype_written(const gd_table *t)
{
    assert_int_equal(write_to("t", t, "npy", NULL), GD_OK);
    gd_tensor *x = gd_tensor_load_npy("t");
    assert_non_null(x);
    assert_int_equal(x->ndim, 2);
    gd_dtype dtype = x->dtype;
    gd_tensor_destroy(x);
    return dtype;
}

/* An archive of X [2,1] and y [2]. */
static gd_table *read_pair(const float *x, const int64_t *y)
{
    char x_bytes[160], y_bytes[160];
    size_t x_size = make_npy(x_bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }",
                             x, 2 * sizeof *x);
    size_t y_size = make_npy(y_bytes, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
                             y, 2 * sizeof *y);
    write_npz("t", (const npy_array[]){{"X.npy", x_bytes, x_size}, {"y.npy", y_bytes, y_size}}, 2,
              ZIP_CM_STORE);
    return read_as("npz", false);
}

/* A matrix keeps its dtype, though a target of it has levels; others are whole numbers or not. */
static void test_dtypes(void **state)
{
    (void)state;
    for (gd_dtype dtype = GD_F32; dtype <= GD_U8; ++dtype) {
        gd_tensor *x = gd_tensor_create(dtype, GD_DIMS(3, 2));
        gd_tensor_fill(x, 1);
        assert_int_equal(gd_tensor_save_npy("t", x), GD_OK);
        gd_table *t = read_as("npy", false);
        assert_int_equal(gd_table_level_count(t, 1), 1);
        assert_int_equal(dtype_written(t), dtype);
        gd_table_destroy(t);
        gd_tensor_destroy(x);
    }
    static const struct {
        const char *text;
        gd_dtype dtype;
    } cases[] = {{"a,b\n1,2\n-3,4\n", GD_I64},
                 {"a,b\n1,2\n,4\n", GD_F64},
                 {"a,b\n1,0.5\n3,4\n", GD_F64},
                 {"a,b\n1,1e17\n3,4\n", GD_F64}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_table *t = read_string("csv", cases[i].text);
        assert_int_equal(dtype_written(t), cases[i].dtype);
        gd_table_destroy(t);
    }
    const float features[] = {0.5f, 1};
    const int64_t large[] = {16777217, 0}; /* no float */
    gd_table *both = read_pair(features, large);
    assert_int_equal(dtype_written(both), GD_F64);
    gd_table_destroy(both);
    both = read_pair(features, (const int64_t[]){7, 0});
    assert_int_equal(dtype_written(both), GD_F32);
    gd_table_destroy(both);
    const int64_t ids[] = {9007199254740993, 1, -9223372036854775807, 2}; /* no doubles */
    gd_tensor *x = gd_tensor_create_from_data(GD_I64, ids, GD_DIMS(2, 2));
    assert_int_equal(gd_tensor_save_npy("t", x), GD_OK);
    gd_table *t = read_as("npy", false);
    assert_int_equal(write_to("t", t, "npy", NULL), GD_OK);
    gd_tensor *again = gd_tensor_load_npy("t");
    assert_memory_equal(again->data, ids, sizeof ids);
    gd_tensor_destroy(again);
    gd_tensor_destroy(x);
    gd_table_destroy(t);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *text, *to, *message;
    } cases[] = {
        {"csv", "a,sex,y\n1,f,0\n", "npy", "t: column \"sex\" holds texts; npy holds numbers"},
        {"csv", "a,sex,y\n1,f,0\n", "libsvm",
         "t: column \"sex\" holds texts; libsvm holds numbers"},
        {"csv", "a,y\n1,f\n", "libsvm", "t: column \"y\" holds texts; libsvm holds numbers"},
        {"csv", "a,y\n1,0\n,1\n", "libsvm",
         "t: column \"a\" holds no finite number in row 2; libsvm cannot hold "
         "missing or infinite values"},
        {"csv", "a,y\n1,0\n1,\n", "libsvm",
         "t: column \"y\" holds no finite number in row 2; libsvm cannot hold "
         "missing or infinite values"},
        {"arff",
         "@relation '-C -2'\n@attribute a real\n@attribute b real\n@attribute c real\n@data\n"
         "1,1,0\n2,0,1.5\n",
         "libsvm",
         "t: one of several labels is 0 or 1 in libsvm; column \"c\" holds \"1.5\" in row 2"},
        {"arff",
         "@relation '-C -2'\n@attribute a string\n@attribute b real\n@attribute c real\n@data\n"
         "x,1,0\ny,?,1\n",
         "fasttext",
         "t: one of several labels is 0 or 1 in fasttext; column \"b\" holds \"\" in row 2"},
        {"arff", "@relation '-C -2'\n@attribute b real\n@attribute c real\n@data\n1,0\n", "libsvm",
         "t: there are labels only; libsvm holds features"},
        {"csv", "a,b,y\n1,f,0\n", "fasttext",
         "t: column \"a\" is one too many; fasttext holds labels and one column of texts"},
        {"csv", "b,c,y\ng,f,0\n", "fasttext",
         "t: column \"c\" is one too many; fasttext holds labels and one column of texts"},
        {"csv", "y\ng\n", "fasttext",
         "t: there are labels only; fasttext holds a column of texts, too"},
        {"csv", "b,y\nf,new york\n", "fasttext",
         "t: a label without blanks is expected in fasttext, found \"new york\""},
        {"csv", "b,y\nf,x\ng,\n", "fasttext",
         "t: a label without blanks is expected in fasttext, found \"\""},
        {"arff",
         "@relation '-C -2'\n@attribute a string\n@attribute 'b c' {0,1}\n@attribute d {0,1}\n"
         "@data\nx,1,0\n",
         "fasttext", "t: a label without blanks is expected in fasttext, found \"b c\""},
        {"csv", "b,y\nf __label__g,x\n", "fasttext",
         "t: words that are no labels are expected in row 1, found \"__label__g\""},
        {"arff",
         "@relation '-C -2'\n@attribute a string\n@attribute b {0,1}\n@attribute d {0,1}\n"
         "@data\nx,1,0\n?,0,0\n",
         "fasttext", "t: row 2 has neither a label nor a word; fasttext has no empty rows"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char bytes[16];
        gd_table *t = read_string(cases[i].from, cases[i].text);
        assert_int_equal(write_to("t", t, cases[i].to, NULL), GD_ERROR_VALUE);
        assert_string_equal(gd_message(), cases[i].message);
        assert_int_equal(read_whole_file("t", bytes, sizeof bytes), 0); /* nothing */
        gd_table_destroy(t);
    }
}

/* Formats that are only read. */
static void test_read_only(void **state)
{
    (void)state;
    gd_table *t = read_string("csv", "a,y\n1,0\n");
    static const char *const names[] = {"idx", "npz", "parquet"};
    for (int i = 0; i < 3; ++i) {
        char message[256];
        snprintf(message, sizeof message,
                 "table_write: a format among csv, tsv, arff, libsvm, fasttext, npy is expected, "
                 "found \"%s\"",
                 names[i]);
        assert_int_equal(gd_table_write(t, stderr, names[i], NULL, '\0'), GD_ERROR_ARGUMENT);
        assert_string_equal(gd_message(), message);
        assert_false(gd_table_can_write(names[i]));
        assert_string_equal(gd_message(), message + strlen("table_write: "));
    }
    assert_false(gd_table_can_write(NULL));
    assert_true(gd_table_can_write("npy"));
    gd_table_destroy(t);
}

static const char *const all[] = {"csv", "tsv", "arff", "libsvm", "npy", "fasttext"};
enum { ALL = sizeof all / sizeof *all };

/* Some table that the format holds. */
static gd_table *table_for(const char *format)
{
    bool words = strcmp(format, "fasttext") == 0;
    return words ? read_string(format, "__label__a x\n__label__b y z\n__label__c w\n")
                 : read_string("csv", "a,b,c\n1,2.5,0\n3,4,1\n5,6,2\n");
}

/* Some rows, in another order; the numbers of them are what is checked before anything is
 * written. */
static void test_rows(void **state)
{
    (void)state;
    gd_tensor *rows = gd_tensor_create_from_data(GD_I64, ((const int64_t[]){2, 0}), GD_DIMS(2));
    gd_tensor *none = gd_tensor_create_from_data(GD_I64, ((const int64_t[]){3}), GD_DIMS(1));
    for (int i = 0; i < ALL; ++i) {
        gd_table *t = table_for(all[i]);
        int last = gd_table_columns(t) - 1;
        assert_int_equal(write_to("t", t, all[i], rows), GD_OK);
        gd_table *taken = read_as(all[i], true);
        assert_int_equal(gd_table_rows(taken), 2);
        for (int64_t k = 0; k < 2; ++k) {
            char a[32], b[32];
            assert_string_equal(gd_table_text(taken, k, last, a),
                                gd_table_text(t, 2 - 2 * k, last, b));
        }
        assert_int_equal(write_to("t", t, all[i], none), GD_ERROR_ARGUMENT);
        gd_table_destroy(taken);
        gd_table_destroy(t);
    }
    gd_tensor_destroy(rows);
    gd_tensor_destroy(none);
}

static void test_full_disk(void **state)
{
    (void)state;
    for (int i = 0; i < ALL; ++i) {
        gd_table *t = table_for(all[i]);
        assert_int_equal(write_to("/dev/full", t, all[i], NULL), GD_ERROR_IO);
        assert_string_equal(gd_message(), "table_write: No space left on device");
        gd_table_destroy(t);
    }
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for (int i = 0; i < ALL; ++i) {
        gd_table *t = table_for(all[i]);
        gd_status status = GD_ERROR_MEMORY;
        for (long k = 1; status != GD_OK && k < 100; ++k) {
            fail_allocation(k);
            status = write_to("t", t, all[i], NULL);
            assert_int_equal(status, allocation_failed() ? GD_ERROR_MEMORY : GD_OK);
            assert_int_equal(allocations_live(), 0);
        }
        gd_set_allocator(NULL, NULL);
        assert_int_equal(status, GD_OK);
        gd_table_destroy(t);
    }
}

#define TEST(name) cmocka_unit_test(name)

int written_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_through_all), TEST(test_words),     TEST(test_bytes),
        TEST(test_dtypes),      TEST(test_refused),   TEST(test_rows),
        TEST(test_read_only),   TEST(test_full_disk), TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("written", tests, enter_folder, leave_folder);
}
