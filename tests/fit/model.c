/* Models: saved, loaded, applied; thresholds and importance. */
#include "fit/model/model.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A loaded model says what it said before it was saved, and is saved as the same bytes. */
static void test_round_trip(void **state)
{
    (void)state;
    for (int k = 0; k < 4; ++k) {
        gd_model *model =
            must_fit(table_names[k],
                     &(gd_fit_options){.epochs = GD_SOME(3), .targets = k == 2 ? "a,b,d" : NULL});
        gd_model *loaded;
        gd_prediction before, after;
        gd_validation v;
        assert_int_equal(gd_model_save(model, "m.st"), GD_OK);
        assert_int_equal(gd_model_load(&loaded, "m.st"), GD_OK);
        assert_int_equal(gd_model_save(loaded, "again.st"), GD_OK);
        assert_true(are_same("m.st", "again.st"));
        assert_false(gd_model_validation(loaded, &v));
        gd_table *table = gd_model_read_table(loaded, table_names[k], NULL);
        assert_int_equal(gd_model_predict(model, table, NULL, &before), GD_OK);
        assert_int_equal(gd_model_predict(loaded, table, NULL, &after), GD_OK);
        assert_int_equal(before.values->shape[0], 60);
        assert_memory_equal(before.values->data, after.values->data,
                            (size_t)gd_tensor_numel(before.values) * sizeof(double));
        gd_prediction_free(&before);
        gd_prediction_free(&after);
        gd_table_destroy(table);
        gd_model_destroy(model);
        gd_model_destroy(loaded);
    }
}

/* A description is read with <gradus/json.h>, as the first screen of that header does it. */
static void test_description(void **state)
{
    (void)state;
    gd_model *model = must_fit(table_names[0], &(gd_fit_options){.epochs = GD_SOME(3)});
    char *text = gd_model_describe(model);
    gd_json *description = gd_json_parse("model", text, strlen(text));
    const gd_json *training = gd_json_get(description, "training");
    assert_int_equal(gd_json_integer_at(training, "rows"), 60);
    const char *task = gd_json_string_at(gd_json_get(description, "target"), "task");
    assert_string_equal(task, gd_task_name(gd_target_task(gd_model_target(model))));
    gd_json_destroy(description);
    gd_model_describe_destroy(text);
    gd_model_destroy(model);
}

/* Saves the weights of m.st with other text in its description: `old` in the place of `now`. */
static void save_older(const char *path, const char *now, const char *old)
{
    gd_safetensors *file = gd_safetensors_open("m.st");
    gd_named_tensor tensors[8];
    char text[4096];
    const char *whole = gd_safetensors_metadata(file, "model"), *at = strstr(whole, now);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - whole), whole, old, at + strlen(now));
    int count = gd_safetensors_count(file);
    assert_true(count <= 8);
    for (int i = 0; i < count; ++i)
        tensors[i] = (gd_named_tensor){gd_safetensors_name(file, i), gd_safetensors_at(file, i)};
    assert_int_equal(gd_safetensors_save(path, count, tensors, 1, &(gd_metadata){"model", text}),
                     GD_OK);
    gd_safetensors_close(file);
}

/* Files from before the kinds of validation were renamed still load. */
static void test_older_files(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"held-out rows", "a part of the rows"},
                                           {"validation table", "a table of its own"}};
    gd_table *table = must_read("binary.csv");
    for (int i = 0; i < 2; ++i) {
        gd_model *model;
        gd_fit_options o = {.model = "logreg", .valid = i == 1 ? table : NULL};
        if (i == 0)
            o.valid_frac = GD_SOME(0.3);
        assert_int_equal(gd_fit(table, &o, &model), GD_OK);
        assert_int_equal(gd_model_save(model, "m.st"), GD_OK);
        gd_model_destroy(model);
        save_older("older.st", names[i][0], names[i][1]);
        assert_int_equal(gd_model_load(&model, "older.st"), GD_OK);
        assert_string_equal(gd_model_training(model)->validation, names[i][0]);
        assert_int_equal(gd_model_save(model, "again.st"), GD_OK);
        assert_true(are_same("m.st", "again.st"));
        gd_model_destroy(model);
    }
    gd_table_destroy(table);
}

/* An unknown level counts as missing, a number far out is cut off; both are counted. */
static void test_odd_cells(void **state)
{
    (void)state;
    gd_model *model = must_fit("binary.csv", &(gd_fit_options){.drop = "w", .model = "logreg"});
    gd_prediction p;
    write_file("new.csv", "x,c\n0.1,red\n1e9,blue\n0.2,violet\n");
    gd_table *table = gd_model_read_table(model, "new.csv", NULL);
    assert_int_equal(gd_model_predict(model, table, NULL, &p), GD_OK);
    assert_int_equal(p.unknown, 1);
    assert_int_equal(p.clipped, 1);
    assert_int_equal(p.clipped_row, 1);
    assert_int_equal(p.clipped_column, 0);
    gd_prediction_free(&p);
    gd_table_destroy(table);
    write_file("new.csv", "c\nred\nred\n");
    table = gd_model_read_table(model, "new.csv", NULL);
    assert_int_equal(gd_model_predict(model, table, NULL, &p), GD_ERROR_VALUE);
    assert_non_null(strstr(gd_message(), "\"x\""));
    gd_prediction_free(&p);
    gd_table_destroy(table);
    gd_model_destroy(model);
}

static void test_files_that_are_none(void **state)
{
    (void)state;
    gd_model *model;
    assert_int_equal(gd_model_load(&model, "nowhere.st"), GD_ERROR_IO);
    assert_string_equal(gd_message(), "nowhere.st: No such file or directory");
    write_file("text.st", "this is a text, not a model");
    assert_int_equal(gd_model_load(&model, "text.st"), GD_ERROR_FORMAT);
    assert_null(model);
}

/* A model is judged block by block as it is by all of its predictions at once, to the last bit. */
static void test_judging(void **state)
{
    (void)state;
    for (int k = 0; k < 4; ++k) {
        gd_model *model =
            must_fit(table_names[k],
                     &(gd_fit_options){.epochs = GD_SOME(3), .targets = k == 2 ? "a,b,d" : NULL});
        const gd_target *target = gd_model_target(model);
        gd_table *table = must_read(table_names[k]);
        gd_examples truth;
        gd_prediction all, baseline, judged;
        gd_scores expected, found;
        gd_tensor *said;
        assert_int_equal(gd_examples_read(&truth, target, table), GD_OK);
        assert_int_equal(gd_model_predict(model, table, truth.rows, &all), GD_OK);
        assert_int_equal(gd_model_predict_baseline(model, 1, &baseline), GD_OK);
        assert_int_equal(gd_scores_compute(&expected, target, &truth, &all, &baseline), GD_OK);
        assert_int_equal(gd_model_evaluate(model, table, &truth, &found, &said, &judged), GD_OK);
        assert_int_equal(found.count, expected.count);
        for (int i = 0; i < found.count; ++i) {
            assert_string_equal(found.at[i].name, expected.at[i].name);
            assert_true(found.at[i].value == expected.at[i].value);
        }
        gd_tensor *predicted = gd_predicted_targets(target, &all);
        assert_int_equal(gd_tensor_numel(said), gd_tensor_numel(predicted));
        assert_memory_equal(said->data, predicted->data,
                            (size_t)gd_tensor_numel(said) * gd_dtype_size(said->dtype));
        assert_null(judged.values);
        assert_int_equal(judged.unknown, all.unknown);
        assert_int_equal(judged.clipped, all.clipped);
        gd_prediction two;
        assert_int_equal(gd_model_predict_baseline(model, 2, &two), GD_OK);
        assert_int_equal(gd_scores_compute(&found, target, &truth, &two, NULL), GD_ERROR_SHAPE);
        gd_prediction_free(&two);
        if (k < 2) {
            *(int64_t *)truth.y->data = 3;
            assert_int_equal(gd_scores_compute(&found, target, &truth, &all, NULL), GD_ERROR_VALUE);
        }
        gd_tensor_destroy(predicted);
        gd_tensor_destroy(said);
        gd_prediction_free(&all);
        gd_prediction_free(&baseline);
        gd_examples_free(&truth);
        gd_table_destroy(table);
        gd_model_destroy(model);
    }
}

/* The baseline says the shares: 60 rows, of which the shares sum to 1. */
static void test_baseline(void **state)
{
    (void)state;
    gd_model *model = must_fit("classes.csv", &(gd_fit_options){.model = "logreg"});
    gd_prediction p;
    assert_int_equal(gd_model_predict_baseline(model, 2, &p), GD_OK);
    const double *share = p.values->data;
    assert_true(fabs(share[0] + share[1] + share[2] - 1) < 1e-15);
    assert_memory_equal(share, share + 3, 3 * sizeof *share);
    gd_prediction_free(&p);
    gd_model_destroy(model);
}

static void test_thresholds(void **state)
{
    (void)state;
    gd_model *model = must_fit("binary.csv", &(gd_fit_options){.model = "logreg"});
    assert_int_equal(gd_model_set_thresholds(model, "yes=0.25"), GD_OK);
    assert_true(gd_model_thresholds(model)[1] == 0.25);
    assert_int_equal(gd_model_set_thresholds(model, "no=0.25"), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_model_set_thresholds(model, "1.5"), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_model_set_thresholds(model, "x"), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_model_set_thresholds(model, "0.1,0.2"), GD_ERROR_ARGUMENT);
    assert_true(gd_model_thresholds(model)[1] == 0.25);
    gd_model_destroy(model);
}

/* No threshold from 0 on is below a probability of 0, and none is between two neighbours. */
static void test_thresholds_between_neighbours(void **state)
{
    (void)state;
    double thresholds[2] = {0.5, 0.5}, above = 1 - 0x1p-53;
    double values[][4] = {{1, 0, 1, 0}, {1 - above, above, 0, 1}};
    int64_t classes[] = {1, 0};
    gd_model model = {.target = {.task = GD_BINARY}, .thresholds = thresholds};
    assert_true(gd__texts_add(&model.target.classes, "no"));
    assert_true(gd__texts_add(&model.target.classes, "yes"));
    gd_examples truth = {.y = gd_tensor_create_from_data(GD_I64, classes, GD_DIMS(2))};
    for (int i = 0; i < 2; ++i) {
        gd_prediction p = {.values = gd_tensor_create_from_data(GD_F64, values[i], GD_DIMS(2, 2))};
        assert_true(gd__thresholds_tune(&model, &truth, &p));
        assert_true(thresholds[1] > 0 && thresholds[1] < above);
        gd_prediction_free(&p);
    }
    gd_examples_free(&truth);
    gd__target_free(&model.target);
}

/* Only x says what y is. */
static void test_importance(void **state)
{
    (void)state;
    gd_table *table = must_read("binary.csv");
    gd_model *model;
    gd_validation v;
    gd_importance *list;
    int64_t count;
    assert_int_equal(
        gd_fit(table, &(gd_fit_options){.model = "mlp", .epochs = GD_SOME(30)}, &model), GD_OK);
    assert_true(gd_model_validation(model, &v));
    assert_int_equal(gd_model_importances(model, v.valid, v.examples, &list, &count), GD_OK);
    assert_int_equal(count, 3);
    assert_string_equal(list[0].column, "x");
    assert_true(list[0].increase > 0.2 && list[0].increase > 3 * fabs(list[1].increase) &&
                list[1].increase >= list[2].increase);
    gd_importances_destroy(list, count);
    gd_model_destroy(model);
    gd_table_destroy(table);
}

int model_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip),
                                       cmocka_unit_test(test_description),
                                       cmocka_unit_test(test_older_files),
                                       cmocka_unit_test(test_odd_cells),
                                       cmocka_unit_test(test_files_that_are_none),
                                       cmocka_unit_test(test_judging),
                                       cmocka_unit_test(test_baseline),
                                       cmocka_unit_test(test_thresholds),
                                       cmocka_unit_test(test_thresholds_between_neighbours),
                                       cmocka_unit_test(test_importance)};
    return cmocka_run_group_tests_name("models", tests, enter_folder, leave_folder);
}
