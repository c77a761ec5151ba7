/* gradus train: the options of the model, the loss and the optimiser; each by what it changes. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 80 };

/* Trains to m.st and run.jsonl. */
static void train(const char *arguments)
{
    outcome o = run("gradus train %s -o m.st -q --log run.jsonl", arguments);
    if (o.code != CLI_OK)
        fail_msg("%s: exit code %d: %s", arguments, o.code, o.err);
}

/* The numbers of one key in the log, in order; how many there are. */
static int logged(const char *key, double *numbers, int most)
{
    char *rest = strdup(read_file("run.jsonl"));
    int count = 0;
    for (char *line = strtok(rest, "\n"); line != NULL && count < most; line = strtok(NULL, "\n")) {
        json_t *object = json_loads(line, 0, NULL);
        numbers[count++] = number_at(object, key);
        json_decref(object);
    }
    free(rest);
    return count;
}

static double last_loss(const char *arguments)
{
    double losses[64];
    train(arguments);
    return losses[logged("train_loss", losses, 64) - 1];
}

/* Of the column of m.st's predictions on the table: its mean, and its mean distance from 1/2. */
static double mean_of(const char *table, int column, double *distance)
{
    double sum = 0, apart = 0;
    int count = 0;
    outcome o = run("gradus predict m.st %s --prob | sed '1d;s/\"[^\"]*\"/x/' | cut -d, -f%d",
                    table, column);
    assert_int_equal(o.code, 0);
    for (const char *at = o.out; *at != '\0'; at = strchr(at, '\n') + 1, ++count) {
        sum += strtod(at, NULL);
        apart += fabs(strtod(at, NULL) - 0.5);
    }
    assert_int_equal(count, ROWS);
    if (distance != NULL)
        *distance = apart / count;
    return sum / count;
}

enum { PROB_YES = 3 };

static double mean_yes(const char *arguments, double *distance)
{
    char line[256];
    snprintf(line, sizeof line, "two.csv %s", arguments);
    train(line);
    return mean_of("two.csv", PROB_YES, distance);
}

/* ---- the model ---- */

static void assert_hidden(const char *arguments, const char *expected)
{
    train(arguments);
    json_t *model = run_json("gradus inspect m.st --json");
    char *hidden =
        json_dumps(json_object_get(json_object_get(model, "network"), "hidden"), JSON_COMPACT);
    assert_string_equal(hidden, expected);
    free(hidden);
    json_decref(model);
}

static void test_model(void **state)
{
    (void)state;
    write_two_classes("two.csv", ROWS);
    assert_hidden("two.csv --epochs 1 --model logreg", "[]");
    assert_hidden("two.csv --epochs 1 --model mlp",
                  "[192]"); /* three networks of 64 side by side */
    assert_hidden("two.csv --epochs 1 --hidden 5,3", "[5,3]");
    assert_hidden("two.csv --epochs 1 --model mlp --hidden 7", "[7]");
    assert_fails(CLI_USAGE, "gradus train two.csv -o m.st --model logreg --hidden 4",
                 "gradus train: --hidden requires --model mlp\n");
}

static void test_activations(void **state)
{
    (void)state;
    static const char *const names[] = {"relu", "tanh", "sigmoid", "gelu", "silu", "softplus"};
    double losses[6];
    write_two_classes("two.csv", ROWS);
    for (int i = 0; i < 6; ++i) {
        char line[128];
        snprintf(line, sizeof line, "two.csv --hidden 4 --epochs 2 --folds 2 --act %s", names[i]);
        losses[i] = last_loss(line);
        for (int j = 0; j < i; ++j)
            assert_true(losses[i] != losses[j]);
        json_t *model = run_json("gradus inspect m.st --json");
        assert_string_equal(
            json_string_value(json_object_get(json_object_get(model, "network"), "act")), names[i]);
        json_decref(model);
    }
}

static void test_dropout(void **state)
{
    (void)state;
    write_two_classes("two.csv", ROWS);
    double without = last_loss("two.csv --hidden 32 --epochs 20 --patience 99 --valid-frac 0.2");
    double with =
        last_loss("two.csv --hidden 32 --epochs 20 --patience 99 --valid-frac 0.2 --dropout 0.8");
    assert_true(with > 1.1 * without);
}

/* ---- the loss ---- */

static void test_losses(void **state)
{
    (void)state;
    double auto_apart, apart;
    write_two_classes("two.csv", ROWS);
    write_numbers("n.csv", ROWS);
    mean_yes("--model logreg --loss auto", &auto_apart);
    mean_yes("--model logreg --loss bce_with_logits", &apart);
    assert_true(apart == auto_apart);
    mean_yes("--model logreg --loss bce", &apart);
    assert_true(fabs(apart - auto_apart) < 0.01);
    mean_yes("--model logreg --loss focal", &apart); /* cares less for what is right already */
    assert_true(apart < auto_apart - 0.02);
    train("two.csv --model logreg --target c --drop y --loss ce");
    double ce = mean_of("two.csv", 2, NULL);
    train("two.csv --model logreg --target c --drop y --loss nll");
    assert_true(fabs(mean_of("two.csv", 2, NULL) - ce) < 1e-4);
    train("n.csv --model logreg --loss mse");
    json_t *scores = run_json("gradus eval m.st n.csv --json");
    assert_true(number_at(scores, "rmse") < 0.15); /* the noise is 0.1 */
    json_decref(scores);
    assert_fails(CLI_USAGE, "gradus train n.csv -o m.st --loss ce",
                 "gradus train: --loss ce does not fit the task, which is regression\n");
    assert_fails(CLI_USAGE, "gradus train two.csv -o m.st --target c --loss bce",
                 "--loss bce does not fit the task, which is multiclass\n");
}

static void test_class_weight(void **state)
{
    (void)state;
    write_two_classes("two.csv", ROWS);
    double plain = mean_yes("--model logreg", NULL);
    double more = mean_yes("--model logreg --class-weight yes=5", NULL);
    double less = mean_yes("--model logreg --class-weight no=2,yes=1", NULL);
    double balanced = mean_yes("--model logreg --class-weight balanced", NULL);
    assert_true(less < plain - 0.05 && plain < more - 0.1);
    assert_true(fabs(balanced - more) < 0.01); /* 13 of 80 rows are yes: as 5.15 to 1 */
    assert_fails(CLI_USAGE, "gradus train two.csv -o m.st --class-weight maybe=2",
                 "gradus train: --class-weight: unknown class \"maybe\"\n");
    write_numbers("n.csv", ROWS);
    assert_fails(CLI_USAGE, "gradus train n.csv -o m.st --class-weight balanced",
                 "--class-weight applies to classes; the task is regression\n");
}

static void test_pos_weight(void **state)
{
    (void)state;
    write_two_classes("two.csv", ROWS);
    double plain = mean_yes("--model logreg", NULL);
    assert_true(mean_yes("--model logreg --pos-weight 5", NULL) > plain + 0.1);
    assert_true(mean_yes("--model logreg --pos-weight auto", NULL) > plain + 0.05);
    write_labels("l.csv", ROWS);
    train("l.csv --targets 4- --drop id --model logreg");
    double a = mean_of("l.csv", 4, NULL), b = mean_of("l.csv", 5, NULL);
    train("l.csv --targets 4- --drop id --model logreg --pos-weight b=9");
    assert_true(fabs(mean_of("l.csv", 4, NULL) - a) < 0.05);
    assert_true(mean_of("l.csv", 5, NULL) > b + 0.1);
    assert_fails(CLI_USAGE, "gradus train l.csv -o m.st --targets 4- --pos-weight z=2",
                 "gradus train: --pos-weight: unknown label \"z\"\n");
    assert_fails(CLI_USAGE, "gradus train two.csv -o m.st --target c --pos-weight 2",
                 "--pos-weight applies only to the loss bce_with_logits\n");
}

static void test_label_smoothing(void **state)
{
    (void)state;
    double plain, smooth;
    write_two_classes("two.csv", ROWS);
    mean_yes("--model logreg", &plain);
    mean_yes("--model logreg --label-smoothing 0.5", &smooth);
    assert_true(smooth < plain - 0.05 &&
                smooth < 0.26); /* no target is beyond 1/4 from the middle */
    assert_fails(CLI_USAGE, "gradus train two.csv -o m.st --loss focal --label-smoothing 0.1",
                 "--label-smoothing cannot be combined with the loss focal\n");
}

/* ---- the optimiser ---- */

#define SHORT "two.csv --hidden 4 --valid-frac 0.25 --patience 99 "

static void test_optimizers(void **state)
{
    (void)state;
    static const char *const names[] = {"sgd",     "momentum", "adam", "adamw",
                                        "rmsprop", "adagrad",  "lbfgs"};
    double losses[7];
    write_two_classes("two.csv", ROWS);
    for (int i = 0; i < 7; ++i) {
        char line[128];
        snprintf(line, sizeof line, SHORT "--epochs 3 --weight-decay 0.1 --optim %s", names[i]);
        losses[i] = last_loss(line);
        for (int j = 0; j < i; ++j)
            assert_true(losses[i] != losses[j]);
    }
    assert_true(last_loss(SHORT "--epochs 3 --weight-decay 0.1 --optim auto") == losses[3]);
}

static void test_lr_and_schedules(void **state)
{
    (void)state;
    double rates[16];
    write_two_classes("two.csv", ROWS);
#define RATES(schedule)                                                                            \
    (train(SHORT "--epochs 10 --lr 0.5 --optim sgd --schedule " schedule),                         \
     assert_int_equal(logged("learning_rate", rates, 16), 10))
    RATES("constant");
    assert_true(rates[0] == 0.5 && rates[9] == 0.5);
    RATES("cosine");
    for (int i = 1; i < 10; ++i)
        assert_true(rates[i] < rates[i - 1]);
    assert_true(rates[9] < 0.05);
    RATES("step");
    assert_true(rates[0] == 0.5 && rates[5] < rates[0] && rates[9] < rates[5]);
    RATES("warmup");
    assert_true(rates[0] <= 0.5 && rates[9] == 0.5);
    RATES("plateau");
    assert_true(rates[0] == 0.5 && rates[9] <= 0.5);
    RATES("one-cycle");
    assert_true(rates[0] < rates[2] && rates[2] > rates[5] && rates[5] > rates[9]);
    train(SHORT "--epochs 10 --lr 0.5 --optim sgd --schedule auto");
    double automatic[16];
    logged("learning_rate", automatic, 16);
    assert_memory_equal(automatic, rates, 10 * sizeof *rates);
#undef RATES
}

static void test_weight_decay(void **state)
{
    (void)state;
    double little, much;
    write_two_classes("two.csv", ROWS);
    double mean = mean_yes("--model logreg --weight-decay 100", &much);
    mean_yes("--model logreg --weight-decay 0.001", &little);
    assert_true(much < little);
    int positive = 0; /* the weights are 0: all that is left is the share of the class */
    for (const char *at = read_file("two.csv"); (at = strstr(at, ",yes")) != NULL; ++at)
        ++positive;
    assert_true(fabs(mean - (double)positive / ROWS) < 0.01);
}

static void test_clip(void **state)
{
    (void)state;
    double free_run[8], clipped[8];
    write_two_classes("two.csv", ROWS);
    train(SHORT "--epochs 5 --optim sgd --lr 0.5 --schedule constant");
    logged("train_loss", free_run, 8);
    train(SHORT "--epochs 5 --optim sgd --lr 0.5 --schedule constant --clip 1e-6");
    logged("train_loss", clipped, 8);
    assert_true(free_run[4] < free_run[0] - 0.05);
    assert_true(fabs(clipped[4] - clipped[0]) < 1e-4); /* steps of a millionth lead nowhere */
}

/* One step an epoch, of all rows, is fewer than one of each ten. */
static void test_batch(void **state)
{
    (void)state;
    write_two_classes("two.csv", ROWS);
    double whole = last_loss(SHORT "--epochs 5 --optim sgd --lr 0.1 --batch 1000");
    double tenth = last_loss(SHORT "--epochs 5 --optim sgd --lr 0.1 --batch 6");
    assert_true(tenth < whole - 0.02);
}

int train_model_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_model),
                                       cmocka_unit_test(test_activations),
                                       cmocka_unit_test(test_dropout),
                                       cmocka_unit_test(test_losses),
                                       cmocka_unit_test(test_class_weight),
                                       cmocka_unit_test(test_pos_weight),
                                       cmocka_unit_test(test_label_smoothing),
                                       cmocka_unit_test(test_optimizers),
                                       cmocka_unit_test(test_lr_and_schedules),
                                       cmocka_unit_test(test_weight_decay),
                                       cmocka_unit_test(test_clip),
                                       cmocka_unit_test(test_batch)};
    return cmocka_run_group_tests_name("train: model", tests, enter_folder, leave_folder);
}
