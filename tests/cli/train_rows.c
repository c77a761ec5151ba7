/* gradus train: which rows are trained and validated on and for how long, what follows from the
 * seed, divergence. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double score(const char *arguments, const char *key)
{
    char line[512];
    snprintf(line, sizeof line, "gradus train %s -o m.st --json -q", arguments);
    json_t *scores = run_json(line);
    double value = number_at(scores, key);
    json_decref(scores);
    return value;
}

static int count_lines(const char *path, const char *part)
{
    int count = 0;
    for (const char *at = read_file(path); (at = strstr(at, part)) != NULL; ++at)
        ++count;
    return count;
}

/* ---- how long ---- */

static void test_epochs_and_patience(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
    score("two.csv --hidden 4 --epochs 7 --patience 99 --valid-frac 0.2 --log a.jsonl", "epochs");
    assert_int_equal(count_lines("a.jsonl", "\n"), 7);
    assert_int_equal(count_lines("a.jsonl", "\"epoch\":7,"), 1);
    outcome o =
        run("gradus train two.csv -o m.st --hidden 32 --optim sgd --lr 3 --epochs 60 --patience 2 "
            "--valid-frac 0.3 --log a.jsonl --schedule constant");
    assert_int_equal(o.code, 0);
    assert_says(o.err, ": no improvement in validation loss for 2 epochs\n");
    json_t *model = run_json("gradus inspect m.st --json");
    double best = number_at(json_object_get(model, "training"), "epochs");
    assert_true(best + 2 < 60);
    assert_int_equal(count_lines("a.jsonl", "\n"), (int)best + 2);
    json_decref(model);
}

/* ---- which rows ---- */

static void test_validation_rows(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
    write_two_classes("more.csv", 17);
    assert_true(score("two.csv --model logreg", "rows") == 60); /* cross-validation: each once */
    assert_true(score("two.csv --model logreg --folds 3", "rows") == 60);
    json_t *model = run_json("gradus inspect m.st --json");
    assert_true(number_at(json_object_get(model, "training"), "folds") == 3);
    json_decref(model);
    assert_true(score("two.csv --model logreg --valid-frac 0.2", "rows") == 12);
    assert_true(score("two.csv --model logreg --valid more.csv", "rows") == 17);
    assert_true(score("more.csv --model logreg --folds 17", "rows") == 17);
    write_two_classes("many.csv", 80);
    assert_true(score("many.csv --model logreg --folds 70", "rows") == 80);
    assert_fails(CLI_DATA, "gradus train more.csv -o m.st --folds 18",
                 "gradus: more.csv: --folds takes at most the number of rows, 17, not 18\n");
    assert_fails(CLI_DATA, "gradus train more.csv -o m.st --valid-frac 0.001",
                 "more.csv: too few rows to hold some out for validation\n");
    assert_fails(CLI_USAGE, "gradus train two.csv -o m.st --valid more.csv --folds 3",
                 "--valid and --folds cannot be combined\n");
    write_file("v.csv", "x1,x2,c,z\n1,2,red,yes\n");
    assert_fails(CLI_DATA, "gradus train two.csv -o m.st --valid v.csv",
                 "v.csv: missing target column \"y\"\n");
    write_file("v.csv", "x1,y\n1,yes\n");
    assert_fails(CLI_DATA, "gradus train two.csv -o m.st --valid v.csv",
                 "v.csv: missing columns: \"x2\", \"c\"\n");
}

/* The text says the class, but each text is in one group only: who keeps groups together can
 * learn nothing. */
static void test_group(void **state)
{
    (void)state;
    FILE *file = fopen("g.csv", "w");
    fputs("g,x,y\n", file);
    for (int i = 0; i < 80; ++i)
        fprintf(file, "%d,t%d,%s\n", i % 16, i % 16, i % 16 % 3 == 0 ? "a" : "b");
    fclose(file);
    assert_true(score("g.csv --drop g --model logreg --folds 4", "accuracy") == 1);
    assert_true(score("g.csv --group g --model logreg --folds 4", "accuracy") < 0.7);
    assert_true(score("g.csv --group g --model logreg --valid-frac 0.25", "accuracy") < 1);
}

/* ---- what follows from the seed ---- */

static void test_seed(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
#define TRAIN "gradus train two.csv --hidden 4 --epochs 2 -q "
    outcome o = run(TRAIN "-o a; " TRAIN "-o b; " TRAIN "-o c --seed 0; " TRAIN
                          "-o d --seed 1; cmp a b && cmp a c && ! cmp -s a d && cp d a && " TRAIN
                          "-o d --seed 1 && cmp a d");
#undef TRAIN
    assert_string_equal(o.err, "");
    assert_int_equal(o.code, 0);
}

static void test_threads(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
    double one = score("two.csv --hidden 4 --epochs 3 --threads 1", "log_loss");
    assert_true(score("two.csv --hidden 4 --epochs 3 --threads 2", "log_loss") == one);
}

/* ---- thresholds ---- */

static void test_tuned_thresholds(void **state)
{
    (void)state;
    write_two_classes("two.csv", 80);
    write_labels("l.csv", 80);
    double plain =
        score("l.csv --targets 4- --drop id --model logreg --pos-weight 0.1", "macro_f1");
    double tuned =
        score("l.csv --targets 4- --drop id --model logreg --pos-weight 0.1 --tune-thresholds",
              "macro_f1");
    assert_true(tuned > plain + 0.05);
    json_t *model = run_json("gradus inspect m.st --json"),
           *thresholds = json_object_get(model, "thresholds");
    assert_true(number_at(thresholds, "a") < 0.4 && number_at(thresholds, "c, d") < 0.4);
    json_decref(model);
    score("two.csv --model logreg --pos-weight 9 --tune-thresholds", "accuracy");
    model = run_json("gradus inspect m.st --json");
    assert_true(number_at(json_object_get(model, "thresholds"), "yes") > 0.5);
    json_decref(model);
}

/* ---- unknown labels ---- */

/* Label b is known where it is 1 only: taken as negative elsewhere it would be learnt to be rare.
 * */
static void test_unknown_labels_are_no_negatives(void **state)
{
    (void)state;
    assert_int_equal(
        run("{ echo x,a,b; for i in 1 2 3 4 5 6 7 8; do echo 1,1,1; echo 2,0,; echo 1,1,; "
            "echo 2,0,; done; } >t.csv")
            .code,
        0);
    assert_true(score("t.csv --targets a,b --model logreg", "observed_fraction") == 40 / 64.0);
    outcome o = run("gradus predict m.st t.csv | sort | uniq -c | tr -s ' '");
    assert_string_equal(o.out, " 16 0,1\n 16 1,1\n 1 a,b\n");
}

/* ---- divergence ---- */

static void test_divergence(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
    assert_fails(CLI_DIVERGED, "gradus train two.csv -o d.st --hidden 4 --optim sgd --lr 1e30",
                 "gradus: training diverged in epoch 1: the loss is inf; first non-finite value: "
                 "linear: the result at [");
    outcome o = run("gradus train two.csv -o d.st --hidden 4 --optim sgd --lr 1e30 -q");
    assert_says(o.err, "; the largest weight is ");
    assert_says(o.err, ", in layer ");
    assert_says(o.err, "; likely cause: the learning rate, 1e+30, is too high; try --lr "
                       "1e+29, or --clip 1\n");
    assert_false(file_exists("d.st"));
    o = run("(echo x,odd,y; seq 11000 | awk '{ print $1 %% 7 \",\" ($1 == 500 ? 1e9 : 0) \",\" $1 "
            "%% 2 }')"
            "| gradus train - -o d.st --hidden 2 --optim sgd --lr 1e30 --batch 20000 --valid-frac "
            "0.01 -q");
    assert_int_equal(o.code, CLI_DIVERGED);
    assert_says(o.err,
                "likely cause: column \"odd\" has a value 104 standard deviations from its mean");
}

int train_rows_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_epochs_and_patience),
                                       cmocka_unit_test(test_validation_rows),
                                       cmocka_unit_test(test_group),
                                       cmocka_unit_test(test_seed),
                                       cmocka_unit_test(test_threads),
                                       cmocka_unit_test(test_tuned_thresholds),
                                       cmocka_unit_test(test_unknown_labels_are_no_negatives),
                                       cmocka_unit_test(test_divergence)};
    return cmocka_run_group_tests_name("train: rows", tests, enter_folder, leave_folder);
}
