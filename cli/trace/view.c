#include "cli/trace/view.h"
#include "cli/system/memory.h"

#include <stdlib.h>

/* ---- steps ---- */

static bool is_step(const gd_recorded_event *e)
{
    return e->kind != GD_RECORDED_STEP;
}

static void find_steps(trace_view *v)
{
    const gd_recording *r = v->r;
    int64_t training = 0;
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        while (training < e->step && training < r->steps)
            v->from[training++] = v->n_steps;
        v->step_of[i] = -1;
        if (!is_step(e))
            continue;
        trace_step *last = v->n_steps > 0 ? &v->steps[v->n_steps - 1] : NULL;
        bool joins = last != NULL && last->last == i - 1 && e->kind == GD_RECORDED_LEAF &&
                     r->events[i - 1].kind == GD_RECORDED_LEAF;
        if (joins)
            last->last = i;
        else
            v->steps[v->n_steps++] = (trace_step){i, i};
        v->step_of[i] = v->n_steps - 1;
    }
    while (training <= r->steps)
        v->from[training++] = v->n_steps;
}

int64_t trace_training_step(const trace_view *view, int64_t step)
{
    int64_t training = view->r->steps - 1;
    while (training > 0 && view->from[training] > step)
        --training;
    return training;
}

/* ---- sums ---- */

static void add_to_sum(trace_view *v, int64_t event, int64_t *latest)
{
    const gd_recorded_event *e = &v->r->events[event];
    bool continues = e->kind == GD_RECORDED_ADD && e->before.x != NULL && latest[e->tensor] >= 0;
    if (!continues) {
        latest[e->tensor] = v->n_sums;
        v->sums[v->n_sums++] = (trace_sum){.tensor = e->tensor, .first = event, .last = -1};
    }
    trace_sum *sum = &v->sums[latest[e->tensor]];
    if (sum->last >= 0)
        v->next[sum->last] = event;
    sum->last = event;
    ++sum->count;
    v->sum_of[event] = latest[e->tensor];
}

/* Gradients of gd_grad are apart from the leaves' own, which last. */
static void find_sums(trace_view *v)
{
    const gd_recording *r = v->r;
    size_t n = (size_t)r->n_tensors;
    int64_t *kept = cli_malloc(n * sizeof *kept), *apart = cli_malloc(n * sizeof *apart);
    for (size_t i = 0; i < n; ++i)
        kept[i] = apart[i] = -1;
    bool is_grad = false;
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        v->sum_of[i] = v->next[i] = -1;
        if (e->kind == GD_RECORDED_BACKWARD)
            is_grad = e->is_grad;
        bool adds = e->kind == GD_RECORDED_BACKWARD || e->kind == GD_RECORDED_ADD;
        if (adds && e->tensor >= 0)
            add_to_sum(v, i, is_grad ? apart : kept);
    }
    free(kept);
    free(apart);
}

int64_t trace_place_in_sum(const trace_view *view, int64_t event)
{
    int64_t place = 0;
    for (int64_t i = view->sums[view->sum_of[event]].first; i != event; i = view->next[i])
        ++place;
    return place;
}

/* ---- the view ---- */

static char *name_of(const gd_recording *recording, int64_t tensor)
{
    size_t size = (size_t)gd_recording_name(recording, tensor, NULL, 0) + 1;
    char *name = cli_malloc(size);
    gd_recording_name(recording, tensor, name, size);
    return name;
}

static char *call_of(const gd_recording *recording, int64_t node)
{
    size_t size = (size_t)gd_recording_call_name(recording, node, NULL, 0) + 1;
    char *name = cli_malloc(size);
    gd_recording_call_name(recording, node, name, size);
    return name;
}

void trace_view_create(trace_view *view, const gd_recording *recording)
{
    size_t n = (size_t)recording->n_events;
    *view = (trace_view){.r = recording};
    view->steps = cli_malloc(n * sizeof *view->steps);
    view->step_of = cli_malloc(n * sizeof *view->step_of);
    view->from = cli_malloc(((size_t)recording->steps + 1) * sizeof *view->from);
    view->sums = cli_malloc(n * sizeof *view->sums);
    view->sum_of = cli_malloc(n * sizeof *view->sum_of);
    view->next = cli_malloc(n * sizeof *view->next);
    view->names = cli_malloc((size_t)recording->n_tensors * sizeof *view->names);
    for (int64_t i = 0; i < recording->n_tensors; ++i)
        view->names[i] = name_of(recording, i);
    view->calls = cli_malloc((size_t)recording->n_nodes * sizeof *view->calls);
    for (int64_t i = 0; i < recording->n_nodes; ++i)
        view->calls[i] = call_of(recording, i);
    find_steps(view);
    find_sums(view);
}

void trace_view_destroy(trace_view *view)
{
    free(view->steps);
    free(view->step_of);
    free(view->from);
    free(view->sums);
    free(view->sum_of);
    free(view->next);
    for (int64_t i = 0; i < view->r->n_tensors; ++i)
        free(view->names[i]);
    free(view->names);
    for (int64_t i = 0; i < view->r->n_nodes; ++i)
        free(view->calls[i]);
    free(view->calls);
}

/* ---- values ---- */

int64_t trace_added_at(const trace_view *view, int64_t tensor, int64_t event)
{
    while (event >= 0 && (view->sum_of[event] < 0 || view->r->events[event].tensor != tensor))
        --event;
    return event;
}

int64_t trace_sum_at(const trace_view *view, int64_t tensor, int64_t event)
{
    int64_t added = trace_added_at(view, tensor, event);
    return added >= 0 ? view->sum_of[added] : -1;
}

int64_t trace_first_nonfinite(const trace_view *view)
{
    for (int64_t i = 0; i < view->r->n_events; ++i)
        if (view->step_of[i] >= 0 && gd_recorded_nonfinite(&view->r->events[i]) >= 0)
            return i;
    return -1;
}

int64_t trace_value_at(const trace_view *view, int64_t tensor, int64_t step)
{
    int64_t found = -1;
    for (int64_t i = 0; i < view->r->n_events && i <= view->steps[step].last; ++i) {
        const gd_recorded_event *e = &view->r->events[i];
        bool writes = e->kind == GD_RECORDED_LEAF || e->kind == GD_RECORDED_OP ||
                      e->kind == GD_RECORDED_UPDATE;
        if (writes && e->tensor == tensor)
            found = i;
    }
    return found;
}
