#include "trace/numbers.h"

#include <math.h>

double gd__number_at(const gd_tensor *x, int64_t i)
{
    int64_t at = 0;
    for (int d = x->ndim - 1; d >= 0; --d) {
        at += i % x->shape[d] * x->stride[d];
        i /= x->shape[d];
    }
    return x->dtype == GD_F32 ? (double)((const float *)x->data)[at]
                              : ((const double *)x->data)[at];
}

double gd__largest_number(const gd_tensor *x)
{
    double most = 0;
    for (int64_t i = 0; x != NULL && gd_dtype_is_float(x->dtype) && i < gd_tensor_numel(x); ++i) {
        double number = fabs(gd__number_at(x, i));
        most = isfinite(number) ? fmax(most, number) : most;
    }
    return most;
}

double gd__numbers_apart(const gd_tensor *x, const gd_tensor *y)
{
    double most = 0;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        double a = gd__number_at(x, i), b = gd__number_at(y, i);
        bool same = a == b || (isnan(a) && isnan(b));
        most = same ? most : isnan(a - b) ? (double)INFINITY : fmax(most, fabs(a - b));
    }
    return most;
}

double gd__sum_of_products(const gd_tensor *x, const gd_tensor *y)
{
    double sum = 0;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        sum += gd__number_at(x, i) * gd__number_at(y, i);
    return sum;
}
