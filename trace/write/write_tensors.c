/* Which tensors a trace has written, and lines of leaves. */
#include "trace/write/writer.h"

#include <string.h>

/* ---- the table ---- */

static size_t slot_of(const gd_trace *t, const gd_tensor *x)
{
    size_t mask = t->n_slots - 1, k = ((uintptr_t)x >> 4) * 0x9e3779b97f4a7c15u >> 20;
    for (k &= mask; t->slots[k] != 0 && gd__written_at(t, t->slots[k] - 1)->x != x;)
        k = (k + 1) & mask;
    return k;
}

static gd__written *find(const gd_trace *t, const gd_tensor *x)
{
    int64_t i = t->n_slots > 0 ? t->slots[slot_of(t, x)] : 0;
    return i > 0 ? gd__written_at(t, i - 1) : NULL;
}

/* Enters all tensors. */
static void fill_slots(gd_trace *t)
{
    memset(t->slots, 0, t->n_slots * sizeof *t->slots);
    for (int64_t i = 0; i < t->written.count; ++i)
        t->slots[slot_of(t, gd__written_at(t, i)->x)] = i + 1;
}

/* Slots of which at most half will be taken. false: no memory. */
static bool make_slots(gd_trace *t)
{
    if (2 * (size_t)t->written.count + 2 <= t->n_slots)
        return true;
    size_t n = t->n_slots > 0 ? 2 * t->n_slots : 256;
    int64_t *slots = gd_allocate(n * sizeof *slots);
    if (slots == NULL) {
        gd__trace_fail_memory(t);
        return false;
    }
    gd_free(t->slots, t->n_slots * sizeof *slots);
    t->slots = slots;
    t->n_slots = n;
    fill_slots(t);
    return true;
}

/* A new entry for x, in the place of one that has its address. NULL: no memory. */
static gd__written *add(gd_trace *t, const gd_tensor *x)
{
    gd__written *w = find(t, x);
    if (w != NULL) {
        gd__trace_free_text(w->name);
        *w = (gd__written){.x = x, .id = -1};
        return w;
    }
    if (!make_slots(t) || (w = gd__trace_add(t, &t->written)) == NULL)
        return NULL;
    *w = (gd__written){.x = x, .id = -1};
    t->slots[slot_of(t, x)] = t->written.count;
    return w;
}

void gd__trace_forget_step(gd_trace *t)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < t->written.count; ++i) {
        if (gd__written_at(t, i)->is_tapes)
            gd__trace_free_text(gd__written_at(t, i)->name);
        else
            *gd__written_at(t, kept++) = *gd__written_at(t, i);
    }
    t->written.count = kept;
    if (t->n_slots > 0)
        fill_slots(t);
}

void gd__trace_free_tensors(gd_trace *t)
{
    for (int64_t i = 0; i < t->written.count; ++i)
        gd__trace_free_text(gd__written_at(t, i)->name);
    gd__array_free(&t->written);
    gd_free(t->slots, t->n_slots * sizeof *t->slots);
}

bool gd__trace_watch_tensor(gd_trace *t, const gd_tensor *x, const char *name)
{
    gd__written *w = find(t, x);
    if (w == NULL)
        w = add(t, x);
    if (w == NULL)
        return false;
    w->is_leaf = w->is_watched = true;
    gd__trace_free_text(w->name);
    w->name = gd__trace_copy(t, name, strlen(name));
    return w->name != NULL;
}

/* ---- lines ---- */

/* A leaf's name comes later, from the text of its call. */
static void leave_gap(gd_trace *t, const gd__written *w, const gd_op *op, int operand)
{
    gd__gap *gap = gd__trace_add(t, &t->gaps);
    if (gap != NULL)
        *gap = (gd__gap){t->pending.length, w - gd__written_at(t, 0), op, operand};
}

static void put_leaf(gd_trace *t, const gd__written *w, const gd_op *op, int operand)
{
    gd__string *out = &t->pending;
    const gd_tensor *x = w->x;
    gd__out_text(out, "{\"e\":\"leaf\",\"id\":");
    gd__out_integer(out, w->id);
    if (w->name != NULL)
        gd__out_member(out, "name", w->name);
    else if (op != NULL)
        leave_gap(t, w, op, operand);
    gd__out_member(out, "dtype", gd_dtype_name(x->dtype));
    gd__out_text(out, ",\"shape\":");
    gd__out_list(out, x->ndim, x->shape);
    if (!gd_tensor_is_contiguous(x)) {
        gd__out_text(out, ",\"stride\":");
        gd__out_list(out, x->ndim, x->stride);
    }
    gd__write_values(out, "values", x, t->options.full_leaf);
    gd__out_text(out, x->requires_grad ? ",\"wants\":true}\n" : ",\"wants\":false}\n");
}

static void put_update(gd_trace *t, const gd__written *w)
{
    gd__string *out = &t->pending;
    gd__out_text(out, "{\"e\":\"update\",\"id\":");
    gd__out_integer(out, w->id);
    gd__write_values(out, "values", w->x, t->options.full_leaf);
    gd__out_text(out, "}\n");
}

static bool is_same_type(const gd__written *w, const gd_tensor *x)
{
    return w->dtype == x->dtype && w->ndim == x->ndim &&
           memcmp(w->shape, x->shape, (size_t)x->ndim * sizeof *x->shape) == 0;
}

/* Whether the strides and the wish for a gradient are those that were written. */
static bool is_same_view(const gd__written *w, const gd_tensor *x)
{
    return w->wants_gradient == x->requires_grad &&
           memcmp(w->stride, x->stride, (size_t)x->ndim * sizeof *x->stride) == 0;
}

/* Writes down what the leaf is now. */
static void remember(gd__written *w, gd__hash hash)
{
    const gd_tensor *x = w->x;
    w->is_leaf = true;
    w->is_tapes = x->tape != NULL;
    w->wants_gradient = x->requires_grad;
    w->dtype = x->dtype;
    w->ndim = x->ndim;
    memcpy(w->shape, x->shape, (size_t)x->ndim * sizeof *x->shape);
    memcpy(w->stride, x->stride, (size_t)x->ndim * sizeof *x->stride);
    w->hash = hash;
}

/* The line of a leaf that is new, or is not what was written. */
static void tell_leaf(gd_trace *t, gd__written *w, const gd_op *op, int operand)
{
    gd__hash hash = gd__hash_of(w->x);
    bool is_known = w->id >= 0 && is_same_type(w, w->x),
         is_view = is_known && is_same_view(w, w->x);
    if (is_view && memcmp(&hash, &w->hash, sizeof hash) == 0)
        return;
    if (w->id >= 0 && !is_known && !w->is_watched) { /* another tensor at its address */
        gd__trace_free_text(w->name);
        w->name = NULL;
    }
    w->id = is_known ? w->id : t->tensors++;
    remember(w, hash);
    if (is_view && w->is_watched)
        put_update(t, w);
    else
        put_leaf(t, w, op, operand);
}

/* Whether gd_name has given the tensor a name, or another one. */
static bool take_name(gd_trace *t, gd__written *w)
{
    const char *name = gd_tape_name(t->tape, w->x);
    if (name == NULL || (w->name != NULL && strcmp(w->name, name) == 0))
        return false;
    gd__trace_free_text(w->name);
    w->name = gd__trace_copy(t, name, strlen(name));
    return w->name != NULL;
}

/* The line of a name that came after the tensor's own. */
static void tell_name(gd_trace *t, gd__written *w)
{
    if (!take_name(t, w))
        return;
    gd__out_text(&t->pending, "{\"e\":\"name\",\"id\":");
    gd__out_integer(&t->pending, w->id);
    gd__out_member(&t->pending, "name", w->name);
    gd__out_text(&t->pending, "}\n");
}

void gd__trace_tensor(gd_trace *t, const gd_tensor *x, const gd_op *op, int operand)
{
    gd__written *w = find(t, x);
    if (w == NULL)
        w = add(t, x);
    if (w == NULL)
        return;
    bool is_new = w->id < 0;
    if (is_new)
        take_name(t, w);
    if (is_new || w->is_leaf)
        tell_leaf(t, w, op, operand);
    if (!is_new)
        tell_name(t, w);
}

int64_t gd__trace_id(const gd_trace *t, const gd_tensor *x)
{
    const gd__written *w = find(t, x);
    return w != NULL ? w->id : -1;
}

int64_t gd__trace_result(gd_trace *t, const gd_tensor *x)
{
    gd__written *w = add(t, x);
    if (w == NULL)
        return -1;
    w->id = t->tensors++;
    w->is_tapes = true;
    return w->id;
}

void gd__trace_updates(gd_trace *t)
{
    for (int64_t i = 0; i < t->written.count; ++i)
        if (gd__written_at(t, i)->is_watched && gd__written_at(t, i)->id >= 0)
            tell_leaf(t, gd__written_at(t, i), NULL, 0);
}

void gd__trace_names(gd_trace *t)
{
    for (int64_t i = 0; i < t->written.count; ++i)
        if (!gd__written_at(t, i)->is_leaf)
            tell_name(t, gd__written_at(t, i));
}
