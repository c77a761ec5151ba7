/* Replaying leaves and ops. */
#include "trace/replay/replay.h"

#include <string.h>

static bool no_memory(void)
{
    gd_fail(GD_ERROR_MEMORY, "replay: no memory");
    return false;
}

const char *gd__node_text(const gd_recording *recording, int64_t node, char buffer[GD__NODE_TEXT])
{
    const gd_recorded_node *n = &recording->nodes[node];
    if (n->file != NULL)
        snprintf(buffer, GD__NODE_TEXT, "node %lld (%s, %s:%d)", (long long)node, n->op_name,
                 n->file, n->line);
    else
        snprintf(buffer, GD__NODE_TEXT, "node %lld (%s)", (long long)node, n->op_name);
    return buffer;
}

/* ---- leaves ---- */

static bool fits_budget(const gd_replay *r, int64_t numel, gd_dtype dtype)
{
    size_t bytes = (size_t)numel * gd_dtype_size(dtype);
    if (r->bytes <= r->options.bytes && bytes <= r->options.bytes - r->bytes)
        return true;
    gd_fail(GD_ERROR_MEMORY, "replay: it needs more than the %zu bytes that it may take",
            r->options.bytes);
    return false;
}

/* New memory of the replay's. NULL after a message. */
static gd_tensor *new_tensor(gd_replay *r, gd_dtype dtype, int ndim, const int64_t *shape,
                             int64_t numel)
{
    if (!fits_budget(r, numel, dtype))
        return NULL;
    gd_tensor *x = gd_tensor_create(dtype, ndim, shape);
    gd_tensor **place = x != NULL ? gd__array_add(&r->owned) : NULL;
    if (place == NULL) {
        gd_tensor_destroy(x);
        no_memory();
        return NULL;
    }
    *place = x;
    r->bytes += (size_t)numel * gd_dtype_size(dtype);
    return x;
}

/* x, or its elements in double. Both are contiguous. */
static void copy_elements(gd_tensor *to, const gd_tensor *x)
{
    if (to->dtype == x->dtype) {
        memcpy(to->data, x->data, (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype));
        return;
    }
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        ((double *)to->data)[i] = (double)((const float *)x->data)[i];
}

gd_tensor *gd__replay_tensor(gd_replay *r, const gd_recorded_values *values, const char *what)
{
    const gd_tensor *x = values->x;
    if (x == NULL || !values->whole) {
        gd_fail(GD_ERROR_VALUE, "replay: %s was not written whole", what);
        return NULL;
    }
    gd_tensor *copy =
        new_tensor(r, gd__replay_dtype(r, x->dtype), x->ndim, x->shape, gd_tensor_numel(x));
    if (copy != NULL)
        copy_elements(copy, x);
    return copy;
}

/* A tensor of the user's, as far as ops see it, over memory that lies as the recorded one did. NULL
 * after a message. */
static gd_tensor *strided(gd_replay *r, const gd_recorded_tensor *like, const gd_tensor *x)
{
    int64_t low = 0, high = 0;
    for (int i = 0; i < like->ndim; ++i) {
        int64_t last = (like->shape[i] > 0 ? like->shape[i] - 1 : 0) * like->stride[i];
        low += last < 0 ? last : 0;
        high += last > 0 ? last : 0;
    }
    int64_t extent = high - low + 1;
    gd_tensor *memory = new_tensor(r, x->dtype, 1, &extent, extent);
    gd_tensor **place = memory != NULL ? gd__array_add(&r->headers) : NULL;
    gd_tensor *header = place != NULL ? gd_allocate(sizeof *header) : NULL;
    if (header == NULL) {
        if (memory != NULL)
            no_memory();
        return NULL;
    }
    *place = header;
    *header = (gd_tensor){
        .data = (char *)memory->data - low * (int64_t)gd_dtype_size(x->dtype),
        .dtype = x->dtype,
        .ndim = like->ndim,
    };
    memcpy(header->shape, like->shape, sizeof header->shape);
    memcpy(header->stride, like->stride, sizeof header->stride);
    return gd_tensor_copy(header, x) == GD_OK ? header : NULL;
}

/* Whether elements lie one behind another. Strides of sizes 1 mean nothing. */
static bool is_contiguous(const gd_recorded_tensor *x)
{
    int64_t size = 1;
    for (int i = x->ndim - 1; i >= 0; --i) {
        if (x->shape[i] != 1 && x->stride[i] != size)
            return false;
        size *= x->shape[i];
    }
    return true;
}

bool gd__replay_leaf(gd_replay *r, int64_t tensor)
{
    const gd_recorded_event *e = r->latest[tensor];
    const gd_recorded_tensor *recorded = &r->recording->tensors[tensor];
    char what[128];
    if (e == NULL) {
        gd_fail(GD_ERROR_VALUE, "replay: tensor %lld has no value yet", (long long)tensor);
        return false;
    }
    snprintf(what, sizeof what, "the leaf %s (tensor %lld)",
             recorded->name != NULL ? recorded->name : "without a name", (long long)tensor);
    gd_tensor *x = gd__replay_tensor(r, &e->values, what);
    if (x != NULL && !is_contiguous(recorded))
        x = strided(r, recorded, x);
    if (x == NULL)
        return false;
    x->requires_grad = recorded->wants_gradient;
    r->now[tensor] = x;
    r->values[e - r->recording->events] = x;
    return true;
}

/* ---- ops ---- */

/* The attributes with float64 for float32. Written to copy, of attributes_size bytes. */
static const void *in_float64(const gd_op *op, const void *attributes, char *copy)
{
    memcpy(copy, attributes, op->attributes_size);
    for (const gd_field *f = op->fields; f != NULL && f->name != NULL; ++f)
        if (f->kind == GD_FIELD_DTYPE && *(gd_dtype *)(void *)(copy + f->offset) == GD_F32)
            *(gd_dtype *)(void *)(copy + f->offset) = GD_F64;
    return copy;
}

/* Applies the op to operands [n_in] on the tape. NULL: refused, with the tape's error, or no
 * memory. */
gd_tensor *gd__replay_apply(gd_replay *r, gd_tape *tape, int64_t node, gd_tensor *const *operands)
{
    const gd_recorded_node *n = &r->recording->nodes[node];
    char *copy = NULL;
    const void *attributes = n->attributes;
    if (attributes != NULL && r->options.float64) {
        copy = gd_allocate(n->op->attributes_size);
        if (copy == NULL)
            return NULL;
        attributes = in_float64(n->op, attributes, copy);
    }
    bool before = gd_tape_set_recording(tape, n->recorded);
    gd_tensor *out = gd_apply(tape, n->op, operands, n->n_in, attributes);
    gd_tape_set_recording(tape, before);
    gd_free(copy, copy != NULL ? n->op->attributes_size : 0);
    return out;
}

/* What the op takes now. */
static bool find_operands(gd_replay *r, const gd_recorded_node *n, gd_tensor **operands)
{
    for (int i = 0; i < n->n_in; ++i) {
        int64_t id = n->in[i];
        if (id >= 0 && r->now[id] == NULL && !gd__replay_leaf(r, id))
            return false;
        operands[i] = id >= 0 ? r->now[id] : NULL;
    }
    return true;
}

static bool is_as_recorded(const gd_replay *r, const gd_recorded_tensor *x, const gd_tensor *out)
{
    bool same = out->dtype == gd__replay_dtype(r, x->dtype) && out->ndim == x->ndim;
    for (int i = 0; same && i < x->ndim; ++i)
        same = out->shape[i] == x->shape[i];
    return same;
}

/* In float64 a comparison may come out otherwise than it did: results without gradients, which are
 * choices, stay as they were. */
static void hold(gd_tensor *out, const gd_recorded_values *recorded)
{
    if (!gd_dtype_is_float(out->dtype) && recorded->whole && gd_tensor_is_contiguous(out))
        copy_elements(out, recorded->x);
}

bool gd__replay_op(gd_replay *r, int64_t event)
{
    const gd_recorded_event *e = &r->recording->events[event];
    const gd_recorded_node *n = &r->recording->nodes[e->node];
    char text[GD__NODE_TEXT];
    gd__node_text(r->recording, e->node, text);
    if (n->op == NULL || (n->op->attributes_size > 0 && n->attributes == NULL)) {
        gd_fail(GD_ERROR_VALUE, "replay: %s: nothing is known of this op%s", text,
                n->op != NULL ? "'s attributes" : "");
        return false;
    }
    size_t size = ((size_t)n->n_in + 1) * sizeof(gd_tensor *);
    gd_tensor **operands = gd_allocate(size), *out = NULL;
    if (operands == NULL)
        return no_memory();
    bool ok = find_operands(r, n, operands);
    if (ok)
        out = gd__replay_apply(r, r->tape, e->node, operands);
    gd_free(operands, size);
    if (ok && out == NULL) {
        gd_status status = gd_tape_status(r->tape);
        gd_fail(status != GD_OK ? status : GD_ERROR_MEMORY, "replay: %s: %s", text,
                gd_tape_message(r->tape));
    } else if (ok && !is_as_recorded(r, &r->recording->tensors[n->out], out)) {
        gd_fail(GD_ERROR_VALUE, "replay: %s gives another shape or dtype than recorded", text);
        out = NULL;
    }
    if (out == NULL)
        return false;
    if (r->options.float64)
        hold(out, &e->values);
    r->now[n->out] = out;
    r->values[event] = out;
    r->nodes[e->node] = gd_node_of(r->tape, out);
    return true;
}
