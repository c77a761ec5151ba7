/* Gradients: one walk over the record from the end, as creation order is a topological order.
 *
 * Each recorded node collects d root / d out in `gradient`, the sum of what the nodes after it
 * contribute. When the walk comes to a node all contributions are there; its op's rule then gives
 * the contribution to each operand. Without recording, rules run as plain kernels on memory of the
 * pool, which is given back as the walk goes. With it (gd_grad's create_graph) they are recorded
 * like any other op.
 *
 * To read: walk, which goes back over the record, then visit, which runs one node's rules. */
#include "autograd/contribute.h"

/* One backward: where from, and what is to become of the gradients. */
typedef struct sweep {
    gd_tape *tape;
    bool create_graph;
    /* gd_grad: results[i] for inputs[i], n of them. gd_backward: n is -1, leaves' own grad. */
    int n;
    gd_tensor *const *inputs;
    gd_tensor **results; /* without create_graph: memory to write to, from the start */
    bool *filled;        /* [n] whether results[i] holds a contribution */
} sweep;

/* ---- where gradients go ---- */

/* x's own gradient memory, made on first use: from the allocator for a leaf of the user's, from the
 * tape for a leaf that lives there. NULL: none. */
static gd_tensor *gradient_memory(gd_tape *tape, gd_tensor *x)
{
    if (x->grad_memory != NULL)
        return x->grad_memory;
    if (x->tape == NULL) {
        x->grad_memory = gd_tensor_create(x->dtype, x->ndim, x->shape);
        x->owns_grad = x->grad_memory != NULL;
        if (x->grad_memory == NULL)
            gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for a gradient");
        return x->grad_memory;
    }
    x->grad_memory = gd__tape_new_gradient(tape, x);
    return x->grad_memory;
}

/* Adds to x->grad, x being a leaf or (gd_retain_grad) what a node has made. */
static bool contribute_to_grad(gd_tape *tape, gd__contribution c, gd_tensor *x)
{
    gd_tensor *memory = gradient_memory(tape, x);
    if (memory == NULL || !gd__contribute_to_memory(tape, c, memory, x->grad != NULL))
        return false;
    x->grad = memory;
    gd_tensor_modified(memory);
    return true;
}

/* Adds to results[k]. */
static bool contribute_to_result(sweep *s, gd__contribution c, int k)
{
    if (s->create_graph)
        return gd__contribute_recorded(s->tape, c, &s->results[k]);
    bool accumulate = s->filled[k];
    s->filled[k] = true;
    return gd__contribute_to_memory(s->tape, c, s->results[k], accumulate);
}

/* Which of the inputs x is; -1: none. Leaves are not marked, as other threads may read them. */
static int input_index(const sweep *s, const gd_tensor *x)
{
    const gd_node *node = gd__recorded_node(x);
    if (node != NULL)
        return node->target;
    for (int k = 0; k < s->n; ++k)
        if (s->inputs[k] == x)
            return k;
    return -1;
}

static bool is_needed(const sweep *s, const gd_tensor *x)
{
    if (x == NULL || !x->requires_grad)
        return false;
    const gd_node *node = gd__recorded_node(x);
    return s->n < 0 || (node != NULL && node->needed) || input_index(s, x) >= 0;
}

/* Adds the contribution to what collects its destination's gradient. */
static bool add(sweep *s, gd__contribution c)
{
    gd_tensor *x = gd__destination(c);
    gd_node *node = gd__recorded_node(x);
    if (node != NULL)
        return s->create_graph ? gd__contribute_recorded(s->tape, c, &node->gradient)
                               : gd__contribute_to_node(s->tape, c);
    return s->n < 0 ? contribute_to_grad(s->tape, c, x)
                    : contribute_to_result(s, c, input_index(s, x));
}

/* What `add` has collected so far; NULL: nothing. */
static const gd_tensor *sum_so_far(const sweep *s, const gd_tensor *x)
{
    if (gd__recorded_node(x) != NULL)
        return x->node->gradient;
    if (s->n < 0)
        return x->grad;
    int k = input_index(s, x);
    return s->create_graph || s->filled[k] ? s->results[k] : NULL;
}

/* The same, and the observer is told of it before and after. */
static bool add_observed(sweep *s, gd__contribution c)
{
    gd_tape *tape = s->tape;
    gd_tensor *x = gd__destination(c);
    gd_event event = {.kind = GD_EVENT_ADD, .node = c.node, .operand = c.i, .tensor = x};
    event.way = s->create_graph && !c.through ? GD_WAY_RULE : gd__way(c);
    event.gradient = sum_so_far(s, x);
    gd__tell(tape, event);
    tape->rule = c.node;
    tape->rule_operand = c.i;
    bool ok = add(s, c);
    tape->rule = NULL;
    if (event.way == GD_WAY_DIRECT && !tape->was_direct)
        event.way = GD_WAY_RULE;
    event.kind = GD_EVENT_ADDED;
    event.gradient = sum_so_far(s, x);
    if (ok)
        gd__tell(tape, event);
    return ok;
}

static bool contribute(sweep *s, gd__contribution c)
{
    return s->tape->observer != NULL ? add_observed(s, c) : add(s, c);
}

/* For operand i, which the gradient has passed by: gives its part to whoever asked for it. */
static bool contribute_besides(sweep *s, gd__contribution c)
{
    gd_tensor *x = gd__destination(c);
    int k = x->node->target;
    if (s->n < 0)
        return x->grad_memory == NULL || contribute_to_grad(s->tape, c, x);
    return k < 0 || contribute_to_result(s, c, k);
}

/* node->gradient is complete: gives it to whoever asked for it. */
static void deliver(sweep *s, gd_node *node)
{
    gd_tensor *out = node->out;
    int k = node->target;
    if (s->n < 0 && out->grad_memory != NULL) { /* gd_retain_grad */
        gd__add_gradient(out->grad_memory, node->gradient, out->grad != NULL);
        out->grad = out->grad_memory;
        gd_tensor_modified(out->grad);
    } else if (k >= 0 && s->create_graph) {
        bool is_first = s->results[k] == NULL;
        s->results[k] = is_first ? node->gradient : gd_add(s->tape, s->results[k], node->gradient);
    } else if (k >= 0) {
        gd__add_gradient(s->results[k], node->gradient, s->filled[k]);
        s->filled[k] = true;
    }
}

/* Whether what node gives to operand 0 goes on at once to what that was made of. */
static bool passes_through(const gd_node *node)
{
    return node->through != NULL && node->through->number >= 0;
}

/* Runs the rules of operand i. */
static bool visit_operand(sweep *s, gd_node *node, int i)
{
    gd__contribution own = {node, i, false}, through = {node, i, true};
    bool ok;
    if (i == 0 && passes_through(node))
        ok = (!is_needed(s, gd__destination(through)) || contribute(s, through)) &&
             contribute_besides(s, own);
    else
        ok = contribute(s, own);
    gd__pool_clear(s->tape);
    return ok;
}

/* Runs the rules of one node for the operands that want a gradient. */
static bool visit(sweep *s, gd_node *node)
{
    gd_tape *tape = s->tape;
    int first_new = tape->node_count;
    for (int i = 0; i < node->n_in; ++i)
        if (is_needed(s, node->in[i]) && !visit_operand(s, node, i))
            return false;
    for (int k = first_new; k < tape->node_count; ++k) { /* the user called neither of these */
        tape->record[k]->file = node->file;
        tape->record[k]->line = node->line;
        tape->record[k]->text = node->text;
    }
    return true;
}

/* The walk, from the node at `last` back. `seed`: its gradient. */
static bool walk(sweep *s, int last, gd_tensor *seed)
{
    gd_tape *tape = s->tape;
    gd_node *root = tape->record[last];
    root->gradient = seed;
    gd__pool_retain(seed);
    bool ok = true;
    for (int k = last; k >= 0; --k) {
        gd_node *node = tape->record[k];
        if (node->gradient == NULL)
            continue;
        if (ok && tape->observer != NULL)
            gd__tell(tape,
                     (gd_event){.kind = GD_EVENT_NODE, .node = node, .gradient = node->gradient});
        if (ok)
            deliver(s, node);
        if (ok && (s->n < 0 || node->needed) && !visit(s, node)) {
            gd__tape_fail_at(tape, node);
            ok = false; /* go on, to leave no gradient behind */
        }
        if (!s->create_graph)
            gd__pool_release(tape, node->gradient);
        node->gradient = NULL;
        node->gradient_is_sum = false;
    }
    return ok;
}

/* ---- the two ways in ---- */

static bool check_root(gd_tape *tape, const gd_tensor *root, const gd_tensor *gradient)
{
    char text[GD__SHAPE_TEXT], other[GD__SHAPE_TEXT];
    if (root == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "the root is NULL");
    if (!gd_check_operand(tape, root, "the root"))
        return false;
    if (gd__recorded_node(root) == NULL && root->requires_grad)
        return gd_tape_fail(tape, GD_ERROR_STATE, "the root %s is a leaf: no op has made it",
                            gd__shape_text(text, root->ndim, root->shape));
    if (gd__recorded_node(root) == NULL)
        return gd_tape_fail(tape, GD_ERROR_STATE,
                            "the root %s was not recorded: nothing it was computed from requires a "
                            "gradient, or recording was off",
                            gd__shape_text(text, root->ndim, root->shape));
    if (gradient == NULL && gd_tensor_numel(root) != 1)
        return gd_tape_fail(tape, GD_ERROR_STATE,
                            "the root is %s, not one element: reduce it (gd_sum, gd_mean) or give "
                            "its gradient",
                            gd__shape_text(text, root->ndim, root->shape));
    if (gradient == NULL)
        return true;
    if (!gd_check_operand(tape, gradient, "the gradient"))
        return false;
    if (!gd__same_shape(gradient, root) || gradient->dtype != root->dtype)
        return gd_tape_fail(
            tape, GD_ERROR_SHAPE, "the root is %s %s, its gradient %s %s",
            gd_dtype_name(root->dtype), gd__shape_text(text, root->ndim, root->shape),
            gd_dtype_name(gradient->dtype), gd__shape_text(other, gradient->ndim, gradient->shape));
    return true;
}

/* Runs the sweep on the pool, or recording, and puts the tape back as it was. */
static bool run(sweep *s, gd_tensor *root, gd_tensor *gradient)
{
    gd_tape *tape = s->tape;
    bool recording = tape->recording;
    int floor = gd__tape_begin_marks(tape);
    gd__place before = gd__tape_place(tape);
    tape->recording = s->create_graph;
    tape->pooling = !s->create_graph;
    tape->in_backward = true;
    for (int i = 0; i < GD__POOL_LISTS; ++i)
        tape->free_tensors[i] = NULL;
    if (tape->observer != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_BACKWARD, .tensor = root});
    gd_tensor *seed = gradient;
    if (seed == NULL && (seed = gd__tape_new(tape, root)) != NULL)
        gd_tensor_fill(seed, 1.0);
    bool ok = seed != NULL && walk(s, root->node->number, seed);
    tape->temporaries = NULL;
    tape->pooling = tape->in_backward = false;
    tape->recording = recording;
    gd__tape_end_marks(tape, floor);
    if (tape->observer != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_END, .tensor = root});
    if (!s->create_graph) {
        before.gradients = gd__arena_position(&tape->gradients); /* they stay */
        gd__tape_forget_since(tape, &before);
    }
    return ok;
}

gd_status gd_backward_with(gd_tape *tape, gd_tensor *root, const gd_backward_options *options)
{
    if (tape == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "backward: the tape is NULL");
    if (tape->status != GD_OK)
        return tape->status;
    gd_backward_options defaults = {.gradient = NULL};
    options = options != NULL ? options : &defaults;
    tape->calling = "backward";
    if (!check_root(tape, root, options->gradient))
        return tape->status;
    if (root->node->has_been_root && !options->again) {
        gd_tape_fail(tape, GD_ERROR_STATE,
                     "this root has had its backward: another would add the same gradients again "
                     "(ask for it with .again)");
        return tape->status;
    }
    root->node->has_been_root = true;
    sweep s = {.tape = tape, .n = -1};
    run(&s, root, options->gradient);
    return tape->status;
}

gd_status gd_backward(gd_tape *tape, gd_tensor *root)
{
    return gd_backward_with(tape, root, NULL);
}

static bool check_inputs(gd_tape *tape, gd_tensor *const *inputs, int n, gd_tensor **gradients)
{
    if (n < 0 || (n > 0 && (inputs == NULL || gradients == NULL)))
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "no inputs, or no place for their gradients");
    for (int i = 0; i < n; ++i) {
        char name[GD__NAME_SIZE];
        snprintf(name, sizeof name, "input %d", i);
        if (!gd__tape_is_alive(tape, inputs[i]))
            return gd_check_operand(tape, inputs[i], name);
        if (!inputs[i]->requires_grad)
            return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "input %d does not require a gradient", i);
        for (int k = 0; k < i; ++k)
            if (inputs[k] == inputs[i])
                return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "inputs %d and %d are the same", k, i);
    }
    return true;
}

/* Marks the nodes on the way from an input to the output. */
static void mark_needed(sweep *s, int last)
{
    gd_tape *tape = s->tape;
    for (int k = 0; k <= last; ++k) {
        gd_node *node = tape->record[k];
        node->needed = false;
        for (int i = 0; i < node->n_in && !node->needed; ++i)
            node->needed = is_needed(s, node->in[i]);
    }
}

/* What no path leads to: an error, or zeros. */
static bool fill_unused(const sweep *s, bool allow_unused)
{
    gd_tape *tape = s->tape;
    tape->calling = "grad";
    for (int i = 0; i < s->n; ++i) {
        if (s->create_graph ? s->results[i] != NULL : s->filled[i])
            continue;
        if (!allow_unused)
            return gd_tape_fail(
                tape, GD_ERROR_ARGUMENT,
                "the output does not depend on input %d (.allow_unused gives zeros)", i);
        if (s->results[i] == NULL && (s->results[i] = gd__tape_new(tape, s->inputs[i])) == NULL)
            return false;
        gd_tensor_fill(s->results[i], 0.0);
    }
    return true;
}

/* results[i] gets its memory before the pool does, so that it stays when that is given back. */
static bool prepare_results(sweep *s)
{
    size_t flags = (size_t)s->n * sizeof *s->filled;
    s->filled = gd__arena_take(&s->tape->nodes, flags > 0 ? flags : 1);
    if (s->filled == NULL)
        return gd_tape_fail(s->tape, GD_ERROR_MEMORY, "no memory");
    for (int i = 0; i < s->n; ++i) {
        s->filled[i] = false;
        s->results[i] = NULL;
        if (!s->create_graph && (s->results[i] = gd__tape_new(s->tape, s->inputs[i])) == NULL)
            return false;
    }
    return true;
}

gd_status gd_grad(gd_tape *tape, gd_tensor *output, gd_tensor *const *inputs, int n,
                  gd_tensor **gradients, const gd_grad_options *options)
{
    for (int i = 0; i < n && gradients != NULL; ++i)
        gradients[i] = NULL;
    if (tape == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "grad: the tape is NULL");
    if (tape->status != GD_OK)
        return tape->status;
    gd_grad_options defaults = {.gradient = NULL};
    options = options != NULL ? options : &defaults;
    tape->calling = "grad";
    sweep s = {tape, options->create_graph, n, inputs, gradients, NULL};
    if (!check_root(tape, output, options->gradient) || !check_inputs(tape, inputs, n, gradients) ||
        !prepare_results(&s))
        goto failed;
    for (int i = 0; i < n; ++i)
        if (gd__recorded_node(inputs[i]) != NULL)
            inputs[i]->node->target = i;
    mark_needed(&s, output->node->number);
    bool ok = run(&s, output, options->gradient) && fill_unused(&s, options->allow_unused);
    for (int i = 0; i < n; ++i)
        if (gd__recorded_node(inputs[i]) != NULL)
            inputs[i]->node->target = -1;
    if (ok)
        return GD_OK;
failed:
    for (int i = 0; i < n && gradients != NULL; ++i)
        gradients[i] = NULL;
    return tape->status;
}

gd_status gd_retain_grad(gd_tape *tape, gd_tensor *x)
{
    if (tape == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "retain_grad: the tape is NULL");
    if (tape->status != GD_OK)
        return tape->status;
    tape->calling = "retain_grad";
    if (!gd_check_operand(tape, x, "the tensor"))
        return tape->status;
    if (gd__recorded_node(x) == NULL)
        gd_tape_fail(tape, GD_ERROR_ARGUMENT, "the tensor was not recorded; a leaf keeps its own");
    else if (x->grad_memory == NULL)
        x->grad_memory = gd__tape_new_gradient(tape, x);
    return tape->status;
}

void gd_zero_grad(gd_tensor *leaf)
{
    if (leaf != NULL)
        leaf->grad = NULL;
}
