/* One call of an op: check, compute, record. To read from the end: gd_apply, then `call`. */
#include "autograd/internal.h"

#include <string.h>

static size_t round_up(size_t size)
{
    return (size + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
}

/* Whether the op says how many operands it has: then those that were not given are NULL. */
static bool has_places(const gd_op *op)
{
    return op->most_operands <= GD_OP_OPERANDS;
}

/* A node; its operands, attributes and versions follow it in memory. Optional operands that were
 * not given are NULL, so that an op need not ask how many there are. */
static gd_node *new_node(gd_tape *tape, const gd_op *op, gd_tensor *const *operands, int given,
                         const void *attributes)
{
    int n = has_places(op) && given < op->most_operands ? op->most_operands : given;
    size_t operands_size = (size_t)n * sizeof(gd_tensor *);
    size_t attributes_size = round_up(op->attributes_size);
    size_t versions_size = ((size_t)n + 1) * sizeof(uint32_t);
    char *memory = gd__arena_take(&tape->nodes, sizeof(gd_node) + operands_size + attributes_size +
                                                    versions_size);
    if (memory == NULL) {
        gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory to record the call");
        return NULL;
    }
    char *after_operands = memory + sizeof(gd_node) + operands_size;
    gd_node *node = (gd_node *)(void *)memory;
    gd_tensor **in = (gd_tensor **)(void *)(node + 1);
    *node = (gd_node){.op = op,
                      .in = in,
                      .n_in = n,
                      .version = (uint32_t *)(void *)(after_operands + attributes_size),
                      .number = -1,
                      .target = -1};
    for (int i = 0; i < n; ++i)
        in[i] = i < given ? operands[i] : NULL;
    if (op->attributes_size > 0)
        node->attributes = memcpy(after_operands, attributes, op->attributes_size);
    return node;
}

static bool check_operands(gd_tape *tape, const gd_node *node)
{
    const gd_op *op = node->op;
    for (int i = 0; i < node->n_in; ++i) {
        gd_tensor *x = node->in[i];
        if (x == NULL && i >= op->least_operands && has_places(op))
            continue;
        char name[GD__NAME_SIZE];
        if (!gd__tape_is_alive(tape, x))
            return gd_check_operand(tape, x, gd__operand_name(node, i, name));
    }
    return true;
}

/* Remembers what the node's operands and result are now: its gradient may read them. */
static void keep(gd_node *node)
{
    for (int i = 0; i < node->n_in; ++i)
        node->version[i] = node->in[i] != NULL ? gd__version(node->in[i]) : 0;
    node->version[node->n_in] = gd__version(node->out);
    node->out->node = node;
}

/* Whether what the call read and made is still what it was. */
static bool is_unchanged(const gd_node *node)
{
    for (int i = 0; i < node->n_in; ++i)
        if (node->in[i] != NULL && gd__version(node->in[i]) != node->version[i])
            return false;
    return gd__version(node->out) == node->version[node->n_in];
}

/* The call that made operand 0, if the op passes through it. */
static const gd_node *find_through(const gd_node *node)
{
    const gd_pass_through *through = node->op->through;
    const gd_node *maker = through != NULL ? node->in[0]->node : NULL;
    bool applies = maker != NULL && maker->op == through->op && is_unchanged(maker) &&
                   (through->applies == NULL || through->applies(node, maker));
    return applies ? maker : NULL;
}

/* Puts the node at the end of the record. */
static bool record(gd_tape *tape, gd_node *node)
{
    if (tape->node_count == tape->record_capacity) {
        int capacity = tape->record_capacity > 0 ? 2 * tape->record_capacity : 256;
        gd_node **longer = gd__allocate((size_t)capacity * sizeof *longer);
        if (longer == NULL)
            return gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory to record the call");
        if (tape->node_count > 0)
            memcpy(longer, tape->record, (size_t)tape->node_count * sizeof *longer);
        gd__free(tape->record, (size_t)tape->record_capacity * sizeof *longer);
        tape->record = longer;
        tape->record_capacity = capacity;
    }
    node->out->requires_grad = true;
    node->number = tape->node_count;
    tape->record[tape->node_count++] = node;
    return true;
}

static bool has_gradient(const gd_node *node)
{
    return node->op->grad != NULL && gd_dtype_is_float(node->out->dtype);
}

static bool any_requires_grad(const gd_node *node)
{
    for (int i = 0; i < node->n_in; ++i)
        if (node->in[i] != NULL && node->in[i]->requires_grad)
            return true;
    return false;
}

/* Memory for what forward leaves for the gradient. */
static bool make_saved(gd_tape *tape, gd_node *node)
{
    size_t size = node->op->saved_size(node);
    node->saved = gd__arena_take(&tape->data, size > 0 ? size : 1);
    return node->saved != NULL ||
           gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for %zu bytes", size);
}

/* Ops that forward applies are parts of this call: they are not recorded, and their scratch memory
 * begins behind this one's. */
static bool run_forward(gd_tape *tape, const gd_node *node)
{
    gd__position scratch = gd__arena_position(&tape->scratch);
    bool recording = tape->recording, inside_call = tape->inside_call;
    int floor = gd__tape_begin_marks(tape);
    tape->recording = false;
    tape->inside_call = true;
    bool accepted = node->op->forward(tape, node);
    tape->inside_call = inside_call;
    tape->recording = recording;
    gd__tape_end_marks(tape, floor);
    gd__arena_rewind(&tape->scratch, scratch);
    return accepted && tape->status == GD_OK;
}

/* The result of a checked call: a view, or a new tensor with its values. NULL: refused. */
static gd_tensor *compute(gd_tape *tape, gd_node *node)
{
    const gd_tensor *shape = node->out;
    if (shape->root != NULL)
        return gd__tape_view(tape, shape);
    if (node->op->forward == NULL) {
        gd_tape_fail(tape, GD_ERROR_ARGUMENT, "it has no forward, and its check made no view");
        return NULL;
    }
    gd_tensor *out = gd__tape_new(tape, shape);
    if (out == NULL)
        return NULL;
    node->out = out;
    if (node->op->saved_size != NULL && !make_saved(tape, node))
        return NULL;
    bool accepted = run_forward(tape, node);
    if (tape->anomaly_mode && !tape->in_backward)
        accepted = accepted && gd__scan_result(tape, node);
    return accepted ? out : NULL;
}

/* Checks and computes; whether the node is to be kept is in *kept. NULL: refused. */
static gd_tensor *call(gd_tape *tape, gd_node *node, bool *kept)
{
    gd_tensor shape; /* the result, until check has said what it is */
    shape.root = NULL;
    node->out = &shape;
    if (!check_operands(tape, node) || !node->op->check(tape, node)) {
        node->out = NULL;
        return NULL;
    }
    node->through = find_through(node);
    gd_tensor *out = node->out = compute(tape, node);
    if (out == NULL)
        return NULL;
    bool recorded = tape->recording && has_gradient(node) && any_requires_grad(node);
    if (recorded && !record(tape, node))
        return NULL;
    *kept = recorded || node->saved != NULL;
    if (*kept)
        keep(node);
    return out;
}

static bool check_call(gd_tape *tape, const gd_op *op, gd_tensor *const *operands, int n,
                       const void *attributes)
{
    if (op->check == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "it has no check");
    if (op->attributes_size > 0 && attributes == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "its attributes are missing");
    if (n > 0 && operands == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "its operands are missing");
    if (n >= op->least_operands && n <= op->most_operands)
        return true;
    if (!has_places(op))
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d operands are given; it has %d or more", n,
                            op->least_operands);
    return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d operands are given; it has %d to %d", n,
                        op->least_operands, op->most_operands);
}

gd_tensor *gd_apply(gd_tape *tape, const gd_op *op, gd_tensor *const *operands, int n,
                    const void *attributes)
{
    if (tape == NULL || tape->status != GD_OK)
        return NULL;
    const char *caller = tape->calling; /* a forward or rule, whose later errors are its own */
    tape->calling = op->name;
    if (!check_call(tape, op, operands, n, attributes))
        return NULL;
    gd__position before = gd__arena_position(&tape->nodes);
    gd_node *node = new_node(tape, op, operands, n, attributes);
    if (node == NULL)
        return NULL;
    bool kept = false;
    gd_tensor *out = call(tape, node, &kept);
    if (tape->observer != NULL && out != NULL)
        gd__tell_op(tape, node);
    if (!kept)
        gd__arena_rewind(&tape->nodes, before);
    if (out != NULL)
        tape->calling = caller;
    return out;
}

void *gd_tape_scratch(gd_tape *tape, size_t bytes)
{
    void *memory = gd__arena_take(&tape->scratch, bytes);
    if (memory == NULL)
        gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for %zu bytes", bytes);
    return memory;
}
