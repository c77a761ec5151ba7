/* Anomaly mode: the first NaN or infinity in a gradient is an error of the call that it belongs
 * to. Expected values are closed forms, and the limits of IEEE 754. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "anomaly_help.h"
#include "tests.h"

#include <math.h>
#include <string.h>

static void assert_anomaly(const gd_tape *tape, int line, const char *text)
{
    assert_anomaly_at(tape, "tests/autograd/anomaly_gradients.c", line, text);
}

/* ---- gradients ---- */

/* 1e200 (1e200 x), which is finite, and whose gradient is not. */
static gd_tensor *steep(gd_tape *t, gd_tensor *x, int *line)
{
    gd_tensor *large = gd_scalar(t, 1e200, GD_F64);
    *line = __LINE__ + 1;
    gd_tensor *y = gd_mul(t, x, large);
    return gd_mul(t, y, large);
}

static const char steep_gradient[] =
    "mul: the gradient of input at [0] is inf; dy: float64 [2] in [1e+200, 1e+200]; input: float64 "
    "[2] in [1e-300, 2e-300]; other: float64 [] in [1e+200, 1e+200]";

static void test_gradient_of_a_leaf(void **state)
{
    gd_tape *t = *state;
    int line;
    gd_tensor *y = steep(t, leaf(t, GD_F64, 1e-300, 2e-300), &line);
    assert_int_equal(gd_backward(t, sum(t, y)), GD_ERROR_VALUE);
    assert_anomaly(t, line, steep_gradient);
}

static void test_gradient_of_a_recorded_tensor(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_neg(t, leaf(t, GD_F64, -1e-300, -2e-300));
    int line;
    gd_tensor *y = steep(t, x, &line);
    assert_int_equal(gd_backward(t, sum(t, y)), GD_ERROR_VALUE);
    assert_anomaly(t, line, steep_gradient);
}

static void test_grad(void **state)
{
    gd_tape *t = *state;
    gd_tensor *g = NULL;
    for (int recorded = 0; recorded < 2; ++recorded) {
        gd_tape_reset(t);
        gd_tensor *x = leaf(t, GD_F64, 1e-300, 2e-300);
        int line;
        gd_tensor *y = sum(t, steep(t, x, &line));
        gd_grad_options options = {.create_graph = recorded};
        assert_int_equal(gd_grad(t, y, &x, 1, &g, &options), GD_ERROR_VALUE);
        assert_anomaly(t, line, steep_gradient);
        assert_null(g);
    }
}

static void test_gradient_of_a_division(void **state)
{
    gd_tape *t = *state;
    gd_tensor *a = gd_full(t, GD_F64, 1e-310, GD_DIMS(1)), *b = gd_clone(t, a);
    b->requires_grad = true;
    int line = __LINE__ + 1;
    gd_tensor *y = gd_div(t, a, b); /* 1; its gradient for b is -1e310 */
    assert_int_equal(gd_backward(t, y), GD_ERROR_VALUE);
    assert_anomaly(t, line,
                   "div: the gradient of other at [0] is -inf; dy: float64 [1] in [1, 1]; input: "
                   "float64 [1] in [1e-310, 1e-310]; other: float64 [1] in [1e-310, 1e-310]");
}

/* A first contribution to what another op has made, by a rule: the division is named, not what
 * made its operand. */
static void test_gradient_of_a_result(void **state)
{
    gd_tape *t = *state;
    gd_tensor *a = gd_full(t, GD_F64, 1e-310, GD_DIMS(1)), *x = gd_clone(t, a);
    x->requires_grad = true;
    int line = __LINE__ + 1;
    gd_tensor *y = gd_div(t, a, gd_abs(t, x)); /* 1; its gradient for |x| is -1e310 */
    assert_int_equal(gd_backward(t, y), GD_ERROR_VALUE);
    assert_anomaly(t, line,
                   "div: the gradient of other at [0] is -inf; dy: float64 [1] in [1, 1]; input: "
                   "float64 [1] in [1e-310, 1e-310]; other: float64 [1] in [1e-310, 1e-310]");
}

/* By grad_into, whose result is of a matrix product. */
static void test_gradient_of_a_layer(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_full(t, GD_F32, 1e20, GD_DIMS(1, 2)), *w = gd_zeros(t, GD_F32, GD_DIMS(1, 2));
    gd_tensor *dy = gd_full(t, GD_F32, 1e20, GD_DIMS(1, 1));
    w->requires_grad = true;
    int line = __LINE__ + 1;
    gd_tensor *y = gd_linear(t, x, w, NULL);
    gd_backward_options options = {.gradient = dy};
    assert_int_equal(gd_backward_with(t, y, &options), GD_ERROR_VALUE);
    assert_anomaly(
        t, line,
        "linear: the gradient of weight at [0,0] is inf; dy: float32 [1,1] in [1e+20, 1e+20]; "
        "input: float32 [1,2] in [1e+20, 1e+20]; weight: float32 [1,2] in [0, 0]");
}

/* The element is one of the operand's, not of the wider shape that the rule gives. */
static void test_gradient_of_a_broadcast_operand(void **state)
{
    gd_tape *t = *state;
    for (int recorded = 0; recorded < 2; ++recorded) {
        gd_tape_reset(t);
        gd_tensor *dy = gd_zeros(t, GD_F32, GD_DIMS(3, 2)), *x = leaf(t, GD_F32, 0, 0), *g;
        for (int row = 0; row < 3; ++row)
            ((float *)dy->data)[2 * row + 1] = 2e38f; /* their sum overflows */
        int line = __LINE__ + 1;
        gd_tensor *y = gd_add(t, gd_zeros(t, GD_F32, GD_DIMS(3, 2)), x);
        gd_grad_options options = {.gradient = dy, .create_graph = recorded};
        assert_int_equal(gd_grad(t, y, &x, 1, &g, &options), GD_ERROR_VALUE);
        assert_anomaly(t, line,
                       "add: the gradient of other at [1] is inf; dy: float32 [3,2] in [0, 2e+38]; "
                       "input: float32 [3,2] in [0, 0]; other: float32 [2] in [0, 0]");
    }
}

static void test_a_gradient_from_outside(void **state)
{
    gd_tape *t = *state;
    gd_tensor *dy = vector(t, GD_F32, 1, (double)NAN), *x = leaf(t, GD_F32, 1, 2);
    int line = __LINE__ + 1;
    gd_tensor *y = gd_neg(t, x);
    gd_backward_options options = {.gradient = dy};
    assert_int_equal(gd_backward_with(t, y, &options), GD_ERROR_VALUE);
    assert_anomaly(t, line,
                   "neg: the gradient of input at [1] is nan; dy: float32 [2] in [1, 1] and 1 nan; "
                   "input: float32 [2] in [1, 2]");
}

/* ---- gradients that are sums ---- */

/* Two contributions of 2e38, which float32 holds, and their sum, which it does not: in a leaf, in
 * a recorded tensor, and recorded. */
static void test_sums_that_overflow(void **state)
{
    gd_tape *t = *state;
    for (int of_leaf = 0; of_leaf < 2; ++of_leaf)
        for (int recorded = 0; recorded < 2; ++recorded) {
            gd_tape_reset(t);
            gd_tensor *x = leaf(t, GD_F32, 0, 0), *dy = vector(t, GD_F32, 0, 2e38), *g;
            gd_tensor *inner = of_leaf ? x : gd_neg(t, x);
            int line = __LINE__ + 1;
            gd_tensor *y = gd_add(t, inner, inner);
            gd_grad_options options = {.gradient = dy, .create_graph = recorded};
            assert_int_equal(gd_grad(t, y, &x, 1, &g, &options), GD_ERROR_VALUE);
            assert_anomaly(
                t, line,
                of_leaf
                    ? "add: the sum of gradients of other at [1] is inf; dy: float32 [2] in [0, "
                      "2e+38]; input: float32 [2] in [0, 0]; other: float32 [2] in [0, 0]"
                    : "add: the sum of gradients of other at [1] is inf; dy: float32 [2] in [0, "
                      "2e+38]; input: float32 [2] in [-0, -0]; other: float32 [2] in [-0, -0]");
        }
}

/* A NaN that a leaf's gradient holds from before is not this backward's; an infinity at another
 * element is. */
static void test_what_was_there_before(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_tensor_create_full(GD_F64, 1e-300, GD_DIMS(2));
    x->requires_grad = true;
    gd_tape_set_anomaly_mode(t, false);
    gd_backward_options nan = {.gradient = vector(t, GD_F64, (double)NAN, 1)};
    assert_int_equal(gd_backward_with(t, gd_neg(t, x), &nan), GD_OK);
    gd_tape_set_anomaly_mode(t, true);
    assert_int_equal(gd_backward(t, sum(t, x)), GD_OK);
    assert_true(isnan(element(x->grad, 0)) && element(x->grad, 1) == 0);
    gd_tensor *large = vector(t, GD_F64, 1, 1e200);
    int line = __LINE__ + 1;
    gd_tensor *y = gd_mul(t, x, large);
    assert_int_equal(gd_backward(t, sum(t, gd_mul(t, y, large))), GD_ERROR_VALUE);
    assert_anomaly(t, line,
                   "mul: the gradient of input at [1] is inf; dy: float64 [2] in [1, 1e+200]; "
                   "input: float64 [2] in [1e-300, 1e-300]; other: float64 [2] in [1, 1e+200]");
    gd_tensor_destroy(x);
}

/* ---- what a rule does on its way ---- */

static void test_op_of_the_users(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = leaf(t, GD_F32, 4, 0), *minus = vector(t, GD_F32, 1, -1);
    int line = __LINE__ + 1;
    assert_null(gd_apply(t, &root, &minus, 1, NULL));
    assert_anomaly(t, line, "root: the result at [1] is nan; operand 0: float32 [2] in [-1, 1]");
    gd_tape_reset(t);
    x = leaf(t, GD_F32, 4, 0);
    line = __LINE__ + 1;
    gd_tensor *y = gd_apply(t, &root, &x, 1, NULL);
    assert_int_equal(gd_backward(t, sum(t, y)), GD_ERROR_VALUE);
    assert_anomaly(t, line, /* not div, of which its rule is made */
                   "root: the gradient of operand 0 at [1] is inf; dy: float32 [2] in [1, 1]; "
                   "operand 0: float32 [2] in [0, 4]");
}

/* x / (inf) = 0: an infinity on the way, none in the end. */
static gd_tensor *by_infinity(gd_tape *t, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *zero = gd_zeros(t, GD_F32, GD_DIMS(2));
    gd_tensor *infinite = gd_div(t, gd_add(t, dy, n->in[0]), zero);
    return gd_div(t, dy, infinite);
}

static bool nan_into(gd_tape *t, const gd_node *n, const gd_tensor *dy, int i, gd_tensor *dst,
                     bool accumulate)
{
    (void)t, (void)n, (void)dy, (void)i, (void)accumulate;
    ((float *)dst->data)[1] = NAN;
    return true;
}

static void test_a_rules_own_ops(void **state)
{
    gd_tape *t = *state;
    gd_op op = root;
    op.grad = by_infinity;
    for (int recorded = 0; recorded < 2; ++recorded) {
        gd_tensor *x = leaf(t, GD_F32, 4, 1), *g;
        gd_tensor *y = sum(t, gd_apply(t, &op, &x, 1, NULL));
        gd_grad_options options = {.create_graph = recorded};
        assert_int_equal(gd_grad(t, y, &x, 1, &g, &options), GD_OK);
        assert_true(element(g, 1) == 0);
    }
    gd_tensor *one = gd_ones(t, GD_F32, GD_DIMS(1)); /* the results of calls are scanned again */
    int line = __LINE__ + 1;
    assert_null(gd_div(t, one, gd_sub(t, one, one)));
    assert_anomaly(t, line,
                   "div: the result at [0] is inf; input: float32 [1] in [1, 1]; other: float32 "
                   "[1] in [0, 0]");
}

/* What runs without the mode runs with it: here the rule is right, and grad_into is not. */
static void test_grad_into_is_what_is_scanned(void **state)
{
    gd_tape *t = *state;
    gd_op op = root;
    op.grad_into = nan_into;
    for (int of_leaf = 0; of_leaf < 2; ++of_leaf) {
        gd_tape_reset(t);
        gd_tensor *x = leaf(t, GD_F32, 4, 1);
        x = of_leaf ? x : gd_neg(t, gd_neg(t, x));
        gd_tensor *y = gd_apply(t, &op, &x, 1, NULL);
        assert_int_equal(gd_backward(t, sum(t, y)), GD_ERROR_VALUE);
        assert_non_null(
            strstr(gd_tape_message(t), "root: the gradient of operand 0 at [1] is nan"));
    }
}

/* The recorded gradient of a gradient: y = log x, g = 1/x, dg/dx = -1/x^2, which overflows. */
static void test_second_order(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = leaf(t, GD_F64, 1, 1e-200), *g, *h;
    int line = __LINE__ + 1;
    gd_tensor *y = gd_log(t, x);
    assert_int_equal(gd_grad(t, sum(t, y), &x, 1, &g, &(gd_grad_options){.create_graph = true}),
                     GD_OK);
    assert_int_equal(gd_grad(t, sum(t, g), &x, 1, &h, NULL), GD_ERROR_VALUE);
    assert_anomaly(t, line, /* of the call whose rule has recorded the division */
                   "div: the gradient of other at [1] is -inf; dy: float64 [2] in [1, 1]; input: "
                   "float64 [2] in [1, 1]; other: float64 [2] in [1e-200, 1]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, anomaly_setup, anomaly_teardown)

int anomaly_gradients_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_gradient_of_a_leaf),
        TEST(test_gradient_of_a_recorded_tensor),
        TEST(test_grad),
        TEST(test_gradient_of_a_division),
        TEST(test_gradient_of_a_result),
        TEST(test_gradient_of_a_layer),
        TEST(test_gradient_of_a_broadcast_operand),
        TEST(test_a_gradient_from_outside),
        TEST(test_sums_that_overflow),
        TEST(test_what_was_there_before),
        TEST(test_a_rules_own_ops),
        TEST(test_grad_into_is_what_is_scanned),
        TEST(test_second_order),
        TEST(test_op_of_the_users),
    };
    return cmocka_run_group_tests_name("anomaly_gradients", tests, NULL, NULL);
}
