/* What a table says of its columns and cells. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_columns(void **state)
{
    (void)state;
    gd_table *t =
        read_text("a,b,kind,empty\n1,10,x,\n-3e2,NA,?,NaN\n-0,9,w,null\n+0,9,x,None\n", NULL);
    char buffer[32];
    assert_non_null(t);
    assert_string_equal(gd_table_path(t), "t.csv");
    assert_int_equal(gd_table_rows(t), 4);
    assert_int_equal(gd_table_columns(t), 4);
    assert_int_equal(gd_table_find(t, "b"), 1);
    assert_int_equal(gd_table_find(t, "c"), -1);
    assert_null(gd_table_name(t, 4));
    assert_null(gd_table_name(t, -1));
    assert_false(gd_table_is_sparse(t));
    const gd_column_kind kinds[] = {GD_COLUMN_NUMBERS, GD_COLUMN_NUMBERS, GD_COLUMN_TEXTS,
                                    GD_COLUMN_NUMBERS};
    const int64_t missing[] = {0, 1, 1, 4}, levels[] = {3, 2, 2, 0};
    for (int i = 0; i < 4; ++i) {
        assert_int_equal(gd_table_kind(t, i), kinds[i]);
        assert_int_equal(gd_table_missing(t, i), missing[i]);
        assert_int_equal(gd_table_level_count(t, i), levels[i]);
    }
    assert_string_equal(gd_table_level(t, 0, 0), "-3e2"); /* by value, and as it stands */
    assert_string_equal(gd_table_level(t, 0, 1), "+0");   /* equal ones are one */
    assert_string_equal(gd_table_level(t, 0, 2), "1");
    assert_null(gd_table_level(t, 0, 3));
    assert_int_equal(gd_table_code(t, 2, 0), 1);
    assert_int_equal(gd_table_code(t, 3, 0), 1);
    assert_string_equal(gd_table_text(t, 2, 0, buffer), "-0");
    assert_string_equal(gd_table_level(t, 1, 0), "9");
    assert_string_equal(gd_table_level(t, 1, 1), "10");
    assert_string_equal(gd_table_level(t, 2, 0), "w");
    assert_null(gd_table_level(t, 2, 2));
    assert_null(gd_table_level(t, 2, -1));
    assert_null(gd_table_level(t, 4, 0));
    assert_int_equal(gd_table_code(t, 0, 2), 1);
    assert_int_equal(gd_table_code(t, 1, 2), -1);
    assert_int_equal(gd_table_code(t, 4, 2), -1);
    assert_true(gd_table_number(t, 1, 0) == -300 && isnan(gd_table_number(t, 1, 1)) &&
                isnan(gd_table_number(t, 0, 2)));
    assert_true(isnan(gd_table_number(t, -1, 0)) && isnan(gd_table_number(t, 0, 4)));
    assert_string_equal(gd_table_text(t, 1, 0, buffer), "-3e2");
    assert_string_equal(gd_table_text(t, 1, 2, buffer), "");
    assert_string_equal(gd_table_text(t, 9, 2, buffer), "");
    bool chosen[4] = {true};
    gd_table_default_targets(t, chosen);
    assert_true(chosen[0] && !chosen[1] && !chosen[2] && chosen[3]);
    gd_table_destroy(t);
    gd_table_destroy(NULL);
}

/* Of equal numbers the shortest text stands for all, in a column whose texts need not be kept; in
 * others each is a level. */
static void test_equal_numbers(void **state)
{
    (void)state;
    for (int verbatim = 0; verbatim < 2; ++verbatim) {
        const gd_table_options options = {.verbatim = verbatim ? "y" : NULL};
        gd_table *t = read_text("x,y\n1,0.0\n2,1\n3,-0\n4,0\n5,1.00\n6,?\n", &options);
        const int64_t merged[] = {0, 1, 0, 0, 1, -1}, apart[] = {2, 3, 0, 1, 4, -1};
        assert_int_equal(gd_table_level_count(t, 1), verbatim ? 5 : 2);
        assert_int_equal(gd_table_kind(t, 1), GD_COLUMN_NUMBERS);
        assert_string_equal(gd_table_level(t, 1, 0), verbatim ? "-0" : "0");
        assert_string_equal(gd_table_level(t, 1, 1), verbatim ? "0" : "1");
        for (int row = 0; row < 6; ++row)
            assert_int_equal(gd_table_code(t, row, 1), (verbatim ? apart : merged)[row]);
        gd_table_destroy(t);
    }
    gd_table *t = read_text("y\n1\n1.0\nx\n", NULL); /* a text makes all texts */
    assert_int_equal(gd_table_level_count(t, 0), 3);
    gd_table_destroy(t);
}

static void assert_taken(const char *format, const char *text, const char *less, const int64_t *row,
                         int rows)
{
    const gd_table_options options = {.format = format, .verbatim = "id"};
    gd_table *t = read_text(text, &options);
    gd_tensor *list = gd_tensor_create_from_data(GD_I64, row, GD_DIMS(rows));
    gd_table *taken = gd_table_take_rows(t, list), *expected = read_text(less, &options);
    assert_same_table(taken, expected);
    for (int i = 0; i < gd_table_columns(expected); ++i) {
        int64_t levels = gd_table_level_count(expected, i);
        assert_int_equal(gd_table_level_count(taken, i), levels);
        for (int64_t k = 0; k < levels; ++k)
            assert_string_equal(gd_table_level(taken, i, k), gd_table_level(expected, i, k));
    }
    for (int i = 0; i < rows; ++i)
        assert_int_equal(gd_table_line(taken, i), gd_table_line(t, row[i]));
    gd_tensor_destroy(list);
    gd_table_destroy(t);
    gd_table_destroy(taken);
    gd_table_destroy(expected);
}

/* Some rows of a table are what is read where the file has no others. */
static void test_taken_rows(void **state)
{
    (void)state;
    assert_taken("csv", "id,n,c\n01,1,a\n1,x,b\n\n007,2.5,\n7,?,a\n",
                 "id,n,c\n01,1,a\n007,2.5,\n7,?,a\n", (const int64_t[]){0, 2, 3}, 3);
    assert_taken("arff",
                 "@relation r\n@attribute n numeric\n@attribute c {b,a,z}\n@data\n1,a\n2,b\n3,?\n",
                 "@relation r\n@attribute n numeric\n@attribute c {b,a,z}\n@data\n1,a\n3,?\n",
                 (const int64_t[]){0, 2}, 2);
    assert_taken("libsvm", "1 1:2 3:4\n2 1:5\n1 3:7\n", "1 1:2 3:4\n1 3:7\n",
                 (const int64_t[]){0, 2}, 2);
    gd_table *t = read_text("a\n1\n2\n", NULL);
    gd_tensor *list = gd_tensor_create_from_data(GD_I64, (const int64_t[]){2}, GD_DIMS(1));
    assert_null(gd_table_take_rows(t, list));
    assert_string_equal(gd_message(), "table_take_rows: index 2 at 0 is not one of 2 rows");
    ((int64_t *)list->data)[0] = 1;
    bool whole = false;
    for (long k = 1; !whole && k < 100; ++k) {
        fail_allocation(k);
        gd_table *taken = gd_table_take_rows(t, list);
        whole = !allocation_failed();
        assert_true((taken != NULL) == whole);
        gd_table_destroy(taken);
        assert_int_equal(allocations_live(), 0);
    }
    assert_true(whole);
    gd_set_allocator(NULL, NULL);
    gd_tensor_destroy(list);
    gd_table_destroy(t);
}

/* A table of one column: row i is the text of i + add. */
static gd_table *count_to(int n, double add, const char *more, const gd_table_options *options)
{
    static char text[200000];
    size_t length = (size_t)sprintf(text, "x\n");
    for (int i = 0; i < n; ++i)
        length += (size_t)sprintf(text + length, "%.9g\n", i + add);
    strcpy(text + length, more);
    gd_table *t = read_text(text, options);
    if (t == NULL)
        fail_msg("%s", gd_message());
    return t;
}

/* Which columns keep their levels, and that the numbers stay what they are. */
static void test_kept_levels(void **state)
{
    (void)state;
    const gd_table_options verbatim = {.verbatim = "x"};
    const struct {
        int rows;
        double add;
        const char *more;
        const gd_table_options *options;
        int levels;
    } cases[] = {
        {1024, 0, "", NULL, 1024},   {1025, 0, "", NULL, -1},     {64, 0.5, "", NULL, 64},
        {65, 0.5, "", NULL, -1},     {5000, 0.5, "", NULL, -1},   {1025, 0, "", &verbatim, 1025},
        {500, 0, "0.5\n", NULL, -1}, {20, 0, "0.5\n", NULL, 21},  {64, 0.5, "x\n", NULL, 65},
        {65, 0.5, "x\n", NULL, 66},  {65, 0.5, "NA\n", NULL, -1}, {1024, 0, "1\nNA\n", NULL, 1024}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_table *t = count_to(cases[i].rows, cases[i].add, cases[i].more, cases[i].options);
        if (gd_table_level_count(t, 0) != cases[i].levels)
            fail_msg("%zu: %d levels", i, (int)gd_table_level_count(t, 0));
        for (int row = 0; row < cases[i].rows; ++row)
            if (gd_table_number(t, row, 0) != row + cases[i].add)
                fail_msg("%zu: row %d: %g", i, row, gd_table_number(t, row, 0));
        if (cases[i].levels < 0) {
            char buffer[32], expected[32];
            sprintf(expected, "%g", 10 + cases[i].add);
            assert_string_equal(gd_table_text(t, 10, 0, buffer), expected);
            assert_int_equal(gd_table_code(t, 10, 0), -1);
            assert_null(gd_table_level(t, 0, 0));
            assert_null(gd_table_classes(t, 0));
            assert_string_equal(gd_message(), "t.csv: classes are expected in column \"x\", found "
                                              "more numbers than can be classes");
        }
        gd_table_destroy(t);
    }
    gd_table *t = count_to(100, 0.5, "first\nsecond\nNA\n-1.5\n", NULL);
    char buffer[32];
    assert_int_equal(gd_table_kind(t, 0), GD_COLUMN_TEXTS); /* the file is read once more */
    assert_int_equal(gd_table_missing(t, 0), 1);
    assert_string_equal(gd_table_text(t, 101, 0, buffer), "second");
    assert_true(isnan(gd_table_number(t, 101, 0)) && gd_table_number(t, 103, 0) == -1.5);
    assert_null(gd_table_numbers(t, 0, 1, GD_F64));
    assert_string_equal(gd_message(),
                        "t.csv:102:1: a number is expected in column \"x\", found \"first\"");
    gd_table_destroy(t);
}

/* A table of n columns and 70 rows, all numbers of a column different. */
static gd_table *read_wide(int n)
{
    char *text = malloc((size_t)n * 70 * 8 + 70), *to = text;
    for (int i = 0; i < 70 * n; ++i)
        to += sprintf(to, "%d%s", i, (i + 1) % n == 0 ? "\n" : ",");
    gd_table *t = read_text(text, NULL);
    free(text);
    assert_non_null(t);
    return t;
}

/* Lists of numbers may be long in a few columns, not in thousands; the numbers are there in any
 * case. */
static void test_many_lists(void **state)
{
    (void)state;
    gd_table *narrow = read_wide(100), *wide = read_wide(4200);
    for (int i = 0; i < 100; ++i)
        assert_int_equal(gd_table_level_count(narrow, i), 70);
    assert_int_equal(gd_table_level_count(wide, 4199), -1);
    for (int64_t row = 0; row < 70; ++row)
        for (int i = 0; i < 4200; ++i)
            assert_true(gd_table_number(wide, row, i) == (double)(row * 4200 + i));
    gd_table_destroy(narrow);
    gd_table_destroy(wide);
}

/* More texts than can be classes keep the order in which they came. */
static void test_many_levels(void **state)
{
    (void)state;
    enum { LEVELS = 70000 };
    char *text = malloc(LEVELS * 8 + 8), *to = text + sprintf(text, "x\n"), expected[16];
    for (int i = 0; i < LEVELS; ++i)
        to += sprintf(to, "y%d\n", LEVELS - i);
    gd_table *t = read_text(text, NULL);
    assert_int_equal(gd_table_level_count(t, 0), LEVELS);
    gd_tensor *classes = gd_table_classes(t, 0);
    for (int64_t i = 0; i < LEVELS; i += 1000) {
        sprintf(expected, "y%d", LEVELS - (int)i);
        assert_int_equal(gd_table_code(t, i, 0), i);
        assert_int_equal(((int64_t *)classes->data)[i], i);
        assert_string_equal(gd_table_level(t, 0, i), expected);
    }
    gd_tensor_destroy(classes);
    gd_table_destroy(t);
    free(text);
}

static void test_missing_texts(void **state)
{
    (void)state;
    const gd_table_options options = {.missing = "-,none,,-999"};
    gd_table *t =
        read_text("a\n-\nnone\n?\nnan\n-999\nN/A\nn/a\nNULL\n\"\"\n\" \"\nNone\nx\n", &options);
    assert_non_null(t);
    assert_int_equal(gd_table_rows(t), 12);
    assert_int_equal(gd_table_missing(t, 0), 10);
    assert_int_equal(gd_table_level_count(t, 0), 2); /* the quoted blank is a text */
    gd_table_destroy(t);
    t = read_text("a\n-\nnone\n-999\nx\n", NULL);
    assert_int_equal(gd_table_missing(t, 0), 0);
    gd_table_destroy(t);
}

/* Blanks belong to a field where they are quoted, also when the text without them, or with, is
 * known. */
static void test_blanks(void **state)
{
    (void)state;
    gd_table *t = read_text("a\n\" x\"\n x\n\"x \"\nx \n\tx\t\nx\n", NULL);
    const char *const expected[] = {" x", "x", "x ", "x", "x", "x"};
    char buffer[32];
    for (int row = 0; row < 6; ++row)
        assert_string_equal(gd_table_text(t, row, 0, buffer), expected[row]);
    assert_int_equal(gd_table_level_count(t, 0), 3);
    gd_table_destroy(t);
}

static void test_lines(void **state)
{
    (void)state;
    gd_table *t = read_text("a,b\n1,2\n\n3,\"x\ny\"\n5,6\r\n\"\r\n\n\",8\n9,9\n", NULL);
    const int64_t lines[] = {2, 4, 6, 7, 10};
    assert_int_equal(gd_table_rows(t), 5);
    for (int i = 0; i < 5; ++i)
        assert_int_equal(gd_table_line(t, i), lines[i]);
    assert_int_equal(gd_table_line(t, 5), 0);
    assert_int_equal(gd_table_line(t, -1), 0);
    gd_table_destroy(t);
}

static void test_tensors(void **state)
{
    (void)state;
    gd_table *t = read_text("a,b,kind\n1,2.5,x\n-3e2,.125,y\n0,+7.,x\n", NULL);
    const double expected[] = {1, 2.5, -300, 0.125, 0, 7};
    gd_tensor *x = gd_table_numbers(t, 0, 2, GD_F64), *b = gd_table_numbers(t, 1, 1, GD_F32);
    gd_tensor *kind = gd_table_classes(t, 2), *none = gd_table_numbers(t, 1, 0, GD_F32);
    assert_memory_equal(x->data, expected, sizeof expected);
    assert_memory_equal(b->data, ((const float[]){2.5f, 0.125f, 7}), 3 * sizeof(float));
    assert_memory_equal(kind->data, ((const int64_t[]){0, 1, 0}), 3 * sizeof(int64_t));
    assert_true(none->shape[0] == 3 && none->shape[1] == 0);
    assert_null(gd_table_numbers(t, 1, 3, GD_F32));
    assert_null(gd_table_numbers(t, -1, 1, GD_F32));
    assert_null(gd_table_numbers(t, 0, 1, GD_I64));
    assert_string_equal(gd_message(), "table_numbers: int64; float32 or float64 is needed");
    assert_null(gd_table_numbers(NULL, 0, 1, GD_F32));
    assert_null(gd_table_classes(t, -1));
    assert_null(gd_table_classes(t, 3));
    gd_tensor_destroy(x);
    gd_tensor_destroy(b);
    gd_tensor_destroy(kind);
    gd_tensor_destroy(none);
    gd_table_destroy(t);
}

static void test_no_numbers(void **state)
{
    (void)state;
    const struct {
        const char *field, *message;
    } cases[] = {
        {"", "t.csv:3:3: a number is expected in column \"b\", found \"\""},
        {"nan", "t.csv:3:3: a number is expected in column \"b\", found \"nan\""},
        {"x", "t.csv:3:3: a number is expected in column \"b\", found \"x\""},
        {"1x", "t.csv:3:3: a number is expected in column \"b\", found \"1x\""},
        {"0x10", "t.csv:3:3: a number is expected in column \"b\", found \"0x10\""},
        {"inf", "t.csv:3:3: a number is expected in column \"b\", found \"inf\""},
        {"1e", "t.csv:3:3: a number is expected in column \"b\", found \"1e\""},
        {"--1", "t.csv:3:3: a number is expected in column \"b\", found \"--1\""},
        {".", "t.csv:3:3: a number is expected in column \"b\", found \".\""},
        {"1 2", "t.csv:3:3: a number is expected in column \"b\", found \"1 2\""},
        {"1e+", "t.csv:3:3: a number is expected in column \"b\", found \"1e+\""},
        {"1,5x", "t.csv:3:3: a number is expected in column \"b\", found \"1,5x\""},
        {"1e999",
         "t.csv:3:3: a number that is not too large is expected in column \"b\", found \"1e999\""},
        {"1e39",
         "t.csv:3:3: a number that is not too large is expected in column \"b\", found \"1e39\""},
        {"\xE6\x97\xA5 a long text of which a message shows \xE6\x97\xA5\xE6\x97\xA5",
         "t.csv:3:3: a number is expected in column \"b\", found \"\xE6\x97\xA5 a long text of "
         "which a message shows \""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char text[128];
        snprintf(text, sizeof text, "a,b\n1,2\n3,\"%s\"\n?,?\n", cases[i].field);
        gd_table *t = read_text(text, NULL);
        assert_null(gd_table_numbers(t, 0, 2, GD_F32));
        assert_string_equal(gd_message(), cases[i].message);
        gd_table_destroy(t);
    }
    gd_table *t = read_text("a,b\n1,1e39\n?,2\n", NULL);
    gd_tensor *b = gd_table_numbers(t, 1, 1, GD_F64);
    assert_true(((double *)b->data)[0] == 1e39);
    assert_null(gd_table_classes(t, 0));
    assert_string_equal(gd_message(),
                        "t.csv:3:1: a class is expected in column \"a\", found \"?\"");
    gd_tensor_destroy(b);
    gd_table_destroy(t);
    t = count_to(100, 0.5, "1e39\n", NULL);
    assert_null(gd_table_numbers(t, 0, 1, GD_F32));
    assert_string_equal(
        gd_message(),
        "t.csv:102:1: a number that is not too large is expected in column \"x\", found \"1e39\"");
    gd_table_destroy(t);
}

/* What is written is read as the same table. */
static void test_write(void **state)
{
    (void)state;
    gd_table *t =
        read_text("\"a,\",b,\"c\t\"\n\" x\",1.50,\"p\"\"q\"\n?,2,\"r\ns\"\n;,NA,\" \"\n", NULL);
    assert_non_null(t);
    char written[256];
    const struct {
        const char *format;
        char delimiter;
        const char *expected;
    } cases[] = {
        {"csv", '\0',
         "\"a,\",b,\"c\t\"\n\" x\",1.50,\"p\"\"q\"\n,2,\"r\ns\"\n\";\",,"
         "\" \"\n"},
        {"csv", ';', "\"a,\";b;\"c\t\"\n\" x\";1.50;\"p\"\"q\"\n;2;\"r\ns\"\n\";\";;\" \"\n"},
        {"tsv", '\0', "a,\tb\t\"c\t\"\n\" x\"\t1.50\t\"p\"\"q\"\n\t2\t\"r\ns\"\n;\t\t\" \"\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        FILE *file = fopen("t.csv", "w+b");
        assert_int_equal(gd_table_write(t, file, cases[i].format, NULL, cases[i].delimiter), GD_OK);
        rewind(file);
        written[fread(written, 1, sizeof written - 1, file)] = '\0';
        assert_string_equal(written, cases[i].expected);
        fclose(file);
        gd_table *again =
            gd_table_read("t.csv", &(gd_table_options){.format = cases[i].format,
                                                       .delimiter = cases[i].delimiter});
        char a[32], b[32];
        for (int j = 0; j < 3; ++j) {
            assert_string_equal(gd_table_name(again, j), gd_table_name(t, j));
            for (int row = 0; row < 3; ++row)
                assert_string_equal(gd_table_text(again, row, j, a), gd_table_text(t, row, j, b));
        }
        gd_table_destroy(again);
    }
    FILE *file = fopen("t.csv", "w+b");
    gd_tensor *rows = gd_tensor_create_from_data(GD_I64, (const int64_t[]){2, 0, 3}, GD_DIMS(3));
    assert_int_equal(gd_table_write(t, file, "csv", rows, '\0'), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_message(), "table_write: index 3 at 2 is not one of 3 rows");
    rows->shape[0] = 2;
    assert_int_equal(gd_table_write(t, file, "csv", rows, '\0'), GD_OK);
    rewind(file);
    written[fread(written, 1, sizeof written - 1, file)] = '\0';
    assert_string_equal(written, "\"a,\",b,\"c\t\"\n\";\",,\" \"\n\" x\",1.50,\"p\"\"q\"\n");
    assert_int_equal(gd_table_write(t, file, "xml", NULL, '\0'), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_table_write(NULL, file, "csv", NULL, '\0'), GD_ERROR_ARGUMENT);
    fclose(file);
    file = fopen("t.csv", "rb");
    assert_int_equal(gd_table_write(t, file, "csv", NULL, '\0'), GD_ERROR_IO);
    fclose(file);
    gd_tensor_destroy(rows);
    gd_table_destroy(t);
    t = read_text("1\n\"\"\n2\n", NULL); /* no header, and a missing cell that is all of its row */
    file = fopen("t.csv", "w+b");
    assert_int_equal(gd_table_write(t, file, "csv", NULL, '\0'), GD_OK);
    rewind(file);
    written[fread(written, 1, sizeof written - 1, file)] = '\0';
    assert_string_equal(written, "1\n\"\"\n2\n");
    fclose(file);
    gd_table_destroy(t);
}

#define TEST(name) cmocka_unit_test(name)

int table_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_columns),       TEST(test_equal_numbers), TEST(test_taken_rows),
        TEST(test_kept_levels),   TEST(test_many_lists),    TEST(test_many_levels),
        TEST(test_missing_texts), TEST(test_blanks),        TEST(test_lines),
        TEST(test_tensors),       TEST(test_no_numbers),    TEST(test_write)};
    return cmocka_run_group_tests_name("table", tests, enter_folder, leave_folder);
}
