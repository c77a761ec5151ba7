/* What the optimisers share: what they keep for each parameter, and the step over all. */
#ifndef GRADUS_NN_OPTIMIZER_H
#define GRADUS_NN_OPTIMIZER_H

#include "nn/kernels.h"
#include "nn/parameters.h"
#include "tensor/kernels.h"
#include "tensor/parallel.h"

enum { GD__STATES = 5 };

/* A parameter and what is kept of its gradients. */
typedef struct gd__slot {
    gd_tensor *parameter;
    const char *name;              /* the parameter's */
    gd_tensor moment[GD__MOMENTS]; /* of its shape and dtype; data NULL: not kept */
    int64_t steps;                 /* it has taken */
    double rate_factor;            /* its group's learning rate, as a part of the optimiser's */
    double weight_decay;
} gd__slot;

struct gd_optimizer {
    const char *name;
    gd__span_task update; /* of some elements of a parameter: a gd__step; NULL: L-BFGS */
    double learning_rate;
    gd_pool *pool;
    union {
        gd_sgd_options sgd;
        gd_adam_options adam;
        gd_rmsprop_options rmsprop;
        gd_adagrad_options adagrad;
        gd_lbfgs_options lbfgs;
    } options;      /* with the defaults */
    bool decoupled; /* Adam: weight decay shrinks the parameter, not through the gradient */
    const char *moment[GD__MOMENTS];    /* names in checkpoints; NULL: not kept */
    gd_tensor *slab[GD__SLABS];         /* of all moments of a dtype; NULL: none */
    const char *state_name[GD__STATES]; /* L-BFGS: names in checkpoints; NULL: not saved */
    gd_tensor *state[GD__STATES];       /* ... and what it keeps of all parameters together */
    int count;
    gd__slot slots[];
};

/* A copy of the template for all parameters of the list that require a gradient, with the moments
 * that have a name, zeros. NULL and a gd_message(). */
gd_optimizer *gd__optimizer_create(const gd_optimizer *template, gd_parameters *parameters,
                                   double weight_decay);

/* Option `what` is in [low,high); otherwise, or of NaN, false and a gd_message(). */
bool gd__check_option(const char *optimizer, const char *what, double value, double low,
                      double high);

/* The same of an option that becomes the default where it is not given. A number without GD_SOME
 * is refused, which would otherwise be passed over. */
bool gd__complete_option(const char *optimizer, const char *what, gd_optional *option,
                         double by_default, double low, double high);

#endif
