#include "nn/norm.h"

#include <inttypes.h>
#include <math.h>

bool gd__check_norm(const char *layer, int64_t size, const gd_norm_options *options, gd__norm *norm)
{
    gd_norm_options o = options != NULL ? *options : (gd_norm_options){.dtype = GD_F32};
    *norm = (gd__norm){
        .eps = gd__given(o.eps, 1e-5), .momentum = gd__given(o.momentum, 0.1), .dtype = o.dtype};
    if (size < 1)
        gd__fail(GD_ERROR_ARGUMENT, "%s: its size %" PRId64 " is not positive", layer, size);
    else if (!(norm->eps >= 0 && isfinite(norm->eps)))
        gd__fail(GD_ERROR_ARGUMENT, "%s: eps %g is outside [0,inf)", layer, norm->eps);
    else if (!(norm->momentum >= 0 && norm->momentum <= 1))
        gd__fail(GD_ERROR_ARGUMENT, "%s: momentum %g is outside [0,1]", layer, norm->momentum);
    else
        return true;
    return false;
}

bool gd__add_affine(gd_module *module, int64_t size, gd_dtype dtype, gd_tensor **weight,
                    gd_tensor **bias)
{
    *weight = gd_module_add_parameter(module, "weight", dtype, GD_DIMS(size));
    *bias = *weight != NULL ? gd_module_add_parameter(module, "bias", dtype, GD_DIMS(size)) : NULL;
    return *bias != NULL && gd_tensor_fill(*weight, 1) == GD_OK;
}

bool gd__check_width(gd_tape *tape, const gd_tensor *x, const gd_tensor *weight)
{
    char text[GD__SHAPE_TEXT];
    return (x->ndim > 0 && x->shape[x->ndim - 1] == weight->shape[0]) ||
           gd_tape_fail(tape, GD_ERROR_SHAPE, "x %s: its last dimension must be %" PRId64,
                        gd__shape_text(text, x->ndim, x->shape), weight->shape[0]);
}

gd_tensor *gd__normalize(gd_tape *tape, gd_tensor *x, gd_tensor *mean, gd_tensor *variance,
                         double eps, gd_tensor *weight, gd_tensor *bias)
{
    gd_tensor *least = gd_scalar(tape, eps, x->dtype);
    gd_tensor *scale = gd_mul(tape, weight, gd_rsqrt(tape, gd_add(tape, variance, least)));
    return gd_add(tape, gd_mul(tape, gd_sub(tape, x, mean), scale), bias);
}
