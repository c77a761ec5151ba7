/* What is refused: options by the member's name, cells by their place. */
#include "tests.h"

#define REFUSED(words, ...)                                                                        \
    assert_refused("binary.csv", &(gd_fit_options){__VA_ARGS__}, GD_ERROR_ARGUMENT, words)

static void test_options(void **state)
{
    (void)state;
    REFUSED(".task: auto|binary|multiclass|multilabel|regression is expected, found \"guess\"",
            .task = "guess");
    REFUSED(".model: auto|logreg|mlp is expected, found \"svm\"", .model = "svm");
    REFUSED(".optim: ", .optim = "lion");
    REFUSED(".lr: a number above 0 is expected, found 0", .lr = GD_SOME(0));
    REFUSED(".dropout: a number of at least 0 and below 1 is expected, found 1",
            .dropout = GD_SOME(1));
    REFUSED(".epochs: a whole number of at least 1 is expected, found 1.5", .epochs = GD_SOME(1.5));
    REFUSED(".folds: a whole number of at least 2 is expected, found 1", .folds = GD_SOME(1));
    REFUSED(".hidden: a list of numbers is expected, found \"x\"", .hidden = "8,x");
    REFUSED(".hidden: a whole number of at least 1 and at most 100000 is expected, found 0",
            .hidden = "8,0");
    REFUSED(".hidden: at most 16 layers", .hidden = "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1");
    REFUSED(".hidden requires .model mlp", .hidden = "8", .model = "logreg");
    REFUSED(".class_weight: balanced or NAME=X is expected, found \"3\"", .class_weight = "3");
    REFUSED(".class_weight: unknown class \"maybe\"", .class_weight = "maybe=3");
    REFUSED(".pos_weight: auto, X or NAME=X is expected, found \"-1\"", .pos_weight = "-1");
    REFUSED(".loss mse does not fit the task, which is binary", .loss = "mse");
    REFUSED(".target and .targets cannot be combined", .target = "y", .targets = "y,c");
    REFUSED(".valid_frac and .folds cannot be combined", .valid_frac = GD_SOME(0.5),
            .folds = GD_SOME(3));
    REFUSED(".resume needs .checkpoint", .resume = true);
    REFUSED(".drop names the column \"y\"", .drop = "y");
    gd_model *model;
    assert_int_equal(gd_fit(NULL, NULL, &model), GD_ERROR_ARGUMENT);
}

/* Without a table. */
static void test_options_alone(void **state)
{
    (void)state;
    gd_fit_options wrong = {.lr = GD_SOME(-1)}, right = {.lr = GD_SOME(0.1), .hidden = "8, 4"};
    gd_fit_options bytes = {.reading = &(gd_table_options){.missing = "\xff"}};
    assert_int_equal(gd_fit_check_options(&wrong), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_message(), ".lr: a number above 0 is expected, found -1");
    assert_int_equal(gd_fit_check_options(&bytes), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_message(), ".missing takes text in UTF-8");
    assert_int_equal(gd_fit_check_options(&right), GD_OK);
}

static void assert_refused_table(const char *table, const gd_fit_options *options,
                                 const char *words)
{
    write_file("t.csv", table);
    assert_refused("t.csv", options, GD_ERROR_VALUE, words);
}

static void test_tables(void **state)
{
    (void)state;
    assert_refused_table("x,y\n1,a\n2,a\n", NULL,
                         "t.csv: the target \"y\" has only one value in all rows");
    assert_refused_table("x,y\n1,1\n2,z\n3,2\n", &(gd_fit_options){.task = "regression"},
                         "t.csv:3: column \"y\": a number is expected, found \"z\"");
    assert_refused_table("x,y,z\n1,1,0\n2,7,1\n", &(gd_fit_options){.targets = "y,z"},
                         "t.csv:3: several targets must be 0 or 1");
    assert_refused_table(
        "x,w,y\n1,1,a\n2,-1,b\n3,1,a\n4,1,b\n", &(gd_fit_options){.weight = "w"},
        "t.csv:3: the weight in column \"w\" must be a finite number of at least 0");
    assert_refused_table("x,g,y\n1,1,a\n2,,b\n3,1,a\n4,1,b\n", &(gd_fit_options){.group = "g"},
                         "t.csv:3: the group in column \"g\" is missing");
    assert_refused_table("x,y\n1,a\n2,b\n3,a\n4,b\n", &(gd_fit_options){.folds = GD_SOME(9)},
                         "t.csv: .folds takes at most the number of rows, 4, not 9");
    write_file("t.csv", "x,y\n1,a\nq,b\n3,a\n4,b\n");
    assert_refused("t.csv", &(gd_fit_options){.numeric = "x"}, GD_ERROR_FORMAT,
                   "t.csv:3:1: a number is expected in column \"x\", found \"q\"");
    assert_refused_table("x,y\n1,a\n1,b\n", &(gd_fit_options){.only = "z"},
                         ".only: t.csv: a name or number of one of its 2 columns is expected");
}

static void test_divergence(void **state)
{
    (void)state;
    assert_refused("classes.csv",
                   &(gd_fit_options){.optim = "sgd", .lr = GD_SOME(1e30), .model = "mlp"},
                   GD_ERROR_DIVERGED, "the learning rate, 1e+30, is too high; try .lr 1e+29");
}

int refusal_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options), cmocka_unit_test(test_options_alone),
        cmocka_unit_test(test_tables), cmocka_unit_test(test_divergence)};
    return cmocka_run_group_tests_name("refusals", tests, enter_folder, leave_folder);
}
