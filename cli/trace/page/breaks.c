#include "cli/trace/page/breaks.h"
#include "cli/trace/graph/row.h"
#include "cli/trace/numbers.h"

#include <math.h>

static const trace_break all[TRACE_BREAKS] = {
    {.name = "Overwrite instead of accumulate",
     .title = "Overwrite",
     .does = "d = gives",
     .message = "Each contribution takes the place of the ones before it, which are lost.",
     .sign = "="},
    {.name = "No zero_grad between steps",
     .title = "No zero_grad",
     .does = "d += gives, never emptied",
     .message = "The gradients of the step before are still there, and the new ones are added.",
     .sign = "+"},
    {.name = "Sigmoid, then cross entropy, in float32",
     .title = "One after the other",
     .does = "dz = dp p (1 - p)",
     .message =
         "By the rules of both ops: where p has rounded to 0 or 1, 1 - p has no digits left.",
     .sign = "+"}};

static const gd_break kinds[TRACE_BREAKS] = {GD_BREAK_ACCUMULATION, GD_BREAK_ZERO_GRAD,
                                             GD_BREAK_PASS_THROUGH};

/* ---- where a break parts from the truth ---- */

const gd_tensor *trace_broken_sum(const trace_break *b, int64_t event)
{
    return gd_replay_after(b->replay, event);
}

/* Rounding is no difference. */
static bool differ(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) != isnan(b);
    return a != b && fabs(a - b) > 1e-4 * fmax(fabs(a), fabs(b));
}

static const gd_recorded_values *recorded_sum(const gd_recorded_event *e)
{
    return e->kind == GD_RECORDED_ADD ? &e->after : &e->values;
}

bool trace_parts(const gd_recording *recording, const trace_break *b, int64_t event,
                 int64_t in_line, int64_t element)
{
    const gd_tensor *broken = trace_broken_sum(b, event),
                    *truth = recorded_sum(&recording->events[event])->x;
    return broken != NULL && truth != NULL &&
           differ(gd_tensor_at(broken, element), gd_tensor_at(truth, in_line));
}

/* The first element of an event's sum that is shown and parts; -1: none does. */
static int64_t first_that_parts(const gd_recording *r, const trace_break *b, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    if (e->kind != GD_RECORDED_ADD)
        return -1;
    trace_window w = trace_window_of(&r->tensors[e->tensor], recorded_sum(e));
    for (int64_t i = 0; i < w.rows * w.columns; ++i) {
        int64_t row = i / w.columns, column = i % w.columns;
        if (trace_parts(r, b, event, row * w.at[0] + column, row * w.at[1] + column))
            return row * w.at[1] + column;
    }
    return -1;
}

int trace_find_breaks(const gd_recording *recording, trace_break breaks[TRACE_BREAKS])
{
    int n = 0;
    for (int i = 0; i < TRACE_BREAKS; ++i) {
        trace_break b = all[i];
        b.replay = gd_trace_replay(recording, &(gd_replay_options){.broken = kinds[i]});
        b.element = -1;
        for (int64_t k = 0; b.replay != NULL && b.element < 0 && k < recording->n_events; ++k) {
            b.first = k;
            b.element = first_that_parts(recording, &b, k);
        }
        if (b.element >= 0)
            breaks[n++] = b;
        else
            gd_replay_destroy(b.replay);
    }
    return n;
}

void trace_free_breaks(trace_break *breaks, int n)
{
    for (int i = 0; i < n; ++i)
        gd_replay_destroy(breaks[i].replay);
}
