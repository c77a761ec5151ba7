/* Running those calls of a program again that depend on one tensor. */
#include "trace/proof/evaluate.h"
#include "trace/proof/numbers.h"

#include <math.h>
#include <string.h>

/* How often the results are shaken. Each is, in half of the runs: so one of which all depends is
 * left out by all of them once in 2^SHAKES times. */
enum { SHAKES = 8 };

static bool no_memory(void)
{
    gd_fail(GD_ERROR_MEMORY, "prove: no memory");
    return false;
}

static void *new_zeros(int64_t n, size_t size)
{
    void *memory = gd_allocate((size_t)(n + 1) * size);
    return memory != NULL ? memset(memory, 0, (size_t)(n + 1) * size) : NULL;
}

static void free_zeros(void *memory, int64_t n, size_t size)
{
    gd_free(memory, (size_t)(n + 1) * size);
}

/* ---- which calls ---- */

static bool depends(const gd_recorded_node *node, const bool *on)
{
    for (int i = 0; i < node->n_in; ++i)
        if (node->in[i] >= 0 && on[node->in[i]])
            return true;
    return false;
}

/* Fills f->calls: forward from x, then backward from the roots. reached, leading: [n_tensors]. */
static void find_calls(gd__function *f, bool *reached, bool *leading)
{
    const gd_recording *c = f->replay->recording;
    reached[f->tensor] = true;
    for (int64_t i = 0; i < c->n_nodes; ++i)
        if (f->replay->nodes[i] != NULL && depends(&c->nodes[i], reached))
            reached[c->nodes[i].out] = true;
    for (int k = 0; k < f->n_roots; ++k)
        leading[f->roots[k]->tensor] = true;
    for (int64_t i = c->n_nodes - 1; i >= 0; --i) {
        const gd_recorded_node *node = &c->nodes[i];
        if (!leading[node->out] || !reached[node->out] || node->out == f->tensor)
            continue;
        for (int k = 0; k < node->n_in; ++k)
            if (node->in[k] >= 0)
                leading[node->in[k]] = true;
    }
    for (int64_t i = 0; i < c->n_nodes; ++i) {
        const gd_recorded_node *node = &c->nodes[i];
        if (!leading[node->out] || !reached[node->out] || node->out == f->tensor)
            continue;
        f->calls[f->n_calls++] = i;
        f->n_operands += node->n_in;
        f->most_operands = node->n_in > f->most_operands ? node->n_in : f->most_operands;
    }
}

/* x as a tensor of the user's, over the same memory. */
static gd_tensor as_users(const gd_tensor *x)
{
    gd_tensor view = {.data = x->data, .dtype = x->dtype, .ndim = x->ndim};
    memcpy(view.shape, x->shape, sizeof view.shape);
    memcpy(view.stride, x->stride, sizeof view.stride);
    return view;
}

/* Finds the values that x had, and those of operands that do not change. False: x was changed
 * between its uses. */
static bool find_operands(gd__function *f, const bool *reached)
{
    const gd_recording *c = f->replay->recording;
    gd_tensor *unchanged = f->unchanged;
    for (int64_t i = 0; i < f->n_calls; ++i) {
        const gd_node *node = f->replay->nodes[f->calls[i]];
        const gd_recorded_node *recorded = &c->nodes[f->calls[i]];
        for (int k = 0; k < recorded->n_in; ++k, ++unchanged) {
            int64_t id = recorded->in[k];
            if (id < 0)
                continue;
            if (!reached[id])
                *unchanged = as_users(node->in[k]);
            if (id == f->tensor && f->base != NULL && f->base != node->in[k])
                return false;
            if (id == f->tensor)
                f->base = node->in[k];
        }
    }
    if (f->base == NULL) /* x is the root itself, or leads to none */
        f->base = f->replay->now[f->tensor];
    return true;
}

bool gd__function_begin(gd__function *f, gd_replay *replay, int64_t tensor,
                        const gd_recorded_event *const *roots, int n_roots, const char **why)
{
    const gd_recording *c = replay->recording;
    *f = (gd__function){
        .replay = replay, .tensor = tensor, .roots = roots, .n_roots = n_roots, .noise = -1};
    bool *reached = new_zeros(c->n_tensors, sizeof *reached),
         *leading = new_zeros(c->n_tensors, sizeof *leading);
    f->calls = new_zeros(c->n_nodes, sizeof *f->calls);
    f->results = new_zeros(c->n_tensors, sizeof(gd_tensor *));
    f->tape = gd_tape_create();
    bool ok = reached != NULL && leading != NULL && f->calls != NULL && f->results != NULL &&
              f->tape != NULL;
    if (ok) {
        find_calls(f, reached, leading);
        f->unchanged = new_zeros(f->n_operands, sizeof *f->unchanged);
        f->operands = new_zeros(f->most_operands, sizeof(gd_tensor *));
        ok = f->unchanged != NULL && f->operands != NULL;
    }
    *why = ok && !find_operands(f, reached) ? "it was changed between its uses" : NULL;
    if (ok && *why == NULL) {
        f->x = gd_tensor_create_copy(f->base);
        ok = f->x != NULL;
    }
    free_zeros(reached, c->n_tensors, sizeof *reached);
    free_zeros(leading, c->n_tensors, sizeof *leading);
    if (ok)
        gd_tape_set_recording(f->tape, false);
    return ok || no_memory();
}

void gd__function_end(gd__function *f)
{
    const gd_recording *c = f->replay->recording;
    gd_tape_destroy(f->tape);
    gd_tensor_destroy(f->x);
    free_zeros(f->calls, c->n_nodes, sizeof *f->calls);
    free_zeros(f->results, c->n_tensors, sizeof(gd_tensor *));
    free_zeros(f->unchanged, f->n_operands, sizeof *f->unchanged);
    free_zeros(f->operands, f->most_operands, sizeof(gd_tensor *));
}

/* ---- its value ---- */

/* Makes about half of the elements smaller by f->jitter of themselves. */
static void shake(gd__function *f, gd_tensor *x)
{
    if (f->jitter == 0 || x->dtype != GD_F64 || !gd_tensor_is_contiguous(x))
        return;
    double *values = x->data;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        f->rng.counter = f->rng.counter * 6364136223846793005U + 1442695040888963407U;
        values[i] -= (f->rng.counter >> 63) != 0 ? f->jitter * values[i] : 0;
    }
}

/* Runs the calls. False: an op refuses its operands. */
static bool run(gd__function *f)
{
    const gd_recording *c = f->replay->recording;
    gd_tensor *unchanged = f->unchanged;
    gd_tape_reset(f->tape);
    f->results[f->tensor] = f->x;
    for (int64_t i = 0; i < f->n_calls; ++i) {
        const gd_recorded_node *node = &c->nodes[f->calls[i]];
        for (int k = 0; k < node->n_in; ++k, ++unchanged) {
            int64_t id = node->in[k];
            f->operands[k] = id < 0 ? NULL : f->results[id] != NULL ? f->results[id] : unchanged;
        }
        gd_tensor *out = gd__replay_apply(f->replay, f->tape, f->calls[i], f->operands);
        f->results[node->out] = out;
        if (out == NULL) {
            gd_status status = gd_tape_status(f->tape);
            f->has_failed |= status == GD_OK || status == GD_ERROR_MEMORY;
            return false;
        }
        shake(f, out);
    }
    return true;
}

double gd__function_value(gd__function *f)
{
    if (!run(f))
        return (double)NAN;
    double sum = 0;
    for (int k = 0; k < f->n_roots; ++k) {
        const gd_recorded_event *e = f->roots[k];
        const gd_tensor *root = f->results[e->tensor];
        const gd_tensor *seed = f->replay->values[e - f->replay->recording->events];
        sum += root != NULL ? gd__sum_of_products(seed, root) : 0;
    }
    return sum;
}

double gd__function_noise(gd__function *f)
{
    if (f->noise >= 0)
        return f->noise;
    double exact = gd__function_value(f);
    f->noise = 0x1p-52 * fabs(exact);
    f->jitter = 0x1p-52;
    for (int k = 0; k < SHAKES; ++k) {
        double shaken = gd__function_value(f);
        f->noise = fmax(f->noise, isnan(shaken) ? (double)INFINITY : fabs(shaken - exact));
    }
    f->jitter = 0;
    return f->noise;
}
