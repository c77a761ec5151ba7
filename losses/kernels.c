/* The losses' loops for one real type and one instruction set, as tensor/kernels.c. */
#include "losses/kernels.h"
#include "tensor/unary_kernels.h"

#include "losses/binary_cross_entropy_with_logits.kernel.h"
#include "losses/element.kernel.h"
#include "losses/nll_loss.kernel.h"

_Static_assert(GD__CHUNK % ELEMENTS_BLOCK == 0 && GD__CHUNK % SUM_LANES == 0,
               "a chunk is filled up to whole blocks");

const gd__loss_kernels GD__TABLE = {
    .nll_value = nll_value,
    .nll_slope = nll_slope,
    .nll_logit_slope = nll_logit_slope,
    .bcel_value = bcel_value,
    .bcel_slope = bcel_slope,
#ifdef GD__FLOAT_MATHS
    .bcel_binary_sum = bcel_binary_sum,
#endif
    .bcel_binary_slope = bcel_binary_slope,
    .expm1 = expm1_,
    .is_outside = is_outside,
    .weigh = weigh,
    .times_u = times_u,
};
