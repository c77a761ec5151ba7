/* What each kernels.c starts from: the element type, which the build chooses, and sums in
 * lanes. */
#ifndef GRADUS_TENSOR_REAL_H
#define GRADUS_TENSOR_REAL_H

#include <stdint.h>

#if GD__REAL_IS_DOUBLE
typedef double real;
#define R(function) function
#else
typedef float real;
#define R(function) function##f
#endif

/* Sums, maxima and products in lanes, which vectorise. */
enum { SUM_LANES = 16 };

static inline double sum_of_lanes(double *lanes)
{
    for (int j = 0; j < 8; ++j)
        lanes[j] += lanes[j + 8];
    for (int j = 0; j < 4; ++j)
        lanes[j] += lanes[j + 4];
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

/* The sum of a few hundred doubles, too few for their rounding to matter. */
static inline double sum_chunk(int64_t n, const double *x)
{
    double lanes[SUM_LANES] = {0}, sum = 0;
    int64_t i = 0;
    for (; n - i >= SUM_LANES; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES; ++j)
            lanes[j] += x[i + j];
    for (; i < n; ++i)
        sum += x[i];
    return sum + sum_of_lanes(lanes);
}

#endif
