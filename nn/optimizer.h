/* What the optimisers share: what they keep for each parameter, and the step over all. */
#ifndef GRADUS_NN_OPTIMIZER_H
#define GRADUS_NN_OPTIMIZER_H

#include "tensor/kernels.h"

#include <gradus/nn.h>

enum { GD__MOMENTS = 3 }; /* at most */

/* A parameter and what is kept of its gradients: [moments], of its shape and dtype; NULL: not kept. */
typedef struct gd__slot {
    gd_tensor *parameter, *moment[GD__MOMENTS];
    int64_t steps; /* it has taken */
} gd__slot;

struct gd_optimizer {
    const char *name;
    /* One step of one parameter, whose gradient is there; `steps` counts this one. */
    void (*update)(const gd_optimizer *optimizer, const gd__slot *slot);
    union {
        gd_sgd_options sgd;
        gd_adam_options adam;
        gd_rmsprop_options rmsprop;
        gd_adagrad_options adagrad;
    } options;
    bool decoupled; /* Adam: weight decay shrinks the parameter, not through the gradient */
    int count;
    gd__slot slots[];
};

/* For all of the list, with the moments of which keeps[k] is true, zeros. NULL and a gd_message(). */
gd_optimizer *gd__optimizer_create(const char *name, gd_parameters *parameters,
                                   const bool keeps[GD__MOMENTS],
                                   void (*update)(const gd_optimizer *, const gd__slot *));

/* Option `what`, as it was given or the default, is from low on and below high; otherwise false and a
 * gd_message(). NaN is refused. */
bool gd__check_option(const char *optimizer, const char *what, double value, double low,
                      double high);

#endif
