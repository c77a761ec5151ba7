#include "trace/proof/numbers.h"

#include <math.h>

double gd__largest_number(const gd_tensor *x)
{
    double most = 0;
    for (int64_t i = 0; x != NULL && gd_dtype_is_float(x->dtype) && i < gd_tensor_numel(x); ++i) {
        double number = fabs(gd_tensor_at(x, i));
        most = isfinite(number) ? fmax(most, number) : most;
    }
    return most;
}

double gd__numbers_apart(const gd_tensor *x, const gd_tensor *y)
{
    double most = 0;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        double a = gd_tensor_at(x, i), b = gd_tensor_at(y, i);
        bool same = a == b || (isnan(a) && isnan(b));
        most = same ? most : isnan(a - b) ? (double)INFINITY : fmax(most, fabs(a - b));
    }
    return most;
}

double gd__sum_of_products(const gd_tensor *x, const gd_tensor *y)
{
    double sum = 0;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        sum += gd_tensor_at(x, i) * gd_tensor_at(y, i);
    return sum;
}
