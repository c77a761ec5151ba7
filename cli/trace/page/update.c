#include "cli/trace/page/update.h"
#include "cli/trace/graph/row.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* What an update started from. */
typedef struct change {
    const gd_recorded_event *update;
    int64_t old;      /* the event that wrote the values before; -1: not in the trace */
    int64_t gradient; /* the last that added to the gradient of the same training step; -1: none */
} change;

static change change_of(const trace_view *v, int64_t event)
{
    const gd_recorded_event *events = v->r->events;
    change c = {.update = &events[event], .old = event - 1};
    while (c.old >= 0 &&
           (events[c.old].tensor != c.update->tensor || events[c.old].values.x == NULL ||
            (events[c.old].kind != GD_RECORDED_LEAF && events[c.old].kind != GD_RECORDED_UPDATE)))
        --c.old;
    c.gradient = trace_added_at(v, c.update->tensor, event);
    if (c.gradient >= 0 && events[c.gradient].step != c.update->step)
        c.gradient = -1;
    return c;
}

static const gd_recorded_values *gradient_values(const gd_recorded_event *e)
{
    return trace_values(e, e->kind == GD_RECORDED_ADD ? TRACE_AFTER : TRACE_VALUES);
}

/* ---- the learning rate ---- */

typedef enum finding {
    UNKNOWN,  /* not all numbers are there, or none tells it */
    ONE_RATE, /* the change is the same multiple of the gradient for all elements */
    NO_RATE
} finding;

/* The shortest decimal number in an interval. */
static void shortest_between(double low, double high, char text[TRACE_NUMBER])
{
    for (int digits = 1; digits <= 17; ++digits) {
        snprintf(text, TRACE_NUMBER, "%.*g", digits, (low + high) / 2);
        double found = strtod(text, NULL);
        if (found >= low && found <= high)
            return;
    }
}

/* new = old - rate gradient, where both the product and the difference were rounded: each element
 * bounds the rate. */
static finding find_rate(const trace_view *v, const change *c, char text[TRACE_NUMBER])
{
    const gd_recorded_values *new = &c->update->values;
    text[0] = '\0';
    if (c->old < 0 || c->gradient < 0)
        return UNKNOWN;
    const gd_recorded_values *old = &v->r->events[c->old].values,
                             *gradient = gradient_values(&v->r->events[c->gradient]);
    if (new->x == NULL || gradient->x == NULL || !new->whole || !old->whole || !gradient->whole)
        return UNKNOWN;
    double unit = new->x->dtype == GD_F32 ? 0x1p-23 : 0x1p-52, low = -INFINITY, high = INFINITY;
    for (int64_t i = 0; i < gd_tensor_numel(new->x); ++i) {
        double from = gd_tensor_at(old->x, i), to = gd_tensor_at(new->x, i);
        double g = gd_tensor_at(gradient->x, i), moved = from - to;
        double off = unit * (fabs(from) + fabs(to) + fabs(moved));
        if (!isfinite(moved) || !isfinite(g))
            return UNKNOWN;
        if (g == 0 && fabs(moved) > off)
            return NO_RATE;
        if (g == 0)
            continue;
        low = fmax(low, fmin((moved - off) / g, (moved + off) / g));
        high = fmin(high, fmax((moved - off) / g, (moved + off) / g));
    }
    if (low > high)
        return NO_RATE;
    if (!isfinite(low) || !isfinite(high) || high - low > 0.01 * fabs(low + high))
        return UNKNOWN;
    shortest_between(low, high, text);
    return ONE_RATE;
}

/* ---- output ---- */

static bool put_change(FILE *file, const trace_view *v, int64_t event, bool is_first)
{
    const change c = change_of(v, event);
    const gd_recorded_event *e = c.update;
    char rate[TRACE_NUMBER], gradient[ROW_REF] = "";
    const gd_recorded_event *old = c.old >= 0 ? &v->r->events[c.old] : NULL;
    if (e->values.x == NULL || old == NULL || old->values.whole != e->values.whole)
        return false;
    find_rate(v, &c, rate);
    if (c.gradient >= 0) {
        const gd_recorded_event *g = &v->r->events[c.gradient];
        snprintf(gradient, sizeof gradient, "%" PRId64 ".%s", g->line,
                 trace_field_name(g, g->kind == GD_RECORDED_ADD ? TRACE_AFTER : TRACE_VALUES));
    }
    fprintf(file, "%s\"%" PRId64 "\":[\"%s\",\"%" PRId64 ".values\",\"%s\"", is_first ? "" : ",\n",
            e->line, rate, old->line, gradient);
    trace_window w = trace_window_of(&v->r->tensors[e->tensor], &e->values);
    for (int64_t i = 0; i < w.rows * w.columns; ++i) {
        int64_t at = i / w.columns * w.at[0] + i % w.columns;
        double moved = gd_tensor_at(e->values.x, at) - gd_tensor_at(old->values.x, at);
        char text[TRACE_NUMBER];
        snprintf(text, sizeof text, "%+.6g", moved);
        fprintf(file, ",\"%s\"", isnan(moved) ? "nan" : text);
    }
    fputs("]", file);
    return true;
}

void trace_put_updates(FILE *file, const trace_view *view)
{
    bool is_first = true;
    fputs("\"updates\":{", file);
    for (int64_t i = 0; i < view->r->n_events; ++i)
        if (view->r->events[i].kind == GD_RECORDED_UPDATE)
            is_first &= !put_change(file, view, i, is_first);
    fputs("},\n", file);
}

void trace_print_update(cli_bytes *text, const trace_view *view, int64_t event)
{
    const change c = change_of(view, event);
    const char *name = view->names[c.update->tensor];
    bool is_one = trace_count(view->r->tensors[c.update->tensor].ndim,
                              view->r->tensors[c.update->tensor].shape) == 1;
    char rate[TRACE_NUMBER];
    switch (find_rate(view, &c, rate)) {
    case ONE_RATE:
        cli_bytes_print(text, "Plain SGD with a learning rate of %s does this%s.", rate,
                        is_one ? "" : ", for every element");
        break;
    case NO_RATE:
        cli_bytes_print(text,
                        "The change is not the same multiple of the gradient for all elements: "
                        "this is not plain SGD.");
        break;
    default:
        cli_bytes_print(text, "The optimiser, or the program itself, wrote new values to %s.",
                        name);
    }
}
