/* Negative log likelihood: what a classifier pays for the log-probabilities that it gave.
 *
 * Definition. For one position with log-probabilities L_c over C classes, a target distribution t
 * (one class y: t_y = 1, else 0), class weights w and label smoothing e,
 *     q_c = w_c ((1 - e) t_c + e / C),    l = -sum over c of q_c L_c.
 * Without weights and smoothing, for one class y, that is l = -L_y. The mean divides by D = sum of w_y
 * for classes, by the number of positions for distributions. Positions that the mask or ignore_index
 * leave out count in neither.
 *
 * Gradients, with u = dl, for the mean dl / D:
 *     dL_c = -u q_c,    dt_c = -u (1 - e) w_c L_c,
 *     dw_c = -u sum over positions of ((1 - e) t_c + e / C) L_c, and for D = sum of w_y:
 *            - u (loss) (number of positions with y = c).
 * Where a factor is 0 the product is 0, even if L is infinite or NaN.
 *
 * Through log_softmax. Where L = log_softmax(x), L_c = x_c - max - log_sum is read from the logits x
 * and what log_softmax has kept of their row, in double. log_softmax sends dL to
 * dx_c = dL_c - p_c sum of dL, with p = e^L; so with Q = sum of q_c
 *     dx_c = u (Q p_c - q_c),    for one class y: u w_y (p_c - [c = y]).
 * At c = y, p - 1 rounds to 0 long before the model is perfect; e^L - 1 by expm1 keeps the tail. This
 * is the gradient of cross entropy.
 *
 * The loops over the classes of a position, where there is more than one q_c, are in
 * nll_loss.kernel.h. */
#include "losses/positions.h"

#include "losses/loss_list.h"
#include "losses/reduction.h"

#include <inttypes.h>
#include <math.h>

/* ---- the value ---- */

static size_t saved_size(const gd_node *n)
{
    (void)n;
    return sizeof(double); /* D */
}

static double divisor_of(const gd_node *n)
{
    return *(const double *)n->saved;
}

/* -q L, and 0 where q is 0, whatever L is. */
static double term(double q, double log_probability)
{
    return q == 0 ? 0 : 0 - q * log_probability;
}

static double loss_of(const gd__positions *p)
{
    return gd__is_hard(p) ? term(gd__label_weight(p), gd__label_log_probability(p))
                          : p->kernels->nll_value(&p->row);
}

static bool forward(gd_tape *tape, const gd_node *n)
{
    const gd_nll_loss_options *o = n->attributes;
    gd_loss_options reduction = GD_LOSS_OPTIONS_OF(*o);
    bool reduce = o->reduction != GD_REDUCTION_NONE;
    gd__exact_sum sum = {0, 0}, weight = {0, 0};
    gd__positions p;
    if (!gd__nll_check_values(tape, n) ||
        !gd__positions_begin(tape, n, reduce ? NULL : n->out, NULL, &p))
        return false;
    while (gd__positions_next(tape, &p)) {
        double loss = p.kept ? loss_of(&p) : 0;
        if (p.kept)
            gd__two_sum(&weight.high, &weight.low, p.has_labels ? gd__label_weight(&p) : 1);
        if (reduce)
            gd__two_sum(&sum.high, &sum.low, loss);
        else
            gd__set_float_at(p.dtype, p.written, 0, loss);
    }
    if (gd_tape_status(tape) != GD_OK)
        return false;
    double count = gd__sum_value(weight.high, weight.low);
    gd_tensor positions = gd__positions_of(n->in[GD__NLL_INPUT], gd__nll_class_dim(n));
    double divisor = *(double *)n->saved = gd__divisor(&reduction, count, &positions);
    if (o->count_out != NULL)
        *o->count_out = count;
    if (reduce)
        gd__set_float_at(p.dtype, n->out->data, 0,
                         gd__reduced(&reduction, gd__sum_value(sum.high, sum.low), divisor));
    return true;
}

/* ---- the gradient of the input, or through log_softmax of the logits ---- */

/* For one class y: u w_y (p_c - [c = y]). */
static void add_hard_logit_slope(gd__positions *p, double u, bool accumulate)
{
    const gd__nll_row *r = &p->row;
    double q = u * gd__label_weight(p);
    int64_t at = r->label * p->written_step;
    if (q == 0 && !accumulate)
        gd__clear_row(p);
    if (q == 0)
        return;
    if (q != p->scale) { /* mostly it is that of the position before */
        p->scale = q;
        p->log_scale = log(fabs(q));
    }
    double before = accumulate ? gd__float_at(p->dtype, p->written, at) : 0;
    double tail = q * p->kernels->expm1(gd__label_log_probability(p));
    gd__kernels_for(p->dtype)->softmax_row(r->classes, p->written, p->written_step, r->x, r->x_step,
                                           r->max, r->log_sum - p->log_scale, q < 0, accumulate);
    gd__set_float_at(p->dtype, p->written, at, before + tail);
}

static bool write_gradient(gd_tape *tape, const gd_node *n, const gd_tensor *dl, gd_tensor *dst,
                           bool accumulate, bool through)
{
    gd__positions p;
    if (!gd__positions_begin(tape, n, dst, dl, &p))
        return false;
    const gd__loss_kernels *k = p.kernels;
    while (gd__positions_next(tape, &p)) {
        double u = p.kept && divisor_of(n) > 0 ? p.upstream / divisor_of(n) : 0;
        if (u == 0 && !accumulate)
            gd__clear_row(&p);
        else if (u != 0 && through && gd__is_hard(&p))
            add_hard_logit_slope(&p, u, accumulate);
        else if (u != 0)
            (through ? k->nll_logit_slope : k->nll_slope)(&p.row, p.written, p.written_step, u,
                                                          accumulate);
    }
    return gd_tape_status(tape) == GD_OK;
}

static bool grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i, gd_tensor *dst,
                      bool accumulate)
{
    return i == GD__NLL_INPUT && write_gradient(tape, n, dl, dst, accumulate, false);
}

static bool through_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, gd_tensor *dst,
                         bool accumulate)
{
    return write_gradient(tape, n, dl, dst, accumulate, true);
}

/* ---- the rule: the same as ops ---- */

/* Tensors of the input's shape, or with size 1 along the classes or the positions. */
typedef struct parts {
    gd_tensor *kept; /* bool: positions that count; NULL: all */
    gd_tensor *hard; /* 1 at the target's class where it counts, else 0; NULL: probabilities */
    gd_tensor *t;    /* (1 - e) t + e / C, 0 where a position does not count */
    gd_tensor *w;    /* NULL: all 1 */
    gd_tensor *u;    /* dl / D */
    gd_tensor *zero;
} parts;

static gd_tensor *times(gd_tape *tape, gd_tensor *x, double factor)
{
    return gd_mul(tape, x, gd_scalar_like(tape, factor, x));
}

static void set_kept_and_hard(gd_tape *tape, const gd_node *n, parts *g)
{
    gd_tensor *x = n->in[GD__NLL_INPUT], *mask = n->in[GD__NLL_MASK];
    int dim = gd__nll_class_dim(n);
    g->kept = mask != NULL ? gd_unsqueeze(tape, mask, dim) : NULL;
    g->hard = NULL;
    if (!gd__nll_has_labels(n))
        return;
    int64_t ignored = gd__nll_ignored(n);
    gd__labels y = gd__read_labels(tape, x, dim, n->in[GD__NLL_TARGET], mask, NULL, &ignored);
    g->kept = gd_unsqueeze(tape, y.kept, dim);
    g->hard = gd_scatter_add(tape, gd_zeros(tape, x->dtype, x->ndim, x->shape), dim,
                             gd_unsqueeze(tape, y.label, dim), gd_cast(tape, g->kept, x->dtype));
}

/* D: where it is a sum of weights, these get a gradient through it. */
static gd_tensor *divisor_tensor(gd_tape *tape, const gd_node *n, const parts *g)
{
    const gd_nll_loss_options *o = n->attributes;
    if (o->reduction != GD_REDUCTION_MEAN || o->denominator.given || g->hard == NULL ||
        g->w == NULL)
        return gd_scalar_like(tape, divisor_of(n), g->zero);
    return gd_sum(tape, gd_mul(tape, g->hard, g->w), GD_ALL_DIMS, false);
}

/* false: every gradient is 0, or the tape has an error. */
static bool make_parts(gd_tape *tape, const gd_node *n, gd_tensor *dl, parts *g)
{
    double e = ((const gd_nll_loss_options *)n->attributes)->label_smoothing;
    gd_tensor *x = n->in[GD__NLL_INPUT], *weight = n->in[GD__NLL_WEIGHT];
    int dim = gd__nll_class_dim(n);
    int64_t classes = x->shape[dim], shape[GD_MAX_DIMS] = {classes, 1, 1, 1, 1, 1, 1, 1};
    if (!(divisor_of(n) > 0))
        return false;
    set_kept_and_hard(tape, n, g);
    g->zero = gd_scalar_like(tape, 0, x);
    g->w = weight != NULL ? gd_reshape(tape, weight, x->ndim - dim, shape) : NULL;
    gd_tensor *t = times(tape, g->hard != NULL ? g->hard : n->in[GD__NLL_TARGET], 1 - e);
    t = gd_add(tape, t, gd_scalar_like(tape, e / (double)classes, x));
    g->t = gd_kept(tape, t, g->kept, 0);
    gd_tensor *each = dl->ndim > 0 ? gd_unsqueeze(tape, dl, dim) : dl;
    g->u = gd_div(tape, each, divisor_tensor(tape, n, g));
    return gd_tape_status(tape) == GD_OK;
}

static gd_tensor *times_weight(gd_tape *tape, const parts *g, gd_tensor *x)
{
    return g->w != NULL ? gd_mul(tape, x, g->w) : x;
}

/* factor L, and 0 where the factor is 0, whatever L is. */
static gd_tensor *times_input(gd_tape *tape, const gd_node *n, const parts *g, gd_tensor *factor)
{
    gd_tensor *used = gd_ne(tape, factor, g->zero);
    return gd_mul(tape, factor, gd_kept(tape, n->in[GD__NLL_INPUT], used, 0));
}

static gd_tensor *weight_grad(gd_tape *tape, const gd_node *n, const parts *g)
{
    const gd_nll_loss_options *o = n->attributes;
    gd_tensor *dw = gd_neg(tape, times_input(tape, n, g, gd_mul(tape, g->u, g->t)));
    if (o->reduction == GD_REDUCTION_MEAN && !o->denominator.given && g->hard != NULL)
        dw = gd_sub(tape, dw, gd_mul(tape, gd_mul(tape, g->u, g->hard), n->out));
    int64_t others[GD_MAX_DIMS];
    int count = 0, dim = gd__nll_class_dim(n);
    for (int k = 0; k < n->in[GD__NLL_INPUT]->ndim; ++k)
        if (k != dim)
            others[count++] = k;
    return count > 0 ? gd_sum(tape, dw, count, others, false) : dw;
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    parts g;
    if (!make_parts(tape, n, dl, &g))
        return gd_zeros(tape, n->in[i]->dtype, n->in[i]->ndim, n->in[i]->shape);
    double e = ((const gd_nll_loss_options *)n->attributes)->label_smoothing;
    if (i == GD__NLL_INPUT)
        return gd_neg(tape, gd_mul(tape, g.u, times_weight(tape, &g, g.t)));
    if (i == GD__NLL_WEIGHT)
        return weight_grad(tape, n, &g);
    gd_tensor *factor = times_weight(tape, &g, times(tape, g.u, e - 1));
    return times_input(tape, n, &g, gd_kept(tape, factor, g.kept, 0));
}

/* u (Q p - q), for p near 1 as u (Q (p - 1) + (Q - q)). */
static gd_tensor *through_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl)
{
    parts g;
    gd_tensor *x = n->through->in[0];
    if (!make_parts(tape, n, dl, &g))
        return gd_zeros(tape, x->dtype, x->ndim, x->shape);
    int dim = gd__nll_class_dim(n);
    gd_tensor *q = times_weight(tape, &g, g.t), *total = gd_sum(tape, q, GD_DIMS(dim), true);
    gd_tensor *used = gd_ne(tape, gd_mul(tape, g.u, total), g.zero);
    gd_tensor *log_p = gd_kept(tape, n->in[GD__NLL_INPUT], used, 0);
    gd_tensor *p = gd_softmax(tape, gd_kept(tape, x, used, 0), dim);
    gd_tensor *small = gd_sub(tape, gd_mul(tape, total, p), q);
    gd_tensor *large =
        gd_add(tape, gd_mul(tape, total, gd_expm1(tape, log_p)), gd_sub(tape, total, q));
    gd_tensor *is_large = gd_gt(tape, log_p, gd_scalar_like(tape, -0.7, x));
    return gd_mul(tape, g.u, gd_where(tape, is_large, large, small));
}

static const gd_pass_through through_log_softmax = {
    .op = &gd_op_log_softmax,
    .gradient = "dx = u (Q softmax(x) - q), Q = sum of q_c",
    .grad = through_grad,
    .grad_into = through_into,
    .reads = GD__NLL_READS_ALL,
    .through_reads = GD_READS(0),
};

/* ---- the op ---- */

#define OPTIONS(...)                                                                               \
    &(const gd_nll_loss_options)                                                                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

const gd_op gd_op_nll_loss = {
    .name = "nll_loss",
    .formula = "-sum of q_c x_c over the classes, q_c = w_c ((1 - e) t_c + e / C), reduced",
    .gradient = "dx = -u q, dt = -u (1 - e) w x, dw = -u sum of ((1 - e) t + e / C) x, u = dl / D; "
                "and -u l times the class's number for the mean over classes",
    .shapes = "[n,c,..] [n,..] [c] [n,..] -> [] or [n,..]; target also [n,c,..]",
    .least_operands = 2,
    .most_operands = GD__NLL_OPERANDS,
    .attributes_size = sizeof(gd_nll_loss_options),
    .check = gd__nll_check,
    .saved_size = saved_size,
    .forward = forward,
    .grad = grad,
    .grad_into = grad_into,
    .through = &through_log_softmax,
    .reads = {GD__NLL_READS_ALL & ~GD_READS(GD__NLL_INPUT), GD__NLL_READS_ALL,
              GD__NLL_READS_ALL | GD_READS_OUT},
    .print_attributes = gd__nll_print,
    .domain = {{.low = -3, .high = -0.1}, {.low = 0, .high = 1}, {.low = 0.5, .high = 2}},
    .samples =
        (const gd_sample[]){
            {"[3,2] i[3]", OPTIONS(.reduction = GD_REDUCTION_MEAN)},
            {"[3,2] i[3]", OPTIONS(.reduction = GD_REDUCTION_SUM)},
            {"[3,2] i[3]", OPTIONS(.reduction = GD_REDUCTION_NONE)},
            {"[3,2] i[3]", OPTIONS(.reduction = GD_REDUCTION_BATCHMEAN)},
            {"[2] i[]", OPTIONS(.reduction = GD_REDUCTION_MEAN)},
            {"[5,2] i[5] [2]", OPTIONS(.ignore_index = {0, true})},
            {"[5,3] i[5] [3] b[5]", OPTIONS(.reduction = GD_REDUCTION_MEAN)},
            {"[5,3] i[5] [3]", OPTIONS(.denominator = {4, true}, .label_smoothing = 0.1)},
            {"[2,3,4] i[2,4] [3] b[2,4]", OPTIONS(.label_smoothing = 0.1)},
            {"[2,3,4] i[2,3] [4]", OPTIONS(.reduction = GD_REDUCTION_NONE, .dim = {-1, true})},
            {"[3,2] [3,2] [2]", OPTIONS(.reduction = GD_REDUCTION_MEAN)},
            {"[3,2] [3,2] [2] b[3]",
             OPTIONS(.reduction = GD_REDUCTION_SUM, .label_smoothing = 0.1)},
            {"[2,3,2] [2,3,2] - b[2,2]",
             OPTIONS(.reduction = GD_REDUCTION_NONE, .label_smoothing = 0.1)},
            {"[3] [3] [3]", OPTIONS(.reduction = GD_REDUCTION_MEAN)},
            {"[0,2] i[0]", OPTIONS(.reduction = GD_REDUCTION_MEAN)},
            {"[0,2] [0,2] [2]", OPTIONS(.reduction = GD_REDUCTION_NONE)},
            {NULL, NULL}},
    .refused = (const gd_sample[]){{"[3,2] i[2]", OPTIONS(.mask = NULL)},
                                   {"[3,2] i[3,1]", OPTIONS(.mask = NULL)},
                                   {"[3,2] [3]", OPTIONS(.mask = NULL)},
                                   {"[3,2] b[3]", OPTIONS(.mask = NULL)},
                                   {"[3,2] i[3,2]", OPTIONS(.mask = NULL)},
                                   {"[3,2] i[3] [3]", OPTIONS(.mask = NULL)},
                                   {"[3,2] i[3] [2,1]", OPTIONS(.mask = NULL)},
                                   {"[3,2] i[3] i[2]", OPTIONS(.mask = NULL)},
                                   {"[3,2] i[3] - b[3,2]", OPTIONS(.mask = NULL)},
                                   {"[3,2] i[3] - i[3]", OPTIONS(.mask = NULL)},
                                   {"[9,1] i[9]", OPTIONS(.mask = NULL)},
                                   {"[3,2] i[3]", OPTIONS(.reduction = (gd_reduction)9)},
                                   {"[3,2] i[3]", OPTIONS(.reduction = GD_REDUCTION_SUM,
                                                          .denominator = {2, true})},
                                   {"[3,2] i[3]", OPTIONS(.denominator = {-1, true})},
                                   {"[3,2] i[3]", OPTIONS(.label_smoothing = 1.5)},
                                   {"[3,2] i[3]", OPTIONS(.label_smoothing = -0.1)},
                                   {"[3,2] i[3]", OPTIONS(.dim = {2, true})},
                                   {"[3,2] [3,2]", OPTIONS(.ignore_index = {0, true})},
                                   {"[] i[]", OPTIONS(.mask = NULL)},
                                   {"i[3,2] i[3]", OPTIONS(.mask = NULL)},
                                   {"- i[3]", OPTIONS(.mask = NULL)},
                                   {"[3,2] -", OPTIONS(.mask = NULL)},
                                   {NULL, NULL}},
};

gd_tensor *gd_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_nll_loss_options *options)
{
    gd_nll_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_tensor *operands[] = {input, target, o.weight, o.mask};
    o.weight = o.mask = NULL;
    return gd_apply(tape, &gd_op_nll_loss, operands, GD__NLL_OPERANDS, &o);
}
