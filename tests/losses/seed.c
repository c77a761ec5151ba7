/* The examples that every introduction to these losses has, by name; examples/losses_tour.c shows
 * them. Expected values in double, from PyTorch; what is printed with four digits elsewhere is
 * these. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>

static gd_tape *t;

static gd_tensor *matrix(const double *values, int64_t rows, int64_t columns)
{
    gd_tensor *x = gd_from_data(t, GD_F64, values, GD_DIMS(rows, columns));
    x->requires_grad = true;
    return x;
}

static gd_tensor *two_classes_of_three(void)
{
    return gd_from_data(t, GD_I64, (const int64_t[]){2, 1}, GD_DIMS(2));
}

static void check(const gd_tensor *x, const double *expected, int64_t n)
{
    assert_non_null(x);
    assert_int_equal(gd_tensor_numel(x), n);
    for (int64_t i = 0; i < n; ++i) {
        double value = ((const double *)x->data)[i];
        if (!(fabs(value - expected[i]) <= 1e-8))
            fail_msg("element %d is %.10g, not %.10g", (int)i, value, expected[i]);
    }
}

/* The gradient of x for an upstream gradient of ones. */
static gd_tensor *gradient(gd_tensor *loss, gd_tensor *x)
{
    gd_tensor *g = NULL;
    gd_grad_options ones = {.gradient = gd_ones(t, GD_F64, loss->ndim, loss->shape)};
    assert_int_equal(gd_grad(t, loss, &x, 1, &g, &ones), GD_OK);
    return g;
}

static void test_nll_loss(void **state)
{
    (void)state;
    gd_tensor *x = matrix((const double[]){.1, .3, .5, .2, .4, .6}, 2, 3);
    gd_tensor *y = two_classes_of_three();
    gd_nll_loss_options none = {.reduction = GD_REDUCTION_NONE},
                        sum = {.reduction = GD_REDUCTION_SUM};
    check(gd_nll_loss(t, x, y, &none), (const double[]){-.5, -.4}, 2);
    check(gd_nll_loss(t, x, y, &sum), (const double[]){-.9}, 1);
    gd_tensor *mean = gd_nll_loss(t, x, y, NULL);
    check(mean, (const double[]){-.45}, 1);
    check(gradient(mean, x), (const double[]){0, 0, -.5, 0, -.5, 0}, 6);
}

static void test_cross_entropy(void **state)
{
    (void)state;
    gd_tensor *x = matrix((const double[]){.4, .3, .7, 1.2, .4, .6}, 2, 3);
    gd_tensor *y = two_classes_of_three();
    gd_cross_entropy_options none = {.reduction = GD_REDUCTION_NONE},
                             sum = {.reduction = GD_REDUCTION_SUM};
    gd_tensor *each = gd_cross_entropy(t, x, y, &none);
    const double losses[] = {0.8800989458406057, 1.4922170482265762};
    check(each, losses, 2);
    check(gd_nll_loss(t, gd_log_softmax(t, x, 1), y, &none), losses, 2);
    check(gd_cross_entropy(t, x, y, NULL), (const double[]){1.186157997033591}, 1);
    check(gd_cross_entropy(t, x, y, &sum), (const double[]){2.372315994067182}, 1);
    check(gradient(each, x),
          (const double[]){.30724834, .27800979, -.58525813, .50046528, -.77512645, .27466117}, 6);
}

static void test_binary_cross_entropy(void **state)
{
    (void)state;
    gd_tensor *p = matrix((const double[]){.3, .9}, 2, 1);
    gd_tensor *y = gd_from_data(t, GD_F64, (const double[]){1, 0}, GD_DIMS(2, 1));
    gd_binary_cross_entropy_options none = {.reduction = GD_REDUCTION_NONE},
                                    sum = {.reduction = GD_REDUCTION_SUM};
    gd_tensor *each = gd_binary_cross_entropy(t, p, y, &none);
    check(each, (const double[]){1.2039728043, 2.3025850930}, 2);
    check(gd_binary_cross_entropy(t, p, y, NULL), (const double[]){1.7532789487}, 1);
    check(gd_binary_cross_entropy(t, p, y, &sum), (const double[]){3.5065578973}, 1);
    check(gradient(each, p), (const double[]){-3.3333333333333, 10}, 2);
}

static const double multi_logits[] = {.9992,   -.0551,  -.7823, 2.4850, -.5739,
                                      -1.1502, -1.8042, -.6534, .5632,  -.9339};
static const double multi_targets[] = {0, 1, 1, 0, 0, 1, 1, 0, 0, 1};
static const double multi_losses[] = {1.31267690, .72107663,  1.15892170, 2.56503553, .44681444,
                                      1.42523249, 1.95658291, .41889047,  1.01388326, 1.26537258};
static const double multi_gradient[] = {.73090126,  -.51377152, -.68617560, .92308355, .36033741,
                                        -.75954745, -.85865943, .34222376,  .63719263, -.71786584};

static void test_multi_label(void **state)
{
    (void)state;
    gd_tensor *x = matrix(multi_logits, 2, 5);
    gd_tensor *y = gd_from_data(t, GD_F64, multi_targets, GD_DIMS(2, 5));
    gd_binary_cross_entropy_options none = {.reduction = GD_REDUCTION_NONE};
    gd_binary_cross_entropy_with_logits_options each = {.reduction = GD_REDUCTION_NONE},
                                                sum = {.reduction = GD_REDUCTION_SUM};
    gd_tensor *losses = gd_binary_cross_entropy(t, gd_sigmoid(t, x), y, &none);
    check(losses, multi_losses, 10);
    check(gradient(losses, x), multi_gradient, 10);
    losses = gd_binary_cross_entropy_with_logits(t, x, y, &each);
    check(losses, multi_losses, 10);
    check(gradient(losses, x), multi_gradient, 10);
    check(gd_binary_cross_entropy_with_logits(t, x, y, NULL), (const double[]){1.2284486916364386},
          1);
    check(gd_binary_cross_entropy_with_logits(t, x, y, &sum), (const double[]){12.284486916364384},
          1);
}

static void test_masked_select(void **state)
{
    (void)state;
    gd_tensor *x = matrix(multi_logits, 2, 5);
    gd_tensor *y = gd_from_data(t, GD_F64, multi_targets, GD_DIMS(2, 5));
    gd_tensor *mask =
        gd_from_data(t, GD_BOOL, (const uint8_t[]){1, 1, 1, 1, 0, 1, 1, 1, 0, 0}, GD_DIMS(2, 5));
    gd_binary_cross_entropy_with_logits_options each = {.reduction = GD_REDUCTION_NONE},
                                                by_mask = {.mask = mask};
    gd_tensor *losses = gd_binary_cross_entropy_with_logits(t, x, y, &each);
    gd_tensor *kept = gd_masked_select(t, losses, mask);
    const double seven[] = {1.31267690, .72107663,  1.15892170, 2.56503553,
                            1.42523249, 1.95658291, .41889047};
    check(kept, seven, 7);
    check(gd_sum(t, kept, GD_ALL_DIMS, false), (const double[]){9.558416635944228}, 1);
    gd_tensor *mean = gd_mean(t, kept, GD_ALL_DIMS, false);
    check(mean, (const double[]){1.3654880908491754}, 1);
    double expected[10];
    for (int i = 0; i < 10; ++i)
        expected[i] = ((const uint8_t *)mask->data)[i] != 0 ? multi_gradient[i] / 7 : 0;
    check(gradient(mean, x), expected, 10);
    gd_tensor *own = gd_binary_cross_entropy_with_logits(t, x, y, &by_mask);
    check(own, (const double[]){1.3654880908491754}, 1);
    check(gradient(own, x), expected, 10);
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

int seed_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nll_loss), cmocka_unit_test(test_cross_entropy),
        cmocka_unit_test(test_binary_cross_entropy), cmocka_unit_test(test_multi_label),
        cmocka_unit_test(test_masked_select)};
    return cmocka_run_group_tests_name("seed examples", tests, setup, teardown);
}
