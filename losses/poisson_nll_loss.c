/* Negative log likelihood of counts that are Poisson distributed.
 *
 * Definition. With the rate r = e^x (or r = x for a model that gives the rate itself) and the
 * count y,
 *     -ln P(y) = r - y ln r + ln y!.
 * ln y! does not depend on the model. It is left out, or, with `full`, approximated by Stirling's
 * formula for y > 1: (y + 1/2) ln y - y + ln(2 pi) / 2, as in PyTorch. Where x is the rate, eps
 * keeps ln(x + eps) finite at 0. Where y = 0, y ln r is 0, whatever r is.
 * Gradient. dl/dx = e^x - y, or 1 - y / (x + eps);
 *     dl/dy = -ln r  (+ ln y + 1 / (2 y) for y > 1 with `full`). */
#include <gradus/losses.h>
#include <math.h>

/* (y + 1/2) ln y - y + ln(2 pi) / 2, and 0 up to y = 1. */
static gd_tensor *stirling(gd_tape *tape, gd_tensor *y)
{
    gd_tensor *one = gd_scalar_like(tape, 1, y), *half = gd_scalar_like(tape, 0.5, y);
    gd_tensor *large = gd_gt(tape, y, one), *n = gd_kept(tape, y, large, 1);
    gd_tensor *product = gd_mul(tape, gd_add(tape, n, half), gd_log(tape, n));
    gd_tensor *constant = gd_scalar_like(tape, 0.9189385332046727, y);
    return gd_kept(tape, gd_add(tape, gd_sub(tape, product, n), constant), large, 0);
}

/* x, or ln(x + eps) of a rate x. Where y = 0, any number serves if that is infinite or NaN. */
static gd_tensor *log_rate(gd_tape *tape, gd_tensor *x, gd_tensor *y, bool of_rate, double eps)
{
    gd_tensor *z = of_rate ? gd_add(tape, x, gd_scalar_like(tape, eps, x)) : x;
    gd_tensor *lowest = gd_scalar_like(tape, of_rate ? 0 : -HUGE_VAL, z);
    gd_tensor *finite = gd_logical_and(tape, gd_gt(tape, z, lowest),
                                       gd_lt(tape, z, gd_scalar_like(tape, HUGE_VAL, z)));
    gd_tensor *counted = gd_ne(tape, y, gd_scalar_like(tape, 0, y));
    z = gd_kept(tape, z, gd_logical_or(tape, finite, counted), 1);
    return of_rate ? gd_log(tape, z) : z;
}

gd_tensor *gd_poisson_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                               const gd_poisson_nll_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "poisson_nll_loss");
    gd_poisson_nll_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    double eps = o.eps.given ? o.eps.value : 1e-8;
    if (!(eps >= 0))
        gd_tape_fail(tape, GD_ERROR_VALUE, "eps %g is below 0", eps);
    gd_check_loss(tape, input, target, &common);
    gd_tensor *x = gd_kept(tape, input, o.mask, 1), *y = gd_kept(tape, target, o.mask, 1);
    gd_check_values(tape, "target", y, 0, HUGE_VAL);

    gd_tensor *r = o.of_rate ? x : gd_exp(tape, x);
    gd_tensor *ln_r = log_rate(tape, x, y, o.of_rate, eps);
    gd_tensor *loss = gd_sub(tape, r, gd_mul(tape, y, ln_r));
    if (o.full)
        loss = gd_add(tape, loss, stirling(tape, y));
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &common));
}
