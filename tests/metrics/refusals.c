/* What is refused, and with which words. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

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
    gd_tensor *turned = gd_transpose(tape, gd_reshape(tape, target, GD_DIMS(2, 3)), 0, 1);
    refused(&gd_metric_accuracy, gd_zeros(tape, GD_I64, GD_DIMS(3, 2)), turned, NULL,
            GD_ERROR_VALUE, "accuracy: target 9 at [2,1] is outside [0,3)");
    refused(&gd_metric_f1,
            gd_transpose(tape, gd_reshape(tape, floats((double)NAN), GD_DIMS(3, 2)), 0, 1),
            floats(0), NULL, GD_ERROR_VALUE, "f1: score nan at [1,2] cannot be ordered");
}

static void test_shapes_and_dtypes(void **state)
{
    (void)state;
    refused(&gd_metric_accuracy, classes(3, 0), classes(2, 0), NULL, GD_ERROR_SHAPE,
            "accuracy: input [3] and target [2]: shapes must be equal");
    refused(&gd_metric_accuracy, gd_zeros(tape, GD_F32, GD_DIMS(2, 4)), classes(2, 0), NULL,
            GD_ERROR_SHAPE,
            "accuracy: input [2,4] and target [2]: [..,3] scores for [..] are needed");
    refused(&gd_metric_accuracy, gd_zeros(tape, GD_F32, GD_DIMS(4, 3)), classes(2, 0), NULL,
            GD_ERROR_SHAPE,
            "accuracy: input [4,3] and target [2]: [..,3] scores for [..] are needed");
    refused(&gd_metric_f1, gd_zeros(tape, GD_F32, GD_DIMS(2, 4)), floats(0), NULL, GD_ERROR_SHAPE,
            "f1: input [2,4] and target [2,3]: shapes must be equal");
    refused(&gd_metric_f1, gd_zeros(tape, GD_F64, GD_DIMS(2)), gd_zeros(tape, GD_F64, GD_DIMS(2)),
            NULL, GD_ERROR_SHAPE, "f1: input [2] and target [2]: [..,3] is needed");
    refused(&gd_metric_f1, floats(0), floats(0), gd_ones(tape, GD_BOOL, GD_DIMS(3)), GD_ERROR_SHAPE,
            "f1: mask [3] and target [2,3]: shapes must be equal");
    refused(&gd_metric_f1, floats(0), floats(0), floats(0), GD_ERROR_DTYPE,
            "f1: the mask is float64; bool is needed");
    refused(&gd_metric_accuracy, floats(0), floats(0), NULL, GD_ERROR_DTYPE,
            "accuracy: the target is float64; int64 is needed");
    refused(&gd_metric_hamming_loss, floats(0), classes(2, 0), NULL, GD_ERROR_DTYPE,
            "hamming_loss: the target is int64, but it compares labels");
    refused(&gd_metric_top_k_accuracy, classes(2, 0), classes(2, 0), NULL, GD_ERROR_DTYPE,
            "top_k_accuracy: the input is int64; float32 or float64 is needed");
    refused(&gd_metric_roc_auc, gd_ones(tape, GD_BOOL, GD_DIMS(2, 3)), floats(0), NULL,
            GD_ERROR_DTYPE, "roc_auc: the input is bool; float32 or float64 is needed");
    refused(&gd_metric_f1, gd_zeros(tape, GD_I64, GD_DIMS(2, 3)), floats(0), NULL, GD_ERROR_DTYPE,
            "f1: the input is int64; bool, float32 or float64 is needed");
    gd_tensor *deep = gd_zeros(tape, GD_I64, GD_DIMS(1, 1, 1, 1, 1, 1, 1, 2));
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
    not_created(&gd_metric_confusion_matrix, 1518500250, (gd_metric_options){.k = 0},
                "confusion_matrix: 1518500250 classes are too many");
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

int refusal_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_position_in_a_view),
        cmocka_unit_test(test_shapes_and_dtypes), cmocka_unit_test(test_options),
        cmocka_unit_test(test_samples_of_classes)};
    return cmocka_run_group_tests_name("refusals of metrics", tests, begin, end);
}
