/* The optimisers' loops: each stands in nn/optimizers/NAME.kernel.h beside the optimiser it
 * belongs to. */
#ifndef GRADUS_NN_KERNELS_H
#define GRADUS_NN_KERNELS_H

#include "tensor/level.h"

#include <gradus/nn.h>

enum { GD__MOMENTS = 3 }; /* at most */

/* One step of one parameter, with arrays of as many elements as that has. */
typedef struct gd__step {
    const gd_optimizer *optimizer;
    void *x;
    const void *gradient;
    void *moment[GD__MOMENTS];                   /* NULL: not kept */
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

/* Elements begin to end - 1 of the parameter. */
typedef struct gd__optimizer_kernels {
    void (*sgd)(const gd__step *step, int64_t begin, int64_t end, const gd__sgd *o);
    void (*adam)(const gd__step *step, int64_t begin, int64_t end, const gd__adam *o);
    void (*rmsprop)(const gd__step *step, int64_t begin, int64_t end, const gd__rmsprop *o);
    void (*adagrad)(const gd__step *step, int64_t begin, int64_t end, double rate, double eps);
} gd__optimizer_kernels;

const gd__optimizer_kernels *gd__optimizer_kernels_for(gd_dtype dtype);
const gd__optimizer_kernels *gd__optimizer_kernels_at(gd__level level, gd_dtype dtype);

#endif
