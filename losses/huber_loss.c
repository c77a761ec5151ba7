/* Huber's loss: the squared error near 0, the absolute one farther out (Huber 1964).
 *
 * Definition. With d = x - y and D = delta,
 *     l = d^2 / 2 for |d| < D,    D (|d| - D / 2) elsewhere.
 * Stable form. With c = d clamped to [-D, D], both cases are l = c (d - c / 2).
 * Gradient. dl/dx = c = -dl/dy. */
#include <gradus/losses.h>
#include <math.h>

gd_tensor *gd_huber_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                         const gd_huber_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "huber_loss");
    gd_huber_loss_options o = options != NULL ? *options : (gd_huber_loss_options){.mask = NULL};
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    double delta = o.delta.given ? o.delta.value : 1;
    if (!(delta > 0 && isfinite(delta)))
        gd_tape_fail(tape, GD_ERROR_VALUE, "delta %g is not above 0", delta);
    gd_check_loss(tape, input, target, &common);
    gd_tensor *x = gd_kept(tape, input, o.mask, 0), *y = gd_kept(tape, target, o.mask, 0);
    gd_check_values(tape, "target", y, -HUGE_VAL, HUGE_VAL);

    gd_tensor *d = gd_sub(tape, x, y), *c = gd_clamp(tape, d, -delta, delta);
    gd_tensor *half = gd_scalar_like(tape, 0.5, c);
    gd_tensor *loss = gd_mul(tape, c, gd_sub(tape, d, gd_mul(tape, c, half)));
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &common));
}
