#include "bench/limit.h"
#include "bench/draw.h"
#include "bench/side_by_side.h"
#include "tensor/elementary.h"

#include <cblas.h>
#include <stdlib.h>

#ifdef GD__FLOAT_MATHS

enum { LANES = 16, ROW = 1008 }; /* ROW: elements of a row whose exponentials are kept at once */

static float *floats(int64_t n)
{
    return must(calloc(1, ((size_t)n * sizeof(float) + 63) / 64 * 64));
}

/* ---- classes: a row of logits x, its maximum m and l = ln(sum of e^(x - m)) */

typedef struct row_sums {
    double m, l;
} row_sums;

static float maximum(int n, const float *x)
{
    float lanes[2 * LANES], m = -INFINITY;
    int c = 0;
    for (int j = 0; j < 2 * LANES; ++j)
        lanes[j] = m;
    for (; c + 2 * LANES <= n; c += 2 * LANES)
        for (int j = 0; j < 2 * LANES; ++j)
            lanes[j] = x[c + j] > lanes[j] ? x[c + j] : lanes[j];
    for (; c < n; ++c)
        m = x[c] > m ? x[c] : m;
    for (int j = 0; j < 2 * LANES; ++j)
        m = lanes[j] > m ? lanes[j] : m;
    return m;
}

/* The sum of e^(x - m) over n elements, at most ROW: the exponentials in float, their sum in
 * double. */
static double sum_of_exponentials(int n, const float *restrict x, float m)
{
    _Alignas(64) float e[ROW];
    double lanes[LANES] = {0}, sum = 0;
    for (int c = 0; c < n; ++c) {
        float d = x[c] - m, high = d < -103.0f ? -103.0f : d, shifted = shift_in(high);
        float r = reduced(high, shifted), r2 = r * r, q = __builtin_fmaf(series(r, r2), r2, r);
        int32_t k = (int32_t)(float_bits(shifted) - float_bits(0x1.8p23f));
        float scale = float_from_bits((uint32_t)((k < -126 ? -126 : k) + 127) << 23);
        e[c] = __builtin_fmaf(scale, q, scale);
    }
    for (int c = n; c % LANES != 0; ++c)
        e[c] = 0;
    for (int c = 0; c < n; c += LANES)
        for (int j = 0; j < LANES; ++j)
            lanes[j] += (double)e[c + j];
    for (int j = 0; j < LANES; ++j)
        sum += lanes[j];
    return sum;
}

/* The cross entropy of n rows of `classes` logits; writes the log-probabilities. */
static double ce_value(int64_t n, int classes, const float *x, const int64_t *y, float *log_p,
                       row_sums *sums)
{
    double total = 0;
    for (int64_t i = 0; i < n; ++i, x += classes, log_p += classes) {
        float m = maximum(classes, x);
        double sum = 0;
        for (int c = 0; c < classes; c += ROW)
            sum += sum_of_exponentials(classes - c < ROW ? classes - c : ROW, x + c, m);
        sums[i] = (row_sums){(double)m, log(sum)};
        double whole = sums[i].m + sums[i].l;
        float whole_high = (float)whole, whole_low = (float)(whole - (double)whole_high);
        for (int c = 0; c < classes; ++c) {
            two_floats d = exact_difference(x[c], whole_high);
            log_p[c] = d.high + (d.low - whole_low);
        }
        total -= (double)x[y[i]] - whole;
    }
    return total / (double)n;
}

/* dx = (p - [c = y]) / n, with p / n = e^(x - m - l - ln n) and, where c = y, p - 1 by expm1. */
static void ce_slope(int64_t n, int classes, const float *x, const int64_t *y, const row_sums *sums,
                     float *dx)
{
    double log_n = log((double)n);
    for (int64_t i = 0; i < n; ++i, x += classes, dx += classes) {
        double whole = sums[i].m + sums[i].l + log_n;
        float whole_high = (float)whole, whole_low = (float)(whole - (double)whole_high);
        for (int c = 0; c < classes; ++c) {
            float least = whole_high - 110;
            two_floats d = exact_difference(x[c] < least ? least : x[c], whole_high);
            float shifted = shift_in(d.high);
            dx[c] = exp_of_parts(shifted, reduced(d.high, shifted) + (d.low - whole_low));
        }
        dx[y[i]] = (float)(expm1((double)x[y[i]] - sums[i].m - sums[i].l) / (double)n);
    }
}

/* ---- yes or no: t = -x where y is 1, x where it is 0 */

enum { BLOCK = 2 * ELEMENTS_BLOCK };

static void signed_logits(int n, const float *restrict x, const float *restrict y,
                          float *restrict t)
{
    for (int j = 0; j < n; ++j)
        t[j] = y[j] == 1 ? -x[j] : x[j];
}

/* The sum of ln(1 + e^t) = max(t, 0) + ln(1 + e^-|t|) over at most BLOCK elements: one logarithm,
 * of the product of all 1 + e^-|t|. */
static double bcel_block(int n, const float *restrict x, const float *restrict y)
{
    _Alignas(64) float q[BLOCK], scale[BLOCK], t[BLOCK];
    double product[LANES], above[LANES] = {0}, all = 1, sum = 0;
    signed_logits(n, x, y, t);
    for (int j = n; j % LANES != 0; ++j)
        t[j] = -INFINITY;
    n = (n + LANES - 1) / LANES * LANES;
    for (int j = 0; j < n; ++j) {
        float minus = -fabsf(t[j]), high = minus < -87.0f ? -87.0f : minus;
        float shifted = shift_in(high), r = reduced(high, shifted), r2 = r * r;
        q[j] = __builtin_fmaf(series(r, r2), r2, r);
        scale[j] = float_from_bits((float_bits(shifted) << 23) + float_bits(1.0f));
    }
    for (int j = 0; j < LANES; ++j)
        product[j] = 1;
    for (int k = 0; k < n; k += LANES)
        for (int j = 0; j < LANES; ++j) {
            double s = (double)scale[k + j], e = __builtin_fma(s, (double)q[k + j], s);
            product[j] = __builtin_fma(product[j], e, product[j]);
            above[j] += t[k + j] > 0 ? (double)t[k + j] : 0;
        }
    for (int j = 0; j < LANES; ++j) {
        all *= product[j];
        sum += above[j];
    }
    return log(all) + sum;
}

static double bcel_value(int64_t n, const float *x, const float *y)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i += BLOCK)
        sum += bcel_block(n - i < BLOCK ? (int)(n - i) : BLOCK, x + i, y + i);
    return sum / (double)n;
}

/* dx = +-s(t) u */
static void bcel_slope_block(int n, const float *restrict x, const float *restrict y, float u,
                             float *restrict dx)
{
    float t[ELEMENTS_BLOCK] = {0}, s[ELEMENTS_BLOCK];
    signed_logits(n, x, y, t);
    sigmoid_block(s, t);
    for (int j = 0; j < n; ++j)
        dx[j] = (y[j] == 1 ? -u : u) * s[j];
}

static void bcel_slope(int64_t n, const float *x, const float *y, float *dx)
{
    for (int64_t i = 0; i < n; i += ELEMENTS_BLOCK)
        bcel_slope_block(n - i < ELEMENTS_BLOCK ? (int)(n - i) : ELEMENTS_BLOCK, x + i, y + i,
                         1.0f / (float)n, dx + i);
}

/* ---- the cases of one op or one loss */

typedef struct arrays {
    int64_t n;
    int rows, columns;
    const float *x, *w, *b, *targets;
    const int64_t *classes;
    const uint64_t *mask; /* eight bytes, 0 or 1, each */
    float *product, *sum, *y, *dx, *dw, *db;
    row_sums *sums;
    double part_sums[MOST_PARTS]; /* of y */
} arrays;

static arrays *arrays_of(const bench_case *c)
{
    arrays *a = must(calloc(1, sizeof *a));
    a->rows = c->sizes[1] > 0 ? c->sizes[0] : 1;
    a->columns = c->sizes[1] > 0 ? c->sizes[1] : c->sizes[0];
    a->n = (int64_t)a->rows * a->columns;
    a->y = floats(a->n);
    a->dx = floats(a->n);
    return a;
}

static void *setup_bcel(const bench_case *c)
{
    arrays *a = arrays_of(c);
    a->x = draw_normal(GD_DIMS(a->n), 1)->data;
    a->targets = draw_labels(a->rows, a->columns, 2)->data;
    return a;
}

static double step_bcel(void *of)
{
    arrays *a = of;
    double loss = bcel_value(a->n, a->x, a->targets);
    bcel_slope(a->n, a->x, a->targets, a->dx);
    return loss;
}

static void *setup_ce(const bench_case *c)
{
    arrays *a = arrays_of(c);
    a->x = draw_normal(GD_DIMS(a->n), 1)->data;
    a->classes = draw_classes(a->rows, a->columns, 2)->data;
    a->sums = must(calloc((size_t)a->rows, sizeof *a->sums));
    return a;
}

static double step_ce(void *of)
{
    arrays *a = of;
    double loss = ce_value(a->rows, a->columns, a->x, a->classes, a->y, a->sums);
    ce_slope(a->rows, a->columns, a->x, a->classes, a->sums, a->dx);
    return loss;
}

static void *setup_masked(const bench_case *c)
{
    arrays *a = c->limit == LIMIT_MASKED_BCEL ? setup_bcel(c) : arrays_of(c);
    if (c->limit == LIMIT_MASKED_SELECT)
        a->x = draw_normal(GD_DIMS(a->n), 1)->data;
    a->mask = draw_mask(GD_DIMS(a->n), 3)->data;
    return a;
}

/* Of eight mask bytes, byte j becomes the number of ones up to j: the product adds the bytes. */
static inline uint64_t counts_of(uint64_t mask)
{
    return mask * 0x0101010101010101;
}

static float *select_eight(float *restrict y, const float *restrict x, uint64_t mask)
{
    uint64_t counts = counts_of(mask), before = counts << 8;
    for (int j = 0; j < 8; ++j)
        y[before >> 8 * j & 255] = x[j];
    return y + (counts >> 56);
}

static const float *place_eight(float *restrict dx, const float *restrict dy, uint64_t mask)
{
    uint64_t counts = counts_of(mask), before = counts << 8;
    for (int j = 0; j < 8; ++j) {
        uint32_t kept = 0 - (uint32_t)(mask >> 8 * j & 1); /* all bits, or none */
        dx[j] = float_from_bits(float_bits(dy[before >> 8 * j & 255]) & kept);
    }
    return dy + (counts >> 56);
}

static double sum_of(int64_t n, const float *x)
{
    double lanes[LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; ++j)
            lanes[j] += (double)x[i + j];
    for (; i < n; ++i)
        sum += (double)x[i];
    for (int j = 0; j < LANES; ++j)
        sum += lanes[j];
    return sum;
}

/* The elements of x that are kept, to a->y; returns their end. */
static float *select_all(const arrays *a, const float *x)
{
    float *end = a->y;
    for (int64_t i = 0; i < a->n; i += 8)
        end = select_eight(end, x + i, a->mask[i / 8]);
    return end;
}

/* A gradient of `value` for each kept element, put back where that came from. */
static void place_all(const arrays *a, float value, float *dx)
{
    float values[8];
    for (int j = 0; j < 8; ++j)
        values[j] = value;
    for (int64_t i = 0; i < a->n; i += 8)
        place_eight(dx + i, values, a->mask[i / 8]);
}

static double step_masked_select(void *of)
{
    arrays *a = of;
    float *end = select_all(a, a->x);
    double sum = sum_of(end - a->y, a->y);
    place_all(a, 1, a->dx);
    return sum;
}

/* y = the loss of each element; and u times its slope, u from `y`. n is a multiple of
 * ELEMENTS_BLOCK. */
static void each_bcel_value(int64_t n, const float *x, const float *targets, float *y)
{
    float t[ELEMENTS_BLOCK];
    double l[ELEMENTS_BLOCK];
    for (int64_t i = 0; i < n; i += ELEMENTS_BLOCK) {
        signed_logits(ELEMENTS_BLOCK, x + i, targets + i, t);
        softplus_block(l, t);
        for (int j = 0; j < ELEMENTS_BLOCK; ++j)
            y[i + j] = (float)l[j];
    }
}

static void each_bcel_slope(int64_t n, const float *x, const float *targets, const float *u,
                            float *dx)
{
    float t[ELEMENTS_BLOCK], s[ELEMENTS_BLOCK];
    for (int64_t i = 0; i < n; i += ELEMENTS_BLOCK) {
        signed_logits(ELEMENTS_BLOCK, x + i, targets + i, t);
        sigmoid_block(s, t);
        for (int j = 0; j < ELEMENTS_BLOCK; ++j)
            dx[i + j] = (targets[i + j] == 1 ? -u[i + j] : u[i + j]) * s[j];
    }
}

/* The mean of the losses that are kept, all written; its gradient put back where it came from,
 * written, and through the losses. */
static double step_masked_bcel(void *of)
{
    arrays *a = of;
    each_bcel_value(a->n, a->x, a->targets, a->dx);
    float *end = select_all(a, a->dx);
    int64_t kept = end - a->y;
    double mean = sum_of(kept, a->y) / (double)kept;
    place_all(a, 1.0f / (float)kept, a->y);
    each_bcel_slope(a->n, a->x, a->targets, a->y, a->dx);
    return mean;
}

#include "bench/limit_elements.h"
#include "bench/limit_training.h"

const bench_limit LIMITS[LIMIT_KINDS] = {
    [LIMIT_TRAINING] = {setup_training, step_training},
    [LIMIT_BCEL] = {setup_bcel, step_bcel},
    [LIMIT_CE] = {setup_ce, step_ce},
    [LIMIT_MASKED_SELECT] = {setup_masked, step_masked_select},
    [LIMIT_MASKED_BCEL] = {setup_masked, step_masked_bcel},
    [LIMIT_ELEMENTWISE] = {setup_elementwise, step_elementwise},
    [LIMIT_ADAM] = {setup_adam, step_adam},
    [LIMIT_EXP] = {setup_unary, step_exp},
    [LIMIT_TANH] = {setup_unary, step_tanh},
    [LIMIT_SIGMOID] = {setup_unary, step_sigmoid},
    [LIMIT_MATMUL] = {setup_matmul, step_matmul},
};

#else

const bench_limit LIMITS[LIMIT_KINDS] = {{NULL, NULL}};

#endif
