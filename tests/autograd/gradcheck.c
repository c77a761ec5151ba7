/* gd_gradcheck itself: it must not be fooled. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

static gd_tensor *square(gd_tape *tape, gd_tensor *const *in, int n, void *context)
{
    (void)n, (void)context;
    return gd_mul(tape, in[0], in[0]);
}

static gd_tensor *ignores_its_input(gd_tape *tape, gd_tensor *const *in, int n, void *context)
{
    (void)in, (void)n, (void)context;
    return gd_ones(tape, GD_F64, GD_DIMS(2));
}

static gd_tensor *times_zero(gd_tape *tape, gd_tensor *const *in, int n, void *context)
{
    (void)n, (void)context;
    return gd_mul(tape, in[0], gd_scalar(tape, 0, GD_F64));
}

static gd_tensor *is_refused(gd_tape *tape, gd_tensor *const *in, int n, void *context)
{
    (void)n, (void)context;
    return gd_add(tape, in[0], gd_ones(tape, GD_F64, GD_DIMS(3)));
}

/* An op of a user's: y = 2x, with a gradient rule that is chosen by the test. */
static bool twice_forward(gd_tape *tape, const gd_node *node)
{
    (void)tape;
    for (int64_t i = 0; i < gd_tensor_numel(node->out); ++i)
        ((double *)node->out->data)[i] = 2 * ((const double *)node->in[0]->data)[i];
    return true;
}

static gd_tensor *good_rule(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    (void)node, (void)i;
    return gd_add(tape, dy, dy);
}

static gd_tensor *nan_rule(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    (void)i, (void)dy;
    return gd_full(tape, GD_F64, (double)NAN, node->in[0]->ndim, node->in[0]->shape);
}

static gd_tensor *wrong_sign_rule(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    return gd_neg(tape, good_rule(tape, node, dy, i));
}

/* y = x^2 whose rule gives 2 x dy, but with 2 x as a constant: right, and its own gradient wrong.
 * */
static bool square_forward(gd_tape *tape, const gd_node *node)
{
    (void)tape;
    for (int64_t i = 0; i < gd_tensor_numel(node->out); ++i) {
        double x = ((const double *)node->in[0]->data)[i];
        ((double *)node->out->data)[i] = x * x;
    }
    return true;
}

static gd_tensor *constant_slope_rule(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    (void)i;
    const gd_tensor *x = node->in[0];
    gd_tensor *slope = gd_from_data(tape, GD_F64, x->data, x->ndim, x->shape);
    return gd_mul(tape, dy, gd_add(tape, slope, slope));
}

/* The same, with the slope computed while the rule has switched recording off. */
static gd_tensor *unrecorded_slope_rule(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    bool before = gd_tape_set_recording(tape, false);
    gd_tensor *slope = gd_add(tape, node->in[i], node->in[i]);
    gd_tape_set_recording(tape, before);
    return gd_mul(tape, dy, slope);
}

static gd_tensor *square_with_constant_slope(gd_tape *tape, gd_tensor *const *in, int n,
                                             void *context)
{
    static const gd_op op = {.name = "square",
                             .least_operands = 1,
                             .most_operands = 1,
                             .check = gd_check_elementwise,
                             .forward = square_forward,
                             .grad = constant_slope_rule};
    (void)context;
    return gd_apply(tape, &op, in, n, NULL);
}

static gd_tensor *square_with_unrecorded_slope(gd_tape *tape, gd_tensor *const *in, int n,
                                               void *context)
{
    static const gd_op op = {.name = "square",
                             .least_operands = 1,
                             .most_operands = 1,
                             .check = gd_check_elementwise,
                             .forward = square_forward,
                             .grad = unrecorded_slope_rule};
    (void)context;
    return gd_apply(tape, &op, in, n, NULL);
}

/* Right in value, but the recorded gradient does not depend on dy. */
static gd_tensor *not_differentiable_rule(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *dx = gd_zeros(tape, GD_F64, node->in[0]->ndim, node->in[0]->shape);
    for (int64_t k = 0; k < gd_tensor_numel(dx); ++k)
        ((double *)dx->data)[k] = 2 * ((const double *)dy->data)[k];
    return dx;
}

static gd_tensor *twice(gd_tape *tape, gd_tensor *const *in, int n, void *context)
{
    gd_op op = {.name = "twice",
                .least_operands = 1,
                .most_operands = 1,
                .check = gd_check_elementwise,
                .forward = twice_forward};
    memcpy(&op.grad, context, sizeof op.grad);
    static gd_op kept; /* a node refers to its op */
    kept = op;
    return gd_apply(tape, &kept, in, n, NULL);
}

static gd_status check(gd_function function, void *context, bool requires_grad, bool second_order)
{
    const double values[] = {0.5, -1.5};
    gd_tensor *x = gd_tensor_create_from_data(GD_F64, values, GD_DIMS(2));
    x->requires_grad = requires_grad;
    gd_status status = gd_gradcheck(function, &x, 1, context,
                                    &(gd_gradcheck_options){.second_order = second_order});
    assert_memory_equal(x->data, values, sizeof values); /* changed and restored */
    gd_tensor_destroy(x);
    return status;
}

typedef gd_tensor *rule(gd_tape *, const gd_node *, gd_tensor *, int);

static gd_status check_rule(rule *grad, bool second_order)
{
    return check(twice, &grad, true, second_order);
}

static void test_accepts_what_is_right(void **state)
{
    (void)state;
    assert_int_equal(check(square, NULL, true, true), GD_OK);
    assert_int_equal(check_rule(good_rule, true), GD_OK);
}

static void test_refuses_what_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(check_rule(wrong_sign_rule, false), GD_ERROR_VALUE);
    assert_non_null(strstr(gd_message(), "first order, input 0, element 0 (0.5)"));
    assert_int_equal(check_rule(nan_rule, false), GD_ERROR_VALUE);
    assert_int_equal(check_rule(not_differentiable_rule, false), GD_OK);
    assert_int_not_equal(check_rule(not_differentiable_rule, true), GD_OK);
    assert_int_equal(check(square_with_constant_slope, NULL, true, false), GD_OK);
    assert_int_equal(check(square_with_constant_slope, NULL, true, true), GD_ERROR_VALUE);
    assert_non_null(strstr(gd_message(), "second order, input 0, element 0"));
    assert_int_equal(check(square_with_unrecorded_slope, NULL, true, false), GD_OK);
    assert_int_equal(check(square_with_unrecorded_slope, NULL, true, true), GD_ERROR_VALUE);
}

static void test_refuses_to_check_nothing(void **state)
{
    (void)state;
    assert_int_equal(check(square, NULL, false, false), GD_ERROR_ARGUMENT);
    assert_int_equal(check(times_zero, NULL, true, false), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_message(), "every derivative is 0"));
    assert_int_not_equal(check(ignores_its_input, NULL, true, false), GD_OK);
    assert_int_equal(check(is_refused, NULL, true, false), GD_ERROR_SHAPE);
    assert_non_null(strstr(gd_message(), "add: [2] and [3]"));
    assert_int_equal(gd_gradcheck(NULL, NULL, 0, NULL, NULL), GD_ERROR_ARGUMENT);
}

static gd_tensor *cast(gd_tape *tape, gd_tensor *const *in, int n, void *context)
{
    (void)n, (void)context;
    return gd_cast(tape, in[0], GD_F64);
}

static void test_refuses_integers(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create_ones(GD_I64, GD_DIMS(2));
    x->requires_grad = true;
    assert_int_equal(gd_gradcheck(cast, &x, 1, NULL, NULL), GD_ERROR_DTYPE);
    assert_string_equal(gd_message(), "gradcheck: input 0 is int64; float64 is needed");
    gd_tensor_destroy(x);
}

int gradcheck_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts_what_is_right), cmocka_unit_test(test_refuses_what_is_wrong),
        cmocka_unit_test(test_refuses_to_check_nothing), cmocka_unit_test(test_refuses_integers)};
    return cmocka_run_group_tests_name("gradcheck", tests, NULL, NULL);
}
