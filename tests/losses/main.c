/* Binary cross entropy with logits. Gradients of every kind are checked with all ops, in
 * tests/autograd/generated.c. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

/* One logit against its loss and gradient in closed form. */
static void check_bce(double logit, double target, double loss, double gradient)
{
    gd_tape *t = gd_tape_create();
    for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
        gd_tensor *x = gd_scalar(t, logit, dtype), *y = gd_scalar(t, target, dtype), *g;
        x->requires_grad = true;
        gd_tensor *l = gd_binary_cross_entropy_with_logits(t, x, y, NULL);
        assert_int_equal(gd_grad(t, l, &x, 1, &g, NULL), GD_OK);
        double tolerance = dtype == GD_F32 ? 6e-8 : 4e-16;
        assert_true(gd_item(l) == loss || fabs(gd_item(l) - loss) <= tolerance * fabs(loss));
        assert_true(gd_item(g) == gradient ||
                    fabs(gd_item(g) - gradient) <= tolerance * fabs(gradient));
    }
    gd_tape_destroy(t);
}

static void test_values(void **state)
{
    (void)state;
    check_bce(0, 1, 0.6931471805599453, -0.5);
    check_bce(20, 1, 2.061153620314381e-09, -2.0611536181902037e-09); /* log1p(exp(-20)), -s(-20) */
    check_bce(-20, 0, 2.061153620314381e-09, 2.0611536181902037e-09);
    check_bce(1000, 0, 1000, 1);
    check_bce(1000, 1, 0, 0);
    check_bce(INFINITY, 1, 0, 0);
    check_bce(-INFINITY, 0, 0, 0);
    check_bce(INFINITY, 0, INFINITY, 1);
    check_bce(-INFINITY, 1, INFINITY, -1);
}

static void test_refuses_targets(void **state)
{
    (void)state;
    const double bad[] = {1.5, -0.1, NAN};
    gd_tape *t = gd_tape_create();
    for (int i = 0; i < 3; ++i) {
        gd_tape_reset(t);
        gd_tensor *x = gd_zeros(t, GD_F64, GD_DIMS(2, 3)), *y = gd_zeros(t, GD_F64, GD_DIMS(2, 3));
        ((double *)y->data)[5] = bad[i];
        assert_null(gd_binary_cross_entropy_with_logits(t, x, y, NULL));
        assert_int_equal(gd_tape_status(t), GD_ERROR_VALUE);
        assert_non_null(strstr(gd_tape_message(t), "at [1,2] is outside [0,1]"));
    }
    gd_tape_destroy(t);
}

static void test_reductions(void **state)
{
    (void)state;
    const double logits[] = {1.0, -2.0, 0.5, 3.0};
    const double targets[] = {1, 0, 0.25, 0};
    /* ln(1 + e^-1), ln(1 + e^-2), 0.75 * 0.5 + ln(1 + e^-0.5), 3 + ln(1 + e^-3) */
    const double expected[] = {0.31326168751822286, 0.1269280110429725, 0.8490769841801067,
                               3.048587351573742};
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_from_data(t, GD_F64, logits, GD_DIMS(2, 2)),
              *y = gd_from_data(t, GD_F64, targets, GD_DIMS(2, 2));
    gd_binary_cross_entropy_with_logits_options none = {.reduction = GD_REDUCTION_NONE},
                                                sum = {.reduction = GD_REDUCTION_SUM};
    const double *each = gd_binary_cross_entropy_with_logits(t, x, y, &none)->data;
    double total = 0;
    for (int i = 0; i < 4; ++i) {
        assert_true(fabs(each[i] - expected[i]) <= 1e-15 * (1 + expected[i]));
        total += expected[i];
    }
    assert_true(fabs(gd_item(gd_binary_cross_entropy_with_logits(t, x, y, &sum)) - total) <=
                1e-15 * (1 + total));
    assert_true(fabs(gd_item(gd_binary_cross_entropy_with_logits(t, x, y, NULL)) - total / 4) <=
                1e-15 * (1 + total));
    gd_tensor *empty = gd_zeros(t, GD_F64, GD_DIMS(0, 3));
    assert_true(gd_item(gd_binary_cross_entropy_with_logits(t, empty, empty, NULL)) == 0);
    gd_tape_destroy(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_refuses_targets),
                                       cmocka_unit_test(test_reductions)};
    int failed = cmocka_run_group_tests_name("binary_cross_entropy_with_logits", tests, NULL, NULL);
    return failed + accuracy_tests() + end_tests() + every_refusal_tests() + exact_tests() +
               expression_tests() + fixture_tests() + memory_tests() + out_of_memory_tests() +
               own_tests() + policy_tests() + pools_tests() + refusal_tests() + seed_tests() +
               corner_tests() + through_tests() + zero_tests() >
           0;
}
