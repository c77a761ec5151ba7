/* Focal loss of logits of classes: cross entropy that cares less for what is already right (Lin et
 * al. 2017).
 *
 * Definition. With c = -ln p the cross entropy, p the probability given to the right class y, and
 * w class weights, l = w_y (1 - p)^gamma c. The mean divides by the number of positions.
 * Stable form. q = 1 - p = -expm1(-c) keeps a q that 1 - p would round away, and
 *     l = w_y e^(gamma ln q) c.
 * It is computed in double: e^(gamma ln q) needs more digits of its exponent than float32 has.
 * Where c is 0, q counts as the smallest positive number, and beyond c = 800 p is 0, so that no
 * derivative is infinite.
 * Gradient. dl/dc = w q^gamma (gamma (c / q) p + 1); cross entropy makes dx of it. */
#include "losses/positions.h"
#include "losses/reduction.h"
#include <float.h>
#include <math.h>

gd_tensor *gd_softmax_focal_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                 const gd_softmax_focal_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "softmax_focal_loss");
    gd_softmax_focal_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    double gamma = o.gamma.given ? o.gamma.value : 2;
    if (!(gamma >= 0 && isfinite(gamma)))
        gd_tape_fail(tape, GD_ERROR_VALUE, "gamma %g is not a number from 0 on", gamma);
    gd__labels y = gd__read_labels(tape, input, target, o.mask, o.weight, o.dim, &o.ignore_index);
    common.mask = y.kept;

    gd_cross_entropy_options each = {
        .reduction = GD_REDUCTION_NONE, .mask = y.kept, .dim = GD_SOME(y.dim)};
    gd_tensor *c = gd_cross_entropy(tape, input, y.label, &each);
    c = gd_cast(tape, gd__unless_weightless(tape, c, y.weight), GD_F64);
    gd_tensor *minus_c = gd_neg(tape, gd_clamp(tape, c, DBL_MIN, 800));
    gd_tensor *q = gd_neg(tape, gd_expm1(tape, minus_c));
    gd_tensor *exponent = gd_mul(tape, gd_log(tape, q), gd_scalar_like(tape, gamma, q));
    gd_tensor *loss = gd_cast_like(tape, gd_mul(tape, gd_exp(tape, exponent), c), input);
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, y.weight, &common));
}
