/* Negative log likelihood: what a classifier pays for the log-probabilities that it gave.
 *
 * Definition. For one position with log-probabilities L_c over C classes, a target distribution t
 * (one class: t_y = 1), class weights w and label smoothing e,
 *     q_c = w_c ((1 - e) t_c + e / C),    l = -sum over c of q_c L_c.
 * Without weights and smoothing, and for one class y, that is l = -L_y.
 *
 * Reduction. none: l; sum: sum of l; mean: sum of l / D with D = sum of w_y for classes (the mean of
 * the L_y weighted by w_y), the number of positions for distributions. Positions that the mask or
 * ignore_index leave out count in neither.
 *
 * Gradients, with u = dl / D:
 *     dL_c = -u q_c,    dt_c = -u (1 - e) w_c L_c,
 *     dw_c = -u sum over positions of ((1 - e) t_c + e / C) L_c, and for D = sum of w_y:
 *            - u (loss) (number of positions with y = c).
 *
 * The input may be a log_softmax whose values are not made yet. Then L_c = x_c - m - log_sum comes
 * from the logits, and so does the gradient: see cross_entropy.c. */
#include "losses/classes.h"
#include "losses/cross_entropy.h"
#include "losses/loss_list.h"
#include "tensor/rows.h"

#include <inttypes.h>
#include <math.h>

enum { INPUT, TARGET, WEIGHT, MASK, OPERANDS };

typedef struct settings {
    gd__reducing reducing;
    gd_optional ignore_index;
    double label_smoothing;
    gd_optional dim;
} settings;

static int64_t ignored(const settings *o)
{
    return (int64_t)gd__given(o->ignore_index, GD__IGNORE_INDEX);
}

static int class_dim(const settings *o, const gd_tensor *input)
{
    int by_default = input->ndim == 1 ? 0 : 1;
    return gd__dimension(o->dim.given ? (int64_t)o->dim.value : by_default, input->ndim);
}

static bool has_classes(const gd_node *n)
{
    return n->in[TARGET]->dtype == GD_I64;
}

/* ---- what is accepted ---- */

static bool check_target(gd_tape *tape, const gd_node *n, int dim)
{
    const gd_tensor *input = n->in[INPUT], *target = n->in[TARGET];
    if (has_classes(n))
        return gd__check_positions(tape, input, dim, target, "target");
    gd_tensor positions = gd__positions_of(input, dim);
    if (target->dtype != input->dtype || gd__same_shape(target, &positions))
        return gd_tape_fail(tape, GD_ERROR_DTYPE,
                            "the target is %s; int64 (a class for each position) or %s in the "
                            "input's shape (probabilities) is needed",
                            gd_dtype_name(target->dtype), gd_dtype_name(input->dtype));
    return gd__check_target_shape(tape, input, target);
}

static bool check(gd_tape *tape, gd_node *n)
{
    const settings *o = n->attributes;
    const gd_tensor *input = n->in[INPUT];
    gd_tensor *out = n->out;
    if (!gd__check_reducing(tape, &o->reducing) || !gd__check_float(tape, n, INPUT))
        return false;
    if (!(o->label_smoothing >= 0 && o->label_smoothing <= 1))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "label smoothing %g is outside [0,1]",
                            o->label_smoothing);
    int dim = class_dim(o, input);
    if (dim < 0)
        return gd__check_dim(tape, input, o->dim.given ? (int64_t)o->dim.value : 1) >= 0;
    if (!check_target(tape, n, dim) ||
        !gd__check_class_weight(tape, input, n->in[WEIGHT], input->shape[dim]))
        return false;
    if (n->in[MASK] != NULL && (!gd__check_dtype(tape, n, MASK, GD_BOOL) ||
                                !gd__check_positions(tape, input, dim, n->in[MASK], "mask")))
        return false;
    gd__set_like(out, input);
    gd__drop_dimension(out, dim);
    if (o->reducing.reduction != GD_REDUCTION_NONE)
        out->ndim = 0;
    return true;
}

/* ---- one position after the other ---- */

/* What a walk over the positions has at each of them: tensors, in this order. */
enum {
    ROW,     /* log-probabilities, or logits */
    LABEL,   /* the target: one class, or a probability for each */
    KEEP,    /* the mask */
    EXTRA,   /* what is written: a loss, or a row of a gradient */
    UPSTREAM /* dl */
};

typedef struct problem {
    const settings *o;
    const gd_node *node;
    gd__rows rows; /* along the classes */
    gd_dtype dtype;
    const gd__row_sum *sums; /* of the logits' rows; NULL: ROW holds log-probabilities */
    const double *weight;    /* [classes] or NULL */
    double scale, log_scale; /* of the position before, and ln |scale| */
    bool classes;            /* the target is classes, not probabilities */
    int64_t label;           /* ... and here this one */
} problem;

/* Class weights as doubles, in scratch memory; NULL and the tape's error where one is below 0. */
static const double *read_weight(gd_tape *tape, const gd_tensor *weight)
{
    int64_t n = weight->shape[0];
    double *values = gd_tape_scratch(tape, (size_t)n * sizeof *values);
    for (int64_t c = 0; values != NULL && c < n; ++c) {
        values[c] = gd__float_at(weight->dtype, weight->data, c * weight->stride[0]);
        if (!(values[c] >= 0)) {
            gd_tape_fail(tape, GD_ERROR_VALUE, "weight %g of class %" PRId64 " is below 0",
                         values[c], c);
            return NULL;
        }
    }
    return values;
}

/* x, which has no class dimension or is a scalar, as one that has it, with size 1. */
static gd_tensor with_classes(const gd_tensor *x, int dim, const gd_tensor *input)
{
    gd_tensor view = *x;
    if (x->ndim + 1 == input->ndim)
        gd__insert_dimension(&view, dim);
    else
        for (view.ndim = 0; view.ndim < input->ndim; ++view.ndim)
            view.shape[view.ndim] = 1;
    return view;
}

/* `extra`: a tensor of the input's shape, or without its classes; `dl`: of the result's shape; both
 * are walked along, and may be NULL. false: the tape has an error. */
static bool begin(gd_tape *tape, const gd_node *n, const gd_tensor *extra, const gd_tensor *dl,
                  problem *p)
{
    const gd_tensor *input = n->in[INPUT], *row = gd__gradient_of(n, INPUT);
    const gd_tensor *given[] = {row, n->in[TARGET], n->in[MASK], extra, dl};
    gd_tensor views[UPSTREAM + 1];
    int dim = class_dim(n->attributes, input);
    *p = (problem){.o = n->attributes,
                   .node = n,
                   .dtype = input->dtype,
                   .sums = input->deferred != NULL ? input->deferred->saved : NULL,
                   .classes = has_classes(n)};
    if (n->in[WEIGHT] != NULL && (p->weight = read_weight(tape, n->in[WEIGHT])) == NULL)
        return false;
    for (int k = 0; k <= UPSTREAM; ++k) {
        const gd_tensor *x = given[k] != NULL ? given[k] : row;
        views[k] = x->ndim == input->ndim ? *x : with_classes(x, dim, input);
        given[k] = &views[k];
    }
    p->rows = gd__rows_begin(UPSTREAM + 1, given, dim);
    return true;
}

static double target_at(const problem *p, int64_t c)
{
    return gd__float_at(p->dtype, p->rows.data[LABEL], c * p->rows.step[LABEL]);
}

static bool refuse_probability(gd_tape *tape, const problem *p, int64_t c)
{
    char position[GD__SHAPE_TEXT];
    gd_tensor positions =
        gd__positions_of(p->node->in[TARGET], class_dim(p->o, p->node->in[INPUT]));
    return gd_tape_fail(
        tape, GD_ERROR_VALUE, "target %g of class %" PRId64 " at position %s is outside [0,1]",
        target_at(p, c), c, gd__position_text(position, &positions, p->rows.number));
}

/* The next position: whether it is kept is in *kept. false: there is none, or (the tape has an
 * error) its target makes no sense. What is left out is not looked at. */
static bool next(gd_tape *tape, problem *p, bool *kept)
{
    if (!gd__rows_next(&p->rows))
        return false;
    *kept = p->node->in[MASK] == NULL || *p->rows.data[KEEP] != 0;
    if (p->classes) {
        p->label = *(const int64_t *)(const void *)p->rows.data[LABEL];
        *kept = *kept && p->label != ignored(p->o);
        return !*kept || (p->label >= 0 && p->label < p->rows.size) ||
               gd__refuse_class(tape, p->node->in[TARGET], p->rows.number, p->label, p->rows.size);
    }
    for (int64_t c = 0; *kept && c < p->rows.size; ++c)
        if (!(target_at(p, c) >= 0 && target_at(p, c) <= 1))
            return refuse_probability(tape, p, c);
    return true;
}

static double weight_at(const problem *p, int64_t c)
{
    return p->weight != NULL ? p->weight[c] : 1;
}

/* q_c */
static double share_of(const problem *p, int64_t c)
{
    double e = p->o->label_smoothing, t = p->classes ? c == p->label : target_at(p, c);
    return weight_at(p, c) * ((1 - e) * t + e / (double)p->rows.size);
}

/* L_c */
static double log_probability(const problem *p, int64_t c)
{
    double x = gd__float_at(p->dtype, p->rows.data[ROW], c * p->rows.step[ROW]);
    if (p->sums == NULL)
        return x;
    const gd__row_sum *s = &p->sums[p->rows.number];
    return x - s->m - s->log_sum;
}

/* Whether only the target's class counts. */
static bool is_hard(const problem *p)
{
    return p->classes && p->o->label_smoothing == 0;
}

/* -q L, and 0 where q is 0, whatever L is. */
static double term(double q, double log_probability)
{
    return q == 0 ? 0 : 0 - q * log_probability;
}

static double loss_of(const problem *p)
{
    double high = 0, low = 0;
    if (is_hard(p))
        return term(weight_at(p, p->label), log_probability(p, p->label));
    for (int64_t c = 0; c < p->rows.size; ++c)
        gd__two_sum(&high, &low, term(share_of(p, c), log_probability(p, c)));
    return gd__sum_value(high, low);
}

/* ---- the value ---- */

/* What the gradient needs to know again. */
typedef struct kept {
    double divisor;
} kept;

static size_t saved_size(const gd_node *n)
{
    (void)n;
    return sizeof(kept);
}

static bool forward(gd_tape *tape, const gd_node *n)
{
    const gd__reducing *r = &((const settings *)n->attributes)->reducing;
    bool reduce = r->reduction != GD_REDUCTION_NONE, keep;
    gd__exact_sum sum = {0, 0}, weight = {0, 0};
    problem p;
    if (!begin(tape, n, reduce ? NULL : n->out, NULL, &p))
        return false;
    while (next(tape, &p, &keep)) {
        double loss = keep ? loss_of(&p) : 0;
        if (keep)
            gd__two_sum(&weight.high, &weight.low, p.classes ? weight_at(&p, p.label) : 1);
        if (reduce)
            gd__two_sum(&sum.high, &sum.low, loss);
        else
            gd__set_float_at(p.dtype, p.rows.data[EXTRA], 0, loss);
    }
    if (tape->status != GD_OK)
        return false;
    double count = gd__sum_value(weight.high, weight.low);
    gd_tensor positions = gd__positions_of(n->in[INPUT], class_dim(n->attributes, n->in[INPUT]));
    double divisor = ((kept *)n->saved)->divisor = gd__divisor(r, count, &positions);
    if (r->count_out != NULL)
        *r->count_out = count;
    if (reduce)
        gd__set_float_at(p.dtype, n->out->data, 0,
                         gd__reduced(r, gd__sum_value(sum.high, sum.low), divisor));
    return true;
}

/* ---- the input's gradient, straight into memory ---- */

static void add_at(const problem *p, int64_t c, double value, bool accumulate)
{
    int64_t at = c * p->rows.step[EXTRA];
    double before = accumulate ? gd__float_at(p->dtype, p->rows.data[EXTRA], at) : 0;
    gd__set_float_at(p->dtype, p->rows.data[EXTRA], at, before + value);
}

static void clear_row(const problem *p)
{
    for (int64_t c = 0; c < p->rows.size; ++c)
        add_at(p, c, 0, false);
}

/* For one class y: -u w_y there, else 0; or what that is for the logits. */
static void add_hard_gradient(problem *p, double u, bool accumulate)
{
    double q = u * weight_at(p, p->label);
    if (p->sums == NULL || q == 0) {
        if (!accumulate)
            clear_row(p);
        if (p->sums == NULL)
            add_at(p, p->label, -q, true);
        return;
    }
    if (q != p->scale) { /* mostly it is that of the position before */
        p->scale = q;
        p->log_scale = log(fabs(q));
    }
    const gd__rows *r = &p->rows;
    const gd__row_sum *s = &p->sums[r->number];
    gd__kernels_for(p->dtype)->cross_entropy_row(
        r->size, r->data[EXTRA], r->step[EXTRA], r->data[ROW], r->step[ROW], s->m,
        s->log_sum - p->log_scale, q, p->label, log_probability(p, p->label), accumulate);
}

/* For a distribution: -u q_c, or what that is for the logits. */
static void add_soft_gradient(const problem *p, double u, bool accumulate)
{
    gd__exact_sum total = {0, 0};
    for (int64_t c = 0; c < p->rows.size; ++c)
        gd__two_sum(&total.high, &total.low, share_of(p, c));
    for (int64_t c = 0; c < p->rows.size; ++c) {
        double q = share_of(p, c);
        double slope = p->sums == NULL
                           ? -q
                           : gd__cross_entropy_slope(gd__sum_value(total.high, total.low), q,
                                                     log_probability(p, c));
        add_at(p, c, u * slope, accumulate);
    }
}

static bool grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i, gd_tensor *dst,
                      bool accumulate)
{
    double divisor = ((const kept *)n->saved)->divisor;
    bool keep;
    problem p;
    if (i != INPUT || !begin(tape, n, dst, dl, &p))
        return false;
    while (next(tape, &p, &keep)) {
        double u =
            keep && divisor > 0 ? gd__float_at(p.dtype, p.rows.data[UPSTREAM], 0) / divisor : 0;
        if (u == 0 && !accumulate)
            clear_row(&p);
        else if (u != 0 && is_hard(&p))
            add_hard_gradient(&p, u, accumulate);
        else if (u != 0)
            add_soft_gradient(&p, u, accumulate);
    }
    return tape->status == GD_OK;
}

/* ---- every gradient, as ops ---- */

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
    const gd_tensor *input = n->in[INPUT];
    gd_tensor like = *input;
    like.shape[class_dim(n->attributes, input)] = 1;
    g->dropped = gd_zeros(tape, GD_BOOL, like.ndim, like.shape);
    g->hard = has_classes(n) ? gd__zeros_like(tape, input) : NULL;
    bool keep;
    problem p;
    if (tape->status != GD_OK || !begin(tape, n, g->hard, NULL, &p))
        return false;
    uint8_t *dropped = g->dropped->data;
    while (next(tape, &p, &keep)) {
        dropped[p.rows.number] = !keep;
        if (keep && p.classes)
            add_at(&p, p.label, 1, false);
    }
    gd__tape_end_scratch(tape);
    return tape->status == GD_OK;
}

/* D, as far as something is differentiated by it; NULL: there is nothing to divide, all is 0. */
static gd_tensor *divisor_of(gd_tape *tape, const gd_node *n, const parts *g)
{
    const gd__reducing *r = &((const settings *)n->attributes)->reducing;
    double divisor = ((const kept *)n->saved)->divisor;
    if (!(divisor > 0))
        return NULL;
    bool of_weights = r->reduction == GD_REDUCTION_MEAN && !r->denominator.given &&
                      g->hard != NULL && g->weight != NULL;
    return of_weights ? gd_sum(tape, gd_mul(tape, g->hard, g->weight), GD_ALL_DIMS, false)
                      : gd__like(tape, n->in[INPUT], divisor);
}

/* false: every gradient is 0, or the tape has an error. */
static bool make_parts(gd_tape *tape, const gd_node *n, gd_tensor *dl, parts *g)
{
    gd_tensor *input = n->in[INPUT], *weight = n->in[WEIGHT];
    double e = ((const settings *)n->attributes)->label_smoothing;
    int dim = class_dim(n->attributes, input);
    int64_t shape[GD_MAX_DIMS] = {input->shape[dim], 1, 1, 1, 1, 1, 1, 1};
    if (!make_constants(tape, n, g))
        return false;
    gd_tensor *t = g->hard != NULL ? g->hard : n->in[TARGET];
    t = gd_mul(tape, t, gd__like(tape, input, 1 - e));
    t = gd_add(tape, t, gd__like(tape, input, e / (double)input->shape[dim]));
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
    gd_tensor *unused = gd_eq(tape, factor, gd__like(tape, factor, 0));
    return gd_mul(tape, factor, gd_masked_fill(tape, n->in[INPUT], unused, 0));
}

static gd_tensor *target_grad(gd_tape *tape, const gd_node *n, const parts *g)
{
    double e = ((const settings *)n->attributes)->label_smoothing;
    gd_tensor *factor = times_weight(tape, g, gd_mul(tape, g->u, gd__like(tape, g->u, e - 1)));
    return times_input(tape, n, gd_masked_fill(tape, factor, g->dropped, 0));
}

static gd_tensor *weight_grad(gd_tape *tape, const gd_node *n, const parts *g)
{
    const gd__reducing *r = &((const settings *)n->attributes)->reducing;
    gd_tensor *slope = gd_neg(tape, times_input(tape, n, gd_mul(tape, g->u, g->t)));
    if (r->reduction == GD_REDUCTION_MEAN && !r->denominator.given && g->hard != NULL)
        slope = gd_sub(tape, slope, gd_mul(tape, gd_mul(tape, g->u, g->hard), n->out));
    int64_t others[GD_MAX_DIMS];
    int count = 0, dim = class_dim(n->attributes, n->in[INPUT]);
    for (int k = 0; k < slope->ndim; ++k)
        if (k != dim)
            others[count++] = k;
    return count > 0 ? gd_sum(tape, slope, count, others, false) : slope;
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    parts g;
    if (!make_parts(tape, n, dl, &g))
        return tape->status == GD_OK ? gd__zeros_like(tape, n->in[i]) : NULL;
    if (i == INPUT)
        return gd_neg(tape, gd_mul(tape, g.u, times_weight(tape, &g, g.t)));
    return i == TARGET ? target_grad(tape, n, &g) : weight_grad(tape, n, &g);
}

/* ---- the op ---- */

static int print(char *buffer, size_t size, const void *attributes)
{
    const settings *o = attributes;
    char reducing[80], smoothing[40] = "", dim[40] = "";
    gd__print_reducing(reducing, sizeof reducing, &o->reducing);
    if (o->label_smoothing != 0)
        snprintf(smoothing, sizeof smoothing, ", label_smoothing=%g", o->label_smoothing);
    if (o->dim.given)
        snprintf(dim, sizeof dim, ", dim=%g", o->dim.value);
    return snprintf(buffer, size, "%s, ignore_index=%" PRId64 "%s%s", reducing, ignored(o),
                    smoothing, dim);
}

const gd_op gd__op_nll_loss = {
    .name = "nll_loss",
    .formula = "-sum of q_c x_c over the classes, q_c = w_c ((1 - e) t_c + e / C), reduced",
    .gradient = "dx = -u q, dt = -u (1 - e) w x, dw = -u sum of ((1 - e) t + e / C) x, u = dl / D; "
                "and -u l times the class's number for the mean over classes",
    .shapes = "[n,c,..] [n,..] [c] [n,..] -> [] or [n,..]; target also [n,c,..]",
    .least_operands = 2,
    .most_operands = OPERANDS,
    .attributes_size = sizeof(settings),
    .takes_deferred = true,
    .check = check,
    .saved_size = saved_size,
    .forward = forward,
    .grad = grad,
    .grad_into = grad_into,
    .reads = {GD_READS(TARGET) | GD_READS(WEIGHT) | GD_READS(MASK),
              GD_READS(INPUT) | GD_READS(TARGET) | GD_READS(WEIGHT) | GD_READS(MASK),
              GD_READS(INPUT) | GD_READS(TARGET) | GD_READS(WEIGHT) | GD_READS(MASK) |
                  GD_READS_OUT},
    .print_attributes = print,
    .domain = {{.low = -3, .high = -0.1}, {.low = 0, .high = 1}, {.low = 0.5, .high = 2}},
    .samples =
        (const gd_sample[]){
            {"[3,2] i[3]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3]", &(const settings){.reducing.reduction = GD_REDUCTION_SUM}},
            {"[3,2] i[3]", &(const settings){.reducing.reduction = GD_REDUCTION_NONE}},
            {"[3,2] i[3]", &(const settings){.reducing.reduction = GD_REDUCTION_BATCHMEAN}},
            {"[2] i[]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[5,2] i[5] [2]", &(const settings){.ignore_index = {true, 0}}},
            {"[5,3] i[5] [3] b[5]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[5,3] i[5] [3]",
             &(const settings){.reducing.denominator = {true, 4}, .label_smoothing = 0.1}},
            {"[2,3,4] i[2,4] [3] b[2,4]", &(const settings){.label_smoothing = 0.1}},
            {"[2,3,4] i[2,3] [4]",
             &(const settings){.reducing.reduction = GD_REDUCTION_NONE, .dim = {true, -1}}},
            {"[3,2] [3,2] [2]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] [3,2] [2] b[3]",
             &(const settings){.reducing.reduction = GD_REDUCTION_SUM, .label_smoothing = 0.1}},
            {"[2,3,2] [2,3,2] - b[2,2]",
             &(const settings){.reducing.reduction = GD_REDUCTION_NONE, .label_smoothing = 0.1}},
            {"[3] [3] [3]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[0,2] i[0]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[0,2] [0,2] [2]", &(const settings){.reducing.reduction = GD_REDUCTION_NONE}},
            {NULL, NULL}},
    .refused =
        (const gd_sample[]){
            {"[3,2] i[2]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3,1]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] [3]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] b[3]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3,2]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] [3]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] [2,1]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] i[2]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] - b[3,2]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] - i[3]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[9,1] i[9]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3]", &(const settings){.reducing.reduction = (gd_reduction)9}},
            {"[3,2] i[3]", &(const settings){.reducing.reduction = GD_REDUCTION_SUM,
                                             .reducing.denominator = {true, 2}}},
            {"[3,2] i[3]", &(const settings){.reducing.denominator = {true, -1}}},
            {"[3,2] i[3]", &(const settings){.label_smoothing = 1.5}},
            {"[3,2] i[3]", &(const settings){.label_smoothing = -0.1}},
            {"[3,2] i[3]", &(const settings){.dim = {true, 2}}},
            {"[] i[]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"i[3,2] i[3]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"- i[3]", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] -", &(const settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {NULL, NULL}},
};

gd_tensor *gd_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_nll_loss_options *options)
{
    gd_nll_loss_options o = {.reduction = GD_REDUCTION_MEAN};
    o = options != NULL ? *options : o;
    settings s = {{o.reduction, o.denominator, o.count_out, o.nan_when_empty},
                  o.ignore_index,
                  o.label_smoothing,
                  o.dim};
    return gd_apply(tape, &gd__op_nll_loss, (gd_tensor *[]){input, target, o.weight, o.mask},
                    OPERANDS, &s);
}
