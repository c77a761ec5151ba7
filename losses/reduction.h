/* How element losses become the result, for the losses that are nodes and for gd_reduce_loss. */
#ifndef GRADUS_LOSSES_REDUCTION_H
#define GRADUS_LOSSES_REDUCTION_H

#include "tensor/internal.h"

#include <gradus/losses.h>

/* Whether the reduction and the denominator make sense; otherwise false and the tape's error. */
bool gd__check_reduction(gd_tape *tape, const gd_loss_options *o);

/* Each false after gd_tape_fail: the target has the input's shape; the mask (NULL: none) is bool and
 * broadcasts to `whole`; x, called `name`, does. */
bool gd__check_target_shape(gd_tape *tape, const gd_tensor *input, const gd_tensor *target);
bool gd__check_mask(gd_tape *tape, const gd_tensor *mask, const gd_tensor *whole);
bool gd__check_broadcast_to(gd_tape *tape, const char *name, const gd_tensor *x,
                            const gd_tensor *whole);

/* What the sum of the losses is divided by: `count` for the mean (how many are kept, or the sum of
 * their weights) unless the options say otherwise, the size of dimension 0 of `losses` for batchmean,
 * else 1. 0: there is nothing. */
double gd__divisor(const gd_loss_options *o, double count, const gd_tensor *losses);

/* sum / divisor; of nothing 0, or NaN if that is wanted. */
double gd__reduced(const gd_loss_options *o, double sum, double divisor);

/* For gd_op's print_attributes: "reduction=mean, denominator=3" of a gd_loss_options. */
int gd__print_reduction(char *buffer, size_t size, const void *options);

#endif
