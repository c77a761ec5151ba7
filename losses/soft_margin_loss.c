/* Soft margin: logistic regression with targets 1 and -1.
 *
 * Definition. l = ln(1 + e^(-y x)), which is binary cross entropy with logits for y = 1 (yes), -1
 * (no).
 * Stable form. gd_softplus(z) = ln(1 + e^z) keeps the tail: it is max(z, 0) + log1p(e^-|z|).
 * Gradient. dl/dx = -y s(-y x), s the sigmoid. */
#include <gradus/losses.h>

gd_tensor *gd_soft_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                               const gd_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "soft_margin_loss");
    gd_loss_options o = options != NULL ? *options : (gd_loss_options){.mask = NULL};
    gd_check_loss(tape, input, target, &o);
    gd_tensor *x = gd_kept(tape, input, o.mask, 0), *y = gd_kept(tape, target, o.mask, 1);
    gd_check_either(tape, "target", y, 1, -1);

    gd_tensor *minus_y = gd_neg(tape, gd_detach(tape, y));
    gd_tensor *loss = gd_softplus(tape, gd_mul(tape, minus_y, x));
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &o));
}
