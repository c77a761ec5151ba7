/* Normalisation in double: a mean rounded to float32 may be off by more than x - mean is, and the
 * variance of what float32 holds may be no float32. float64 has ends, too: x / unit is taken, with
 * a power of two for each mean. */
#include "nn/layers/norm.h"
#include "tensor/chunks.h"
#include "tensor/rows.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool check_options(const char *function, int64_t n, const gd_norm_options *o)
{
    double eps = gd__given(o->eps, 1e-5), momentum = gd__given(o->momentum, 0.1);
    if (n < 1)
        gd_fail(GD_ERROR_ARGUMENT, "%s: its size %" PRId64 " is not positive", function, n);
    else if (!(eps >= 0 && isfinite(eps)))
        gd_fail(GD_ERROR_ARGUMENT, "%s: eps %g is outside [0,inf)", function, eps);
    else if (!(momentum >= 0 && momentum <= 1))
        gd_fail(GD_ERROR_ARGUMENT, "%s: momentum %g is outside [0,1]", function, momentum);
    else
        return true;
    return false;
}

void *gd__norm_create(const char *function, const gd_module *module, size_t size, int64_t n,
                      const gd_norm_options *options)
{
    gd_norm_options o = options != NULL ? *options : (gd_norm_options){.dtype = GD_F32};
    if (!check_options(function, n, &o))
        return NULL;
    gd__progress before = gd__parameters_progress(module->parameters);
    gd_layer_norm_layer *norm =
        gd_module_create(module->parameters, size, module->kind, module->name, module->forward);
    if (norm == NULL)
        return NULL;
    norm->eps = gd__given(o.eps, 1e-5);
    norm->weight = gd_module_add_parameter(&norm->module, "weight", o.dtype, GD_DIMS(n));
    if (norm->weight != NULL)
        norm->bias = gd_module_add_parameter(&norm->module, "bias", o.dtype, GD_DIMS(n));
    if (norm->bias == NULL)
        return gd__parameters_go_back(module->parameters, &before);
    gd_tensor_fill(norm->weight, 1);
    return norm;
}

/* For each group along dim the power of two below its largest magnitude, but none below sqrt(eps),
 * so that eps / unit^2 stays in range; 1 where there is none. */
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

static bool check_operand(gd_tape *tape, const gd_tensor *x, const gd_tensor *weight)
{
    char text[GD__SHAPE_TEXT];
    if (x->dtype != weight->dtype)
        return gd_tape_fail(tape, GD_ERROR_DTYPE, "x is %s, the weight %s", gd_dtype_name(x->dtype),
                            gd_dtype_name(weight->dtype));
    return (x->ndim > 0 && x->shape[x->ndim - 1] == weight->shape[0]) ||
           gd_tape_fail(tape, GD_ERROR_SHAPE, "x %s: its last dimension must be %" PRId64,
                        gd__shape_text(text, x->ndim, x->shape), weight->shape[0]);
}

/* x, mean, variance and eps are in double, and may be divided by a unit. */
static gd_tensor *finish(gd_tape *tape, const gd_layer_norm_layer *norm, gd_tensor *x,
                         gd_tensor *mean, gd_tensor *variance, gd_tensor *eps)
{
    gd_tensor *scale = gd_rsqrt(tape, gd_add(tape, variance, eps));
    gd_tensor *y = gd_mul(tape, gd_sub(tape, x, mean), scale);
    if (norm->weight->dtype != GD_F64)
        y = gd_cast(tape, y, norm->weight->dtype);
    return gd_add(tape, gd_mul(tape, y, norm->weight), norm->bias);
}

gd_tensor *gd__normalize(gd_tape *tape, const gd_layer_norm_layer *norm, gd_tensor *x, int dim,
                         gd__statistics *s)
{
    if (!check_operand(tape, x, norm->weight))
        return NULL;
    gd_tensor *small = in_double(tape, x), *eps = gd_scalar(tape, norm->eps, GD_F64);
    s->unit = NULL;
    if (x->dtype == GD_F64) {
        s->unit = units_of(tape, x, dim < 0 ? x->ndim - 1 : dim, norm->eps);
        small = gd_div(tape, small, s->unit);
        eps = gd_div(tape, gd_div(tape, eps, s->unit), s->unit);
    }
    s->mean = gd_mean(tape, small, GD_DIMS(dim), true);
    s->variance = gd_var(tape, small, GD_DIMS(dim), true, 0);
    return finish(tape, norm, small, s->mean, s->variance, eps);
}

gd_tensor *gd__normalize_by(gd_tape *tape, const gd_layer_norm_layer *norm, gd_tensor *x,
                            gd_tensor *mean, gd_tensor *variance)
{
    if (!check_operand(tape, x, norm->weight))
        return NULL;
    return finish(tape, norm, in_double(tape, x), in_double(tape, mean), in_double(tape, variance),
                  gd_scalar(tape, norm->eps, GD_F64));
}
