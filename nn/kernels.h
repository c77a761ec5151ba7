/* The optimisers' loops: each stands in nn/optimizers/NAME.kernel.h beside the optimiser it
 * belongs to. */
#ifndef GRADUS_NN_KERNELS_H
#define GRADUS_NN_KERNELS_H

#include "tensor/level.h"

enum { GD__MOMENTS = 3 }; /* at most */

/* One step of one parameter. */
typedef struct gd__step {
    int64_t n;                                   /* its elements */
    void *x;                                     /* [n] */
    const void *gradient;                        /* [n] */
    void *moment[GD__MOMENTS];                   /* [n] each; NULL: not kept */
    double number;                               /* of the step, from 1 on */
    double rate, weight_decay;                   /* of the parameter's group */
    const struct gd__optimizer_kernels *kernels; /* of its dtype */
} gd__step;

/* What each loop needs besides. */
typedef struct gd__sgd {
    double momentum, share; /* of the last velocity, and of the gradient, in the velocity */
    bool nesterov;
} gd__sgd;

typedef struct gd__adam {
    double rate, root; /* corrected for the moments' bias: rate / (1 - b1^t), sqrt(1 - b2^t) */
    double beta1, beta2, eps;
    double decay, shrink; /* weight decay of the gradient; factor of the parameter */
} gd__adam;

typedef struct gd__rmsprop {
    double alpha, eps, momentum;
} gd__rmsprop;

typedef struct gd__optimizer_kernels {
    void (*sgd)(const gd__step *step, const gd__sgd *o);
    void (*adam)(const gd__step *step, const gd__adam *o);
    void (*rmsprop)(const gd__step *step, const gd__rmsprop *o);
    void (*adagrad)(const gd__step *step, double rate, double eps);
} gd__optimizer_kernels;

const gd__optimizer_kernels *gd__optimizer_kernels_for(gd_dtype dtype);
const gd__optimizer_kernels *gd__optimizer_kernels_at(gd__level level, gd_dtype dtype);

#endif
