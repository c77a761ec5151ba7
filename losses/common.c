#include "losses/common.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

bool gd__check_reducing(gd_tape *tape, const gd__reducing *r)
{
    if (r->reduction > GD_REDUCTION_BATCHMEAN)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d is not a reduction", (int)r->reduction);
    if (!r->denominator.given)
        return true;
    if (r->reduction != GD_REDUCTION_MEAN)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "a denominator is for the mean alone");
    if (!(r->denominator.value >= 0 && isfinite(r->denominator.value)))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "the denominator is %g", r->denominator.value);
    return true;
}

double gd__divisor(const gd__reducing *r, double weight, const gd_tensor *losses)
{
    switch (r->reduction) {
    case GD_REDUCTION_MEAN:
        return r->denominator.given ? r->denominator.value : weight;
    case GD_REDUCTION_BATCHMEAN:
        return losses->ndim > 0 ? (double)losses->shape[0] : 1;
    default:
        return 1;
    }
}

double gd__reduced(const gd__reducing *r, double sum, double divisor)
{
    if (divisor > 0)
        return sum / divisor;
    return r->nan_when_empty ? (double)NAN : 0;
}

int gd__print_reducing(char *buffer, size_t size, const gd__reducing *r)
{
    static const char *const names[] = {"mean", "sum", "none", "batchmean"};
    char denominator[40] = "";
    if (r->denominator.given)
        snprintf(denominator, sizeof denominator, ", denominator=%g", r->denominator.value);
    return snprintf(buffer, size, "reduction=%s%s%s",
                    r->reduction <= GD_REDUCTION_BATCHMEAN ? names[r->reduction] : "?", denominator,
                    r->nan_when_empty ? ", nan_when_empty" : "");
}

bool gd__check_target_shape(gd_tape *tape, const gd_tensor *input, const gd_tensor *target)
{
    char texts[2][GD__SHAPE_TEXT];
    return gd__same_shape(input, target) ||
           gd_tape_fail(tape, GD_ERROR_SHAPE, "input %s and target %s: shapes must be equal",
                        gd__shape_text(texts[0], input->ndim, input->shape),
                        gd__shape_text(texts[1], target->ndim, target->shape));
}

gd_tensor *gd__times_upstream(gd_tape *tape, gd_tensor *u, gd_tensor *slope)
{
    gd_tensor *zero = gd_scalar_like(tape, 0, u);
    gd_tensor *lost =
        gd_logical_and(tape, gd_eq(tape, u, zero), gd_isnan(tape, gd_mul(tape, slope, zero)));
    return gd_mul(tape, u, gd_masked_fill(tape, slope, lost, 0));
}
