/* Checks for losses that are made of ops, the project's own and yours: shapes, dtypes, values. */
#include "losses/reduction.h"
#include "tensor/kernels.h"
#include "tensor/walk.h"

#include <math.h>

bool gd_check_fits(gd_tape *tape, const char *name, const gd_tensor *x, const gd_tensor *whole)
{
    if (gd_tape_status(tape) != GD_OK)
        return false;
    if (x == NULL || whole == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%s is NULL", x == NULL ? name : "input");
    if (x->dtype != whole->dtype)
        return gd_tape_fail(tape, GD_ERROR_DTYPE, "%s is %s; %s is needed", name,
                            gd_dtype_name(x->dtype), gd_dtype_name(whole->dtype));
    return gd__check_broadcast_to(tape, name, x, whole);
}

bool gd_check_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                   const gd_loss_options *options)
{
    if (gd_tape_status(tape) != GD_OK)
        return false;
    gd_node pair = {.in = (gd_tensor *[]){input, target}, .n_in = 2};
    return gd__check_reduction(tape, options) && gd_check_operand(tape, input, 0) &&
           gd_check_operand(tape, target, 1) && gd_check_float(tape, &pair, 0) &&
           gd_check_same_dtype(tape, &pair, 0, 1) && gd__check_target_shape(tape, input, target) &&
           gd__check_mask(tape, options->mask, input);
}

/* ---- values ---- */

/* Which values are accepted: the numbers from low to high, or these two alone. */
typedef struct accepted {
    double low, high;
    bool only_ends;
} accepted;

static bool is_accepted(accepted a, double x)
{
    return a.only_ends ? x == a.low || x == a.high : x >= a.low && x <= a.high;
}

static bool refuse(gd_tape *tape, const char *name, const gd_tensor *x, int64_t number,
                   double value, accepted a)
{
    char position[GD__SHAPE_TEXT], rule[80];
    if (a.only_ends)
        snprintf(rule, sizeof rule, "neither %g nor %g", a.high, a.low);
    else if (a.high < HUGE_VAL)
        snprintf(rule, sizeof rule, "outside [%g,%g]", a.low, a.high);
    else if (value < a.low)
        snprintf(rule, sizeof rule, "below %g", a.low);
    else
        snprintf(rule, sizeof rule, "not a number");
    return gd_tape_fail(tape, GD_ERROR_VALUE, "%s %g at %s is %s", name, value,
                        gd__position_text(position, x, number), rule);
}

/* The run has a value that is not accepted. */
static bool refuse_first(gd_tape *tape, const char *name, const gd_tensor *x, const gd__walk *run,
                         int64_t first, accepted a)
{
    int64_t j = 0;
    double value;
    do
        value = gd__float_at(x->dtype, run->data[0], j++ * run->step[0]);
    while (is_accepted(a, value));
    return refuse(tape, name, x, first + j - 1, value, a);
}

static bool check_all(gd_tape *tape, const char *name, const gd_tensor *x, accepted a)
{
    if (gd_tape_status(tape) != GD_OK)
        return false;
    if (x == NULL || !gd_dtype_is_float(x->dtype))
        return gd_tape_fail(tape, x == NULL ? GD_ERROR_ARGUMENT : GD_ERROR_DTYPE,
                            "%s is %s; float32 or float64 is needed", name,
                            x == NULL ? "NULL" : gd_dtype_name(x->dtype));
    if (x->dtype == GD_F32) /* as its elements are */
        a = (accepted){(double)(float)a.low, (double)(float)a.high, a.only_ends};
    int64_t first = 0; /* of the run, in row-major order */
    gd__walk w = gd__walk_begin(1, &x);
    do {
        if (gd__kernels_for(x->dtype)->any_outside(w.length, w.data[0], w.step[0], a.low, a.high,
                                                   a.only_ends))
            return refuse_first(tape, name, x, &w, first, a);
        first += w.length;
    } while (gd__walk_next(&w));
    return true;
}

bool gd_check_values(gd_tape *tape, const char *name, const gd_tensor *x, double low, double high)
{
    return check_all(tape, name, x, (accepted){low, high, false});
}

bool gd_check_either(gd_tape *tape, const char *name, const gd_tensor *x, double a, double b)
{
    return check_all(tape, name, x, (accepted){b, a, true});
}
