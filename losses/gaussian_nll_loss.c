/* Negative log likelihood of targets that are normally distributed around the model's output, with
 * a variance that the model gives, too (Nix and Weigend 1994).
 *
 * Definition. With d = x - y and v the variance, at least eps,
 *     -ln p(y) = (ln v + d^2 / v + ln 2 pi) / 2;
 * the last term does not depend on the model and is there only with `full`.
 * Stable form. d (d / v) instead of d^2 / v: d^2 alone may be beyond the float's range.
 * Gradient. dl/dx = d / v = -dl/dy,    dl/dv = (v - d^2) / (2 v^2).
 * Where eps stands for a smaller variance, its gradient passes to that straight through, as in
 * PyTorch, so that the variance can grow: v = var + (a constant). */
#include <gradus/losses.h>
#include <math.h>

/* One variance for all of the last dimension may come without that, as in PyTorch. */
static gd_tensor *with_last_dimension(gd_tape *tape, const gd_tensor *input, gd_tensor *var)
{
    bool lacks_it = input != NULL && var != NULL && var->ndim == input->ndim - 1;
    for (int k = 0; lacks_it && k < var->ndim; ++k)
        lacks_it = var->shape[k] == input->shape[k];
    return lacks_it ? gd_unsqueeze(tape, var, -1) : var;
}

/* At least eps, with the gradient of var. */
static gd_tensor *at_least(gd_tape *tape, double eps, gd_tensor *var)
{
    gd_tensor *missing = gd_sub(tape, gd_clamp(tape, var, eps, HUGE_VAL), var);
    return gd_add(tape, var, gd_detach(tape, missing));
}

gd_tensor *gd_gaussian_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target, gd_tensor *var,
                                const gd_gaussian_nll_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "gaussian_nll_loss");
    gd_gaussian_nll_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    double eps = o.eps.given ? o.eps.value : 1e-6;
    if (!(eps > 0))
        gd_tape_fail(tape, GD_ERROR_VALUE, "eps %g is not above 0", eps);
    gd_check_loss(tape, input, target, &common);
    var = with_last_dimension(tape, input, var);
    gd_check_fits(tape, "var", var, input);
    gd_tensor *x = gd_kept(tape, input, o.mask, 0), *y = gd_kept(tape, target, o.mask, 0);
    gd_check_values(tape, "target", y, -HUGE_VAL, HUGE_VAL);
    var = gd_kept(tape, var, o.mask, 1);
    gd_check_values(tape, "var", var, 0, HUGE_VAL);

    gd_tensor *d = gd_sub(tape, x, y), *v = at_least(tape, eps, var);
    gd_tensor *sum = gd_add(tape, gd_log(tape, v), gd_mul(tape, d, gd_div(tape, d, v)));
    gd_tensor *loss = gd_mul(tape, sum, gd_scalar_like(tape, 0.5, sum));
    if (o.full) /* ln(2 pi) / 2 */
        loss = gd_add(tape, loss, gd_scalar_like(tape, 0.9189385332046727, loss));
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &common));
}
