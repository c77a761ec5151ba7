/* The examples with many labels, as a user runs them. */
#include "tests.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MLP        "multilabel_mlp"
#define THRESHOLDS "multilabel_thresholds"
#define YEAST      SH_DATA "/yeast.csv.gz"

#ifdef NDEBUG
enum { SEEDS = 5, EPOCHS = 25, FEW_EPOCHS = 10 };
static const bool full = true;
#else
enum { SEEDS = 1, EPOCHS = 1, FEW_EPOCHS = 1 }; /* sanitizers are slow */
static const bool full = false;
#endif

enum { HAMMING, RANKING, PRECISION, MICRO_F1, MACRO_F1, FIGURES };

/* Runs a program quietly and reads its only line: the figures, and those of unknown_as_negative,
 * which must be there if negative is not NULL. */
static void read_figures(const char *program, int epochs, const char *arguments, double *figures,
                         double *negative)
{
    static const char *const keys[FIGURES] = {
        "\"hamming_loss\": ", "\"ranking_loss\": ", "\"label_ranking_average_precision\": ",
        "\"micro_f1\": ", "\"macro_f1\": "};
    char command[256], output[4096];
    snprintf(command, sizeof command, "cd / && %s --quiet --epochs %d %s 2>&1", program, epochs,
             arguments);
    assert_int_equal(run(command, output, sizeof output), 0);
    assert_true(output[0] == '{' && strchr(output, '\n') == output + strlen(output) - 1);
    assert_true(number_after(output, "\"seconds\": ") > 0);
    const char *second = strstr(output, "\"unknown_as_negative\": {");
    assert_true((second != NULL) == (negative != NULL));
    for (int i = 0; i < FIGURES; ++i) {
        figures[i] = number_after(output, keys[i]);
        assert_true(figures[i] > 0 && figures[i] < 1);
        if (negative != NULL)
            negative[i] = number_after(second, keys[i]);
    }
}

/* The means over seeds, one network each: what is to be reached on Mulan's split of the rows. */
static void test_figures(void **state)
{
    (void)state;
    double mean[FIGURES] = {0}, figures[FIGURES];
    for (int seed = 0; seed < SEEDS; ++seed) {
        char arguments[32];
        snprintf(arguments, sizeof arguments, "--seed %d", seed);
        read_figures(MLP, EPOCHS, arguments, figures, NULL);
        for (int i = 0; i < FIGURES; ++i)
            mean[i] += figures[i] / SEEDS;
    }
    assert_true(!full || mean[HAMMING] <= 0.1945);
    assert_true(!full || mean[RANKING] <= 0.1655);
    assert_true(!full || mean[PRECISION] >= 0.7670);
    assert_true(!full || mean[MICRO_F1] >= 0.6480);
    assert_true(!full || mean[MACRO_F1] >= 0.4000);
}

/* The two programs contain the same network and training. */
static void test_same_network(void **state)
{
    (void)state;
    double mlp[FIGURES], thresholds[FIGURES];
    read_figures(MLP, FEW_EPOCHS, "--seed 1", mlp, NULL);
    read_figures(THRESHOLDS, FEW_EPOCHS, "--seed 1", thresholds, NULL);
    for (int i = 0; i < FIGURES; ++i)
        assert_true(mlp[i] == thresholds[i]);
}

/* Thresholds of each label's own find more of the rare ones. */
static void test_tuned_thresholds(void **state)
{
    (void)state;
    double tuned[FIGURES], plain[FIGURES];
    read_figures(THRESHOLDS, FEW_EPOCHS, "--tune-thresholds", tuned, NULL);
    read_figures(THRESHOLDS, FEW_EPOCHS, "", plain, NULL);
    assert_true(!full || tuned[MACRO_F1] > plain[MACRO_F1] + 0.05);
    assert_true(!full || tuned[PRECISION] > 0.75); /* 300 rows fewer, not another order */
}

/* A third of the labels taken for no: the network says yes less often. The mask leaves them out.
 * */
static void test_hidden_labels(void **state)
{
    (void)state;
    double masked[FIGURES], negative[FIGURES];
    read_figures(THRESHOLDS, FEW_EPOCHS, "--hide-labels 0.33", masked, negative);
    assert_true(!full || masked[MICRO_F1] > negative[MICRO_F1] + 0.1);
    assert_true(!full || masked[MACRO_F1] > negative[MACRO_F1] + 0.1);
    assert_true(!full || masked[HAMMING] < negative[HAMMING] - 0.02);
}

/* The same seed says the same, another one something else. Supports are counted from the file. */
static void test_report(void **state)
{
    (void)state;
    static char first[8192], again[8192];
    const char *command =
        THRESHOLDS " --seed 3 --epochs 1 --tune-thresholds --hide-labels .5 2>/dev/null";
    assert_int_equal(run(command, first, sizeof first), 0);
    assert_int_equal(run(command, again, sizeof again), 0);
    const char *const parts[] = {"precision     recall         F1    support\n",
                                 "\nlabel1 ",
                                 " 286\n",
                                 "\nlabel14 ",
                                 " 13\n",
                                 "unknown labels taken for no",
                                 "\nlabel14 ",
                                 " 13\n",
                                 "\n{\"hamming_loss\": "};
    const char *at = first;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i)
        if ((at = strstr(at, parts[i])) == NULL)
            fail_msg("there is no \"%s\" in its place in %s", parts[i], first);
    *strstr(first, "\"seconds\"") = *strstr(again, "\"seconds\"") = '\0';
    assert_string_equal(first, again);
    assert_int_equal(run(MLP " --epochs 1 2>&1 >/dev/null", first, sizeof first), 0);
    assert_ptr_equal(strstr(first, "epoch 1 of 1  loss 0."), first);
    double other[FIGURES], figures[FIGURES];
    read_figures(MLP, 1, "--seed 3", figures, NULL);
    read_figures(MLP, 1, "--seed 4", other, NULL);
    assert_true(figures[RANKING] != other[RANKING]);
}

static void test_refused_options(void **state)
{
    (void)state;
    assert_fails(THRESHOLDS, "--hide-labels", 2, "--hide-labels takes a number from 0 to below 1");
    assert_fails(THRESHOLDS, "--hide-labels 1", 2, "not \"1\"");
    assert_fails(THRESHOLDS, "--hide-labels -.1", 2, "not \"-.1\"");
    assert_fails(THRESHOLDS, "--hide-labels nan", 2, "not \"nan\"");
    assert_fails(THRESHOLDS, "--hide-labels .3x", 2, "not \".3x\"");
    assert_fails(THRESHOLDS, "--tune", 2, "[--tune-thresholds] [--hide-labels X]");
    assert_fails("logistic_regression", "--tune-thresholds", 2, "unknown option \"--tune-");
    /* The usage tells where to find the options that multilabel_mlp does not have. */
    static const char *const moved[] = {"--tune-thresholds", "--hide-labels .3"};
    for (int i = 0; i < 2; ++i) {
        assert_fails(MLP, moved[i], 2, "unknown option \"--");
        assert_fails(MLP, moved[i], 2,
                     THRESHOLDS " has the options --tune-thresholds and --hide-labels");
    }
}

static void test_refused_files(void **state)
{
    (void)state;
    char folder[] = "/tmp/gradus_multilabel_XXXXXX", path[64], command[512], output[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/bad.csv", folder);
    assert_fails(MLP, "no/such/file.csv", 1, "no/such/file.csv: No such file or directory");
    static const struct {
        const char *edit, *message;
    } cases[] = {
        {"5s/[01],\\([01]\\)$/2,\\1/",
         "bad.csv:5: 0 or 1 is expected in column \"label13\", found 2"},
        {"5s/[01]$/nan/", "a number is expected in column \"label14\", found \"nan\""},
        {"1502,$d", "more than 1500 rows"},
        {"s/^.*,\\(\\([^,]*,\\)\\{13\\}\\)/\\1/", "14 columns of labels behind those of features"},
        {"7s/^[^,]*/x/", "bad.csv:7:1: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        snprintf(command, sizeof command, "gzip -dc %s | sed '%s' > %s", YEAST, cases[i].edit,
                 path);
        assert_int_equal(run(command, output, sizeof output), 0);
        assert_fails(MLP, path, 1, cases[i].message);
    }
    remove(path);
    rmdir(folder);
}

int multilabel_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures),          cmocka_unit_test(test_same_network),
        cmocka_unit_test(test_tuned_thresholds), cmocka_unit_test(test_hidden_labels),
        cmocka_unit_test(test_report),           cmocka_unit_test(test_refused_options),
        cmocka_unit_test(test_refused_files)};
    return cmocka_run_group_tests_name("multilabel", tests, NULL, NULL);
}
