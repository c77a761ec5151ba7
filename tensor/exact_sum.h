/* Sums in double that carry their rounding error. */
#ifndef GRADUS_TENSOR_EXACT_SUM_H
#define GRADUS_TENSOR_EXACT_SUM_H

/* {0, 0} is the sum of nothing. */
typedef struct gd__exact_sum {
    double high, low;
} gd__exact_sum;

/* Knuth, The Art of Computer Programming 2, 4.2.2, Theorem B: a + b = s + e exactly, without a
 * branch. */
static inline void gd__exact_sum_add(gd__exact_sum *sum, double x)
{
    double high = sum->high + x, part = high - sum->high;
    sum->low += (sum->high - (high - part)) + (x - part);
    sum->high = high;
}

/* Adds another sum. */
static inline void gd__exact_sum_join(gd__exact_sum *sum, gd__exact_sum other)
{
    gd__exact_sum_add(sum, other.high);
    sum->low += other.low;
}

/* Once the sum is infinite its rounding error is NaN and means nothing. */
static inline double gd__exact_sum_value(gd__exact_sum sum)
{
    return sum.low == sum.low ? sum.high + sum.low : sum.high;
}

#endif
