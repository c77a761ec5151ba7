/* Proofs of the gradients and values of a step: start at gd_trace_prove, at the end. */
#include "trace/derivative.h"

#include <math.h>
#include <string.h>

typedef struct prover {
    const gd_recording *c;
    int64_t step, elements;
    gd_replay *exact, *own;  /* in float64; in the trace's dtypes, made when first needed */
    gd__array proofs, roots; /* roots: BACKWARD events of the step, gd_grad's left out */
    int64_t *last;           /* [n_tensors] event of the last ADD in this backward; -1: none */
    int64_t *since;          /* [n_tensors] which of the roots found the leaf's gradient empty */
    const gd_recorded_event **first; /* [n_tensors] the first ADD since then */
    bool *passed;                    /* [n_tensors] a contribution went past it in this backward */
    double unit;                     /* half a unit in the last place, of the coarsest dtype */
    int64_t ops, longest;
} prover;

/* ---- numbers ---- */

static double element(const gd_tensor *x, int64_t i)
{
    int64_t at = 0;
    for (int d = x->ndim - 1; d >= 0; --d) {
        at += i % x->shape[d] * x->stride[d];
        i /= x->shape[d];
    }
    return x->dtype == GD_F32 ? (double)((const float *)x->data)[at]
                              : ((const double *)x->data)[at];
}

/* The largest magnitude of finite elements. */
static double largest(const gd_tensor *x)
{
    double most = 0;
    for (int64_t i = 0; x != NULL && gd_dtype_is_float(x->dtype) && i < gd_tensor_numel(x); ++i)
        most = isfinite(element(x, i)) ? fmax(most, fabs(element(x, i))) : most;
    return most;
}

static double along(const gd_tensor *x, const gd_tensor *direction)
{
    double sum = 0;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        sum += element(x, i) * element(direction, i);
    return sum;
}

/* Fills in how far what was recorded is from the number in float64. */
static void judge_rounding(const prover *p, double terms, gd_proof *proof)
{
    double off = fabs(proof->recorded - proof->rule);
    bool same = off == 0 || (isnan(proof->recorded) && isnan(proof->rule)) ||
                proof->recorded == proof->rule;
    terms = fmax(terms, fabs(proof->rule));
    proof->allowed_rounding = 2 * (double)(8 * p->ops + p->longest) * p->unit;
    proof->rounding = same ? 0 : off / terms;
    if (!same && !(proof->rounding <= proof->allowed_rounding) && proof->verdict == GD_RIGHT) {
        proof->verdict = GD_ROUNDED;
        proof->message = p->unit == 0x1p-24 ? "float32 lost this" : "float64 lost this";
    }
}

/* ---- a gradient ---- */

/* What one gradient's proofs share. */
typedef struct gradient {
    int64_t event, tensor;
    const gd_tensor *recorded, *rule;
    const gd_tensor *start; /* of an earlier step, which the recorded one was added to; or NULL */
    double terms;           /* the largest number in its sum */
    const char *why;        /* it cannot be checked; NULL: it can */
    gd__function f;
} gradient;

/* Whether rounding of the program's values to float64 alone moves the difference by so much that it
 * tells nothing. */
static bool is_noise(gd__function *f, const gd__derivative *d, double allowed)
{
    double exact = gd__function_value(f), most = 0;
    f->jitter = 0x1p-52;
    for (int k = 0; k < 2; ++k) {
        double shaken = gd__function_value(f);
        most = fmax(most, isnan(shaken) ? (double)INFINITY : fabs(shaken - exact));
    }
    f->jitter = 0;
    return most / d->step > allowed;
}

static void judge(gradient *g, const gd__derivative *d, gd_proof *proof)
{
    double low = fmin(d->left, d->right), high = fmax(d->left, d->right);
    proof->error = fabs(proof->rule - proof->difference);
    proof->allowed = 1e-6 * (1 + fabs(proof->difference));
    proof->at_kink = d->is_kink;
    bool right = proof->error <= proof->allowed;
    bool between =
        d->is_kink && proof->rule >= low - proof->allowed && proof->rule <= high + proof->allowed;
    if (isnan(proof->difference)) {
        proof->verdict = GD_UNCHECKED;
        proof->message = "the loss, or the loss nearby, is not a finite number";
    } else if (right || between) {
        proof->verdict = GD_RIGHT;
        proof->message = right ? NULL : "a kink: any number between both slopes is right";
    } else if (d->is_kink && proof->element < 0) {
        proof->verdict = GD_UNCHECKED;
        proof->message = "kinks of several elements lie here";
    } else if (is_noise(&g->f, d, proof->allowed)) {
        proof->verdict = GD_UNCHECKED;
        proof->message = "float64 rounds the loss too much to take differences of it";
    } else {
        proof->verdict = GD_WRONG;
        proof->message = "the rule is wrong";
    }
}

/* Adds the proof of one element, or of a direction. False: no memory. */
static bool prove_one(prover *p, gradient *g, int64_t i, const gd_tensor *direction)
{
    gd_proof *proof = gd__array_add(&p->proofs);
    if (proof == NULL)
        return false;
    *proof = (gd_proof){.event = g->event, .tensor = g->tensor, .element = i};
    double start = 0;
    if (g->start != NULL)
        start = direction != NULL ? along(g->start, direction) : element(g->start, i);
    proof->recorded = direction != NULL ? along(g->recorded, direction) : element(g->recorded, i);
    proof->rule = direction != NULL ? along(g->rule, direction) : element(g->rule, i);
    proof->difference = (double)NAN;
    proof->message = g->why;
    if (g->why == NULL) {
        gd__derivative d = gd__derivative_of(&g->f, i, direction);
        d.left += start;
        d.right += start;
        proof->difference = d.value + start;
        judge(g, &d, proof);
    }
    double n = direction != NULL ? sqrt((double)gd_tensor_numel(direction)) : 1;
    judge_rounding(p, n * g->terms, proof);
    return true;
}

/* Each |element| in [0.5, 1.5], so that no element's error is lost. NULL: no memory. */
static gd_tensor *random_direction(const gd_tensor *like)
{
    gd_rng rng = {.key = 20};
    gd_tensor *v = gd_tensor_create(GD_F64, like->ndim, like->shape);
    if (v == NULL || gd_tensor_uniform(v, &rng, -1, 1) != GD_OK)
        return v;
    double *values = v->data;
    for (int64_t i = 0; i < gd_tensor_numel(v); ++i)
        values[i] += values[i] < 0 ? -0.5 : 0.5;
    return v;
}

static bool prove_elements(prover *p, gradient *g)
{
    int64_t n = gd_tensor_numel(g->rule);
    if (n > p->elements) {
        gd_tensor *direction = random_direction(g->rule);
        bool ok = direction != NULL && prove_one(p, g, -1, direction);
        gd_tensor_destroy(direction);
        return ok;
    }
    for (int64_t i = 0; i < n; ++i)
        if (!prove_one(p, g, i, NULL))
            return false;
    return true;
}

/* ---- which gradients there are ---- */

/* What an event wrote: as recorded or, where that is a window, by the replay in the trace's own
 * dtypes. NULL: it cannot be replayed. */
static const gd_tensor *recorded_by(prover *p, int64_t event, const gd_recorded_values *values,
                                    bool is_after)
{
    if (values->whole)
        return values->x;
    if (p->own == NULL)
        p->own = gd_trace_replay(p->c, &(gd_replay_options){.step = p->step});
    return is_after ? gd_replay_after(p->own, event) : gd_replay_value(p->own, event);
}

/* The largest number in the sum that ends with this event. */
static double terms_of(const prover *p, int64_t event)
{
    const gd_recorded_event *e = &p->c->events[event];
    double most = largest(p->exact->after[event]);
    for (int64_t i = event; i >= 0 && p->c->events[i].step == p->step; --i)
        if (p->c->events[i].kind == GD_RECORDED_ADD && p->c->events[i].tensor == e->tensor)
            most = fmax(most, largest(p->exact->values[i]));
    return most;
}

/* Proves the gradient that event `event` has completed in a backward. False after a message. */
static bool prove_gradient(prover *p, int64_t event, const gd_recorded_event *backward)
{
    const gd_recorded_event *e = &p->c->events[event], **roots = p->roots.items;
    gradient g = {.event = event, .tensor = e->tensor, .terms = terms_of(p, event)};
    const gd_recorded_values *values = e->kind == GD_RECORDED_ADD ? &e->after : &e->values;
    int64_t since = p->since[e->tensor];
    bool is_own = backward->is_grad || p->c->tensors[e->tensor].node >= 0 || since < 0;
    g.rule = p->exact->after[event];
    g.recorded = recorded_by(p, event, values, true);
    if (g.recorded == NULL)
        g.recorded = g.rule;
    if (p->passed[e->tensor])
        g.why = "a part of this gradient goes past it, straight to what it was made of";
    if (!is_own && p->first[e->tensor]->before.x != NULL) {
        g.start = p->first[e->tensor]->before.x;
        if (!p->first[e->tensor]->before.whole)
            g.why = "it was added to a gradient that was not written whole";
    }
    const char *why = NULL;
    int n = is_own ? 1 : (int)(p->roots.count - since);
    bool ok =
        gd__function_begin(&g.f, p->exact, e->tensor, is_own ? &backward : roots + since, n, &why);
    g.why = g.why != NULL ? g.why : why;
    ok = ok && prove_elements(p, &g);
    gd__function_end(&g.f);
    return ok;
}

/* Proves what the backward that begins at `begin` has done before `end`. */
static bool prove_backward(prover *p, int64_t begin, int64_t end)
{
    const gd_recorded_event *backward = &p->c->events[begin];
    for (int64_t i = 0; i < p->c->n_tensors; ++i) {
        p->last[i] = -1;
        p->passed[i] = false;
    }
    const gd_recorded_event **root = backward->is_grad ? NULL : gd__array_add(&p->roots);
    if (root == NULL && !backward->is_grad)
        return false;
    if (root != NULL)
        *root = backward;
    p->last[backward->tensor] = begin;
    for (int64_t i = begin + 1; i < end; ++i) {
        const gd_recorded_event *e = &p->c->events[i];
        if (e->kind != GD_RECORDED_ADD)
            continue;
        bool is_first = p->last[e->tensor] < 0, is_new = e->before.x == NULL;
        if (!backward->is_grad && is_first && (is_new || p->since[e->tensor] < 0)) {
            p->since[e->tensor] = p->roots.count - 1;
            p->first[e->tensor] = e;
        }
        p->last[e->tensor] = i;
        if (e->way == GD_WAY_THROUGH)
            p->passed[p->c->nodes[e->node].in[0]] = true;
    }
    for (int64_t i = begin; i < end; ++i) {
        const gd_recorded_event *e = &p->c->events[i];
        bool is_last = e->tensor >= 0 && p->last[e->tensor] == i;
        if (is_last && !prove_gradient(p, i, backward))
            return false;
    }
    return true;
}

/* ---- values ---- */

/* How far the result of a call is from what it is in float64, where it is off the most. */
static bool prove_value(prover *p, int64_t event)
{
    const gd_recorded_event *e = &p->c->events[event];
    const gd_recorded_node *node = &p->c->nodes[e->node];
    const gd_tensor *exact = p->exact->values[event],
                    *recorded = recorded_by(p, event, &e->values, false);
    if (!gd_dtype_is_float(exact->dtype) || recorded == NULL || gd_tensor_numel(exact) == 0)
        return true;
    gd_proof proof = {.event = event, .tensor = e->tensor, .difference = (double)NAN};
    double terms = largest(exact), most = -1;
    for (int i = 0; i < node->n_in; ++i)
        if (node->in[i] >= 0)
            terms = fmax(terms, largest(p->exact->now[node->in[i]]));
    for (int64_t i = 0; i < gd_tensor_numel(exact); ++i) {
        gd_proof one = proof;
        one.element = i;
        one.recorded = element(recorded, i);
        one.rule = element(exact, i);
        one.verdict = GD_RIGHT;
        judge_rounding(p, terms, &one);
        double off = isnan(one.rounding) ? (double)INFINITY : one.rounding;
        if (off > most) {
            most = off;
            proof = one;
        }
    }
    gd_proof *new = gd__array_add(&p->proofs);
    if (new != NULL)
        *new = proof;
    return new != NULL;
}

/* ---- the step ---- */

/* Where the backward that begins at `begin` ends; -1: the trace ends within it, or it failed. */
static int64_t end_of(const prover *p, int64_t begin)
{
    int64_t i = begin + 1;
    for (; i < p->c->n_events; ++i) {
        const gd_recorded_event *e = &p->c->events[i];
        bool is_part = e->kind == GD_RECORDED_NODE || e->kind == GD_RECORDED_ADD ||
                       (e->kind == GD_RECORDED_OP && p->c->nodes[e->node].of_node >= 0);
        if (!is_part)
            return e->kind == GD_RECORDED_ERROR ? -1 : i;
    }
    bool is_cut = p->c->stopped != NULL || p->c->damage != NULL;
    return is_cut && p->c->events[begin].file == NULL ? -1 : i;
}

static bool prove_step(prover *p)
{
    for (int64_t i = 0; i < p->c->n_events; ++i) {
        const gd_recorded_event *e = &p->c->events[i];
        if (e->step != p->step)
            continue;
        bool is_backward = e->kind == GD_RECORDED_BACKWARD;
        int64_t end = is_backward ? end_of(p, i) : -1;
        if ((end >= 0 && !prove_backward(p, i, end)) ||
            (e->kind == GD_RECORDED_OP && p->c->nodes[e->node].of_node < 0 && !prove_value(p, i)))
            return false;
    }
    return true;
}

/* What rounding may add up to in this step. */
static void measure(prover *p)
{
    p->unit = 0x1p-53;
    p->longest = 1;
    for (int64_t i = 0; i < p->c->n_events; ++i) {
        const gd_recorded_event *e = &p->c->events[i];
        if (e->step != p->step || (e->kind != GD_RECORDED_OP && e->kind != GD_RECORDED_LEAF))
            continue;
        const gd_recorded_tensor *x = &p->c->tensors[e->tensor];
        p->ops += e->kind == GD_RECORDED_OP;
        p->unit = x->dtype == GD_F32 ? 0x1p-24 : p->unit;
        for (int k = 0; k < x->ndim; ++k)
            p->longest = x->shape[k] > p->longest ? x->shape[k] : p->longest;
    }
}

/* Proofs are given out with the size of their memory in front, which gd_free needs. */
typedef struct proof_block {
    size_t size;
    gd_proof proofs[];
} proof_block;

static gd_status give_out(const prover *p, gd_proof **proofs, int64_t *count)
{
    size_t bytes = (size_t)p->proofs.count * sizeof **proofs, size = sizeof(proof_block) + bytes;
    proof_block *block = gd_allocate(size);
    if (block == NULL)
        return gd_fail(GD_ERROR_MEMORY, "prove: no memory");
    block->size = size;
    if (bytes > 0)
        memcpy(block->proofs, p->proofs.items, bytes);
    *proofs = block->proofs;
    *count = p->proofs.count;
    return GD_OK;
}

void gd_proofs_destroy(gd_proof *proofs)
{
    proof_block *block = (proof_block *)(void *)((char *)proofs - offsetof(proof_block, proofs));
    if (proofs != NULL)
        gd_free(block, block->size);
}

gd_status gd_trace_prove(const gd_recording *recording, int64_t step, int64_t elements,
                         gd_proof **proofs, int64_t *count)
{
    if (recording == NULL || proofs == NULL || count == NULL || step < 1 || elements < 0)
        return gd_fail(GD_ERROR_ARGUMENT, "prove: a recording and a step from 1 on are needed");
    *proofs = NULL;
    *count = 0;
    prover p = {.c = recording,
                .step = step,
                .elements = elements > 0 ? elements : 64,
                .proofs = {.size = sizeof(gd_proof)},
                .roots = {.size = sizeof(gd_recorded_event *)}};
    p.exact = gd_trace_replay(recording, &(gd_replay_options){.step = step, .float64 = true});
    if (p.exact == NULL)
        return gd_message_status();
    int64_t n = recording->n_tensors + 1;
    p.last = gd_allocate((size_t)n * sizeof *p.last);
    p.since = gd_allocate((size_t)n * sizeof *p.since);
    p.first = gd_allocate((size_t)n * sizeof *p.first);
    p.passed = gd_allocate((size_t)n * sizeof *p.passed);
    gd_status status = GD_ERROR_MEMORY;
    measure(&p);
    if (p.last != NULL && p.since != NULL && p.first != NULL && p.passed != NULL) {
        for (int64_t i = 0; i < n; ++i)
            p.since[i] = -1;
        status = prove_step(&p) ? give_out(&p, proofs, count) : GD_ERROR_MEMORY;
    }
    if (status == GD_ERROR_MEMORY)
        gd_fail(status, "prove: no memory");
    gd_free(p.last, (size_t)n * sizeof *p.last);
    gd_free(p.since, (size_t)n * sizeof *p.since);
    gd_free(p.first, (size_t)n * sizeof *p.first);
    gd_free(p.passed, (size_t)n * sizeof *p.passed);
    gd__array_free(&p.proofs);
    gd__array_free(&p.roots);
    gd_replay_destroy(p.exact);
    gd_replay_destroy(p.own);
    return status;
}
