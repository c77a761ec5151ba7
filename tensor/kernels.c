/* The loops for one real type. The build compiles this file once for each: GD__REAL_IS_DOUBLE is 0
 * or 1. */
#include "tensor/kernels.h"

#include <math.h>

#if GD__REAL_IS_DOUBLE
typedef double real;
#define R(function) function
#define TABLE       gd__kernels_f64
#else
typedef float real;
#define R(function) function##f
#define TABLE       gd__kernels_f32
#endif

/* 1 / (1 + e^-x), with the exponential that does not overflow. */
static inline double sigmoid(double x)
{
    double e = exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
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
    LANES = 8
}; /* independent partial sums: they vectorise and hide the latency of an addition */

static void sum_run(int64_t n, const void *data, int64_t step, double *high, double *low)
{
    const real *x = data;
    double lane_high[LANES] = {0}, lane_low[LANES] = {0};
    int64_t i = 0;
    for (; n - i >= LANES; i += LANES)
        for (int j = 0; j < LANES; ++j)
            accumulate(&lane_high[j], &lane_low[j], (double)x[(i + j) * step]);
    for (; i < n; ++i)
        accumulate(&lane_high[0], &lane_low[0], (double)x[i * step]);
    for (int j = 0; j < LANES; ++j) {
        gd__two_sum(high, low, lane_high[j]);
        *low += lane_low[j];
    }
}

static void sum_rows(int64_t n, const void *data, int64_t step, double *high, double *low)
{
    const real *x = data;
    if (step == 1)
        for (int64_t j = 0; j < n; ++j)
            accumulate(&high[j], &low[j], (double)x[j]);
    else
        for (int64_t j = 0; j < n; ++j)
            accumulate(&high[j], &low[j], (double)x[j * step]);
}

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

static void sgd(int64_t n, void *parameters, const void *gradients, void *velocities, double rate_,
                double momentum_, double decay_)
{
    real *restrict x = parameters, *restrict v = velocities;
    const real *restrict g = gradients;
    real rate = (real)rate_, momentum = (real)momentum_, decay = (real)decay_;
    if (v == NULL)
        for (int64_t i = 0; i < n; ++i)
            x[i] -= rate * (g[i] + decay * x[i]);
    else
        for (int64_t i = 0; i < n; ++i) {
            v[i] = momentum * v[i] + (g[i] + decay * x[i]);
            x[i] -= rate * v[i];
        }
}

const gd__kernels TABLE = {
#define ENTRY(name, value) [GD__UNARY_##name] = unary_##name,
    .unary = {GD__UNARY_KERNELS(ENTRY)},
#undef ENTRY
#define ENTRY(name, value) [GD__BINARY_##name] = binary_##name,
    .binary = {GD__BINARY_KERNELS(ENTRY)},
    .add_into = add_into,
    .sum_run = sum_run,
    .sum_rows = sum_rows,
    .load = load,
    .store = store,
    .sgd = sgd,
};
