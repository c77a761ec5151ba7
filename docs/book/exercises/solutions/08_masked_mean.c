#include <gradus.h>

gd_tensor *masked_mean(gd_tape *tape, gd_tensor *x, gd_tensor *mask)
{
    gd_tensor *filled = gd_masked_fill(tape, x, gd_logical_not(tape, mask), 0);
    gd_tensor *sum = gd_sum(tape, filled, GD_ALL_DIMS, false);
    gd_tensor *count = gd_sum(tape, gd_cast(tape, mask, GD_F64), GD_ALL_DIMS, false);
    return gd_div(tape, sum, count);
}
