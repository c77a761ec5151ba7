/* Whether an op on the way is at a kink of its own. Where several are, the chain rule need not
 * hold although each rule does: max(min(x, c), c) is c everywhere, but at x = c each of the two
 * gives x half of its gradient. */
#include "trace/proof/evaluate.h"
#include "trace/proof/numbers.h"

#include <math.h>

/* Each float operand that depends on x is moved by t along a direction of its own: [n_in] copies,
 * to be destroyed. False: no memory. */
static bool move_operands(gd__function *f, int64_t node, double t, gd_tensor **copies)
{
    const gd_recorded_node *n = &f->replay->recording->nodes[node];
    for (int i = 0; i < n->n_in; ++i) {
        gd_tensor *x = n->in[i] >= 0 ? f->replay->nodes[node]->in[i] : NULL;
        copies[i] = x != NULL ? gd_tensor_create_copy(x) : NULL;
        if (x != NULL && copies[i] == NULL)
            return false;
        bool moves = x != NULL && f->results[n->in[i]] != NULL;
        gd_rng rng = {.key = (uint64_t)(n->in[i] + 1)}; /* the same for the same operand */
        gd_tensor *v = moves ? gd_tensor_create_copy(x) : NULL;
        if (moves && (v == NULL || gd_tensor_uniform(v, &rng, 0.5, 1.5) != GD_OK)) {
            gd_tensor_destroy(v);
            return false;
        }
        for (int64_t k = 0; moves && k < gd_tensor_numel(v); ++k)
            ((double *)copies[i]->data)[k] += t * ((double *)v->data)[k];
        gd_tensor_destroy(v);
    }
    return true;
}

/* The op's result with its operands moved; on f's tape. NULL: refused, or no memory. */
static gd_tensor *moved_result(gd__function *f, int64_t node, double t)
{
    const gd_recorded_node *n = &f->replay->recording->nodes[node];
    size_t size = (size_t)n->n_in * sizeof(gd_tensor *);
    gd_tensor **copies = gd_allocate(size), *out = NULL;
    if (copies == NULL)
        return NULL;
    for (int i = 0; i < n->n_in; ++i)
        copies[i] = NULL;
    if (move_operands(f, node, t, copies))
        out = gd__replay_apply(f->replay, f->tape, node, copies);
    out = out != NULL ? gd_clone(f->tape, out) : NULL; /* it may be a view */
    for (int i = 0; i < n->n_in; ++i)
        gd_tensor_destroy(copies[i]);
    gd_free(copies, size);
    return out;
}

static bool is_at_kink(gd__function *f, int64_t node)
{
    const double h = 0x1p-20;
    gd_tape_reset(f->tape);
    gd_tensor *left = moved_result(f, node, -h), *middle = moved_result(f, node, 0),
              *right = moved_result(f, node, h);
    if (left == NULL || middle == NULL || right == NULL || middle->dtype != GD_F64)
        return false;
    for (int64_t i = 0; i < gd_tensor_numel(middle); ++i) {
        double m = gd_tensor_at(middle, i);
        double bend = gd_tensor_at(left, i) - m + (gd_tensor_at(right, i) - m);
        if (fabs(bend) > 0.01 * h * fmax(1, fabs(m)))
            return true;
    }
    return false;
}

bool gd__function_meets_kink(gd__function *f)
{
    gd__function_value(f); /* fills in what depends on x */
    for (int64_t i = 0; i < f->n_calls; ++i)
        if (is_at_kink(f, f->calls[i]))
            return true;
    return false;
}
