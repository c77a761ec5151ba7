/* What the losses share: how element losses become the result, and what is left out of it. */
#ifndef GRADUS_LOSSES_COMMON_H
#define GRADUS_LOSSES_COMMON_H

#include "autograd/contribute.h"
#include "autograd/ops/common.h"

#include <gradus/losses.h>

/* The options that every loss has, as its attributes hold them. */
typedef struct gd__reducing {
    gd_reduction reduction;
    gd_optional denominator;
    double *count_out;
    bool nan_when_empty;
} gd__reducing;

/* From any loss's options. */
#define GD__REDUCING(o)                                                                            \
    {                                                                                              \
        (o).reduction, (o).denominator, (o).count_out, (o).nan_when_empty                          \
    }

/* Whether they make sense; otherwise false and the tape's error. */
bool gd__check_reducing(gd_tape *tape, const gd__reducing *r);

/* What the sum of the element losses is divided by: `weight` for the mean (the count, or the weights'
 * sum), the size of dimension 0 of the unreduced
 * losses, 1, or what the caller said. 0: there is nothing. */
double gd__divisor(const gd__reducing *r, double weight, const gd_tensor *losses);

/* sum / divisor; of nothing 0, or NaN if that is wanted. */
double gd__reduced(const gd__reducing *r, double sum, double divisor);

/* ", reduction=mean, denominator=3" into buffer, like snprintf. */
int gd__print_reducing(char *buffer, size_t size, const gd__reducing *r);

/* u slope, and 0 where u is 0, even if the slope is infinite or NaN. Both broadcast. */
gd_tensor *gd__times_upstream(gd_tape *tape, gd_tensor *u, gd_tensor *slope);

/* Operands of one shape, and other refusals, as messages that name both shapes. */
bool gd__check_target_shape(gd_tape *tape, const gd_tensor *input, const gd_tensor *target);

/* The mask (NULL: none) is bool and broadcasts to `whole`. */
bool gd__check_mask(gd_tape *tape, const gd_tensor *mask, const gd_tensor *whole);

#endif
