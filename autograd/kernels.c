/* The elementwise ops' loops for one real type and one instruction set, as tensor/kernels.c. */
#include "autograd/kernels.h"
#include "tensor/unary_kernels.h"

/* The probability that a standard normal variable is below x; erfc keeps the tail. */
static inline double normal_cdf(double x)
{
    return 0.5 * erfc(-x * 0x1.6a09e667f3bcdp-1); /* 1 / sqrt 2 */
}

/* Products with a, in which the other factor may leave the range of the type although the product
 * does not: it comes in two halves, each in range and both above or both below 1, so that nothing
 * on the way is further from 1 than a or the result. a e^x is 0 for a = 0, however large x is. */
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
GD__AUTOGRAD_OPS(GD__NO_OP, GD__NO_OP, GD__NO_OP, UNARY, BINARY, BINARY, GD__NO_SECTION)

const gd__op_kernels GD__TABLE = {
#define UNARY_ENTRY(name, value)  [GD__UNARY_##name] = unary_##name,
#define BINARY_ENTRY(name, value) [GD__BINARY_##name] = binary_##name,
    .unary = {[GD__UNARY_exp] = exp_run,
              [GD__UNARY_tanh] = tanh_run,
              [GD__UNARY_sigmoid] = sigmoid_run,
              GD__AUTOGRAD_OPS(GD__NO_OP, GD__NO_OP, GD__NO_OP, UNARY_ENTRY, GD__NO_LOOP,
                               GD__NO_LOOP, GD__NO_SECTION)},
    .binary = {GD__AUTOGRAD_OPS(GD__NO_OP, GD__NO_OP, GD__NO_OP, GD__NO_LOOP, BINARY_ENTRY,
                                BINARY_ENTRY, GD__NO_SECTION)},
};
