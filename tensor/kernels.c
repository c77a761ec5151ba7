/* The loops for one real type and one instruction set. The build compiles this file once for each:
 * GD__REAL_IS_DOUBLE is 0 or 1, GD__TABLE the name of the table. */
#include "tensor/kernels.h"
#include "tensor/elementary.h"
#include "tensor/real.h"

/* The probability that a standard normal variable is below x; erfc keeps the tail. */
static inline double normal_cdf(double x)
{
    return 0.5 * erfc(-x * 0x1.6a09e667f3bcdp-1); /* 1 / sqrt 2 */
}

/* Products with a, in which the other factor may leave the range of the type although the product does not: it comes in
 * two halves, each in range and both above or both below 1, so that nothing on the way is further from 1 than a or the
 * result. a e^x is 0 for a = 0, however large x is. */
static inline double exp_times(double a, double x)
{
    double half = exp_(0.5 * (x > 1416.0 ? 1416.0 : x));
    return a * half * half;
}

static inline double sigmoid_times(double a, double x)
{
    double half = exp_(-0.5 * fabs(x));
    return (x < 0 ? a * half * half : a) / (1.0 + half * half);
}

/* s(x) s(-x) = e^-|x| / (1 + e^-|x|)^2 */
static inline double sigmoid_slope(double a, double x)
{
    double half = exp_(-0.5 * fabs(x)), under = 1.0 + half * half;
    return a * half * half / (under * under);
}

/* 1 + tanh u = 2 s(2u): gelu's approximation (Hendrycks and Gimpel 2016) is x s(2u) with
 * u = sqrt(2 / pi) (x + 0.044715 x^3). */
static inline double gelu_argument(double x)
{
    return 1.5957691216057308 * (x + 0.044715 * x * x * x);
}

/* Both loops are inlined into each kernel with its own f; the dense case stands apart so that it
 * vectorises. */
static inline __attribute__((always_inline)) void
unary_loop(int64_t n, real *restrict y, const real *restrict x, int64_t x_step, real (*f)(real))
{
    if (x_step == 1)
        for (int64_t i = 0; i < n; ++i)
            y[i] = f(x[i]);
    else
        for (int64_t i = 0; i < n; ++i)
            y[i] = f(x[i * x_step]);
}

static inline __attribute__((always_inline)) void
binary_loop(int64_t n, real *restrict y, const real *restrict a, int64_t a_step,
            const real *restrict b, int64_t b_step, real (*f)(real, real))
{
    if (a_step == 1 && b_step == 1)
        for (int64_t i = 0; i < n; ++i)
            y[i] = f(a[i], b[i]);
    else if (a_step == 1 && b_step == 0)
        for (int64_t i = 0; i < n; ++i)
            y[i] = f(a[i], b[0]);
    else if (a_step == 0 && b_step == 1)
        for (int64_t i = 0; i < n; ++i)
            y[i] = f(a[0], b[i]);
    else
        for (int64_t i = 0; i < n; ++i)
            y[i] = f(a[i * a_step], b[i * b_step]);
}

#define UNARY(name, value)                                                                         \
    static inline real name##_of(real x)                                                           \
    {                                                                                              \
        return value;                                                                              \
    }                                                                                              \
    static void unary_##name(int64_t n, void *y, const void *x, int64_t x_step)                    \
    {                                                                                              \
        unary_loop(n, y, x, x_step, name##_of);                                                    \
    }
GD__UNARY_KERNELS(UNARY)

/* Not of the list: in float these three go in blocks. */
static inline real sigmoid_of(real x)
{
    return (real)sigmoid_((double)x);
}

#ifdef GD__FLOAT_MATHS
/* The last elements, and scattered ones, are filled up to a block, so that a value does not depend on
 * where it stands. */
static inline __attribute__((always_inline)) void
block_loop(int64_t n, float *y, const float *x, int64_t x_step,
           void (*block)(float *restrict, const float *restrict))
{
    _Alignas(64) float in[ELEMENTS_BLOCK] = {0}, out[ELEMENTS_BLOCK];
    for (int64_t i = 0; i < n; i += ELEMENTS_BLOCK) {
        int64_t left = n - i < ELEMENTS_BLOCK ? n - i : ELEMENTS_BLOCK;
        if (x_step == 1 && left == ELEMENTS_BLOCK) {
            block(y + i, x + i);
            continue;
        }
        for (int64_t j = 0; j < left; ++j)
            in[j] = x[(i + j) * x_step];
        block(out, in);
        memcpy(y + i, out, (size_t)left * sizeof *y);
    }
}

static void unary_exp(int64_t n, void *y, const void *x, int64_t x_step)
{
    block_loop(n, y, x, x_step, exp_block);
}

static void unary_tanh(int64_t n, void *y, const void *x, int64_t x_step)
{
    block_loop(n, y, x, x_step, tanh_block);
}

/* Where some x of a block are too large for sigmoid_block, those in double. */
static inline void whole_sigmoid_block(float *restrict y, const float *restrict x)
{
    if (sigmoid_block(y, x))
        return;
    for (int i = 0; i < ELEMENTS_BLOCK; ++i) {
        float other = sigmoid_of(x[i]);
        y[i] = fabsf(x[i]) <= SIGMOID_LIMIT ? y[i] : other;
    }
}

static void unary_sigmoid(int64_t n, void *y, const void *x, int64_t x_step)
{
    block_loop(n, y, x, x_step, whole_sigmoid_block);
}
#else
static inline real exp_of(real x)
{
    return (real)exp_((double)x);
}

static inline real tanh_of(real x)
{
    return (real)tanh_((double)x);
}

static void unary_exp(int64_t n, void *y, const void *x, int64_t x_step)
{
    unary_loop(n, y, x, x_step, exp_of);
}

static void unary_tanh(int64_t n, void *y, const void *x, int64_t x_step)
{
    unary_loop(n, y, x, x_step, tanh_of);
}

static void unary_sigmoid(int64_t n, void *y, const void *x, int64_t x_step)
{
    unary_loop(n, y, x, x_step, sigmoid_of);
}
#endif

#define BINARY(name, value)                                                                        \
    static inline real name##_of(real a, real b)                                                   \
    {                                                                                              \
        return value;                                                                              \
    }                                                                                              \
    static void binary_##name(int64_t n, void *y, const void *a, int64_t a_step, const void *b,    \
                              int64_t b_step)                                                      \
    {                                                                                              \
        binary_loop(n, y, a, a_step, b, b_step, name##_of);                                        \
    }
GD__BINARY_KERNELS(BINARY)

/* Scalars are read before the loop: one that is read on one side of a condition is not vectorised. */
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
    gd__two_sum(high, low, x);
#else
    (void)low;
    *high += x;
#endif
}

enum {
    LANES = 32
}; /* independent partial sums: they vectorise and hide the latency of an addition */

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
#define ENTRY(name, value) [GD__UNARY_##name] = unary_##name,
    .unary = {GD__UNARY_KERNELS(ENTRY) ENTRY(exp, ) ENTRY(tanh, ) ENTRY(sigmoid, )},
#undef ENTRY
#define ENTRY(name, value) [GD__BINARY_##name] = binary_##name,
    .binary = {GD__BINARY_KERNELS(ENTRY)},
    .select = select_run,
    .compare = compare_run,
    .any_outside = any_outside,
    .clamp = clamp_run,
    .row_sum = row_sum,
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
