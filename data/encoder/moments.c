/* Mean and deviation in two passes with compensated sums, the second over differences from the
 * mean. Neither long columns nor large means lose digits. */
#include "data/encoder/moments.h"
#include "tensor/kernels.h"

#include <math.h>

static double largest_of(int64_t n, const double *x, double scale, double center)
{
    double largest = 0;
    for (int64_t i = 0; i < n; ++i)
        largest = fmax(largest, fabs(x[i] * scale - center));
    return largest;
}

static bool is_constant(int64_t n, const double *x)
{
    for (int64_t i = 1; i < n; ++i)
        if (x[i] != x[0])
            return false;
    return true;
}

void gd__moments(int64_t n, const double *x, int64_t rows, double *mean, double *deviation)
{
    *mean = x[0];
    *deviation = 0;
    if (is_constant(n, x)) /* rounding would make the mean differ from the numbers */
        return;
    double scale = gd__scale_for(largest_of(n, x, 1, 0));
    gd__exact_sum sum = {0, 0}, squares = {0, 0};
    for (int64_t i = 0; i < n; ++i)
        gd__exact_sum_add(&sum, x[i] * scale);
    double center = gd__exact_sum_value(sum) / (double)n;
    double zoom = gd__scale_for(largest_of(n, x, scale, center));
    for (int64_t i = 0; i < n; ++i) {
        double difference = (x[i] * scale - center) * zoom;
        gd__exact_sum_add(&squares, difference * difference);
    }
    *mean = center / scale;
    *deviation = sqrt(gd__exact_sum_value(squares) / (double)rows) / zoom / scale;
}
