/* What several of the ops need. */
#ifndef GRADUS_AUTOGRAD_OPS_COMMON_H
#define GRADUS_AUTOGRAD_OPS_COMMON_H

#include "autograd/internal.h"
#include "autograd/ops/op_list.h"
#include "tensor/kernels.h"

/* Operands of elementwise ops: equal shapes, broadcast ones, scalars, empty ones. */
extern const gd_sample gd__unary_samples[], gd__binary_samples[], gd__binary_refused[];

gd_tensor *gd__apply1(gd_tape *tape, const gd_op *op, gd_tensor *x);
gd_tensor *gd__apply2(gd_tape *tape, const gd_op *op, gd_tensor *a, gd_tensor *b);

/* a where b is positive (or NaN), else 0: the gradient of relu, for which a * (b > 0) would turn an infinite
 * a into NaN. */
gd_tensor *gd__gate(gd_tape *tape, gd_tensor *a, gd_tensor *b);

#endif
