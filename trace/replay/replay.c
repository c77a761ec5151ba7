/* Running a recording again: start at gd_trace_replay, at the end. */
#include "trace/replay/replay.h"

#include <string.h>

enum { GIB = 1 << 30 };

/* n pointers, all NULL; where there is no memory, or n is 0, NULL. */
static void *new_pointers(int64_t n)
{
    size_t size = (size_t)n * sizeof(void *);
    void *pointers = n > 0 ? gd_allocate(size) : NULL;
    return pointers != NULL ? memset(pointers, 0, size) : NULL;
}

static void free_pointers(void *pointers, int64_t n)
{
    gd_free(pointers, (size_t)n * sizeof(void *));
}

static bool check_budget(const gd_replay *r)
{
    if (r->bytes + gd_tape_bytes(r->tape) <= r->options.bytes)
        return true;
    gd_fail(GD_ERROR_MEMORY, "replay: it needs more than the %zu bytes that it may take",
            r->options.bytes);
    return false;
}

/* What happened in other steps than the one that is asked for matters as far as it changed
 * leaves. */
static bool run_event(gd_replay *r, int64_t i)
{
    const gd_recorded_event *e = &r->recording->events[i];
    bool is_asked = r->options.step == 0 || r->options.step == e->step;
    if (e->kind == GD_RECORDED_LEAF || e->kind == GD_RECORDED_UPDATE) {
        r->latest[e->tensor] = e;
        return !is_asked || gd__replay_leaf(r, e->tensor);
    }
    if (!is_asked)
        return true;
    switch (e->kind) {
    case GD_RECORDED_OP:
        return gd__replay_op(r, i) && check_budget(r);
    case GD_RECORDED_BACKWARD:
        return gd__replay_backward(r, i);
    case GD_RECORDED_NODE:
        return gd__replay_node(r, i);
    case GD_RECORDED_ADD:
        return gd__replay_add(r, i) && check_budget(r);
    default:
        return true;
    }
}

static bool run(gd_replay *r)
{
    for (int64_t i = 0; i < r->recording->n_events; ++i)
        if (!run_event(r, i))
            return false;
    return true;
}

static bool take_memory(gd_replay *r)
{
    const gd_recording *c = r->recording;
    r->tape = gd_tape_create();
    r->values = new_pointers(c->n_events);
    r->after = new_pointers(c->n_events);
    r->nodes = new_pointers(c->n_nodes);
    r->now = new_pointers(c->n_tensors);
    r->latest = new_pointers(c->n_tensors);
    r->sums = new_pointers(c->n_tensors);
    r->asked = new_pointers(c->n_tensors);
    bool has_tensors = r->now != NULL && r->latest != NULL && r->sums != NULL && r->asked != NULL;
    bool ok = r->tape != NULL && (c->n_events == 0 || (r->values != NULL && r->after != NULL)) &&
              (c->n_nodes == 0 || r->nodes != NULL) && (c->n_tensors == 0 || has_tensors);
    if (!ok)
        gd_fail(GD_ERROR_MEMORY, "replay: no memory");
    return ok;
}

gd_replay *gd_trace_replay(const gd_recording *recording, const gd_replay_options *options)
{
    gd_replay_options defaults = {.step = 0};
    options = options != NULL ? options : &defaults;
    if (recording == NULL || options->step < 0 || options->step > recording->steps) {
        gd_fail(GD_ERROR_ARGUMENT, "replay: there is no recording, or no such step in it");
        return NULL;
    }
    gd_replay *r = gd_allocate(sizeof *r);
    if (r == NULL) {
        gd_fail(GD_ERROR_MEMORY, "replay: no memory");
        return NULL;
    }
    *r = (gd_replay){.recording = recording,
                     .options = *options,
                     .owned = {.size = sizeof(gd_tensor *)},
                     .headers = {.size = sizeof(gd_tensor *)}};
    if (r->options.bytes == 0)
        r->options.bytes = GIB;
    if (take_memory(r) && run(r))
        return r;
    gd_replay_destroy(r);
    return NULL;
}

void gd_replay_destroy(gd_replay *r)
{
    if (r == NULL)
        return;
    const gd_recording *c = r->recording;
    gd_tape_destroy(r->tape);
    gd_tensor **owned = r->owned.items;
    for (int64_t i = 0; i < r->owned.count; ++i)
        gd_tensor_destroy(owned[i]);
    gd_tensor **headers = r->headers.items;
    for (int64_t i = 0; i < r->headers.count; ++i)
        gd_free(headers[i], sizeof *headers[i]);
    gd__array_free(&r->owned);
    gd__array_free(&r->headers);
    free_pointers(r->values, c->n_events);
    free_pointers(r->after, c->n_events);
    free_pointers(r->nodes, c->n_nodes);
    free_pointers(r->now, c->n_tensors);
    free_pointers(r->latest, c->n_tensors);
    free_pointers(r->sums, c->n_tensors);
    free_pointers(r->asked, c->n_tensors);
    gd_free(r, sizeof *r);
}

static bool has_event(const gd_replay *r, int64_t i)
{
    return r != NULL && i >= 0 && i < r->recording->n_events;
}

const gd_tensor *gd_replay_value(const gd_replay *replay, int64_t i)
{
    return has_event(replay, i) ? replay->values[i] : NULL;
}

const gd_tensor *gd_replay_after(const gd_replay *replay, int64_t i)
{
    return has_event(replay, i) ? replay->after[i] : NULL;
}
