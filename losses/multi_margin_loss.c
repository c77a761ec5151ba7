/* Multi-class hinge: the right class's score shall be ahead of every other by a margin.
 *
 * Definition. For one position with scores x_c over C classes and the label y,
 *     l = w_y / C sum over c != y of max(0, margin - x_y + x_c)^p,    p = 1 or 2.
 * The mean divides by the number of positions, never by the weights. Gradients as of its parts: hinge
 * (hinge.c), sum and product. */
#include "losses/classes.h"
#include "losses/loss_list.h"
#include "losses/parts.h"

/* false: the tape has an error. */
static bool check(gd_tape *tape, const gd_tensor *input, const gd_tensor *target,
                  const gd_multi_margin_loss_options *o)
{
    char text[GD__SHAPE_TEXT];
    if (!gd_check_operand(tape, input, 0) || !gd_check_operand(tape, target, 1))
        return false;
    if (input->ndim != 1 && input->ndim != 2)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "input %s: [C] or [N,C] is needed",
                            gd__shape_text(text, input->ndim, input->shape));
    if (target->dtype != GD_I64)
        return gd_tape_fail(tape, GD_ERROR_DTYPE, "the target is %s; int64 classes are needed",
                            gd_dtype_name(target->dtype));
    int dim = input->ndim - 1;
    return gd__check_positions(tape, input, dim, target, "target") &&
           (o->mask == NULL || gd__check_positions(tape, input, dim, o->mask, "mask")) &&
           gd__check_class_weight(tape, input, o->weight, input->shape[dim]);
}

static gd_tensor *losses_of(gd_tape *tape, gd_tensor *input, gd_tensor *labels, double margin,
                            double p)
{
    int dim = input->ndim - 1;
    int64_t classes = input->shape[dim];
    gd_tensor *right = gd_gather(tape, input, dim, gd_unsqueeze(tape, labels, dim));
    gd_tensor *is_right = gd_one_hot(tape, labels, classes, GD_BOOL);
    gd_tensor *each = gd__hinge(tape, input, gd_expand(tape, right, input->ndim, input->shape),
                                gd_logical_not(tape, is_right), margin, p,
                                &(gd__reducing){.reduction = GD_REDUCTION_NONE});
    return gd_div(tape, gd_sum(tape, each, GD_DIMS(dim), false),
                  gd_scalar_like(tape, (double)classes, input));
}

static gd_tensor *multi_margin(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                               const gd_multi_margin_loss_options *o)
{
    if (!check(tape, input, target, o))
        return NULL;
    gd_tensor *labels = gd__checked_labels(tape, target, o->mask, input->shape[input->ndim - 1]);
    if (labels == NULL)
        return NULL;
    gd_tensor *losses =
        losses_of(tape, input, labels, gd__given(o->margin, 1), o->p == 0 ? 1 : (double)o->p);
    return gd__reduce_losses(tape, losses, gd__weight_of_labels(tape, o->weight, labels), o->mask,
                             &(gd__reducing)GD__REDUCING(*o));
}

gd_tensor *gd_multi_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                const gd_multi_margin_loss_options *options)
{
    gd_multi_margin_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    if (tape == NULL)
        return NULL;
    const char *before = gd_call_begin(tape, "multi_margin_loss");
    return gd_call_end(tape, before, multi_margin(tape, input, target, &o));
}
