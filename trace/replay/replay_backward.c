/* A replayed backward: one loop over what the recorded one did, in which each contribution is made
 * by the op's own gradient rule. What is broken on purpose is broken here. */
#include "trace/replay/replay.h"

static bool fail_at(const gd_replay *r, int64_t node)
{
    char text[GD__NODE_TEXT];
    gd_status status = gd_tape_status(r->tape);
    gd_fail(status != GD_OK ? status : GD_ERROR_VALUE, "replay: the gradient of %s: %s",
            gd__node_text(r->recording, node, text),
            status != GD_OK ? gd_tape_message(r->tape) : "its rule does not give one of its shape");
    return false;
}

/* Where the gradient of a tensor is: a leaf's outlives gd_backward, a gd_grad's are its own. */
static const gd_tensor **sum_of(const gd_replay *r, int64_t tensor)
{
    return &(r->backward->is_grad ? r->asked : r->sums)[tensor];
}

bool gd__replay_backward(gd_replay *r, int64_t event)
{
    const gd_recorded_event *e = &r->recording->events[event];
    gd_tensor *seed = gd__replay_tensor(r, &e->values, "the gradient of the root");
    if (seed == NULL)
        return false;
    r->backward = e;
    *sum_of(r, e->tensor) = seed;
    r->values[event] = r->after[event] = seed;
    return true;
}

bool gd__replay_node(gd_replay *r, int64_t event)
{
    const gd_recorded_event *e = &r->recording->events[event];
    r->values[event] = *sum_of(r, e->tensor);
    return (r->nodes[e->node] != NULL && r->values[event] != NULL) || fail_at(r, e->node);
}

/* ---- what one operand is given ---- */

/* C has no const for what a struct points to; ops only read their operands. */
static gd_tensor *operand(const gd_tensor *x)
{
    return (gd_tensor *)(uintptr_t)x;
}

/* A contiguous tensor of the tape with x's shape; `from`: and its values. */
static gd_tensor *new_like(gd_tape *tape, const gd_tensor *x, const gd_tensor *from)
{
    return from != NULL ? gd_clone(tape, operand(from))
                        : gd_zeros(tape, x->dtype, x->ndim, x->shape);
}

/* The gradient, which may be NULL, summed down to x's shape and added to `before`; that is NULL
 * where nothing was there. NULL: it cannot be. */
static gd_tensor *add(gd_tape *tape, const gd_tensor *x, const gd_tensor *before,
                      const gd_tensor *gradient)
{
    gd_tensor *sum = gradient != NULL ? new_like(tape, x, before) : NULL;
    return sum != NULL && gd_add_gradient(sum, gradient, before != NULL) == GD_OK ? sum : NULL;
}

/* The gradient as the rule gives it, which may have a shape that the operand was broadcast to. NULL
 * where it fails. */
static gd_tensor *apply_rule(gd_replay *r, const gd_node *node, const gd_recorded_event *e,
                             gd_tensor *dy)
{
    if (e->way != GD_WAY_THROUGH)
        return node->op->grad(r->tape, node, dy, e->operand);
    if (node->through == NULL)
        return NULL;
    if (r->options.broken != GD_BREAK_PASS_THROUGH)
        return node->op->through->grad(r->tape, node, dy);
    gd_tensor *gradient = node->op->grad(r->tape, node, dy, 0);
    gd_tensor *between = add(r->tape, node->in[0], NULL, gradient);
    return between != NULL ? node->through->op->grad(r->tape, node->through, between, 0) : NULL;
}

/* Writes the gradient, or adds it, straight into dst, as the recorded backward did. False: the op
 * cannot in this case. */
static bool write_into(gd_replay *r, const gd_node *node, const gd_recorded_event *e,
                       const gd_tensor *dy, gd_tensor *dst, bool accumulate)
{
    const gd_op *op = node->op;
    bool through = e->way == GD_WAY_THROUGH;
    if (r->options.float64 || r->backward->create_graph || e->way == GD_WAY_RULE ||
        (through && r->options.broken == GD_BREAK_PASS_THROUGH))
        return false;
    if (through)
        return node->through != NULL && op->through->grad_into != NULL &&
               op->through->grad_into(r->tape, node, dy, dst, accumulate);
    return op->grad_into != NULL && op->grad_into(r->tape, node, dy, e->operand, dst, accumulate);
}

/* ---- what its sum becomes ---- */

/* The gradient of the destination before this contribution; *before NULL: it was empty, or has come
 * from a step that is not replayed and was not written whole. */
static bool find_before(gd_replay *r, const gd_recorded_event *e, const gd_tensor **before)
{
    const gd_tensor *sum = *sum_of(r, e->tensor);
    bool is_leaf = r->recording->tensors[e->tensor].node < 0;
    bool was_empty = e->before.x == NULL;
    if (r->options.broken == GD_BREAK_ZERO_GRAD && is_leaf && !r->backward->is_grad)
        was_empty = sum == NULL;
    *before = NULL;
    if (was_empty || r->options.broken == GD_BREAK_ACCUMULATION)
        return true;
    *before = sum;
    if (sum == NULL && e->before.whole)
        *before = gd__replay_tensor(r, &e->before, "the gradient before");
    return *before != NULL || !e->before.whole;
}

static bool has_type_of(const gd_tensor *x, const gd_tensor *like)
{
    bool same = x != NULL && x->dtype == like->dtype && x->ndim == like->ndim;
    for (int i = 0; same && i < x->ndim; ++i)
        same = x->shape[i] == like->shape[i];
    return same;
}

bool gd__replay_add(gd_replay *r, int64_t event)
{
    const gd_recorded_event *e = &r->recording->events[event];
    const gd_node *node = r->nodes[e->node];
    gd_tensor *dy = operand(*sum_of(r, r->recording->nodes[e->node].out)), *x = r->now[e->tensor];
    const gd_tensor *before;
    if (node == NULL || dy == NULL || x == NULL)
        return fail_at(r, e->node);
    if (!find_before(r, e, &before))
        return false;
    bool recording = gd_tape_set_recording(r->tape, false);
    bool is_recorded = r->backward->create_graph; /* then it was rounded before it was added */
    gd_tensor *gives = new_like(r->tape, x, NULL), *after = gives;
    bool direct = gives != NULL && write_into(r, node, e, dy, gives, false);
    if (direct && before != NULL) {
        after = new_like(r->tape, x, before);
        direct = after != NULL && write_into(r, node, e, dy, after, true);
    }
    if (!direct && gd_tape_status(r->tape) == GD_OK) {
        gd_tensor *gradient = apply_rule(r, node, e, dy);
        gives = add(r->tape, x, NULL, gradient);
        after = before == NULL ? gives : add(r->tape, x, before, is_recorded ? gives : gradient);
    }
    gd_tape_set_recording(r->tape, recording);
    if (gd_tape_status(r->tape) != GD_OK || !has_type_of(gives, x) || !has_type_of(after, x))
        return fail_at(r, e->node);
    r->values[event] = gives;
    r->after[event] = *sum_of(r, e->tensor) = after;
    return true;
}
