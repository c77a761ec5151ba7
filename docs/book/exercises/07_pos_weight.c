/* Exercise 7: binary cross entropy from logits, with a weight for the positive side.
 *
 * z [N] holds logits, y [N] is 0 or 1, w is a number. Return the mean (a scalar) of
 *
 *     w y softplus(-z) + (1 - y) softplus(z),     softplus(z) = ln(1 + e^z)
 *
 * gd_softplus(tape, z) is right for every z. gd_scalar(tape, 3, GD_F64) makes a number that
 * broadcasts. gd_mean, gd_sub and gd_neg are in the table of chapter 3. Do not call one of the
 * losses. */
#include <gradus.h>

gd_tensor *weighted_bce(gd_tape *tape, gd_tensor *z, gd_tensor *y, double w)
{
    return NULL;
}
