/* The mean and the deviation of numbers. */
#ifndef GRADUS_DATA_MOMENTS_H
#define GRADUS_DATA_MOMENTS_H

#include <stdint.h>

/* Of x [n], n > 0, all finite, among `rows` numbers whose others are the mean; the population's
 * deviation. Exactly 0 where all are equal. */
void gd__moments(int64_t n, const double *x, int64_t rows, double *mean, double *deviation);

#endif
