/* The formula of a recorded event, with its numbers. */
#include "trace/events.h"
#include "trace/formula/formula.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 80 };

typedef struct explanation {
    gd_explanation shown; /* first: a pointer to it is one to the whole */
    gd__string names, numbers;
    gd__array reads;
} explanation;

/* An event as a call of its op. */
typedef struct recorded_call {
    gd__call call;
    int64_t tensors[GD__SLOTS], events[GD__SLOTS];
    char names[GD__SLOTS][NAME];
} recorded_call;

/* ---- which event wrote what ---- */

/* The value that the tensor had at `event`. */
static int64_t value_event(const gd_recording *r, int64_t tensor, int64_t event)
{
    const gd_recorded_tensor *t = &r->tensors[tensor];
    if (t->node >= 0)
        return r->nodes[t->node].event;
    for (; event > t->event; --event) {
        const gd_recorded_event *e = &r->events[event];
        if (e->tensor == tensor && (e->kind == GD_RECORDED_LEAF || e->kind == GD_RECORDED_UPDATE))
            return event;
    }
    return t->event;
}

/* The gradient of the node's result that `event`, an ADD, has gone out from. -1: none. */
static int64_t gradient_event(const gd_recording *r, int64_t node, int64_t event)
{
    while (event >= 0 &&
           !(r->events[event].kind == GD_RECORDED_NODE && r->events[event].node == node))
        --event;
    return event;
}

static const gd_tensor *written(const gd_recording *r, const gd_replay *replay, int64_t event)
{
    return replay != NULL ? gd_replay_value(replay, event) : r->events[event].values.x;
}

/* ---- the call ---- */

static void set_slot(recorded_call *c, const gd_recording *r, const gd_replay *replay, int slot,
                     int64_t tensor, int64_t event)
{
    gd__numbers *n = &c->call.slots[slot];
    const gd_recorded_tensor *t = &r->tensors[tensor];
    gd_recording_name(r, tensor, c->names[slot], NAME);
    c->tensors[slot] = tensor;
    c->events[slot] = event;
    *n = (gd__numbers){.given = true,
                       .x = event >= 0 ? written(r, replay, event) : NULL,
                       .name = slot == GD__DY ? "dy" : c->names[slot],
                       .dtype = t->dtype,
                       .ndim = t->ndim};
    memcpy(n->shape, t->shape, sizeof n->shape);
}

static bool set_call(recorded_call *c, const gd_recording *r, const gd_replay *replay,
                     const gd_recorded_event *e)
{
    const gd_recorded_node *node = &r->nodes[e->node];
    const gd_recorded_node *maker = NULL;
    *c = (recorded_call){.call = {.op = node->op, .n_in = node->n_in}};
    c->call.attributes = node->attributes;
    if (node->op == NULL)
        return gd_fail(GD_ERROR_FORMAT, "%s is an op that is not known here", node->op_name) ==
               GD_OK;
    for (int i = 0; i < node->n_in && i < GD_OP_OPERANDS; ++i)
        if (node->in[i] >= 0)
            set_slot(c, r, replay, i, node->in[i], value_event(r, node->in[i], node->event));
    set_slot(c, r, replay, GD__Y, node->out, node->event);
    if (e->kind != GD_RECORDED_ADD)
        return true;
    set_slot(c, r, replay, GD__DY, node->out, gradient_event(r, e->node, e - r->events));
    if (e->way == GD_WAY_THROUGH && node->n_in > 0 && node->in[0] >= 0 &&
        r->tensors[node->in[0]].node >= 0)
        maker = &r->nodes[r->tensors[node->in[0]].node];
    if (maker != NULL)
        set_slot(c, r, replay, GD__X, maker->in[0], value_event(r, maker->in[0], maker->event));
    return true;
}

/* ---- what was read ---- */

static int compare_readings(const void *a, const void *b)
{
    const gd__reading *x = a, *y = b;
    return x->slot != y->slot         ? x->slot - y->slot
           : x->element != y->element ? (x->element > y->element) - (x->element < y->element)
                                      : 0;
}

/* The first slot that holds the same tensor: x * x reads one. */
static int first_slot(const recorded_call *c, int slot)
{
    for (int k = 0; slot != GD__DY && k < slot; ++k)
        if (k != GD__DY && c->call.slots[k].given && c->tensors[k] == c->tensors[slot])
            return k;
    return slot;
}

static bool keep_reads(explanation *x, const recorded_call *c, const gd__array *readings)
{
    gd__reading *list = readings->items;
    for (int64_t i = 0; i < readings->count; ++i)
        list[i].slot = first_slot(c, list[i].slot);
    if (readings->count > 0)
        qsort(readings->items, (size_t)readings->count, sizeof *list, compare_readings);
    for (int64_t i = 0; i < readings->count; ++i) {
        if (i > 0 && compare_readings(&list[i - 1], &list[i]) == 0) {
            gd_read *last = (gd_read *)x->reads.items + x->reads.count - 1;
            last->share = list[i].share > last->share ? list[i].share : last->share;
            continue;
        }
        gd_read *read = gd__array_add(&x->reads);
        if (read == NULL)
            return false;
        *read = (gd_read){.tensor = c->tensors[list[i].slot],
                          .is_gradient = list[i].slot == GD__DY,
                          .element = list[i].element,
                          .value = list[i].value,
                          .share = list[i].share,
                          .event = c->events[list[i].slot]};
    }
    return true;
}

/* ---- the whole ---- */

static bool explain_call(explanation *x, const recorded_call *c, gd__formula *f, int operand,
                         int64_t element)
{
    gd__evaluation e;
    if (!gd__formula_read(f, &c->call, operand))
        return false;
    gd__evaluation_begin(&e, f, element);
    e.watch = true;
    x->shown.value = (double)gd__evaluate(&e, f->root);
    gd__write_formula(&e, false, &x->names);
    gd__write_formula(&e, true, &x->numbers);
    bool whole = !e.failed;
    if (whole && (!keep_reads(x, c, &e.readings) || x->names.failed || x->numbers.failed))
        whole = gd_fail(GD_ERROR_MEMORY, "no memory for a formula") == GD_OK;
    gd__evaluation_end(&e);
    return whole;
}

static bool explain_start(explanation *x, const gd_recording *r, const gd_replay *replay,
                          int64_t event, int64_t element)
{
    char text[GD__SHORT];
    const gd_recorded_tensor *t = &r->tensors[r->events[event].tensor];
    gd__numbers n = {.x = written(r, replay, event), .ndim = t->ndim};
    memcpy(n.shape, t->shape, sizeof n.shape);
    if (!gd__known_element(&n, element, &x->shown.value))
        return gd_fail(GD_ERROR_VALUE, "element %" PRId64 " was not recorded", element) == GD_OK;
    gd__string_add(&x->names, "%s", gd__short_number(x->shown.value, text));
    gd__string_add(&x->numbers, "%s", text);
    return (!x->names.failed && !x->numbers.failed) ||
           gd_fail(GD_ERROR_MEMORY, "no memory for a formula") == GD_OK;
}

static bool explain_event(explanation *x, const gd_recording *r, const gd_replay *replay,
                          int64_t event, int64_t element)
{
    const gd_recorded_event *e = &r->events[event];
    recorded_call c;
    if (e->kind == GD_RECORDED_BACKWARD)
        return explain_start(x, r, replay, event, element);
    int operand = e->kind == GD_RECORDED_OP ? -1 : e->way == GD_WAY_THROUGH ? GD__X : e->operand;
    if (operand != GD__X && operand >= GD_OP_OPERANDS)
        return gd_fail(GD_ERROR_FORMAT, "%s has no formula of an element",
                       r->nodes[e->node].op_name) == GD_OK;
    gd__formula *f = gd_allocate(sizeof *f);
    bool whole = f != NULL ? set_call(&c, r, replay, e) && explain_call(x, &c, f, operand, element)
                           : gd_fail(GD_ERROR_MEMORY, "no memory for a formula") == GD_OK;
    gd_free(f, sizeof *f);
    return whole;
}

/* Whether the event has such an element to explain. */
static bool has_element(const gd_recording *r, int64_t event, int64_t element)
{
    if (event < 0 || event >= r->n_events)
        return false;
    const gd_recorded_event *e = &r->events[event];
    bool is_kind =
        e->kind == GD_RECORDED_OP || e->kind == GD_RECORDED_ADD || e->kind == GD_RECORDED_BACKWARD;
    int64_t numel = is_kind;
    for (int k = 0; is_kind && k < r->tensors[e->tensor].ndim; ++k)
        numel *= r->tensors[e->tensor].shape[k];
    return element >= 0 && element < numel;
}

gd_explanation *gd_recording_explain(const gd_recording *r, const gd_replay *replay, int64_t event,
                                     int64_t element)
{
    if (!has_element(r, event, element)) {
        gd_fail(GD_ERROR_ARGUMENT, "event %" PRId64 " has no element %" PRId64 " to explain", event,
                element);
        return NULL;
    }
    explanation *x = gd_allocate(sizeof *x);
    if (x == NULL) {
        gd_fail(GD_ERROR_MEMORY, "no memory for a formula");
        return NULL;
    }
    *x = (explanation){.reads = {.size = sizeof(gd_read)}};
    if (!explain_event(x, r, replay, event, element)) {
        gd_explanation_destroy(&x->shown);
        return NULL;
    }
    x->shown.names = x->names.text;
    x->shown.numbers = x->numbers.text;
    x->shown.reads = x->reads.items;
    x->shown.n_reads = x->reads.count;
    return &x->shown;
}

void gd_explanation_destroy(gd_explanation *shown)
{
    explanation *x = (explanation *)shown;
    if (x == NULL)
        return;
    gd__string_free(&x->names);
    gd__string_free(&x->numbers);
    gd__array_free(&x->reads);
    gd_free(x, sizeof *x);
}

/* ---- why ---- */

/* The tensor whose gradient the event is about; -1: none. */
static int64_t gradient_of(const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = event >= 0 && event < r->n_events ? &r->events[event] : NULL;
    if (e == NULL)
        return -1;
    if (e->kind == GD_RECORDED_NODE)
        return r->nodes[e->node].out;
    return e->kind == GD_RECORDED_ADD || e->kind == GD_RECORDED_BACKWARD ? e->tensor : -1;
}

/* Whether an event adds to the gradient of the tensor, of a gd_grad or of other backwards. */
static bool contributes(const gd_recording *r, int64_t event, int64_t tensor, bool of_grad)
{
    const gd_recorded_event *e = &r->events[event];
    bool adds = e->kind == GD_RECORDED_ADD || e->kind == GD_RECORDED_BACKWARD;
    return adds && e->tensor == tensor && gd__is_of_grad(r, event) == of_grad;
}

int64_t gd_recording_contributions(const gd_recording *r, int64_t event, int64_t *events,
                                   int64_t size)
{
    int64_t tensor = gradient_of(r, event), count = 0, first = event;
    bool begun = tensor < 0, of_grad = !begun && gd__is_of_grad(r, event);
    for (int64_t i = event; i >= 0 && !begun; --i) {
        if (!contributes(r, i, tensor, of_grad))
            continue;
        begun = r->events[i].kind == GD_RECORDED_BACKWARD || r->events[i].before.x == NULL;
        first = i;
        ++count;
    }
    for (int64_t i = first, k = 0; k < count && k < size; ++i)
        if (contributes(r, i, tensor, of_grad))
            events[k++] = i;
    return count;
}
