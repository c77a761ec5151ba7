/* Corners that only one branch of a loop knows. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>

/* Target probabilities that are one class: the gradient keeps the tail, as that of the class does.
 * dx = p - t for logits [40, 0]; 1 / (1 + e^40) by mpmath. */
static void test_probabilities_keep_the_tail(void **state)
{
    (void)state;
    const double tail = 4.2483542552915889e-18;
    gd_tape *t = gd_tape_create();
    for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
        gd_tape_reset(t);
        gd_tensor *x =
            gd_cast(t, gd_from_data(t, GD_F64, (const double[]){40, 0}, GD_DIMS(1, 2)), dtype);
        gd_tensor *y =
            gd_cast(t, gd_from_data(t, GD_F64, (const double[]){1, 0}, GD_DIMS(1, 2)), dtype);
        gd_tensor *g;
        x->requires_grad = true;
        assert_int_equal(gd_grad(t, gd_cross_entropy(t, x, y, NULL), &x, 1, &g, NULL), GD_OK);
        const double *dx = gd_cast(t, g, GD_F64)->data;
        double tolerance = dtype == GD_F32 ? 1.2e-7 : 4.4e-16;
        assert_true(fabs(dx[0] + tail) <= tolerance * tail);
        assert_true(fabs(dx[1] - tail) <= tolerance * tail);
    }
    gd_tape_destroy(t);
}

/* An infinite upstream gradient reaches the target's class alone: q = 0 makes 0 of it elsewhere.
 * */
static void test_infinite_upstream(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_zeros(t, GD_F64, GD_DIMS(1, 3)), *y = gd_ones(t, GD_I64, GD_DIMS(1)), *g;
    x->requires_grad = true;
    gd_nll_loss_options none = {.reduction = GD_REDUCTION_NONE};
    gd_grad_options o = {.gradient = gd_full(t, GD_F64, INFINITY, GD_DIMS(1))};
    assert_int_equal(gd_grad(t, gd_nll_loss(t, x, y, &none), &x, 1, &g, &o), GD_OK);
    const double *dx = g->data;
    assert_true(dx[0] == 0 && dx[1] == -INFINITY && dx[2] == 0);
    gd_tape_destroy(t);
}

/* pos_weight 0 and target 1: both terms have the factor 0, and no logit counts, NaN neither. */
static void test_pos_weight_0(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_full(t, GD_F64, NAN, GD_DIMS(3)), *y = gd_ones(t, GD_F64, GD_DIMS(3)), *g;
    gd_tensor *v = gd_zeros(t, GD_F64, GD_DIMS(3));
    x->requires_grad = true;
    gd_binary_cross_entropy_with_logits_options o = {.pos_weight = v};
    gd_tensor *loss = gd_binary_cross_entropy_with_logits(t, x, y, &o);
    assert_true(loss != NULL && gd_item(loss) == 0);
    assert_int_equal(gd_grad(t, loss, &x, 1, &g, NULL), GD_OK);
    for (int i = 0; i < 3; ++i)
        assert_true(((const double *)g->data)[i] == 0);
    gd_tape_destroy(t);
}

/* At p = 0 and 1 exactly, where p is no sigmoid's: p (1 - p) counts as 1e-12, PyTorch's float
 * constant, in float32 at p = 1 as 2^-25. Both ways that a gradient is made. */
static void test_gradients_at_the_ends(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype)
        for (int recorded = 0; recorded < 2; ++recorded) {
            gd_tensor *p = gd_scalar(t, 0, dtype), *q = gd_scalar(t, 1, dtype), *g;
            gd_grad_options o = {.create_graph = recorded != 0};
            p->requires_grad = q->requires_grad = true;
            gd_tensor *loss = gd_binary_cross_entropy(t, p, gd_scalar(t, 1, dtype), NULL);
            assert_int_equal(gd_grad(t, loss, &p, 1, &g, &o), GD_OK);
            assert_true(fabs(gd_item(g) + 1e12) <= 1e5);
            loss = gd_binary_cross_entropy(t, q, gd_scalar(t, 0, dtype), NULL);
            assert_int_equal(gd_grad(t, loss, &q, 1, &g, &o), GD_OK);
            assert_true(dtype == GD_F32 ? gd_item(g) == 33554432 : fabs(gd_item(g) - 1e12) <= 1e5);
        }
    gd_tape_destroy(t);
}

/* Every element is sure and right: the sum of their losses keeps its digits. ln(1 + e^-30) by
 * mpmath. */
static void test_small_sums(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_full(t, GD_F32, -30, GD_DIMS(400)), *y = gd_zeros(t, GD_F32, GD_DIMS(400));
    double loss = gd_item(gd_binary_cross_entropy_with_logits(t, x, y, NULL));
    assert_true(fabs(loss - 9.3576229688397369e-14) <= 6e-8 * 9.3576229688397369e-14);
    gd_tape_destroy(t);
}

int corner_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probabilities_keep_the_tail),
        cmocka_unit_test(test_infinite_upstream), cmocka_unit_test(test_pos_weight_0),
        cmocka_unit_test(test_gradients_at_the_ends), cmocka_unit_test(test_small_sums)};
    return cmocka_run_group_tests_name("corners", tests, NULL, NULL);
}
