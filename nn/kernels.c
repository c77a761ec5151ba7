/* The optimisers' loops for one real type and one instruction set, as tensor/kernels.c. */
#include "nn/kernels.h"
#include "tensor/real.h"

#include <math.h>

/* Moments fade away by a factor a step, and subnormal numbers are slow: they end as 0. */
static inline real not_subnormal(real x)
{
#if GD__REAL_IS_DOUBLE
    const real least = 0x1p-1022;
#else
    const real least = 0x1p-126f;
#endif
    return R(fabs)(x) < least ? 0 : x;
}

#include "nn/optimizers/adagrad.kernel.h"
#include "nn/optimizers/adam.kernel.h"
#include "nn/optimizers/rmsprop.kernel.h"
#include "nn/optimizers/sgd.kernel.h"

const gd__optimizer_kernels GD__TABLE = {
    .sgd = sgd,
    .adam = adam,
    .rmsprop = rmsprop,
    .adagrad = adagrad,
};
