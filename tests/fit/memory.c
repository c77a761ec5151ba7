/* Every allocation of a fit, of saving, loading and predicting may fail: GD_ERROR_MEMORY, or the
 * result is the same, as where a tape goes on with the memory that it has; and nothing is lost. */
#include "../counting_allocator.h"
#include "tests.h"

#include <stdio.h>
#include <sys/stat.h>

/* What a program does with a table, to its end or the first failure. */
static gd_status use(int k)
{
    gd_fit_options o = {.targets = k == 2 ? "a,b,d" : NULL,
                        .weight = k == 0 ? "w" : NULL,
                        .class_weight = k == 1 ? "balanced" : NULL,
                        .pos_weight = k == 2 ? "auto" : NULL,
                        .group = k == 3 ? "x" : NULL,
                        .epochs = GD_SOME(1),
                        .folds = GD_SOME(2),
                        .tune_thresholds = true,
                        .checkpoint = "ck",
                        .reading = &(gd_table_options){.missing = "nothing"}};
    gd_model *model = NULL, *loaded = NULL;
    gd_prediction p = {.values = NULL}, judged;
    gd_examples truth = {.rows = NULL};
    gd_scores scores;
    gd_tensor *said = NULL;
    gd_importance *list = NULL;
    gd_validation v;
    int64_t count = 0;
    gd_table *table = gd_table_read(table_names[k], NULL);
    gd_status status = table != NULL ? gd_fit(table, &o, &model) : GD_ERROR_MEMORY;
    if (status == GD_OK)
        status = gd_model_save(model, "m.st");
    if (status == GD_OK)
        status = gd_model_load(&loaded, "m.st");
    if (status == GD_OK)
        status = gd_model_predict(loaded, table, NULL, &p);
    if (status == GD_OK && gd_model_validation(model, &v))
        status = gd_model_importances(model, v.valid, v.examples, &list, &count);
    if (status == GD_OK)
        status = gd_examples_read(&truth, gd_model_target(loaded), table);
    if (status == GD_OK)
        status = gd_model_evaluate(loaded, table, &truth, &scores, &said, &judged);
    gd_tensor_destroy(said);
    gd_examples_free(&truth);
    gd_importances_destroy(list, count);
    gd_prediction_free(&p);
    gd_model_destroy(model);
    gd_model_destroy(loaded);
    gd_table_destroy(table);
    return status;
}

static void test_failing_allocations(void **state)
{
    (void)state;
    assert_int_equal(mkdir("ck", 0777), 0);
    for (int k = 0; k < 4; ++k) {
        allocations a = {.calls = 0};
        gd_set_allocator(counting_allocator, &a);
        assert_int_equal(use(k), GD_OK);
        assert_int_equal(a.live, 0);
        assert_int_equal(rename("m.st", "whole.st"), 0);
        long calls = a.calls, step = calls / 150 + 1;
        for (long at = 1; at <= calls; at += step) {
            a = (allocations){.fail_at = at};
            gd_status status = use(k);
            bool same = status == GD_OK && are_same("m.st", "whole.st");
            if ((status != GD_ERROR_MEMORY && !same) || a.live != 0)
                fail_msg("%s, allocation %ld of %ld: %s (%s), %ld blocks are left", table_names[k],
                         at, calls, gd_status_text(status), gd_message(), a.live);
        }
        gd_set_allocator(NULL, NULL);
    }
}

int memory_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_failing_allocations)};
    return cmocka_run_group_tests_name("memory", tests, enter_folder, leave_folder);
}
