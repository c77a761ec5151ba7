#include "losses/binary.h"

#include <math.h>

/* Dimension of the classes: 1, or 0 of a 1-d input. */
static int class_dim(const gd_tensor *input)
{
    return input->ndim > 1 ? 1 : 0;
}

gd_tensor gd__binary_view(const gd_node *n, int k)
{
    const gd_tensor *input = n->in[GD__BINARY_INPUT];
    gd_tensor view = *n->in[k];
    if (k == GD__BINARY_POS_WEIGHT && view.ndim == 1 && view.shape[0] != 1)
        while (view.ndim < input->ndim - class_dim(input))
            gd__insert_dimension(&view, view.ndim);
    return view;
}

void gd__binary_factors(const gd__elements *e, double *a, double *b)
{
    const double *y = e->v[GD__BINARY_TARGET], *w = e->v[GD__BINARY_WEIGHT];
    const double *v = e->v[GD__BINARY_POS_WEIGHT];
    for (int64_t j = 0; j < e->n; ++j) {
        a[j] = y[j];
        b[j] = 1 - y[j];
    }
    for (int64_t j = 0; v != NULL && j < e->n; ++j)
        a[j] *= v[j];
    for (int64_t j = 0; w != NULL && j < e->n; ++j) {
        a[j] *= w[j];
        b[j] *= w[j];
    }
}

/* ---- the gradients, as ops ---- */

/* What the rule is made of, 0 where the mask is false. */
typedef struct parts {
    gd_tensor *x, *y, *u; /* u = dl / D */
    gd_tensor *weight, *pos_weight;
} parts;

/* x with `value` where the mask is false. */
static gd_tensor *masked(gd_tape *tape, const gd_node *n, gd_tensor *x, double value)
{
    gd_tensor *mask = gd__elementwise_mask(n);
    return mask != NULL ? gd_masked_fill(tape, x, gd_logical_not(tape, mask), value) : x;
}

static parts make_parts(gd_tape *tape, const gd_node *n, gd_tensor *dl, double divisor)
{
    gd_tensor *x = n->in[GD__BINARY_INPUT], *weight = n->in[GD__BINARY_WEIGHT];
    gd_tensor *pos_weight = gd__elementwise_operand(n, GD__BINARY_POS_WEIGHT),
              *one = gd_scalar_like(tape, 1, x);
    if (pos_weight != NULL) {
        gd_tensor view = gd__binary_view(n, GD__BINARY_POS_WEIGHT);
        pos_weight = gd_reshape(tape, pos_weight, view.ndim, view.shape);
    }
    return (parts){.x = masked(tape, n, x, 0.5),
                   .y = masked(tape, n, n->in[GD__BINARY_TARGET], 0),
                   .u = masked(tape, n, gd_div(tape, dl, gd_scalar_like(tape, divisor, dl)), 0),
                   .weight = weight != NULL ? weight : one,
                   .pos_weight = pos_weight != NULL ? pos_weight : one};
}

/* factor cost(x), and 0 where the factor is 0, whatever x is. */
static gd_tensor *times_cost(gd_tape *tape, const gd__binary_ops *ops, gd_tensor *factor,
                             gd_tensor *x, bool yes, bool exact)
{
    gd_tensor *unused = gd_eq(tape, factor, gd_scalar_like(tape, 0, factor));
    return gd_mul(tape, factor, ops->cost(tape, gd_masked_fill(tape, x, unused, 0.5), yes, exact));
}

static gd_tensor *input_grad(gd_tape *tape, const parts *g, const gd__binary_ops *ops)
{
    gd_tensor *one = gd_scalar_like(tape, 1, g->y), *zero = gd_scalar_like(tape, 0, g->y);
    gd_tensor *uw = gd_mul(tape, g->u, g->weight);
    gd_tensor *a = gd_mul(tape, uw, gd_mul(tape, g->pos_weight, g->y));
    gd_tensor *b = gd_mul(tape, uw, gd_sub(tape, one, g->y));
    gd_tensor *unused = gd_logical_and(tape, gd_eq(tape, a, zero), gd_eq(tape, b, zero));
    return ops->slope(tape, gd_masked_fill(tape, g->x, unused, 0.5), a, b);
}

/* Sums g down to pos_weight, where that stands for a class dimension that is not the last. */
static gd_tensor *sum_to_classes(gd_tape *tape, const gd_node *n, gd_tensor *g)
{
    const gd_tensor *x = n->in[GD__BINARY_INPUT], *pos_weight = n->in[GD__BINARY_POS_WEIGHT];
    gd_tensor view = gd__binary_view(n, GD__BINARY_POS_WEIGHT);
    int64_t others[GD_MAX_DIMS];
    int count = 0;
    for (int k = 0; k < x->ndim; ++k)
        if (k != class_dim(x))
            others[count++] = k;
    return view.ndim != pos_weight->ndim ? gd_sum(tape, g, count, others, false) : g;
}

gd_tensor *gd__binary_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i,
                           const gd__binary_ops *ops)
{
    double divisor = gd__elementwise_divisor(n);
    if (!(divisor > 0))
        return gd__zeros_like(tape, n->in[i]);
    parts g = make_parts(tape, n, dl, divisor);
    if (tape->status != GD_OK)
        return NULL;
    gd_tensor *uw = gd_mul(tape, g.u, g.weight), *one = gd_scalar_like(tape, 1, g.y);
    if (i == GD__BINARY_INPUT)
        return input_grad(tape, &g, ops);
    if (i == GD__BINARY_TARGET) /* w (v A - B) */
        return gd_sub(tape, times_cost(tape, ops, gd_mul(tape, uw, g.pos_weight), g.x, true, true),
                      times_cost(tape, ops, uw, g.x, false, true));
    if (i == GD__BINARY_WEIGHT) /* v y A + (1 - y) B */
        return gd_add(
            tape,
            times_cost(tape, ops, gd_mul(tape, g.u, gd_mul(tape, g.pos_weight, g.y)), g.x, true,
                       false),
            times_cost(tape, ops, gd_mul(tape, g.u, gd_sub(tape, one, g.y)), g.x, false, false));
    gd_tensor *whole = times_cost(tape, ops, gd_mul(tape, uw, g.y), g.x, true, false);
    return sum_to_classes(tape, n, whole); /* w y A */
}
