/* Every allocation of every metric may fail; then nothing has changed, and nothing is lost. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <stdlib.h>

static long calls_left; /* until one fails */
static size_t live;     /* bytes */

static void *failing(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context;
    if (new_size == 0) {
        live -= old_size;
        free(memory);
        return NULL;
    }
    if (--calls_left == 0)
        return NULL;
    live += new_size;
    return malloc(new_size);
}

static gd_tensor *target_for(const gd_metric_kind *kind, gd_tensor *input, gd_tensor *of_labels,
                             gd_tensor *of_classes)
{
    gd_metric *m = gd_metric_create(kind, 2, NULL);
    bool labels = gd_metric_update(m, input, of_labels, NULL) == GD_OK;
    bool numbers = gd_metric_update(m, input, input, NULL) == GD_OK;
    gd_metric_destroy(m);
    return labels ? of_labels : numbers ? input : of_classes;
}

/* Three batches, of which any may be refused for want of memory; those that were not are what
 * counts. False: the metric could not be created. */
static bool metric_of_what_was_taken(const gd_metric_kind *kind, gd_tensor *input,
                                     gd_tensor *target)
{
    gd_metric *m = gd_metric_create(kind, 2, NULL), *same;
    int taken = 0;
    for (int i = 0; m != NULL && i < 3; ++i) {
        gd_status status = gd_metric_update(m, input, target, NULL);
        assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
        taken += status == GD_OK;
    }
    if (m == NULL)
        return false;
    calls_left = 0; /* none fails */
    same = gd_metric_create(kind, 2, NULL);
    for (int i = 0; i < taken; ++i)
        assert_int_equal(gd_metric_update(same, input, target, NULL), GD_OK);
    const gd_tensor *a = gd_metric_compute(m), *b = gd_metric_compute(same);
    for (int64_t k = 0; k < gd_tensor_numel(a); ++k)
        assert_true(((const double *)a->data)[k] == ((const double *)b->data)[k]);
    gd_metric_destroy(m);
    gd_metric_destroy(same);
    return true;
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    gd_set_allocator(failing, NULL);
    gd_tensor *input = gd_tensor_create_full(GD_F64, 0.25, GD_DIMS(3, 2));
    gd_tensor *of_labels = gd_tensor_create(GD_BOOL, GD_DIMS(3, 2));
    gd_tensor *of_classes = gd_tensor_create(GD_I64, GD_DIMS(3));
    ((uint8_t *)of_labels->data)[1] = 1;
    size_t before = live;
    for (int i = 0; gd_metric_kind_at(i) != NULL; ++i) {
        const gd_metric_kind *kind = gd_metric_kind_at(i);
        gd_tensor *target = target_for(kind, input, of_labels, of_classes);
        for (long k = 1; k < 20; ++k) {
            calls_left = k;
            bool created = metric_of_what_was_taken(kind, input, target);
            calls_left = 0;
            assert_true(created == (k > 2)); /* itself and what it computes in */
            assert_true(live == before);
        }
    }
    gd_tensor_destroy(input);
    gd_tensor_destroy(of_labels);
    gd_tensor_destroy(of_classes);
    assert_true(live == 0);
    gd_set_allocator(NULL, NULL);
}

int memory_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("memory of metrics", tests, NULL, NULL);
}
