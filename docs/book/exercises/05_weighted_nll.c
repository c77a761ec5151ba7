/* Exercise 5: the negative log likelihood with a weight for each class.
 *
 * x [N,C] holds logarithms of probabilities, y [N] (int64) the right class of each row, w [C] the
 * weight of each class. Return the weighted mean, a scalar:
 *
 *     sum over rows of -w[y] x[row][y], divided by the sum over rows of w[y]
 *
 * Use ops, so that the tape knows: gd_one_hot(tape, y, C, GD_F64) is [N,C] with a 1 at y and 0
 * elsewhere; gd_mul broadcasts; gd_sum(tape, x, GD_ALL_DIMS, false) sums up everything; gd_div and
 * gd_neg. Do not call gd_nll_loss. */
#include <gradus.h>

gd_tensor *weighted_nll(gd_tape *tape, gd_tensor *x, gd_tensor *y, gd_tensor *w)
{
    return NULL;
}
