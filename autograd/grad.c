/* gd_grad: the gradients of chosen tensors, as tensors of the tape. */
#include "autograd/backward.h"

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
static void set_asked_indices(const gd__sweep *s, bool on)
{
    for (int i = 0; i < s->n; ++i)
        if (gd__recorded_node(s->inputs[i]) != NULL)
            s->inputs[i]->node->asked_index = on ? i : -1;
}

/* Marks the nodes on the way from an input to the output. */
static void mark_needed(const gd__sweep *s, const gd_node *output)
{
    for (int k = 0; k <= output->number; ++k) {
        gd_node *node = s->tape->record[k];
        node->needed = false;
        for (int i = 0; i < node->n_in && !node->needed; ++i)
            node->needed = gd__is_needed(s, node->in[i]);
    }
}

/* What no path leads to: an error, or zeros. */
static void fill_unused(const gd__sweep *s, bool allow_unused)
{
    gd_tape *tape = s->tape;
    tape->calling = "grad";
    for (int i = 0; i < s->n; ++i) {
        const gd_tensor *x = s->inputs[i];
        if (s->results[i] == NULL && allow_unused)
            s->results[i] = gd_zeros(tape, x->dtype, x->ndim, x->shape);
        else if (s->results[i] == NULL)
            gd_tape_fail(tape, GD_ERROR_ARGUMENT,
                         "the output does not depend on input %d (.allow_unused gives zeros)", i);
    }
}

/* Memory for the results, which is taken before the pool's, so that it stays when that is given
 * back. */
static bool take_memory(gd__sweep *s)
{
    size_t size = (size_t)s->n * sizeof *s->memory;
    s->memory = gd__arena_take(&s->tape->nodes, size > 0 ? size : 1);
    if (s->memory == NULL)
        return gd_tape_fail(s->tape, GD_ERROR_MEMORY, "no memory");
    for (int i = 0; i < s->n && !s->create_graph; ++i)
        s->memory[i] = gd__new_tensor(s->tape, GD__STEP, s->inputs[i]);
    return s->tape->status == GD_OK;
}

gd_status gd_grad(gd_tape *tape, gd_tensor *output, gd_tensor *const *inputs, int n,
                  gd_tensor **gradients, const gd_grad_options *options)
{
    for (int i = 0; i < n && gradients != NULL; ++i)
        gradients[i] = NULL;
    if (gd__begin(tape, "grad") != GD_OK)
        return gd_tape_status(tape);
    gd_grad_options defaults = {.gradient = NULL};
    options = options != NULL ? options : &defaults;
    gd__sweep s = {.tape = tape,
                   .create_graph = options->create_graph,
                   .n = n,
                   .inputs = inputs,
                   .results = gradients};
    if (gd__check_root(tape, output, options->gradient) &&
        check_inputs(tape, inputs, n, gradients) && take_memory(&s)) {
        set_asked_indices(&s, true);
        mark_needed(&s, output->node);
        if (gd__sweep_run(&s, output, options->gradient))
            fill_unused(&s, options->allow_unused);
        set_asked_indices(&s, false);
    }
    for (int i = 0; i < n && tape->status != GD_OK && gradients != NULL; ++i)
        gradients[i] = NULL;
    return tape->status;
}
