/* Exercise 8: the mean of what a mask keeps.
 *
 * x [N,T] holds losses, mask [N,T] (bool) is true where they count. Return the mean of those, a
 * scalar, and its gradient will be 0 for all others. The others may be NaN.
 *
 * Do not call gd_masked_select: write it with gd_masked_fill(tape, x, m, value), which puts value
 * where m is true, gd_logical_not, gd_sum, gd_cast(tape, mask, GD_F64) and gd_div. */
#include <gradus.h>

gd_tensor *masked_mean(gd_tape *tape, gd_tensor *x, gd_tensor *mask)
{
    return NULL;
}
