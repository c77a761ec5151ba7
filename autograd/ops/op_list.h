/* The one list of the ops in this folder: name, one row each, in the order of their documentation.
 * A row is the op gd__op_NAME. */
#ifndef GRADUS_AUTOGRAD_OP_LIST_H
#define GRADUS_AUTOGRAD_OP_LIST_H

#include <gradus/autograd.h>

#define GD__AUTOGRAD_OPS(OP)                                                                       \
    OP(add)                                                                                        \
    OP(sub)                                                                                        \
    OP(mul)                                                                                        \
    OP(div)                                                                                        \
    OP(neg)                                                                                        \
    OP(exp)                                                                                        \
    OP(log)                                                                                        \
    OP(relu)                                                                                       \
    OP(gate)                                                                                       \
    OP(sigmoid)                                                                                    \
    OP(tanh)                                                                                       \
    OP(sum)                                                                                        \
    OP(mean)                                                                                       \
    OP(matmul)                                                                                     \
    OP(linear)                                                                                     \
    OP(reshape)                                                                                    \
    OP(transpose)                                                                                  \
    OP(expand)                                                                                     \
    OP(clone)

#define GD__DECLARE_OP(name) extern const gd_op gd__op_##name;
GD__AUTOGRAD_OPS(GD__DECLARE_OP)

/* All of them; NULL ends the table. */
extern const gd_op *const gd__autograd_ops[];

#endif
