/* Anomaly mode: the first NaN or infinity in a result is an error of its call.
 * Expected values are closed forms, and the limits of IEEE 754. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "anomaly_help.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

static void assert_anomaly(const gd_tape *tape, int line, const char *text)
{
    assert_anomaly_at(tape, "tests/autograd/anomaly.c", line, text);
}

/* ---- results ---- */

static void test_unary(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_from_data(t, GD_F32, (const float[]){1, 2.5f, 0.5f, 3, -1, 0}, GD_DIMS(2, 3));
    int line = __LINE__ + 1;
    assert_null(gd_log(t, x));
    assert_anomaly(t, line, "log: the result at [1,1] is nan; input: float32 [2,3] in [-1, 3]");
    assert_null(gd_neg(t, x)); /* an error like any other */
    gd_tape_reset(t);
    line = __LINE__ + 1;
    assert_null(gd_log(t, vector(t, GD_F64, 1, 0)));
    assert_anomaly(t, line, "log: the result at [1] is -inf; input: float64 [2] in [0, 1]");
}

static void test_both_float_types(void **state)
{
    gd_tape *t = *state;
    assert_non_null(gd_exp(t, vector(t, GD_F64, 88, 100)));
    int line = __LINE__ + 1;
    assert_null(gd_exp(t, vector(t, GD_F32, 88, 100)));
    assert_anomaly(t, line, "exp: the result at [1] is inf; input: float32 [2] in [88, 100]");
    gd_tape_reset(t);
    line = __LINE__ + 1;
    assert_null(gd_exp(t, vector(t, GD_F64, 1000, 700)));
    assert_anomaly(t, line, "exp: the result at [0] is inf; input: float64 [2] in [700, 1000]");
}

/* Far into a tensor of several chunks, whose operand has its elements in another order. */
static void test_position_in_row_major_order(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_ones(t, GD_F64, GD_DIMS(7, 500));
    ((double *)x->data)[3 * 500 + 401] = 0;
    ((double *)x->data)[2 * 500 + 402] = -1; /* earlier in memory, later in the transposed view */
    int line = __LINE__ + 1;
    assert_null(gd_log(t, gd_transpose(t, x, 0, 1)));
    assert_anomaly(t, line,
                   "log: the result at [401,3] is -inf; input: float64 [500,7] in [-1, 1]");
}

static void test_broadcast(void **state)
{
    gd_tape *t = *state;
    gd_tensor *a = gd_arange(t, GD_F32, 1, 7, 1), *b = vector(t, GD_F32, 4, 0);
    a = gd_reshape(t, a, GD_DIMS(3, 2));
    int line = __LINE__ + 1;
    assert_null(gd_div(t, a, b));
    assert_anomaly(t, line,
                   "div: the result at [0,1] is inf; input: float32 [3,2] in [1, 6]; other: "
                   "float32 [2] in [0, 4]");
}

static void test_reduction(void **state)
{
    gd_tape *t = *state;
    int line = __LINE__ + 1;
    assert_null(gd_mean(t, gd_zeros(t, GD_F64, GD_DIMS(0, 3)), GD_ALL_DIMS, false));
    assert_anomaly(t, line, "mean: the result at [] is nan; input: float64 [0,3]");
    gd_tape_reset(t);
    line = __LINE__ + 1;
    assert_null(gd_sum(t, vector(t, GD_F32, 3e38, 2e38), GD_ALL_DIMS, false));
    assert_anomaly(t, line, "sum: the result at [] is inf; input: float32 [2] in [2e+38, 3e+38]");
}

static void test_softmax(void **state)
{
    gd_tape *t = *state;
    int line = __LINE__ + 1;
    assert_null(gd_softmax(t, vector(t, GD_F32, 1, INFINITY), 0));
    assert_anomaly(t, line,
                   "softmax: the result at [0] is nan; input: float32 [2] in [1, 1] and 1 inf");
}

static void test_choices(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = vector(t, GD_F64, 1, 2), *chosen = gd_gt(t, x, gd_scalar(t, 1.5, GD_F64));
    int line = __LINE__ + 1;
    assert_null(gd_masked_fill(t, x, chosen, INFINITY));
    assert_anomaly(
        t, line,
        "masked_fill: the result at [1] is inf; input: float64 [2] in [1, 2]; mask: bool [2]");
    gd_tape_reset(t);
    gd_tensor *bad = vector(t, GD_F64, 3, NAN);
    x = vector(t, GD_F64, 1, 2);
    chosen = gd_lt(t, x, gd_scalar(t, 1.5, GD_F64));
    line = __LINE__ + 1;
    assert_null(gd_where(t, chosen, x, bad));
    assert_anomaly(t, line,
                   "where: the result at [1] is nan; condition: bool [2]; input: float64 [2] in "
                   "[1, 2]; other: float64 [2] in [3, 3] and 1 nan");
    gd_tape_reset(t);
    x = vector(t, GD_F64, 1, 2);
    line = __LINE__ + 1;
    assert_null(gd_max(t, gd_pow(t, x, gd_scalar(t, 1e4, GD_F64)), GD_ALL_DIMS, false));
    assert_anomaly(t, line,
                   "pow: the result at [1] is inf; input: float64 [2] in [1, 2]; exponent: float64 "
                   "[] in [10000, 10000]");
}

static void test_indices(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_full(t, GD_F32, 3e38, GD_DIMS(2)), *index = gd_zeros(t, GD_I64, GD_DIMS(2));
    int line = __LINE__ + 1;
    assert_null(gd_index_add(t, x, 0, index, x));
    assert_anomaly(t, line,
                   "index_add: the result at [0] is inf; input: float32 [2] in [3e+38, 3e+38]; "
                   "index: int64 [2] in [0, 0]; source: float32 [2] in [3e+38, 3e+38]");
}

static void test_copies(void **state)
{
    gd_tape *t = *state;
    int line = __LINE__ + 1;
    assert_null(gd_cast(t, vector(t, GD_F64, 1, 1e300), GD_F32));
    assert_anomaly(t, line, "cast: the result at [1] is inf; input: float64 [2] in [1, 1e+300]");
    gd_tape_reset(t);
    gd_tensor *x = vector(t, GD_F64, 1, NAN);
    line = __LINE__ + 1;
    assert_null(gd_concat(t, (gd_tensor *[]){x, x}, 2, 0));
    assert_anomaly(t, line,
                   "concat: the result at [1] is nan; tensors[0]: float64 [2] in [1, 1] and 1 nan; "
                   "tensors[1]: float64 [2] in [1, 1] and 1 nan");
}

/* Its first node is log_softmax. */
static void test_cross_entropy(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = vector(t, GD_F32, 1, INFINITY), *y = gd_scalar(t, 1, GD_I64);
    int line = __LINE__ + 1;
    assert_null(gd_cross_entropy(t, x, y, NULL));
    assert_anomaly(
        t, line, "cross_entropy: the result at [0] is nan; input: float32 [2] in [1, 1] and 1 inf");
}

static void test_products(void **state)
{
    gd_tape *t = *state;
    gd_tensor *a = gd_full(t, GD_F32, 1e20, GD_DIMS(2, 3)), *b = gd_zeros(t, GD_F32, GD_DIMS(3, 2));
    ((float *)b->data)[1] = -1e20f;
    int line = __LINE__ + 1;
    assert_null(gd_matmul(t, a, b));
    assert_anomaly(t, line,
                   "matmul: the result at [0,1] is -inf; input: float32 [2,3] in [1e+20, 1e+20]; "
                   "other: float32 [3,2] in [-1e+20, 0]");
    gd_tape_reset(t);
    a = gd_full(t, GD_F64, 1e200, GD_DIMS(1, 2));
    line = __LINE__ + 1;
    assert_null(gd_linear(t, a, a, NULL)); /* an operand that is left out is not shown */
    assert_anomaly(t, line,
                   "linear: the result at [0,0] is inf; input: float64 [1,2] in [1e+200, 1e+200]; "
                   "weight: float64 [1,2] in [1e+200, 1e+200]");
}

static void test_loss(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = vector(t, GD_F32, 2, (double)INFINITY), *y = vector(t, GD_F32, 1, 0);
    int line = __LINE__ + 1;
    assert_null(gd_binary_cross_entropy_with_logits(t, x, y, NULL));
    assert_anomaly(t, line,
                   "binary_cross_entropy_with_logits: the result at [] is inf; input: float32 [2] "
                   "in [2, 2] and 1 inf; target: float32 [2] in [0, 1]");
}

static void test_bad_values_that_came_in(void **state)
{
    gd_tape *t = *state;
    const double values[] = {(double)NAN, 3, -(double)INFINITY, 0.1, (double)NAN};
    gd_tensor *x = gd_from_data(t, GD_F64, values, GD_DIMS(5));
    int line = __LINE__ + 1;
    assert_null(gd_add(t, x, gd_scalar(t, 1, GD_F64)));
    assert_anomaly(t, line,
                   "add: the result at [0] is nan; input: float64 [5] in [0.1, 3] and 2 nan, 1 "
                   "inf; other: float64 [] in [1, 1]");
    gd_tape_reset(t);
    line = __LINE__ + 1;
    assert_null(gd_neg(t, vector(t, GD_F32, (double)INFINITY, (double)INFINITY)));
    assert_anomaly(t, line, "neg: the result at [0] is -inf; input: float32 [2] of 2 inf");
    gd_tape_reset(t);
    line = __LINE__ + 1;
    assert_null(gd_neg(t, vector(t, GD_F32, (double)INFINITY, (double)NAN)));
    assert_anomaly(t, line, "neg: the result at [0] is -inf; input: float32 [2] of 1 nan, 1 inf");
    gd_tape_reset(t);
    assert_non_null(
        gd_sigmoid(t, vector(t, GD_F32, (double)INFINITY, 0))); /* 1: nothing is wrong */
}

static void test_views_are_passed_on(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_reshape(t, vector(t, GD_F32, 1, (double)NAN), GD_DIMS(2, 1));
    gd_tensor *view = gd_expand(t, gd_transpose(t, x, 0, 1), GD_DIMS(3, 2));
    assert_non_null(view);
    int line = __LINE__ + 1;
    assert_null(gd_relu(t, view));
    assert_anomaly(t, line,
                   "relu: the result at [0,1] is nan; input: float32 [3,2] in [1, 1] and 3 nan");
}

static void test_other_dtypes(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_arange(t, GD_I64, 0, 3, 1);
    assert_non_null(gd_clone(t, x));
    ((int64_t *)x->data)[1] = INT64_MAX; /* as a float64 it would be a NaN */
    assert_non_null(gd_clone(t, x));
}

/* ---- ops of the user's ---- */

static bool check_as_first(gd_tape *t, gd_node *n)
{
    (void)t;
    n->out->dtype = n->in[0]->dtype;
    n->out->ndim = n->in[0]->ndim;
    memcpy(n->out->shape, n->in[0]->shape, sizeof n->out->shape);
    return true;
}

static bool fill_with_nan(gd_tape *t, const gd_node *n)
{
    (void)t;
    return gd_tensor_fill(n->out, (double)NAN) == GD_OK;
}

static const gd_op pick = {.name = "pick",
                           .least_operands = 1,
                           .most_operands = 20,
                           .check = check_as_first,
                           .forward = fill_with_nan};

static void test_operands_of_other_dtypes(void **state)
{
    gd_tape *t = *state;
    gd_tensor *rows = gd_reshape(t, gd_arange(t, GD_I64, -3, 9, 1), GD_DIMS(3, 4));
    gd_tensor columns = gd_tensor_slice(rows, 1, 1, 4, 2);
    gd_tensor *x[] = {gd_ones(t, GD_F32, GD_DIMS(1)), &columns, gd_zeros(t, GD_BOOL, GD_DIMS(2)),
                      gd_zeros(t, GD_I64, GD_DIMS(0))};
    int line = __LINE__ + 1;
    assert_null(gd_apply(t, &pick, x, 4, NULL));
    assert_anomaly(t, line,
                   "pick: the result at [0] is nan; operand 0: float32 [1] in [1, 1]; operand 1: "
                   "int64 [3,2] in [-2, 8]; operand 2: bool [2]; operand 3: int64 [0]");
}

/* The error of a call with 20 operands, of which number 8 is filled with -1000. */
static void assert_cut(gd_tape *t, int64_t size_of_8, const char *after_7)
{
    gd_tensor *x[20];
    char expected[600];
    for (int i = 0; i < 20; ++i)
        x[i] = gd_zeros(t, GD_F64, GD_DIMS(1, 1, i == 8 ? size_of_8 : 1));
    gd_tensor_fill(x[8], -1000);
    int at = snprintf(expected, sizeof expected, "pick: the result at [0,0,0] is nan");
    for (int i = 0; i < 8; ++i)
        at += snprintf(expected + at, sizeof expected - (size_t)at,
                       "; operand %d: float64 [1,1,1] in [0, 0]", i);
    snprintf(expected + at, sizeof expected - (size_t)at, "%s", after_7);
    int line = __LINE__ + 1;
    assert_null(gd_apply(t, &pick, x, 20, NULL));
    assert_anomaly(t, line, expected);
    gd_tape_reset(t);
}

static void test_long_messages_are_cut(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_zeros(t, GD_F64, GD_DIMS(1));
    char place[501]; /* longer than any that there should be */
    memset(place, 'f', sizeof place - 1);
    place[sizeof place - 1] = '\0';
    gd_at(t, (gd_apply)(t, &pick, &x, 1, NULL), place, 1, NULL);
    assert_true(strlen(gd_tape_message(t)) < 512);
    gd_tape_reset(t);
    /* Number 8 just fits, with the sign that more is left out; and does not, by one character. */
    assert_cut(t, 1, "; operand 8: float64 [1,1,1] in [-1000, -1000]; ...");
    assert_cut(t, 10, "; ...");
}

/* ---- the setting ---- */

static void test_off(void **state)
{
    gd_tape *t = *state;
    assert_true(gd_tape_set_anomaly_mode(t, false));
    gd_tensor *x = leaf(t, GD_F32, 4, 0), *g;
    gd_tensor *y = gd_log(t, gd_apply(t, &root, &x, 1, NULL));
    assert_non_null(y);
    for (int recorded = 0; recorded < 2; ++recorded)
        assert_int_equal(
            gd_grad(t, sum(t, y), &x, 1, &g, &(gd_grad_options){.create_graph = recorded}), GD_OK);
    assert_int_equal(gd_backward(t, sum(t, y)), GD_OK);
    assert_true(isinf(element(y, 1)) && !isfinite(element(x->grad, 1)));
}

static void test_setting(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    assert_false(gd_tape_set_anomaly_mode(t, true));
    assert_true(gd_tape_set_anomaly_mode(t, true));
    gd_tape_reset(t);
    assert_null(gd_log(t, gd_zeros(t, GD_F32, GD_DIMS(1))));
    gd_tape_reset(t);
    assert_true(gd_tape_set_anomaly_mode(t, false));
    assert_non_null(gd_log(t, gd_zeros(t, GD_F32, GD_DIMS(1))));
    gd_tape_reset(t);
    assert_false(gd_tape_set_anomaly_mode(t, false));
    gd_tape_destroy(t);
    assert_false(gd_tape_set_anomaly_mode(NULL, true));
}

/* ---- every op ---- */

/* The operands' gradients, for weights 1, and the op's result. false: the tape has an error. */
static bool run(gd_tape *t, const gd_op *op, const gd_sample *sample, const operands *o,
                gd_tensor **results)
{
    gd_tensor *wanted[MOST_OPERANDS];
    int n = 0;
    for (int i = 0; i < o->n; ++i)
        if (o->x[i] != NULL && o->x[i]->requires_grad)
            wanted[n++] = o->x[i];
    gd_tensor *y = results[n] = gd_apply(t, op, o->x, o->n, sample->attributes);
    if (y == NULL || !y->requires_grad)
        return y != NULL;
    gd_grad_options options = {.gradient = gd_ones(t, y->dtype, y->ndim, y->shape)};
    return gd_grad(t, y, wanted, n, results, &options) == GD_OK;
}

static void check_op(const gd_op *op)
{
    for (calls c = {.row = op->samples}; next_call(&c);) {
        const gd_sample *s = &c.call;
        gd_tape *off = gd_tape_create(), *on = gd_tape_create();
        gd_tensor *expected[MOST_OPERANDS + 1] = {NULL}, *results[MOST_OPERANDS + 1] = {NULL};
        operands o = operands_create(op, s, GD_F32, 7);
        gd_tape_set_anomaly_mode(on, true);
        assert_true(run(off, op, s, &o, expected));
        if (!run(on, op, s, &o, results) && operands_numel(&o) > 0) /* the mean of nothing is NaN */
            fail_msg("%s: %s", call_text(op, s), gd_tape_message(on));
        for (int i = 0; i <= o.n && gd_tape_status(on) == GD_OK; ++i)
            if (expected[i] != NULL && !close_to(results[i], expected[i], 0))
                fail_msg("%s: anomaly mode changes a value", call_text(op, s));
        operands_destroy(&o);
        gd_tape_destroy(off);
        gd_tape_destroy(on);
    }
}

static void test_changes_nothing(void **state)
{
    (void)state;
    each_op(check_op);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, anomaly_setup, anomaly_teardown)

int anomaly_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unary),
        TEST(test_both_float_types),
        TEST(test_position_in_row_major_order),
        TEST(test_broadcast),
        TEST(test_reduction),
        TEST(test_softmax),
        TEST(test_choices),
        TEST(test_indices),
        TEST(test_copies),
        TEST(test_cross_entropy),
        TEST(test_products),
        TEST(test_loss),
        TEST(test_bad_values_that_came_in),
        TEST(test_views_are_passed_on),
        TEST(test_other_dtypes),
        TEST(test_operands_of_other_dtypes),
        TEST(test_long_messages_are_cut),
        TEST(test_off),
        cmocka_unit_test(test_setting),
        cmocka_unit_test(test_changes_nothing),
    };
    return cmocka_run_group_tests_name("anomaly", tests, NULL, NULL);
}
