#include "comparing.h"

#include "cmocka_all.h"

#include <math.h>

double element(const gd_tensor *x, int64_t i)
{
    int64_t offset = 0;
    for (int d = x->ndim - 1; d >= 0; --d) {
        offset += i % x->shape[d] * x->stride[d];
        i /= x->shape[d];
    }
    switch (x->dtype) {
    case GD_F32:
        return (double)((const float *)x->data)[offset];
    case GD_F64:
        return ((const double *)x->data)[offset];
    case GD_I64:
        return (double)((const int64_t *)x->data)[offset];
    default:
        return ((const uint8_t *)x->data)[offset];
    }
}

/* A unit in the last place of a float32 near `value`. */
static double ulp(double value)
{
    int exponent;
    frexp(value, &exponent);
    return ldexp(1, exponent - 24 > -149 ? exponent - 24 : -149);
}

static double allowed(gd_dtype dtype, double magnitude, nearness near)
{
    return dtype == GD_F32 ? near.ulps * ulp(magnitude) : 1e-12 * magnitude;
}

static bool agrees(double actual, double expected, double most, bool signed_zeros)
{
    if (isnan(expected) || isinf(expected))
        return isnan(expected) ? isnan(actual) : actual == expected;
    if (expected == 0 && actual == 0)
        return !signed_zeros || signbit(actual) == signbit(expected);
    return fabs(actual - expected) <= most;
}

static double largest_of(const gd_tensor *x)
{
    double largest = 0;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (isfinite(element(x, i)))
            largest = fmax(largest, fabs(element(x, i)));
    return largest;
}

static bool same_shape(const gd_tensor *a, const gd_tensor *b)
{
    bool same = a->ndim == b->ndim;
    for (int k = 0; same && k < a->ndim; ++k)
        same = a->shape[k] == b->shape[k];
    return same;
}

int count_differences(const char *label, const gd_tensor *actual, const gd_tensor *expected,
                      nearness near)
{
    double least = fmax(near.normwise ? largest_of(expected) : 0, near.terms);
    int count = 0;
    if (!same_shape(actual, expected)) {
        if (label != NULL)
            print_error("%s: another shape\n", label);
        return -1;
    }
    for (int64_t i = 0; i < gd_tensor_numel(expected); ++i) {
        double e = element(expected, i), a = element(actual, i);
        double rounded = actual->dtype == GD_F32 ? (double)(float)e : e;
        double most = allowed(actual->dtype, fmax(least, fabs(e)), near);
        if (agrees(a, isinf(rounded) ? rounded : e, most, near.signed_zeros))
            continue;
        ++count;
        if (label != NULL)
            print_error("%s[%d] is %.9g, not %.9g\n", label, (int)i, a, e);
    }
    return count;
}

gd_tensor *operand_of(gd_tape *tape, gd_tensor *x, gd_dtype dtype, bool scattered)
{
    if (gd_dtype_is_float(x->dtype))
        x = gd_cast(tape, x, dtype);
    if (!scattered)
        return gd_clone(tape, x);
    int64_t shape[GD_MAX_DIMS], order[GD_MAX_DIMS];
    for (int k = 0; k < x->ndim; ++k) {
        shape[k] = 2 * x->shape[x->ndim - 1 - k];
        order[k] = x->ndim - 1 - k;
    }
    gd_tensor *memory = gd_full(tape, x->dtype, x->dtype == GD_BOOL ? 1 : 77, x->ndim, shape);
    gd_tensor *view = gd_permute(tape, memory, x->ndim, order);
    for (int k = 0; k < x->ndim; ++k)
        view = gd_slice(tape, view, k, 0, view->shape[k], 2);
    assert_int_equal(gd_tensor_copy(view, x), GD_OK);
    return view;
}
