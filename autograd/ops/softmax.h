/* What cross entropy shares with log_softmax. */
#ifndef GRADUS_AUTOGRAD_OPS_SOFTMAX_H
#define GRADUS_AUTOGRAD_OPS_SOFTMAX_H

#include "autograd/internal.h"

/* What a row x of logits amounts to, in double whatever the dtype: its maximum m, and ln(1 + rest)
 * with rest the sum of e^(x_j - m) over all j but the maximum's. log_softmax_j is
 * x_j - m - log_sum. */
typedef struct gd__row_sum {
    double m, log_sum;
} gd__row_sum;

/* log_softmax whose values are made when somebody looks (see gd__apply_deferred). Until then
 * result->deferred is its call: in[0] are the logits, saved the gd__row_sum of each row. */
gd_tensor *gd__log_softmax_deferred(gd_tape *tape, gd_tensor *x, int dim);

#endif
