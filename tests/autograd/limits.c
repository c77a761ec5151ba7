/* Numbers as large and as small as their types hold, where an op takes a number: refused or
 * obeyed, and no arithmetic overflows on the way (the sanitizers' build says so). */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, INT_MIN,       -1,       0,
                               1,         INT_MAX,       INT64_MAX - 1, INT64_MAX};
enum { ENDS = sizeof ends / sizeof *ends };

/* What Python's slice of 5 elements has, its bounds being clipped. */
static int64_t slice_length(int64_t start, int64_t end, int64_t step)
{
    start = start < -5 ? 0 : start < 0 ? start + 5 : start > 5 ? 5 : start;
    end = end < -5 ? 0 : end < 0 ? end + 5 : end > 5 ? 5 : end;
    int64_t count = 0;
    for (int64_t i = start; i < end; i += step < 5 ? step : 5)
        ++count;
    return count;
}

static void test_slices(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    for (int k = 0; k < ENDS * ENDS * ENDS; ++k) {
        int64_t start = ends[k % ENDS], end = ends[k / ENDS % ENDS], step = ends[k / ENDS / ENDS];
        gd_tape_reset(t);
        gd_tensor *x = gd_arange(t, GD_F64, 0, 5, 1);
        x->requires_grad = true;
        gd_tensor *y = gd_slice(t, x, 0, start, end, step);
        if (step <= 0) {
            assert_null(y);
            continue;
        }
        assert_int_equal(y->shape[0], slice_length(start, end, step));
        assert_int_equal(gd_backward(t, gd_sum(t, y, GD_ALL_DIMS, false)), GD_OK);
        double passed = 0;
        for (int i = 0; i < 5; ++i)
            passed += element(x->grad, i);
        assert_true(passed == (double)y->shape[0]);
    }
    gd_tape_destroy(t);
}

static void test_dimensions(void **state)
{
    (void)state;
    const int dims[] = {INT_MIN, INT_MIN + 1, -3, 2, INT_MAX - 1, INT_MAX};
    gd_tape *t = gd_tape_create();
    for (size_t k = 0; k < sizeof dims / sizeof *dims; ++k)
        for (int op = 0; op < 13; ++op) {
            gd_tape_reset(t);
            gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(2, 3)),
                      *i = gd_zeros(t, GD_I64, GD_DIMS(2, 3));
            gd_tensor *row = gd_zeros(t, GD_I64, GD_DIMS(1)), *y = x;
            int d = dims[k];
            switch (op) {
            case 0:
                y = gd_softmax(t, x, d);
                break;
            case 1:
                y = gd_log_softmax(t, x, d);
                break;
            case 2:
                y = gd_transpose(t, x, d, 0);
                break;
            case 3:
                y = gd_transpose(t, x, 0, d);
                break;
            case 4:
                y = gd_slice(t, x, d, 0, 1, 1);
                break;
            case 5:
                y = gd_squeeze(t, x, d);
                break;
            case 6:
                y = d == 2 || d == -3 ? NULL : gd_unsqueeze(t, x, d);
                break;
            case 7:
                y = gd_concat(t, &x, 1, d);
                break;
            case 8:
                y = d == 2 || d == -3 ? NULL : gd_stack(t, &x, 1, d);
                break;
            case 9:
                y = gd_gather(t, x, d, i);
                break;
            case 10:
                y = gd_index_select(t, x, d, row);
                break;
            case 11:
                y = gd_argmax(t, x, d, false);
                break;
            default:
                y = gd_sum(t, x, GD_DIMS(d), false);
            }
            if (y != NULL)
                fail_msg("op %d takes dimension %d", op, d);
        }
    for (int k = 0; k < ENDS; ++k) {
        if (ends[k] >= -2 && ends[k] < 2)
            continue;
        gd_tape_reset(t);
        assert_null(gd_max(t, gd_ones(t, GD_F32, GD_DIMS(2, 3)), GD_DIMS(ends[k]), true));
        gd_tape_reset(t);
        assert_null(gd_permute(t, gd_ones(t, GD_F32, GD_DIMS(2, 3)), GD_DIMS(0, ends[k])));
    }
    gd_tape_destroy(t);
}

/* Sizes that no tensor has, and some that a view without memory of its own may have. */
static void test_sizes(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    for (int k = 0; k < ENDS * ENDS; ++k) {
        int64_t a = ends[k % ENDS], b = ends[k / ENDS];
        for (int op = 0; op < 5; ++op) {
            gd_tape_reset(t);
            gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(1)), *y = NULL;
            if (op == 0)
                y = gd_reshape(t, x, GD_DIMS(a, b));
            else if (op == 1)
                y = gd_expand(t, x, GD_DIMS(a, b));
            else if (op == 2 && !(a == INT_MAX && b == 1) && !(a == 1 && b == INT_MAX))
                y = gd_zeros(t, GD_F32, GD_DIMS(a, b));
            else if (op == 3)
                y = gd_reshape(t, gd_zeros(t, GD_F32, GD_DIMS(0)), GD_DIMS(a, b));
            else if (op == 4 && a != INT_MAX)
                y = gd_one_hot(t, gd_zeros(t, GD_I64, GD_DIMS(1)), a, GD_F64);
            assert_true(y != NULL || gd_tape_status(t) != GD_OK || op == 2 || op == 4);
            for (int i = 0; y != NULL && i < y->ndim; ++i)
                assert_true(y->shape[i] >= 0);
        }
    }
    /* 2^60 elements of which one is in memory: their sizes can be handled, products of them are
     * refused. */
    gd_tape_reset(t);
    gd_tensor *one = gd_ones(t, GD_F64, GD_DIMS(1));
    gd_tensor *huge = gd_expand(t, one, GD_DIMS(INT64_C(1) << 30, INT64_C(1) << 29));
    assert_non_null(huge);
    assert_null(gd_concat(t, (gd_tensor *[]){huge, huge, huge}, 3, 0));
    gd_tape_reset(t);
    huge =
        gd_expand(t, gd_ones(t, GD_F64, GD_DIMS(1)), GD_DIMS(INT64_C(1) << 30, INT64_C(1) << 29));
    assert_null(gd_stack(t, (gd_tensor *[]){huge, huge, huge}, 3, 0));
    gd_tape_reset(t);
    /* Nothing, INT64_MAX times: twice that is no size. */
    gd_tensor *empty = gd_zeros(t, GD_BOOL, GD_DIMS(INT64_MAX, 0));
    assert_non_null(empty);
    assert_null(gd_concat(t, (gd_tensor *[]){empty, empty}, 2, 0));
    assert_non_null(strstr(gd_tape_message(t), "concat: the result is too large"));
    gd_tape_reset(t);
    huge = gd_expand(t, gd_ones(t, GD_F64, GD_DIMS(1)), GD_DIMS(INT64_C(1) << 29, 1));
    gd_tensor *wide =
        gd_expand(t, gd_ones(t, GD_F64, GD_DIMS(1)), GD_DIMS(1, INT64_C(1) << 30, 1, 1 << 10));
    assert_null(gd_mul(t, huge, wide));
    assert_null(gd_arange(t, GD_F64, 0, 1e300, 1));
    gd_tape_reset(t);
    assert_null(gd_arange(t, GD_I64, 1e300, 2e300, 1e300));
    gd_tape_reset(t);
    assert_null(gd_arange(t, GD_F32, -INFINITY, 0, 1));
    gd_tape_destroy(t);
}

int limits_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slices),
                                       cmocka_unit_test(test_dimensions),
                                       cmocka_unit_test(test_sizes)};
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
