/* What nll_loss asks of cross entropy where its log-probabilities come from logits. */
#ifndef GRADUS_LOSSES_CROSS_ENTROPY_H
#define GRADUS_LOSSES_CROSS_ENTROPY_H

#include "autograd/ops/softmax.h"
#include "tensor/rows.h"

/* Row dx = or += scale (p - [c = label]), with p the softmax of row x; dx and x are numbers of
 * tensors that `rows` walks, of this dtype. */
void gd__cross_entropy_grad_row(gd_dtype dtype, const gd__rows *rows, int dx, int x,
                                gd__row_sum sum, int64_t label, double scale, bool accumulate);

/* Q p_c - q_c, with p_c given by its logarithm. */
double gd__cross_entropy_slope(double total, double q, double log_probability);

#endif
