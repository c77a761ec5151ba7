/* Gradients far from 1: the float32 rule against the float64 rule at the same operands, for which
 * no product of a few float32 numbers leaves the range. And float64 rules against exact values. A
 * part that overflows or vanishes on the way to a gradient that does neither is an error. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"

#include "autograd/ops/op_list.h"

#include <float.h>
#include <math.h>

/* Magnitudes that operands and the incoming gradient are drawn from. */
static const float magnitudes[] = {
    0,  1e-45f, 1e-40f, 1e-38f, 1e-30f, 1e-20f, 1e-12f, 1e-6f, 1e-3f, 0.3f,  1,     2.5f, 7,
    15, 30,     88,     95,     110,    1e3f,   1e6f,   1e12f, 1e20f, 1e30f, 1e38f, 3e38f};
enum { MAGNITUDES = sizeof magnitudes / sizeof *magnitudes, DRAWS = 300 };

static void draw(gd_tensor *x32, gd_tensor *x64, gd_rng *rng, bool positive)
{
    float *narrow = x32->data;
    double *wide = x64->data;
    for (int64_t i = 0; i < gd_tensor_numel(x32); ++i) {
        double u[3];
        gd_tensor *numbers = gd_tensor_create_borrowed(GD_F64, u, GD_DIMS(3));
        gd_tensor_uniform(numbers, rng, 0, 1);
        gd_tensor_destroy(numbers);
        float x = magnitudes[(int)(u[0] * MAGNITUDES)] * (float)(1 + 0.1 * u[1]);
        narrow[i] = positive || u[2] < 0.5 ? x : -x;
        wide[i] = (double)narrow[i];
    }
}

/* One call in both float types. */
typedef struct pair {
    const gd_op *op;
    const gd_sample *sample;
    gd_tape *tape;
    operands narrow, wide;
    gd_tensor *dy32, *dy64;
    bool elementwise; /* every float operand has the result's shape */
} pair;

static bool has_shape_of(const gd_tensor *x, const gd_tensor *y)
{
    bool same = x->ndim == y->ndim;
    for (int i = 0; same && i < x->ndim; ++i)
        same = x->shape[i] == y->shape[i];
    return same;
}

static gd_tensor *wanted(const operands *o, int i)
{
    return o->x[i] != NULL && o->x[i]->requires_grad ? o->x[i] : NULL;
}

static void pair_create(pair *p, uint64_t seed)
{
    gd_rng rng = {.key = seed};
    p->tape = gd_tape_create();
    p->narrow = operands_create(p->op, p->sample, GD_F32, 7);
    p->wide = operands_create(p->op, p->sample, GD_F64, 7);
    gd_tensor *y = gd_apply(p->tape, p->op, p->narrow.x, p->narrow.n, p->sample->attributes);
    assert_non_null(y);
    p->elementwise = true;
    for (int i = 0; i < p->narrow.n; ++i)
        p->elementwise &= wanted(&p->narrow, i) == NULL || has_shape_of(p->narrow.x[i], y);
    for (int i = 0; i < p->narrow.n; ++i)
        if (wanted(&p->narrow, i) != NULL) /* sums shall not cancel */
            draw(p->narrow.x[i], p->wide.x[i], &rng,
                 !p->elementwise || domain_of(p->op, i).low > 0);
    p->dy32 = gd_zeros(p->tape, GD_F32, y->ndim, y->shape);
    p->dy64 = gd_zeros(p->tape, GD_F64, y->ndim, y->shape);
    draw(p->dy32, p->dy64, &rng, !p->elementwise);
}

static void pair_destroy(pair *p)
{
    gd_tape_destroy(p->tape);
    operands_destroy(&p->narrow);
    operands_destroy(&p->wide);
}

static gd_tensor *gradient(pair *p, operands *o, gd_tensor *dy, int i)
{
    gd_tensor *y = gd_apply(p->tape, p->op, o->x, o->n, p->sample->attributes), *g;
    gd_grad_options options = {.gradient = gd_cast(p->tape, dy, y->dtype)};
    if (gd_grad(p->tape, y, &o->x[i], 1, &g, &options) != GD_OK)
        fail_msg("%s: %s", call_text(p->op, p->sample), gd_tape_message(p->tape));
    return g;
}

/* NaN, if an element is. */
static double largest(const gd_tensor *x)
{
    double most = 0;
    for (int64_t j = 0; j < gd_tensor_numel(x) && !isnan(most); ++j)
        most = fabs(element(x, j)) <= most ? most : fabs(element(x, j));
    return most;
}

static bool is_at_pole(const pair *p, int64_t j)
{
    bool at_pole = false;
    for (int i = 0; i < p->wide.n; ++i)
        at_pole |= wanted(&p->wide, i) != NULL && element(p->wide.x[i], j) == 0;
    return at_pole;
}

/* Elements compared: not 0, and within float32's range. */
static long compared;

static void compare(const pair *p, int i, const gd_tensor *g32, const gd_tensor *g64)
{
    double most = largest(g64);
    for (int64_t j = 0; j < gd_tensor_numel(g64); ++j) {
        double expected = element(g64, j), actual = element(g32, j);
        double scale = p->elementwise ? fabs(expected) : most;
        bool in_range = scale < (double)FLT_MAX / (p->elementwise ? 1 : 1000);
        bool is_wrong = p->elementwise && isnan(expected) && !is_at_pole(p, j);
        if (!in_range && !is_wrong)
            continue;
        compared += expected != 0;
        /* Parts that are subnormal are off by half a unit, times what they are multiplied with. */
        if (!(fabs(actual - expected) <= 2e-5 * scale + 0x1p-149 * 128))
            fail_msg("%s, operand %d, element %d: float32's gradient is %g, float64's %g",
                     call_text(p->op, p->sample), i, (int)j, actual, expected);
    }
}

static void check_op(const gd_op *op)
{
    compared = 0;
    for (calls c = {.row = op->samples}; next_call(&c);)
        for (uint64_t seed = 0; seed < DRAWS; ++seed) {
            pair p = {.op = op, .sample = &c.call};
            pair_create(&p, seed);
            for (int i = 0; i < p.narrow.n; ++i)
                if (wanted(&p.narrow, i) != NULL)
                    compare(&p, i, gradient(&p, &p.narrow, p.dy32, i),
                            gradient(&p, &p.wide, p.dy64, i));
            pair_destroy(&p);
        }
    if (!is_flat(op) && compared < DRAWS)
        fail_msg("%s: only %ld gradients were compared", op->name, compared);
}

static void test_float32(void **state)
{
    (void)state;
    for (const gd_op *const *op = gd__autograd_ops; *op != NULL; ++op)
        if ((*op)->grad != NULL && !(*op)->may_cancel && !(*op)->dtype_given)
            check_op(*op);
}

/* ---- where nothing passes: 0, whatever comes in */

static gd_tensor *clamp(gd_tape *t, gd_tensor *x)
{
    return gd_clamp(t, x, 1, 5);
}

static gd_tensor *largest_of_all(gd_tape *t, gd_tensor *x)
{
    return gd_max(t, x, GD_ALL_DIMS, true);
}

static gd_tensor *least_of_all(gd_tape *t, gd_tensor *x)
{
    return gd_neg(t, gd_min(t, gd_neg(t, x), GD_ALL_DIMS, true));
}

static gd_tensor *larger_than_1(gd_tape *t, gd_tensor *x)
{
    return gd_maximum(t, x, gd_scalar_like(t, 1, x));
}

static gd_tensor *less_than_minus_1(gd_tape *t, gd_tensor *x)
{
    return gd_minimum(t, x, gd_scalar_like(t, -1, x));
}

static gd_tensor *filled(gd_tape *t, gd_tensor *x)
{
    return gd_masked_fill(t, x, gd_eq(t, x, gd_scalar_like(t, 0, x)), 7);
}

/* The gradients of [0, 3] of which the first is 0. */
static void test_nothing_passes(void **state)
{
    (void)state;
    gd_tensor *(*const functions[])(gd_tape *, gd_tensor *) = {
        gd_relu,      gd_abs,        gd_sign,           clamp, largest_of_all,
        least_of_all, larger_than_1, less_than_minus_1, filled};
    const double incoming[] = {INFINITY, -INFINITY, NAN};
    gd_tape *t = gd_tape_create();
    for (size_t k = 0; k < 3 * sizeof functions / sizeof *functions; ++k)
        for (int create_graph = 0; create_graph <= 1; ++create_graph) {
            gd_tape_reset(t);
            gd_tensor *x = gd_arange(t, GD_F64, 0, 6, 3), *g;
            x->requires_grad = true;
            gd_tensor *y = functions[k / 3](t, x);
            gd_grad_options options = {.gradient =
                                           gd_full(t, GD_F64, incoming[k % 3], y->ndim, y->shape),
                                       .create_graph = create_graph};
            assert_int_equal(gd_grad(t, y, &x, 1, &g, &options), GD_OK);
            if (!(element(g, 0) == 0))
                fail_msg("function %d: %g comes through", (int)(k / 3), element(g, 0));
        }
    gd_tape_destroy(t);
}

/* a^b where it is flat: the second derivatives by a and b, of closed form. */
static void test_second_derivatives_of_pow(void **state)
{
    (void)state;
    const struct {
        double a, b, by_a, by_b;
    } cases[] = {
        {0, 0, 0, 0},     {0, 1, 0, 0}, {0, 2, 2, 0}, {0, 3, 0, 0}, {2, 0, 0, 0.4804530139182014},
        {-2, 3, -12, NAN}}; /* b (b - 1) a^(b-2); a^b (ln a)^2 */
    gd_tape *t = gd_tape_create();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        gd_tape_reset(t);
        gd_tensor *x[] = {gd_scalar(t, cases[k].a, GD_F64), gd_scalar(t, cases[k].b, GD_F64)},
                  *g[2], *h;
        x[0]->requires_grad = x[1]->requires_grad = true;
        gd_grad_options record = {.create_graph = true};
        assert_int_equal(gd_grad(t, gd_pow(t, x[0], x[1]), x, 2, g, &record), GD_OK);
        for (int i = 0; i < 2; ++i) {
            double expected = i == 0 ? cases[k].by_a : cases[k].by_b;
            assert_int_equal(gd_grad(t, g[i], &x[i], 1, &h, NULL), GD_OK);
            if (!(isnan(expected) ? isnan(gd_item(h)) : fabs(gd_item(h) - expected) <= 1e-15))
                fail_msg("%g^%g by operand %d: %g, not %g", cases[k].a, cases[k].b, i, gd_item(h),
                         expected);
        }
    }
    gd_tape_destroy(t);
}

int extremes_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_float32),
                                       cmocka_unit_test(test_nothing_passes),
                                       cmocka_unit_test(test_second_derivatives_of_pow)};
    return cmocka_run_group_tests_name("extremes", tests, NULL, NULL);
}
