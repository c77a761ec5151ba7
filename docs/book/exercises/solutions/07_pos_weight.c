#include <gradus.h>

gd_tensor *weighted_bce(gd_tape *tape, gd_tensor *z, gd_tensor *y, double w)
{
    gd_tensor *no = gd_sub(tape, gd_scalar(tape, 1, GD_F64), y);
    gd_tensor *of_yes = gd_mul(tape, y, gd_softplus(tape, gd_neg(tape, z)));
    gd_tensor *of_no = gd_mul(tape, no, gd_softplus(tape, z));
    gd_tensor *weighted = gd_mul(tape, of_yes, gd_scalar(tape, w, GD_F64));
    return gd_mean(tape, gd_add(tape, weighted, of_no), GD_ALL_DIMS, false);
}
