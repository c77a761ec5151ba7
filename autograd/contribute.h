/* What one node adds to the gradient of one of its operands. Functions return false, with the
 * tape's error, where something that the gradient reads has changed, the rule fails or memory runs
 * out. */
#ifndef GRADUS_AUTOGRAD_CONTRIBUTE_H
#define GRADUS_AUTOGRAD_CONTRIBUTE_H

#include "autograd/internal.h"

/* dst = or += gradient, summed over the dimensions along which dst was broadcast. dst is
 * contiguous. */
void gd__add_gradient(gd_tensor *dst, const gd_tensor *gradient, bool accumulate);

/* Which tensor's gradient node contributes to without recording, for operand i: the operand's, or
 * that of what a deferred one is made of. */
gd_tensor *gd__gradient_of(const gd_node *node, int i);

/* Contributes to operand i in dst, memory that is nobody else's. */
bool gd__contribute_to_memory(gd_tape *tape, const gd_node *node, int i, gd_tensor *dst,
                              bool accumulate);

/* Contributes to operand i, which another node has made: a first contribution is kept as it is, a
 * second makes a sum, later ones are added to that in place. */
bool gd__contribute_to_node(gd_tape *tape, const gd_node *node, int i);

/* The same with recording: contributions are added by a recorded op. *sum is NULL before the first. */
bool gd__contribute_recorded(gd_tape *tape, const gd_node *node, int i, gd_tensor **sum);

#endif
