/* What nll_loss asks of cross entropy where its log-probabilities come from logits. */
#ifndef GRADUS_LOSSES_CROSS_ENTROPY_H
#define GRADUS_LOSSES_CROSS_ENTROPY_H

#include "autograd/ops/softmax.h"

/* Q p_c - q_c, with p_c given by its logarithm. */
double gd__cross_entropy_slope(double total, double q, double log_probability);

#endif
