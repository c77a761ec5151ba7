/* What the losses of one class for each position share: checks of shapes and labels.
 *
 * A position is a place of the input without its class dimension; there the target has a label, an
 * int64 in [0, C). */
#ifndef GRADUS_LOSSES_CLASSES_H
#define GRADUS_LOSSES_CLASSES_H

#include <gradus/losses.h>

enum { GD__IGNORE_INDEX = -100 }; /* the label that is left out, if the options do not say */

/* The input without dimension dim: its shape is that of the positions. */
gd_tensor gd__positions_of(const gd_tensor *input, int dim);

/* Each false after gd_tape_fail: x, called `what`, has the positions' shape; weight (NULL: none) is
 * [classes], of the input's dtype; and no. */
bool gd__check_positions(gd_tape *tape, const gd_tensor *input, int dim, const gd_tensor *x,
                         const char *what);
bool gd__check_class_weight(gd_tape *tape, const gd_tensor *input, const gd_tensor *weight,
                            int64_t classes);
bool gd__refuse_class(gd_tape *tape, const gd_tensor *target, int64_t number, int64_t label,
                      int64_t classes);

/* What a loss that is made of ops needs of its int64 targets, each in the positions' shape. */
typedef struct gd__labels {
    gd_tensor *kept;   /* bool: neither ignored nor dropped by the mask; NULL: all are kept */
    gd_tensor *label;  /* int64: the target, and 0 where it is not kept */
    gd_tensor *weight; /* of the label's class; NULL: there are no weights */
} gd__labels;

/* All NULL, with the tape's error, where something is refused. `ignored`: the label that is left
 * out; NULL: none. */
gd__labels gd__read_labels(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *target,
                           gd_tensor *mask, gd_tensor *weight, const int64_t *ignored);

/* x, and 0 where the weight is 0 and x is NaN or infinite: there the weight drops it. Both
 * broadcast; weight NULL: x. */
gd_tensor *gd__unless_weightless(gd_tape *tape, gd_tensor *x, gd_tensor *weight);

#endif
