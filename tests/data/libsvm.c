/* LibSVM files, as the README of LIBSVM and scikit-learn's load_svmlight_file describe them. */
#include "../cmocka_all.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gd_table *read_string(const char *text)
{
    write_file("t", text, strlen(text));
    return gd_table_read("t", &(gd_table_options){.format = "libsvm"});
}

static void test_as_sklearn(void **state)
{
    (void)state;
    assert_fixture("one.svm", "one.csv");
    assert_fixture("many.svm", "many.csv");
}

static void test_one_label(void **state)
{
    (void)state;
    gd_table *t = read_string("+1 30:1.5 4:2 # in any order\r\n# only this\n\n"
                              "-2\n1.0 200:7 4:-1e300\n1 4:0\n");
    assert_table(t, "4,30,200,label\n2,1.5,0,1\n0,0,0,-2\n-1e+300,0,7,1\n0,0,0,1\n");
    assert_targets(t, "label ");
    assert_true(gd_table_is_sparse(t));
    assert_int_equal(gd_table_level_count(t, 3), 2); /* of classes */
    assert_int_equal(gd_table_code(t, 1, 3), 0);
    assert_int_equal(gd_table_level_count(t, 0), -1); /* features are just numbers */
    assert_int_equal(gd_table_line(t, 0), 1);
    assert_int_equal(gd_table_line(t, 1), 4);
    assert_null(gd_table_numbers(t, 0, 1, GD_F32));
    assert_string_equal(gd_message(), "t:5:13: a number that is not too large is expected in "
                                      "column \"4\", found \"-1e+300\"");
    gd_table_destroy(t);
}

/* More numbers than are classes: what a regression predicts. */
static void test_amounts(void **state)
{
    (void)state;
    char text[32000] = "";
    for (int i = 0; i < 1500; ++i)
        snprintf(text + strlen(text), 32, "%d 1:%d\n", i * 3, i % 7);
    gd_table *t = read_string(text);
    assert_int_equal(gd_table_rows(t), 1500);
    assert_int_equal(gd_table_level_count(t, 1), -1);
    for (int i = 0; i < 1500; ++i)
        assert_true(gd_table_number(t, i, 1) == i * 3 && gd_table_number(t, i, 0) == i % 7);
    gd_table_destroy(t);
}

static void test_many_labels(void **state)
{
    (void)state;
    gd_table *t = read_string("3,10,1 5:2\n 5:1\n2\n");
    assert_table(t, "5,label_1,label_2,label_3,label_10\n2,1,0,1,1\n1,0,0,0,0\n0,0,1,0,0\n");
    assert_targets(t, "label_1 label_2 label_3 label_10 ");
    gd_tensor *classes = gd_table_classes(t, 3);
    assert_memory_equal(classes->data, ((const int64_t[]){1, 0, 0}), 3 * sizeof(int64_t));
    gd_tensor_destroy(classes);
    gd_table_destroy(t);
    char text[64000] = "1,2\n"; /* over several blocks of cells */
    for (int i = 0; i < 3000; ++i)
        snprintf(text + strlen(text), 32, "%d 1:%d\n", i % 10, i);
    t = read_string(text);
    assert_int_equal(gd_table_columns(t), 11);
    for (int i = 0; i < 3000; ++i)
        for (int label = 0; label < 10; ++label)
            assert_true(gd_table_number(t, i + 1, label + 1) == (i % 10 == label));
    gd_table_destroy(t);
    t = read_string("5:1 6:1\n5:2\n"); /* no label at all */
    assert_table(t, "5,6\n1,1\n2,0\n");
    gd_table_destroy(t);
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "t:1:1: a row is expected, found the end of the file"},
        {"# nothing\n", "t:2:1: a row is expected, found the end of the file"},
        {"one 1:2\n", "t:1:1: a label, which is a number, is expected, found 'o'"},
        {"1,,2 1:2\n", "t:1:3: a label, which is a number, is expected, found ','"},
        {"1, 1:2\n", "t:1:3: a label, which is a number, is expected, found byte 0x20"},
        {"1x 1:2\n", "t:1:2: a comma or a blank after a label is expected, found 'x'"},
        {"1,1e999 1:2\n", "t:1:3: a number that is not too large is expected, found \"1e999\""},
        {"1e999x 1:2\n", "t:1:6: a comma or a blank after a label is expected, found 'x'"},
        {"1 qid:3 1:2\n",
         "t:1:3: index:value (ranking queries are not supported) is expected, found 'q'"},
        {"1 2\n", "t:1:3: index:value is expected, found '2'"},
        {"1 :2\n", "t:1:3: index:value is expected, found ':'"},
        {"1 -1:2\n", "t:1:3: index:value is expected, found '-'"},
        {"1 1:2\n1 01:2\n", "t:2:3: an index of at most 18 digits without zeros in front is "
                            "expected, found \"01\""},
        {"1 1234567890123456789:2\n", "t:1:3: an index of at most 18 digits without zeros in front "
                                      "is expected, found \"1234567890123456789\""},
        {"1 1:2 2:3 1:4\n", "t:1:11: another index is expected, found \"1\" again"},
        {"1 1:\n", "t:1:5: a number is expected, found the end of the line"},
        {"1 1: 2\n", "t:1:5: a number is expected, found byte 0x20"},
        {"1 1:nan\n", "t:1:5: a number is expected, found 'n'"},
        {"1 1:0x1\n", "t:1:6: a blank after a number is expected, found 'x'"},
        {"1 1:1e999\n", "t:1:5: a number that is not too large is expected, found \"1e999\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_null(read_string(cases[i][0]));
        assert_string_equal(gd_message(), cases[i][1]);
    }
}

/* A table is all its cells: one that would be nearly empty and large is refused before it takes
 * the memory. */
static void test_too_sparse(void **state)
{
    (void)state;
    enum { WIDE = 20000, TALL = 20000 };
    size_t room = WIDE * 16 + TALL * 16;
    char *text = malloc(room), *to = text;
    for (int i = 0; i < WIDE; ++i)
        to += sprintf(to, i == 0 ? "1 %d:1" : " %d:1", i + 1000000000);
    for (int i = 0; i < TALL; ++i)
        to += sprintf(to, "\n1 1000000000:1");
    assert_null(read_string(text));
    assert_string_equal(
        gd_message(),
        "t: in a table of this size, one given cell in 100 is expected, found 21677 in 1678 x "
        "20000; sparser tables with more than 33554432 cells must be csv or dense arff");
    to = text;
    for (int i = 0; i < 5000; ++i)
        to += sprintf(to, "1 1:1\n");
    for (int i = 0; i < WIDE; ++i) /* in the last row */
        to += sprintf(to, i == 0 ? "1 %d:1" : " %d:1", i + 1000000000);
    assert_null(read_string(text));
    assert_string_equal(
        gd_message(),
        "t: in a table of this size, one given cell in 100 is expected, found 11709 in 5001 x "
        "6710; sparser tables with more than 33554432 cells must be csv or dense arff");
    to = text;
    for (int i = 0; i < TALL; ++i) /* each row has another label, some have none */
        to += sprintf(to, i % 2 == 0 ? "%d\n" : "1:%d\n", i);
    assert_null(read_string(text));
    assert_string_equal(
        gd_message(),
        "t: in a table of this size, one given cell in 100 is expected, found 10000 in 20000 x "
        "10000; sparser tables with more than 33554432 cells must be csv or dense arff");
    free(text);
    gd_table *t = read_string("1 1000000000:1 999999999999999999:2\n2 7:1\n");
    assert_table(t, "7,1000000000,999999999999999999,label\n0,1,2,1\n1,0,0,2\n");
    gd_table_destroy(t);
}

static void test_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool libsvm;
    } cases[] = {{"1 2:3\n", true},   {"# c\n\n-1.5,2 2:3 4:.5 # c\r\n", true},
                 {"0 2:3 ", true},    {"1:2 3:4", true},
                 {" 1:2 3:4", true},  {"12:30\n", false},
                 {"1\t2:3\n", false}, {"1 2:3:4\n", false},
                 {"1 a:3\n", false},  {"1 2\n", false},
                 {"1,2\n", false},    {"x 2:3\n", false},
                 {"1 2: 3\n", false}, {"1,2,2:3\n", false},
                 {"#\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_table *t = read_table(cases[i].text, strlen(cases[i].text));
        assert_int_equal(t != NULL && gd_table_is_sparse(t), cases[i].libsvm);
        gd_table_destroy(t);
    }
}

static void test_broken(void **state)
{
    (void)state;
    const char one[] = "1 2:3 1:.5\n-1 3:1e3 # c\n", many[] = "1,2 2:3\n 1:4 9:1\n3 1:4\n";
    read_broken(one, strlen(one));
    read_broken(many, strlen(many));
    read_without_memory(one, strlen(one));
    read_without_memory(many, strlen(many));
}

#define TEST(name) cmocka_unit_test(name)

int libsvm_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_as_sklearn), TEST(test_one_label),  TEST(test_amounts), TEST(test_many_labels),
        TEST(test_malformed),  TEST(test_too_sparse), TEST(test_told),    TEST(test_broken)};
    return cmocka_run_group_tests_name("libsvm", tests, enter_folder, leave_folder);
}
