/* The mean and the standard deviation of numbers. */
#ifndef GRADUS_DATA_MOMENTS_H
#define GRADUS_DATA_MOMENTS_H

#include <stdint.h>

/* The mean of x [n], n > 0, all finite; and the standard deviation of a population of `rows`
 * numbers, of which the other rows - n are equal to the mean. If all numbers are equal, the
 * deviation is exactly 0. */
void gd__moments(int64_t n, const double *x, int64_t rows, double *mean, double *deviation);

#endif
