/* The one list of the ops in this folder: a row is the op gd_op_NAME. Tests go through it. */
#ifndef GRADUS_LOSSES_LOSS_LIST_H
#define GRADUS_LOSSES_LOSS_LIST_H

#include <gradus/autograd.h>

#define GD__LOSS_OPS(OP)                                                                           \
    OP(nll_loss)                                                                                   \
    OP(binary_cross_entropy)                                                                       \
    OP(binary_cross_entropy_with_logits)                                                           \
    OP(mse_loss)                                                                                   \
    OP(masked_select)

#define GD__DECLARE_LOSS(name) extern const gd_op gd_op_##name;
GD__LOSS_OPS(GD__DECLARE_LOSS)

#endif
