/* The loops that compute: below every op, above nothing. Callers have checked shapes and
 * dtypes. */
#ifndef GRADUS_TENSOR_KERNELS_H
#define GRADUS_TENSOR_KERNELS_H

#include "tensor/exact_sum.h"
#include "tensor/internal.h"
#include "tensor/level.h"

/* How two numbers can lie to each other: a < b, a == b, a > b, one is NaN. */
enum { GD__LESS = 1, GD__EQUAL = 2, GD__GREATER = 4, GD__UNORDERED = 8 };

/* Rows of few elements are summed together. */
enum { GD__SHORT_ROW = 16, GD__SHORT_ROWS = 16 };

/* A run is n elements, `step` apart (1: dense, 0: one value repeated); results are dense. Pointers
 * are to the table's real type. */
typedef struct gd__kernels {
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
    /* Of each of `rows` rows, row_step apart: m, its maximum, and log_sum = ln(1 + rest), rest the
     * sum of e^(x - m) over all its elements but the maximum (one of them); NaN where an element
     * is NaN or m infinite. rows is 1, or for rows of at most GD__SHORT_ROW elements at most
     * GD__SHORT_ROWS. */
    void (*row_sums)(int rows, int64_t n, const void *x, int64_t x_step, int64_t row_step,
                     double *m, double *log_sum);
    /* y = or += e^((x - m) - l), or minus that. For softmax l is log_sum; a positive factor is
     * better part of l, as - ln factor, than a product with its own rounding. */
    void (*softmax_row)(int64_t n, void *y, int64_t y_step, const void *x, int64_t x_step, double m,
                        double l, bool negative, bool accumulate);
    /* y = x - m - log_sum */
    void (*log_softmax_row)(int64_t n, void *y, int64_t y_step, const void *x, int64_t x_step,
                            double m, double log_sum);
    /* dx = or += dy (1 - p) - p (sum of the other dy), p = e^(x - m - log_sum); 0 where all dy
     * are, whatever x is */
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

/* The functions below use the pool where there is enough to do; NULL: none.
 *
 * y += x: x broadcasts to y, which is contiguous; both of one float dtype. */
void gd__add_into(gd_pool *pool, gd_tensor *y, const gd_tensor *x);

/* y = condition ? a : b, the condition GD_BOOL; all broadcast to y. */
void gd__select(gd_pool *pool, gd_tensor *y, const gd_tensor *condition, const gd_tensor *a,
                const gd_tensor *b);

/* y = (accumulate ? y : 0) + (sum of x over the dimensions in which y has size 1) / divisor.
 * y is contiguous with x's number of dimensions, each size x's or 1. Sums do not drift: float32 is
 * summed in double, float64 with the rounding error carried along (Knuth's TwoSum). */
void gd__sum_into(gd_pool *pool, gd_tensor *y, const gd_tensor *x, double divisor, bool accumulate);

/* The power of two that brings magnitudes up to `largest` to about 1, so that neither their sums
 * nor their squares leave the range of double; for tiny ones less, as it is a double itself. */
double gd__scale_for(double largest);

/* Takes what BLAS needs for the products of this thread; to be called before the first, and at
 * little cost before each. GD_ERROR_MEMORY where it cannot be had. */
gd_status gd__blas_prepare(void);

/* C = A B + (accumulate ? C : 0) over the last two dimensions, leading ones broadcast: C [..,m,n]
 * contiguous, A [..,m,k], B [..,k,n] such that gd__matrix_is_dense holds; sizes at most
 * INT_MAX. */
void gd__multiply_dense(gd_pool *pool, gd_tensor *c, const gd_tensor *a, const gd_tensor *b,
                        bool accumulate);

/* Whether BLAS can read the matrices of x [..,rows,columns] where they lie: dense rows or, as a
 * transposed matrix, dense columns. */
bool gd__matrix_is_dense(const gd_tensor *x);

#endif
