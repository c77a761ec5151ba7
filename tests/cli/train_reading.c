/* How tables are read for training, which is told where it is a guess, and remembered for tables
 * that come later. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

static outcome succeeds(const char *line)
{
    outcome o = run("%s", line);
    if (o.code != CLI_OK)
        fail_msg("%s: exit code %d: %s", line, o.code, o.err);
    return o;
}

static void assert_target(const char *expected)
{
    json_t *model = run_json("gradus inspect m.st --json"),
           *target = json_object_get(model, "target");
    assert_string_equal(json_string_value(json_object_get(target, "task")), expected);
    json_decref(model);
}

/* ---- guesses that are told ---- */

static void write_rows(const char *name, const char *first, const char *row_a, const char *row_b)
{
    FILE *file = fopen(name, "w");
    fputs(first, file);
    for (int i = 0; i < 40; ++i)
        fputs(i % 2 == 0 ? row_a : row_b, file);
    fclose(file);
}

static void test_header_is_told(void **state)
{
    (void)state;
    write_rows("t.csv", "city,2019,2020,y\n", "Bonn,1,2,yes\n", "Kiel,3,4,no\n");
    outcome o = succeeds("gradus train t.csv -q -o m.st --model logreg");
    assert_string_equal(o.err, "gradus: t.csv:1: the line is read as a header: \"city\" does not "
                               "occur below it; --no-header reads it as a row\n");
    o = succeeds("gradus train t.csv -q -o m.st --model logreg --header");
    assert_string_equal(o.err, "");
    write_rows("t.csv", "", "a,1,yes\n", "b,2,no\n");
    o = succeeds("gradus train t.csv -q -o m.st --model logreg");
    assert_string_equal(o.err, "");
    write_rows("t.csv", "value,value,y\n", "1,2,yes\n", "3,4,no\n");
    assert_fails(CLI_DATA, "gradus train t.csv -q -o m.st",
                 "t.csv:1:7: a name for column 2 that no other column has is expected, found "
                 "\"value\", the name of column 1\n");
    write_file("t.csv", "a,b\n");
    assert_fails(CLI_DATA, "gradus train t.csv -q -o m.st",
                 "gradus: t.csv: the table has no rows\n");
}

/* Images without labels have no last column that could be meant. */
static void test_images_without_labels(void **state)
{
    (void)state;
    static const char head[] = "\0\0\x08\x03\0\0\0\x28\0\0\0\1\0\0\0\2",
                      labels[] = "\0\0\x08\x01\0\0\0\x28";
    FILE *x = fopen("t-images-idx3-ubyte", "wb"), *y = fopen("t-labels-idx1-ubyte", "wb");
    fwrite(head, 1, sizeof head - 1, x);
    fwrite(labels, 1, sizeof labels - 1, y);
    for (int i = 0; i < 40; ++i) {
        fwrite((const char[]){(char)(i % 2), (char)i}, 1, 2, x);
        fputc(i % 2, y);
    }
    fclose(x);
    fclose(y);
    outcome o = succeeds("gradus train t-images-idx3-ubyte -q -o m.st --model logreg");
    remove("t-labels-idx1-ubyte");
    assert_fails(CLI_DATA, "gradus train t-images-idx3-ubyte -q -o n.st --model logreg",
                 "t-images-idx3-ubyte: expected labels, found only images; put the labels into "
                 "labels-idx1 beside");
    succeeds("gradus train t-images-idx3-ubyte --target 2 -q -o n.st --model logreg");
    o = succeeds("gradus predict m.st t-images-idx3-ubyte");
    assert_non_null(strstr(o.out, "prediction\n0\n1\n0\n1\n"));
}

static void write_prices(const char *name, const char *format)
{
    FILE *file = fopen(name, "w");
    fputs("x;price\n", file);
    for (int i = 0; i < 60; ++i)
        fprintf(file, format, i, i % 10, i % 100);
    fclose(file);
}

static void test_decimal_is_told(void **state)
{
    (void)state;
    write_prices("t.csv", "%d;%d,%02d\n");
    outcome o = succeeds("gradus train t.csv -q -o m.st --model logreg");
    assert_string_equal(o.err, "gradus: t.csv:2:3: \"0,00\" in column \"price\" is read as 0.00; "
                               "--decimal . reads commas as thousands separators\n");
    assert_target("regression");
    assert_string_equal(succeeds("gradus train t.csv -q -o m.st --model logreg --decimal ,").err,
                        "");
    assert_target("regression");
    /* A cell that is no number: the commas are not read, and the target's texts are classes. */
    o = run("sed '5s/;.*/;n.a./' t.csv >u.csv; gradus train u.csv -q -o m.st --model logreg");
    assert_int_equal(o.code, CLI_OK);
    assert_says(o.err, "u.csv:5: the target \"price\" is treated as 60 classes, because \"n.a.\" "
                       "is not a number; if it marks");
    assert_target("multiclass");
    o = run(
        "sed '2s/;.*/;n.a./' t.csv | gradus train - -q --model logreg --epochs 1"); /* the first row */
    assert_says(o.err, "standard input:2: the target \"price\" is treated as 60 classes");
    o = run("gradus train u.csv -q -o m.st --model logreg --missing n.a.");
    assert_target("regression");
    assert_fails(CLI_DATA, "gradus train u.csv -q -o m.st --task regression --decimal ,",
                 "gradus: u.csv:5: column \"price\": a number is expected, found \"n.a.\"\n");
}

/* ---- what a model remembers ---- */

/* Both say the same of the table. */
static void assert_same_predictions(const char *table, const char *options)
{
    outcome o = run("gradus predict m.st %s --prob >a 2>err; gradus predict m.st %s --prob %s >b "
                    "&& cmp a b && cat err",
                    table, table, options);
    assert_int_equal(o.code, 0);
    assert_string_equal(o.out, "");
}

static void test_remembered(void **state)
{
    (void)state;
    write_rows("t.csv", "", "a,yes\n", "b,no\n"); /* texts alone: a first line looks like names */
    succeeds("gradus train t.csv -q -o m.st --model logreg --no-header --target 2");
    write_file("u.csv", "a,no\nb,no\n");
    assert_same_predictions("u.csv", "--no-header");
    assert_string_equal(succeeds("gradus predict m.st u.csv").out, "prediction\nyes\nno\n");
    json_t *scores = run_json("gradus eval m.st u.csv --json");
    assert_true(number_at(scores, "rows") == 2);
    json_decref(scores);
    assert_fails(CLI_DATA, "gradus predict m.st u.csv --header", "u.csv: missing column: \"1\"\n");

    write_rows("t.csv", "2019|y\n", "1|yes\n", "2|no\n");
    succeeds("gradus train t.csv -q -o m.st --model logreg --header --delimiter '|'");
    write_file("u.csv", "2019|y;z\n1|a;b\n2|c;d\n");
    assert_same_predictions("u.csv", "--header --delimiter '|'");
    write_file("u.tsv", "2019\n1\n2\n");
    assert_string_equal(succeeds("gradus predict m.st u.tsv").out, "prediction\nyes\nno\n");

    write_rows("t.csv", "x;y\n", "1.500;yes\n", "2.500;no\n");
    succeeds("gradus train t.csv -q -o m.st --model logreg --decimal ,");
    write_file("u.csv", "x\n1500\n2500\n1.500\n");
    assert_same_predictions("u.csv", "--decimal ,");
    assert_string_equal(succeeds("gradus predict m.st u.csv").out, "prediction\nyes\nno\nyes\n");

    write_rows("t.csv", "x;y\n", "1,500;yes\n",
               "2,5;no\n"); /* a decimal comma, as one cell shows */
    run("gradus train t.csv -q -o m.st --model logreg");
    write_file("u.csv", "x,z\n\"1,500\",1\n\"2,500\",2\nodd,3\n");
    outcome o = succeeds("gradus predict m.st u.csv");
    assert_says(o.out, "prediction\nyes\nno\n");
    assert_says(o.err, "1 value was not seen in training");

    write_rows("t.csv", "x,y\n", "NA,yes\n", "b,no\n");
    succeeds("gradus train t.csv -q -o m.st --model logreg --missing ''");
    write_file("u.csv", "x\nNA\nb\nz\n");
    o = succeeds("gradus predict m.st u.csv --missing z");
    assert_says(o.out, "prediction\nyes\nno\n");
    assert_string_equal(o.err, "");
    write_rows("v.csv", "x,y\n", "NA,yes\n", "b,no\n");
    o = run("gradus train t.csv -q -o m.st --model logreg --missing '' --valid v.csv --json");
    assert_says(o.out, "\"accuracy\": 1.0");
}

/* ---- text ---- */

static void write_reviews(const char *name, const char *more)
{
    static const char *const what[] = {"film", "book", "song", "play", "meal"};
    FILE *file = fopen(name, "w");
    fputs("review,y\n", file);
    for (int i = 0; i < 60; ++i)
        fprintf(file, "the %s number %d was %s%s,%s\n", what[i % 5], i, i % 2 ? "good" : "bad",
                more, i % 2 ? "pos" : "neg");
    fclose(file);
}

static void assert_kind(const char *options, const char *expected)
{
    outcome o = run("gradus train t.csv -q -o m.st --model logreg %s", options);
    if (o.code != CLI_OK)
        fail_msg("%s", o.err);
    json_t *model = run_json("gradus inspect m.st --json"),
           *column = json_array_get(json_object_get(model, "columns"), 0);
    assert_string_equal(json_string_value(json_object_get(column, "kind")), expected);
    json_decref(model);
}

static void test_text(void **state)
{
    (void)state;
    write_reviews("t.csv", "");
    assert_kind("", "words");
    assert_says(
        run("gradus train t.csv -q -o m.st --model logreg").err,
        "\"review\": treated as free text: most cells have several words and few texts repeat");
    outcome o = succeeds("printf 'review\\nwas good\\nwas bad\\n' | gradus predict m.st");
    assert_string_equal(o.out, "prediction\npos\nneg\n");
    assert_kind("--text review", "words");
    assert_fails(CLI_DATA, "gradus train t.csv -q -o m.st --text review --categorical review",
                 "the column \"review\" cannot be both categorical and text");
    write_rows("t.csv", "c,y\n", "light blue sky,yes\n", "dark red sky,no\n");
    assert_kind("", "category");
    assert_kind("--text c", "words");
    write_rows("t.csv", "code,y\n", "007 08,yes\n", "7 8,no\n");
    assert_kind("--text code", "words"); /* and words are texts, byte for byte */
    o = succeeds("printf 'code\\n007\\n7\\n' | gradus predict m.st");
    assert_string_equal(o.out, "prediction\nyes\nno\n");
}

int train_reading_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_is_told), cmocka_unit_test(test_images_without_labels),
        cmocka_unit_test(test_decimal_is_told), cmocka_unit_test(test_remembered),
        cmocka_unit_test(test_text)};
    return cmocka_run_group_tests_name("train_reading", tests, enter_folder, leave_folder);
}
