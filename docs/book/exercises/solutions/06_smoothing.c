#include <gradus.h>

gd_tensor *smoothed(gd_tape *tape, gd_tensor *x, gd_tensor *y, double e)
{
    int64_t classes = x->shape[1];
    gd_tensor *one_hot = gd_one_hot(tape, y, classes, GD_F64);
    gd_tensor *target = gd_add(tape, gd_mul(tape, one_hot, gd_scalar(tape, 1 - e, GD_F64)),
                               gd_scalar(tape, e / (double)classes, GD_F64));
    gd_tensor *terms = gd_mul(tape, target, gd_log_softmax(tape, x, 1));
    gd_tensor *rows = gd_sum(tape, terms, GD_DIMS(1), false);
    return gd_neg(tape, gd_mean(tape, rows, GD_ALL_DIMS, false));
}
