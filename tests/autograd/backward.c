/* gd_backward and gd_grad: what they add where, and what they refuse. Expected values are closed
 * forms. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"

#include <math.h>
#include <string.h>

typedef struct fixture {
    gd_tape *tape;
    gd_tensor *w; /* [3]: 1, 2, 3 */
} fixture;

static int setup(void **state)
{
    static fixture f;
    const double values[] = {1, 2, 3};
    f.tape = gd_tape_create();
    f.w = gd_tensor_create_from_data(GD_F64, values, GD_DIMS(3));
    f.w->requires_grad = true;
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    gd_tape_destroy(f->tape);
    gd_tensor_destroy(f->w);
    return 0;
}

static void assert_values(const gd_tensor *x, double a, double b, double c)
{
    assert_non_null(x);
    assert_true(element(x, 0) == a && element(x, 1) == b && element(x, 2) == c);
}

static gd_tensor *sum(gd_tape *t, gd_tensor *x)
{
    return gd_sum(t, x, GD_ALL_DIMS, false);
}

static void test_accumulates_until_emptied(void **state)
{
    fixture *f = *state;
    for (int step = 1; step <= 3; ++step) {
        gd_tape_reset(f->tape);
        assert_int_equal(gd_backward(f->tape, sum(f->tape, gd_mul(f->tape, f->w, f->w))), GD_OK);
        assert_values(f->w->grad, 2 * step, 4 * step, 6 * step);
    }
    gd_zero_grad(f->w);
    assert_null(f->w->grad);
    gd_tape_reset(f->tape);
    assert_int_equal(gd_backward(f->tape, sum(f->tape, f->w)), GD_OK);
    assert_values(f->w->grad, 1, 1, 1);
}

static void test_every_use_counts(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *y = gd_mul(t, f->w, f->w);                          /* w^2 */
    gd_tensor *z = gd_add(t, gd_add(t, y, y), gd_mul(t, y, f->w)); /* 2 w^2 + w^3 */
    z = gd_sub(t, gd_add(t, z, y), y);
    assert_int_equal(gd_backward(t, sum(t, z)), GD_OK);
    assert_values(f->w->grad, 4 + 3, 8 + 12, 12 + 27);
}

static void test_second_backward(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *y = gd_mul(t, f->w, f->w), *first = sum(t, y),
              *second = gd_mean(t, y, GD_ALL_DIMS, false);
    assert_int_equal(gd_backward(t, first), GD_OK);
    assert_int_equal(gd_backward(t, second), GD_OK); /* another root may share nodes */
    assert_int_equal(gd_backward_with(t, first, &(gd_backward_options){.again = true}), GD_OK);
    assert_true(fabs(element(f->w->grad, 0) - (2 + 2.0 / 3 + 2)) < 1e-15);
    int line = __LINE__ + 1;
    assert_int_equal(gd_backward(t, first), GD_ERROR_STATE);
    char expected[200];
    snprintf(
        expected, sizeof expected,
        "tests/autograd/backward.c:%d: backward: this root has had its backward: another would "
        "add the same gradients again (ask for it with .again)",
        line);
    assert_string_equal(gd_tape_message(t), expected);
}

static void test_root_must_be_one_element(void **state)
{
    fixture *f = *state;
    gd_tensor *y = gd_neg(f->tape, f->w);
    gd_tensor *v = gd_from_data(f->tape, GD_F64, (const double[]){1, 10, 100}, GD_DIMS(3));
    assert_int_equal(gd_backward_with(f->tape, y, &(gd_backward_options){.gradient = v}), GD_OK);
    assert_values(f->w->grad, -1, -10, -100);
    assert_int_equal(gd_backward(f->tape, gd_neg(f->tape, f->w)), GD_ERROR_STATE);
    assert_non_null(strstr(gd_tape_message(f->tape), "backward: the root is [3], not one element"));
    gd_tape_reset(f->tape);
    assert_int_equal(gd_backward(f->tape, f->w), GD_ERROR_STATE);
    assert_non_null(strstr(gd_tape_message(f->tape), "backward: the root [3] is a leaf"));
}

static void test_change_in_place(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    int line = __LINE__ + 1;
    gd_tensor *y = gd_mul(t, f->w, f->w);
    gd_tensor *root = sum(t, y);
    gd_tensor view = gd_tensor_slice(f->w, 0, 0, 1, 1); /* through a view, too */
    gd_tensor_fill(&view, 9);
    assert_int_equal(gd_backward(t, root), GD_ERROR_STATE);
    char expected[300];
    snprintf(expected, sizeof expected,
             "tests/autograd/backward.c:%d: mul: other [3] was changed in place after this call, "
             "and its gradient needs the value it had",
             line);
    assert_string_equal(gd_tape_message(t), expected);
    assert_null(f->w->grad); /* nothing was written that it could show */
}

/* A function made of ops, which the user called, is named with the op. */
static void test_change_names_the_function(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *target = gd_zeros(t, GD_F64, GD_DIMS(3));
    gd_tensor *root = gd_cross_entropy(t, f->w, target, NULL);
    gd_tensor_fill(f->w, 9);
    assert_int_equal(gd_backward(t, root), GD_ERROR_STATE);
    assert_non_null(strstr(gd_tape_message(t), ": cross_entropy: input [3] of log_softmax was "
                                               "changed in place after this call"));
}

static void test_change_of_what_is_not_needed(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *x = gd_ones(t, GD_F64, GD_DIMS(3));
    gd_tensor *root =
        sum(t, gd_mul(t, f->w, x)); /* only x is read: w's gradient alone is asked for */
    gd_tensor_fill(f->w, 5);
    assert_int_equal(gd_backward(t, root), GD_OK);
    assert_values(f->w->grad, 1, 1, 1);
    gd_tape_reset(t);
    gd_tensor *y = gd_sqrt(t, f->w), *again = sum(t, y);
    ((double *)y->data)[0] = 0; /* by hand: to be announced */
    gd_tensor_modified(y);
    assert_int_equal(gd_backward(t, again), GD_ERROR_STATE);
    assert_non_null(strstr(gd_tape_message(t), "sqrt: the result [3] was changed in place"));
}

static void test_retain_grad(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *y = gd_mul(t, f->w, f->w), *z = gd_mul(t, y, y);
    assert_int_equal(gd_retain_grad(t, y), GD_OK);
    assert_int_equal(gd_backward(t, sum(t, z)), GD_OK);
    assert_values(y->grad, 2, 8, 18);
    assert_null(z->grad);
    assert_int_equal(gd_retain_grad(t, f->w), GD_ERROR_ARGUMENT);
}

/* Gradients of several backwards add up, as a leaf's do. */
static void test_retained_gradients_add_up(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *y = gd_mul(t, f->w, f->w), *root = sum(t, gd_mul(t, y, y));
    assert_int_equal(gd_retain_grad(t, y), GD_OK);
    assert_int_equal(gd_backward(t, root), GD_OK);
    assert_int_equal(gd_backward(t, sum(t, y)), GD_OK); /* another root: 1 more */
    assert_values(y->grad, 3, 9, 19);
    assert_int_equal(gd_backward_with(t, root, &(gd_backward_options){.again = true}), GD_OK);
    assert_values(y->grad, 5, 17, 37);
}

/* What was an input of one gd_grad is none of the next. */
static void test_inputs_of_an_earlier_grad(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *y = gd_mul(t, f->w, f->w), *root = sum(t, gd_mul(t, y, y)), *g[2];
    for (int create_graph = 0; create_graph <= 1; ++create_graph) {
        gd_grad_options options = {.create_graph = create_graph};
        assert_int_equal(gd_grad(t, root, (gd_tensor *[]){y, f->w}, 2, g, &options), GD_OK);
        assert_values(g[0], 2, 8, 18);
        assert_values(g[1], 4, 32, 108);
        assert_int_equal(gd_grad(t, root, &f->w, 1, g, &options), GD_OK);
        assert_values(g[0], 4, 32, 108);
    }
    /* Also where the first one failed. */
    assert_int_equal(gd_grad(t, sum(t, f->w), (gd_tensor *[]){y, f->w}, 2, g, NULL),
                     GD_ERROR_ARGUMENT);
    assert_int_equal(y->node->asked_index, -1);
}

static void test_base_changed_under_a_view(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    for (int k = 0; k < 3; ++k) {
        gd_tape_reset(t);
        gd_tensor *base = gd_ones(t, GD_F64, GD_DIMS(1, 3)), own = gd_tensor_transpose(base, 0, 1);
        gd_tensor *view = k == 0   ? gd_reshape(t, base, GD_DIMS(3))
                          : k == 1 ? &own
                                   : gd_detach(t, base);
        gd_tensor *root = sum(t, gd_mul(t, f->w, view));
        gd_tensor_fill(base, 7);
        assert_int_equal(gd_backward(t, root), GD_ERROR_STATE);
        assert_non_null(strstr(gd_tape_message(t), "mul: other ["));
    }
    gd_tape_reset(t); /* and through one view under another */
    gd_tensor *base = gd_ones(t, GD_F64, GD_DIMS(3)), other = gd_tensor_slice(base, 0, 2, 3, 1);
    gd_tensor *root = sum(t, gd_mul(t, f->w, gd_detach(t, base)));
    gd_tensor_fill(&other, 7);
    assert_int_equal(gd_backward(t, root), GD_ERROR_STATE);
}

static void test_only_floats_have_gradients(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    const gd_dtype dtypes[] = {GD_I64, GD_BOOL, GD_U8};
    for (int k = 0; k < 3; ++k) {
        gd_tensor *x = gd_tensor_create(dtypes[k], GD_DIMS(3)), *g;
        x->requires_grad = true;
        char expected[200];
        snprintf(
            expected, sizeof expected,
            "input is %s and requires a gradient; only float32 and float64 tensors have gradients",
            gd_dtype_name(dtypes[k]));
        gd_tensor *(*const uses[])(gd_tape *, gd_tensor *) = {gd_clone, gd_detach, gd_isnan};
        for (int use = 0; use < 4; ++use) {
            gd_tape_reset(t);
            assert_null(use < 3 ? uses[use](t, x) : gd_cast(t, x, GD_F32));
            assert_int_equal(gd_tape_status(t), GD_ERROR_DTYPE);
            assert_non_null(strstr(gd_tape_message(t), expected));
        }
        gd_tape_reset(t);
        gd_grad_options unused = {.allow_unused = true};
        assert_int_equal(gd_grad(t, sum(t, f->w), &x, 1, &g, &unused), GD_ERROR_DTYPE);
        gd_tape_reset(t);
        assert_int_equal(gd_backward(t, x), GD_ERROR_DTYPE);
        gd_tape_reset(t);
        x->requires_grad = false; /* without the wish it is an operand like others */
        assert_non_null(gd_cast(t, x, GD_F32));
        gd_tensor_destroy(x);
    }
}

static void test_leaf_on_the_tape(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *x = gd_full(t, GD_F64, 2, GD_DIMS(3));
    x->requires_grad = true;
    assert_int_equal(gd_backward(t, sum(t, gd_mul(t, x, f->w))), GD_OK);
    for (int i = 0; i < 50;
         ++i) /* takes memory after the backward: the gradient must not be under it */
        gd_full(t, GD_F64, 9, GD_DIMS(3));
    assert_values(x->grad, 1, 2, 3);
}

static void test_grad_leaves_leaves_alone(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *y = gd_mul(t, f->w, f->w), *root = sum(t, gd_mul(t, y, f->w)), *g[2];
    for (int k = 0; k < 2; ++k) { /* as often as one likes */
        assert_int_equal(gd_grad(t, root, (gd_tensor *[]){f->w, y}, 2, g, NULL), GD_OK);
        gd_mul(t, f->w, f->w);
        assert_values(g[0], 3, 12, 27);
        assert_values(g[1], 1, 2, 3); /* of an inner tensor */
        assert_false(g[0]->requires_grad);
    }
    assert_null(f->w->grad);
}

static void test_grad_refusals(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_tensor *other = gd_tensor_create(GD_F64, GD_DIMS(2)), *g[2];
    other->requires_grad = true;
    gd_tensor *inputs[] = {f->w, other};
    assert_int_equal(gd_grad(t, sum(t, f->w), inputs, 2, g, NULL), GD_ERROR_ARGUMENT);
    assert_null(g[0]);
    assert_non_null(strstr(gd_tape_message(t), "grad: the output does not depend on input 1"));
    gd_tape_reset(t);
    assert_int_equal(
        gd_grad(t, sum(t, f->w), inputs, 2, g, &(gd_grad_options){.allow_unused = true}), GD_OK);
    assert_true(element(g[1], 1) == 0);
    other->requires_grad = false;
    assert_int_equal(gd_grad(t, sum(t, f->w), inputs, 2, g, NULL), GD_ERROR_ARGUMENT);
    gd_tape_reset(t);
    inputs[1] = f->w;
    assert_int_equal(gd_grad(t, sum(t, f->w), inputs, 2, g, NULL), GD_ERROR_ARGUMENT);
    gd_tensor_destroy(other);
}

/* f = sum w^3: gradient 3 w^2, Hessian diag(6 w), third derivative 6. */
static void test_higher_orders(void **state)
{
    fixture *f = *state;
    gd_tape *t = f->tape;
    gd_grad_options record = {.create_graph = true};
    gd_tensor *g, *h, *third;
    gd_tensor *root = sum(t, gd_mul(t, gd_mul(t, f->w, f->w), f->w));
    assert_int_equal(gd_grad(t, root, &f->w, 1, &g, &record), GD_OK);
    assert_values(g, 3, 12, 27);
    assert_int_equal(gd_grad(t, sum(t, g), &f->w, 1, &h, &record), GD_OK);
    assert_values(h, 6, 12, 18);
    assert_int_equal(gd_grad(t, sum(t, h), &f->w, 1, &third, NULL), GD_OK);
    assert_values(third, 6, 6, 6);
    assert_int_equal(gd_backward(t, sum(t, gd_mul(t, g, g))),
                     GD_OK); /* a gradient penalty: 2 g H */
    assert_values(f->w->grad, 36, 288, 972);
}

static gd_tensor *bad_shape(gd_tape *t, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)dy, (void)i;
    return gd_ones(t, GD_F64, GD_DIMS(2));
}

static gd_tensor *bad_dtype(gd_tape *t, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)dy, (void)i;
    return gd_ones(t, GD_F32, GD_DIMS(3));
}

static gd_tensor *too_few_dimensions(gd_tape *t, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)dy, (void)i;
    return gd_scalar(t, 1, GD_F64);
}

static gd_tensor *failing(gd_tape *t, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)i;
    return gd_add(t, dy, gd_ones(t, GD_F64, GD_DIMS(2)));
}

static bool copy(gd_tape *t, const gd_node *n)
{
    (void)t;
    return gd_tensor_copy(n->out, n->in[0]) == GD_OK;
}

static void test_bad_rules_of_users(void **state)
{
    fixture *f = *state;
    gd_op op = {.name = "mine",
                .least_operands = 1,
                .most_operands = 1,
                .check = gd_check_elementwise,
                .forward = copy};
    op.grad = bad_shape;
    gd_tensor *y = gd_apply(f->tape, &op, &f->w, 1, NULL);
    assert_int_equal(gd_backward(f->tape, sum(f->tape, y)), GD_ERROR_SHAPE);
    assert_non_null(strstr(gd_tape_message(f->tape),
                           "mine: its gradient rule returned [2] for operand 0, float64 [3]"));
    gd_tensor *(*const others[])(gd_tape *, const gd_node *, gd_tensor *,
                                 int) = {bad_dtype, too_few_dimensions};
    for (int i = 0; i < 2; ++i) {
        gd_tape_reset(f->tape);
        op.grad = others[i];
        y = gd_apply(f->tape, &op, &f->w, 1, NULL);
        assert_int_equal(gd_backward(f->tape, sum(f->tape, y)), GD_ERROR_SHAPE);
    }
    gd_tape_reset(f->tape);
    op.grad = failing;
    y = gd_apply(f->tape, &op, &f->w, 1, NULL);
    assert_int_equal(gd_backward(f->tape, sum(f->tape, y)), GD_ERROR_SHAPE);
    assert_non_null(strstr(gd_tape_message(f->tape), "tests/autograd/backward.c:"));
    gd_tape_reset(f->tape); /* and all is well again */
    assert_int_equal(gd_backward(f->tape, sum(f->tape, f->w)), GD_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int backward_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_accumulates_until_emptied),
        TEST(test_every_use_counts),
        TEST(test_second_backward),
        TEST(test_root_must_be_one_element),
        TEST(test_change_in_place),
        TEST(test_change_names_the_function),
        TEST(test_change_of_what_is_not_needed),
        TEST(test_retain_grad),
        TEST(test_retained_gradients_add_up),
        TEST(test_inputs_of_an_earlier_grad),
        TEST(test_base_changed_under_a_view),
        TEST(test_only_floats_have_gradients),
        TEST(test_leaf_on_the_tape),
        TEST(test_grad_leaves_leaves_alone),
        TEST(test_grad_refusals),
        TEST(test_higher_orders),
        TEST(test_bad_rules_of_users),
    };
    return cmocka_run_group_tests_name("backward", tests, NULL, NULL);
}
