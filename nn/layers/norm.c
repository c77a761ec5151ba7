#include "nn/layers/norm.h"
#include "tensor/chunks.h"
#include "tensor/rows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

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

bool gd__check_operand(gd_tape *tape, const gd_tensor *x, const gd_tensor *weight)
{
    char text[GD__SHAPE_TEXT];
    if (x->dtype != weight->dtype)
        return gd_tape_fail(tape, GD_ERROR_DTYPE, "x is %s, the weight %s", gd_dtype_name(x->dtype),
                            gd_dtype_name(weight->dtype));
    return (x->ndim > 0 && x->shape[x->ndim - 1] == weight->shape[0]) ||
           gd_tape_fail(tape, GD_ERROR_SHAPE, "x %s: its last dimension must be %" PRId64,
                        gd__shape_text(text, x->ndim, x->shape), weight->shape[0]);
}

/* For each group along dim the power of two below its largest magnitude, but none below sqrt(eps), so that
 * eps / unit^2 stays in range; 1 where there is none. */
static gd_tensor *units_of(gd_tape *tape, const gd_tensor *x, int dim, double eps)
{
    int64_t shape[GD_MAX_DIMS];
    memcpy(shape, x->shape, sizeof shape);
    shape[dim] = 1;
    gd_tensor *units = gd_zeros(tape, GD_F64, x->ndim, shape);
    if (units == NULL)
        return NULL;
    gd__rows r = gd__rows_reduced(x, units);
    while (gd__rows_next(&r)) {
        double values[GD__CHUNK], largest = sqrt(eps);
        for (gd__chunks c = gd__chunks_begin(&r.row); gd__chunks_next(&c);) {
            gd__chunks_load(&c, 0, values);
            for (int64_t j = 0; j < c.n; ++j)
                largest = fabs(values[j]) > largest ? fabs(values[j]) : largest;
        }
        bool has_unit = largest > 0 && isfinite(largest);
        *(double *)(void *)r.row.data[1] = has_unit ? ldexp(1, ilogb(largest)) : 1;
    }
    return units;
}

static gd_tensor *in_double(gd_tape *tape, gd_tensor *x)
{
    return x->dtype == GD_F64 ? x : gd_cast(tape, x, GD_F64);
}

/* In double, the result in `dtype`. */
static gd_tensor *normalized(gd_tape *tape, gd_tensor *x, gd_tensor *mean, gd_tensor *variance,
                             gd_tensor *least, gd_dtype dtype)
{
    gd_tensor *scale = gd_rsqrt(tape, gd_add(tape, variance, least));
    gd_tensor *y = gd_mul(tape, gd_sub(tape, x, mean), scale);
    return dtype == GD_F64 ? y : gd_cast(tape, y, dtype);
}

gd_tensor *gd__normalize(gd_tape *tape, gd_tensor *x, int dim, double eps, gd__statistics *s)
{
    gd_tensor *small = in_double(tape, x), *least = gd_scalar(tape, eps, GD_F64);
    s->unit = NULL;
    if (x->dtype == GD_F64) {
        s->unit = units_of(tape, x, dim, eps);
        small = gd_div(tape, small, s->unit);
        least = gd_div(tape, gd_div(tape, least, s->unit), s->unit);
    }
    s->mean = gd_mean(tape, small, GD_DIMS(dim), true);
    s->variance = gd_var(tape, small, GD_DIMS(dim), true, 0);
    return normalized(tape, small, s->mean, s->variance, least, x->dtype);
}

gd_tensor *gd__normalize_by(gd_tape *tape, gd_tensor *x, gd_tensor *mean, gd_tensor *variance,
                            double eps)
{
    return normalized(tape, in_double(tape, x), in_double(tape, mean), in_double(tape, variance),
                      gd_scalar(tape, eps, GD_F64), x->dtype);
}

gd_tensor *gd__affine(gd_tape *tape, gd_tensor *x, gd_tensor *weight, gd_tensor *bias)
{
    return gd_add(tape, gd_mul(tape, x, weight), bias);
}
