/* From one loss for each position to the result.
 *
 * Definition. With losses l_i, weights w_i and the positions K that the mask keeps,
 *     none   w_i l_i, 0 where i is not in K
 *     sum    S = sum over K of w_i l_i
 *     mean   S / D, D the number of positions in K, or the denominator that the options give
 * and batchmean S / (size of dimension 0). Weights do not count in D.
 * Stable form. With N positions in all, S / D = mean(l) N / D, where l is 0 outside K. A mean is
 * in the range of its dtype where the sum may be beyond it. */
#include "losses/reduction.h"

#include <math.h>

const char *const gd_reduction_names[] = {"mean", "sum", "none", "batchmean", NULL};

/* ---- what is accepted ---- */

bool gd__check_input(gd_tape *tape, gd_tensor *input)
{
    if (gd_tape_status(tape) != GD_OK || !gd_check_operand(tape, input, "input"))
        return false;
    return gd_dtype_is_float(input->dtype) ||
           gd_tape_fail(tape, GD_ERROR_DTYPE, "input is %s; float32 or float64 is needed",
                        gd_dtype_name(input->dtype));
}

bool gd__check_reduction(gd_tape *tape, const gd_loss_options *o)
{
    if (o->reduction > GD_REDUCTION_BATCHMEAN)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d is not a reduction", (int)o->reduction);
    if (!o->denominator.given)
        return true;
    if (o->reduction != GD_REDUCTION_MEAN)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "a denominator is for the mean alone");
    return (o->denominator.value >= 0 && isfinite(o->denominator.value)) ||
           gd_tape_fail(tape, GD_ERROR_VALUE, "the denominator is %g", o->denominator.value);
}

bool gd__check_mask(gd_tape *tape, const gd_tensor *mask, const gd_tensor *whole)
{
    if (mask == NULL)
        return true;
    gd_tensor bools = *whole;
    bools.dtype = GD_BOOL;
    return gd_check_fits(tape, "mask", mask, &bools);
}

bool gd_check_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                   const gd_loss_options *options)
{
    return gd_tape_status(tape) == GD_OK && gd__check_reduction(tape, options) &&
           gd__check_input(tape, input) && gd_check_like(tape, "target", target, input) &&
           gd__check_mask(tape, options->mask, input);
}

/* ---- for nodes ---- */

void gd__set_reduced_shape(gd_tensor *out, const gd_loss_options *o, const gd_tensor *losses)
{
    out->dtype = losses->dtype;
    out->ndim = o->reduction == GD_REDUCTION_NONE ? losses->ndim : 0;
    for (int i = 0; i < out->ndim; ++i)
        out->shape[i] = losses->shape[i];
}

size_t gd__divisor_size(const gd_node *n)
{
    (void)n;
    return sizeof(double);
}

double gd__saved_divisor(const gd_node *n)
{
    return *(const double *)n->saved;
}

/* What the sum of the losses is divided by. 0: there is nothing. */
static double divisor_of(const gd_loss_options *o, const gd_tensor *losses, double count)
{
    if (o->reduction == GD_REDUCTION_BATCHMEAN)
        return losses->ndim > 0 ? (double)losses->shape[0] : 1;
    if (o->reduction != GD_REDUCTION_MEAN)
        return 1;
    return o->denominator.given ? o->denominator.value : count;
}

/* The mean of nothing. */
static double empty_mean(const gd_loss_options *o)
{
    return o->nan_when_empty ? (double)NAN : 0;
}

void gd__write_reduced(const gd_node *n, const gd_loss_options *o, const gd_tensor *losses,
                       double sum, double count)
{
    double divisor = *(double *)n->saved = divisor_of(o, losses, count);
    if (o->count_out != NULL)
        *o->count_out = count;
    if (o->reduction != GD_REDUCTION_NONE)
        gd__set_float_at(n->out->dtype, n->out->data, 0,
                         divisor > 0 ? sum / divisor : empty_mean(o));
}

/* ---- for losses that are made of ops, as it is itself ---- */

gd_tensor *gd_kept(gd_tape *tape, gd_tensor *x, gd_tensor *mask, double value)
{
    return mask != NULL ? gd_where(tape, mask, x, gd_scalar_like(tape, value, x)) : x;
}

gd_tensor *gd__unless_weightless(gd_tape *tape, gd_tensor *x, gd_tensor *weight)
{
    if (weight == NULL)
        return x;
    gd_tensor *zero = gd_scalar_like(tape, 0, x);
    gd_tensor *infinite = gd_ne(tape, gd_sub(tape, x, x), zero); /* or NaN: the difference is NaN */
    gd_tensor *drop = gd_logical_and(tape, gd_eq(tape, weight, zero), infinite);
    return gd_masked_fill(tape, x, drop, 0);
}

gd_tensor *gd__sum_to_dim(gd_tape *tape, gd_tensor *x, int dim)
{
    int64_t others[GD_MAX_DIMS];
    int count = 0;
    for (int k = 0; x != NULL && k < x->ndim; ++k)
        if (k != dim)
            others[count++] = k;
    return count > 0 ? gd_sum(tape, x, count, others, false) : x;
}

/* How many positions of the losses the mask keeps. */
static double count_kept(gd_tape *tape, const gd_tensor *loss, gd_tensor *mask)
{
    double all = (double)gd_tensor_numel(loss);
    if (mask == NULL || all == 0)
        return all;
    gd_mark mark = gd_tape_mark(tape);
    gd_tensor *kept = gd_sum(tape, gd_cast(tape, mask, GD_F64), GD_ALL_DIMS, false);
    double count = kept != NULL ? gd_item(kept) * (all / (double)gd_tensor_numel(mask)) : 0;
    gd_tape_release(tape, mark);
    return count;
}

/* S / divisor; of nothing `empty`, with gradients of 0. */
static gd_tensor *divided(gd_tape *tape, gd_tensor *loss, double divisor, double empty)
{
    double n = (double)gd_tensor_numel(loss);
    if (n == 0 || !(divisor > 0))
        return gd_masked_fill(tape, gd_sum(tape, loss, GD_ALL_DIMS, false),
                              gd_ones(tape, GD_BOOL, 0, NULL), divisor > 0 ? 0 : empty);
    gd_tensor *mean = gd_mean(tape, loss, GD_ALL_DIMS, false);
    return n == divisor ? mean : gd_mul(tape, mean, gd_scalar_like(tape, n / divisor, mean));
}

static gd_tensor *reduced(gd_tape *tape, gd_tensor *loss, gd_tensor *weight,
                          const gd_loss_options *o)
{
    if (gd_tape_status(tape) != GD_OK || !gd__check_reduction(tape, o) ||
        !gd_check_operand(tape, loss, "loss") || !gd__check_mask(tape, o->mask, loss) ||
        !(weight == NULL || gd_check_fits(tape, "weight", weight, loss)))
        return NULL;
    loss = gd_kept(tape, loss, o->mask, 0);
    if (weight != NULL) {
        weight = gd_kept(tape, weight, o->mask, 1);
        gd_check_values(tape, "weight", weight, 0, HUGE_VAL);
        loss = gd_mul(tape, gd__unless_weightless(tape, loss, weight), weight);
    }
    if (loss == NULL)
        return NULL;
    double kept = count_kept(tape, loss, o->mask);
    if (o->count_out != NULL)
        *o->count_out = kept;
    if (o->reduction == GD_REDUCTION_NONE)
        return loss;
    if (o->reduction == GD_REDUCTION_SUM)
        return gd_sum(tape, loss, GD_ALL_DIMS, false);
    return divided(tape, loss, divisor_of(o, loss, kept), empty_mean(o));
}

gd_tensor *gd_reduce_loss(gd_tape *tape, gd_tensor *loss, gd_tensor *weight,
                          const gd_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "reduce_loss");
    gd_loss_options o = options != NULL ? *options : (gd_loss_options){.mask = NULL};
    return gd_call_end(tape, outer, reduced(tape, loss, weight, &o));
}
