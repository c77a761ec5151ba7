/* Learning rates that change as training goes on. */
#include "nn/optimizers/optimizer.h"

#include <inttypes.h>
#include <math.h>

static const double pi = 3.14159265358979323846;

/* From `from` to `to` along half a cosine, at part p of the way. */
static double cosine(double from, double to, double p)
{
    return to + (from - to) / 2 * (1 + cos(pi * p));
}

/* One-cycle (Smith and Topin 2018): up to the learning rate, down to nearly nothing. The turn is
 * between two steps where `rise` says so, as in PyTorch. */
static double one_cycle(const gd_schedule *s, int64_t step)
{
    double low = s->learning_rate / gd__given(s->div_factor, 25);
    double last = low / gd__given(s->final_div_factor, 1e4);
    double top = gd__given(s->rise, 0.3) * (double)s->steps - 1, end = (double)s->steps - 1;
    double at = fmin((double)step, end);
    return at <= top ? cosine(low, s->learning_rate, top > 0 ? at / top : 1)
                     : cosine(s->learning_rate, last, (at - top) / (end - top));
}

/* What is wrong with it; NULL: nothing. A checkpoint may have put anything into its state. */
static const char *complaint(const gd_schedule *s)
{
    bool in_steps = s->kind == GD_SCHEDULE_STEP || s->kind == GD_SCHEDULE_COSINE ||
                    s->kind == GD_SCHEDULE_ONE_CYCLE;
    if (!(s->learning_rate >= 0 && isfinite(s->learning_rate)))
        return "its learning rate is not in [0,inf)";
    if (!(s->final_rate >= 0 && isfinite(s->final_rate)))
        return "its final rate is not in [0,inf)";
    if (in_steps && s->steps < 1)
        return "it needs `steps`";
    if (s->warmup_steps < 0 ||
        !(gd__given(s->warmup_start, 0) >= 0 && gd__given(s->warmup_start, 0) <= 1))
        return "its warm-up is negative, or starts outside [0,1]";
    if (!(gd__given(s->gamma, 0.1) > 0 && gd__given(s->gamma, 0.1) <= 1))
        return "gamma is not in (0,1]";
    if (!(gd__given(s->rise, 0.3) >= 0 && gd__given(s->rise, 0.3) <= 1))
        return "`rise` is not in [0,1]";
    if (!(gd__given(s->div_factor, 25) > 0 && gd__given(s->final_div_factor, 1e4) > 0))
        return "a factor to divide by is not above 0";
    if (!(gd__given(s->patience, 10) >= 0 && gd__given(s->patience, 10) < 0x1p63))
        return "its patience is not in [0,2^63)";
    if (!(gd__given(s->threshold, 1e-4) >= 0 && gd__given(s->threshold, 1e-4) < 1))
        return "its threshold is not in [0,1)";
    const int64_t counts[] = {s->step, s->reductions, s->bad_reports};
    for (int i = 0; i < 3; ++i)
        if (counts[i] < 0 || counts[i] == INT64_MAX)
            return "its count of steps, reductions or reports is out of range";
    return NULL;
}

static gd_status check(const char *function, const gd_schedule *schedule)
{
    const char *wrong = schedule == NULL ? "it is NULL" : complaint(schedule);
    return wrong == NULL ? GD_OK
                         : gd_fail(GD_ERROR_ARGUMENT, "%s: the schedule: %s", function, wrong);
}

double gd_schedule_rate(const gd_schedule *s, int64_t step)
{
    gd_status status = check("schedule_rate", s);
    if (status == GD_OK && step < 0)
        status = gd_fail(GD_ERROR_ARGUMENT, "schedule_rate: step %" PRId64 " is negative", step);
    if (status != GD_OK)
        return (double)NAN;
    double rate = s->learning_rate, warm = 1;
    int64_t after = step - s->warmup_steps;
    if (after < 0)
        warm = gd__given(s->warmup_start, 0) +
               (1 - gd__given(s->warmup_start, 0)) * (double)step / (double)s->warmup_steps;
    after = after < 0 ? 0 : after;
    int64_t times = s->steps > 0 ? after / s->steps : 0;
    switch (s->kind) {
    case GD_SCHEDULE_STEP:
        return warm * rate * pow(gd__given(s->gamma, 0.1), (double)times);
    case GD_SCHEDULE_COSINE:
        return warm *
               cosine(rate, s->final_rate, after < s->steps ? (double)after / (double)s->steps : 1);
    case GD_SCHEDULE_ONE_CYCLE:
        return warm * one_cycle(s, after);
    case GD_SCHEDULE_REDUCE_ON_PLATEAU:
        return warm *
               fmax(rate * pow(gd__given(s->gamma, 0.1), (double)s->reductions), s->final_rate);
    default:
        return warm * rate;
    }
}

gd_status gd_schedule_step(gd_schedule *schedule, gd_optimizer *optimizer)
{
    gd_status status = check("schedule_step", schedule);
    if (status == GD_OK)
        status =
            gd_optimizer_set_learning_rate(optimizer, gd_schedule_rate(schedule, schedule->step));
    if (status == GD_OK)
        ++schedule->step;
    return status;
}

gd_status gd_schedule_report(gd_schedule *schedule, double loss)
{
    gd_status status = check("schedule_report", schedule);
    if (status != GD_OK || schedule->kind != GD_SCHEDULE_REDUCE_ON_PLATEAU)
        return status;
    double threshold = gd__given(schedule->threshold, 1e-4);
    double best = schedule->has_best ? schedule->best : (double)INFINITY;
    if (loss < best * (1 - threshold)) {
        schedule->best = loss;
        schedule->has_best = 1;
        schedule->bad_reports = 0;
    } else if (++schedule->bad_reports > (int64_t)gd__given(schedule->patience, 10)) {
        ++schedule->reductions;
        schedule->bad_reports = 0;
    }
    return GD_OK;
}
