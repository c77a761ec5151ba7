/* Results against expected values, in either float dtype; and operands as they may lie in memory.
 * */
#ifndef GRADUS_TESTS_COMPARING_H
#define GRADUS_TESTS_COMPARING_H

#include <gradus.h>

/* Element number i in row-major order, as a double. */
double element(const gd_tensor *x, int64_t i);

/* How near a result must be: float32 by units in the last place, float64 by 1e-12 of the
 * magnitude. */
typedef struct nearness {
    double ulps;
    bool normwise;     /* the magnitude is at least that of the largest element.. */
    double terms;      /* ..and at least this: of terms that cancel */
    bool signed_zeros; /* 0 and -0 differ */
} nearness;

/* How many elements of `actual` are too far from `expected` (float64); -1: another shape. Each is
 * printed after `label`, unless that is NULL. NaN meets NaN, an infinity itself. */
int count_differences(const char *label, const gd_tensor *actual, const gd_tensor *expected,
                      nearness near);

/* A tape's tensor with x's values, floats in this dtype; `scattered`: every second element of a
 * larger one, with the dimensions in memory reversed. */
gd_tensor *operand_of(gd_tape *tape, gd_tensor *x, gd_dtype dtype, bool scattered);

#endif
