/* L-BFGS in two files: the direction of a step (lbfgs.c), its length (wolfe.c). */
#ifndef GRADUS_NN_LBFGS_H
#define GRADUS_NN_LBFGS_H

#include "nn/optimizer.h"

/* What it remembers between steps: saved in checkpoints. */
enum {
    GD__STEPS,
    GD__KEPT,
    GD__OLDEST,
    GD__COUNTS
}; /* int64: steps so far, and the ring of those kept */
enum {
    GD__LENGTH,
    GD__SCALE,
    GD__NUMBERS
}; /* double: of the last step; the first inverse Hessian */

/* Vectors of all parameters that a call works with. */
enum { GD__START, GD__NOW, GD__BENT, GD__TRIAL, GD__PREVIOUS, GD__LOW, GD__HIGH, GD__WORKS };

typedef struct gd__lbfgs {
    gd_lbfgs_options options; /* with the defaults */
    int64_t n;                /* elements of all parameters */
    gd_tensor *
        memory; /* [2 + 2 history_size,n]: the last direction, the gradient before it; steps, and what
                           the gradient did along each */
    gd_tensor *work;    /* [GD__WORKS,n] */
    gd_tensor *weights; /* [history_size] */
    gd_tensor *counts, *numbers;
} gd__lbfgs;

static inline double *gd__lbfgs_row(const gd__lbfgs *lbfgs, gd_tensor *matrix, int64_t row)
{
    return (double *)matrix->data + row * lbfgs->n;
}

/* All parameters, or their gradients (empty: zeros), as one vector of doubles; and writing the first. */
void gd__lbfgs_read(const gd_optimizer *optimizer, bool gradients, double *to);
void gd__lbfgs_write(gd_optimizer *optimizer, const double *from);

double gd__lbfgs_dot(int64_t n, const double *a, const double *b);
double gd__lbfgs_largest(int64_t n, const double *a); /* of the absolute values */

/* ---- wolfe.c ---- */

/* A point on the line: t along the direction, the loss there, and its slope along the line. */
typedef struct gd__point {
    double t, loss, slope;
    double *gradient; /* [n] */
} gd__point;

/* From `start` (t 0, its slope below 0), where the parameters are x, along d: finds a point that satisfies the
 * strong Wolfe conditions, first tried at t. *found gets it (its gradient is copied); the parameters are
 * anywhere on the line afterwards. *evaluations counts the closures,
 * of which there are not many more than max_eval. What the closure returned. */
gd_status gd__wolfe_search(gd_optimizer *optimizer, gd_closure closure, void *context,
                           const double *x, const double *d, gd__point start, double t,
                           gd__point *found, int *evaluations);

#endif
