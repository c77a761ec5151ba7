/* Negative log likelihood: what a classifier pays for the log-probabilities that it gave.
 *
 * Definition. For one position with log-probabilities L_c over C classes, a target distribution t
 * (one class y: t_y = 1, else 0), class weights w and label smoothing e,
 *     q_c = w_c ((1 - e) t_c + e / C),    l = -sum over c of q_c L_c.
 * Without weights and smoothing, for one class y, that is l = -L_y. The mean divides by D: for
 * targets that are classes the sum of w_y, for distributions the number of positions. A position
 * that the mask or ignore_index drops adds 0 to the loss and nothing to D.
 *
 * Gradients. Let u be the gradient of the result divided by what the reduction divides by (D for
 * the mean). Then
 *     dL_c = -u q_c,    dt_c = -u (1 - e) w_c L_c,
 *     dw_c = -sum over positions of u ((1 - e) t_c + e / C) L_c;
 * where D is the sum of w_y it depends on w, too, which adds -u (mean loss) (positions with y =
 * c). Where a factor is 0 the product is 0, even if L is infinite or NaN.
 *
 * Through log_softmax, over the same dimension. Backward goes from l straight to the logits x,
 * without dL, for three reasons. dL would be rounded to float32, and u (Q p - q) then cancels
 * where a distribution's p is near q. dL = -u w_y may overflow although dx does not. And a tensor
 * of the input's shape and a second pass over it are saved.
 *
 * Where L = log_softmax(x), the loops do not read the rounded L but compute L_c = x_c - max -
 * log_sum in double, from the logits x and what log_softmax has saved of their row: max, and
 * log_sum = ln(sum of e^(x - max)). (Any other input has max = log_sum = 0.) log_softmax sends dL
 * to dx_c = dL_c - p_c sum of dL, with p = e^L; so with Q = sum of q_c
 *     dx_c = u (Q p_c - q_c),    for one class y: u w_y (p_c - [c = y]).
 * Where p_y rounds to 1, p_y - 1 computes to 0; e^L_y - 1 by expm1 still gives -(1 - p_y).
 *
 * The loops over several q_c are nll_value, nll_slope and nll_logit_slope in nll_loss.kernel.h. */
#include "losses/loss_list.h"
#include "losses/positions.h"
#include "losses/reduction.h"

#include <math.h>

/* ---- the value ---- */

/* L_y */
static double label_log_probability(const gd__positions *p)
{
    const gd__nll_row *r = &p->row;
    return gd__float_at(p->dtype, r->x, r->label * r->x_step) - r->max - r->log_sum;
}

/* -sum of q_c L_c; where q_c is 0 so is the product, even if L_c is infinite or NaN. */
static double loss_of(const gd__positions *p)
{
    if (!p->is_one_class)
        return p->kernels->nll_value(&p->row);
    return p->weight == 0 ? 0 : 0 - p->weight * label_log_probability(p);
}

/* The sums of the losses and of D, a part of the positions each. */
typedef struct sums {
    bool reduce;
    gd__exact_sum sum[GD__MOST_PARTS], count[GD__MOST_PARTS];
} sums;

static void add_part(void *context, int part, gd__positions *p)
{
    sums *l = context;
    gd__exact_sum sum = {0, 0}, count = {0, 0};
    while (gd__positions_next(p)) {
        double loss = p->kept ? loss_of(p) : 0;
        if (p->kept)
            gd__exact_sum_add(&count, p->weight);
        if (l->reduce)
            gd__exact_sum_add(&sum, loss);
        else
            gd__set_float_at(p->dtype, p->written, 0, loss);
    }
    l->sum[part] = sum;
    l->count[part] = count;
}

static bool forward(gd_tape *tape, const gd_node *n)
{
    gd_loss_options o = GD_LOSS_OPTIONS_OF(*(const gd_nll_loss_options *)n->attributes);
    sums l;
    l.reduce = o.reduction != GD_REDUCTION_NONE;
    gd__positions p;
    if (!gd__nll_check_values(tape, n) ||
        !gd__positions_begin(tape, n, l.reduce ? NULL : n->out, NULL, &p))
        return false;
    int parts = gd__positions_each(tape, &p, add_part, &l);
    for (int part = 1; part < parts; ++part) {
        gd__exact_sum_join(&l.sum[0], l.sum[part]);
        gd__exact_sum_join(&l.count[0], l.count[part]);
    }
    gd_tensor losses = gd__positions_of(n->in[GD__NLL_INPUT], gd__nll_class_dim(n), p.dtype);
    gd__write_reduced(n, &o, &losses, gd__exact_sum_value(l.sum[0]),
                      gd__exact_sum_value(l.count[0]));
    return true;
}

/* ---- the gradient of the input, or through log_softmax of the logits ---- */

static void clear_row(const gd__positions *p)
{
    for (int64_t c = 0; c < p->row.classes; ++c)
        gd__set_float_at(p->dtype, p->written, c * p->written_step, 0);
}

/* For one class y: u w_y (p_c - [c = y]). */
static void add_one_class_logit_slope(gd__positions *p, double u, bool accumulate)
{
    const gd__nll_row *r = &p->row;
    double q = u * p->weight;
    int64_t at = r->label * p->written_step;
    if (q == 0 && !accumulate)
        clear_row(p);
    if (q == 0)
        return;
    if (q != p->scale) { /* usually that of the position before: no logarithm again */
        p->scale = q;
        p->log_scale = log(fabs(q));
    }
    /* The row gets q p_c = +-e^(x_c - max - log_sum + ln |q|); element y is then replaced. */
    double before = accumulate ? gd__float_at(p->dtype, p->written, at) : 0;
    double tail = q * p->kernels->expm1(label_log_probability(p));
    gd__kernels_for(p->dtype)->softmax_row(r->classes, p->written, p->written_step, r->x, r->x_step,
                                           r->max, r->log_sum - p->log_scale, q < 0, accumulate);
    gd__set_float_at(p->dtype, p->written, at, before + tail);
}

typedef struct gradient {
    double divisor;
    bool accumulate, through;
} gradient;

static void write_part(void *context, int part, gd__positions *p)
{
    const gradient *g = context;
    const gd__loss_kernels *k = p->kernels;
    (void)part;
    while (gd__positions_next(p)) {
        double u = p->kept && g->divisor > 0 ? p->dl / g->divisor : 0;
        if (u == 0 && !g->accumulate)
            clear_row(p);
        else if (u != 0 && g->through && p->is_one_class)
            add_one_class_logit_slope(p, u, g->accumulate);
        else if (u != 0)
            (g->through ? k->nll_logit_slope : k->nll_slope)(&p->row, p->written, p->written_step,
                                                             u, g->accumulate);
    }
}

static bool write_gradient(gd_tape *tape, const gd_node *n, const gd_tensor *dl, gd_tensor *dst,
                           bool accumulate, bool through)
{
    gd__positions p;
    if (!gd__positions_begin(tape, n, dst, dl, &p))
        return false;
    gradient g = {gd__saved_divisor(n), accumulate, through};
    gd__positions_each(tape, &p, write_part, &g);
    return true;
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

/* ---- the rules: gradients as ops, which can be differentiated again ---- */
/* grad_into does the input only; target and weight have only these rules. */

/* Tensors of the input's shape, or with size 1 along the classes or the positions, or scalars. */
typedef struct parts {
    gd_tensor *kept;    /* bool: positions that count; NULL: all */
    gd_tensor *one_hot; /* 1 at the target's class where it counts; NULL: probabilities */
    gd_tensor *t;       /* (1 - e) t + e / C, 0 where a position does not count */
    gd_tensor *w;       /* a 1 where there is none */
    gd_tensor *u;       /* dl / D; 0 if no position counts at all */
    gd_tensor *zero;
} parts;

static const gd_nll_loss_options *options_of(const gd_node *n)
{
    return n->attributes;
}

/* D is the sum of w_y and not 0, so that the weights have a gradient through it, too. */
static bool divides_by_weights(const gd_node *n)
{
    return gd__saved_divisor(n) > 0 && options_of(n)->reduction == GD_REDUCTION_MEAN &&
           !options_of(n)->denominator.given && gd__nll_has_labels(n);
}

/* NULL members where the tape has an error. */
static parts parts_of(gd_tape *tape, const gd_node *n, gd_tensor *dl)
{
    const gd_nll_loss_options *o = options_of(n);
    gd_tensor *x = n->in[GD__NLL_INPUT], *weight = n->in[GD__NLL_WEIGHT],
              *t = n->in[GD__NLL_TARGET];
    gd_tensor *kept = n->in[GD__NLL_MASK];
    int dim = gd__nll_class_dim(n);
    int64_t classes = x->shape[dim], shape[GD_MAX_DIMS] = {classes, 1, 1, 1, 1, 1, 1, 1};
    parts g = {.zero = gd_scalar_like(tape, 0, x), .w = gd_scalar_like(tape, 1, x)};
    if (gd__nll_has_labels(n)) {
        gd__labels y = gd__read_labels(tape, x, t, kept, NULL, o->dim, &o->ignore_index);
        gd_tensor *ones = gd_unsqueeze(tape, gd_cast(tape, y.kept, x->dtype), dim);
        kept = y.kept;
        t = g.one_hot = gd_scatter_add(tape, gd_zeros(tape, x->dtype, x->ndim, x->shape), dim,
                                       gd_unsqueeze(tape, y.label, dim), ones);
    }
    g.kept = kept != NULL ? gd_unsqueeze(tape, kept, dim) : NULL;
    if (weight != NULL)
        g.w = gd_reshape(tape, weight, x->ndim - dim, shape);
    t = gd_add(tape, gd_mul(tape, t, gd_scalar_like(tape, 1 - o->label_smoothing, x)),
               gd_scalar_like(tape, o->label_smoothing / (double)classes, x));
    g.t = gd_kept(tape, t, g.kept, 0);
    gd_tensor *divisor = weight != NULL && divides_by_weights(n)
                             ? gd_sum(tape, gd_mul(tape, g.one_hot, g.w), GD_ALL_DIMS, false)
                             : gd_scalar_like(tape, gd__saved_divisor(n), x);
    dl = dl->ndim > 0 ? gd_unsqueeze(tape, dl, dim) : dl;
    g.u = gd__saved_divisor(n) > 0 ? gd_div(tape, dl, divisor) : g.zero;
    return g;
}

/* factor L, and 0 where the factor is 0, whatever L is. */
static gd_tensor *times_input(gd_tape *tape, const gd_node *n, const parts *g, gd_tensor *factor)
{
    gd_tensor *used = gd_ne(tape, factor, g->zero);
    return gd_mul(tape, factor, gd_kept(tape, n->in[GD__NLL_INPUT], used, 0));
}

static gd_tensor *weight_grad(gd_tape *tape, const gd_node *n, const parts *g)
{
    gd_tensor *dw = gd_neg(tape, times_input(tape, n, g, gd_mul(tape, g->u, g->t)));
    gd_tensor *counted = gd_mul(tape, g->u, g->one_hot != NULL ? g->one_hot : g->zero);
    gd_tensor *used = gd_ne(tape, counted, g->zero);
    if (divides_by_weights(n))
        dw = gd_sub(tape, dw, gd_mul(tape, counted, gd_kept(tape, n->out, used, 0)));
    return gd__sum_to_dim(tape, dw, gd__nll_class_dim(n));
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    parts g = parts_of(tape, n, dl);
    if (i == GD__NLL_INPUT) /* -u q */
        return gd_neg(tape, gd_mul(tape, g.u, gd_mul(tape, g.w, g.t)));
    if (i == GD__NLL_WEIGHT)
        return weight_grad(tape, n, &g);
    gd_tensor *e_minus_1 = gd_scalar_like(tape, options_of(n)->label_smoothing - 1, g.u);
    gd_tensor *factor = gd_mul(tape, gd_mul(tape, g.u, e_minus_1), g.w); /* -u (1 - e) w */
    return times_input(tape, n, &g, gd_kept(tape, factor, g.kept, 0));
}

/* u (Q p - q), for p near 1 as u (Q (p - 1) + (Q - q)). */
static gd_tensor *through_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl)
{
    parts g = parts_of(tape, n, dl);
    gd_tensor *x = n->through->in[0];
    int dim = gd__nll_class_dim(n);
    gd_tensor *q = gd_mul(tape, g.w, g.t), *total = gd_sum(tape, q, GD_DIMS(dim), true);
    gd_tensor *used = gd_ne(tape, gd_mul(tape, g.u, total), g.zero);
    gd_tensor *log_p = gd_kept(tape, n->in[GD__NLL_INPUT], used, 0);
    gd_tensor *p = gd_softmax(tape, gd_kept(tape, x, used, 0), dim);
    gd_tensor *small = gd_sub(tape, gd_mul(tape, total, p), q);
    gd_tensor *large =
        gd_add(tape, gd_mul(tape, total, gd_expm1(tape, log_p)), gd_sub(tape, total, q));
    gd_tensor *is_large = gd_gt(tape, log_p, gd_scalar_like(tape, -0.7, x));
    return gd_mul(tape, g.u, gd_where(tape, is_large, large, small));
}

/* Whether log_softmax ran over the dimension of the classes. */
static bool is_over_classes(const gd_node *n, const gd_node *log_softmax)
{
    const gd_along *along = log_softmax->attributes;
    int ndim = n->in[GD__NLL_INPUT]->ndim;
    return (along->dim < 0 ? along->dim + ndim : along->dim) == gd__nll_class_dim(n);
}

static const gd_pass_through through_log_softmax = {
    .op = &gd_op_log_softmax,
    .applies = is_over_classes,
    .gradient = "dx = u (Q softmax(x) - q), Q = sum of q_c",
    .element = "dx = u * weight[target] * (p - (target == at(classes))) where one_class, "
               "else u * (sum(classes: q) * p - q), p = e^x / sum(classes: e^x)",
    .grad = through_grad,
    .grad_into = through_into,
    .reads = GD__NLL_READS_ALL,
    .through_reads = GD_READS(0),
};

/* ---- the op ---- */

#define OPTIONS(...) (&(const gd_nll_loss_options){__VA_ARGS__})

const gd_op gd_op_nll_loss = {
    .name = "nll_loss",
    .operands = {"input", "target", "weight", "mask"},
    .least_operands = 2,
    .most_operands = GD__NLL_OPERANDS,
    .formula = "-sum of q * input over classes, reduced; q = weight * "
               "((1 - label_smoothing) * target + label_smoothing / C), C the number of classes",
    .gradient = "dinput = -u * q, dtarget = -u * (1 - label_smoothing) * weight * input, "
                "dweight = -u * (sum of q / weight * input), u = dy / D; "
                "and -u * y times the positions of each class where D is the sum of weight",
    .element = "reduced(-(weight[target] * input[classes: target]) where one_class, "
               "else -sum(classes: q * input)), one_class = labels and label_smoothing == 0, "
               "q = per_class(weight) * share, "
               "share = (1 - label_smoothing) * truth + label_smoothing / size(input, classes), "
               "truth = target == at(classes) where labels, else target, "
               "labels = is_integer(target), "
               "kept = mask and (target != given(ignore_index, -100) where labels, else 1), "
               "counted = weight[target] where labels, else 1",
    .element_gradient = "dinput = -(u * q), "
                        "dtarget = -(u * (1 - label_smoothing) * per_class(weight) * input), "
                        "dweight = -(u * share * input) - "
                        "(u * truth * y where labels and by_count, else 0)",
    .shapes = "[n,c,..] [n,..] [c] [n,..] -> [] or [n,..]; target also [n,c,..]",
    GD_FIELDS(gd_nll_loss_options, GD_LOSS_FIELDS(gd_nll_loss_options),
              GD_FIELD(gd_nll_loss_options, ignore_index),
              {.name = "label_smoothing",
               .kind = GD_FIELD_DOUBLE,
               .offset = offsetof(gd_nll_loss_options, label_smoothing),
               .zero = ""},
              GD_FIELD(gd_nll_loss_options, dim)),
    .check = gd__nll_check,
    .saved_size = gd__divisor_size,
    .forward = forward,
    .grad = grad,
    .grad_into = grad_into,
    .through = &through_log_softmax,
    .reads = {GD__NLL_READS_ALL & ~GD_READS(GD__NLL_INPUT), GD__NLL_READS_ALL,
              GD__NLL_READS_ALL | GD_READS_OUT},
    .domain = {{.low = -3, .high = -0.1}, {.low = 0, .high = 1}, {.low = 0.5, .high = 2}},
    .samples = GD_SAMPLES(
        {"[3,2] i[3]; [2] i[]; [5,3] i[5] [3] b[5]; [3,2] [3,2] [2]; [3] [3] [3]; [0,2] i[0]",
         OPTIONS(.reduction = GD_REDUCTION_MEAN)},
        {"[3,2] i[3]", OPTIONS(.reduction = GD_REDUCTION_BATCHMEAN)},
        {"[5,2] i[5] [2]", OPTIONS(.ignore_index = {0, true})},
        {"[5,3] i[5] [3]", OPTIONS(.denominator = {4, true}, .label_smoothing = 0.1)},
        {"[2,3,4] i[2,4] [3] b[2,4]", OPTIONS(.label_smoothing = 0.1)},
        {"[2,3,4] i[2,3] [4]", OPTIONS(.reduction = GD_REDUCTION_NONE, .dim = {-1, true})},
        {"[3,2] [3,2] [2] b[3]", OPTIONS(.reduction = GD_REDUCTION_SUM)},
        {"[2,3,2] [2,3,2] - b[2,2]",
         OPTIONS(.reduction = GD_REDUCTION_NONE, .label_smoothing = 0.1)}),
    .refused = GD_SAMPLES(
        {"[3,2] i[2]; [3,2] [3]; [3,2] i[3,2]; [3,2] i[3] [3]; [3,2] i[3] - b[3,2]; [9,1] i[9]; "
         "[] i[]; [3,2] -",
         OPTIONS(.mask = NULL)},
        {"[3,2] i[3]", OPTIONS(.reduction = (gd_reduction)9)},
        {"[3,2] i[3]", OPTIONS(.label_smoothing = 1.5)}, {"[3,2] i[3]", OPTIONS(.dim = {2, true})},
        {"[3,2] [3,2]", OPTIONS(.ignore_index = {0, true})}),
};

gd_tensor *gd_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_nll_loss_options *options)
{
    gd_nll_loss_options o = options != NULL ? *options : (gd_nll_loss_options){.mask = NULL};
    gd_tensor *operands[] = {input, target, o.weight, o.mask};
    return gd_apply(tape, &gd_op_nll_loss, operands, GD__NLL_OPERANDS, &o);
}
