/* What the losses of one class for each position share: checks of shapes and labels.
 *
 * A position is a place of the input without its class dimension; there the target has a label, an
 * int64 in [0, C). */
#ifndef GRADUS_LOSSES_CLASSES_H
#define GRADUS_LOSSES_CLASSES_H

#include "losses/common.h"

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

/* For losses that are made of ops: the positions that count, bool; NULL: all. And the labels, with 0
 * where they do not count. NULL with the tape's error where one is outside [0, classes). */
gd_tensor *gd__counting(gd_tape *tape, gd_tensor *target, gd_tensor *mask, int64_t ignored);
gd_tensor *gd__checked_labels(gd_tape *tape, gd_tensor *target, gd_tensor *counting,
                              int64_t classes);

/* The weight of each label's class, in the labels' shape; NULL: there are no weights. */
gd_tensor *gd__weight_of_labels(gd_tape *tape, gd_tensor *weight, gd_tensor *labels);

#endif
