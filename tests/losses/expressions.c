/* The losses that are made of ops, in float32, against long double on a grid: values and gradients
 * within 8 units in the last place. Where the terms of a sum cancel, it is units of the largest
 * term: of kl_div's target (ln t - x against 1), of Poisson likelihood (e^x against y, y ln y
 * against y x), of Gaussian likelihood (ln v against d^2 / v) and of multi_margin (x_y against
 * x_c). */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <float.h>
#include <math.h>

enum { MOST = 40 };
static gd_tape *tape;

typedef long double real;

/* A loss of an element: its value, its slopes, and the largest term of each sum that may cancel.
 * */
typedef struct exact {
    real loss, slope[2], loss_terms, slope_terms[2];
} exact;

typedef struct grid {
    const char *name;
    gd_tensor *(*call)(gd_tensor *x, gd_tensor *y);
    exact (*exact)(real x, real y);
    const float *x, *y; /* each ends with NaN */
    int slopes;
} grid;

static real ulp(real x)
{
    int exponent;
    frexpl(x, &exponent);
    return ldexpl(1, exponent - 24 > -149 ? exponent - 24 : -149);
}

static void check(const char *name, const char *what, float x, float y, float actual, real wanted,
                  real terms)
{
    if (!(fabsl(wanted) <= (real)FLT_MAX))
        return;
    real off = fabsl((real)actual - wanted) / ulp(fmaxl(fabsl(wanted), fabsl(terms)));
    if (!(off <= 8))
        fail_msg("%s of x = %.9g, y = %.9g: %s is %.9g, %.2Lf ULP from %.12Lg", name, (double)x,
                 (double)y, what, (double)actual, off, wanted);
}

static int length(const float *list)
{
    int n = 0;
    while (!isnan(list[n]))
        ++n;
    return n;
}

/* All pairs of xs and ys. */
static void check_grid(const grid *g)
{
    int columns = length(g->y), n = length(g->x) * columns;
    gd_tape_reset(tape);
    gd_tensor *x = gd_zeros(tape, GD_F32, GD_DIMS(n)), *y = gd_zeros(tape, GD_F32, GD_DIMS(n));
    gd_tensor *of[] = {x, y}, *slope[2] = {NULL, NULL};
    float *xs = x->data, *ys = y->data;
    for (int i = 0; i < n; ++i) {
        xs[i] = g->x[i / columns];
        ys[i] = g->y[i % columns];
    }
    x->requires_grad = true;
    y->requires_grad = g->slopes == 2;
    gd_tensor *loss = g->call(x, y);
    if (loss == NULL)
        fail_msg("%s: %s", g->name, gd_tape_message(tape));
    gd_grad_options ones = {.gradient = gd_ones(tape, GD_F32, GD_DIMS(n))};
    assert_int_equal(gd_grad(tape, loss, of, g->slopes, slope, &ones), GD_OK);
    for (int i = 0; i < n; ++i) {
        exact e = g->exact((real)xs[i], (real)ys[i]);
        check(g->name, "the loss", xs[i], ys[i], ((float *)loss->data)[i], e.loss, e.loss_terms);
        for (int k = 0; k < g->slopes; ++k)
            check(g->name, k == 0 ? "dx" : "dy", xs[i], ys[i], ((float *)slope[k]->data)[i],
                  e.slope[k], e.slope_terms[k]);
    }
}

/* ---- numbers */

static const float numbers[] = {0,  1e-30f, -1e-6f, 0.3f,     -0.7f, 1,      -1.5f, 2.75f, -9.3f,
                                20, -37.f,  88.5f,  -1003.7f, 1e6f,  -3e10f, 1e18f, NAN};
static const float logits[] = {0,      1e-20f, -1e-6f, 0.3f, -0.7f,  1,        -1.5f, 2.75f,  -5,
                               9.3f,   -12.1f, 17.5f,  20,   -37.3f, 60.25f,   -70,   88.5f,  -95,
                               101.7f, -120,   400,    -700, 900,    -1003.7f, 1e6f,  -3e10f, NAN};
static const gd_loss_options none = {.reduction = GD_REDUCTION_NONE};

static exact of_difference(real loss, real slope)
{
    return (exact){.loss = loss, .slope = {slope, -slope}};
}

static gd_tensor *l1(gd_tensor *x, gd_tensor *y)
{
    return gd_l1_loss(tape, x, y, &none);
}

static exact l1_exact(real x, real y)
{
    return of_difference(fabsl(x - y), (real)((x > y) - (x < y)));
}

static exact huber_like(real d, real delta, real scale)
{
    real c = fmaxl(-delta, fminl(delta, d));
    return of_difference(scale * c * (d - c / 2), scale * c);
}

static gd_tensor *smooth_l1(gd_tensor *x, gd_tensor *y)
{
    return gd_smooth_l1_loss(
        tape, x, y,
        &(gd_smooth_l1_loss_options){.reduction = GD_REDUCTION_NONE, .beta = GD_SOME(0.0625)});
}

static exact smooth_l1_exact(real x, real y)
{
    return huber_like(x - y, 0.0625L, 16);
}

static gd_tensor *huber(gd_tensor *x, gd_tensor *y)
{
    return gd_huber_loss(
        tape, x, y,
        &(gd_huber_loss_options){.reduction = GD_REDUCTION_NONE, .delta = GD_SOME(2.5)});
}

static exact huber_exact(real x, real y)
{
    return huber_like(x - y, 2.5L, 1);
}

/* ---- distributions and counts */

static const float log_probabilities[] = {0,   -1e-20f, -1e-6f, -0.1f, -0.693147f, -1.3f, -4.7f,
                                          -20, -60,     -87,    -95,   -700,       -1e6f, NAN};
/* e^y is a normal float: a subnormal one has lost digits. */
static const float log_targets[] = {0,     -1e-20f, -1e-6f, -0.1f,  -0.693147f, -1.3f,
                                    -4.7f, -20,     -60,    -86.5f, NAN};
static const float probabilities[] = {0,    1e-38f, 1e-20f, 1e-6f, 0.01f, 0.25f,
                                      0.5f, 0.77f,  0.999f, 1,     NAN};
static const float counts[] = {0, 0.5f, 1, 1.25f, 2, 3, 7, 20, 100, 12345, 1e7f, NAN};
static const float rates[] = {0, 1e-30f, 1e-6f, 0.3f, 1, 1.5f, 2.75f, 7, 20, 99, 12000, 1e7f, NAN};

static gd_tensor *kl_div(gd_tensor *x, gd_tensor *y)
{
    return gd_kl_div(tape, x, y, &(gd_kl_div_options){.reduction = GD_REDUCTION_NONE});
}

static exact kl_div_exact(real x, real t)
{
    return t == 0 ? (exact){.loss = 0}
                  : (exact){.loss = t * (logl(t) - x),
                            .slope = {-t, logl(t) + 1 - x},
                            .slope_terms = {0, 1}};
}

static gd_tensor *kl_div_of_logs(gd_tensor *x, gd_tensor *y)
{
    return gd_kl_div(tape, x, y,
                     &(gd_kl_div_options){.reduction = GD_REDUCTION_NONE, .log_target = true});
}

static exact kl_div_of_logs_exact(real x, real y)
{
    real t = expl(y);
    return (exact){.loss = t * (y - x), .slope = {-t, t * (y + 1 - x)}, .slope_terms = {0, t}};
}

static gd_tensor *poisson(gd_tensor *x, gd_tensor *y)
{
    return gd_poisson_nll_loss(
        tape, x, y, &(gd_poisson_nll_loss_options){.reduction = GD_REDUCTION_NONE, .full = true});
}

static exact poisson_exact(real x, real y)
{
    real stirling = y > 1 ? y * logl(y) - y + logl(6.28318530717958647693L * y) / 2 : 0;
    return (exact){
        .loss = expl(x) - y * x + stirling,
        .slope = {expl(x) - y, -x + (y > 1 ? logl(y) + 0.5L / y : 0)},
        .loss_terms = fmaxl(expl(x), fmaxl(y * fabsl(x), y > 1 ? y * logl(y) : 0)),
        .slope_terms = {fmaxl(expl(x), y), fmaxl(1, fmaxl(fabsl(x), y > 1 ? logl(y) : 0))}};
}

static gd_tensor *poisson_of_rate(gd_tensor *x, gd_tensor *y)
{
    return gd_poisson_nll_loss(tape, x, y,
                               &(gd_poisson_nll_loss_options){.reduction = GD_REDUCTION_NONE,
                                                              .of_rate = true,
                                                              .eps = GD_SOME(0x1p-20)});
}

static exact poisson_of_rate_exact(real x, real y)
{
    real rate = x + 0x1p-20L;
    return (exact){.loss = x - y * logl(rate),
                   .slope = {1 - y / rate, -logl(rate)},
                   .loss_terms = fmaxl(x, y * fabsl(logl(rate))),
                   .slope_terms = {fmaxl(1, y / rate), 1}};
}

/* Of the target 0.5: in its mean x and its variance v. */
static gd_tensor *gaussian(gd_tensor *x, gd_tensor *v)
{
    gd_tensor *target = gd_full(tape, GD_F32, 0.5, v->ndim, v->shape);
    return gd_gaussian_nll_loss(
        tape, x, target, v,
        &(gd_gaussian_nll_loss_options){.reduction = GD_REDUCTION_NONE, .eps = GD_SOME(0x1p-10)});
}

static exact gaussian_exact(real x, real var)
{
    real d = x - 0.5L, v = fmaxl(var, 0x1p-10L);
    return (exact){.loss = (logl(v) + d * d / v) / 2,
                   .slope = {d / v, (1 / v - d * d / v / v) / 2},
                   .loss_terms = fmaxl(fabsl(logl(v)), d * d / v) / 2,
                   .slope_terms = {0, fmaxl(1 / v, d * d / v / v) / 2}};
}

/* ---- yes or no */

static const float yes_or_no[] = {0, 1, NAN}, signs[] = {-1, 1, NAN};

static real softplus(real x)
{
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

static real sigmoid(real x)
{
    return x > 0 ? 1 / (1 + expl(-x)) : expl(x) / (1 + expl(x));
}

static gd_tensor *soft_margin(gd_tensor *x, gd_tensor *y)
{
    return gd_soft_margin_loss(tape, x, y, &none);
}

static exact soft_margin_exact(real x, real y)
{
    return (exact){.loss = softplus(-y * x), .slope = {-y * sigmoid(-y * x)}};
}

/* For the z of losses/sigmoid_focal_loss.c and its slope. */
static real gamma_now;

static exact focal_exact(real z, real a, real sign)
{
    real power = expl(-gamma_now * softplus(-z));
    real slope = a * power * (gamma_now * sigmoid(-z) * softplus(z) + sigmoid(z));
    return (exact){.loss = a * power * softplus(z), .slope = {sign * slope}};
}

static gd_tensor *sigmoid_focal(gd_tensor *x, gd_tensor *y)
{
    return gd_sigmoid_focal_loss(
        tape, x, y,
        &(gd_sigmoid_focal_loss_options){.reduction = GD_REDUCTION_NONE,
                                         .gamma = GD_SOME((double)gamma_now)});
}

static exact sigmoid_focal_exact(real x, real y)
{
    return y == 1 ? focal_exact(-x, 0.25L, -1) : focal_exact(x, 0.75L, 1);
}

/* Two classes with the logits x and 0, of which 0 is right: its probability is s(x). y is not
 * used. */
static gd_tensor *softmax_focal(gd_tensor *x, gd_tensor *y)
{
    gd_tensor *zero = gd_zeros(tape, GD_F32, x->ndim, x->shape);
    gd_tensor *pair = gd_stack(tape, (gd_tensor *[]){x, zero}, 2, 1);
    gd_tensor *label = gd_zeros(tape, GD_I64, y->ndim, y->shape);
    return gd_softmax_focal_loss(
        tape, pair, label,
        &(gd_softmax_focal_loss_options){.reduction = GD_REDUCTION_NONE,
                                         .gamma = GD_SOME((double)gamma_now)});
}

static exact softmax_focal_exact(real x, real y)
{
    (void)y;
    return focal_exact(-x, 1, -1);
}

/* The same two classes. */
static gd_tensor *multi_margin(gd_tensor *x, gd_tensor *y)
{
    gd_tensor *pair = gd_stack(tape, (gd_tensor *[]){x, y}, 2, 1);
    gd_tensor *label = gd_zeros(tape, GD_I64, y->ndim, y->shape);
    return gd_multi_margin_loss(
        tape, pair, label, &(gd_multi_margin_loss_options){.reduction = GD_REDUCTION_NONE, .p = 2});
}

static exact multi_margin_exact(real x, real y)
{
    real h = fmaxl(0, 1 - x + y), terms = fmaxl(1, fmaxl(fabsl(x), fabsl(y)));
    return (exact){.loss = h * h / 2,
                   .slope = {-h, h},
                   .loss_terms = h > 0 ? terms * h : 0,
                   .slope_terms = {h > 0 ? terms : 0, h > 0 ? terms : 0}};
}

static void test_grids(void **state)
{
    (void)state;
    static const grid grids[] = {
        {"l1", l1, l1_exact, numbers, numbers, 2},
        {"smooth_l1", smooth_l1, smooth_l1_exact, numbers, numbers, 2},
        {"huber", huber, huber_exact, numbers, numbers, 2},
        {"kl_div", kl_div, kl_div_exact, log_probabilities, probabilities, 2},
        {"kl_div of logarithms", kl_div_of_logs, kl_div_of_logs_exact, log_probabilities,
         log_targets, 2},
        {"poisson", poisson, poisson_exact, log_probabilities, counts, 2},
        {"poisson, large rates", poisson, poisson_exact, rates, counts, 2},
        {"poisson of rates", poisson_of_rate, poisson_of_rate_exact, rates, counts, 2},
        {"gaussian", gaussian, gaussian_exact, numbers, rates, 2},
        {"soft_margin", soft_margin, soft_margin_exact, logits, signs, 1},
        {"multi_margin", multi_margin, multi_margin_exact, numbers, numbers, 2}};
    for (size_t k = 0; k < sizeof grids / sizeof *grids; ++k)
        check_grid(&grids[k]);
}

static void test_focal_grids(void **state)
{
    (void)state;
    static const grid grids[] = {
        {"sigmoid_focal", sigmoid_focal, sigmoid_focal_exact, logits, yes_or_no, 1},
        {"softmax_focal", softmax_focal, softmax_focal_exact, logits, yes_or_no, 1}};
    const double gammas[] = {0, 0.01, 0.5, 1, 1.7, 2, 5};
    for (int g = 0; g < 7; ++g)
        for (int k = 0; k < 2; ++k) {
            gamma_now = (real)gammas[g];
            check_grid(&grids[k]);
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

int expression_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_grids), TEST(test_focal_grids)};
    return cmocka_run_group_tests_name("expressions", tests, NULL, NULL);
}
