/* The examples that train: figures over seeds, the same twice, and what they refuse. */
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IRIS   "iris_softmax"
#define NEWTON "newton_logistic"
#define DIGITS "digits_mlp"

#ifdef NDEBUG
enum { SEEDS = 20 };
#else
enum { SEEDS = 2 }; /* sanitizers are slow */
#endif

/* Runs a program quietly with a seed; its one line, of JSON, in output. */
static void run_seed(const char *program, int seed, char *output, size_t size)
{
    char command[256];
    snprintf(command, sizeof command, "cd / && %s --quiet --seed %d 2>&1", program, seed);
    assert_int_equal(run(command, output, size), 0);
    assert_true(output[0] == '{' && strchr(output, '\n') == output + strlen(output) - 1);
    assert_true(number_after(output, "\"test_log_loss\": ") > 0);
    assert_true(number_after(output, "\"seconds\": ") > 0);
}

/* But for the time: in the report, too. */
static void assert_same_twice(const char *program)
{
    static char outputs[2][16384];
    char command[256];
    snprintf(command, sizeof command, "%s --seed 7 2>&1", program);
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(run(command, outputs[i], sizeof outputs[i]), 0);
        number_after(outputs[i], "\"seconds\": "); /* is there */
        *strstr(outputs[i], "\"seconds\": ") = '\0';
    }
    assert_string_equal(outputs[0], outputs[1]);
}

/* The trace is whole: all steps, ops with their places, updates, the source; and it changes no
 * digit of the result. */
static void assert_traced(const char *program, int64_t steps, const char *parameter)
{
    char command[512], plain[4096], traced[4096], path[] = "/tmp/gradus-example-XXXXXX";
    close(mkstemp(path));
    for (int i = 0; i < 2; ++i) {
        snprintf(command, sizeof command, "cd / && %s%s %s --quiet --epochs 3 2>&1",
                 i == 0 ? "" : "GRADUS_TRACE=", i == 0 ? "" : path, program);
        assert_int_equal(run(command, i == 0 ? plain : traced, sizeof plain), 0);
    }
    for (char *text = plain; text != NULL; text = text == plain ? traced : NULL)
        if (strstr(text, "\"seconds\": ") != NULL)
            *strstr(text, "\"seconds\": ") = '\0';
    assert_string_equal(plain, traced);
    gd_recording *r = gd_trace_read(path, NULL);
    unlink(path);
    assert_non_null(r);
    if (r->damage != NULL)
        fail_msg("%s: %s", program, r->damage);
    snprintf(command, sizeof command, "%s.c", program);
    assert_string_equal(r->program, command);
    assert_true(r->steps == steps && r->n_sources >= 1);
    assert_non_null(strstr(r->sources[0].text, "example_trace(__FILE__, "));
    for (int64_t i = 0; i < r->n_nodes; ++i)
        assert_true(r->nodes[i].file != NULL && r->nodes[i].op != NULL);
    int updates = 0;
    for (int64_t i = 0; i < r->n_events; ++i)
        updates += r->events[i].kind == GD_RECORDED_UPDATE && r->events[i].values.whole &&
                   strcmp(r->tensors[r->events[i].tensor].name, parameter) == 0;
    assert_true(updates >= (steps < 3 ? steps : 3));
    gd_recording_destroy(r);
}

static void test_traces(void **state)
{
    (void)state;
    assert_traced("logistic_regression", 3, "weight");
    assert_traced(IRIS, 3, "bias");
    assert_traced(DIGITS, 3, "0.weight");
    assert_traced("sequence_tagging", 3, "hidden.weight");
    char output[8192]; /* of an op that the library does not know */
    assert_int_equal(run("cd $(mktemp -d) && GRADUS_TRACE=t custom_op >out && gradus trace t -o p "
                         "&& grep -c '\"op\":\"lorentz\"' t; code=$?; rm -r $PWD; exit $code",
                         output, sizeof output),
                     0);
    assert_string_equal(output, "3\n");
    assert_fails("GRADUS_TRACE=/no/such/folder/t iris_softmax", "", 1,
                 "/no/such/folder/t: No such file or directory");
}

static void test_iris(void **state)
{
    (void)state;
    double sum = 0;
    for (int seed = 0; seed < SEEDS; ++seed) {
        char output[1024];
        run_seed(IRIS, seed, output, sizeof output);
        sum += number_after(output, "\"test_accuracy\": ");
        assert_true(number_after(output, "\"test_log_loss\": ") ==
                    number_after(output, "\"cross_entropy\": "));
    }
    assert_true(sum / SEEDS >= 0.94);
    assert_same_twice(IRIS);
}

/* The last column of the report is minus the logarithm of the probability of the truth. */
static void test_iris_spells_it_out(void **state)
{
    (void)state;
    char output[4096], truth[32];
    double p[3], minus_log;
    int flower, rows = 0;
    assert_int_equal(run(IRIS " 2>/dev/null", output, sizeof output), 0);
    const char *const species[] = {"setosa", "versicolor", "virginica"};
    for (const char *line = output; (line = strchr(line, '\n')) != NULL; ++rows) {
        if (sscanf(++line, "%d %lf %lf %lf %31s %lf", &flower, &p[0], &p[1], &p[2], truth,
                   &minus_log) != 6)
            break;
        assert_true(fabs(p[0] + p[1] + p[2] - 1) < 2e-6);
        for (int c = 0; c < 3; ++c)
            assert_true(strcmp(truth, species[c]) != 0 || fabs(exp(-minus_log) - p[c]) < 1e-6);
    }
    assert_int_equal(rows, 10);
}

static void test_newton_and_lbfgs_agree(void **state)
{
    (void)state;
    for (int seed = 0; seed < SEEDS; ++seed) {
        char output[1024];
        run_seed(NEWTON, seed, output, sizeof output);
        assert_true(number_after(output, "\"newton_steps\": ") < 10);
        assert_true(number_after(output, "\"lbfgs_evaluations\": ") >=
                    number_after(output, "\"lbfgs_steps\": "));
        assert_true(number_after(output, "\"lbfgs_steps\": ") > 20);
        assert_true(number_after(output, "\"largest_difference\": ") < 5e-8);
    }
    assert_same_twice(NEWTON);
}

/* Against scikit-learn: fixtures/newton.txt, made by make_newton.py. */
static void test_newton_finds_the_optimum(void **state)
{
    (void)state;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/newton.txt", "r");
    assert_non_null(file);
    int seed, lines = 0;
    double loss, accuracy, log_loss;
    for (; fscanf(file, "%d %lf %lf %lf", &seed, &loss, &accuracy, &log_loss) == 4; ++lines) {
        char output[1024];
        run_seed(NEWTON, seed, output, sizeof output);
        assert_true(fabs(number_after(output, "\"loss\": ") - loss) < 1e-10);
        assert_true(fabs(number_after(output, "\"test_accuracy\": ") - accuracy) < 1e-6);
        assert_true(fabs(number_after(output, "\"test_log_loss\": ") - log_loss) < 1e-10);
    }
    fclose(file);
    assert_int_equal(lines, 3);
}

/* Every line of a method is lower than the one before; Newton's last steps are quadratic. */
static void test_newton_table(void **state)
{
    (void)state;
    char output[8192], method[16], before_method[16] = "";
    assert_int_equal(run(NEWTON " 2>&1", output, sizeof output), 0);
    double norm, loss, before_norm = 0, before_loss = 0;
    int step, evaluations, products, rows = 0;
    for (const char *line = output; (line = strchr(line, '\n')) != NULL; ++rows) {
        if (sscanf(++line, "%15s %d %d %d %lf %lf", method, &step, &evaluations, &products, &norm,
                   &loss) != 6)
            break;
        bool newton = strcmp(method, "newton") == 0, first = strcmp(method, before_method) != 0;
        assert_true(newton ? evaluations == step + 1 : evaluations > step && products == 0);
        assert_true(first ? step == 0 : loss <= before_loss && norm < before_norm);
        if (newton && !first && before_norm < 1)
            assert_true(norm < 0.01 * before_norm);
        before_norm = norm;
        before_loss = loss;
        strcpy(before_method, method);
    }
    assert_true(rows > 12);
    assert_string_equal(before_method, "l-bfgs");
}

static void test_digits(void **state)
{
    (void)state;
    double sum = 0;
    for (int seed = 0; seed < SEEDS; ++seed) {
        char output[1024];
        run_seed(DIGITS, seed, output, sizeof output);
        sum += number_after(output, "\"test_accuracy\": ");
    }
    assert_true(sum / SEEDS >= 0.975);
    assert_same_twice(DIGITS);
}

/* Three rows that were misread are drawn, each 8 by 8. */
static void test_digits_drawn(void **state)
{
    (void)state;
    char output[4096];
    int truth, said, drawn = 0;
    assert_int_equal(run(DIGITS " --epochs 1 2>/dev/null", output, sizeof output), 0);
    for (const char *at = output; sscanf(at, "a %d, taken for a %d:", &truth, &said) == 2;
         ++drawn) {
        assert_true(truth != said && truth >= 0 && truth < 10 && said >= 0 && said < 10);
        at = strchr(at, '\n') + 1;
        for (int row = 0; row < 8; ++row, at += 9) {
            assert_int_equal(strspn(at, " .:-=+*#@"), 8);
            assert_int_equal(at[8], '\n');
        }
    }
    assert_int_equal(drawn, 3);
}

static void test_bad_files(void **state)
{
    (void)state;
    const char *const programs[] = {IRIS, NEWTON, DIGITS};
    char folder[] = "/tmp/gradus_examples_XXXXXX", path[64], command[256], output[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/bad.csv", folder);
    snprintf(command, sizeof command, "printf 'a,b\\n1,x\\n2,y\\n' > %s", path);
    assert_int_equal(run(command, output, sizeof output), 0);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; ++i) {
        assert_fails(programs[i], "no/such/file.csv", 1, "No such file or directory");
        assert_fails(programs[i], "/dev/null", 1, "/dev/null:1:1: a table is expected");
        assert_fails(programs[i], path, 1, "leaves a part without rows");
        assert_fails(programs[i], "--nonsense", 2, "usage:");
    }
    assert_fails(NEWTON, SH_DATA "/iris.csv", 1, "exactly two different texts");
    assert_fails(DIGITS, SH_DATA "/iris.csv", 1, "each row must hold 64 grey levels");
    snprintf(command, sizeof command, "gunzip -c %s/digits.csv.gz | sed '9s/^0,/17,/' > %s",
             SH_DATA, path);
    assert_int_equal(run(command, output, sizeof output), 0);
    assert_fails(DIGITS, path, 1, "each row must hold 64 grey levels from 0 to 16");
    remove(path);
    rmdir(folder);
}

int training_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traces),
        cmocka_unit_test(test_iris),
        cmocka_unit_test(test_iris_spells_it_out),
        cmocka_unit_test(test_newton_and_lbfgs_agree),
        cmocka_unit_test(test_newton_finds_the_optimum),
        cmocka_unit_test(test_newton_table),
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_digits_drawn),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests_name("training", tests, NULL, NULL);
}
