/* Decimal digits of floating-point numbers, for printing. */
#ifndef GRADUS_TENSOR_DECIMAL_H
#define GRADUS_TENSOR_DECIMAL_H

#include <gradus/tensor.h>

/* 0.d1 d2 d3 ... times 10^point, without trailing zeros; 0 has none. */
typedef struct gd__decimal {
    char digits[32];
    int count, point;
    bool negative;
} gd__decimal;

/* Digit i, from 0; those that are not there are zeros. */
static inline char gd__digit_at(const gd__decimal *d, int i)
{
    return i >= 0 && i < d->count ? d->digits[i] : '0';
}

/* With this many significant digits, correctly rounded. */
gd__decimal gd__decimal_rounded(double value, int significant);

/* As few digits as tell the value from all others of its dtype, but no more than `most` after the
 * point: of the number itself or, in scientific notation, of its mantissa. */
gd__decimal gd__decimal_shortest(double value, gd_dtype dtype, int most, bool scientific);

#endif
