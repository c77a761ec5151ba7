/* Triplet margin: an anchor shall be nearer to its positive than to its negative, by a margin
 * (Balntas et al. 2016).
 *
 * Definition. With the distance D(a, b) = |a - b + eps|_p, eps added to every component,
 *     l = max(0, margin + D(a, positive) - D(a, negative));
 * with `swap` the smaller of D(a, negative) and D(positive, negative) takes that one's place.
 * Stable form. With d = a - b + eps and r the largest |d_i|,
 *     D = r (sum of (|d_i| / r)^p)^(1/p),
 * in which no power leaves the float's range. The sum is at least 1, but for d = 0, where r is 0.
 * Gradient. dD/da = sign(d) (|d| / D)^(p - 1) = -dD/db, and 0 where D = 0. */
#include "losses/positions.h"
#include <math.h>

/* Sum of |u_i|^p, [..,1]. */
static gd_tensor *sum_of_powers(gd_tape *tape, gd_tensor *u, double p)
{
    gd_tensor *power = p == 2   ? gd_mul(tape, u, u)
                       : p == 1 ? gd_abs(tape, u)
                                : gd_pow(tape, gd_abs(tape, u), gd_scalar_like(tape, p, u));
    return gd_sum(tape, power, GD_DIMS(-1), true);
}

/* x^(1/p) */
static gd_tensor *root(gd_tape *tape, gd_tensor *x, double p)
{
    return p == 2 ? gd_sqrt(tape, x) : p == 1 ? x : gd_pow(tape, x, gd_scalar_like(tape, 1 / p, x));
}

/* [..] */
static gd_tensor *distance(gd_tape *tape, gd_tensor *a, gd_tensor *b, double p, double eps)
{
    gd_tensor *d = gd_add(tape, gd_sub(tape, a, b), gd_scalar_like(tape, eps, a));
    gd_tensor *r = gd__largest_element(tape, d);
    gd_tensor *equal = gd_eq(tape, r, gd_scalar_like(tape, 0, r));
    gd_tensor *u = gd_div(tape, d, gd_masked_fill(tape, r, equal, 1));
    gd_tensor *sum = gd_masked_fill(tape, sum_of_powers(tape, u, p), equal, 1);
    return gd_squeeze(tape, gd_mul(tape, r, root(tape, sum, p)), -1);
}

gd_tensor *gd_triplet_margin_loss(gd_tape *tape, gd_tensor *anchor, gd_tensor *positive,
                                  gd_tensor *negative,
                                  const gd_triplet_margin_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "triplet_margin_loss");
    gd_triplet_margin_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    double margin = o.margin.given ? o.margin.value : 1;
    double p = o.p == 0 ? 2 : o.p, eps = o.eps.given ? o.eps.value : 1e-6;
    if (!(p >= 1 && isfinite(p)))
        gd_tape_fail(tape, GD_ERROR_VALUE, "p = %g is not a number from 1 on", p);
    if (!isfinite(margin + eps))
        gd_tape_fail(tape, GD_ERROR_VALUE, "margin %g or eps %g is not finite", margin, eps);
    gd__check_vectors(tape, anchor, positive, "positive", o.mask);
    gd__check_vectors(tape, anchor, negative, "negative", o.mask);
    anchor = gd__kept_vectors(tape, anchor, o.mask);
    positive = gd__kept_vectors(tape, positive, o.mask);
    negative = gd__kept_vectors(tape, negative, o.mask);

    gd_tensor *near = distance(tape, anchor, positive, p, eps);
    gd_tensor *far = distance(tape, anchor, negative, p, eps);
    if (o.swap)
        far = gd_minimum(tape, far, distance(tape, positive, negative, p, eps));
    gd_tensor *margin_of = gd_scalar_like(tape, margin, near);
    gd_tensor *behind = gd_add(tape, margin_of, gd_sub(tape, near, far));
    gd_tensor *loss = gd_clamp(tape, behind, 0, HUGE_VAL);
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &GD_LOSS_OPTIONS_OF(o)));
}
