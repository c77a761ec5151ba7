/* Scores, thresholds and validation, compared with scikit-learn 1.9 and with what must hold. */
#include "fit/model/model.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct expected {
    const char *name;
    double value;
} expected;

static void assert_scores(const gd_scores *scores, int count, const expected *values)
{
    assert_int_equal(scores->count, count);
    for (int i = 0; i < count; ++i) {
        double value = gd_scores_get(scores, values[i].name);
        if (!(fabs(value - values[i].value) < 1e-12))
            fail_msg("%s: expected %.15g, found %.15g", values[i].name, values[i].value, value);
    }
}

/* A model of a table is fitted for its target alone. */
static gd_scores score(const char *table, const char *targets, gd_examples examples,
                       const double *p, const double *baseline)
{
    gd_scores scores;
    gd_model *model = must_fit(
        table, &(gd_fit_options){.targets = targets, .model = "logreg", .epochs = GD_SOME(1)});
    const gd_target *target = gd_model_target(model);
    int64_t n = examples.y->shape[0], width = gd_target_width(target);
    gd_prediction prediction = {.values = gd_tensor_create_from_data(GD_F64, p, GD_DIMS(n, width))};
    gd_prediction of_one = {.values = gd_tensor_create_from_data(
                                GD_F64, baseline != NULL ? baseline : p, GD_DIMS(1, width))};
    assert_int_equal(gd_scores_compute(&scores, target, &examples, &prediction,
                                       baseline != NULL ? &of_one : NULL),
                     GD_OK);
    assert_true(gd_main_score(target, &examples, &prediction) ==
                gd_scores_get(&scores, gd_main_score_name(target)));
    gd_prediction_free(&prediction);
    gd_prediction_free(&of_one);
    gd_examples_free(&examples);
    gd_model_destroy(model);
    return scores;
}

static void test_binary_scores(void **state)
{
    (void)state;
    static const int64_t y[] = {1, 0, 1, 1, 0, 0, 0, 0};
    static const double yes[] = {.9, .4, .35, .8, .6, .1, .55, .2}, baseline[] = {.6, .4};
    double p[16];
    for (int i = 0; i < 8; ++i) {
        p[2 * i] = 1 - yes[i];
        p[2 * i + 1] = yes[i];
    }
    gd_examples e = {.y = gd_tensor_create_from_data(GD_I64, y, GD_DIMS(8))};
    gd_scores scores = score("binary.csv", NULL, e, p, baseline);
    static const expected values[] = {{"rows", 8.0},
                                      {"accuracy", 0.625},
                                      {"balanced_accuracy", 0.6333333333333333},
                                      {"log_loss", 0.49155678878758347},
                                      {"macro_f1", 0.6190476190476191},
                                      {"micro_f1", 0.625},
                                      {"weighted_f1", 0.6309523809523809},
                                      {"mcc", 0.2581988897471611},
                                      {"roc_auc", 0.8},
                                      {"majority_accuracy", 0.625}};
    assert_scores(&scores, 10, values);
}

static void test_class_scores(void **state)
{
    (void)state;
    static const int64_t y[] = {0, 1, 2, 2, 1, 0, 2};
    static const double p[] = {.6, .3,  .1,  .2, .5, .3, .3, .3,  .4,  .1, .7,
                               .2, .25, .35, .4, .5, .1, .4, .05, .15, .8};
    gd_examples e = {.y = gd_tensor_create_from_data(GD_I64, y, GD_DIMS(7))};
    gd_scores scores = score("classes.csv", NULL, e, p, NULL);
    static const expected values[] = {{"rows", 7.0},
                                      {"accuracy", 0.7142857142857143},
                                      {"balanced_accuracy", 0.7222222222222222},
                                      {"log_loss", 0.8136877578581464},
                                      {"macro_f1", 0.7222222222222222},
                                      {"micro_f1", 0.7142857142857143},
                                      {"weighted_f1", 0.7142857142857143},
                                      {"mcc", 0.5625},
                                      {"roc_auc", 0.8222222222222223}};
    assert_scores(&scores, 9, values);
}

static void test_label_scores(void **state)
{
    (void)state;
    static const float y[] = {1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0};
    static const double p[] = {.8, .3, .6, .4, .7, .1, .45, .9, .55, .2, .75, .7, .9, .05, .6};
    bool known[15];
    memset(known, true, sizeof known);
    gd_examples e = {.y = gd_tensor_create_from_data(GD_F32, y, GD_DIMS(5, 3)),
                     .mask = gd_tensor_create_from_data(GD_BOOL, known, GD_DIMS(5, 3))};
    gd_scores scores = score("labels.csv", "a,b,d", e, p, NULL);
    static const expected values[] = {{"rows", 5.0},
                                      {"hamming_loss", 0.26666666666666666},
                                      {"subset_accuracy", 0.4},
                                      {"micro_f1", 0.75},
                                      {"macro_f1", 0.7555555555555555},
                                      {"samples_f1", 0.7666666666666666},
                                      {"ranking_loss", 0.2},
                                      {"label_ranking_average_precision", 0.8666666666666666},
                                      {"one_error", 0.2},
                                      {"observed_fraction", 1.0}};
    assert_scores(&scores, 10, values);
}

static void test_number_scores(void **state)
{
    (void)state;
    static const double y[] = {3, -0.5, 2, 7, 4.25}, p[] = {2.5, 0, 2, 8, 4.5};
    gd_examples e = {.y = gd_tensor_create_from_data(GD_F64, y, GD_DIMS(5, 1))};
    gd_scores scores = score("numbers.csv", NULL, e, p, NULL);
    static const expected values[] = {
        {"rows", 5.0}, {"rmse", 0.5590169943749475}, {"mae", 0.45}, {"r2", 0.9491042345276873}};
    assert_scores(&scores, 4, values);
}

/* Of labels the threshold has the best F1: here 3 hits of 4, 6/7. Of two classes it has the best
 * mean of both classes' F1: 0.829 at 0.25 and at 0.575, which is nearer to 0.5. */
static void test_tuned_thresholds(void **state)
{
    (void)state;
    static const double yes[] = {.1, .2, .3, .35, .8, .9};
    static const int64_t classes[] = {0, 0, 1, 0, 1, 1};
    double thresholds[2] = {0.5, 0.5}, pairs[12];
    float labels[6];
    bool known[6];
    for (int i = 0; i < 6; ++i) {
        pairs[2 * i] = 1 - yes[i];
        pairs[2 * i + 1] = yes[i];
        labels[i] = (float)classes[i];
        known[i] = true;
    }
    gd_model model = {.target = {.task = GD_MULTILABEL}, .thresholds = thresholds};
    assert_true(gd__texts_add(&model.target.columns, "a"));
    gd_examples e = {.y = gd_tensor_create_from_data(GD_F32, labels, GD_DIMS(6, 1)),
                     .mask = gd_tensor_create_from_data(GD_BOOL, known, GD_DIMS(6, 1))};
    gd_prediction p = {.values = gd_tensor_create_from_data(GD_F64, yes, GD_DIMS(6, 1))};
    assert_true(gd__thresholds_tune(&model, &e, &p));
    assert_true(thresholds[0] == 0.25);
    gd_examples_free(&e);
    gd_prediction_free(&p);
    model.target.task = GD_BINARY;
    assert_true(gd__texts_add(&model.target.classes, "no"));
    assert_true(gd__texts_add(&model.target.classes, "yes"));
    e.y = gd_tensor_create_from_data(GD_I64, classes, GD_DIMS(6));
    p.values = gd_tensor_create_from_data(GD_F64, pairs, GD_DIMS(6, 2));
    assert_true(gd__thresholds_tune(&model, &e, &p));
    assert_true(fabs(thresholds[1] - 0.575) < 1e-15);
    gd_examples_free(&e);
    gd_prediction_free(&p);
    gd__target_free(&model.target);
}

/* Of 80 rows; `groups`: of 16 groups of 5 rows, with the target of the group. */
static void write_noise(const char *path, bool groups)
{
    FILE *file = fopen(path, "w");
    gd_rng rng = {.key = 11};
    double z[80][6];
    gd_tensor *x = gd_tensor_create_borrowed(GD_F64, z, GD_DIMS(80, 6));
    assert_non_null(file);
    gd_tensor_normal(x, &rng, 0, 1);
    fprintf(file, "g,a,b,c,d,y\n");
    for (int i = 0; i < 80; ++i) {
        const double *row = z[groups ? i % 16 : i]; /* all rows of a group are alike */
        fprintf(file, "g%d,%.3f,%.3f,%.3f,%.3f,%s\n", i % 16, row[0], row[1], row[2], row[3],
                row[4] > 0 ? "yes" : "no");
    }
    gd_tensor_destroy(x);
    fclose(file);
}

static double cross_validated(const char *path, const gd_fit_options *options)
{
    gd_model *model = must_fit(path, options);
    double accuracy = gd_model_score(model, "accuracy");
    gd_model_destroy(model);
    return accuracy;
}

/* A target of pure noise cannot be predicted for rows that training has not seen; a group that is
 * in training can be recognised. */
static void test_validation_rows_are_unseen(void **state)
{
    (void)state;
    gd_fit_options o = {.drop = "g", .model = "mlp"};
    write_noise("noise.csv", false);
    double noise = cross_validated("noise.csv", &o);
    assert_true(noise < 0.65);
    write_noise("groups.csv", true);
    assert_true(cross_validated("groups.csv", &o) > 0.9);
    o = (gd_fit_options){.group = "g", .model = "mlp"};
    assert_true(cross_validated("groups.csv", &o) < 0.75);
}

/* Each row is validated once; folds keep the shares of the classes, and depend on the seed. */
static void test_folds(void **state)
{
    (void)state;
    int64_t orders[2][60];
    gd_table *table = must_read("binary.csv");
    for (int k = 0; k < 2; ++k) {
        gd_model *model;
        gd_validation v;
        bool seen[60] = {false};
        gd_fit_options o = {
            .model = "logreg", .epochs = GD_SOME(1), .folds = GD_SOME(3), .seed = (uint64_t)k};
        assert_int_equal(gd_fit(table, &o, &model), GD_OK);
        assert_true(gd_model_validation(model, &v));
        assert_int_equal(v.examples->rows->shape[0], 60);
        memcpy(orders[k], v.examples->rows->data, sizeof orders[k]);
        int64_t yes[3] = {0, 0, 0};
        for (int i = 0; i < 60; ++i) {
            assert_false(seen[orders[k][i]]);
            seen[orders[k][i]] = true;
            yes[i / 20] += ((const int64_t *)v.examples->y->data)[i];
        }
        for (int fold = 1; fold < 3; ++fold)
            assert_in_range(yes[fold] - yes[0] + 1, 0, 2);
        gd_model_destroy(model);
    }
    assert_memory_not_equal(orders[0], orders[1], sizeof orders[0]);
    gd_table_destroy(table);
}

/* One row in ten is "yes", whatever its features are. Balanced, both classes have half of the
 * weight, so that the mean probability of yes is about 0.5. */
static void test_balanced_fit(void **state)
{
    (void)state;
    double mean[2];
    FILE *file = fopen("rare.csv", "w");
    fprintf(file, "x,y\n");
    for (int i = 0; i < 100; ++i)
        fprintf(file, "%d,%s\n", i * 37 % 100, i % 10 == 3 ? "yes" : "no");
    fclose(file);
    gd_table *table = must_read("rare.csv");
    for (int k = 0; k < 2; ++k) {
        gd_prediction p;
        gd_model *model =
            must_fit("rare.csv", &(gd_fit_options){.model = "logreg",
                                                   .class_weight = k == 1 ? "balanced" : NULL});
        assert_int_equal(gd_model_predict(model, table, NULL, &p), GD_OK);
        mean[k] = 0;
        for (int i = 0; i < 100; ++i)
            mean[k] += ((const double *)p.values->data)[2 * i + 1] / 100;
        gd_prediction_free(&p);
        gd_model_destroy(model);
    }
    assert_true(fabs(mean[0] - 0.1) < 0.02 && fabs(mean[1] - 0.5) < 0.05);
    gd_table_destroy(table);
}

int score_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_binary_scores),
                                       cmocka_unit_test(test_class_scores),
                                       cmocka_unit_test(test_label_scores),
                                       cmocka_unit_test(test_number_scores),
                                       cmocka_unit_test(test_tuned_thresholds),
                                       cmocka_unit_test(test_validation_rows_are_unseen),
                                       cmocka_unit_test(test_folds),
                                       cmocka_unit_test(test_balanced_fit)};
    return cmocka_run_group_tests_name("scores", tests, enter_folder, leave_folder);
}
