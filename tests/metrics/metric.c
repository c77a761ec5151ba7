/* What is refused, what nothing gives, that a refused batch changes nothing, and that sums do not drift. */
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
    /* exactly as it is, however large or close */
    refused(&gd_metric_accuracy, classes(2, 0), classes(2, 1234567890123), NULL, GD_ERROR_VALUE,
            "accuracy: target 1234567890123 at [1] is outside [0,3)");
    refused(&gd_metric_log_loss, floats(1 + 0x1p-52), floats(1), NULL, GD_ERROR_VALUE,
            "log_loss: probability 1.0000000000000002 at [1,2] is outside [0,1]");
}

/* The position is that of the tensor, however it lies in memory. */
static void test_position_in_a_view(void **state)
{
    (void)state;
    gd_tensor *target = classes(6, 9);
    gd_tensor *turned = gd_transpose(t, gd_reshape(t, target, GD_DIMS(2, 3)), 0, 1);
    refused(&gd_metric_accuracy, gd_zeros(t, GD_I64, GD_DIMS(3, 2)), turned, NULL, GD_ERROR_VALUE,
            "accuracy: target 9 at [2,1] is outside [0,3)");
    refused(&gd_metric_f1, gd_transpose(t, gd_reshape(t, floats((double)NAN), GD_DIMS(3, 2)), 0, 1),
            floats(0), NULL, GD_ERROR_VALUE, "f1: score nan at [1,2] cannot be ordered");
}

static void test_shapes_and_dtypes(void **state)
{
    (void)state;
    refused(&gd_metric_accuracy, classes(3, 0), classes(2, 0), NULL, GD_ERROR_SHAPE,
            "accuracy: input [3] and target [2]: shapes must be equal");
    refused(&gd_metric_accuracy, gd_zeros(t, GD_F32, GD_DIMS(2, 4)), classes(2, 0), NULL,
            GD_ERROR_SHAPE,
            "accuracy: input [2,4] and target [2]: [..,3] scores for [..] are needed");
    refused(&gd_metric_accuracy, gd_zeros(t, GD_F32, GD_DIMS(4, 3)), classes(2, 0), NULL,
            GD_ERROR_SHAPE,
            "accuracy: input [4,3] and target [2]: [..,3] scores for [..] are needed");
    refused(&gd_metric_f1, gd_zeros(t, GD_F32, GD_DIMS(2, 4)), floats(0), NULL, GD_ERROR_SHAPE,
            "f1: input [2,4] and target [2,3]: shapes must be equal");
    refused(&gd_metric_f1, gd_zeros(t, GD_F64, GD_DIMS(2)), gd_zeros(t, GD_F64, GD_DIMS(2)), NULL,
            GD_ERROR_SHAPE, "f1: input [2] and target [2]: [..,3] is needed");
    refused(&gd_metric_f1, floats(0), floats(0), gd_ones(t, GD_BOOL, GD_DIMS(3)), GD_ERROR_SHAPE,
            "f1: mask [3] and target [2,3]: shapes must be equal");
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
    refused(&gd_metric_f1, gd_zeros(t, GD_I64, GD_DIMS(2, 3)), floats(0), NULL, GD_ERROR_DTYPE,
            "f1: the input is int64; bool, float32 or float64 is needed");
    gd_tensor *deep = gd_zeros(t, GD_I64, GD_DIMS(1, 1, 1, 1, 1, 1, 1, 2));
    refused(
        &gd_metric_accuracy, deep, deep, NULL, GD_ERROR_SHAPE,
        "accuracy: input [1,1,1,1,1,1,1,2] and target [1,1,1,1,1,1,1,2]: there is no dimension");
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
    /* whose counts take more bytes than a size_t can say */
    not_created(&gd_metric_matthews_corrcoef, 1518500250, (gd_metric_options){.k = 0},
                "matthews_corrcoef: 1518500250 classes are too many");
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
    gd_tensor *empty = gd_zeros(t, GD_F64, GD_DIMS(0, 3));
    for (int i = 0; gd_metric_kind_at(i) != NULL; ++i) {
        const gd_metric_kind *kind = gd_metric_kind_at(i);
        bool counts = kind == &gd_metric_confusion_matrix || kind == &gd_metric_matthews_corrcoef;
        bool of_labels = takes(kind, floats(0), floats(0));
        gd_tensor *none = of_labels ? empty : gd_zeros(t, GD_I64, GD_DIMS(0));
        gd_tensor *target = of_labels ? floats(1) : classes(2, 0);
        gd_tensor *mask = gd_zeros(t, GD_BOOL, target->ndim, target->shape);
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

/* One position, and one label of it, without any dimension. */
static void test_scalars(void **state)
{
    (void)state;
    gd_metric *m = gd_metric_create(&gd_metric_accuracy, 3, NULL);
    gd_tensor *one = gd_zeros(t, GD_I64, 0, NULL);
    assert_int_equal(gd_metric_update(m, one, one, NULL), GD_OK);
    assert_int_equal(gd_metric_update(m, gd_zeros(t, GD_F32, GD_DIMS(3)), one, NULL), GD_OK);
    assert_true(gd_metric_value(m) == 1);
    gd_metric_destroy(m);
    m = gd_metric_create(&gd_metric_f1, 1, NULL);
    assert_int_equal(
        gd_metric_update(m, gd_ones(t, GD_BOOL, 0, NULL), gd_ones(t, GD_F32, 0, NULL), NULL),
        GD_OK);
    assert_true(gd_metric_value(m) == 1);
    gd_metric_destroy(m);
}

/* Eight dimensions, that of the labels among them, are what a tensor can have. */
static void test_most_dimensions(void **state)
{
    (void)state;
    gd_metric *m = gd_metric_create(&gd_metric_hamming_loss, 3, NULL);
    gd_tensor *deep = gd_ones(t, GD_F32, GD_DIMS(2, 1, 2, 1, 1, 1, 1, 3));
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
        gd_tensor *both = gd_zeros(t, GD_BOOL, GD_DIMS(1, 2));
        ((uint8_t *)both->data)[1] = 1;
        assert_int_equal(gd_metric_update(m, both, both, NULL), GD_OK);
        assert_true(gd_metric_value(m) == 0);
        gd_metric_destroy(m);
    }
}

/* The mean over samples is of labels. */
static void test_samples_of_classes(void **state)
{
    (void)state;
    const gd_metric_options o = {.average = GD_AVERAGE_SAMPLES};
    gd_metric *m = gd_metric_create(&gd_metric_f1, 3, &o);
    assert_int_equal(gd_metric_update(m, classes(2, 0), classes(2, 0), NULL), GD_ERROR_DTYPE);
    assert_string_equal(gd_message(), "f1: the target is int64, but it compares labels: bool, or "
                                      "float32 or float64 of 0 and 1");
    gd_metric_destroy(m);
}

/* A million times the same, from expanded tensors: added up plainly, both miss by some 1e-12. */
static void test_sums_do_not_drift(void **state)
{
    (void)state;
    enum { N = 1000000 };
    gd_tensor *p = gd_expand(t, gd_full(t, GD_F64, 0.3, GD_DIMS(1)), GD_DIMS(N));
    gd_tensor *no = gd_expand(t, gd_zeros(t, GD_BOOL, GD_DIMS(1)), GD_DIMS(N));
    gd_metric *m = gd_metric_create(&gd_metric_brier_score, 1, NULL);
    assert_int_equal(gd_metric_update(m, p, no, NULL), GD_OK);
    assert_true(fabs(gd_metric_value(m) - 0.3 * 0.3) < 1e-16);
    gd_metric_destroy(m);
    gd_tensor *yes = gd_expand(t, gd_ones(t, GD_BOOL, GD_DIMS(1)), GD_DIMS(N));
    m = gd_metric_create(&gd_metric_average_precision, 1, NULL);
    /* 1/2, 1/3, .. of the yes below a no: 1 - (1/2 + .. + 1/(N + 1)) / N */
    assert_int_equal(gd_metric_update(m, gd_arange(t, GD_F64, 0, N, 1), yes, NULL), GD_OK);
    assert_int_equal(gd_metric_update(m, gd_full(t, GD_F64, N, GD_DIMS(1)),
                                      gd_zeros(t, GD_BOOL, GD_DIMS(1)), NULL),
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
                                       cmocka_unit_test(test_position_in_a_view),
                                       cmocka_unit_test(test_shapes_and_dtypes),
                                       cmocka_unit_test(test_options),
                                       cmocka_unit_test(test_nothing),
                                       cmocka_unit_test(test_scalars),
                                       cmocka_unit_test(test_most_dimensions),
                                       cmocka_unit_test(test_yes_has_no_threshold),
                                       cmocka_unit_test(test_samples_of_classes),
                                       cmocka_unit_test(test_sums_do_not_drift),
                                       cmocka_unit_test(test_a_refused_batch_changes_nothing),
                                       cmocka_unit_test(test_masked_values)};
    return cmocka_run_group_tests_name("metrics", tests, setup, teardown);
}
