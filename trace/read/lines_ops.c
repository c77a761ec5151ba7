/* Lines of tensors, ops and places. */
#include "trace/read/line.h"

#include <limits.h>
#include <string.h>

/* ---- tensors ---- */

/* Whether sizes, and how far apart strides put the elements, are numbers of bytes. */
static bool is_possible(const gd_recorded_tensor *x)
{
    int64_t most = PTRDIFF_MAX / 8, sizes = 1, extent = 1, product, sum;
    for (int i = 0; i < x->ndim; ++i) {
        if (x->stride[i] == INT64_MIN)
            return false;
        int64_t last = x->shape[i] > 0 ? x->shape[i] - 1 : 0;
        int64_t step = x->stride[i] < 0 ? -x->stride[i] : x->stride[i];
        if (__builtin_mul_overflow(sizes, x->shape[i] > 0 ? x->shape[i] : 1, &sizes) ||
            sizes > most || __builtin_mul_overflow(last, step, &product) ||
            __builtin_add_overflow(extent, product, &sum) || sum > most)
            return false;
        extent = sum;
    }
    return true;
}

/* Reads dtype, shape and, where a line may have them, strides. */
static bool read_type(gd__line *line, bool is_leaf, gd_recorded_tensor *x)
{
    int n = 0;
    x->dtype = GD_F32;
    if (!gd__line_dtype(line, !is_leaf, &x->dtype) ||
        !gd__line_list(line, "shape", GD_MAX_DIMS, 0, INT64_MAX, x->shape, &x->ndim))
        return false;
    for (int64_t i = x->ndim - 1, size = 1; i >= 0; --i) {
        x->stride[i] = size;
        if (__builtin_mul_overflow(size, x->shape[i] > 0 ? x->shape[i] : 1, &size))
            return gd__line_refuse(line, "no tensor can have this shape");
    }
    if (is_leaf && gd_json_get(line->json, "stride") != NULL &&
        (!gd__line_list(line, "stride", GD_MAX_DIMS, INT64_MIN, INT64_MAX, x->stride, &n) ||
         n != x->ndim))
        return gd__line_refuse(line, "\"stride\" does not fit the shape");
    return is_possible(x) || gd__line_refuse(line, "no tensor can have this shape and stride");
}

static bool has_type_of(const gd_recorded_tensor *a, const gd_recorded_tensor *b)
{
    return a->dtype == b->dtype && a->ndim == b->ndim &&
           memcmp(a->shape, b->shape, sizeof a->shape) == 0;
}

static bool is_alive(const gd__recording *r, int64_t id)
{
    const gd_recorded_tensor *x = gd__tensor_at(r, id);
    return x->node < 0 || (gd__event_at(r, x->event)->step == r->step && !gd__is_gone(r, x->node));
}

bool gd__line_can_use(gd__line *line, int64_t id)
{
    return is_alive(line->r, id) ||
           gd__line_refuse(line, "tensor %lld is gone: its step is over or was released",
                           (long long)id);
}

bool gd__line_leaf(gd__line *line)
{
    gd__recording *r = line->r;
    int64_t id;
    gd_recorded_tensor x = {.node = -1, .event = r->events.count};
    if (!gd__line_integer(line, "id", 0, r->tensors.count, &id) ||
        !gd__line_text(line, "name", true, &x.name) || !read_type(line, true, &x) ||
        !gd__line_boolean(line, "wants", false, &x.wants_gradient))
        return false;
    if (x.wants_gradient && !gd_dtype_is_float(x.dtype))
        return gd__line_refuse(line, "a tensor of %s has no gradient", gd_dtype_name(x.dtype));
    if (id == r->tensors.count) {
        gd_recorded_tensor *new = gd__array_add(&r->tensors);
        if (new == NULL)
            return gd__line_no_memory(line);
        *new = x;
    } else if (gd__tensor_at(r, id)->node >= 0 || !has_type_of(gd__tensor_at(r, id), &x)) {
        return gd__line_refuse(line, "tensor %lld is another one", (long long)id);
    }
    gd_recorded_tensor *known = gd__tensor_at(r, id);
    memcpy(known->stride, x.stride, sizeof x.stride);
    known->wants_gradient = x.wants_gradient;
    known->name = known->name != NULL ? known->name : x.name;
    gd_recorded_event *e = gd__line_event(line, GD_RECORDED_LEAF);
    if (e == NULL)
        return false;
    e->tensor = id;
    return gd__line_values(line, "values", known, false, &e->values);
}

bool gd__line_update(gd__line *line)
{
    gd__recording *r = line->r;
    int64_t id;
    if (!gd__line_integer(line, "id", 0, r->tensors.count - 1, &id))
        return false;
    if (gd__tensor_at(r, id)->node >= 0)
        return gd__line_refuse(line, "tensor %lld is no leaf", (long long)id);
    gd_recorded_event *e = gd__line_event(line, GD_RECORDED_UPDATE);
    if (e == NULL)
        return false;
    e->tensor = id;
    return gd__line_values(line, "values", gd__tensor_at(r, id), false, &e->values);
}

/* A name that a tensor was given after the line that wrote it. */
bool gd__line_name(gd__line *line)
{
    int64_t id;
    return gd__line_integer(line, "id", 0, line->r->tensors.count - 1, &id) &&
           gd__line_text(line, "name", false, &gd__tensor_at(line->r, id)->name);
}

/* ---- ops ---- */

static const gd_op *find_op(const gd__recording *r, const char *name)
{
    const gd_trace_read_options *own = r->options;
    for (int i = 0; own != NULL && i < own->n_ops; ++i)
        if (strcmp(own->ops[i]->name, name) == 0)
            return own->ops[i];
    const gd_op *op = gd_op_find(name);
    return op != NULL ? op : gd_loss_op_find(name);
}

/* Operands are there, of this step, and as many as the op takes, if it is known. */
static bool check_operands(gd__line *line, const gd_recorded_node *node)
{
    const gd_op *op = node->op;
    for (int i = 0; i < node->n_in; ++i) {
        bool may_be_missing =
            op == NULL || (i >= op->least_operands && op->most_operands != INT_MAX);
        if (node->in[i] < 0 && !may_be_missing)
            return gd__line_refuse(line, "%s needs operand %d", node->op_name, i);
        if (node->in[i] >= 0 && !gd__line_can_use(line, node->in[i]))
            return false;
    }
    return op == NULL || (node->n_in >= op->least_operands && node->n_in <= op->most_operands) ||
           gd__line_refuse(line, "%s has %d to %d operands, not %d", node->op_name,
                           op->least_operands, op->most_operands, node->n_in);
}

/* In a recorded backward: whose rule applied the op. */
static bool read_rule(gd__line *line, gd_recorded_node *node)
{
    gd__recording *r = line->r;
    const gd_json *of = gd__line_take(line, "of");
    node->of_node = -1;
    if (of == NULL)
        return true;
    gd__line inner = {.r = r, .json = of, .number = line->number};
    int64_t operand;
    if (!gd__line_integer(&inner, "node", 0, r->nodes.count - 1, &node->of_node) ||
        !gd__line_integer(&inner, "operand", 0, gd__node_at(r, node->of_node)->n_in - 1,
                          &operand) ||
        !gd__line_is_whole(&inner))
        return false;
    if (r->backward < 0 || r->node != node->of_node)
        return gd__line_refuse(line, "backward is not at node %lld", (long long)node->of_node);
    const gd_recorded_node *maker = gd__node_at(r, node->of_node);
    node->of_operand = (int)operand;
    node->file = maker->file;
    node->line = maker->line;
    node->call = maker->call;
    node->text = maker->text;
    return true;
}

bool gd__line_op(gd__line *line)
{
    gd__recording *r = line->r;
    int64_t serial, out;
    gd_recorded_node node = {.recorded = true, .event = r->events.count};
    gd_recorded_tensor x = {.node = r->nodes.count, .event = r->events.count};
    if (!gd__line_integer(line, "node", r->nodes.count, r->nodes.count, &serial) ||
        !gd__line_text(line, "op", false, &node.op_name) ||
        !gd__line_ids(line, "in", r->tensors.count - 1, true, &node.in, &node.n_in) ||
        !gd__line_integer(line, "out", r->tensors.count, r->tensors.count, &out) ||
        !gd__line_boolean(line, "recorded", true, &node.recorded) || !read_type(line, false, &x) ||
        !gd__line_text(line, "name", true, &x.name) || !read_rule(line, &node))
        return false;
    node.op = find_op(r, node.op_name);
    node.out = out;
    x.wants_gradient = node.recorded;
    if (!check_operands(line, &node) || !gd__line_attributes(line, node.op, &node.attributes))
        return false;
    if (node.recorded &&
        (!gd_dtype_is_float(x.dtype) || (node.op != NULL && node.op->grad == NULL)))
        return gd__line_refuse(line, "%s of %s is not recorded", node.op_name,
                               gd_dtype_name(x.dtype));
    gd_recorded_node *new = gd__array_add(&r->nodes);
    bool *is_gone = new != NULL ? gd__array_add(&r->gone) : NULL;
    gd_recorded_tensor *result = is_gone != NULL ? gd__array_add(&r->tensors) : NULL;
    gd_recorded_event *e = result != NULL ? gd__line_event(line, GD_RECORDED_OP) : NULL;
    if (e == NULL)
        return gd__line_no_memory(line);
    *new = node;
    *result = x;
    e->node = serial;
    e->tensor = out;
    return gd__line_values(line, "values", result, false, &e->values);
}

/* Where the ops since the last place were called; without ops, where the last backward or the call
 * that was refused was. */
bool gd__line_place(gd__line *line)
{
    gd__recording *r = line->r;
    const int64_t *nodes;
    int n;
    int64_t at;
    const char *file, *call = NULL, *text = NULL;
    if (!gd__line_ids(line, "nodes", r->nodes.count - 1, false, &nodes, &n) ||
        !gd__line_text(line, "file", false, &file) ||
        !gd__line_integer(line, "line", 1, INT_MAX, &at) ||
        !gd__line_text(line, "call", true, &call) || !gd__line_text(line, "text", true, &text))
        return false;
    for (int i = 0; i < n; ++i) {
        gd_recorded_node *node = gd__node_at(r, nodes[i]);
        if (node->file != NULL)
            return gd__line_refuse(line, "node %lld has a place already", (long long)nodes[i]);
        node->file = file;
        node->line = (int)at;
        node->call = call;
        node->text = text;
    }
    if (n > 0)
        return gd__name_operands(r, gd__node_at(r, nodes[n - 1])) || gd__line_no_memory(line);
    if (r->unplaced < 0)
        return gd__line_refuse(line, "a place of nothing");
    gd_recorded_event *e = gd__event_at(r, r->unplaced);
    e->file = file;
    e->source_line = (int)at;
    r->unplaced = -1;
    return e->kind != GD_RECORDED_BACKWARD || gd__name_first(r, e->tensor, text) ||
           gd__line_no_memory(line);
}
