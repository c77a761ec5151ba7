/* The loops that compute: below every op, above nothing. Callers have checked shapes and dtypes. */
#ifndef GRADUS_TENSOR_KERNELS_H
#define GRADUS_TENSOR_KERNELS_H

#include "tensor/exact_sum.h"
#include "tensor/internal.h"
#include "tensor/level.h"

/* Elementwise functions, one row each: name, and its value for an element. In a value `real` is the
 * element type, R(f) the C library's f for it, f_ one of tensor/elementary.h; x, a and b are the
 * operands. Where float32 goes through double, the C library's float function is off by more than
 * 1 ULP. */
#define GD__UNARY_KERNELS(KERNEL)                                                                  \
    KERNEL(neg, -x)                                                                                \
    KERNEL(abs, R(fabs)(x))                                                                        \
    KERNEL(sign, (real)((x > 0) - (x < 0)))                                                        \
    KERNEL(sqrt, R(sqrt)(x))                                                                       \
    KERNEL(rsqrt, (real)(1 / sqrt((double)x)))                                                     \
    KERNEL(expm1, (real)expm1_((double)x))                                                         \
    KERNEL(log, R(log)(x))                                                                         \
    KERNEL(log1p, (real)log1p((double)x))                                                          \
    KERNEL(relu, x < 0 ? 0 : x) /* NaN stays NaN */                                                \
    KERNEL(silu, (real)((double)x * sigmoid_((double)x)))                                          \
    KERNEL(softplus, (real)softplus_((double)x))                                                   \
    KERNEL(gelu, (real)((double)x * normal_cdf((double)x)))                                        \
    KERNEL(gelu_tanh, (real)((double)x * sigmoid_(gelu_argument((double)x))))

#define GD__BINARY_KERNELS(KERNEL)                                                                 \
    KERNEL(add, a + b)                                                                             \
    KERNEL(sub, a - b)                                                                             \
    KERNEL(mul, a *b)                                                                              \
    KERNEL(div, a / b)                                                                             \
    KERNEL(pow, (real)pow((double)a, (double)b))                                                   \
    KERNEL(maximum, b >= a || b != b ? b : a) /* a NaN in either stays */                          \
    KERNEL(minimum, b <= a || b != b ? b : a)                                                      \
    KERNEL(leaky_relu, a > 0 ? a : a * b)                                                          \
    KERNEL(gate, b <= 0 ? 0 : a) /* a where b is positive (or NaN), else 0 */                      \
    KERNEL(exp_times, (real)exp_times((double)a, (double)b))                                       \
    KERNEL(sigmoid_times, (real)sigmoid_times((double)a, (double)b))                               \
    KERNEL(sigmoid_slope, (real)sigmoid_slope((double)a, (double)b))                               \
    KERNEL(normal_cdf_times, (real)((double)a * normal_cdf((double)b)))

typedef enum gd__unary {
#define NAME(name, value) GD__UNARY_##name,
    GD__UNARY_KERNELS(NAME)
#undef NAME
        GD__UNARY_exp, /* not of the list: these have loops of their own */
    GD__UNARY_tanh,
    GD__UNARY_sigmoid,
    GD__UNARY_COUNT
} gd__unary;

typedef enum gd__binary {
#define NAME(name, value) GD__BINARY_##name,
    GD__BINARY_KERNELS(NAME)
#undef NAME
        GD__BINARY_COUNT
} gd__binary;

/* How two numbers can lie to each other: a < b, a == b, a > b, one is NaN. */
enum { GD__LESS = 1, GD__EQUAL = 2, GD__GREATER = 4, GD__UNORDERED = 8 };

/* A run is n elements, `step` apart (1: dense, 0: one value repeated); results are dense. Pointers
 * are to the table's real type. */
typedef struct gd__kernels {
    void (*unary[GD__UNARY_COUNT])(int64_t n, void *y, const void *x, int64_t x_step);
    void (*binary[GD__BINARY_COUNT])(int64_t n, void *y, const void *a, int64_t a_step,
                                     const void *b, int64_t b_step);
    /* y = condition ? a : b */
    void (*select)(int64_t n, void *y, const uint8_t *condition, int64_t condition_step,
                   const void *a, int64_t a_step, const void *b, int64_t b_step);
    /* y = whether the order of a and b is one of those in the set: GD__LESS | GD__EQUAL */
    void (*compare)(int64_t n, uint8_t *y, const void *a, int64_t a_step, const void *b,
                    int64_t b_step, int orders);
    /* Whether some x is outside [low, high], or NaN; only_ends: neither low nor high. */
    bool (*any_outside)(int64_t n, const void *x, int64_t x_step, double low, double high,
                        bool only_ends);
    /* y = x kept within [low, high]; NaN stays NaN */
    void (*clamp)(int64_t n, void *y, const void *x, int64_t x_step, double low, double high);
    /* Of a row: m, its maximum, and log_sum = ln(1 + rest), rest the sum of e^(x - m) over all its
     * elements but the maximum (one of them); NaN where an element is NaN or m infinite. */
    void (*row_sum)(int64_t n, const void *x, int64_t x_step, double *m, double *log_sum);
    /* y = or += e^((x - m) - l), or minus that. For softmax l is log_sum; a positive factor is better
     * part of l, as - ln factor, than a product with its own rounding. */
    void (*softmax_row)(int64_t n, void *y, int64_t y_step, const void *x, int64_t x_step, double m,
                        double l, bool negative, bool accumulate);
    /* y = x - m - log_sum */
    void (*log_softmax_row)(int64_t n, void *y, int64_t y_step, const void *x, int64_t x_step,
                            double m, double log_sum);
    /* dx = or += dy (1 - p) - p (sum of the other dy), p = e^(x - m - log_sum); 0 where all dy are,
     * whatever x is */
    void (*log_softmax_grad_row)(int64_t n, void *dx, int64_t dx_step, const void *dy,
                                 int64_t dy_step, const void *x, int64_t x_step, double m,
                                 double log_sum, bool accumulate);
    /* y += x */
    void (*add_into)(int64_t n, void *y, const void *x, int64_t x_step);
    /* sum += x[0] + ... + x[n-1], and for each j < n: (high[j], low[j]) += x[j]. */
    void (*sum_run)(int64_t n, const void *x, int64_t x_step, gd__exact_sum *sum);
    void (*sum_side_by_side)(int64_t n, const void *x, double *high, double *low);
    /* The sum of a few hundred doubles, too few for their rounding to matter. */
    double (*sum_chunk)(int64_t n, const double *x);
    /* To and from double, for code that computes in double whatever the dtype. */
    void (*load)(int64_t n, double *to, const void *from, int64_t from_step);
    void (*store)(int64_t n, void *to, const double *from);
} gd__kernels;

/* The table for a float dtype, for this processor's best level or a given one (tests). */
const gd__kernels *gd__kernels_for(gd_dtype dtype);
const gd__kernels *gd__kernels_at(gd__level level, gd_dtype dtype);

/* y = f(x), y = f(a, b), y += x: operands broadcast to y, which is contiguous; all of one float
 * dtype. */
void gd__map1(gd__unary f, gd_tensor *y, const gd_tensor *x);
void gd__map2(gd__binary f, gd_tensor *y, const gd_tensor *a, const gd_tensor *b);
void gd__add_into(gd_tensor *y, const gd_tensor *x);

/* y = condition ? a : b, the condition GD_BOOL; all broadcast to y. */
void gd__select(gd_tensor *y, const gd_tensor *condition, const gd_tensor *a, const gd_tensor *b);

/* y = (accumulate ? y : 0) + (sum of x over the dimensions in which y has size 1) / divisor.
 * y is contiguous with x's number of dimensions, each size x's or 1. Sums do not drift: float32 is
 * summed in double, float64 with the rounding error carried along (Knuth's TwoSum). */
void gd__sum(gd_tensor *y, const gd_tensor *x, double divisor, bool accumulate);

/* The power of two that brings magnitudes up to `largest` to about 1, so that neither their sums nor their squares
 * leave the range of double; for tiny ones less, as it is a double itself. */
double gd__scale_for(double largest);

/* C = A B + (accumulate ? C : 0) over the last two dimensions, leading ones broadcast: C [..,m,n]
 * contiguous, A [..,m,k], B [..,k,n] such that gd__matrix_is_dense holds; sizes at most INT_MAX. */
void gd__matmul(gd_tensor *c, const gd_tensor *a, const gd_tensor *b, bool accumulate);

/* Whether BLAS can read the matrices of x [..,rows,columns] where they lie: dense rows or, as a
 * transposed matrix, dense columns. */
bool gd__matrix_is_dense(const gd_tensor *x);

#endif
