/* The optimisers' loops: each stands in NAME.kernel.h beside the optimiser that it belongs to. */
#ifndef GRADUS_NN_KERNELS_H
#define GRADUS_NN_KERNELS_H

#include "tensor/level.h"

/* What a step of an optimiser needs to know. */
typedef struct gd__sgd {
    double rate, momentum, decay;
    double share; /* of the gradient in the velocity */
    bool nesterov;
} gd__sgd;

typedef struct gd__adam {
    double rate,
        root; /* with the corrections of the moments' bias: lr / (1 - b1^t), sqrt(1 - b2^t) */
    double beta1, beta2, eps;
    double decay, shrink; /* of the gradient, and x's own factor */
} gd__adam;

typedef struct gd__rmsprop {
    double rate, alpha, eps, momentum, decay;
} gd__rmsprop;

typedef struct gd__optimizer_kernels {
    /* One step of an optimiser on n parameters x with gradients g; moments as in nn/, NULL: none. */
    void (*sgd)(int64_t n, void *x, const void *g, void *v, const gd__sgd *o);
    void (*adam)(int64_t n, void *x, const void *g, void *m, void *v, const gd__adam *o);
    void (*rmsprop)(int64_t n, void *x, const void *g, void *s, void *a, void *v,
                    const gd__rmsprop *o);
    void (*adagrad)(int64_t n, void *x, const void *g, void *s, double rate, double decay,
                    double eps);
} gd__optimizer_kernels;

const gd__optimizer_kernels *gd__optimizer_kernels_for(gd_dtype dtype);
const gd__optimizer_kernels *gd__optimizer_kernels_at(gd__level level, gd_dtype dtype);

#endif
