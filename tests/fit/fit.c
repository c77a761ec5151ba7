/* What a fit finds out, and how good it is. */
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void test_tasks(void **state)
{
    (void)state;
    static const gd_task tasks[] = {GD_BINARY, GD_MULTICLASS, GD_MULTILABEL, GD_REGRESSION};
    static const int64_t widths[] = {2, 3, 3, 1};
    static const char *const targets[] = {NULL, NULL, "a,b,d", NULL};
    static const char *const labels[] = {"no", "high", "a", "y"};
    static const char *const scores[] = {"accuracy", "accuracy", "micro_f1", "r2"};
    for (int k = 0; k < 4; ++k) {
        gd_model *model = must_fit(table_names[k], &(gd_fit_options){.targets = targets[k]});
        const gd_target *target = gd_model_target(model);
        assert_int_equal(gd_target_task(target), tasks[k]);
        assert_int_equal(gd_target_width(target), widths[k]);
        assert_string_equal(gd_target_label(target, 0), labels[k]);
        assert_null(gd_target_label(target, widths[k]));
        assert_int_equal(gd_target_find(target, labels[k], strlen(labels[k])), 0);
        assert_int_equal(gd_target_find(target, "nobody", 6), -1);
        assert_true(gd_model_score(model, "rows") == 60);
        assert_true(gd_model_score(model, scores[k]) > 0.85);
        assert_true(isnan(gd_model_score(model, "no score")));
        assert_int_equal(gd_model_training(model)->folds, 5);
        assert_string_equal(gd_model_training(model)->validation, "cross-validation");
        gd_model_destroy(model);
    }
}

/* The mean of the training rows is exact in double: 1.5. */
static void test_unit(void **state)
{
    (void)state;
    write_file("unit.csv", "x,y\n0,0.5\n1,1.5\n2,2.5\n3,1.5\n");
    gd_model *model =
        must_fit("unit.csv", &(gd_fit_options){.task = "regression", .model = "logreg"});
    assert_true(gd_target_mean(gd_model_target(model)) == 1.5);
    assert_true(fabs(gd_target_deviation(gd_model_target(model)) - sqrt(0.5)) < 1e-15);
    gd_model_destroy(model);
}

typedef struct told {
    int notes, warnings, begun, steps, epochs, ended;
    char notes_text[512], warnings_text[512], stages[256];
} told;

static bool listen(void *context, const gd_fit_event *event)
{
    told *t = context;
    t->notes += event->kind == GD_FIT_NOTE;
    t->warnings += event->kind == GD_FIT_WARNING;
    t->begun += event->kind == GD_FIT_BEGIN;
    t->steps += event->kind == GD_FIT_STEP;
    t->epochs += event->kind == GD_FIT_EPOCH;
    t->ended += event->kind == GD_FIT_END;
    if (event->kind == GD_FIT_NOTE)
        strcat(strcat(t->notes_text, event->message), "\n");
    if (event->kind == GD_FIT_WARNING)
        strcat(strcat(t->warnings_text, event->message), "\n");
    if (event->kind == GD_FIT_BEGIN)
        strcat(strcat(t->stages, event->stage), " ");
    if (event->kind == GD_FIT_EPOCH)
        assert_true(event->epoch >= 1 && event->epoch <= event->epochs &&
                    isfinite(event->train_loss) && event->learning_rate > 0 &&
                    strcmp(event->score_name, "accuracy") == 0);
    return true;
}

static void test_events(void **state)
{
    (void)state;
    told t = {.notes = 0};
    write_file("some.csv", "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,\n8,a\n9,b\n10,a\n");
    gd_model *model = must_fit(
        "some.csv", &(gd_fit_options){.epochs = GD_SOME(3), .watch = listen, .context = &t});
    assert_non_null(
        strstr(t.notes_text, "predicting \"y\" (2 classes: a, b) from 1 columns, 9 rows\n"));
    assert_non_null(strstr(t.notes_text, "\nselected "));
    assert_string_equal(t.warnings_text, "some.csv: 1 rows without a target are left out\n");
    assert_non_null(strstr(t.stages, "logreg-1 "));
    assert_non_null(strstr(t.stages, "mlp final-"));
    assert_true(t.begun == t.ended && t.epochs > t.begun && t.steps >= t.epochs);
    gd_model_destroy(model);
}

/* A table of its own, a part of the rows, folds; and the rows' weights of 0. */
static void test_validation(void **state)
{
    (void)state;
    gd_table *table = must_read("binary.csv"), *valid = must_read("binary.csv");
    gd_model *model;
    gd_validation v;
    assert_int_equal(gd_fit(table, &(gd_fit_options){.valid = valid, .model = "logreg"}, &model),
                     GD_OK);
    assert_true(gd_model_validation(model, &v) && v.valid == valid && v.table == table);
    assert_int_equal(v.prediction->values->shape[0], 60);
    assert_string_equal(gd_model_training(model)->validation, "validation table");
    gd_model_destroy(model);
    assert_int_equal(
        gd_fit(table, &(gd_fit_options){.valid_frac = GD_SOME(0.25), .model = "logreg"}, &model),
        GD_OK);
    assert_true(gd_model_validation(model, &v) && v.examples->y->shape[0] == 15);
    assert_string_equal(gd_model_training(model)->validation, "held-out rows");
    gd_model_destroy(model);
    assert_int_equal(gd_fit(table, &(gd_fit_options){.weight = "w", .folds = GD_SOME(3)}, &model),
                     GD_OK);
    assert_true(gd_model_validation(model, &v) && gd_table_rows(v.table) == 45);
    assert_int_equal(gd_model_training(model)->rows, 45);
    assert_int_equal(gd_model_training(model)->folds, 3);
    gd_model_destroy(model);
    gd_table_destroy(table);
    gd_table_destroy(valid);
}

/* The lowest validation loss of a stage. */
typedef struct lowest {
    char stage[16];
    double loss;
} lowest;

static bool find_lowest(void *context, const gd_fit_event *event)
{
    lowest *l = context;
    if (event->kind == GD_FIT_EPOCH && event->valid_loss < l->loss) {
        l->loss = event->valid_loss;
        snprintf(l->stage, sizeof l->stage, "%s", event->stage);
    }
    return true;
}

static void test_selection(void **state)
{
    (void)state;
    gd_table *table = must_read("classes.csv");
    lowest l = {.loss = INFINITY};
    gd_model *model;
    gd_validation v;
    gd_fit_options o = {.model = "logreg", .watch = find_lowest, .context = &l};
    assert_int_equal(gd_fit(table, &o, &model), GD_OK);
    assert_true(gd_model_validation(model, &v));
    assert_string_equal(v.stage, l.stage);
    gd_model_destroy(model);
    gd_table_destroy(table);
}

/* Fits a model with held-out rows, with the first seed that selects this kind. */
static gd_model *must_select(const gd_table *table, const char *option, const char *kind)
{
    for (uint64_t seed = 0; seed < 20; ++seed) {
        gd_model *model;
        gd_fit_options o = {
            .model = option, .valid_frac = GD_SOME(0.3), .epochs = GD_SOME(20), .seed = seed};
        assert_int_equal(gd_fit(table, &o, &model), GD_OK);
        if (strcmp(gd_model_training(model)->model, kind) == 0)
            return model;
        gd_model_destroy(model);
    }
    fail_msg("no seed selects %s", kind);
    return NULL;
}

/* An ensemble, and the mean of it and a linear model, become one network with their mean logits. */
static void test_merged_networks(void **state)
{
    (void)state;
    gd_table *table = must_read("classes.csv");
    for (int k = 0; k < 2; ++k) {
        gd_validation v;
        gd_prediction p;
        gd_model *model = k == 0 ? must_select(table, "mlp", "mlp")
                                 : must_select(table, "auto", "mean of logreg and mlp");
        assert_true(gd_model_validation(model, &v));
        assert_int_equal(gd_model_predict(model, v.valid, v.examples->rows, &p), GD_OK);
        for (int i = 0; i < gd_tensor_numel(p.values); ++i)
            assert_true(fabs(((const double *)p.values->data)[i] -
                             ((const double *)v.prediction->values->data)[i]) < 1e-5);
        gd_prediction_free(&p);
        gd_model_destroy(model);
    }
    gd_table_destroy(table);
}

int fit_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tasks),     cmocka_unit_test(test_unit),
        cmocka_unit_test(test_events),    cmocka_unit_test(test_validation),
        cmocka_unit_test(test_selection), cmocka_unit_test(test_merged_networks)};
    return cmocka_run_group_tests_name("fit", tests, enter_folder, leave_folder);
}
