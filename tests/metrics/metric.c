/* What nothing gives, that a refused batch changes nothing, masks, and that sums do not drift. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>

static void is_of_nothing(gd_metric *m, double expected)
{
    const gd_tensor *result = gd_metric_compute(m);
    for (int64_t k = 0; k < gd_tensor_numel(result); ++k)
        assert_true(((const double *)result->data)[k] == expected);
}

static bool takes(const gd_metric_kind *kind, gd_tensor *input, gd_tensor *target)
{
    gd_metric *m = gd_metric_create(kind, 3, NULL);
    bool taken = gd_metric_update(m, input, target, NULL) == GD_OK;
    gd_metric_destroy(m);
    return taken;
}

/* Of nothing, which an empty batch and a masked one are: zero_division, or counts of 0. */
static void test_nothing(void **state)
{
    (void)state;
    gd_tensor *empty = gd_zeros(tape, GD_F64, GD_DIMS(0, 3));
    for (int i = 0; gd_metric_kind_at(i) != NULL; ++i) {
        const gd_metric_kind *kind = gd_metric_kind_at(i);
        bool counts = kind == &gd_metric_confusion_matrix || kind == &gd_metric_matthews_corrcoef;
        bool of_labels = takes(kind, floats(0), floats(0));
        gd_tensor *none = of_labels ? empty : gd_zeros(tape, GD_I64, GD_DIMS(0));
        gd_tensor *target = of_labels ? floats(1) : classes(2, 0);
        gd_tensor *mask = gd_zeros(tape, GD_BOOL, target->ndim, target->shape);
        double expected = counts ? 0 : 0.25;
        gd_metric *m = gd_metric_create(kind, 3, &(gd_metric_options){.zero_division = 0.25});
        is_of_nothing(m, expected);
        assert_int_equal(gd_metric_update(m, empty, none, NULL), GD_OK);
        assert_int_equal(gd_metric_update(m, floats(0), target, mask), GD_OK);
        is_of_nothing(m, expected);
        assert_int_equal(gd_metric_update(m, floats(0), target, NULL), GD_OK);
        gd_metric_compute(m);
        gd_metric_reset(m);
        is_of_nothing(m, expected);
        gd_metric_destroy(m);
    }
}

/* However many classes: the mean of n times 0.1 is 0.1, although their sum divided by n may not
 * be. */
static void test_mean_of_equal_values(void **state)
{
    (void)state;
    for (int64_t classes = 1; classes < 50; ++classes)
        for (int average = GD_AVERAGE_MACRO; average <= GD_AVERAGE_WEIGHTED; ++average) {
            const gd_metric_options o = {.average = (gd_average)average, .zero_division = 0.1};
            gd_metric *m = gd_metric_create(&gd_metric_f1, classes, &o);
            is_of_nothing(m, 0.1);
            gd_metric_destroy(m);
        }
}

/* One position, and one label of it, without any dimension. */
static void test_scalars(void **state)
{
    (void)state;
    gd_metric *m = gd_metric_create(&gd_metric_accuracy, 3, NULL);
    gd_tensor *one = gd_zeros(tape, GD_I64, 0, NULL);
    assert_int_equal(gd_metric_update(m, one, one, NULL), GD_OK);
    assert_int_equal(gd_metric_update(m, gd_zeros(tape, GD_F32, GD_DIMS(3)), one, NULL), GD_OK);
    assert_true(gd_metric_value(m) == 1);
    gd_metric_destroy(m);
    m = gd_metric_create(&gd_metric_f1, 1, NULL);
    assert_int_equal(
        gd_metric_update(m, gd_ones(tape, GD_BOOL, 0, NULL), gd_ones(tape, GD_F32, 0, NULL), NULL),
        GD_OK);
    assert_true(gd_metric_value(m) == 1);
    gd_metric_destroy(m);
}

/* Eight dimensions, that of the labels among them, are what a tensor can have. */
static void test_most_dimensions(void **state)
{
    (void)state;
    gd_metric *m = gd_metric_create(&gd_metric_hamming_loss, 3, NULL);
    gd_tensor *deep = gd_ones(tape, GD_F32, GD_DIMS(2, 1, 2, 1, 1, 1, 1, 3));
    assert_int_equal(gd_metric_update(m, deep, deep, NULL), GD_OK);
    assert_true(gd_metric_value(m) == 0);
    gd_metric_destroy(m);
}

/* A yes is a yes, whatever scores are compared with. */
static void test_yes_has_no_threshold(void **state)
{
    (void)state;
    for (int i = -1; i <= 1; ++i) {
        const gd_metric_options o = {.threshold = 2 * i};
        gd_metric *m = gd_metric_create(&gd_metric_hamming_loss, 2, &o);
        gd_tensor *both = gd_zeros(tape, GD_BOOL, GD_DIMS(1, 2));
        ((uint8_t *)both->data)[1] = 1;
        assert_int_equal(gd_metric_update(m, both, both, NULL), GD_OK);
        assert_true(gd_metric_value(m) == 0);
        gd_metric_destroy(m);
    }
}

/* A million times the same, from expanded tensors: added up plainly, both miss by some 1e-12. */
static void test_sums_do_not_drift(void **state)
{
    (void)state;
    enum { N = 1000000 };
    gd_tensor *p = gd_expand(tape, gd_full(tape, GD_F64, 0.3, GD_DIMS(1)), GD_DIMS(N));
    gd_tensor *no = gd_expand(tape, gd_zeros(tape, GD_BOOL, GD_DIMS(1)), GD_DIMS(N));
    gd_metric *m = gd_metric_create(&gd_metric_brier_score, 1, NULL);
    assert_int_equal(gd_metric_update(m, p, no, NULL), GD_OK);
    assert_true(fabs(gd_metric_value(m) - 0.3 * 0.3) < 1e-16);
    gd_metric_destroy(m);
    gd_tensor *yes = gd_expand(tape, gd_ones(tape, GD_BOOL, GD_DIMS(1)), GD_DIMS(N));
    m = gd_metric_create(&gd_metric_average_precision, 1, NULL);
    /* 1/2, 1/3, .. of the yes below a no: 1 - (1/2 + .. + 1/(N + 1)) / N */
    assert_int_equal(gd_metric_update(m, gd_arange(tape, GD_F64, 0, N, 1), yes, NULL), GD_OK);
    assert_int_equal(gd_metric_update(m, gd_full(tape, GD_F64, N, GD_DIMS(1)),
                                      gd_zeros(tape, GD_BOOL, GD_DIMS(1)), NULL),
                     GD_OK);
    long double harmonic = 0;
    for (int64_t k = N + 1; k >= 2; --k)
        harmonic += 1 / (long double)k;
    assert_true(fabs(gd_metric_value(m) - (double)(1 - harmonic / N)) < 2e-16);
    gd_metric_destroy(m);
}

/* The last element of the batch is wrong: nothing of it may have been taken in. */
static void test_a_refused_batch_changes_nothing(void **state)
{
    (void)state;
    gd_metric *m = gd_metric_create(&gd_metric_accuracy, 3, NULL);
    assert_int_equal(gd_metric_update(m, classes(4, 1), classes(4, 0), NULL), GD_OK);
    assert_int_equal(gd_metric_update(m, classes(9, 1), classes(9, 3), NULL), GD_ERROR_VALUE);
    assert_true(gd_metric_value(m) == 0.75);
    gd_metric_destroy(m);
    m = gd_metric_create(&gd_metric_roc_auc, 3, &(gd_metric_options){.average = GD_AVERAGE_MICRO});
    assert_int_equal(gd_metric_update(m, floats(1), floats(1), NULL), GD_OK);
    assert_int_equal(gd_metric_update(m, floats(-1), floats(0.5), NULL), GD_ERROR_VALUE);
    assert_true(gd_metric_value(m) == 1);
    gd_metric_destroy(m);
}

/* Masked values are not looked at. */
static void test_masked_values(void **state)
{
    (void)state;
    gd_tensor *mask = gd_ones(tape, GD_BOOL, GD_DIMS(2)),
              *each = gd_ones(tape, GD_BOOL, GD_DIMS(2, 3));
    ((uint8_t *)mask->data)[1] = ((uint8_t *)each->data)[5] = 0;
    gd_metric *m = gd_metric_create(&gd_metric_accuracy, 3, NULL);
    assert_int_equal(gd_metric_update(m, floats((double)NAN), classes(2, 77), mask), GD_OK);
    assert_true(gd_metric_value(m) == 1);
    gd_metric_destroy(m);
    m = gd_metric_create(&gd_metric_brier_score, 3, NULL);
    assert_int_equal(gd_metric_update(m, floats((double)NAN), floats(77), each), GD_OK);
    assert_true(gd_metric_value(m) == 0);
    gd_metric_destroy(m);
}

int metric_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing),
                                       cmocka_unit_test(test_mean_of_equal_values),
                                       cmocka_unit_test(test_scalars),
                                       cmocka_unit_test(test_most_dimensions),
                                       cmocka_unit_test(test_yes_has_no_threshold),
                                       cmocka_unit_test(test_sums_do_not_drift),
                                       cmocka_unit_test(test_a_refused_batch_changes_nothing),
                                       cmocka_unit_test(test_masked_values)};
    return cmocka_run_group_tests_name("metrics", tests, begin, end);
}
