/* Focal loss of logits of yes or no: binary cross entropy that cares less for what is already
 * right (Lin et al. 2017), for detection and other tasks with very many easy "no"s.
 *
 * Definition. With p the probability given to the true answer, l = -a (1 - p)^gamma ln p; a =
 * alpha for y = 1 and 1 - alpha for y = 0, or 1 for both if alpha is below 0 (as in torchvision).
 * Stable form. With z = -x for y = 1, x for y = 0, s the sigmoid and S(z) = ln(1 + e^z),
 *     1 - p = s(z),    -ln p = S(z),    ln s(z) = -S(-z),    l = a e^(-gamma S(-z)) S(z).
 * Both S keep their tails, and their slopes s(z) and s(-z) are at most 1, so that no derivative is
 * infinite, whatever gamma is. It is computed in double: e^(-gamma S(-z)) needs more digits of its
 * exponent than float32 has. From |z| = 800 on, s(z) is 1, or S(z) is 0, in double as well.
 * Gradient. dl/dz = a s(z)^gamma (gamma s(-z) S(z) + s(z)). */
#include <gradus/losses.h>
#include <math.h>

/* first + y (second - first): one for y = 0, the other for y = 1. */
static gd_tensor *choose(gd_tape *tape, gd_tensor *y, double of_no, double of_yes)
{
    gd_tensor *difference = gd_scalar_like(tape, of_yes - of_no, y);
    return gd_add(tape, gd_mul(tape, y, difference), gd_scalar_like(tape, of_no, y));
}

gd_tensor *gd_sigmoid_focal_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                 const gd_sigmoid_focal_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "sigmoid_focal_loss");
    gd_sigmoid_focal_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    double gamma = o.gamma.given ? o.gamma.value : 2, alpha = o.alpha.given ? o.alpha.value : 0.25;
    if (!(gamma >= 0 && isfinite(gamma)))
        gd_tape_fail(tape, GD_ERROR_VALUE, "gamma %g is not a number from 0 on", gamma);
    if (!(alpha <= 1))
        gd_tape_fail(tape, GD_ERROR_VALUE, "alpha %g is above 1", alpha);
    gd_check_loss(tape, input, target, &common);
    gd_tensor *x = gd_kept(tape, input, o.mask, 0), *y = gd_kept(tape, target, o.mask, 0);
    gd_check_either(tape, "target", y, 0, 1);

    y = gd_cast(tape, gd_detach(tape, y), GD_F64);
    gd_tensor *z = gd_mul(tape, gd_cast(tape, x, GD_F64), choose(tape, y, 1, -1));
    gd_tensor *minus_z = gd_neg(tape, gd_clamp(tape, z, -800, 800));
    gd_tensor *exponent = gd_mul(tape, gd_softplus(tape, minus_z), gd_scalar_like(tape, -gamma, z));
    gd_tensor *loss = gd_mul(tape, gd_exp(tape, exponent), gd_softplus(tape, z));
    if (alpha >= 0)
        loss = gd_mul(tape, loss, choose(tape, y, 1 - alpha, alpha));
    loss = gd_cast_like(tape, loss, input);
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &common));
}
