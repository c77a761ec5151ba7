/* Tables at the edge of what can be learnt from, and numbers at the edge of what can be computed
 * with. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* x; g: one of `groups`; w: 1 in the first row, else `rest`; y: a or b in turn. */
static void write_grouped(const char *name, int groups, const char *rest)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs("x,g,w,y\n", file);
    for (int i = 0; i < 30; ++i)
        fprintf(file, "%d,g%d,%s,%c\n", i * 7 % 30, i % groups, i == 0 ? "1" : rest,
                i % 2 == 0 ? 'a' : 'b');
    fclose(file);
}

static void assert_trains(const char *arguments)
{
    outcome o = run("gradus train %s -q -o m.st", arguments);
    if (o.code != CLI_OK)
        fail_msg("%s: exit code %d, %s", arguments, o.code, o.err);
}

static void test_folds(void **state)
{
    (void)state;
    write_grouped("three.csv", 3, "1");
    write_grouped("one.csv", 1, "1");
    assert_trains("three.csv --group g --model logreg");
    json_t *model = run_json("gradus inspect m.st --json");
    assert_true(number_at(json_object_get(model, "training"), "folds") == 3);
    json_decref(model);
    assert_fails(CLI_DATA, "gradus train three.csv -q -o m.st --group g --folds 4",
                 "gradus: three.csv: --folds takes at most the number of groups, 3, not 4\n");
    assert_fails(CLI_DATA, "gradus train three.csv -q -o m.st --folds 31",
                 "gradus: three.csv: --folds takes at most the number of rows, 30, not 31\n");
    assert_fails(CLI_DATA, "gradus train one.csv -q -o m.st --group g",
                 "gradus: one.csv: column \"g\" has only one group; validation needs at least two "
                 "groups, or --valid\n");
    assert_trains("one.csv --group g --valid three.csv --model logreg");
    write_file("two.csv", "x,y\n1,a\n2,b\n");
    assert_fails(CLI_DATA, "gradus train two.csv -q -o m.st",
                 "gradus: two.csv: no column can be used as a feature (training rows: 1): \"x\": "
                 "its values are not used: all are the same\n");
}

/* Why no column can be used is looked up, not guessed, and what helps is said. */
static void test_lone_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {{"note %d of %d", "\"; --text makes features of their words\n"},
                 {"2024-%02d-%02d", "-01\"; dates, and numbers with other characters, are texts "},
                 {"$%d.%d", "; dates, and numbers with other characters, are texts until they are "
                            "converted to numbers (3.5, not $3.50)\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        FILE *file = fopen("t.csv", "w");
        fputs("p,y\n", file);
        for (int k = 0; k < 20; ++k) {
            fprintf(file, cases[i].text, k, 1);
            fprintf(file, ",%d\n", k % 2);
        }
        fclose(file);
        outcome o = run("gradus train t.csv -q -o m.st --categorical p");
        assert_int_equal(o.code, CLI_DATA);
        assert_non_null(
            strstr(o.err, "t.csv: no column can be used as a feature (training rows: 16): \"p\": "
                          "its levels (16) are not used: each is in one row only, as is \""));
        assert_non_null(strstr(o.err, cases[i].why));
    }
    FILE *file = fopen("t.csv", "w");
    fputs("name,y\n", file);
    for (int k = 0; k < 20; ++k)
        fprintf(file, "%c%c,%d\n", 'a' + k, 'z' - k, k % 2);
    fclose(file);
    assert_fails(CLI_DATA, "gradus train t.csv -q -o m.st", "\"; --drop leaves the column out\n");
}

/* Classes times rows for which there is no memory are refused before work begins, a long list of
 * classes ends. */
static void test_many_classes(void **state)
{
    (void)state;
    FILE *file = fopen("many.csv", "w");
    fputs("x,y\n", file);
    for (int i = 0; i < 60000; ++i)
        fprintf(file, "%d,k%d\n", i % 7, i / 2);
    fclose(file);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they need terabytes of it */
    assert_fails(CLI_RUNTIME, "ulimit -v 2000000; gradus train many.csv -q --model logreg",
                 "gradus: many.csv: 30000 outputs for 60000 rows take 17.3 GB of memory in "
                 "training, more than is available; ");
#endif
    file = fopen("many.csv", "w");
    fputs("x,y\n", file);
    for (int i = 0; i < 480; ++i)
        fprintf(file, "%d,k%d\n", i, i / 4);
    fclose(file);
    assert_trains("many.csv --model mlp --epochs 1 --folds 2");
    outcome o = run("gradus eval m.st many.csv");
    assert_int_equal(o.code, CLI_OK);
    const char *class = strstr(o.out, "\nk0 "), *end = strstr(o.out, "\nand 20 more\n");
    assert_true(class != NULL && end != NULL);
    int lines = 0;
    for (; class < end; ++class)
        lines += *class == '\n';
    assert_int_equal(lines, 100);
    o = run("gradus eval m.st many.csv --json");
    assert_non_null(strstr(o.out, "\"roc_auc\": 0."));
}

static void test_weights(void **state)
{
    (void)state;
    write_grouped("first.csv", 3, "0"); /* all rows but one are as if absent */
    assert_fails(CLI_DATA, "gradus train first.csv -q -o m.st --weight w",
                 "gradus: first.csv: the target \"y\" has only one value in all rows; expected at "
                 "least two different values\n");
    write_grouped("large.csv", 3, "1e300"); /* more than a float is */
    assert_trains("large.csv --weight w");
    assert_int_equal(run("sed '2s/,1,/,0,/' first.csv >none.csv").code, 0);
    assert_fails(CLI_DATA, "gradus train none.csv -q -o m.st --weight w",
                 "gradus: none.csv: the sum of the weights in column \"w\" is 0; expected a finite "
                 "sum above 0\n");
    assert_fails(CLI_USAGE, "gradus train first.csv -q -o m.st --drop g --pos-weight b=3",
                 "gradus train: --pos-weight X is the weight of the second class, \"b\"; "
                 "--class-weight takes names\n");
}

static void test_large_numbers(void **state)
{
    (void)state;
    write_numbers("n.csv", 40);
    assert_int_equal(run("awk -F, 'NR > 1 { $2 = $2 \"e300\" } { print $1 \",\" $2 }' n.csv >y.csv;"
                         "awk -F, '{ print (NR == 1 ? \"far\" : NR == 9 ? 1e30 : NR %% 7) \",\" $0 "
                         "}' n.csv >x.csv")
                         .code,
                     0);
    assert_fails(CLI_DATA, "gradus train y.csv -q -o large.st",
                 "gradus: the numbers in column \"y\" are too large to be predicted: their squares "
                 "are not finite\n");
    assert_false(file_exists("large.st"));
    /* One row is far out, which is a row of validation, too: it is cut off. */
    outcome o = run("gradus train x.csv -q -o large.st");
    assert_int_equal(o.code, CLI_OK);
    assert_says(o.err,
                "gradus: \"far\": 1 of its numbers is far beyond the others and cut off: 1e+30 in "
                "line 9 counts as 12\n");
}

static void test_path_that_is_not_utf8(void **state)
{
    (void)state;
    write_two_classes("caf\xe9.csv", 40);
    assert_trains("caf\xe9.csv --model logreg");
    assert_int_equal(run("gradus predict m.st caf\xe9.csv && gradus inspect m.st").code, CLI_OK);
}

/* ---- checkpoints ---- */

static void test_option_left_out(void **state)
{
    (void)state;
    write_grouped("t.csv", 3, "1");
#define START "gradus train t.csv -q -o m.st --hidden 4 --epochs 2 --checkpoint left --resume "
    assert_int_equal(run(START "--lr 0.5 --weight w").code, 0);
    assert_fails(CLI_DATA, START "--weight w",
                 "the checkpoint belongs to another run: lr was 0.5, but is now not given\n");
    assert_int_equal(run("sed -i '2s/,1,/,5,/' t.csv").code, 0); /* a weight alone */
    assert_fails(CLI_DATA, START "--lr 0.5 --weight w", "another run: table contents was ");
#undef START
}

/* Whenever the signal comes, in a stage of all rows at once or between two of them, what is
 * resumed ends as what was let alone. */
static void test_linear_stages_are_resumed(void **state)
{
    (void)state;
    write_two_classes("two.csv", 400);
#define TRAIN "gradus train two.csv -q --optim lbfgs --hidden 64 --epochs 6 --log log "
    outcome o =
        run("set -m; " TRAIN "-o whole.st; for lines in 1 3 5; do rm -rf log linear;" TRAIN
            "-o part.st --checkpoint linear & "
            "until [ -e log ] && [ $(wc -l <log) -ge $lines ]; do :; done; kill -INT $!;"
            "wait $!; " TRAIN "-o part.st --checkpoint linear --resume && cmp whole.st part.st || "
            "echo differs; done");
    assert_string_equal(o.out, "");
#undef TRAIN
}

/* The folder holds the later stages of an earlier run. */
static void test_stages_of_an_earlier_run(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
#define TRAIN "gradus train two.csv -q --epochs 2 --checkpoint "
    outcome o = run("set -e; " TRAIN "new -o a.st --seed 2; " TRAIN
                    "old -o b.st; rm old/logreg-1.safetensors; " TRAIN
                    "old -o b.st --seed 2 --resume; cmp a.st b.st");
    assert_int_equal(o.code, 0);
#undef TRAIN
}

/* ---- thresholds ---- */

static void test_thresholds(void **state)
{
    (void)state;
    write_model("m.st", 1,
                "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"]}");
    write_file("t.csv", "x0\n1\n");
    assert_fails(CLI_USAGE, "gradus predict m.st t.csv --threshold no=0.5",
                 "gradus predict: --threshold: with two classes, only the second one has a "
                 "threshold, \"yes\"\n");
    assert_int_equal(run("gradus predict m.st t.csv --threshold yes=0.5").code, 0);
}

int degenerate_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_folds),
                                       cmocka_unit_test(test_many_classes),
                                       cmocka_unit_test(test_lone_texts),
                                       cmocka_unit_test(test_weights),
                                       cmocka_unit_test(test_large_numbers),
                                       cmocka_unit_test(test_path_that_is_not_utf8),
                                       cmocka_unit_test(test_option_left_out),
                                       cmocka_unit_test(test_linear_stages_are_resumed),
                                       cmocka_unit_test(test_stages_of_an_earlier_run),
                                       cmocka_unit_test(test_thresholds)};
    return cmocka_run_group_tests_name("degenerate", tests, enter_folder, leave_folder);
}
