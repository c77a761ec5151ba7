#include <gradus.h>

gd_tensor *weighted_nll(gd_tape *tape, gd_tensor *x, gd_tensor *y, gd_tensor *w)
{
    gd_tensor *picked = gd_one_hot(tape, y, x->shape[1], GD_F64); /* [N,C] */
    gd_tensor *weights = gd_mul(tape, picked, w);                 /* w[y] at y, else 0 */
    gd_tensor *sum = gd_sum(tape, gd_mul(tape, weights, x), GD_ALL_DIMS, false);
    gd_tensor *total = gd_sum(tape, weights, GD_ALL_DIMS, false);
    return gd_neg(tape, gd_div(tape, sum, total));
}
