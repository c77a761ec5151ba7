/* Kullback-Leibler divergence of a model's distribution from a true one, element by element.
 *
 * Definition. With x = ln q the logarithms of the model's probabilities and t the true ones,
 *     l = t (ln t - x),
 * 0 where t = 0, whatever x is. The sum over a distribution is the divergence, so that the mean
 * over distributions is the reduction batchmean; the mean divides by the elements, as in PyTorch.
 * A target that is a logarithm itself, ln t, keeps probabilities that are too small for a float.
 * Stable form. ln t - x is computed in double. For a good model the two are close, and what ln t
 * loses when it is rounded to float32 would be most of the difference.
 * Gradient. dl/dx = -t;    dl/dt = ln t + 1 - x, or, for the logarithm, t (ln t + 1 - x). */
#include <gradus/losses.h>
#include <math.h>

/* ln t - x */
static gd_tensor *log_ratio(gd_tape *tape, gd_tensor *t, gd_tensor *x)
{
    gd_tensor *ln_t = gd_log(tape, gd_cast(tape, t, GD_F64));
    return gd_cast_like(tape, gd_sub(tape, ln_t, gd_cast(tape, x, GD_F64)), t);
}

gd_tensor *gd_kl_div(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                     const gd_kl_div_options *options)
{
    const char *outer = gd_call_begin(tape, "kl_div");
    gd_kl_div_options o = options != NULL ? *options : (gd_kl_div_options){.mask = NULL};
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    gd_check_loss(tape, input, target, &common);
    gd_tensor *x = gd_kept(tape, input, o.mask, 0), *y = gd_kept(tape, target, o.mask, 0);
    double lowest = o.log_target ? -HUGE_VAL : 0, highest = o.log_target ? HUGE_VAL : 1;
    gd_check_values(tape, "target", y, lowest, highest);

    gd_tensor *t = o.log_target ? gd_exp(tape, y) : y;
    gd_tensor *possible = gd_ne(tape, t, gd_scalar_like(tape, 0, t));
    x = gd_kept(tape, x, possible, 0);
    y = gd_kept(tape, y, possible, o.log_target ? 0 : 1);
    gd_tensor *difference = o.log_target ? gd_sub(tape, y, x) : log_ratio(tape, y, x);
    gd_tensor *loss = gd_mul(tape, t, difference);
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &common));
}
