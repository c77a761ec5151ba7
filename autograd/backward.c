/* Gradients: one sweep over the record from the end, as creation order is a topological order.
 *
 * Each recorded node collects d root / d out in `gradient`, the sum of what the nodes after it
 * contribute. When the sweep comes to a node all contributions are there; its op's rule then gives
 * the contribution to each operand. Without recording, rules run as plain kernels on memory of the
 * pool, which is given back as the sweep goes. With it (gd_grad's create_graph) they are recorded
 * like any other op.
 *
 * Start at gd_backward, at the end. From there to the product that makes a weight's gradient, with
 * what each function decides:
 *
 *     gd_backward             no options
 *       gd__check_root        whether root is one recorded element of this step
 *       gd__sweep_run         rules as plain kernels or recorded; d root / d root = 1
 *         sweep               which node is next, and whether its gradient is needed
 *           deliver           whether the user keeps this gradient
 *           visit             for which operands the node has a gradient to give
 *             contribute      where a contribution goes: a node, a leaf's grad, gd_grad's result
 *               gd__contribute_to_memory  of a leaf, as the weight is (contribute.c)
 *                 check_versions      whether what the gradient reads is unchanged
 *                 write_contribution  grad_into, or the rule and then a sum
 *                   linear_grad_into  operand 1: dW = dY^T X
 *                     gd__multiply  whether BLAS can read the matrices, or copies of them
 *                       gd__multiply_dense    transposed or not; add to dW or overwrite it
 *                         cblas_sgemm */
#include "autograd/backward.h"
#include "autograd/contribute.h"

/* ---- where gradients go ---- */

/* Which of the inputs x is; -1: none. Leaves are not marked, as other threads may read them. */
static int input_index(const gd__sweep *s, const gd_tensor *x)
{
    const gd_node *node = gd__recorded_node(x);
    if (node != NULL)
        return node->asked_index;
    for (int k = 0; k < s->n; ++k)
        if (s->inputs[k] == x)
            return k;
    return -1;
}

bool gd__is_needed(const gd__sweep *s, const gd_tensor *x)
{
    if (x == NULL || !x->requires_grad)
        return false;
    const gd_node *node = gd__recorded_node(x);
    return s->to_leaves || (node != NULL && node->needed) || input_index(s, x) >= 0;
}

/* Where the finished gradient of x is stored: x->grad, or gd_grad's result. NULL: it is not
 * kept. */
static gd_tensor **asked_sum(const gd__sweep *s, gd_tensor *x)
{
    if (s->to_leaves)
        return x->grad_memory != NULL || gd__recorded_node(x) == NULL ? &x->grad : NULL;
    int k = input_index(s, x);
    return k >= 0 ? &s->results[k] : NULL;
}

/* The memory behind it, made on first use: by the allocator if x is the user's, on the tape if x
 * is the tape's. NULL: there is no memory. */
static gd_tensor *asked_memory(const gd__sweep *s, gd_tensor *x)
{
    if (!s->to_leaves)
        return s->memory[input_index(s, x)];
    if (x->grad_memory != NULL)
        return x->grad_memory;
    x->owns_grad = x->tape == NULL;
    x->grad_memory =
        x->owns_grad ? gd_tensor_create(x->dtype, x->ndim, x->shape) : gd__new_gradient(s->tape, x);
    if (x->grad_memory == NULL)
        gd_tape_fail(s->tape, GD_ERROR_MEMORY, "no memory for a gradient");
    return x->grad_memory;
}

/* Tells the observer of a contribution, before or after it is added to the sum. */
static void tell_contribution(const gd__sweep *s, gd_event_kind kind, gd__contribution c,
                              const gd_tensor *sum)
{
    gd_way way = s->create_graph && !c.is_through ? GD_WAY_RULE : gd__way(c);
    if (kind == GD_EVENT_ADDED && way == GD_WAY_DIRECT && !s->tape->was_direct)
        way = GD_WAY_RULE;
    gd__tell(s->tape, (gd_event){.kind = kind,
                                 .node = c.node,
                                 .operand = c.i,
                                 .way = way,
                                 .tensor = gd__destination(c),
                                 .gradient = sum});
}

/* Adds c to its destination's gradient. is_passed_by: the real contribution went past this
 * operand, so c is added only where the user asked for the operand's gradient. */
static bool contribute(const gd__sweep *s, gd__contribution c, bool is_passed_by)
{
    gd_tensor *x = gd__destination(c), *memory;
    gd_node *node = is_passed_by ? NULL : gd__recorded_node(x);
    gd_tensor **sum = node != NULL ? &node->gradient : asked_sum(s, x);
    if (sum == NULL)
        return true;
    if (s->create_graph)
        return gd__contribute_recorded(s->tape, c, sum);
    if (node != NULL)
        return gd__contribute_to_node(s->tape, c, node);
    if ((memory = asked_memory(s, x)) == NULL)
        return false;
    bool ok = gd__contribute_to_memory(s->tape, c, memory, *sum != NULL);
    if (ok)
        *sum = memory; /* after an error a leaf's grad shows no memory that was not written */
    gd_tensor_modified(memory);
    return ok;
}

/* The same, told to the observer. */
static __attribute__((cold)) bool contribute_observed(const gd__sweep *s, gd__contribution c)
{
    gd_tensor *x = gd__destination(c);
    gd_node *node = gd__recorded_node(x);
    gd_tensor **sum = node != NULL ? &node->gradient : asked_sum(s, x);
    if (sum == NULL)
        return true;
    tell_contribution(s, GD_EVENT_ADD, c, *sum);
    bool ok = contribute(s, c, false);
    if (ok)
        tell_contribution(s, GD_EVENT_ADDED, c, *sum);
    return ok;
}

/* node->gradient is complete: gives it to whoever asked for it. */
static void deliver(const gd__sweep *s, gd_node *node)
{
    gd_tensor **sum = asked_sum(s, node->out);
    if (sum == NULL)
        return;
    if (s->create_graph) {
        *sum = *sum == NULL ? node->gradient : gd_add(s->tape, *sum, node->gradient);
        return;
    }
    gd_tensor *memory = asked_memory(s, node->out);
    gd__add_gradient(s->tape->pool, memory, node->gradient, *sum != NULL);
    *sum = memory;
    gd_tensor_modified(memory);
}

/* ---- the sweep ---- */

/* Whether this node's gradient skips operand 0 and goes to what operand 0 was computed from. */
static bool passes_through(const gd_node *node)
{
    return node->through != NULL && node->through->number >= 0;
}

/* Runs the rules of one node for the operands that want a gradient. */
static bool visit(const gd__sweep *s, gd_node *node)
{
    gd_tape *tape = s->tape;
    int first_new = tape->node_count;
    gd__position scratch = gd__arena_position(&tape->scratch);
    bool ok = true, is_observed = tape->observer != NULL;
    for (int i = 0; ok && i < node->n_in; ++i) {
        if (!gd__is_needed(s, node->in[i]))
            continue;
        gd__contribution own = {node, i, false}, through = {node, i, true};
        bool is_passed_by = i == 0 && passes_through(node);
        if (is_passed_by && gd__is_needed(s, gd__destination(through)))
            ok = is_observed ? contribute_observed(s, through) : contribute(s, through, false);
        ok = ok && (is_observed && !is_passed_by ? contribute_observed(s, own)
                                                 : contribute(s, own, is_passed_by));
        gd__pool_clear(tape); /* what the rules have made on the way */
        gd__arena_rewind(&tape->scratch, scratch);
    }
    /* The nodes that the rules recorded get the forward call's file and line. */
    for (int k = first_new; k < tape->node_count; ++k) {
        tape->record[k]->file = node->file;
        tape->record[k]->line = node->line;
        tape->record[k]->text = node->text;
    }
    return ok;
}

/* The sweep, from root's node back; later nodes cannot lead to it. `seed`: its gradient. */
static bool sweep(const gd__sweep *s, gd_node *root, gd_tensor *seed)
{
    gd_tape *tape = s->tape;
    root->gradient = seed;
    gd__pool_retain(seed);
    bool ok = true;
    for (int k = root->number; k >= 0; --k) {
        gd_node *node = tape->record[k];
        if (node->gradient == NULL)
            continue;
        if (ok && tape->observer != NULL)
            gd__tell(tape,
                     (gd_event){.kind = GD_EVENT_NODE, .node = node, .gradient = node->gradient});
        if (ok)
            deliver(s, node);
        if (ok && (s->to_leaves || node->needed) && !visit(s, node)) {
            gd__tape_fail_at(tape, node);
            ok = false; /* go on, to leave no gradient behind */
        }
        if (!s->create_graph)
            gd__pool_release(tape, node->gradient);
        node->gradient = NULL;
        node->owns_gradient = false;
    }
    return ok;
}

/* ---- the two ways in ---- */

bool gd__check_root(gd_tape *tape, const gd_tensor *root, const gd_tensor *gradient)
{
    char text[GD__SHAPE_TEXT];
    if (!gd__tape_is_alive(tape, root))
        return gd_check_operand(tape, root, "the root");
    if (gd__recorded_node(root) == NULL)
        return gd_tape_fail(
            tape, GD_ERROR_STATE, "the root %s %s", gd__shape_text(text, root->ndim, root->shape),
            root->requires_grad ? "is a leaf: no op has made it"
                                : "was not recorded: nothing it was computed from requires a "
                                  "gradient, or recording was off");
    if (gradient != NULL)
        return gd_check_operand(tape, gradient, "the gradient") &&
               gd_check_like(tape, "the gradient", gradient, root);
    return gd_tensor_numel(root) == 1 ||
           gd_tape_fail(tape, GD_ERROR_STATE,
                        "the root is %s, not one element: reduce it (gd_sum, gd_mean) or give its "
                        "gradient",
                        gd__shape_text(text, root->ndim, root->shape));
}

bool gd__sweep_run(const gd__sweep *s, gd_tensor *root, gd_tensor *gradient)
{
    gd_tape *tape = s->tape;
    gd__scope scope = gd__enter(tape, !s->create_graph);
    bool recording = tape->recording;
    tape->recording |= s->create_graph; /* which a rule may switch off for ops of its own */
    gd__tape_state before = gd__tape_now(tape);
    tape->backward = s->create_graph ? GD__RECORDED_BACKWARD : GD__PLAIN_BACKWARD;
    for (int i = 0; i < GD__POOL_LISTS; ++i)
        tape->free_tensors[i] = NULL;
    gd_tensor *seed = gradient;
    if (seed == NULL && (seed = gd__new_tensor(tape, gd__source_of_results(tape), root)) != NULL)
        gd__set_float_at(seed->dtype, seed->data, 0, 1.0);
    if (tape->observer != NULL && seed != NULL)
        gd__tell_backward(tape, (gd_event){.tensor = root,
                                           .gradient = seed,
                                           .inputs = s->inputs,
                                           .count = s->n,
                                           .create_graph = s->create_graph});
    bool ok = seed != NULL && sweep(s, root->node, seed);
    tape->temporaries = NULL;
    tape->backward = GD__NO_BACKWARD;
    tape->recording = recording;
    gd__leave(tape, scope);
    if (tape->observer != NULL && seed != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_END, .tensor = root});
    if (!s->create_graph) {
        before.gradients = gd__arena_position(&tape->gradients); /* they stay */
        gd__tape_forget_since(tape, &before);
    }
    return ok;
}

gd_status gd__begin(gd_tape *tape, const char *function)
{
    if (tape == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: the tape is NULL", function);
    if (tape->status == GD_OK)
        tape->calling = function;
    return tape->status;
}

gd_status gd_backward_with(gd_tape *tape, gd_tensor *root, const gd_backward_options *options)
{
    if (gd__begin(tape, "backward") != GD_OK)
        return gd_tape_status(tape);
    gd_backward_options defaults = {.gradient = NULL};
    options = options != NULL ? options : &defaults;
    if (!gd__check_root(tape, root, options->gradient))
        return tape->status;
    if (root->node->has_been_root && !options->again) {
        gd_tape_fail(tape, GD_ERROR_STATE,
                     "this root has had its backward: another would add the same gradients again "
                     "(ask for it with .again)");
        return tape->status;
    }
    root->node->has_been_root = true;
    gd__sweep s = {.tape = tape, .to_leaves = true};
    gd__sweep_run(&s, root, options->gradient);
    return tape->status;
}

gd_status gd_backward(gd_tape *tape, gd_tensor *root)
{
    return gd_backward_with(tape, root, NULL);
}

gd_status gd_retain_grad(gd_tape *tape, gd_tensor *x)
{
    if (gd__begin(tape, "retain_grad") != GD_OK || !gd_check_operand(tape, x, "the tensor"))
        return gd_tape_status(tape);
    if (gd__recorded_node(x) == NULL)
        gd_tape_fail(tape, GD_ERROR_ARGUMENT, "the tensor was not recorded; a leaf keeps its own");
    else if (x->grad_memory == NULL)
        x->grad_memory = gd__new_gradient(tape, x);
    return tape->status;
}

void gd_zero_grad(gd_tensor *leaf)
{
    if (leaf != NULL)
        leaf->grad = NULL;
}
