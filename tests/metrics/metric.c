/* What is refused, what nothing gives, and that a refused batch changes nothing. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

static gd_tape *t;

static gd_tensor *classes(int64_t n, int64_t odd)
{
    gd_tensor *x = gd_zeros(t, GD_I64, GD_DIMS(n));
    ((int64_t *)x->data)[n - 1] = odd;
    return x;
}

/* [2,3] of zeros, and at [1,2] `odd`. */
static gd_tensor *floats(double odd)
{
    gd_tensor *x = gd_zeros(t, GD_F64, GD_DIMS(2, 3));
    ((double *)x->data)[5] = odd;
    return x;
}

static void refused(const gd_metric_kind *kind, gd_tensor *input, gd_tensor *target,
                    gd_tensor *mask, gd_status status, const char *message)
{
    gd_metric *m = gd_metric_create(kind, 3, NULL);
    assert_non_null(m);
    gd_status actual = gd_metric_update(m, input, target, mask);
    if (actual != status || strncmp(gd_message(), message, strlen(message)) != 0)
        fail_msg("\"%s\" instead of \"%s\"", gd_message(), message);
    gd_metric_destroy(m);
}

static void test_values(void **state)
{
    (void)state;
    refused(&gd_metric_accuracy, classes(2, 0), classes(2, 3), NULL, GD_ERROR_VALUE,
            "accuracy: target 3 at [1] is outside [0,3)");
    refused(&gd_metric_accuracy, classes(2, -1), classes(2, 0), NULL, GD_ERROR_VALUE,
            "accuracy: prediction -1 at [1] is outside [0,3)");
    refused(&gd_metric_accuracy, floats((double)NAN), classes(2, 0), NULL, GD_ERROR_VALUE,
            "accuracy: score nan at [1,2] cannot be ordered");
    refused(&gd_metric_f1, floats(0), floats(0.5), NULL, GD_ERROR_VALUE,
            "f1: target 0.5 at [1,2] is neither 0 nor 1");
    refused(&gd_metric_roc_auc, floats((double)NAN), floats(1), NULL, GD_ERROR_VALUE,
            "roc_auc: score nan at [1,2] cannot be ordered");
    refused(&gd_metric_log_loss, floats(1.5), floats(1), NULL, GD_ERROR_VALUE,
            "log_loss: probability 1.5 at [1,2] is outside [0,1]");
    refused(&gd_metric_brier_score, floats(-1), classes(2, 0), NULL, GD_ERROR_VALUE,
            "brier_score: probability -1 at [1,2] is outside [0,1]");
}

static void test_shapes_and_dtypes(void **state)
{
    (void)state;
    refused(&gd_metric_accuracy, classes(3, 0), classes(2, 0), NULL, GD_ERROR_SHAPE,
            "accuracy: input [3] and target [2]: shapes must be equal");
    refused(&gd_metric_accuracy, gd_zeros(t, GD_F32, GD_DIMS(2, 4)), classes(2, 0), NULL,
            GD_ERROR_SHAPE, "accuracy: input [2,4] and target [2]: [..,C] scores for [..]");
    refused(&gd_metric_f1, gd_zeros(t, GD_F32, GD_DIMS(2, 4)), floats(0), NULL, GD_ERROR_SHAPE,
            "f1: input [2,4] and target [2,3]: shapes must be equal");
    refused(&gd_metric_f1, gd_zeros(t, GD_F64, GD_DIMS(2)), gd_zeros(t, GD_F64, GD_DIMS(2)), NULL,
            GD_ERROR_SHAPE, "f1: input [2] and target [2]: [..,C] is needed");
    refused(&gd_metric_f1, floats(0), floats(0), gd_ones(t, GD_BOOL, GD_DIMS(3)), GD_ERROR_SHAPE,
            "f1: the mask has not the target's shape");
    refused(&gd_metric_f1, floats(0), floats(0), floats(0), GD_ERROR_DTYPE,
            "f1: the mask is float64; bool is needed");
    refused(&gd_metric_accuracy, floats(0), floats(0), NULL, GD_ERROR_DTYPE,
            "accuracy: the target is float64; int64 is needed");
    refused(&gd_metric_hamming_loss, floats(0), classes(2, 0), NULL, GD_ERROR_DTYPE,
            "hamming_loss: the target is int64, but it compares labels");
    refused(&gd_metric_top_k_accuracy, classes(2, 0), classes(2, 0), NULL, GD_ERROR_DTYPE,
            "top_k_accuracy: the input is int64; float32 or float64 is needed");
    refused(&gd_metric_roc_auc, gd_ones(t, GD_BOOL, GD_DIMS(2, 3)), floats(0), NULL, GD_ERROR_DTYPE,
            "roc_auc: the input is bool; float32 or float64 is needed");
    refused(&gd_metric_f1, NULL, floats(0), NULL, GD_ERROR_ARGUMENT, "f1: ");
    assert_int_equal(gd_metric_update(NULL, floats(0), floats(0), NULL), GD_ERROR_ARGUMENT);
}

static void not_created(const gd_metric_kind *kind, int64_t n, gd_metric_options o,
                        const char *message)
{
    assert_null(gd_metric_create(kind, n, &o));
    if (strncmp(gd_message(), message, strlen(message)) != 0)
        fail_msg("\"%s\" instead of \"%s\"", gd_message(), message);
}

static void test_options(void **state)
{
    (void)state;
    not_created(&gd_metric_f1, 0, (gd_metric_options){.k = 0}, "f1: 0 classes");
    not_created(&gd_metric_f1, INT64_MAX, (gd_metric_options){.k = 0}, "f1: 9223372036854775807");
    not_created(&gd_metric_roc_auc, 2, (gd_metric_options){.average = GD_AVERAGE_SAMPLES},
                "roc_auc: there is no such average (3)");
    not_created(&gd_metric_accuracy, 2, (gd_metric_options){.average = GD_AVERAGE_MICRO},
                "accuracy: there is no such average (1)");
    not_created(&gd_metric_f1, 2, (gd_metric_options){.average = (gd_average)9},
                "f1: there is no such average (9)");
    not_created(&gd_metric_top_k_accuracy, 2, (gd_metric_options){.k = 3},
                "top_k_accuracy: k 3 is outside [0,2]");
    not_created(&gd_metric_f1, 2, (gd_metric_options){.threshold = (double)NAN},
                "f1: the threshold is NaN");
    not_created(NULL, 2, (gd_metric_options){.k = 0}, "metric_create: the kind is NULL");
    assert_null(gd_metric_find("f2"));
    assert_null(gd_metric_find(NULL));
    assert_null(gd_metric_kind_at(-1));
    gd_metric_destroy(NULL);
    gd_metric_reset(NULL);
    assert_null(gd_metric_compute(NULL));
}

/* Of nothing: zero_division, or counts of 0. */
static void test_nothing(void **state)
{
    (void)state;
    for (int i = 0; gd_metric_kind_at(i) != NULL; ++i) {
        const gd_metric_kind *kind = gd_metric_kind_at(i);
        gd_metric *m = gd_metric_create(kind, 2, &(gd_metric_options){.zero_division = 0.25});
        const gd_tensor *result = gd_metric_compute(m);
        bool counts = kind == &gd_metric_confusion_matrix || kind == &gd_metric_matthews_corrcoef;
        for (int64_t k = 0; k < gd_tensor_numel(result); ++k)
            assert_true(((const double *)result->data)[k] == (counts ? 0 : 0.25));
        gd_metric_destroy(m);
    }
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
    gd_tensor *mask = gd_ones(t, GD_BOOL, GD_DIMS(2)), *each = gd_ones(t, GD_BOOL, GD_DIMS(2, 3));
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

static int setup(void **state)
{
    (void)state;
    t = gd_tape_create();
    return t == NULL;
}

static int teardown(void **state)
{
    (void)state;
    gd_tape_destroy(t);
    return 0;
}

int metric_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_shapes_and_dtypes),
                                       cmocka_unit_test(test_options),
                                       cmocka_unit_test(test_nothing),
                                       cmocka_unit_test(test_a_refused_batch_changes_nothing),
                                       cmocka_unit_test(test_masked_values)};
    return cmocka_run_group_tests_name("metrics", tests, setup, teardown);
}
