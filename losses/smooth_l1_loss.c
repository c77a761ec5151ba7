/* Smooth L1: the squared error near 0, the absolute one farther out, so that outliers pull no
 * harder than other errors and the gradient does not jump at 0 (Girshick 2015).
 *
 * Definition. With d = x - y and b = beta,
 *     l = d^2 / (2 b) for |d| < b,    |d| - b / 2 elsewhere.
 * b = 0 is the absolute error. Huber's loss is b times this one.
 * Stable form. With c = d clamped to [-b, b], both cases are l = (c / b) (d - c / 2).
 * Gradient. dl/dx = c / b = -dl/dy. */
#include <gradus/losses.h>
#include <math.h>

static gd_tensor *smooth_l1(gd_tape *tape, gd_tensor *d, double beta)
{
    gd_tensor *b = gd_scalar_like(tape, beta, d), *half = gd_scalar_like(tape, 0.5, d);
    if (gd_item(b) == 0) /* a beta may be too small for the dtype */
        return gd_abs(tape, d);
    gd_tensor *c = gd_clamp(tape, d, -beta, beta);
    return gd_mul(tape, gd_div(tape, c, b), gd_sub(tape, d, gd_mul(tape, c, half)));
}

gd_tensor *gd_smooth_l1_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                             const gd_smooth_l1_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "smooth_l1_loss");
    gd_smooth_l1_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    double beta = o.beta.given ? o.beta.value : 1;
    if (!(beta >= 0 && isfinite(beta)))
        gd_tape_fail(tape, GD_ERROR_VALUE, "beta %g is not a number from 0 on", beta);
    gd_check_loss(tape, input, target, &common);
    gd_tensor *x = gd_kept(tape, input, o.mask, 0), *y = gd_kept(tape, target, o.mask, 0);
    gd_check_values(tape, "target", y, -HUGE_VAL, HUGE_VAL);

    gd_tensor *loss = smooth_l1(tape, gd_sub(tape, x, y), beta);
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &common));
}
