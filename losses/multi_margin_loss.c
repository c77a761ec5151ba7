/* Multi-class hinge: the right class's score shall be ahead of every other by a margin.
 *
 * Definition. For one position with scores x_c over C classes and the label y,
 *     l = w_y / C sum over c != y of max(0, margin - x_y + x_c)^p,    p = 1 or 2.
 * The mean divides by the number of positions, never by the weights.
 * Gradient. With h_c = max(0, margin - x_y + x_c), dl/dx_c = w_y / C [h_c > 0], or w_y / C 2 h_c
 * for p = 2; dl/dx_y is minus their sum. */
#include "losses/positions.h"
#include "losses/reduction.h"
#include <math.h>

gd_tensor *gd_multi_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                const gd_multi_margin_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "multi_margin_loss");
    gd_multi_margin_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    double margin = o.margin.given ? o.margin.value : 1;
    if (!isfinite(margin))
        gd_tape_fail(tape, GD_ERROR_VALUE, "margin %g is not finite", margin);
    if (o.p < 0 || o.p > 2)
        gd_tape_fail(tape, GD_ERROR_VALUE, "p = %d is neither 1 nor 2", o.p);
    if (input != NULL && input->ndim > 2)
        gd_tape_fail(tape, GD_ERROR_SHAPE, "input of %d dimensions: [C] or [N,C] is needed",
                     input->ndim);
    gd__labels y =
        gd__read_labels(tape, input, target, o.mask, o.weight, (gd_optional){.given = false}, NULL);
    gd_tensor *mask = o.mask != NULL ? gd_unsqueeze(tape, o.mask, y.dim) : NULL;
    gd_tensor *weight = y.weight != NULL ? gd_unsqueeze(tape, y.weight, y.dim) : NULL;

    gd_tensor *x = gd_kept(tape, input, mask, 0);
    gd_tensor *x_y = gd_gather(tape, x, y.dim, gd_unsqueeze(tape, y.label, y.dim));
    gd_tensor *is_y = gd_one_hot(tape, y.label, y.classes, GD_BOOL);
    gd_tensor *ahead = gd_add(tape, gd_sub(tape, x, x_y), gd_scalar_like(tape, margin, x));
    gd_tensor *h = gd_relu(tape, gd_masked_fill(tape, ahead, is_y, 0));
    h = gd__unless_weightless(tape, h, weight);
    gd_tensor *power = o.p == 2 ? gd_mul(tape, h, h) : h;
    gd_tensor *loss = gd_mean(tape, power, GD_DIMS(y.dim), false);
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, y.weight, &common));
}
