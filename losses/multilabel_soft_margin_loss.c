/* Multi-label soft margin: binary cross entropy with logits of every label, one loss for each
 * sample.
 *
 * Definition. With C labels in the last dimension, of which the mask keeps K in this sample,
 *     l = 1 / K sum over labels c of -w_c (y_c ln s(x_c) + (1 - y_c) ln(1 - s(x_c))).
 * The mean is over the samples that have a label left. It is that of
 * binary_cross_entropy_with_logits where the mask keeps equally many everywhere.
 * Gradient. dl/dx_c = w_c (s(x_c) - y_c) / K. */
#include <gradus/losses.h>

/* How many labels of each sample the mask keeps, [..]. */
static gd_tensor *count_labels(gd_tape *tape, gd_tensor *mask, const gd_tensor *each)
{
    if (each == NULL)
        return NULL;
    gd_tensor *kept = gd_cast(tape, gd_expand(tape, mask, each->ndim, each->shape), each->dtype);
    return gd_sum(tape, kept, GD_DIMS(-1), false);
}

gd_tensor *gd_multilabel_soft_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                          const gd_multilabel_soft_margin_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "multilabel_soft_margin_loss");
    gd_multilabel_soft_margin_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_loss_options common = GD_LOSS_OPTIONS_OF(o);
    gd_binary_cross_entropy_with_logits_options of_labels = {
        .reduction = GD_REDUCTION_NONE, .mask = o.mask, .weight = o.weight};
    if (input != NULL && input->ndim == 0)
        gd_tape_fail(tape, GD_ERROR_SHAPE, "input []: [..,C] is needed");

    gd_tensor *each = gd_binary_cross_entropy_with_logits(tape, input, target, &of_labels);
    if (o.mask == NULL)
        return gd_call_end(
            tape, outer,
            gd_reduce_loss(tape, gd_mean(tape, each, GD_DIMS(-1), false), NULL, &common));
    gd_tensor *k = count_labels(tape, o.mask, each), *one = gd_scalar_like(tape, 1, k);
    gd_tensor *sum = gd_sum(tape, each, GD_DIMS(-1), false);
    gd_tensor *loss = gd_div(tape, sum, gd_maximum(tape, k, one));
    common.mask = gd_ge(tape, k, one);
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &common));
}
