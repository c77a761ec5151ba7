/* gradus eval: its numbers are scikit-learn's; its report, its options, what it refuses. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- against scikit-learn: tests/fixtures/make_scores.py ---- */

static const struct {
    const char *name;
    int outputs;
    const char *target; /* shares: what the script gives the baseline */
} cases[] = {
    {"binary", 1,
     "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"],\"shares\":[0.5,0.5]}"},
    {"binary_one_class", 1,
     "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"],\"shares\":[0.25,0.75]"
     "}"},
    {"binary_one_row", 1,
     "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"],\"shares\":[0.25,0.75]"
     "}"},
    {"three", 3,
     "{\"task\":\"multiclass\",\"columns\":[\"y\"],\"classes\":[\"a\",\"b\",\"c\"],"
     "\"shares\":[0.2,0.4,0.4]}"},
    {"absent", 5,
     "{\"task\":\"multiclass\",\"columns\":[\"y\"],\"classes\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}"},
    {"labels", 4, "{\"task\":\"multilabel\",\"columns\":[\"red\",\"green\",\"blue\",\"none\"]}"},
    {"masked", 4, "{\"task\":\"multilabel\",\"columns\":[\"red\",\"green\",\"blue\",\"none\"]}"},
    {"numbers", 1, "{\"task\":\"regression\",\"columns\":[\"y\"],\"mean\":0,\"deviation\":1}"},
    {"numbers_equal", 1,
     "{\"task\":\"regression\",\"columns\":[\"y\"],\"mean\":0,\"deviation\":1}"},
    {"numbers_one_row", 1,
     "{\"task\":\"regression\",\"columns\":[\"y\"],\"mean\":0,\"deviation\":1}"},
};

#define SCORES SH_TESTS "/fixtures/scores/"

/* The same members in the same order. */
static void assert_scores(const char *name, const json_t *found, const json_t *expected)
{
    void *at = json_object_iter((json_t *)found);
    const char *key;
    json_t *value;
    assert_int_equal(json_object_size(found), json_object_size(expected));
    json_object_foreach((json_t *)expected, key, value)
    {
        const json_t *other = json_object_iter_value(at);
        assert_string_equal(json_object_iter_key(at), key);
        double a = json_number_value(other), b = json_number_value(value);
        if (json_is_null(value) ? !json_is_null(other)
                                : !json_is_number(other) || !(fabs(a - b) <= 1e-12 * (1 + fabs(b))))
            fail_msg("%s: %s is %.17g, scikit-learn's %.17g", name, key, a, b);
        at = json_object_iter_next((json_t *)found, at);
    }
}

static void test_scores_are_those_of_scikit_learn(void **state)
{
    (void)state;
    json_t *all = json_load_file(GD_TESTS_DIR "/fixtures/scores/scores.json", 0, NULL);
    assert_int_equal(json_object_size(all), sizeof cases / sizeof *cases);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char line[256];
        write_model("m.st", cases[i].outputs, cases[i].target);
        snprintf(line, sizeof line, "gradus eval m.st " SCORES "%s.csv --json", cases[i].name);
        json_t *found = run_json(line);
        assert_scores(cases[i].name, found, json_object_get(all, cases[i].name));
        json_decref(found);
    }
    json_decref(all);
}

/* Every row 200 times changes no score. The rows are more than eval predicts at once. */
static void test_scores_of_many_rows(void **state)
{
    (void)state;
    json_t *all = json_load_file(GD_TESTS_DIR "/fixtures/scores/scores.json", 0, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        json_t *expected = json_object_get(all, cases[i].name);
        int64_t rows = json_integer_value(json_object_get(expected, "rows"));
        if (rows < 25) /* r2 of one row is undefined, of many it is not */
            continue;
        write_model("m.st", cases[i].outputs, cases[i].target);
        outcome o = run("cp " SCORES "%s.csv many.csv; for i in $(seq 199); do "
                        "tail -n +2 " SCORES "%s.csv; done >>many.csv",
                        cases[i].name, cases[i].name);
        assert_int_equal(o.code, 0);
        json_object_set_new(expected, "rows", json_integer(200 * rows));
        json_t *found = run_json("gradus eval m.st many.csv --json");
        assert_scores(cases[i].name, found, expected);
        json_decref(found);
    }
    json_decref(all);
}

/* ---- the report ---- */

static void test_report(void **state)
{
    (void)state;
    write_model("m.st", 3, cases[3].target);
    outcome o = run("gradus eval m.st " SCORES "three.csv");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "");
    assert_says(o.out, "                                        model   baseline\n");
    assert_says(o.out, "accuracy                                 0.68       0.42\n");
    assert_says(o.out, "class  precision     recall         f1    support\n");
    assert_says(o.out, "                     a         b         c\n");
    write_model("l.st", 4, cases[6].target);
    o = run("gradus eval l.st " SCORES "masked.csv --threshold blue=0.75");
    assert_says(o.out, "observed_fraction                      0.6667\n"); /* has no baseline */
    assert_says(o.out, "label  precision     recall         f1    support  threshold\n");
    assert_says(o.out, "      0.75\n");
}

/* ---- options ---- */

static void assert_accuracy(double expected, const char *arguments)
{
    char line[512];
    snprintf(line, sizeof line, "gradus eval m.st --json %s", arguments);
    json_t *scores = run_json(line);
    assert_true(fabs(number_at(scores, "accuracy") - expected) < 1e-12);
    json_decref(scores);
}

static void test_threshold(void **state)
{
    (void)state;
    write_model("m.st", 1, cases[0].target);
    /* Of 40 rows 13 are no. At 1 all are said to be, at 0 none. */
    assert_accuracy(13 / 40.0, SCORES "binary.csv --threshold 1");
    assert_accuracy(27 / 40.0, SCORES "binary.csv --threshold 0");
    assert_accuracy(13 / 40.0, SCORES "binary.csv --threshold yes=1");
    assert_fails(CLI_USAGE, "gradus eval m.st " SCORES "binary.csv --threshold maybe=1",
                 "gradus eval: --threshold: the model has no class or label \"maybe\"\n");
    write_model("three.st", 3, cases[3].target);
    assert_fails(
        CLI_USAGE, "gradus eval three.st " SCORES "three.csv --threshold 0.9",
        "--threshold applies to two classes or to labels; the model's task is multiclass\n");
}

static void test_table_options(void **state)
{
    (void)state;
    write_model("m.st", 1, cases[0].target);
    write_file("t.txt", "x0 y\n1 yes\n2 no\n- no\n");
    /* what is missing is the mean, 0, which says no */
    assert_accuracy(2 / 3.0, "t.txt --format csv --delimiter ' ' --missing -");
    write_file("t.tsv", "x0\ty\n1\tyes\n2\tno\n");
    assert_accuracy(0.5, "- --format tsv <t.tsv");
    write_file("t.csv", "x0;y\n-1.000;no\n1.000;yes\n"); /* thousands */
    assert_accuracy(1, "t.csv --decimal ,");
    write_file("names.csv", "x0,y\nx0,yes\n1,yes\n");
    assert_accuracy(0.5, "names.csv --header"); /* "x0" is no number: missing, the mean */
    assert_fails(CLI_DATA, "gradus eval m.st names.csv --no-header", "missing target column \"y\"");
}

/* ---- what is refused or left out ---- */

static void test_bad_tables(void **state)
{
    (void)state;
    write_model("m.st", 1, cases[0].target);
    write_file("t.csv", "x0,y\n1,yes\n2,maybe\n");
    outcome o = run("gradus eval m.st t.csv --json"); /* a class that training has not seen */
    assert_int_equal(o.code, CLI_OK);
    assert_string_equal(
        o.err, "gradus: t.csv:3: \"maybe\" is not a class of the model (rows left out: 1)\n");
    assert_says(o.out, "{\"rows\": 1, ");
    assert_says(o.out, ", \"unseen\": 1}\n");
    write_file("t.csv", "x0,y\n1,perhaps\n2,maybe\n");
    assert_fails(CLI_DATA, "gradus eval m.st t.csv", "no row has a class of the model\n");
    assert_fails(CLI_DATA, "gradus eval t.csv m.st",
                 "gradus: t.csv: expected a model, but m.st is one: gradus eval MODEL TABLE\n");
    assert_fails(CLI_USAGE, "gradus eval --hlep", "unknown option --hlep; did you mean --help?\n");
    write_file("t.csv", "x0,z\n1,yes\n");
    assert_fails(CLI_DATA, "gradus eval m.st t.csv", "missing target column \"y\"\n");
    write_file("t.csv", "z,y\n1,yes\n");
    assert_fails(CLI_DATA, "gradus eval m.st t.csv", "missing column: \"x0\"\n");
    write_file("t.csv", "x0,y\n1,\n");
    assert_fails(CLI_DATA, "gradus eval m.st t.csv", "no row has a known target\n");
    assert_fails(CLI_USAGE, "gradus eval m.st", "gradus eval: TABLE is missing\n");
    assert_fails(CLI_RUNTIME, "gradus eval m.st none.csv",
                 "gradus: none.csv: No such file or directory\n");
    assert_fails(CLI_RUNTIME, "gradus eval none.st t.csv",
                 "gradus: none.st: No such file or directory\n");
    write_file("t.csv", "x0,y\n1,yes\n1,\n2,no\n");
    o = run("gradus eval m.st t.csv --json");
    assert_string_equal(o.err, "gradus: t.csv: 1 rows without a target are left out\n");
    assert_says(o.out, "{\"rows\": 2, ");
}

static void test_unwritable(void **state)
{
    (void)state;
    write_model("m.st", 1, cases[0].target);
    assert_fails(CLI_RUNTIME, "gradus eval m.st " SCORES "binary.csv >/dev/full",
                 "gradus: standard output: No space left on device\n");
    assert_fails(CLI_RUNTIME, "gradus eval m.st " SCORES "binary.csv --json >/dev/full",
                 "gradus: standard output: No space left on device\n");
    assert_fails(CLI_RUNTIME, "gradus eval m.st " SCORES "binary.csv --report none/r.html",
                 "gradus: none/r.html: No such file or directory\n");
    assert_fails(CLI_USAGE, "gradus eval m.st " SCORES "binary.csv --report m.st",
                 "gradus eval: --report would overwrite m.st, which is an input\n");
}

/* The probabilities of 3000 rows and 3000 classes are 72 MB. An address space of 250 MB, of which
 * BLAS takes 134 MB, has no room for two such matrices. */
static void test_memory_grows_with_rows(void **state)
{
    (void)state;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which reserve terabytes */
    enum { CLASSES = 3000 };
    FILE *file = fopen("many.csv", "w");
    assert_non_null(file);
    fputs("x,y\n", file);
    for (int i = 0; i < CLASSES; ++i)
        fprintf(file, "%d,class %d\n", i * 7 % CLASSES, i);
    fclose(file);
    assert_int_equal(run("gradus train many.csv --model logreg --epochs 1 --valid-frac 0.1 -q "
                         "-o many.st")
                         .code,
                     CLI_OK);
    int limit = takes_buffers_at_load() ? 390000 : 250000; /* its room is looked for once more */
    for (int json = 0; json < 2; ++json) {
        outcome o = run("export OPENBLAS_NUM_THREADS=1; ulimit -v %d; timeout -k 1 60 gradus "
                        "eval many.st many.csv%s",
                        limit, json ? " --json" : "");
        if (o.code != CLI_OK)
            fail_msg("%s", o.err);
        assert_says(o.out, "3000");
    }
#endif
}

int eval_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scores_are_those_of_scikit_learn),
                                       cmocka_unit_test(test_scores_of_many_rows),
                                       cmocka_unit_test(test_report),
                                       cmocka_unit_test(test_threshold),
                                       cmocka_unit_test(test_table_options),
                                       cmocka_unit_test(test_bad_tables),
                                       cmocka_unit_test(test_unwritable),
                                       cmocka_unit_test(test_memory_grows_with_rows)};
    return cmocka_run_group_tests_name("eval", tests, enter_folder, leave_folder);
}
