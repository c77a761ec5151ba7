/* gradus inspect, of tables. */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *inspect(const char *arguments)
{
    outcome o = run("gradus inspect --json %s", arguments);
    assert_string_equal(o.err, "");
    assert_int_equal(o.code, 0);
    json_t *report = json_loads(o.out, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(report);
    return report;
}

static const json_t *column_at(const json_t *report, size_t index)
{
    return json_array_get(json_object_get(report, "columns"), index);
}

static void assert_number(const json_t *object, const char *key, double expected)
{
    assert_true(fabs(json_number_value(json_object_get(object, key)) - expected) < 1e-12);
}

static void test_columns(void **state)
{
    (void)state;
    write_file("t.csv", "n,text,y\n1,a,1.5\n4,b,\n-2,a,2.5\n,a,NA\n");
    json_t *report = inspect("t.csv");
    assert_number(report, "rows", 4);
    const json_t *n = column_at(report, 0), *text = column_at(report, 1), *y = column_at(report, 2);
    assert_string_equal(json_string_value(json_object_get(n, "type")), "number");
    assert_number(n, "missing", 1);
    assert_number(n, "min", -2);
    assert_number(n, "max", 4);
    assert_number(n, "mean", 1);
    assert_string_equal(json_string_value(json_object_get(text, "type")), "text");
    assert_null(json_object_get(text, "min"));
    assert_number(text, "distinct", 2);
    assert_number(json_object_get(text, "levels"), "a", 3);
    assert_number(json_object_get(text, "levels"), "b", 1);
    assert_number(y, "missing", 2);
    assert_number(y, "mean", 2);
    assert_true(json_is_true(json_object_get(y, "target")));
    assert_true(json_is_false(json_object_get(n, "target")));
    json_decref(report);
    report = inspect("t.csv --target text");
    assert_true(json_is_true(json_object_get(column_at(report, 1), "target")));
    assert_true(json_is_false(json_object_get(column_at(report, 2), "target")));
    json_decref(report);
}

static void test_text(void **state)
{
    (void)state;
    write_file("t.csv", "n,text\n1,a\n4,b\n-2,a\n,a\n");
    assert_string_equal(run("gradus inspect t.csv").out,
                        "t.csv: 4 rows, 2 columns\n\n  column  type    missing\n  n       number   "
                        "     1  -2 .. 4, mean 1; 3 distinct: -2 1, 1 1, 4 1\n* text    text       "
                        "   0  2 distinct: a 3, b 1\n* target\n");
    assert_says(run("printf '1,2\\n3,4\\n' | gradus inspect -").out,
                "standard input: 2 rows, 2 columns without names\n");
    assert_says(run("printf 'x,y\\n1,2\\nn/a,4\\n' | gradus inspect -").out,
                "  x       number        1  1 .. 1");
}

static void test_labels(void **state)
{
    (void)state;
    write_file("t.csv", "x,l1,l2\n0.1,1,0\n0.2,1,1\n0.3,0,\n0.4,0,0\n");
    json_t *report = inspect("t.csv --targets 'l*'");
    const json_t *labels = json_object_get(report, "labels");
    assert_number(labels, "count", 2);
    assert_number(labels, "cardinality", 0.75); /* 3 ones in 4 rows */
    assert_number(labels, "density", 3.0 / 7);
    assert_number(labels, "observed", 7.0 / 8);
    assert_number(labels, "rows_without", 2);
    json_decref(report);
    assert_says(run("gradus inspect t.csv --targets 2-").out,
                "2 labels: 0.75 per row, 2 rows without one;");
    report = inspect("t.csv --targets x,l1"); /* x is no label */
    assert_null(json_object_get(report, "labels"));
    json_decref(report);
}

/* 100 rows of: an id; a constant; numbers with one text; nothing; mostly nothing; noise; what
 * says the target, as number and as text; and the target. */
static void write_odd(const char *(*target_of)(int row))
{
    FILE *file = fopen("odd.csv", "w");
    assert_non_null(file);
    fputs("id,constant,stray,empty,mostly,noise,number,name,y\n", file);
    for (int i = 0; i < 100; ++i) {
        const char *y = target_of(i);
        fprintf(file, "r%d,7,%d%s,,%s,%d,%d,%s,%s\n", i, i % 9, i == 41 ? "kg" : "",
                i % 3 == 0 ? "1" : "", i * 37 % 101 % 13, y[0] * 100 + i, y[0] == 'p' ? "P" : "Q",
                y);
    }
    assert_int_equal(fclose(file), 0);
}

static const char *rare(int row)
{
    return row % 20 == 0 ? "p" : "q";
}

/* Whether the report warns of this column by this kind. */
static bool warns(const json_t *report, const char *column, const char *kind)
{
    size_t i;
    json_t *warning;
    json_array_foreach(json_object_get(report, "warnings"), i, warning)
    {
        if (strcmp(json_string_value(json_object_get(warning, "column")), column) == 0 &&
            strcmp(json_string_value(json_object_get(warning, "kind")), kind) == 0)
            return true;
    }
    return false;
}

static void test_warnings(void **state)
{
    (void)state;
    write_odd(rare);
    json_t *report = inspect("odd.csv");
    assert_true(warns(report, "id", "unique"));
    assert_true(warns(report, "constant", "constant"));
    assert_true(warns(report, "stray", "stray_text"));
    assert_true(warns(report, "empty", "empty"));
    assert_true(warns(report, "mostly", "missing"));
    assert_true(warns(report, "number", "leak"));
    assert_true(warns(report, "name", "leak"));
    assert_true(warns(report, "y", "imbalance"));
    assert_int_equal(json_array_size(json_object_get(report, "warnings")), 8); /* none of noise */
    json_decref(report);
    outcome o = run("gradus inspect odd.csv");
    assert_says(
        o.out, "\nwarning: \"stray\": 99 of 100 cells are numbers, but \"5kg\" in line 43 is not;");
    assert_says(o.out, "\nwarning: \"y\": the class \"p\" has 5 of 100 rows;");
}

static void test_amounts_are_no_classes(void **state)
{
    (void)state;
    FILE *file = fopen("t.csv", "w");
    assert_non_null(file);
    fputs("x,y\n", file);
    for (int i = 0; i < 100; ++i)
        fprintf(file, "%d,%s\n", i * 37 % 101, i % 20 == 0 ? "0.5" : "1.5");
    assert_int_equal(fclose(file), 0);
    json_t *report = inspect("t.csv");
    assert_false(warns(report, "y", "imbalance"));
    json_decref(report);
    assert_int_equal(run("sed -i 's/\\.5$//' t.csv").code, 0); /* 0 and 1 are */
    report = inspect("t.csv");
    assert_true(warns(report, "y", "imbalance"));
    json_decref(report);
}

/* A text that is cut is cut between two characters: the warning goes into JSON. */
static void test_warning_of_a_long_text(void **state)
{
    (void)state;
    char text[256] = "x,y\n";
    for (int row = 0; row < 2; ++row) {
        strcat(text, "a");
        for (int i = 0; i < 30; ++i)
            strcat(text, "\xc3\xa4"); /* byte 40 is inside the 20th */
        strcat(text, row == 0 ? ",0\n" : ",1\n");
    }
    write_file("long.csv", text);
    json_t *report = inspect("long.csv");
    const json_t *warning = json_array_get(json_object_get(report, "warnings"), 0);
    assert_string_equal(json_string_value(json_object_get(warning, "message")),
                        "\"x\" is \"aäääääääääääääääääää\" in every row");
    json_decref(report);
}

static void test_no_warning(void **state)
{
    (void)state;
    json_t *report = inspect(SH_DATA "/breast_cancer.csv");
    assert_int_equal(json_array_size(json_object_get(report, "warnings")), 0);
    assert_number(json_object_get(column_at(report, 30), "levels"), "malignant", 212);
    assert_number(json_object_get(column_at(report, 30), "levels"), "benign", 357);
    json_decref(report);
}

static void test_leak_of_an_amount(void **state)
{
    (void)state;
    FILE *file = fopen("t.csv", "w");
    assert_non_null(file);
    fputs("x,metres,feet\n", file);
    for (int i = 0; i < 50; ++i)
        fprintf(file, "%d,%d.5,%.3f\n", i * 37 % 101, i, (i + 0.5) / 0.3048);
    assert_int_equal(fclose(file), 0);
    json_t *report = inspect("t.csv");
    assert_true(warns(report, "metres", "leak"));
    assert_false(warns(report, "x", "leak"));
    json_decref(report);
}

/* A table of so many rows. `all` determines y. So do `most` and `name`, but in the last row, whose
 * number is beyond those of the other class, and whose text the other class has. */
static void write_many(int rows)
{
    FILE *file = fopen("t.csv", "w");
    assert_non_null(file);
    fputs("all,most,name,y\n", file);
    for (int i = 0; i < rows; ++i) {
        bool odd = i == rows - 1, high = i % 2 == 1;
        int x = high ? 9000 - i : i;
        fprintf(file, "%d.5,%d.5,%s%d,%s\n", x, odd ? 9999 * !high : x, high != odd ? "h" : "l",
                i / 2 % 9, high ? "p" : "q");
    }
    assert_int_equal(fclose(file), 0);
}

static void test_leak_in_many_rows(void **state)
{
    (void)state;
    for (int rows = 999; rows < 2500; rows += rows < 1002 ? 1 : 1000) {
        write_many(rows);
        json_t *report = inspect("t.csv");
        assert_true(warns(report, "all", "leak"));
        assert_false(warns(report, "most", "leak"));
        assert_false(warns(report, "name", "leak"));
        json_decref(report);
    }
}

static void test_refused(void **state)
{
    (void)state;
    write_file("t.csv", "a,b\n1,2\n");
    assert_fails(CLI_USAGE, "gradus inspect", "gradus inspect: DATA is missing\n");
    assert_fails(CLI_USAGE, "gradus inspect t.csv --target a --targets b", "cannot be combined");
    assert_fails(CLI_DATA, "gradus inspect t.csv --target c", "gradus: --target: t.csv: ");
    assert_fails(CLI_DATA, "gradus inspect t.csv --targets c", "gradus: --targets: t.csv: ");
    assert_fails(CLI_RUNTIME, "gradus inspect no.csv",
                 "gradus: no.csv: No such file or directory\n");
    assert_fails(CLI_RUNTIME, "gradus inspect t.csv --json >/dev/full", "No space left on device");
    write_file("t.csv", "");
    assert_fails(CLI_DATA, "gradus inspect t.csv", "gradus: t.csv:1:1: ");
}

int inspect_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_columns),
                                       cmocka_unit_test(test_text),
                                       cmocka_unit_test(test_labels),
                                       cmocka_unit_test(test_warnings),
                                       cmocka_unit_test(test_amounts_are_no_classes),
                                       cmocka_unit_test(test_warning_of_a_long_text),
                                       cmocka_unit_test(test_no_warning),
                                       cmocka_unit_test(test_leak_of_an_amount),
                                       cmocka_unit_test(test_leak_in_many_rows),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("inspect", tests, enter_folder, leave_folder);
}
