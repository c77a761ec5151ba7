/* What the two binary cross entropies share.
 *
 * For an element with input x, target y, weight w and positive weight v, with
 *     a = w v y,    b = w (1 - y)
 * the loss is a A(x) + b B(x): A is what "yes" costs, B what "no" costs. A term whose factor is 0 is
 * 0, whatever x is. */
#ifndef GRADUS_LOSSES_BINARY_H
#define GRADUS_LOSSES_BINARY_H

#include "losses/elementwise.h"

#include <math.h>

/* The operands, in this order; after them the mask. */
enum { GD__BINARY_INPUT, GD__BINARY_TARGET, GD__BINARY_WEIGHT, GD__BINARY_POS_WEIGHT };

/* a and b of some elements, each [n]. */
void gd__binary_factors(const gd__elements *e, double *a, double *b);

/* Which targets and weights make sense; NaN does not. */
#define GD__BINARY_TARGETS                                                                         \
    {                                                                                              \
        .what = "target", .low = 0, .high = 1, .rule = "is outside [0,1]"                          \
    }
#define GD__BINARY_WEIGHTS(name)                                                                   \
    {                                                                                              \
        .what = name, .low = 0, .high = (double)INFINITY, .rule = "is below 0"                     \
    }

/* The ops of one of the two: A(x) (yes) or B(x), for the gradient of y (`exact`) or of the weights;
 * and the slope a A'(x) + b B'(x). */
typedef struct gd__binary_ops {
    gd_tensor *(*cost)(gd_tape *tape, gd_tensor *x, bool yes, bool exact);
    gd_tensor *(*slope)(gd_tape *tape, gd_tensor *x, gd_tensor *a, gd_tensor *b);
} gd__binary_ops;

/* The rule for every gradient. */
gd_tensor *gd__binary_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i,
                           const gd__binary_ops *ops);

/* pos_weight [C] stands for the class dimension, wherever that is; any other shape is as it is. */
gd_tensor gd__binary_view(const gd_node *n, int k);

#endif
