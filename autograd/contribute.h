/* What one node adds to the gradient of one tensor. Functions return false, with the tape's error,
 * where something that the gradient reads has changed, the rule fails or memory runs out. */
#ifndef GRADUS_AUTOGRAD_CONTRIBUTE_H
#define GRADUS_AUTOGRAD_CONTRIBUTE_H

#include "autograd/internal.h"

/* One contribution: what a node's gradient gives to one tensor, its destination: operand i or,
 * passing through that, the operand of the call that made it (gd_op's `through`). */
typedef struct gd__contribution {
    const gd_node *node;
    int i;
    bool is_through;
} gd__contribution;

static inline gd_tensor *gd__destination(gd__contribution c)
{
    return c.is_through ? c.node->through->in[0] : c.node->in[c.i];
}

/* dst = or += gradient, summed over the dimensions along which dst was broadcast. dst is
 * contiguous. */
void gd__add_gradient(gd_pool *pool, gd_tensor *dst, const gd_tensor *gradient, bool accumulate);

/* The way that is tried first. */
gd_way gd__way(gd__contribution c);

/* dst = or += the contribution; dst is memory that is nobody else's. */
bool gd__contribute_to_memory(gd_tape *tape, gd__contribution c, gd_tensor *dst, bool accumulate);

/* Adds the contribution to the gradient of `to`, the node that made its destination. If the op
 * has grad_into, it writes into new memory of this node. Otherwise the rule's result becomes the
 * gradient without a copy, and memory is taken when a second contribution comes. Later ones are
 * added in place. */
bool gd__contribute_to_node(gd_tape *tape, gd__contribution c, gd_node *to);

/* *sum = or += the contribution, by ops that are recorded. *sum is NULL before the first. */
bool gd__contribute_recorded(gd_tape *tape, gd__contribution c, gd_tensor **sum);

#endif
