/* Nodes that several losses are made of. */
#ifndef GRADUS_LOSSES_PARTS_H
#define GRADUS_LOSSES_PARTS_H

#include "losses/elementwise.h"

/* What each position loses, reduced: losses [..], weight of their shape (0 makes anything 0; NULL: 1)
 * and the mask. */
gd_tensor *gd__reduce_losses(gd_tape *tape, gd_tensor *losses, gd_tensor *weight, gd_tensor *mask,
                             const gd__reducing *r);

/* max(0, margin + a - b)^power, reduced; power 1 or 2. a and b of one shape. */
gd_tensor *gd__hinge(gd_tape *tape, gd_tensor *a, gd_tensor *b, gd_tensor *mask, double margin,
                     double power, const gd__reducing *r);

/* For ops of two equal shapes [..,D] that make [..] of them: out's shape, and operands for tests. */
bool gd__check_vectors(gd_tape *tape, gd_node *n);
extern const gd_sample gd__vector_samples[], gd__vector_refused[];

#endif
