/* What cross entropy shares with log_softmax. */
#ifndef GRADUS_AUTOGRAD_OPS_SOFTMAX_H
#define GRADUS_AUTOGRAD_OPS_SOFTMAX_H

#include "autograd/internal.h"
#include "autograd/ops/op_list.h"

/* What a row x of logits amounts to, in double whatever the dtype: its maximum m, and ln(1 + rest)
 * with rest the sum of e^(x_j - m) over all j but the maximum's. log_softmax_j is
 * x_j - m - log_sum. */
typedef struct gd__row_sum {
    double m, log_sum;
} gd__row_sum;

/* A log_softmax node has saved one of these for each row. */

#endif
