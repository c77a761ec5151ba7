/* Gradients: one walk over the record from the end, as creation order is a topological order.
 *
 * Each recorded node collects d root / d out in `gradient`, the sum of what the nodes after it
 * contribute. When the walk comes to a node all contributions are there; its op's rule then gives
 * the contribution to each operand. Without recording, rules run as plain kernels on memory of the
 * pool, which is given back as the walk goes. With it (gd_grad's create_graph) they are recorded
 * like any other op.
 *
 * To read: walk, which goes back over the record; visit, which runs one node's rules; contribute,
 * which finds where a contribution goes. contribute.c computes it. */
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

/* Memory for a leaf's gradient: from the allocator for one of the user's, from the tape for one that
 * lives there. */
static bool make_grad_memory(gd_tape *tape, gd_tensor *leaf)
{
    leaf->owns_grad = leaf->tape == NULL;
    leaf->grad_memory = leaf->owns_grad ? gd_tensor_create(leaf->dtype, leaf->ndim, leaf->shape)
                                        : gd__new_gradient(tape, leaf);
    return leaf->grad_memory != NULL ||
           gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for a gradient");
}

/* The memory in which x's gradient is added up for whoever asked for it: x->grad of a leaf or after
 * gd_retain_grad, or one of gd_grad's results; *accumulate: it holds something already. NULL: nobody
 * asked, or there is no memory. */
static gd_tensor *memory_of(sweep *s, gd_tensor *x, bool *accumulate)
{
    if (s->n >= 0) {
        int k = input_index(s, x);
        *accumulate = k >= 0 && s->filled[k];
        if (k >= 0)
            s->filled[k] = true;
        return k >= 0 ? s->results[k] : NULL;
    }
    if (x->grad_memory == NULL && (gd__recorded_node(x) != NULL || !make_grad_memory(s->tape, x)))
        return NULL;
    *accumulate = x->grad != NULL;
    x->grad = x->grad_memory;
    return x->grad;
}

/* What has been added up for x so far; NULL: nothing. */
static const gd_tensor *sum_so_far(const sweep *s, const gd_tensor *x)
{
    if (gd__recorded_node(x) != NULL)
        return x->node->gradient;
    if (s->n < 0)
        return x->grad;
    int k = input_index(s, x);
    return s->create_graph || s->filled[k] ? s->results[k] : NULL;
}

/* Tells the observer of a contribution, before or after it is added. */
static void tell_contribution(const sweep *s, gd_event_kind kind, gd__contribution c)
{
    gd_tensor *x = gd__destination(c);
    gd_way way = s->create_graph && !c.through ? GD_WAY_RULE : gd__way(c);
    if (kind == GD_EVENT_ADDED && way == GD_WAY_DIRECT && !s->tape->was_direct)
        way = GD_WAY_RULE;
    gd__tell(s->tape, (gd_event){.kind = kind,
                                 .node = c.node,
                                 .operand = c.i,
                                 .way = way,
                                 .tensor = x,
                                 .gradient = sum_so_far(s, x)});
}

/* contribute's part for create_graph: k is x's number among the inputs, -1: none. */
static bool contribute_recorded(sweep *s, gd__contribution c, gd_node *node, int k)
{
    gd_tape *tape = s->tape;
    if (node == NULL && k < 0)
        return true;
    tape->rule = c.node;
    tape->rule_operand = c.i;
    bool ok = gd__contribute_recorded(tape, c, node != NULL ? &node->gradient : &s->results[k]);
    tape->rule = NULL;
    return ok;
}

/* Adds the contribution to the gradient of its destination x: of the node that has made x or, where
 * there is none and for an operand that the gradient passes by, for whoever asked for it. */
static bool contribute(sweep *s, gd__contribution c, bool is_passed_by)
{
    gd_tape *tape = s->tape;
    gd_tensor *x = gd__destination(c), *memory;
    gd_node *node = is_passed_by ? NULL : gd__recorded_node(x);
    bool is_observed = tape->observer != NULL && !is_passed_by, accumulate, ok = true;
    if (is_observed)
        tell_contribution(s, GD_EVENT_ADD, c);
    if (s->create_graph) {
        ok = contribute_recorded(s, c, node, input_index(s, x));
    } else if (node != NULL) {
        ok = gd__contribute_to_node(tape, c, node);
    } else if ((memory = memory_of(s, x, &accumulate)) != NULL) {
        ok = gd__contribute_to_memory(tape, c, memory, accumulate);
        gd_tensor_modified(memory);
    }
    ok = ok && tape->status == GD_OK;
    if (is_observed && ok)
        tell_contribution(s, GD_EVENT_ADDED, c);
    return ok;
}

/* Whether somebody wants to see the gradient of what the node has made. */
static bool is_asked_for(const sweep *s, const gd_node *node)
{
    return s->n < 0 ? node->out->grad_memory != NULL : node->target >= 0;
}

/* node->gradient is complete: gives it to whoever asked for it. */
static void deliver(sweep *s, gd_node *node)
{
    if (s->create_graph) {
        gd_tensor **result = &s->results[node->target];
        *result = *result == NULL ? node->gradient : gd_add(s->tape, *result, node->gradient);
        return;
    }
    bool accumulate;
    gd_tensor *memory = memory_of(s, node->out, &accumulate);
    gd__add_gradient(memory, node->gradient, accumulate);
    gd_tensor_modified(memory);
}

/* ---- the walk ---- */

/* Whether what node gives to operand 0 goes on at once to what that was made of. */
static bool passes_through(const gd_node *node)
{
    return node->through != NULL && node->through->number >= 0;
}

/* Runs the rules of one node for the operands that want a gradient. */
static bool visit(sweep *s, gd_node *node)
{
    gd_tape *tape = s->tape;
    int first_new = tape->node_count;
    gd__position scratch = gd__arena_position(&tape->scratch);
    bool ok = true;
    for (int i = 0; ok && i < node->n_in; ++i) {
        if (!is_needed(s, node->in[i]))
            continue;
        gd__contribution own = {node, i, false}, through = {node, i, true};
        bool is_passed_by = i == 0 && passes_through(node);
        if (is_passed_by && is_needed(s, gd__destination(through)))
            ok = contribute(s, through, false);
        ok = ok && contribute(s, own, is_passed_by);
        gd__pool_clear(tape); /* what the rules have made on the way */
        gd__arena_rewind(&tape->scratch, scratch);
    }
    for (int k = first_new; k < tape->node_count; ++k) { /* the user called neither of these */
        tape->record[k]->file = node->file;
        tape->record[k]->line = node->line;
        tape->record[k]->text = node->text;
    }
    return ok;
}

/* The walk, from root's node back; later nodes cannot lead to it. `seed`: its gradient. */
static bool walk(sweep *s, gd_node *root, gd_tensor *seed)
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
        if (ok && is_asked_for(s, node))
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
    if (!gd__tape_is_alive(tape, root))
        return gd_check_operand(tape, root, "the root");
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
    gd__scope scope = gd__enter(tape, s->create_graph);
    gd__place before = gd__tape_place(tape);
    tape->backward = s->create_graph ? GD__RECORDED_BACKWARD : GD__PLAIN_BACKWARD;
    for (int i = 0; i < GD__POOL_LISTS; ++i)
        tape->free_tensors[i] = NULL;
    if (tape->observer != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_BACKWARD, .tensor = root});
    gd_tensor *seed = gradient;
    if (seed == NULL && (seed = gd__new_tensor(tape, gd__source_of_results(tape), root)) != NULL)
        gd__set_float_at(seed->dtype, seed->data, 0, 1.0);
    bool ok = seed != NULL && walk(s, root->node, seed);
    tape->temporaries = NULL;
    tape->backward = GD__NO_BACKWARD;
    gd__leave(tape, scope);
    if (tape->observer != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_END, .tensor = root});
    if (!s->create_graph) {
        before.gradients = gd__arena_position(&tape->gradients); /* they stay */
        gd__tape_forget_since(tape, &before);
    }
    return ok;
}

/* The start of a function that differentiates. */
static gd_status begin(gd_tape *tape, const char *function)
{
    if (tape == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the tape is NULL", function);
    if (tape->status == GD_OK)
        tape->calling = function;
    return tape->status;
}

gd_status gd_backward_with(gd_tape *tape, gd_tensor *root, const gd_backward_options *options)
{
    if (begin(tape, "backward") != GD_OK)
        return gd_tape_status(tape);
    gd_backward_options defaults = {.gradient = NULL};
    options = options != NULL ? options : &defaults;
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
        if (!gd_check_operand(tape, inputs[i], name))
            return false;
        if (!inputs[i]->requires_grad)
            return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "input %d does not require a gradient", i);
        for (int k = 0; k < i; ++k)
            if (inputs[k] == inputs[i])
                return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "inputs %d and %d are the same", k, i);
    }
    return true;
}

/* Marks the recorded inputs, or takes the marks away. */
static void set_targets(const sweep *s, bool on)
{
    for (int i = 0; i < s->n; ++i)
        if (gd__recorded_node(s->inputs[i]) != NULL)
            s->inputs[i]->node->target = on ? i : -1;
}

/* Marks the nodes on the way from an input to the output. */
static void mark_needed(sweep *s, const gd_node *output)
{
    for (int k = 0; k <= output->number; ++k) {
        gd_node *node = s->tape->record[k];
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
        if (s->results[i] == NULL &&
            (s->results[i] = gd__new_tensor(tape, GD__STEP, s->inputs[i])) == NULL)
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
        if (!s->create_graph &&
            (s->results[i] = gd__new_tensor(s->tape, GD__STEP, s->inputs[i])) == NULL)
            return false;
    }
    return true;
}

gd_status gd_grad(gd_tape *tape, gd_tensor *output, gd_tensor *const *inputs, int n,
                  gd_tensor **gradients, const gd_grad_options *options)
{
    bool ok = begin(tape, "grad") == GD_OK;
    gd_grad_options defaults = {.gradient = NULL};
    options = options != NULL ? options : &defaults;
    sweep s = {tape, options->create_graph, n, inputs, gradients, NULL};
    if (ok && check_root(tape, output, options->gradient) &&
        check_inputs(tape, inputs, n, gradients) && prepare_results(&s)) {
        set_targets(&s, true);
        mark_needed(&s, output->node);
        ok = run(&s, output, options->gradient) && fill_unused(&s, options->allow_unused);
        set_targets(&s, false);
    }
    ok = ok && tape->status == GD_OK;
    for (int i = 0; !ok && i < n && gradients != NULL; ++i)
        gradients[i] = NULL;
    return gd_tape_status(tape);
}

gd_status gd_retain_grad(gd_tape *tape, gd_tensor *x)
{
    if (begin(tape, "retain_grad") != GD_OK || !gd_check_operand(tape, x, "the tensor"))
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
