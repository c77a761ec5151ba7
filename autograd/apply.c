/* One call of an op. Start at gd_apply, at the end: check_call, new_node, take_operands, compute,
 * record. */
#include "autograd/internal.h"

#include <string.h>

/* Whether operands have fixed positions (not a list): then those that were not given are NULL. */
static bool has_fixed_operands(const gd_op *op)
{
    return op->most_operands <= GD_OP_OPERANDS;
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
    if (!has_fixed_operands(op))
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d operands are given; it has %d or more", n,
                            op->least_operands);
    return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d operands are given; it has %d to %d", n,
                        op->least_operands, op->most_operands);
}

/* A node, with its operands and their versions behind it, and a copy of the attributes. */
static gd_node *new_node(gd_tape *tape, const gd_op *op, int n_in, const void *attributes)
{
    size_t in_size = (size_t)n_in * sizeof(gd_tensor *);
    size_t version_size = ((size_t)n_in + 1) * sizeof(uint32_t);
    gd_node *node = gd__arena_take(&tape->nodes, sizeof *node + in_size + version_size);
    void *copy = NULL;
    if (node != NULL && op->attributes_size > 0)
        copy = gd__arena_take(&tape->nodes, op->attributes_size);
    if (node == NULL || (copy == NULL && op->attributes_size > 0)) {
        gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory to record the call");
        return NULL;
    }
    gd_tensor **in = (gd_tensor **)(void *)(node + 1);
    *node = (gd_node){.op = op,
                      .in = in,
                      .n_in = n_in,
                      .version = (uint32_t *)(void *)(in + n_in),
                      .caller = tape->calling_as,
                      .number = -1,
                      .asked_index = -1};
    if (copy != NULL)
        node->attributes = memcpy(copy, attributes, op->attributes_size);
    return node;
}

/* Gives the node its operands, and remembers what they are now: its gradient may read them.
 * Optional ones that were not given are NULL, so that an op need not ask how many there are. */
static bool take_operands(gd_tape *tape, gd_node *node, gd_tensor *const *operands, int given,
                          bool *requires_grad)
{
    const gd_op *op = node->op;
    gd_tensor **in = (gd_tensor **)(void *)(node + 1);
    for (int i = 0; i < node->n_in; ++i) {
        gd_tensor *x = in[i] = i < given ? operands[i] : NULL;
        if (gd__tape_is_alive(tape, x)) {
            node->version[i] = gd__version(x);
            *requires_grad |= x->requires_grad;
        } else if (x != NULL || i < op->least_operands || !has_fixed_operands(op)) {
            char name[GD__NAME_SIZE];
            return gd_check_operand(tape, x, gd__operand_name(node, i, name));
        }
    }
    return true;
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
    const gd_node *maker = node->in[0]->node;
    bool applies = maker != NULL && maker->op == through->op && is_unchanged(maker) &&
                   (through->applies == NULL || through->applies(node, maker));
    return applies ? maker : NULL;
}

/* The result of a checked call: a view, or a new tensor with its values. Ops that forward applies
 * are parts of this call and not recorded. NULL: refused. */
static gd_tensor *compute(gd_tape *tape, gd_node *node)
{
    const gd_op *op = node->op;
    if (node->out->root != NULL)
        return gd__new_view(tape, gd__source_of_results(tape), node->out);
    if (op->forward == NULL) {
        gd_tape_fail(tape, GD_ERROR_ARGUMENT, "it has no forward, and its check made no view");
        return NULL;
    }
    node->out = gd__new_tensor(tape, gd__source_of_results(tape), node->out);
    if (node->out != NULL && op->saved_size != NULL) {
        size_t size = op->saved_size(node);
        node->saved = gd__arena_take(&tape->data, size > 0 ? size : 1);
        if (node->saved == NULL)
            gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for %zu bytes", size);
    }
    if (tape->status != GD_OK)
        return NULL;
    gd__scope scope = gd__enter(tape, true);
    bool accepted = op->forward(tape, node);
    gd__leave(tape, scope);
    if (!accepted || tape->status != GD_OK)
        return NULL;
    bool is_scanned = tape->anomaly_mode && tape->backward == GD__NO_BACKWARD;
    return !is_scanned || gd__scan_result(tape, node) ? node->out : NULL;
}

/* Puts the node at the end of the record; its result requires a gradient from now on. */
static bool record(gd_tape *tape, gd_node *node)
{
    if (tape->node_count == tape->record_capacity) {
        gd_node **longer =
            gd__lengthened(tape->record, &tape->record_capacity, sizeof *longer, 256);
        if (longer == NULL)
            return gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory to record the call");
        tape->record = longer;
    }
    node->out->requires_grad = true;
    node->number = tape->node_count++;
    tape->record[node->number] = node;
    return true;
}

gd_tensor *gd_apply(gd_tape *tape, const gd_op *op, gd_tensor *const *operands, int n,
                    const void *attributes)
{
    if (tape == NULL || tape->status != GD_OK)
        return NULL;
    const char *caller = tape->calling; /* errors after this call belong to it again */
    tape->calling = op->name;
    if (!check_call(tape, op, operands, n, attributes))
        return NULL;
    gd__position before = gd__arena_position(&tape->nodes);
    gd_node *node = new_node(tape, op, has_fixed_operands(op) ? op->most_operands : n, attributes);
    if (node == NULL)
        return NULL;
    gd_tensor result, *out = NULL; /* dtype and shape, or the view, that check finds */
    bool requires_grad = false;
    result.root = NULL;
    node->out = &result;
    if (take_operands(tape, node, operands, n, &requires_grad) && op->check(tape, node)) {
        node->through = op->through != NULL ? find_through(node) : NULL;
        out = node->out = compute(tape, node);
    }
    bool recorded = requires_grad && gd__is_recording(tape) && out != NULL && op->grad != NULL &&
                    gd__is_float(out->dtype);
    if (recorded && !record(tape, node))
        out = NULL;
    /* A call that saved something stays readable, though not recorded: a later op may pass through
     * it. */
    bool kept = out != NULL && (recorded || node->saved != NULL);
    if (kept) {
        node->version[node->n_in] = gd__version(out);
        out->node = node;
    }
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
