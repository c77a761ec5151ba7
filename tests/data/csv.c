/* CSV files, good ones and bad ones. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int enter(void **state)
{
    (void)state;
    return enter_folder("t.csv");
}

static int leave(void **state)
{
    (void)state;
    return leave_folder();
}

static gd_table *read_text(const char *text)
{
    write_file("t.csv", text, strlen(text));
    return gd_table_read("t.csv", NULL);
}

static void test_plain(void **state)
{
    (void)state;
    gd_table *t = read_text("a,b,kind\n1,2.5,x\n-3e2,.125,y\n0,+7.,x\n");
    assert_non_null(t);
    assert_int_equal(gd_table_rows(t), 3);
    assert_int_equal(gd_table_columns(t), 3);
    assert_string_equal(gd_table_name(t, 2), "kind");
    assert_null(gd_table_name(t, 3));
    assert_int_equal(gd_table_find(t, "b"), 1);
    assert_int_equal(gd_table_find(t, "c"), -1);
    const double expected[] = {1, 2.5, -300, 0.125, 0, 7};
    gd_tensor *x = gd_table_numbers(t, 0, 2, GD_F64), *kind = gd_table_classes(t, 2);
    assert_memory_equal(x->data, expected, sizeof expected);
    assert_memory_equal(kind->data, ((const int64_t[]){0, 1, 0}), 3 * sizeof(int64_t));
    assert_string_equal(gd_table_level(t, 2, 1), "y");
    assert_null(gd_table_level(t, 2, 2));
    assert_int_equal(gd_table_level_count(t, 1), 3);
    gd_tensor_destroy(x);
    gd_tensor_destroy(kind);
    gd_table_destroy(t);
}

/* The same table in every way that RFC 4180 and editors write it. */
static void test_dialects(void **state)
{
    (void)state;
    const char *const texts[] = {"name,n\n\"a,\"\"b\"\"\nc\",1\nd,2\n",
                                 "name,n\r\n\"a,\"\"b\"\"\nc\",1\r\nd,2\r\n",
                                 "\xEF\xBB\xBFname,n\n\"a,\"\"b\"\"\nc\",\"1\"\n\"d\",2",
                                 "\"name\",\"n\"\n\n\"a,\"\"b\"\"\nc\", 1 \nd,\"2\"\r\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        gd_table *t = read_text(texts[i]);
        if (t == NULL)
            fail_msg("%zu: %s", i, gd_message());
        gd_tensor *n = gd_table_numbers(t, 1, 1, GD_F32), *name = gd_table_classes(t, 0);
        assert_string_equal(gd_table_name(t, 0), "name");
        assert_int_equal(gd_table_rows(t), 2);
        assert_true(((float *)n->data)[0] == 1 && ((float *)n->data)[1] == 2);
        assert_string_equal(gd_table_level(t, 0, 0), "a,\"b\"\nc");
        gd_tensor_destroy(n);
        gd_tensor_destroy(name);
        gd_table_destroy(t);
    }
}

static void assert_refused(const char *text, size_t length, const char *message)
{
    write_file("t.csv", text, length);
    assert_null(gd_table_read("t.csv", NULL));
    assert_string_equal(gd_message(), message);
}

static void test_malformed(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"", "t.csv:1:1: a table is expected, found the end of the file"},
        {"\n\n", "t.csv:3:1: a table is expected, found the end of the file"},
        {"a,b\n", "t.csv:2:1: a row is expected after the column names, found the end of the file"},
        {"a,b\n1,2\n3\n",
         "t.csv:3:2: 2 fields are expected, as the first line names columns, found 1"},
        {"a,b\n1,2,\n",
         "t.csv:2:4: 2 fields are expected, as the first line names columns, found more than 2"},
        {"a,b\n\n1,\"2\n3,4\n",
         "t.csv:3:3: a closing quote is expected for this one, found the end of the file"},
        {"a,b\n1,\"2\"x\n",
         "t.csv:2:6: a delimiter or the end of the line is expected after a quoted field"},
        {"a,b\n1,2\"3\n",
         "t.csv:2:4: a quoted field is expected around a quote, which is doubled in it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_refused(cases[i][0], strlen(cases[i][0]), cases[i][1]);
    assert_refused("a,b\n1,\0002\n", 8, "t.csv:2:3: text in UTF-8 is expected, found byte 0x00");
    assert_null(gd_table_read("missing.csv", NULL));
    assert_string_equal(gd_message(), "missing.csv: No such file or directory");
    assert_null(gd_table_read("/", NULL));
    assert_string_equal(gd_message(), "/: Is a directory");
    assert_null(gd_table_read(NULL, NULL));
}

static void test_not_numbers(void **state)
{
    (void)state;
    const char *const fields[] = {"",   "x",   "1x", "0x10", "nan", "inf",
                                  "1e", "--1", ".",  "1 2",  "1e+"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; ++i) {
        char text[64], expected[128];
        snprintf(text, sizeof text, "a,b\n1,2\n3,\"%s\"\n", fields[i]);
        gd_table *t = read_text(text);
        assert_null(gd_table_numbers(t, 0, 2, GD_F32));
        snprintf(expected, sizeof expected,
                 "t.csv:3:3: a number is expected in column \"b\", found \"%s\"", fields[i]);
        assert_string_equal(gd_message(), expected);
        gd_table_destroy(t);
    }
    gd_table *large = read_text("a\n1e300\n1e999\n");
    assert_null(gd_table_numbers(large, 0, 1, GD_F64));
    assert_string_equal(gd_message(), "t.csv:3:1: a number that is not too large is expected in "
                                      "column \"a\", found \"1e999\"");
    assert_null(gd_table_numbers(large, 0, 1, GD_F32));
    assert_non_null(strstr(gd_message(), "t.csv:2:1:"));
    gd_table_destroy(large);
    gd_table *t = read_text("a,b\n1,2\n");
    assert_int_equal(gd_table_rows(t), 1);
    assert_null(gd_table_numbers(t, 1, 2, GD_F32));
    assert_null(gd_table_numbers(t, 0, 1, GD_I64));
    assert_null(gd_table_classes(t, -1));
    gd_table_destroy(t);
}

/* Rounded correctly: as the compiler reads the same text. And whatever decimal point the program
 * has chosen. */
static void test_exact_numbers(void **state)
{
    (void)state;
    const double expected[] = {0.1,
                               123456.789,
                               1e22,
                               1.7976931348623157e308,
                               4.9e-324,
                               9007199254740993.0,
                               0.30000000000000004,
                               3.14159265358979323846,
                               1e-5,
                               123456789012345.6,
                               -0.0};
    gd_table *t =
        read_text("a\n0.1\n123456.789\n1e22\n1.7976931348623157e308\n4.9e-324\n9007199254740993.0\n"
                  "0.30000000000000004\n3.14159265358979323846\n1e-5\n123456789012345.6\n-0\n");
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is installed */
    gd_tensor *x = gd_table_numbers(t, 0, 1, GD_F64);
    setlocale(LC_ALL, "C");
    assert_non_null(x);
    assert_memory_equal(x->data, expected, sizeof expected);
    gd_tensor_destroy(x);
    gd_table_destroy(t);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    gd_table *t = NULL;
    write_file("t.csv", "a,b\n1,x\n2,y\n", 12);
    bool whole = false;
    for (long k = 1; !whole && k < 100; ++k) {
        fail_allocation(k);
        t = gd_table_read("t.csv", NULL);
        gd_tensor *x = t != NULL ? gd_table_numbers(t, 0, 1, GD_F32) : NULL;
        gd_tensor *y = t != NULL ? gd_table_classes(t, 1) : NULL, *train = NULL, *test = NULL;
        gd_rng rng = {.key = 1};
        bool split = y != NULL && gd_split_stratified(y, 0.5, &rng, &train, &test) == GD_OK;
        gd_tensor *rows = split ? gd_take_rows(x != NULL ? x : y, train) : NULL;
        whole = !allocation_failed();
        assert_true(!whole || (x != NULL && rows != NULL));
        gd_tensor *owned[] = {x, y, train, test, rows};
        for (int i = 0; i < 5; ++i)
            gd_tensor_destroy(owned[i]);
        gd_table_destroy(t);
        assert_int_equal(allocations_live(), 0);
    }
    assert_true(whole);
    gd_set_allocator(NULL, NULL);
}

#define TEST(name) cmocka_unit_test(name)

int csv_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plain),       TEST(test_dialects),      TEST(test_malformed),
        TEST(test_not_numbers), TEST(test_exact_numbers), TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("csv", tests, enter, leave);
}
