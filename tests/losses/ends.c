/* The losses that are made of ops at the ends of the floats' range, where derivatives are known.
 * */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <float.h>
#include <math.h>

static gd_tape *tape;
static double gamma_now;

/* ---- second derivatives of the focal losses */

static void check_second(const char *name, gd_tensor *x, gd_tensor *loss)
{
    gd_tensor *g = NULL, *h = NULL;
    gd_tensor *sum = gd_sum(tape, loss, GD_ALL_DIMS, false);
    assert_int_equal(gd_grad(tape, sum, &x, 1, &g, &(gd_grad_options){.create_graph = true}),
                     GD_OK);
    gd_tensor *ones = gd_ones(tape, x->dtype, x->ndim, x->shape);
    assert_int_equal(gd_grad(tape, g, &x, 1, &h, &(gd_grad_options){.gradient = ones}), GD_OK);
    gd_tensor *first = gd_cast(tape, g, GD_F64), *second = gd_cast(tape, h, GD_F64);
    for (int64_t i = 0; i < gd_tensor_numel(h); ++i)
        if (!isfinite(((double *)first->data)[i]) || !isfinite(((double *)second->data)[i]))
            fail_msg("%s, gamma %g, element %d: slope %g, second %g", name, gamma_now, (int)i,
                     ((double *)first->data)[i], ((double *)second->data)[i]);
}

static void test_focal_derivatives_are_finite(void **state)
{
    (void)state;
    const double gammas[] = {0, 0.01, 0.5, 1, 1.7, 2, 5};
    for (int k = 0; k < 7 * 2; ++k) {
        gamma_now = gammas[k / 2];
        gd_dtype dtype = k % 2 == 0 ? GD_F32 : GD_F64;
        double most = dtype == GD_F32 ? (double)FLT_MAX : DBL_MAX;
        const double sizes[] = {0, 1e-300, 1, 30, 87, 103, 120, 350, 700, 745, 800, 1e4, most};
        gd_tape_reset(tape);
        gd_tensor *x = gd_zeros(tape, dtype, GD_DIMS(26)), *y = gd_zeros(tape, dtype, GD_DIMS(26));
        for (int i = 0; i < 26; ++i) {
            gd_tensor at = gd_tensor_slice(x, 0, i, i + 1, 1);
            gd_tensor_fill(&at, i % 2 == 0 ? sizes[i / 2] : -sizes[i / 2]);
        }
        x->requires_grad = true;
        for (int target = 0; target <= 1; ++target) {
            gd_tensor_fill(y, target);
            check_second(
                "sigmoid_focal", x,
                gd_sigmoid_focal_loss(
                    tape, x, y, &(gd_sigmoid_focal_loss_options){.gamma = GD_SOME(gamma_now)}));
        }
        gd_tensor *pair =
            gd_stack(tape, (gd_tensor *[]){x, gd_zeros(tape, dtype, GD_DIMS(26))}, 2, 1);
        for (int label = 0; label <= 1; ++label)
            check_second("softmax_focal", x,
                         gd_softmax_focal_loss(
                             tape, pair, gd_full(tape, GD_I64, label, GD_DIMS(26)),
                             &(gd_softmax_focal_loss_options){.gamma = GD_SOME(gamma_now)}));
    }
}

/* ---- the ends of the range */

static void test_beta_too_small_for_float32(void **state)
{
    (void)state;
    gd_tensor *x = gd_from_data(tape, GD_F32, (const float[]){1, 2, 3}, GD_DIMS(3)), *g = NULL;
    gd_tensor *y = gd_from_data(tape, GD_F32, (const float[]){1, 3, 1}, GD_DIMS(3));
    x->requires_grad = true;
    gd_tensor *loss = gd_smooth_l1_loss(
        tape, x, y,
        &(gd_smooth_l1_loss_options){.reduction = GD_REDUCTION_SUM, .beta = GD_SOME(1e-50)});
    assert_true(gd_item(loss) == 3);
    assert_int_equal(gd_grad(tape, loss, &x, 1, &g, NULL), GD_OK);
    const float *slope = g->data;
    assert_true(slope[0] == 0 && slope[1] == -1 && slope[2] == 1);
}

/* Vectors of 1e30, whose squares float32 does not have. a = 1e30 (3, 4), b = 1e30 (4, 3): the
 * cosine is 24/25, dc/da = b / |a||b| - c a / |a|^2 = (4 - 3 * 24/25, 3 - 4 * 24/25) / 25e30. */
static void test_large_vectors(void **state)
{
    (void)state;
    const float v[] = {3e30f, 4e30f}, w[] = {4e30f, 3e30f};
    gd_tensor *a = gd_from_data(tape, GD_F32, v, GD_DIMS(2)), *g = NULL;
    gd_tensor *b = gd_from_data(tape, GD_F32, w, GD_DIMS(2));
    gd_tensor *one = gd_full(tape, GD_I64, 1, 0, NULL);
    a->requires_grad = true;
    gd_tensor *loss = gd_cosine_embedding_loss(tape, a, b, one, NULL);
    assert_true(fabs(gd_item(loss) - 0.04) < 2e-7);
    assert_int_equal(gd_grad(tape, loss, &a, 1, &g, NULL), GD_OK);
    assert_true(fabs((double)((float *)g->data)[0] * 1e30 + 0.0448) < 1e-7);
    assert_true(fabs((double)((float *)g->data)[1] * 1e30 - 0.0336) < 1e-7);

    /* The distances are |a - 0| = 5e30 and |a - b| = sqrt(2) 1e30, with slopes a / |a| and
     * (a - b) / |a - b|. */
    gd_tensor *zero = gd_zeros(tape, GD_F32, GD_DIMS(2));
    loss = gd_triplet_margin_loss(tape, a, zero, b, NULL);
    assert_true(fabs(gd_item(loss) - (5 - sqrt(2)) * 1e30) < 4e23);
    assert_int_equal(gd_grad(tape, loss, &a, 1, &g, NULL), GD_OK);
    assert_true(fabs((double)((float *)g->data)[0] - (0.6 + sqrt(0.5))) < 2e-7);
    assert_true(fabs((double)((float *)g->data)[1] - (0.8 - sqrt(0.5))) < 2e-7);
}

/* Equal vectors, whose distance has no slope: 0. And vectors whose powers float32 does not have.
 * */
static void test_distances_at_the_ends(void **state)
{
    (void)state;
    const double p[] = {1, 2, 3, 1.5};
    gd_tape_set_anomaly_mode(tape, true); /* no NaN on the way, either */
    for (int k = 0; k < 4; ++k) {
        const float v[] = {1, -2, 3}, tiny[] = {1e-30f, 0, 1e-30f};
        gd_tensor *a = gd_from_data(tape, GD_F32, v, GD_DIMS(3)), *g = NULL;
        gd_tensor *zero = gd_zeros(tape, GD_F32, GD_DIMS(3));
        a->requires_grad = zero->requires_grad = true;
        gd_triplet_margin_loss_options o = {.p = p[k], .eps = GD_SOME(0), .margin = GD_SOME(10)};
        gd_tensor *loss = gd_triplet_margin_loss(tape, a, gd_detach(tape, a), a, &o);
        assert_true(gd_item(loss) == 10);
        assert_int_equal(gd_grad(tape, loss, &a, 1, &g, NULL), GD_OK);
        for (int i = 0; i < 3; ++i)
            assert_true(((float *)g->data)[i] == 0);
        gd_tensor *b = gd_from_data(tape, GD_F32, tiny, GD_DIMS(3));
        o.margin = GD_SOME(0);
        loss = gd_triplet_margin_loss(tape, zero, b, gd_detach(tape, zero), &o);
        double distance = 1e-30 * pow(2, 1 / p[k]);
        assert_true(fabs(gd_item(loss) - distance) < 1e-6 * distance);
        assert_int_equal(gd_grad(tape, loss, &zero, 1, &g, NULL), GD_OK);
        double slope = -pow(2, 1 / p[k] - 1); /* -(1e-30 / distance)^(p - 1) */
        assert_true(fabs((double)((float *)g->data)[0] - slope) < 1e-6);
        assert_true(((float *)g->data)[1] == 0);
    }
}

/* A variance below eps counts as eps, and its gradient, that at eps, passes to it: d = 3, eps =
 * 0.25: (ln 0.25 + 36) / 2, and (1 / 0.25 - 9 / 0.0625) / 2 = -70. */
static void test_gaussian_eps_is_passed_through(void **state)
{
    (void)state;
    for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
        gd_tensor *x = gd_scalar(tape, 3, dtype), *y = gd_scalar(tape, 0, dtype), *g = NULL;
        gd_tensor *v = gd_scalar(tape, 0.125, dtype);
        v->requires_grad = true;
        gd_tensor *loss = gd_gaussian_nll_loss(
            tape, x, y, v, &(gd_gaussian_nll_loss_options){.eps = GD_SOME(0.25)});
        assert_true(fabs(gd_item(loss) - 17.306852819440055) < 2e-6);
        assert_int_equal(gd_grad(tape, loss, &v, 1, &g, NULL), GD_OK);
        assert_true(gd_item(g) == -70);
    }
}

static int setup(void **state)
{
    (void)state;
    tape = gd_tape_create();
    return tape == NULL;
}

static int teardown(void **state)
{
    (void)state;
    gd_tape_destroy(tape);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int end_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_focal_derivatives_are_finite),
                                       TEST(test_beta_too_small_for_float32),
                                       TEST(test_large_vectors), TEST(test_distances_at_the_ends),
                                       TEST(test_gaussian_eps_is_passed_through)};
    return cmocka_run_group_tests_name("ends of the range", tests, NULL, NULL);
}
