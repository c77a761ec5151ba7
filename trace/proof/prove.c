/* Which gradients and values of a step there are to be proven: start at gd_trace_prove, at the
 * end. */
#include "trace/proof/proof.h"

#include <string.h>

/* What is known of the gradient of a tensor. */
typedef struct sum {
    int64_t last;   /* event of the last ADD in this backward; -1: none */
    bool is_passed; /* a contribution of this backward went past it */
    int64_t since;  /* of a leaf: which of the roots found it empty, or not yet looked at; -1 */
    const gd_recorded_event *first; /* the first ADD since then */
} sum;

typedef struct prover {
    const gd_recording *c;
    int64_t step;
    gd_replay *exact; /* in float64 */
    gd__proofs proofs;
    gd__array roots; /* BACKWARD events of the step, those of gd_grad left out */
    sum *sums;       /* [n_tensors] */
} prover;

/* ---- a backward ---- */

/* Proves the gradient that an event has completed. False: no memory. */
static bool prove_gradient(prover *p, int64_t event, const gd_recorded_event *backward)
{
    const gd_recorded_event *e = &p->c->events[event], **roots = p->roots.items;
    const sum *s = &p->sums[e->tensor];
    const char *why = NULL;
    /* A leaf's gradient is the sum of what all roots gave since it was empty. */
    bool has_roots = !backward->is_grad && p->c->tensors[e->tensor].node < 0 && s->since >= 0;
    gd__gradient g = {.event = event, .tensor = e->tensor, .rule = p->exact->after[event]};
    g.recorded = gd__rounding_recorded(&p->proofs.rounding, event, e->kind == GD_RECORDED_ADD);
    g.recorded = g.recorded != NULL ? g.recorded : g.rule;
    if (s->is_passed)
        g.why = "a part of this gradient goes past it, straight to what it was made of";
    if (has_roots && s->first->before.x != NULL) {
        g.start = s->first->before.x;
        if (!s->first->before.whole)
            g.why = "it was added to a gradient that was not written whole";
    }
    bool ok = has_roots ? gd__function_begin(&g.f, p->exact, e->tensor, roots + s->since,
                                             (int)(p->roots.count - s->since), &why)
                        : gd__function_begin(&g.f, p->exact, e->tensor, &backward, 1, &why);
    g.why = g.why != NULL ? g.why : why;
    ok = ok && gd__prove_gradient(&p->proofs, &g);
    gd__function_end(&g.f);
    return ok;
}

static void take_add(prover *p, int64_t event, bool is_grad)
{
    const gd_recorded_event *e = &p->c->events[event];
    sum *s = &p->sums[e->tensor];
    bool is_first = s->last < 0;
    s->last = event;
    if (!is_grad && is_first && (e->before.x == NULL || s->since < 0)) {
        s->since = p->roots.count - 1;
        s->first = e;
    }
    if (e->way == GD_WAY_THROUGH)
        p->sums[p->c->nodes[e->node].in[0]].is_passed = true;
}

/* Proves what the backward that begins at `begin` has done before `end`. */
static bool prove_backward(prover *p, int64_t begin, int64_t end)
{
    const gd_recorded_event *backward = &p->c->events[begin], **root;
    for (int64_t i = 0; i < p->c->n_tensors; ++i) {
        p->sums[i].last = -1;
        p->sums[i].is_passed = false;
    }
    if (!backward->is_grad) {
        if ((root = gd__array_add(&p->roots)) == NULL)
            return false;
        *root = backward;
    }
    p->sums[backward->tensor].last = begin;
    for (int64_t i = begin; i < end; ++i) {
        gd__rounding_event(&p->proofs.rounding, i);
        if (p->c->events[i].kind == GD_RECORDED_ADD)
            take_add(p, i, backward->is_grad);
    }
    for (int64_t i = begin; i < end; ++i) {
        int64_t tensor = p->c->events[i].tensor;
        if (p->c->events[i].kind == GD_RECORDED_OP && !gd__prove_value(&p->proofs, i))
            return false;
        if (tensor >= 0 && p->sums[tensor].last == i && !prove_gradient(p, i, backward))
            return false;
    }
    return true;
}

/* ---- the step ---- */

/* Whether a backward itself does this. */
static bool is_part(const gd_recording *c, int64_t event)
{
    const gd_recorded_event *e = &c->events[event];
    return e->kind == GD_RECORDED_NODE || e->kind == GD_RECORDED_ADD ||
           (e->kind == GD_RECORDED_OP && c->nodes[e->node].of_node >= 0);
}

/* The event behind the backward that begins at `begin`. *is_complete: the trace does not end within
 * it, and it did not fail. */
static int64_t end_of(const prover *p, int64_t begin, bool *is_complete)
{
    const gd_recording *c = p->c;
    int64_t end = begin + 1, i = end;
    bool has_place = c->events[begin].file != NULL; /* it has returned, and not failed */
    for (; i < c->n_events && (is_part(c, i) || c->events[i].kind == GD_RECORDED_LEAF); ++i)
        if (is_part(c, i)) /* a leaf is, where a rule's op reads it and comes behind */
            end = i + 1;
    *is_complete = has_place || (i < c->n_events ? c->events[end].kind != GD_RECORDED_ERROR
                                                 : c->stopped == NULL && c->damage == NULL);
    return end;
}

static bool prove_step(prover *p)
{
    for (int64_t i = 0, end; i < p->c->n_events; i = end) {
        const gd_recorded_event *e = &p->c->events[i];
        bool is_complete = false;
        end = e->kind == GD_RECORDED_BACKWARD ? end_of(p, i, &is_complete) : i + 1;
        if (e->step != p->step)
            continue;
        if (is_complete && !prove_backward(p, i, end))
            return false;
        if (e->kind != GD_RECORDED_OP)
            continue;
        gd__rounding_event(&p->proofs.rounding, i);
        if (!gd__prove_value(&p->proofs, i))
            return false;
    }
    return true;
}

/* ---- what is given out ---- */

/* Proofs, behind the size of their memory, which gd_free needs. */
typedef struct block {
    size_t size;
    gd_proof proofs[];
} block;

static bool give_out(const gd__array *list, gd_proof **proofs, int64_t *count)
{
    size_t bytes = (size_t)list->count * sizeof **proofs;
    block *b = gd_allocate(sizeof *b + bytes);
    if (b == NULL)
        return false;
    b->size = sizeof *b + bytes;
    if (bytes > 0)
        memcpy(b->proofs, list->items, bytes);
    *proofs = b->proofs;
    *count = list->count;
    return true;
}

void gd_proofs_destroy(gd_proof *proofs)
{
    if (proofs == NULL)
        return;
    block *b = (block *)(void *)((char *)proofs - offsetof(block, proofs));
    gd_free(b, b->size);
}

gd_status gd_trace_prove(const gd_recording *recording, int64_t step, int64_t elements,
                         gd_proof **proofs, int64_t *count)
{
    if (recording == NULL || proofs == NULL || count == NULL || step < 1 || elements < 0)
        return gd_fail(GD_ERROR_ARGUMENT, "prove: a recording and a step from 1 on are needed");
    *proofs = NULL;
    *count = 0;
    prover p = {
        .c = recording,
        .step = step,
        .proofs = {.list = {.size = sizeof(gd_proof)}, .elements = elements > 0 ? elements : 64},
        .roots = {.size = sizeof(gd_recorded_event *)}};
    p.exact = gd_trace_replay(recording, &(gd_replay_options){.step = step, .float64 = true});
    if (p.exact == NULL)
        return gd_message_status();
    size_t size = (size_t)(recording->n_tensors + 1) * sizeof *p.sums;
    p.sums = gd_allocate(size);
    for (int64_t i = 0; p.sums != NULL && i < recording->n_tensors; ++i)
        p.sums[i] = (sum){.since = -1};
    bool ok = gd__rounding_begin(&p.proofs.rounding, p.exact) && p.sums != NULL && prove_step(&p) &&
              give_out(&p.proofs.list, proofs, count);
    gd_status status = ok ? GD_OK : gd_fail(GD_ERROR_MEMORY, "prove: no memory");
    gd_free(p.sums, size);
    gd__rounding_end(&p.proofs.rounding);
    gd__array_free(&p.proofs.list);
    gd__array_free(&p.roots);
    gd_replay_destroy(p.exact);
    return status;
}
