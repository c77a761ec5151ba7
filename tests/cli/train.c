/* gradus train: what the columns of a table become, what is printed, what is refused before
 * anything is trained. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <gradus/trace.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Trains to m.st, fast; what inspect says of that. */
static json_t *trained(const char *arguments)
{
    outcome o = run("gradus train %s -o m.st -q", arguments);
    if (o.code != CLI_OK)
        fail_msg("%s: exit code %d: %s", arguments, o.code, o.err);
    assert_string_equal(o.out, "");
    return run_json("gradus inspect m.st --json");
}

/* ---- targets and tasks ---- */

static void assert_task(const char *arguments, const char *task, const char *target)
{
    json_t *model = trained(arguments), *object = json_object_get(model, "target");
    char *columns = json_dumps(json_object_get(object, "columns"), JSON_COMPACT);
    assert_string_equal(json_string_value(json_object_get(object, "task")), task);
    assert_string_equal(columns, target);
    free(columns);
    json_decref(model);
}

static void test_targets(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
    write_numbers("n.csv", 40);
    write_labels("l.csv", 40);
    assert_task("two.csv --model logreg", "binary", "[\"y\"]");
    assert_task("n.csv --model logreg", "regression", "[\"y\"]");
    assert_task("two.csv --model logreg --target c", "multiclass", "[\"c\"]");
    assert_task("two.csv --model logreg --target 1", "regression", "[\"x1\"]");
    assert_task("l.csv --epochs 1 --targets 4-", "multilabel", "[\"a\",\"b\",\"c, d\"]");
    assert_task("l.csv --epochs 1 --targets 'a,\"c, d\"'", "multilabel", "[\"a\",\"c, d\"]");
    assert_task("l.csv --model logreg --target a", "binary", "[\"a\"]");
    assert_task("l.csv --model logreg --target a --task regression", "regression", "[\"a\"]");
    assert_task("l.csv --model logreg --target a --task multiclass", "multiclass", "[\"a\"]");
    assert_task("l.csv --epochs 1 --target a --task multilabel", "multilabel", "[\"a\"]");
    assert_fails(CLI_DATA, "gradus train two.csv -o m.st --target z",
                 "--target: two.csv: a name or number of one of its 4 columns is expected");
    assert_fails(CLI_USAGE, "gradus train two.csv -o m.st --target y --targets c",
                 "--target and --targets cannot be combined");
    assert_fails(CLI_DATA, "gradus train two.csv -o m.st --task regression",
                 "two.csv:2: column \"y\": a number is expected, found \"yes\"");
    assert_fails(CLI_DATA, "gradus train two.csv -o m.st --target c --task binary",
                 "--task binary needs a target of two values; \"c\" has 3");
    assert_fails(CLI_DATA, "gradus train two.csv -o m.st --targets x1,y",
                 "several targets must be 0 or 1 (yes or no), or missing; \"x1\" is \"");
}

/* A column is not both what is predicted and what is left out. */
static void test_targets_that_are_left_out(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
    assert_fails(CLI_USAGE, "gradus train two.csv -o none.st --target c --id c,x1",
                 "gradus train: --target and --id both name the column \"c\"\n");
    assert_fails(CLI_USAGE, "gradus train two.csv -o none.st --target x1 --drop 'x*'",
                 "gradus train: --target and --drop both name the column \"x1\"\n");
    assert_fails(CLI_USAGE, "gradus train two.csv -o none.st --targets c,y --drop y",
                 "gradus train: --targets and --drop both name the column \"y\"\n");
    assert_fails(CLI_USAGE, "gradus train two.csv -o none.st --id y",
                 "gradus train: --id names the column \"y\", which is the target unless --target "
                 "names another column\n");
    assert_false(file_exists("none.st"));
}

/* ---- what is predicted from ---- */

/* The names and kinds of the columns that the model reads, "x number,c category". */
static void assert_columns(const char *arguments, const char *expected)
{
    json_t *model = trained(arguments), *column;
    char text[256] = "";
    size_t i;
    json_array_foreach(json_object_get(model, "columns"), i, column)
    {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "%s%s %s", i > 0 ? "," : "",
                 json_string_value(json_object_get(column, "name")),
                 json_string_value(json_object_get(column, "kind")));
    }
    assert_string_equal(text, expected);
    json_decref(model);
}

static void test_columns(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
    assert_columns("two.csv --model logreg", "x1 number,x2 number,c category");
    assert_columns("two.csv --model logreg --drop x2,c", "x1 number");
    assert_columns("two.csv --model logreg --only 'x*'", "x1 number,x2 number");
    assert_columns("two.csv --model logreg --only 'x*' --drop 1", "x2 number");
    assert_columns("two.csv --model logreg --id c", "x1 number,x2 number");
    assert_columns("two.csv --model logreg --group x1", "x2 number,c category");
    assert_fails(CLI_DATA, "gradus train two.csv -o m.st --drop 1-3",
                 "two.csv: no column is left to use as a feature");
    write_file("t.csv", "k,n,y\n1,2,a\n2,x,b\n1,3,a\n2,4,b\n1,2,a\n2,4,b\n1,2,a\n2,4,b\n");
    assert_columns("t.csv --model logreg", "k number,n category");
    assert_columns("t.csv --model logreg --categorical k --missing x", "k category,n number");
    assert_fails(CLI_DATA, "gradus train t.csv -o m.st --numeric n",
                 "a number is expected in column \"n\", found \"x\"");
    assert_columns("t.csv --model logreg --numeric k", "k number,n category");
}

/* A table with rows of weight 0, in any place; `with` false: without them. They hold another
 * class, another level, a text among numbers, an odd one and nothing. */
static void write_weighted(const char *name, bool with, const char *odd)
{
    FILE *file = fopen(name, "w");
    fputs("x,n,c,w,y\n", file);
    for (int i = 0; i < 60; ++i) {
        if (with && i % 20 == 0)
            fprintf(file, "%s", odd);
        fprintf(file, "%d,%d.5,%c,%d,%c\n", i % 7, i % 5, "uv"[i % 2], 1 + i % 3, "ab"[i % 7 > 3]);
    }
    fclose(file);
}

static void test_weight_0_is_absence(void **state)
{
    (void)state;
    static const char *const odds[] = {"1000000,1,u,0,a\n", "1,1e30,u,0.0,b\n", "1,text,u,0,a\n",
                                       "1,1,z,0,a\n",       "1,1,u,-0,z\n",     ",,,0,\n"};
    static const char *const options[] = {"",
                                          "--target x",
                                          "--target n --model logreg",
                                          "--valid v.csv --epochs 5",
                                          "--folds 3 --task multiclass",
                                          "--valid-frac 0.3 --class-weight balanced --target y"};
    for (size_t i = 0; i < sizeof odds / sizeof *odds; ++i) {
        outcome o;
        write_weighted("v.csv", false, "");
        write_weighted("t.csv", false, "");
        o = run("gradus train t.csv -q --weight w --seed 3 -o a.st --epochs 4 --json %s | sed 's/, "
                "\"seconds.*//' >a",
                options[i]);
        assert_int_equal(o.code, 0);
        write_weighted("t.csv", true, odds[i]);
        write_weighted("v.csv", true, odds[i]);
        o = run("gradus train t.csv -q --weight w --seed 3 -o b.st --epochs 4 --json %s | sed 's/, "
                "\"seconds.*//' >b; cmp a b && cmp a.st b.st",
                options[i]);
        if (o.code != 0)
            fail_msg("%s: %s%s", odds[i], o.out, o.err);
    }
    write_file("t.csv", "x,w,y\n1,0,2\n2,0,4\n3,0,5\n");
    assert_fails(CLI_DATA, "gradus train t.csv -o m.st --weight w",
                 "the sum of the weights in column \"w\" is 0; expected a finite sum above 0");
}

/* Half of the rows say the contrary of the others; the weight says whom to believe. */
static void test_weight(void **state)
{
    (void)state;
    assert_int_equal(run("{ echo x,w,y; for i in 1 2 3 4 5 6 7 8 9; do echo 1,1,a; echo 1,3,b; "
                         "echo 2,3,a; echo 2,1,b; done; } >t.csv; printf 'x\\n1\\n2\\n' >p.csv")
                         .code,
                     0);
    json_decref(trained("t.csv --model logreg --weight w --weight-decay 1e-6"));
    outcome o = run("gradus predict m.st p.csv --prob");
    double of_1 = 0, of_2 = 0;
    sscanf(o.out, "prediction,prob_a,prob_b\nb,%lf,%*f\na,%lf", &of_1, &of_2);
    assert_true(fabs(of_1 - 0.25) < 1e-3 && fabs(of_2 - 0.75) < 1e-3); /* 1 to 3 */
    assert_fails(CLI_DATA, "gradus train t.csv -o m.st --weight y --target x",
                 "t.csv:2: the weight in column \"y\" must be a finite number of at least 0");
}

static void test_table_options(void **state)
{
    (void)state;
    write_file("t.txt", "x y\n1 a\n2 b\n- a\n3 b\n1 a\n2 b\n");
    assert_columns("t.txt --model logreg --format csv --delimiter ' ' --missing -", "x number");
    write_file("t.csv", "1,a\n2,b\n1,a\n3,b\n1,a\n2,b\n");
    assert_columns("t.csv --model logreg --no-header", "1 number");
    assert_task("t.csv --model logreg --header", "binary", "[\"a\"]");
    assert_columns("- --model logreg --format tsv <t.txt --delimiter ' ' --missing -", "x number");
}

/* ---- what is printed ---- */

static void assert_keys(const char *line, const char *expected)
{
    json_t *object = run_json(line), *value;
    const char *key;
    char text[512] = "";
    json_object_foreach(object, key, value) strcat(strcat(text, key), " ");
    assert_string_equal(text, expected);
    json_decref(object);
}

#define CLASS_KEYS                                                                                 \
    "rows accuracy balanced_accuracy log_loss macro_f1 micro_f1 weighted_f1 mcc roc_auc "          \
    "majority_accuracy "
#define LABEL_KEYS                                                                                 \
    "rows hamming_loss subset_accuracy micro_f1 macro_f1 samples_f1 ranking_loss "                 \
    "label_ranking_average_precision one_error observed_fraction "
#define NUMBER_KEYS "rows rmse mae r2 "

static void test_json(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
    write_numbers("n.csv", 40);
    write_labels("l.csv", 40);
    assert_keys("gradus train two.csv -o m.st --model logreg --json",
                CLASS_KEYS "epochs seconds model ");
    assert_keys("gradus eval m.st two.csv --json", CLASS_KEYS);
    assert_keys("gradus train two.csv -o m.st --model logreg --target c --json",
                CLASS_KEYS "epochs seconds model ");
    assert_keys("gradus train n.csv -o m.st --model logreg --json",
                NUMBER_KEYS "epochs seconds model ");
    assert_keys("gradus eval m.st n.csv --json", NUMBER_KEYS);
    assert_keys("gradus train l.csv -o m.st --targets 4- --id id --epochs 1 --json",
                LABEL_KEYS "epochs seconds model ");
    assert_keys("gradus eval m.st l.csv --json", LABEL_KEYS);
}

/* The model's own scores are those that train printed, of predictions by models that had not seen
 * the rows. */
static void test_report(void **state)
{
    (void)state;
    write_two_classes("two.csv", 60);
    outcome o = run("gradus train two.csv -o m.st --model logreg --progress none");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "");
    assert_says(o.out, "model   baseline\nrows");
    assert_says(o.out, "\nconfusion matrix (rows: true class, columns: predicted class)\n"
                       "                    no       yes\n");
    o = run(
        "gradus train two.csv -o m.st --model logreg --progress plain --epochs 2 --weight-decay 1");
    assert_says(o.err, "epoch 1/2  loss 0.");
    assert_says(o.err, "  valid 0.");
    assert_says(o.err, "  accuracy 0.");
    assert_null(strpbrk(o.err, "\r\033"));
    o = run("gradus train two.csv -o m.st --model logreg -q");
    assert_string_equal(o.out, "");
    assert_string_equal(o.err, "");
    /* Warnings are no progress. */
    write_file("t.csv", "k,n,y\na,2,a\nb,x,b\na,3,a\nb,4,b\na,2,a\nc,4,b\na,2,a\nb,4,\n");
    o = run("gradus train t.csv -o m.st --model logreg -q");
    assert_string_equal(
        o.err,
        "gradus: t.csv: 1 rows without a target are left out\n"
        "gradus: \"k\": 2 of 3 levels are used, the most frequent ones of at least 2 rows\n"
        "gradus: \"n\": taken as categories: \"x\" in line 3 is no number, but 3 of 4 different "
        "texts "
        "are; --missing or --numeric decides otherwise\n"
        "gradus: \"n\": 2 of 4 levels are used, the most frequent ones of at least 2 rows\n");
}

static void test_log(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
    json_decref(trained("two.csv --hidden 4 --epochs 3 --patience 9 --log run.jsonl"));
    const char *at = read_file("run.jsonl");
    int lines = 0;
    for (const char *end; (end = strchr(at, '\n')) != NULL; at = end + 1, ++lines) {
        json_t *line = json_loadb(at, (size_t)(end - at), 0, NULL);
        assert_non_null(line);
        assert_non_null(json_string_value(json_object_get(line, "stage")));
        assert_true(number_at(line, "epoch") == lines % 3 + 1);
        assert_true(number_at(line, "train_loss") > 0 && number_at(line, "learning_rate") > 0);
        bool final = strcmp(json_string_value(json_object_get(line, "stage")), "mlp") != 0;
        if (!final)
            assert_true(number_at(line, "valid_loss") > 0 && number_at(line, "accuracy") > 0);
        assert_true(number_at(line, "seconds") >= 0);
        json_decref(line);
    }
    assert_in_range(lines, 4, 6); /* three of the validation, and those of the final training */
}

/* The first steps of the last run, which is whole, has no place in a source, and changes no bit. */
static void test_trace(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
    static const char *const runs[][2] = {{"--model logreg", "gradus train, final-logreg"},
                                          {"--hidden 4 --valid-frac 0.3", "gradus train, mlp"}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; ++i) {
        assert_int_equal(run("gradus train two.csv %s -q -o plain.st && "
                             "gradus train two.csv %s -q -o traced.st --trace run.trace && "
                             "cmp plain.st traced.st",
                             runs[i][0], runs[i][0])
                             .code,
                         0);
        gd_recording *r = gd_trace_read("run.trace", NULL);
        assert_non_null(r);
        assert_null(r->damage);
        assert_string_equal(r->program, runs[i][1]);
        assert_string_equal(r->stopped, "3 training steps were recorded");
        assert_true(r->n_sources == 0 && r->nodes[0].file == NULL);
        int updates = 0;
        for (int64_t k = 0; k < r->n_events; ++k)
            updates += r->events[k].kind == GD_RECORDED_UPDATE;
        assert_true(updates >= 3);
        gd_recording_destroy(r);
    }
    outcome o = run("gradus train two.csv -q -o m.st --trace /dev/full");
    assert_int_equal(o.code, CLI_RUNTIME);
    assert_string_equal(o.err, "gradus: /dev/full: No space left on device\n");
    assert_fails(CLI_USAGE, "gradus train two.csv --log x --trace x",
                 "--log and --trace would both write x\n");
    assert_fails(CLI_USAGE, "gradus train two.csv --trace two.csv",
                 "--trace would overwrite two.csv, which is an input\n");
}

/* ---- refused before the first epoch ---- */

/* Threads change neither the model nor the messages. */
static void test_threads(void **state)
{
    (void)state;
    static const char *const how[] = {"--threads 1", "--threads 2", "--threads 3", "--threads 8"};
    static const char *const options[] = {"", "--folds 3 --patience 2", "--valid-frac 0.3",
                                          "--model mlp --dropout 0.2 --clip 1", "--model logreg"};
    write_two_classes("two.csv", 60);
    for (size_t i = 0; i < sizeof options / sizeof *options; ++i)
        for (size_t k = 0; k < sizeof how / sizeof *how; ++k) {
            assert_int_equal(run("gradus train two.csv %s %s -o t%zu.st --report t%zu.html "
                                 "--log t.log >t%zu.out 2>t%zu.err && sed 's/,\"seconds.*//' t.log "
                                 ">t%zu.log",
                                 options[i], how[k], k, k, k, k, k)
                                 .code,
                             0);
            assert_int_equal(run("cmp t0.st t%zu.st && cmp t0.out t%zu.out && cmp t0.err t%zu.err "
                                 "&& cmp t0.log t%zu.log",
                                 k, k, k, k)
                                 .code,
                             0);
        }
    assert_int_equal(run("GRADUS_THREADS=2 gradus train two.csv --model logreg -q -o e.st && "
                         "cmp e.st t0.st")
                         .code,
                     0);
    assert_fails(CLI_USAGE, "GRADUS_THREADS=two gradus train two.csv",
                 "GRADUS_THREADS is \"two\", not a whole number from 1 to 1024");
    assert_fails(CLI_USAGE, "GRADUS_THREADS=0 gradus train two.csv", "GRADUS_THREADS is \"0\"");
    assert_fails(CLI_USAGE, "gradus train two.csv --threads 1025",
                 "--threads takes a whole number from 1 to 1024");
}

static void test_outputs_are_checked_first(void **state)
{
    (void)state;
    assert_int_equal(run("rm -f m.st").code, 0);
    write_two_classes("two.csv", 40);
    static const struct {
        int code;
        const char *arguments, *message;
    } cases[] = {
        {CLI_USAGE, "-o -",
         "gradus train: --output takes a file name; standard output is for the scores\n"},
        {CLI_RUNTIME, "-o nowhere/m.st", "gradus: nowhere/m.st: No such file or directory\n"},
        {CLI_RUNTIME, "-o .", "gradus: .: Is a directory\n"},
        {CLI_RUNTIME, "-o /dev/full", "gradus: /dev/full: a regular file is expected\n"},
        {CLI_RUNTIME, "-o m.st --log nowhere/l", "gradus: nowhere/l: No such file or directory\n"},
        {CLI_RUNTIME, "-o m.st --trace nowhere/t",
         "gradus: nowhere/t: No such file or directory\n"},
        {CLI_RUNTIME, "-o m.st --checkpoint nowhere/c",
         "gradus: nowhere/c: No such file or directory\n"},
        {CLI_RUNTIME, "-o m.st --checkpoint two.csv", "gradus: two.csv: Not a directory\n"},
        {CLI_USAGE, "-o m.st --resume", "gradus train: --resume needs --checkpoint\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char line[256];
        snprintf(line, sizeof line, "gradus train two.csv %s", cases[i].arguments);
        assert_fails(cases[i].code, line, cases[i].message);
        assert_null(strstr(run("%s", line).err, "epoch"));
    }
    assert_false(file_exists("m.st"));
    outcome o = run("gradus train two.csv --model logreg --json --progress none");
    assert_string_equal(o.err, "gradus: no --output: the model will be scored but not saved\n");
    assert_says(o.out, "{\"rows\": 40, ");
    o = run("gradus train two.csv -o m.st --model logreg --log /dev/full -q");
    assert_int_equal(o.code, CLI_RUNTIME);
    assert_string_equal(o.err, "gradus: /dev/full: the log could not be written completely\n");
    assert_fails(CLI_RUNTIME, "gradus train two.csv -o m.st --model logreg >/dev/full",
                 "gradus: standard output: No space left on device\n");
    assert_int_equal(run("gradus inspect m.st").code, 0); /* the model is there nevertheless */
}

int train_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_targets),
                                       cmocka_unit_test(test_targets_that_are_left_out),
                                       cmocka_unit_test(test_columns),
                                       cmocka_unit_test(test_weight),
                                       cmocka_unit_test(test_weight_0_is_absence),
                                       cmocka_unit_test(test_table_options),
                                       cmocka_unit_test(test_json),
                                       cmocka_unit_test(test_report),
                                       cmocka_unit_test(test_log),
                                       cmocka_unit_test(test_trace),
                                       cmocka_unit_test(test_threads),
                                       cmocka_unit_test(test_outputs_are_checked_first)};
    return cmocka_run_group_tests_name("train", tests, enter_folder, leave_folder);
}
