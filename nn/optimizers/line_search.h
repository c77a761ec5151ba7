/* The length of a step of L-BFGS: where along a line the loss is small enough. */
#ifndef GRADUS_NN_OPTIMIZERS_LINE_SEARCH_H
#define GRADUS_NN_OPTIMIZERS_LINE_SEARCH_H

#include "nn/optimizers/optimizer.h"

enum { GD__LINE_WORK = 5 }; /* vectors that a search works with */

/* The parameters x + t d, for numbers t; n is the number of elements of all parameters. */
typedef struct gd__line {
    gd_optimizer *optimizer;
    gd_closure closure; /* computes loss and gradients */
    void *context;
    int64_t n;
    double *x, *d, *work; /* [n], [n], [GD__LINE_WORK,n] */
    int evaluations;      /* calls of the closure so far */
    int max_eval;         /* a search ends when there are about as many */
} gd__line;

/* A point on the line: the loss there, its slope along the line, and its gradient. */
typedef struct gd__point {
    double t, loss, slope;
    double *gradient; /* [n] */
} gd__point;

/* All parameters, or their gradients (empty: zeros), as one vector; and writing the parameters. */
void gd__read_vector(const gd_optimizer *optimizer, bool gradients, double *to);
void gd__write_vector(gd_optimizer *optimizer, const double *from);

double gd__dot(int64_t n, const double *a, const double *b);
double gd__largest(int64_t n, const double *a); /* of the absolute values */

/* Finds a point that satisfies the strong Wolfe conditions, from `start` (t 0, slope below 0) on;
 * `t` is tried first. *found gets it, with the gradient copied. Afterwards the parameters are
 * anywhere on the line. Returns what the closure returned. */
gd_status gd__line_search(gd__line *line, const gd__point *start, double t, gd__point *found);

#endif
