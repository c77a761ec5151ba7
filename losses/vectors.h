/* What the losses of vectors share: inputs [..,D], a loss for each vector, [..]. */
#ifndef GRADUS_LOSSES_VECTORS_H
#define GRADUS_LOSSES_VECTORS_H

#include <gradus/losses.h>

/* a is a float tensor [..,D], b, called `name`, has its dtype and shape, and the mask (NULL: none) is
 * bool and broadcasts to [..]. false after gd_tape_fail. */
bool gd__check_vectors(gd_tape *tape, gd_tensor *a, gd_tensor *b, const char *name,
                       gd_tensor *mask);

/* x, and 0 for vectors that the mask [..] drops. */
gd_tensor *gd__kept_vectors(gd_tape *tape, gd_tensor *x, gd_tensor *mask);

/* The largest |x_i| of each vector, [..,1], a constant to the tape. A vector divided by it has
 * squares that are in the float's range. */
gd_tensor *gd__largest_element(gd_tape *tape, gd_tensor *x);

#endif
