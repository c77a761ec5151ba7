/* First weights: of a variance that keeps the size of what passes through a layer. */
#include "tensor/internal.h"

#include <gradus/nn.h>

#include <math.h>

/* How many inputs and outputs an element of the weight [out,in,..] takes part in. */
static bool fans(const char *function, const gd_tensor *weight, double *in, double *out)
{
    if (!gd__is_valid(function, weight))
        return false;
    if (weight->ndim < 2) {
        gd_fail(GD_ERROR_SHAPE, "%s: a weight has two dimensions or more, not %d", function,
                weight->ndim);
        return false;
    }
    double positions = 1;
    for (int i = 2; i < weight->ndim; ++i)
        positions *= (double)weight->shape[i];
    *in = (double)weight->shape[1] * positions;
    *out = (double)weight->shape[0] * positions;
    return true;
}

gd_status gd_init_xavier_uniform(gd_tensor *weight, double gain, gd_rng *rng)
{
    double in, out;
    if (!fans("init_xavier_uniform", weight, &in, &out))
        return GD_ERROR_SHAPE;
    double bound = gain * sqrt(6 / (in + out)); /* the variance of [-b,b) is b^2 / 3 */
    return gd_tensor_uniform(weight, rng, -bound, bound);
}

gd_status gd_init_xavier_normal(gd_tensor *weight, double gain, gd_rng *rng)
{
    double in, out;
    if (!fans("init_xavier_normal", weight, &in, &out))
        return GD_ERROR_SHAPE;
    return gd_tensor_normal(weight, rng, 0, gain * sqrt(2 / (in + out)));
}

gd_status gd_init_kaiming_uniform(gd_tensor *weight, double gain, gd_rng *rng)
{
    double in, out;
    if (!fans("init_kaiming_uniform", weight, &in, &out))
        return GD_ERROR_SHAPE;
    double bound = gain * sqrt(3 / in);
    return gd_tensor_uniform(weight, rng, -bound, bound);
}

gd_status gd_init_kaiming_normal(gd_tensor *weight, double gain, gd_rng *rng)
{
    double in, out;
    if (!fans("init_kaiming_normal", weight, &in, &out))
        return GD_ERROR_SHAPE;
    return gd_tensor_normal(weight, rng, 0, gain / sqrt(in));
}
