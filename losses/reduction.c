#include "losses/reduction.h"

#include <math.h>

bool gd__check_reduction(gd_tape *tape, const gd_loss_options *o)
{
    if (o->reduction > GD_REDUCTION_BATCHMEAN)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d is not a reduction", (int)o->reduction);
    if (!o->denominator.given)
        return true;
    if (o->reduction != GD_REDUCTION_MEAN)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "a denominator is for the mean alone");
    if (!(o->denominator.value >= 0 && isfinite(o->denominator.value)))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "the denominator is %g", o->denominator.value);
    return true;
}

double gd__divisor(const gd_loss_options *o, double count, const gd_tensor *losses)
{
    switch (o->reduction) {
    case GD_REDUCTION_MEAN:
        return o->denominator.given ? o->denominator.value : count;
    case GD_REDUCTION_BATCHMEAN:
        return losses->ndim > 0 ? (double)losses->shape[0] : 1;
    default:
        return 1;
    }
}

double gd__reduced(const gd_loss_options *o, double sum, double divisor)
{
    if (divisor > 0)
        return sum / divisor;
    return o->nan_when_empty ? (double)NAN : 0;
}

int gd__print_reduction(char *buffer, size_t size, const void *options)
{
    const gd_loss_options *o = options;
    static const char *const names[] = {"mean", "sum", "none", "batchmean"};
    char denominator[40] = "";
    if (o->denominator.given)
        snprintf(denominator, sizeof denominator, ", denominator=%g", o->denominator.value);
    return snprintf(buffer, size, "reduction=%s%s%s",
                    o->reduction <= GD_REDUCTION_BATCHMEAN ? names[o->reduction] : "?", denominator,
                    o->nan_when_empty ? ", nan_when_empty" : "");
}

bool gd__check_target_shape(gd_tape *tape, const gd_tensor *input, const gd_tensor *target)
{
    char texts[2][GD__SHAPE_TEXT];
    return gd__same_shape(input, target) ||
           gd_tape_fail(tape, GD_ERROR_SHAPE, "input %s and target %s: shapes must be equal",
                        gd__shape_text(texts[0], input->ndim, input->shape),
                        gd__shape_text(texts[1], target->ndim, target->shape));
}

bool gd__check_broadcast_to(gd_tape *tape, const char *name, const gd_tensor *x,
                            const gd_tensor *whole)
{
    int added = whole->ndim - x->ndim;
    bool fits = added >= 0;
    for (int d = 0; fits && d < x->ndim; ++d)
        fits = x->shape[d] == 1 || x->shape[d] == whole->shape[d + added];
    char texts[2][GD__SHAPE_TEXT];
    return fits || gd_tape_fail(tape, GD_ERROR_SHAPE, "%s %s does not broadcast to %s", name,
                                gd__shape_text(texts[0], x->ndim, x->shape),
                                gd__shape_text(texts[1], whole->ndim, whole->shape));
}

bool gd__check_mask(gd_tape *tape, const gd_tensor *mask, const gd_tensor *whole)
{
    if (mask == NULL)
        return true;
    if (mask->dtype != GD_BOOL)
        return gd_tape_fail(tape, GD_ERROR_DTYPE, "mask is %s; bool is needed",
                            gd_dtype_name(mask->dtype));
    return gd__check_broadcast_to(tape, "mask", mask, whole);
}
