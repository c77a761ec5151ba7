/* A fit that is stopped, and goes on as if it had not been. */
#include "tests.h"

#include <string.h>
#include <sys/stat.h>

typedef struct limit {
    int steps; /* that are allowed */
} limit;

static bool count(void *context, const gd_fit_event *event)
{
    limit *l = context;
    return event->kind != GD_FIT_STEP || --l->steps > 0;
}

static gd_fit_options usual(void)
{
    return (gd_fit_options){.seed = 3, .epochs = GD_SOME(6), .folds = GD_SOME(3)};
}

/* What was trained so far is a model that can be saved. */
static void test_stop(void **state)
{
    (void)state;
    gd_table *table = must_read("binary.csv");
    gd_model *model, *loaded;
    gd_fit_options o = usual();
    o.watch = count;
    o.context = &(limit){.steps = 3};
    assert_int_equal(gd_fit(table, &o, &model), GD_STOPPED);
    assert_non_null(model);
    assert_null(gd_model_training(model)->model);
    assert_int_equal(gd_model_save(model, "stopped.st"), GD_OK);
    assert_int_equal(gd_model_load(&loaded, "stopped.st"), GD_OK);
    gd_model_destroy(loaded);
    gd_model_destroy(model);
    gd_table_destroy(table);
}

/* Stopped after any number of steps: the model is the same to the bit. */
static void test_resume(void **state)
{
    (void)state;
    gd_table *table = must_read("binary.csv");
    gd_fit_options o = usual();
    gd_model *model = must_fit("binary.csv", &o);
    assert_int_equal(gd_model_save(model, "whole.st"), GD_OK);
    gd_model_destroy(model);
    assert_int_equal(mkdir("ck", 0777), 0);
    o.checkpoint = "ck";
    o.watch = count;
    for (int steps = 1, stops = 0;; ++steps, ++stops) {
        o.context = &(limit){.steps = steps};
        gd_status status = gd_fit(table, &o, &model);
        o.resume = true;
        if (status == GD_OK) {
            assert_true(stops > 3);
            break;
        }
        assert_int_equal(status, GD_STOPPED);
        gd_model_destroy(model);
    }
    assert_int_equal(gd_model_save(model, "resumed.st"), GD_OK);
    assert_true(are_same("whole.st", "resumed.st"));
    gd_model_destroy(model);
    o.seed = 4;
    assert_refused("binary.csv", &o, GD_ERROR_FORMAT,
                   "the checkpoint belongs to another run: seed was 3, but is now 4");
    gd_table_destroy(table);
}

int stop_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stop), cmocka_unit_test(test_resume)};
    return cmocka_run_group_tests_name("stopping", tests, enter_folder, leave_folder);
}
