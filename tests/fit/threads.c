/* Several fits at once: each gives what it gives alone. */
#include "tests.h"

#include <pthread.h>
#include <stdio.h>

typedef struct work {
    const char *table;
    const char *targets;
    char path[32];
    gd_status status;
} work;

static void *fit(void *context)
{
    work *w = context;
    gd_model *model = NULL;
    gd_table *table = gd_table_read(w->table, NULL);
    w->status = table != NULL
                    ? gd_fit(table,
                             &(gd_fit_options){
                                 .targets = w->targets, .epochs = GD_SOME(4), .folds = GD_SOME(2)},
                             &model)
                    : GD_ERROR_IO;
    if (w->status == GD_OK)
        w->status = gd_model_save(model, w->path);
    gd_model_destroy(model);
    gd_table_destroy(table);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    enum { EACH = 2, COUNT = 4 * EACH };
    work alone[4], together[COUNT];
    pthread_t threads[COUNT];
    for (int i = 0; i < COUNT; ++i) {
        work w = {.table = table_names[i % 4], .targets = i % 4 == 2 ? "a,b,d" : NULL};
        together[i] = w;
        snprintf(together[i].path, sizeof together[i].path, "together%d.st", i);
        if (i >= 4)
            continue;
        alone[i] = w;
        snprintf(alone[i].path, sizeof alone[i].path, "alone%d.st", i);
        fit(&alone[i]);
        assert_int_equal(alone[i].status, GD_OK);
    }
    for (int i = 0; i < COUNT; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, fit, &together[i]), 0);
    for (int i = 0; i < COUNT; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < COUNT; ++i) {
        assert_int_equal(together[i].status, GD_OK);
        assert_true(are_same(together[i].path, alone[i % 4].path));
    }
}

int thread_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests_name("threads", tests, enter_folder, leave_folder);
}
