/* Standardising columns to mean 0 and deviation 1, so that none dominates by its unit. */
#include "data/encoder/moments.h"
#include "tensor/internal.h"

#include <gradus/data.h>

#include <math.h>

static int64_t offset_of(const gd_tensor *x, int64_t row, int64_t column)
{
    return row * x->stride[0] + (x->ndim > 1 ? column * x->stride[1] : 0);
}

static double get(const gd_tensor *x, int64_t row, int64_t column)
{
    return gd__float_at(x->dtype, x->data, offset_of(x, row, column));
}

static void put(gd_tensor *x, int64_t row, int64_t column, double value)
{
    gd__set_float_at(x->dtype, x->data, offset_of(x, row, column), value);
}

static bool is_table(const gd_tensor *x)
{
    return x != NULL && x->ndim == 2 && gd_dtype_is_float(x->dtype);
}

static void fit_columns(const gd_tensor *x, double *values, gd_tensor *mean, gd_tensor *deviation)
{
    for (int64_t j = 0; j < x->shape[1]; ++j) {
        double column_mean, column_deviation;
        for (int64_t i = 0; i < x->shape[0]; ++i)
            values[i] = get(x, i, j);
        gd__moments(x->shape[0], values, x->shape[0], &column_mean, &column_deviation);
        put(mean, j, 0, column_mean);
        put(deviation, j, 0, column_deviation);
        if (get(deviation, j, 0) == 0) /* also where it is too small for x's dtype */
            put(deviation, j, 0, 1);
    }
}

gd_status gd_standardize_fit(const gd_tensor *x, gd_tensor **mean, gd_tensor **deviation)
{
    *mean = *deviation = NULL;
    if (!is_table(x) || x->shape[0] == 0)
        return gd_fail(GD_ERROR_ARGUMENT,
                       "standardize_fit: at least one row of [N,D] floats is needed");
    size_t size = (size_t)x->shape[0] * sizeof(double);
    double *values = gd_allocate(size);
    *mean = gd_tensor_create(x->dtype, GD_DIMS(x->shape[1]));
    *deviation = gd_tensor_create(x->dtype, GD_DIMS(x->shape[1]));
    bool ok = values != NULL && *mean != NULL && *deviation != NULL;
    if (ok) {
        fit_columns(x, values, *mean, *deviation);
    } else {
        gd_tensor_destroy(*mean);
        gd_tensor_destroy(*deviation);
        *mean = *deviation = NULL;
    }
    gd_free(values, size);
    return ok ? GD_OK : gd_fail(GD_ERROR_MEMORY, "standardize_fit: no memory");
}

static bool is_column_list(const gd_tensor *list, const gd_tensor *x)
{
    return list != NULL && list->ndim == 1 && (list->dtype == x->dtype || list->dtype == GD_F64) &&
           list->shape[0] == x->shape[1];
}

/* The difference may overflow although the quotient does not. */
static double standardized(double x, double mean, double deviation)
{
    double distance = x - mean;
    return isfinite(distance) ? distance / deviation : (x / 2 - mean / 2) / deviation * 2;
}

gd_status gd_standardize(gd_tensor *x, const gd_tensor *mean, const gd_tensor *deviation)
{
    if (!is_table(x) || !is_column_list(mean, x) || !is_column_list(deviation, x))
        return gd_fail(GD_ERROR_SHAPE,
                       "standardize: [N,D] floats and two [D] of the same dtype, or float64, are "
                       "needed");
    for (int64_t i = 0; i < x->shape[0]; ++i)
        for (int64_t j = 0; j < x->shape[1]; ++j)
            put(x, i, j, standardized(get(x, i, j), get(mean, j, 0), get(deviation, j, 0)));
    gd_tensor_modified(x);
    return GD_OK;
}
