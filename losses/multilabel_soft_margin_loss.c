/* Multi-label soft margin: binary cross entropy with logits of every label, one loss for each sample.
 *
 * Definition. With C labels in the last dimension, of which the mask keeps K in this sample,
 *     l = 1 / K sum over labels c of -w_c (y_c ln s(x_c) + (1 - y_c) ln(1 - s(x_c))).
 * The mean is over the samples that have a label left. It is that of binary_cross_entropy_with_logits
 * where the mask keeps equally many everywhere. */
#include "losses/loss_list.h"
#include "losses/parts.h"

static gd_tensor *multilabel(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                             const gd_multilabel_soft_margin_loss_options *o)
{
    gd_reduction none = GD_REDUCTION_NONE;
    gd_tensor *each = gd_binary_cross_entropy_with_logits(
        tape, input, target,
        &(gd_binary_cross_entropy_with_logits_options){
            .reduction = none, .mask = o->mask, .weight = o->weight});
    if (each == NULL)
        return NULL;
    if (each->ndim == 0) {
        gd_tape_fail(tape, GD_ERROR_SHAPE, "input []: [..,C] is needed");
        return NULL;
    }
    int last = each->ndim - 1;
    gd_tensor *sum = gd_sum(tape, each, GD_DIMS(last), false);
    gd_tensor *labels = gd_scalar_like(tape, (double)each->shape[last], each), *counts = NULL;
    if (o->mask != NULL) {
        gd_tensor *kept = gd_expand(tape, o->mask, each->ndim, each->shape);
        labels = gd_sum(tape, gd_cast(tape, kept, each->dtype), GD_DIMS(last), false);
        counts = gd_gt(tape, labels, gd_scalar_like(tape, 0, labels));
        labels = gd_maximum(tape, labels, gd_scalar_like(tape, 1, labels));
    }
    return gd__reduce_losses(tape, gd_div(tape, sum, labels), NULL, counts,
                             &(gd__reducing)GD__REDUCING(*o));
}

gd_tensor *gd_multilabel_soft_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                          const gd_multilabel_soft_margin_loss_options *options)
{
    gd_multilabel_soft_margin_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    if (tape == NULL)
        return NULL;
    const char *before = gd_call_begin(tape, "multilabel_soft_margin_loss");
    return gd_call_end(tape, before, multilabel(tape, input, target, &o));
}
