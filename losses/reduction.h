/* From one loss for each position to the result: what gd_reduce_loss and the losses that are nodes
 * share. */
#ifndef GRADUS_LOSSES_REDUCTION_H
#define GRADUS_LOSSES_REDUCTION_H

#include "tensor/internal.h"

#include <gradus/losses.h>

/* The input is a float tensor, and the tape holds no error. The reduction and the denominator make
 * sense. The mask (NULL: none) is bool and broadcasts to `whole`. Each false after
 * gd_tape_fail. */
bool gd__check_input(gd_tape *tape, gd_tensor *input);
bool gd__check_reduction(gd_tape *tape, const gd_loss_options *o);
bool gd__check_mask(gd_tape *tape, const gd_tensor *mask, const gd_tensor *whole);

/* x, and 0 where the weight is 0 and x is NaN or infinite. Both broadcast; weight NULL: x. */
gd_tensor *gd__unless_weightless(gd_tape *tape, gd_tensor *x, gd_tensor *weight);

/* x summed over all dimensions but dim; NULL: x is NULL. */
gd_tensor *gd__sum_to_dim(gd_tape *tape, gd_tensor *x, int dim);

/* ---- for nodes. `losses` has the dtype and shape that the result has without a reduction;
 * memory is not looked at. A node saves one number, the divisor of the sum of its losses. ---- */

void gd__set_reduced_shape(gd_tensor *out, const gd_loss_options *o, const gd_tensor *losses);
size_t gd__divisor_size(const gd_node *n); /* for gd_op's saved_size */
double gd__saved_divisor(const gd_node *n);

/* The end of a forward function: saves the divisor and, if there is a reduction, writes the
 * result. count: what the mean divides by, unless the options give a denominator. */
void gd__write_reduced(const gd_node *n, const gd_loss_options *o, const gd_tensor *losses,
                       double sum, double count);

#endif
