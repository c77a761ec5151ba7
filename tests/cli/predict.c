/* gradus predict: what it writes, how it finds columns, what it refuses. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char binary[] =
    "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"]}";
static const char three[] =
    "{\"task\":\"multiclass\",\"columns\":[\"y\"],\"classes\":[\"a\",\"b, c\",\"d\"]}";
static const char labels[] = "{\"task\":\"multilabel\",\"columns\":[\"p\",\"q \\\"r\\\"\"]}";
static const char number[] =
    "{\"task\":\"regression\",\"columns\":[\"y\"],\"mean\":10,\"deviation\":4}";

static void assert_prints(const char *line, const char *out)
{
    outcome o = run("%s", line);
    if (o.code != CLI_OK || o.err[0] != '\0')
        fail_msg("%s: exit code %d, %s", line, o.code, o.err);
    assert_string_equal(o.out, out);
}

/* Trains on a table, fast. */
static void train(const char *arguments)
{
    outcome o = run("gradus train %s -q -o m.st --epochs 2", arguments);
    if (o.code != CLI_OK)
        fail_msg("%s: %s", arguments, o.err);
}

static void test_columns(void **state)
{
    (void)state;
    write_model("m.st", 1, binary);
    write_file("t.csv", "x0,name\n0,\"a, b\"\n2,c\n-2,\"d \"\"e\"\"\"\n");
    assert_prints("gradus predict m.st t.csv", "prediction\nno\nyes\nno\n"); /* 0.5 is not above */
    assert_prints("gradus predict m.st t.csv --passthrough name --prob",
                  "name,prediction,prob_no,prob_yes\n"
                  "\"a, b\",no,0.5,0.5\n"
                  "c,yes,0.119202922,0.880797078\n" /* 1 / (1 + e^-2) */
                  "\"d \"\"e\"\"\",no,0.880797078,0.119202922\n");
    write_model("m.st", 3, three);
    write_file("t.csv", "x0,x1,x2\n0,0,0\n0,1,0\n");
    assert_prints("gradus predict m.st t.csv --prob",
                  "prediction,prob_a,\"prob_b, c\",prob_d\n"
                  "a,0.333333333,0.333333333,0.333333333\n"
                  "\"b, c\",0.211941558,0.576116885,0.211941558\n"); /* e / (e + 2) */
    write_model("m.st", 2, labels);
    write_file("t.csv", "x0,x1\n1,-1\n-1,1\n");
    assert_prints("gradus predict m.st t.csv", "p,\"q \"\"r\"\"\"\n1,0\n0,1\n");
    assert_prints("gradus predict m.st t.csv --prob",
                  "p,\"q \"\"r\"\"\",prob_p,\"prob_q \"\"r\"\"\"\n"
                  "1,0,0.731058579,0.268941421\n"
                  "0,1,0.268941421,0.731058579\n");
    write_model("m.st", 1, number);
    write_file("t.csv", "x0\n1\n-0.25\n");
    assert_prints("gradus predict m.st t.csv", "prediction\n14\n9\n");
    assert_fails(CLI_USAGE, "gradus predict m.st t.csv --prob",
                 "--prob applies to classes and labels; the model predicts a number\n");
    /* No column is written twice; what is passed through is read again as it was. */
    write_model("m.st", 1, binary);
    write_file("t.csv", "x0,prediction,prob_yes,t\n0,a,1,\"NA\"\n2,b,2,\" x\"\n");
    assert_fails(
        CLI_DATA, "gradus predict m.st t.csv --passthrough prediction",
        "gradus: t.csv: the column \"prediction\" cannot be passed through: predictions have "
        "a column of that name\n");
    assert_fails(CLI_DATA, "gradus predict m.st t.csv --passthrough prob_yes --prob",
                 "the column \"prob_yes\" cannot be passed through");
    assert_prints("gradus predict m.st t.csv --passthrough prob_yes,t",
                  "prob_yes,t,prediction\n1,\"NA\",no\n2,\" x\",yes\n");
    write_model("m.st", 2, labels);
    write_file("t.csv", "x0,x1,p\n1,-1,0\n");
    assert_fails(CLI_DATA, "gradus predict m.st t.csv --passthrough 3",
                 "the column \"p\" cannot be passed through");
}

static int count_lines(const char *text, const char *line)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, line)) != NULL; at += strlen(line))
        ++count;
    return count;
}

static void test_threshold(void **state)
{
    (void)state;
    write_model("m.st", 1, binary);
    write_file("t.csv", "x0\n-3\n-1\n1\n3\n");
    assert_int_equal(count_lines(run("gradus predict m.st t.csv").out, "yes\n"), 2);
    assert_int_equal(count_lines(run("gradus predict m.st t.csv --threshold 0.9").out, "yes\n"), 1);
    assert_int_equal(count_lines(run("gradus predict m.st t.csv --threshold 0.1").out, "yes\n"), 3);
    write_model("m.st", 2, labels);
    write_file("t.csv", "x0,x1\n1,1\n");
    assert_prints("gradus predict m.st t.csv --threshold p=0.9", "p,\"q \"\"r\"\"\"\n0,1\n");
    assert_prints("gradus predict m.st t.csv --threshold 'p=0.9,\"q \"r\"\"=0.8'",
                  "p,\"q \"\"r\"\"\"\n0,0\n");
    assert_fails(CLI_USAGE, "gradus predict m.st t.csv --threshold z=0.5",
                 "gradus predict: --threshold: the model has no class or label \"z\"\n");
}

/* ---- columns by name ---- */

static void test_order_and_extra_columns(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
    train("two.csv --model logreg");
    outcome o = run("set -e; gradus predict m.st two.csv --prob >a;"
                    "awk -F, '{ print $4 \",more,\" $3 \",\" $2 \",\" $1 }' two.csv |"
                    "sed '1s/more/other/' >moved.csv;"
                    "gradus predict m.st moved.csv --prob | cmp a -;"
                    "cut -d, -f1-3 two.csv | gradus predict m.st --prob | cmp a -");
    assert_int_equal(o.code, 0);
    assert_int_equal(count_lines(read_file("a"), "\n"), 61);
    assert_fails(CLI_DATA, "cut -d, -f3- two.csv | gradus predict m.st",
                 "gradus: standard input: missing columns: \"x1\", \"x2\"\n");
}

static void test_cells_not_seen_in_training(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
    train("two.csv --model logreg");
    write_file("t.csv", "x1,x2,c\n0.5,0.5,violet\n0.5,0.5,grey\n0.5,0.5,red\nhigh,1,red\n,1,red\n");
    outcome o = run("gradus predict m.st t.csv --prob | uniq -c | awk '{ print $1 }'");
    assert_string_equal(
        o.err, "gradus: t.csv: 3 values were not seen in training and are treated as missing\n");
    assert_string_equal(o.out, "1\n2\n1\n2\n"); /* the header, and rows that are the same */
}

static void test_ids(void **state)
{
    (void)state;
    write_file("t.csv", "row,x,y\n007,1,a\n008,2,b\n009,3,a\n010,4,b\n011,1.5,a\n012,2.5,b\n");
    train("t.csv --id row --model logreg");
    assert_says(run("gradus predict m.st t.csv").out, "row,prediction\n007,");
    assert_says(run("cut -d, -f2 t.csv | gradus predict m.st").out,
                "prediction\n"); /* need not be there */
    assert_says(run("gradus predict m.st t.csv --passthrough x").out, "row,x,prediction\n007,1,");
    assert_fails(CLI_DATA, "gradus predict m.st t.csv --passthrough z",
                 "gradus: --passthrough: t.csv: a name or number of one of its 3 columns is "
                 "expected, found \"z\"");
    assert_int_equal(run("sed '1s/row/\"the \"\"row\"\", 1\"/' t.csv >q.csv").code, 0);
    train("q.csv --id 1 --model logreg");
    assert_says(run("gradus predict m.st q.csv").out, "\"the \"\"row\"\", 1\",prediction\n007,");
}

/* ---- reading and writing ---- */

static void test_table_options(void **state)
{
    (void)state;
    write_model("m.st", 1, binary);
    write_file("t.txt", "x0 y\n1 a\n- b\n");
    assert_prints("gradus predict m.st t.txt --format csv --delimiter ' ' --missing - "
                  "--passthrough x0",
                  "x0,prediction\n1,yes\n,no\n");
    write_file("t.tsv", "x0\ty\n1\ta\n-1\ta\n");
    assert_prints("gradus predict m.st - --format tsv <t.tsv", "prediction\nyes\nno\n");
    assert_prints("gzip <t.tsv | gradus predict m.st", "prediction\nyes\nno\n");
    write_file("t.csv", "x0;x1\n0,001;2\n");
    assert_prints("gradus predict m.st t.csv --decimal , --prob",
                  "prediction,prob_no,prob_yes\nyes,0.49975,0.50025\n"); /* 1 / (1 + e^-0.001) */
    write_file("t.csv", "x0,x1\nx0,2\n");
    assert_string_equal(run("gradus predict m.st t.csv --header").out, "prediction\nno\n");
    assert_fails(CLI_DATA, "gradus predict m.st t.csv --no-header", "missing column: \"x0\"");
}

/* What stood for a missing value in training does so ever after, beside what the command line
 * says. */
static void test_missing_texts_of_training(void **state)
{
    (void)state;
    write_file("t.csv", "x,c,y\n1,none,a\n9,u,b\n2,v,a\n8,u,b\nnone,v,a\n7,-,b\n3,v,-\n9,u,none\n");
    train("t.csv --model logreg --missing none,-");
    const char *const commands[] = {
        "gradus predict m.st t.csv --prob",
        "gradus eval m.st t.csv --json --report r.html",
        "gradus export m.st -o m.c --int8 --data t.csv",
    };
    for (int i = 0; i < 3; ++i) {
        outcome o = run("%s >a.txt 2>a.err && %s --missing none,- >b.txt 2>b.err && "
                        "cmp a.txt b.txt && cmp a.err b.err && ! grep 'has not seen' a.err",
                        commands[i], commands[i]);
        assert_int_equal(o.code, 0);
    }
    json_t *scores = run_json("gradus eval m.st t.csv --json 2>a.err");
    assert_true(number_at(scores, "rows") == 6);
    json_decref(scores);
    assert_says(run("sed 's/7/void/' t.csv | gradus predict m.st").err, " 1 value was not seen ");
    assert_string_equal(run("sed 's/7/void/' t.csv | gradus predict m.st --missing void").err, "");
    json_t *model = run_json("gradus inspect m.st --json");
    assert_string_equal(json_string_value(json_object_get(model, "missing")), "none,-");
    json_decref(model);
    assert_says(run("gradus inspect m.st").out, "\nother missing values: none,-\n");
    assert_fails(CLI_USAGE, "gradus train t.csv --missing \"$(printf '\\377')\"",
                 "gradus train: --missing takes text in UTF-8\n");
}

static void test_output(void **state)
{
    (void)state;
    write_model("m.st", 1, binary);
    write_file("t.csv", "x0\n1\n");
    assert_prints("gradus predict m.st t.csv --output p.csv", "");
    assert_string_equal(read_file("p.csv"), "prediction\nyes\n");
    assert_prints("gradus predict m.st t.csv -o -", "prediction\nyes\n");
    assert_fails(CLI_RUNTIME, "gradus predict m.st t.csv -o nowhere/p.csv",
                 "gradus: nowhere/p.csv: No such file or directory\n");
    assert_fails(CLI_RUNTIME, "gradus predict m.st t.csv -o /dev/full",
                 "gradus: /dev/full: No space left on device\n");
    assert_fails(CLI_RUNTIME, "gradus predict m.st t.csv >/dev/full",
                 "gradus: standard output: No space left on device\n");
    write_file("bad.csv", "x0\n1\ntwo,3\n");
    assert_fails(CLI_DATA, "gradus predict m.st bad.csv -o p.csv", "bad.csv:3:4: ");
    assert_string_equal(read_file("p.csv"), "prediction\nyes\n"); /* as it was */
}

/* Each line of unlabelled text is a row, also an empty one; a table of names alone has none. */
static void test_empty_rows(void **state)
{
    (void)state;
    FILE *file = fopen("f.ft", "w");
    for (int i = 0; i < 20; ++i)
        fprintf(file, "__label__%s\n", i % 2 ? "a alpha apple" : "b cat cow");
    fclose(file);
    train("f.ft --model logreg");
    outcome o =
        run("printf '\\nalpha apple\\n\\ncat cow\\n' | gradus predict m.st - --format fasttext");
    assert_int_equal(count_lines(o.out, "\n"), 5);
    assert_says(o.out, "\na\n");
    write_model("m.st", 1, binary);
    assert_prints("echo x0 | gradus predict m.st", "prediction\n");
    assert_prints("echo x0,n | gradus predict m.st --passthrough n --prob",
                  "n,prediction,prob_no,prob_yes\n");
}

static void test_closed_pipe(void **state)
{
    (void)state;
    write_model("m.st", 1, binary);
    outcome o = run(
        "(echo x0; seq 100000) | { gradus predict m.st; echo $? >code; } | head -n 1; cat code");
    assert_string_equal(o.out, "prediction\n141\n");
    assert_string_equal(o.err, "");
}

/* Decimal commas are what some locales write; gradus reads and writes points wherever it runs. */
static void test_foreign_locale(void **state)
{
    (void)state;
    write_model("m.st", 1, binary);
    write_file("t.csv", "x0\n0.5\n-2.25\n");
    outcome o = run("set -e; gradus predict m.st t.csv --prob >a; export LC_ALL=de_DE.UTF-8;"
                    "gradus predict m.st t.csv --prob | cmp a -; cat a");
    assert_int_equal(o.code, 0);
    assert_says(o.out, ",0.622459331\n"); /* 1 / (1 + e^-0.5) */
    write_file("t.csv", "x0;n\nzero;1\n");
    o = run("LC_ALL=de_DE.UTF-8 gradus predict m.st t.csv --prob");
    assert_string_equal(
        o.err, "gradus: t.csv: 1 value was not seen in training and is treated as missing\n");
    assert_says(o.out, ",0.5\n");
}

static void test_usage(void **state)
{
    (void)state;
    assert_fails(CLI_USAGE, "gradus predict", "gradus predict: MODEL is missing\n");
    assert_fails(CLI_USAGE, "gradus predict m t u", "unexpected operand \"u\"\n");
    assert_fails(CLI_USAGE, "gradus predict m --porb", "did you mean --prob?\n");
    assert_fails(CLI_RUNTIME, "gradus predict none.st t.csv",
                 "gradus: none.st: No such file or directory\n");
}

int predict_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_columns),
                                       cmocka_unit_test(test_threshold),
                                       cmocka_unit_test(test_order_and_extra_columns),
                                       cmocka_unit_test(test_cells_not_seen_in_training),
                                       cmocka_unit_test(test_ids),
                                       cmocka_unit_test(test_table_options),
                                       cmocka_unit_test(test_missing_texts_of_training),
                                       cmocka_unit_test(test_output),
                                       cmocka_unit_test(test_empty_rows),
                                       cmocka_unit_test(test_closed_pipe),
                                       cmocka_unit_test(test_foreign_locale),
                                       cmocka_unit_test(test_usage)};
    return cmocka_run_group_tests_name("predict", tests, enter_folder, leave_folder);
}
