/* The loops for one real type and one instruction set. The build compiles this file once for each:
 * GD__REAL_IS_DOUBLE is 0 or 1, GD__TABLE the name of the table. */
#include "tensor/kernels.h"
#include "tensor/elementary.h"
#include "tensor/real.h"

/* Scalars are read before the loop: one that is read on one side of a condition is not
 * vectorised. */
static void select_run(int64_t n, void *to, const uint8_t *restrict condition,
                       int64_t condition_step, const void *left, int64_t a_step, const void *right,
                       int64_t b_step)
{
    real *restrict y = to;
    const real *a = left, *b = right, one = n > 0 ? *a : 0, other = n > 0 ? *b : 0;
    if (condition_step == 1 && a_step == 1 && b_step == 1)
        for (int64_t i = 0; i < n; ++i)
            y[i] = condition[i] != 0 ? a[i] : b[i];
    else if (condition_step == 1 && a_step == 1 && b_step == 0)
        for (int64_t i = 0; i < n; ++i)
            y[i] = condition[i] != 0 ? a[i] : other;
    else if (condition_step == 1 && a_step == 0 && b_step == 1)
        for (int64_t i = 0; i < n; ++i)
            y[i] = condition[i] != 0 ? one : b[i];
    else if (condition_step == 1 && a_step == 0 && b_step == 0)
        for (int64_t i = 0; i < n; ++i)
            y[i] = condition[i] != 0 ? one : other;
    else
        for (int64_t i = 0; i < n; ++i)
            y[i] = condition[i * condition_step] != 0 ? a[i * a_step] : b[i * b_step];
}

/* Without a branch: what a and b are is as good as random to the processor. */
static inline __attribute__((always_inline)) void
compare_loop(int64_t n, uint8_t *restrict y, const real *restrict a, int64_t a_step,
             const real *restrict b, int64_t b_step, int orders)
{
    int less = orders & GD__LESS ? 1 : 0, equal = orders & GD__EQUAL ? 1 : 0;
    int greater = orders & GD__GREATER ? 1 : 0, unordered = orders & GD__UNORDERED ? 1 : 0;
    for (int64_t i = 0; i < n; ++i) {
        real p = a[i * a_step], q = b[i * b_step];
        int l = p<q, e = p == q, g = p> q;
        y[i] =
            (uint8_t)((l & less) | (e & equal) | (g & greater) | (((l | e | g) ^ 1) & unordered));
    }
}

static void compare_run(int64_t n, uint8_t *y, const void *a, int64_t a_step, const void *b,
                        int64_t b_step, int orders)
{
    if (a_step == 1 && b_step == 1)
        compare_loop(n, y, a, 1, b, 1, orders);
    else if (a_step == 1 && b_step == 0)
        compare_loop(n, y, a, 1, b, 0, orders);
    else
        compare_loop(n, y, a, a_step, b, b_step, orders);
}

static inline __attribute__((always_inline)) bool
any_outside_loop(int64_t n, const real *x, int64_t step, real low, real high, bool only_ends)
{
    int outside = 0;
    if (only_ends)
        for (int64_t i = 0; i < n; ++i)
            outside |= (x[i * step] != low) & (x[i * step] != high);
    else
        for (int64_t i = 0; i < n; ++i)
            outside |= !(x[i * step] >= low) | !(x[i * step] <= high);
    return outside != 0;
}

static bool any_outside(int64_t n, const void *x, int64_t step, double low, double high,
                        bool only_ends)
{
    return step == 1 ? any_outside_loop(n, x, 1, (real)low, (real)high, only_ends)
                     : any_outside_loop(n, x, step, (real)low, (real)high, only_ends);
}

static void clamp_run(int64_t n, void *to, const void *from, int64_t step, double low_,
                      double high_)
{
    real *restrict y = to, low = (real)low_, high = (real)high_;
    const real *x = from;
    for (int64_t i = 0; i < n; ++i) {
        real value = x[i * step];
        value = value < low ? low : value;
        y[i] = value > high ? high : value;
    }
}

static void add_into(int64_t n, void *to, const void *from, int64_t step)
{
    real *restrict y = to;
    const real *restrict x = from;
    if (step == 1)
        for (int64_t i = 0; i < n; ++i)
            y[i] += x[i];
    else
        for (int64_t i = 0; i < n; ++i)
            y[i] += x[i * step];
}

/* Double is exact enough for float32: 2^29 additions lose less than a half ULP of the result. */
static inline void accumulate(double *high, double *low, double x)
{
#if GD__REAL_IS_DOUBLE
    gd__exact_sum sum = {*high, *low};
    gd__exact_sum_add(&sum, x);
    *high = sum.high;
    *low = sum.low;
#else
    (void)low;
    *high += x;
#endif
}

enum { LANES = 32 }; /* independent sums: they vectorise and hide an addition's latency */

static void sum_run(int64_t n, const void *data, int64_t step, gd__exact_sum *sum)
{
    const real *x = data;
    double high[LANES] = {0}, low[LANES] = {0};
    int64_t i = 0;
    for (; n - i >= LANES; i += LANES)
        for (int j = 0; j < LANES; ++j)
            accumulate(&high[j], &low[j], (double)x[(i + j) * step]);
    for (; i < n; ++i)
        accumulate(&high[0], &low[0], (double)x[i * step]);
    for (int j = 0; j < LANES; ++j) {
        gd__exact_sum_add(sum, high[j]);
        sum->low += low[j];
    }
}

static void sum_side_by_side(int64_t n, const void *data, double *high, double *low)
{
    const real *x = data;
    for (int64_t j = 0; j < n; ++j)
        accumulate(&high[j], &low[j], (double)x[j]);
}

#include "tensor/row_kernels.h"

static void load(int64_t n, double *to, const void *from, int64_t step)
{
    const real *x = from;
    for (int64_t i = 0; i < n; ++i)
        to[i] = (double)x[i * step];
}

static void store(int64_t n, void *to, const double *from)
{
    real *y = to;
    for (int64_t i = 0; i < n; ++i)
        y[i] = (real)from[i];
}

const gd__kernels GD__TABLE = {
    .select = select_run,
    .compare = compare_run,
    .any_outside = any_outside,
    .clamp = clamp_run,
    .row_sums = row_sums,
    .softmax_row = softmax_row,
    .log_softmax_row = log_softmax_row,
    .log_softmax_grad_row = log_softmax_grad_row,
    .add_into = add_into,
    .sum_run = sum_run,
    .sum_side_by_side = sum_side_by_side,
    .sum_chunk = sum_chunk,
    .load = load,
    .store = store,
};
