/* The gradients of nll_loss as ops, which can be differentiated again. The formulas are at the top of
 * nll_loss.c. */
#include "losses/positions.h"

/* What the rule is made of: tensors of the input's shape, or with size 1 along the classes or the
 * positions. */
typedef struct parts {
    gd_tensor *dropped; /* bool: positions that are left out */
    gd_tensor *hard;    /* 1 at the target's class where it counts, else 0; NULL: probabilities */
    gd_tensor *t;       /* (1 - e) t + e / C, 0 where a position is left out */
    gd_tensor *weight;  /* NULL: all 1 */
    gd_tensor *u;       /* dl / D */
} parts;

/* dropped and hard, which nothing is differentiated by. */
static bool make_constants(gd_tape *tape, const gd_node *n, parts *g)
{
    const gd_tensor *input = n->in[GD__NLL_INPUT];
    gd_tensor like = *input;
    like.shape[gd__nll_class_dim(n->attributes, input)] = 1;
    g->dropped = gd_zeros(tape, GD_BOOL, like.ndim, like.shape);
    g->hard = gd__nll_has_classes(n) ? gd__zeros_like(tape, input) : NULL;
    bool keep;
    gd__positions p;
    if (tape->status != GD_OK || !gd__positions_begin(tape, n, g->hard, NULL, &p))
        return false;
    uint8_t *dropped = g->dropped->data;
    while (gd__positions_next(tape, &p, &keep)) {
        dropped[p.rows.number] = !keep;
        if (keep && p.classes)
            gd__add_at(&p, p.label, 1, false);
    }
    return tape->status == GD_OK;
}

/* D, as far as something is differentiated by it; NULL: there is nothing to divide, all is 0. */
static gd_tensor *divisor_of(gd_tape *tape, const gd_node *n, const parts *g)
{
    const gd__reducing *r = &((const gd__nll_settings *)n->attributes)->reducing;
    double divisor = ((const gd__nll_kept *)n->saved)->divisor;
    if (!(divisor > 0))
        return NULL;
    bool of_weights = r->reduction == GD_REDUCTION_MEAN && !r->denominator.given &&
                      g->hard != NULL && g->weight != NULL;
    return of_weights ? gd_sum(tape, gd_mul(tape, g->hard, g->weight), GD_ALL_DIMS, false)
                      : gd_scalar_like(tape, divisor, n->in[GD__NLL_INPUT]);
}

/* false: every gradient is 0, or the tape has an error. */
static bool make_parts(gd_tape *tape, const gd_node *n, gd_tensor *dl, parts *g)
{
    gd_tensor *input = n->in[GD__NLL_INPUT], *weight = n->in[GD__NLL_WEIGHT];
    double e = ((const gd__nll_settings *)n->attributes)->label_smoothing;
    int dim = gd__nll_class_dim(n->attributes, input);
    int64_t shape[GD_MAX_DIMS] = {input->shape[dim], 1, 1, 1, 1, 1, 1, 1};
    if (!make_constants(tape, n, g))
        return false;
    gd_tensor *t = g->hard != NULL ? g->hard : n->in[GD__NLL_TARGET];
    t = gd_mul(tape, t, gd_scalar_like(tape, 1 - e, input));
    t = gd_add(tape, t, gd_scalar_like(tape, e / (double)input->shape[dim], input));
    g->t = gd_masked_fill(tape, t, g->dropped, 0);
    g->weight = weight != NULL ? gd_reshape(tape, weight, input->ndim - dim, shape) : NULL;
    gd_tensor *divisor = divisor_of(tape, n, g);
    if (divisor == NULL)
        return false;
    g->u = gd_div(tape, dl->ndim > 0 ? gd_unsqueeze(tape, dl, dim) : dl, divisor);
    return true;
}

static gd_tensor *times_weight(gd_tape *tape, const parts *g, gd_tensor *x)
{
    return g->weight != NULL ? gd_mul(tape, x, g->weight) : x;
}

/* factor L, and 0 where the factor is 0, whatever L is. */
static gd_tensor *times_input(gd_tape *tape, const gd_node *n, gd_tensor *factor)
{
    gd_tensor *unused = gd_eq(tape, factor, gd_scalar_like(tape, 0, factor));
    return gd_mul(tape, factor, gd_masked_fill(tape, n->in[GD__NLL_INPUT], unused, 0));
}

static gd_tensor *target_grad(gd_tape *tape, const gd_node *n, const parts *g)
{
    double e = ((const gd__nll_settings *)n->attributes)->label_smoothing;
    gd_tensor *factor =
        times_weight(tape, g, gd_mul(tape, g->u, gd_scalar_like(tape, e - 1, g->u)));
    return times_input(tape, n, gd_masked_fill(tape, factor, g->dropped, 0));
}

static gd_tensor *weight_grad(gd_tape *tape, const gd_node *n, const parts *g)
{
    const gd__reducing *r = &((const gd__nll_settings *)n->attributes)->reducing;
    gd_tensor *slope = gd_neg(tape, times_input(tape, n, gd_mul(tape, g->u, g->t)));
    if (r->reduction == GD_REDUCTION_MEAN && !r->denominator.given && g->hard != NULL)
        slope = gd_sub(tape, slope, gd_mul(tape, gd_mul(tape, g->u, g->hard), n->out));
    int64_t others[GD_MAX_DIMS];
    int count = 0, dim = gd__nll_class_dim(n->attributes, n->in[GD__NLL_INPUT]);
    for (int k = 0; k < slope->ndim; ++k)
        if (k != dim)
            others[count++] = k;
    return count > 0 ? gd_sum(tape, slope, count, others, false) : slope;
}

gd_tensor *gd__nll_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    parts g;
    if (!make_parts(tape, n, dl, &g))
        return tape->status == GD_OK ? gd__zeros_like(tape, n->in[i]) : NULL;
    if (i == GD__NLL_INPUT)
        return gd_neg(tape, gd_mul(tape, g.u, times_weight(tape, &g, g.t)));
    return i == GD__NLL_TARGET ? target_grad(tape, n, &g) : weight_grad(tape, n, &g);
}

/* u (Q p - q), for p near 1 as u (Q (p - 1) + (Q - q)). */
gd_tensor *gd__nll_through_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl)
{
    parts g;
    gd_tensor *x = n->through->in[0];
    if (!make_parts(tape, n, dl, &g))
        return tape->status == GD_OK ? gd__zeros_like(tape, x) : NULL;
    int dim = gd__nll_class_dim(n->attributes, x);
    gd_tensor *q = times_weight(tape, &g, g.t), *total = gd_sum(tape, q, GD_DIMS(dim), true);
    gd_tensor *unused = gd_eq(tape, gd_mul(tape, g.u, total), gd_scalar_like(tape, 0, x));
    gd_tensor *log_p = gd_masked_fill(tape, n->in[GD__NLL_INPUT], unused, 0);
    gd_tensor *p = gd_softmax(tape, gd_masked_fill(tape, x, unused, 0), dim);
    gd_tensor *small = gd_sub(tape, gd_mul(tape, total, p), q);
    gd_tensor *large =
        gd_add(tape, gd_mul(tape, total, gd_expm1(tape, log_p)), gd_sub(tape, total, q));
    gd_tensor *is_large = gd_gt(tape, log_p, gd_scalar_like(tape, -0.7, x));
    return gd_mul(tape, g.u, gd_where(tape, is_large, large, small));
}
