/* What a loss of one's own is made with: gd_kept, checks, gd_reduce_loss. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <float.h>
#include <math.h>
#include <string.h>

static gd_tape *t;

static gd_tensor *floats(gd_dtype dtype, int ndim, const int64_t *shape, const double *values)
{
    return gd_cast(t, gd_from_data(t, GD_F64, values, ndim, shape), dtype);
}

static gd_tensor *bools(int ndim, const int64_t *shape, const double *values)
{
    return gd_cast(t, gd_from_data(t, GD_F64, values, ndim, shape), GD_BOOL);
}

static double at(const gd_tensor *x, int64_t i)
{
    return x->dtype == GD_F32 ? (double)((const float *)x->data)[i] : ((const double *)x->data)[i];
}

/* The call failed as `status` with this message, after the place if there is one. Ready for the
 * next. */
static void failed(bool accepted, gd_status status, const char *message)
{
    const char *text = gd_tape_message(t);
    size_t length = strlen(text), wanted = strlen(message);
    assert_false(accepted);
    assert_int_equal(gd_tape_status(t), status);
    if (length < wanted || strcmp(text + length - wanted, message) != 0)
        fail_msg("\"%s\" instead of \"%s\"", text, message);
    gd_tape_reset(t);
}

/* ---- gd_kept */

static void test_kept(void **state)
{
    (void)state;
    const double values[] = {1, (double)NAN, 3, (double)INFINITY}, keep[] = {1, 0, 1, 0};
    for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
        gd_tensor *x = floats(dtype, GD_DIMS(4), values), *g = NULL;
        gd_tensor *mask = bools(GD_DIMS(4), keep);
        x->requires_grad = true;
        assert_ptr_equal(gd_kept(t, x, NULL, 5), x);
        gd_tensor *y = gd_kept(t, x, mask, 5);
        gd_tensor *square = gd_sum(t, gd_mul(t, y, y), GD_ALL_DIMS, false);
        assert_true(gd_item(square) == 1 + 25 + 9 + 25);
        assert_int_equal(gd_grad(t, square, &x, 1, &g, NULL), GD_OK);
        for (int i = 0; i < 4; ++i)
            assert_true(at(g, i) == (keep[i] != 0 ? 2 * values[i] : 0));
    }
}

/* ---- checks */

static gd_tensor *target(double odd)
{
    gd_tensor *y = gd_full(t, GD_F32, 0.5, GD_DIMS(700, 3));
    ((float *)y->data)[500 * 3 + 1] = (float)odd;
    return y;
}

static void test_values(void **state)
{
    (void)state;
    const double inf = HUGE_VAL;
    assert_true(gd_check_values(t, "target", target(1), 0, 1));
    assert_true(gd_check_values(t, "target", target(0), 0, 1));
    assert_true(gd_check_values(t, "target", target(inf), -inf, inf));
    assert_true(gd_check_values(t, "target", gd_zeros(t, GD_F64, GD_DIMS(0, 3)), 1, 2));
    failed(gd_check_values(t, "target", target(1.5), 0, 1), GD_ERROR_VALUE,
           "target 1.5 at [500,1] is outside [0,1]");
    failed(gd_check_values(t, "p", target(-0.5), 0, 1), GD_ERROR_VALUE,
           "p -0.5 at [500,1] is outside [0,1]");
    failed(gd_check_values(t, "p", target((double)NAN), 0, 1), GD_ERROR_VALUE,
           "p nan at [500,1] is outside [0,1]");
    failed(gd_check_values(t, "count", target(-1), 0, inf), GD_ERROR_VALUE,
           "count -1 at [500,1] is below 0");
    failed(gd_check_values(t, "count", target((double)NAN), 0, inf), GD_ERROR_VALUE,
           "count nan at [500,1] is not a number");
    failed(gd_check_values(t, "y", target((double)NAN), -inf, inf), GD_ERROR_VALUE,
           "y nan at [500,1] is not a number");
    /* The position is that of the view, not of the memory. */
    failed(gd_check_values(t, "y", gd_transpose(t, target(2), 0, 1), 0, 1), GD_ERROR_VALUE,
           "y 2 at [1,500] is outside [0,1]");
    gd_tensor *wide = gd_expand(t, gd_scalar(t, 2, GD_F64), GD_DIMS(2, 2));
    failed(gd_check_values(t, "y", wide, 0, 1), GD_ERROR_VALUE, "y 2 at [0,0] is outside [0,1]");
    failed(gd_check_values(t, "y", gd_zeros(t, GD_I64, GD_DIMS(2)), 0, 1), GD_ERROR_DTYPE,
           "y is int64; float32 or float64 is needed");
    failed(gd_check_values(t, "y", NULL, 0, 1), GD_ERROR_ARGUMENT,
           "y is NULL; float32 or float64 is needed");
}

static void test_either(void **state)
{
    (void)state;
    gd_tensor *y = gd_full(t, GD_F64, 1, GD_DIMS(2, 2));
    ((double *)y->data)[2] = -1;
    assert_true(gd_check_either(t, "target", y, 1, -1));
    ((double *)y->data)[2] = 0;
    failed(gd_check_either(t, "target", y, 1, -1), GD_ERROR_VALUE,
           "target 0 at [1,0] is neither 1 nor -1");
    failed(gd_check_either(t, "target", gd_full(t, GD_F64, (double)NAN, 0, NULL), 0, 1),
           GD_ERROR_VALUE, "target nan at [] is neither 0 nor 1");
}

static void test_loss_and_fits(void **state)
{
    (void)state;
    gd_loss_options o = {.mask = NULL};
    gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(2, 3));
    assert_true(gd_check_loss(t, x, x, &o));
    o.mask = gd_ones(t, GD_BOOL, GD_DIMS(2, 1));
    assert_true(gd_check_loss(t, x, x, &o));
    assert_true(gd_check_fits(t, "var", gd_ones(t, GD_F32, GD_DIMS(3)), x));
#define X gd_ones(t, GD_F32, GD_DIMS(2, 3))
    o.mask = NULL;
    failed(gd_check_loss(t, NULL, X, &o), GD_ERROR_ARGUMENT, "input is NULL");
    failed(gd_check_loss(t, X, NULL, &o), GD_ERROR_ARGUMENT, "target is NULL");
    failed(gd_check_loss(t, X, gd_ones(t, GD_F32, GD_DIMS(3)), &o), GD_ERROR_SHAPE,
           "target is float32 [3]; float32 [2,3] is needed");
    failed(gd_check_loss(t, X, gd_ones(t, GD_F64, GD_DIMS(2, 3)), &o), GD_ERROR_DTYPE,
           "target is float64 [2,3]; float32 [2,3] is needed");
    o.mask = gd_ones(t, GD_BOOL, GD_DIMS(2));
    failed(gd_check_loss(t, X, X, &o), GD_ERROR_SHAPE,
           "mask is bool [2]; bool broadcastable to [2,3] is needed");
    o.mask = gd_ones(t, GD_BOOL, GD_DIMS(2, 2, 3));
    failed(gd_check_loss(t, X, X, &o), GD_ERROR_SHAPE,
           "mask is bool [2,2,3]; bool broadcastable to [2,3] is needed");
    o.mask = X;
    failed(gd_check_loss(t, X, X, &o), GD_ERROR_DTYPE,
           "mask is float32 [2,3]; bool broadcastable to [2,3] is needed");
    o = (gd_loss_options){.reduction = GD_REDUCTION_SUM, .denominator = GD_SOME(2)};
    failed(gd_check_loss(t, X, X, &o), GD_ERROR_ARGUMENT, "a denominator is for the mean alone");
    failed(gd_check_fits(t, "var", gd_ones(t, GD_F32, GD_DIMS(2)), X), GD_ERROR_SHAPE,
           "var is float32 [2]; float32 broadcastable to [2,3] is needed");
    failed(gd_check_fits(t, "var", gd_ones(t, GD_F64, GD_DIMS(3)), X), GD_ERROR_DTYPE,
           "var is float64 [3]; float32 broadcastable to [2,3] is needed");
    assert_true(gd_check_like(t, "target", X, X));
    failed(gd_check_like(t, "target", gd_ones(t, GD_F32, GD_DIMS(1, 3)), X), GD_ERROR_SHAPE,
           "target is float32 [1,3]; float32 [2,3] is needed");
    failed(gd_check_like(t, "target", gd_ones(t, GD_I64, GD_DIMS(2, 3)), X), GD_ERROR_DTYPE,
           "target is int64 [2,3]; float32 [2,3] is needed");
    failed(gd_check_fits(t, "var", NULL, X), GD_ERROR_ARGUMENT, "var is NULL");
#undef X
    assert_false(gd_check_loss(NULL, x, x, &o));
    assert_false(gd_check_values(NULL, "x", x, 0, 1));
    assert_null(gd_reduce_loss(NULL, x, NULL, NULL));
}

/* ---- whose error it is */

static bool failing_forward(gd_tape *tape, const gd_node *n)
{
    gd_reduce_loss(tape, n->in[0], NULL, NULL);
    gd_zeros(tape, GD_F64, 0, NULL);
    return gd_tape_fail(tape, GD_ERROR_VALUE, "this is refused");
}

/* An op that uses other functions in its forward function fails as itself. */
static void test_name_of_an_op(void **state)
{
    (void)state;
    static const gd_op failing = {.name = "failing_loss",
                                  .least_operands = 1,
                                  .most_operands = 1,
                                  .check = gd_check_elementwise,
                                  .forward = failing_forward};
    gd_tensor *x = gd_ones(t, GD_F64, GD_DIMS(3));
    failed(gd_apply(t, &failing, &x, 1, NULL) != NULL, GD_ERROR_VALUE,
           "failing_loss: this is refused");
}

/* ---- the example of CONTRIBUTING.md, as a loss of a user's own */

static gd_tensor *log_cosh_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                const gd_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "log_cosh_loss");
    gd_loss_options o = options != NULL ? *options : (gd_loss_options){.mask = NULL};
    gd_check_loss(tape, input, target, &o);
    gd_tensor *x = gd_kept(tape, input, o.mask, 0), *y = gd_kept(tape, target, o.mask, 0);
    gd_check_values(tape, "target", y, -HUGE_VAL, HUGE_VAL);

    gd_tensor *d = gd_abs(tape, gd_sub(tape, x, y));
    gd_tensor *minus_2_d = gd_mul(tape, d, gd_scalar_like(tape, -2, d));
    gd_tensor *loss = gd_sub(tape, gd_add(tape, d, gd_softplus(tape, minus_2_d)),
                             gd_scalar_like(tape, 0.6931471805599453, d));
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &o));
}

/* The element of NaN is masked; ln cosh and tanh are the C library's. */
static void test_example(void **state)
{
    (void)state;
    const double from[] = {1, (double)NAN, -900, 0.25}, to[] = {0.5, 0, 100, 0.5};
    gd_tensor *x = floats(GD_F64, GD_DIMS(4), from), *y = floats(GD_F64, GD_DIMS(4), to), *g = NULL;
    gd_loss_options o = {.mask = bools(GD_DIMS(4), (const double[]){1, 0, 1, 1})};
    x->requires_grad = true;
    gd_tensor *loss = log_cosh_loss(t, x, y, &o);
    double mean = (log(cosh(0.5)) + 1000 - log(2) + log(cosh(0.25))) / 3;
    assert_true(fabs(gd_item(loss) - mean) < 1e-12);
    assert_int_equal(gd_grad(t, loss, &x, 1, &g, NULL), GD_OK);
    const double slopes[] = {tanh(0.5) / 3, 0, -1.0 / 3, -tanh(0.25) / 3};
    for (int i = 0; i < 4; ++i)
        assert_true(fabs(at(g, i) - slopes[i]) < 1e-15);
    ((double *)y->data)[2] = (double)NAN;
    failed(log_cosh_loss(t, x, y, &o) != NULL, GD_ERROR_VALUE,
           "log_cosh_loss: target nan at [2] is not a number");
    failed(log_cosh_loss(t, NULL, NULL, NULL) != NULL, GD_ERROR_ARGUMENT,
           "log_cosh_loss: input is NULL");
}

/* ---- gd_reduce_loss */

/* Losses 1 to 6 in [2,3], weights 2, 0, 1 and a mask of [2,1] that drops the second row. */
static gd_tensor *six(gd_dtype dtype)
{
    return floats(dtype, GD_DIMS(2, 3), (const double[]){1, 2, 3, 4, 5, 6});
}

static gd_tensor *weights(gd_dtype dtype)
{
    return floats(dtype, GD_DIMS(3), (const double[]){2, 0, 1});
}

static gd_tensor *first_row(void)
{
    return bools(GD_DIMS(2, 1), (const double[]){1, 0});
}

static void test_reductions(void **state)
{
    (void)state;
    for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
        gd_tensor *l = six(dtype), *w = weights(dtype);
        double count = -1;
        gd_loss_options sum = {.reduction = GD_REDUCTION_SUM},
                        rows = {.reduction = GD_REDUCTION_BATCHMEAN},
                        half = {.mask = first_row(), .count_out = &count},
                        fourth = {.denominator = GD_SOME(4)};
        assert_true(gd_item(gd_reduce_loss(t, l, NULL, NULL)) == 3.5);
        assert_true(fabs(gd_item(gd_reduce_loss(t, l, w, NULL)) - 19.0 / 6) < 3e-7);
        assert_true(gd_item(gd_reduce_loss(t, l, NULL, &sum)) == 21);
        assert_true(gd_item(gd_reduce_loss(t, l, w, &sum)) == 19);
        assert_true(gd_item(gd_reduce_loss(t, l, NULL, &rows)) == 10.5);
        assert_true(gd_item(gd_reduce_loss(t, l, NULL, &half)) == 2);
        assert_true(count == 3);
        assert_true(gd_item(gd_reduce_loss(t, l, NULL, &fourth)) == 5.25);
    }
}

/* Each element for itself; a weight of 0 makes 0 of NaN, and its gradient is the loss where that
 * is a number. */
static void test_none(void **state)
{
    (void)state;
    gd_tensor *l = six(GD_F64), *w = weights(GD_F64), *g[2];
    ((double *)l->data)[1] = (double)NAN;
    ((double *)l->data)[5] = (double)INFINITY;
    l->requires_grad = w->requires_grad = true;
    gd_loss_options o = {.reduction = GD_REDUCTION_NONE, .mask = first_row()};
    gd_tensor *y = gd_reduce_loss(t, l, w, &o);
    const double values[] = {2, 0, 3, 0, 0, 0}, dl[] = {2, 0, 1, 0, 0, 0}, dw[] = {1, 0, 3};
    assert_int_equal(
        gd_grad(t, gd_sum(t, y, GD_ALL_DIMS, false), (gd_tensor *[]){l, w}, 2, g, NULL), GD_OK);
    for (int i = 0; i < 6; ++i)
        assert_true(at(y, i) == values[i] && at(g[0], i) == dl[i]);
    for (int i = 0; i < 3; ++i)
        assert_true(at(g[1], i) == dw[i]);
    gd_loss_options all = {.reduction = GD_REDUCTION_SUM};
    assert_true(gd_item(gd_reduce_loss(t, l, w, &all)) == HUGE_VAL); /* what counts stays visible */
}

/* The mean of nothing, by a mask, a denominator or an empty shape: 0 or NaN, and gradients of 0.
 * */
static void test_nothing(void **state)
{
    (void)state;
    for (int k = 0; k < 6; ++k) {
        gd_tensor *l = k % 3 == 2 ? gd_zeros(t, GD_F32, GD_DIMS(0, 3)) : six(GD_F32), *g = NULL;
        gd_loss_options o = {.nan_when_empty = k >= 3};
        if (k % 3 == 0)
            o.mask = gd_zeros(t, GD_BOOL, GD_DIMS(3));
        if (k % 3 == 1)
            o.denominator = GD_SOME(0);
        l->requires_grad = true;
        gd_tensor *y = gd_reduce_loss(t, l, NULL, &o);
        assert_true(k >= 3 ? isnan(gd_item(y)) : gd_item(y) == 0);
        assert_int_equal(gd_grad(t, y, &l, 1, &g, NULL), GD_OK);
        for (int64_t i = 0; i < gd_tensor_numel(l); ++i)
            assert_true(at(g, i) == 0);
    }
}

/* A sum beyond the range of float32 does not spoil the mean, with a mask neither. */
static void test_large_losses(void **state)
{
    (void)state;
    gd_tensor *l = gd_full(t, GD_F32, (double)FLT_MAX, GD_DIMS(4, 3));
    gd_loss_options masked = {.mask = bools(GD_DIMS(3), (const double[]){1, 0, 1})};
    assert_true(gd_item(gd_reduce_loss(t, l, NULL, NULL)) == (double)FLT_MAX);
    assert_true(fabs(gd_item(gd_reduce_loss(t, l, NULL, &masked)) / (double)FLT_MAX - 1) < 2e-7);
}

static void test_refused(void **state)
{
    (void)state;
    gd_loss_options o = {.mask = NULL};
    failed(gd_reduce_loss(t, NULL, NULL, &o) != NULL, GD_ERROR_ARGUMENT,
           "reduce_loss: loss is NULL");
    failed(gd_reduce_loss(t, six(GD_F32), weights(GD_F64), &o) != NULL, GD_ERROR_DTYPE,
           "reduce_loss: weight is float64 [3]; float32 broadcastable to [2,3] is needed");
    gd_tensor *w = weights(GD_F32);
    ((float *)w->data)[1] = -2;
    failed(gd_reduce_loss(t, six(GD_F32), w, &o) != NULL, GD_ERROR_VALUE,
           "reduce_loss: weight -2 at [1] is below 0");
    o.mask = gd_ones(t, GD_BOOL, GD_DIMS(2));
    failed(gd_reduce_loss(t, six(GD_F32), NULL, &o) != NULL, GD_ERROR_SHAPE,
           "reduce_loss: mask is bool [2]; bool broadcastable to [2,3] is needed");
    o = (gd_loss_options){.reduction = (gd_reduction)7};
    failed(gd_reduce_loss(t, six(GD_F32), NULL, &o) != NULL, GD_ERROR_ARGUMENT,
           "reduce_loss: 7 is not a reduction");
    o = (gd_loss_options){.denominator = GD_SOME(-1)};
    failed(gd_reduce_loss(t, six(GD_F32), NULL, &o) != NULL, GD_ERROR_VALUE,
           "reduce_loss: the denominator is -1");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int own_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kept),         TEST(test_example),       TEST(test_values),
        TEST(test_either),       TEST(test_loss_and_fits), TEST(test_name_of_an_op),
        TEST(test_reductions),   TEST(test_none),          TEST(test_nothing),
        TEST(test_large_losses), TEST(test_refused)};
    return cmocka_run_group_tests_name("a loss of one's own", tests, NULL, NULL);
}
