/* The examples as a user runs them. */
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOGISTIC  "logistic_regression"
#define HESSIAN   "hessian"
#define CUSTOM_OP "custom_op"
#define TOUR      "losses_tour"
#define TAGGING   "sequence_tagging"

static void test_accuracy_over_seeds(void **state)
{
    (void)state;
    double sum = 0;
    for (int seed = 0; seed < 50; ++seed) {
        char command[256], output[4096];
        snprintf(command, sizeof command, "cd / && %s --quiet --seed %d", LOGISTIC, seed);
        assert_int_equal(run(command, output, sizeof output), 0);
        assert_true(output[0] == '{' && strchr(output, '\n') == output + strlen(output) - 1);
        assert_true(number_after(output, "\"test_log_loss\": ") > 0);
        assert_true(number_after(output, "\"seconds\": ") > 0);
        sum += number_after(output, "\"test_accuracy\": ");
    }
    assert_true(sum / 50 >= 0.97);
}

static void test_report(void **state)
{
    (void)state;
    char output[8192], again[8192];
    assert_int_equal(run(LOGISTIC " --seed 3 2>&1", output, sizeof output), 0);
    const char *const parts[] = {"epoch 100 of 100",   "test accuracy", "malignant",
                                 "strongest features", "worst",         "\n{\"test_accuracy\""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i)
        assert_non_null(strstr(output, parts[i]));
    assert_int_equal(run(LOGISTIC " --seed 3 2>&1", again, sizeof again), 0);
    *strstr(output, "\"seconds\"") = *strstr(again, "\"seconds\"") = '\0';
    assert_string_equal(output, again); /* the same seed, the same numbers */
}

static void test_bad_input(void **state)
{
    (void)state;
    char folder[] = "/tmp/gradus_examples_XXXXXX", command[512], output[64], path[64],
         arguments[80];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/bad.csv", folder);
    assert_fails(LOGISTIC, "no/such/file.csv", 1, "no/such/file.csv: No such file or directory");
    assert_fails(LOGISTIC, "/dev/null", 1, "/dev/null:1:1: a table is expected");
    snprintf(command, sizeof command, "sed '5s/,[0-9.]*,/,abc,/' %s/breast_cancer.csv > %s",
             SH_DATA, path);
    assert_int_equal(run(command, output, sizeof output), 0);
    snprintf(arguments, sizeof arguments, "--quiet %s", path);
    assert_fails(LOGISTIC, arguments, 1,
                 "bad.csv:5:7: a number is expected in column \"mean texture\", found \"abc\"");
    snprintf(command, sizeof command, "printf 'a,b\\n1,x\\n2,x\\n' > %s", path);
    assert_int_equal(run(command, output, sizeof output), 0);
    assert_fails(LOGISTIC, arguments, 1, "exactly two different texts");
    snprintf(command, sizeof command, "printf 'a,b\\n1,x\\n2,y\\n' > %s", path);
    assert_int_equal(run(command, output, sizeof output), 0);
    assert_fails(LOGISTIC, arguments, 1, "leaves a part without rows");
    assert_fails(LOGISTIC, "--seed", 2, "usage:");
    assert_fails(LOGISTIC, "--seed 1x", 2, "--seed takes a whole number, not \"1x\"");
    assert_fails(LOGISTIC, "--epochs -1", 2, "--epochs takes a whole number");
    assert_fails(LOGISTIC, "--nonsense", 2, "unknown option \"--nonsense\"\nusage:");
    assert_fails(LOGISTIC, "a.csv b.csv", 2, "expected one FILE, found another: \"b.csv\"\nusage:");
    remove(path);
    rmdir(folder);
}

/* What follows the last `key` of the text. */
static const char *after_last(const char *text, const char *key)
{
    const char *found = NULL;
    for (const char *at = text; (at = strstr(at, key)) != NULL;)
        found = at += strlen(key);
    if (found == NULL)
        fail_msg("there is no %s in %s", key, text);
    return found;
}

static void test_hessian_agrees(void **state)
{
    (void)state;
    char output[8192];
    assert_int_equal(run("cd / && " HESSIAN " 2>&1", output, sizeof output), 0);
    const char *const parts[] = {"Row 0 of J", "Row 1 of J", "H (0, 1, .., 9)"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
        double difference = number_after(after_last(output, parts[i]), "largest difference ");
        assert_true(difference >= 0 && difference < 1e-12);
    }
}

static void test_custom_op(void **state)
{
    (void)state;
    char output[4096];
    assert_int_equal(run("cd / && " CUSTOM_OP " 2>&1", output, sizeof output), 0);
    assert_non_null(strstr(output, "lorentz\n  gradcheck: first and second order are right\n"));
    const char *slip = after_last(output, "the 2 forgotten in its rule\n");
    assert_ptr_equal(strstr(slip, "gradcheck: first order, input 0"), slip + 2);
    double ratio = number_after(slip, "differences say ") / number_after(slip, "gradient says ");
    assert_true(fabs(ratio - 2) < 1e-6);
    const char *unrecorded = after_last(output, "not recorded\n");
    assert_ptr_equal(strstr(unrecorded, "gradcheck: second order, input 0"), unrecorded + 2);
    const char *fitted = after_last(output, "step 200");
    assert_true(number_after(fitted, "loss ") < 0.001);
    assert_true(fabs(number_after(fitted, "centre ") - 0.7) < 0.01);
    assert_true(fabs(number_after(fitted, "width ") - 0.4) < 0.01);
    assert_true(fabs(number_after(fitted, "height ") - 2) < 0.02);
    const char *refused = after_last(output, "refused: ");
    assert_ptr_equal(strstr(refused, "examples/custom_op.c:"), refused);
    assert_non_null(strstr(refused, "lorentz: x must be float64\n"));
}

/* The page has every seed example, with what PyTorch says of it. */
static void test_losses_tour(void **state)
{
    (void)state;
    char page[16384];
    assert_int_equal(run(TOUR " 2>&1", page, sizeof page), 0);
    const char *const parts[] = {
        "[-0.5 -0.4]\nmean (the default) -0.4500\nsum                -0.9000\n",
        "[[ 0.   0.  -0.5]\n [ 0.  -0.5  0. ]]", "[0.88009895 1.49221705]\nmean 1.1862",
        /* Computed from the definitions with 60 digits, p rounded to float32 and 2^-25 in place of
         * 1 - p = 0. */
        " 10  0           10         10        0.999          1          1\n"
        " 15  0           15         15         1.03          1          1\n"
        " 17  0         16.6         17        0.695          1          1\n"
        " 18  0          100         18        0.511          1          1\n"
        " 20  0          100         20       0.0692          1          1\n"
        " 30  0          100         30     3.14e-06          1          1\n"
        " 40  0          100         40     1.43e-10          1          1\n"
        " 10  1     4.54e-05   4.54e-05    -4.54e-05  -4.54e-05  -4.54e-05\n"
        " 15  1     2.98e-07   3.06e-07    -3.06e-07  -3.06e-07  -3.06e-07\n"
        " 17  1     5.96e-08   4.14e-08    -4.14e-08  -4.14e-08  -4.14e-08\n"
        " 18  1            0   1.52e-08            0  -1.52e-08  -1.52e-08\n"
        " 20  1            0   2.06e-09            0  -2.06e-09  -2.06e-09\n"
        " 30  1            0   9.36e-14            0  -9.36e-14  -9.36e-14\n"
        " 40  1            0   4.25e-18            0  -4.25e-18  -4.25e-18\n",
        "[[ 0.30724834  0.27800979 -0.58525813]\n [ 0.50046528 -0.77512645  0.27466117]]",
        "[[1.2039728 ]\n [2.30258509]]\nmean 1.7533\nsum  3.5066",
        "[[-3.33333333]\n [10.        ]]",
        "[[1.3126769  0.72107663 1.1589217  2.56503553 0.44681444]\n"
        " [1.42523249 1.95658291 0.41889047 1.01388326 1.26537258]]\nmean 1.2284\nsum  12.2845",
        "[[ 0.73090126 -0.51377152 -0.6861756   0.92308355  0.36033741]\n"
        " [-0.75954745 -0.85865943  0.34222376  0.63719263 -0.71786584]]",
        "[1.3126769  0.72107663 1.1589217  2.56503553 1.42523249 1.95658291\n 0.41889047]\n"
        "their sum  9.5584\ntheir mean 1.3655",
        "the mean is 1.3655\nand .count_out says over how many: 7."};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i)
        if (strstr(page, parts[i]) == NULL)
            fail_msg("the tour does not say:\n%s", parts[i]);
}

static void test_sequence_tagging(void **state)
{
    (void)state;
    for (int seed = 0; seed < 3; ++seed) {
        char command[256], output[4096];
        snprintf(command, sizeof command, "%s --quiet --seed %d", TAGGING, seed);
        assert_int_equal(run(command, output, sizeof output), 0);
        assert_true(number_after(output, "\"loss\": ") < 0.05);
        assert_true(number_after(output, "\"accuracy\": ") > 0.99);
        assert_true(number_after(output, "\"padding\": ") > 100);
        assert_true(number_after(output, "\"largest_difference\": ") < 1e-9);
    }
    char page[4096];
    assert_int_equal(run(TAGGING " --epochs 2 2>&1", page, sizeof page), 0);
    assert_non_null(strstr(page, "gradients of the padding: exactly 0 in every step of both"));
}

/* The library's file is the command's, and either's model serves the other. */
static void test_fit_table(void **state)
{
    (void)state;
    char output[4096];
    const char *const command =
        "d=$(mktemp -d) && cd $d && cp " SH_DATA "/iris.csv . && fit_table iris.csv c.st && "
        "gradus train iris.csv --seed 7 -q -o shell.st && cmp c.st shell.st && "
        "fit_table --predict shell.st iris.csv >c.txt && gradus predict c.st iris.csv | "
        "tail -n +2 | cmp - c.txt && wc -l <c.txt; code=$?; rm -r $d; exit $code";
    assert_int_equal(run(command, output, sizeof output), 0);
    assert_true(number_after(output, "{\"rows\": ") == 150);
    assert_true(number_after(output, "\"accuracy\": ") > 0.95);
    assert_true(number_after(output, "}\n") == 150);
    assert_fails("fit_table", "no/such.csv", 1, "no/such.csv: No such file or directory");
}

/* $PATH has the built examples first, $DATA is the folder of their data. */
static int set_environment(void **state)
{
    (void)state;
    char path[8192];
    const char *old = getenv("PATH");
    snprintf(path, sizeof path, "%s:%s/..:%s", GD_EXAMPLES_DIR, GD_EXAMPLES_DIR,
             old != NULL ? old : "");
    return setenv("PATH", path, 1) == 0 && setenv("DATA", GD_DATA_DIR, 1) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy_over_seeds), cmocka_unit_test(test_report),
        cmocka_unit_test(test_bad_input),           cmocka_unit_test(test_hessian_agrees),
        cmocka_unit_test(test_custom_op),           cmocka_unit_test(test_losses_tour),
        cmocka_unit_test(test_sequence_tagging),    cmocka_unit_test(test_fit_table)};
    int failed = cmocka_run_group_tests_name("examples", tests, set_environment, NULL) +
                 fashion_tests() + training_tests() + multilabel_tests();
    return failed > 0;
}
