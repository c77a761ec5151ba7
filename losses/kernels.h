/* The loops of the losses that are nodes: each stands in NAME.kernel.h beside the loss that it
 * belongs to. They compute in double whatever the dtype, and as exactly as the dtype needs. */
#ifndef GRADUS_LOSSES_KERNELS_H
#define GRADUS_LOSSES_KERNELS_H

#include "tensor/chunks.h"

/* One position of nll_loss: log-probabilities L_c, and the distribution q_c that they are held
 * against. */
typedef struct gd__nll_row {
    int64_t classes;
    const void *x; /* L_c = x_c - max - log_sum: logits with their row's sums, or L_c itself */
    int64_t x_step;
    double max, log_sum;
    const void *target; /* t_c; NULL: 1 for the class `label`, 0 for the others */
    int64_t target_step, label;
    const double *weight; /* [classes]; NULL: all 1 */
    double smoothing;
} gd__nll_row;

typedef struct gd__loss_kernels {
    /* nll_loss: -sum of q_c L_c, and dx = or += -u q_c, u (Q p_c - q_c) */
    double (*nll_value)(const gd__nll_row *row);
    void (*nll_slope)(const gd__nll_row *row, void *dx, int64_t dx_step, double u, bool accumulate);
    void (*nll_logit_slope)(const gd__nll_row *row, void *dx, int64_t dx_step, double u,
                            bool accumulate);

    /* bcel is binary cross entropy with logits. For n at most GD__CHUNK elements: the loss l and
     * its slope dl/dx. v: NULL, all 1. */
    void (*bcel_value)(int64_t n, double *l, const double *x, const double *y, const double *v);
    void (*bcel_slope)(int64_t n, double *dx, const double *x, const double *y, const double *v);

    /* The same for a chunk of (dx, x, y, dl) where every y is 0 or 1: the sum of the losses, and
     * dx = or += slope u, u = dl / divisor. false, and nothing is written: not for these
     * numbers. */
    bool (*bcel_binary_sum)(const gd__chunks *c, double *sum);
    bool (*bcel_binary_slope)(const gd__chunks *c, double divisor, bool accumulate);

    double (*expm1)(double x); /* e^x - 1 */

    /* What all losses of elements do with these: see element.kernel.h. */
    bool (*is_outside)(int64_t n, const double *x, const double *mask, double low, double high);
    int64_t (*weigh)(int64_t n, double *l, const double *weight, const double *mask);
    void (*times_u)(int64_t n, double *dx, const double *dl, bool is_one, double divisor);
} gd__loss_kernels;

const gd__loss_kernels *gd__loss_kernels_for(gd_dtype dtype);
const gd__loss_kernels *gd__loss_kernels_at(gd__level level, gd_dtype dtype);

#endif
