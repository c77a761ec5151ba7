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
#include "losses/positions.h"

#include "losses/loss_list.h"

#include <inttypes.h>
#include <math.h>

/* ---- what is accepted ---- */

static bool check_target(gd_tape *tape, const gd_node *n, int dim)
{
    const gd_tensor *input = n->in[GD__NLL_INPUT], *target = n->in[GD__NLL_TARGET];
    if (gd__nll_has_classes(n))
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
    const gd__nll_settings *o = n->attributes;
    const gd_tensor *input = n->in[GD__NLL_INPUT];
    gd_tensor *out = n->out;
    if (!gd__check_reducing(tape, &o->reducing) || !gd_check_float(tape, n, GD__NLL_INPUT))
        return false;
    if (!(o->label_smoothing >= 0 && o->label_smoothing <= 1))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "label smoothing %g is outside [0,1]",
                            o->label_smoothing);
    int dim = gd__nll_class_dim(o, input);
    if (dim < 0)
        return gd_check_dim(tape, input, o->dim.given ? (int64_t)o->dim.value : 1) >= 0;
    if (!check_target(tape, n, dim) ||
        !gd__check_class_weight(tape, input, n->in[GD__NLL_WEIGHT], input->shape[dim]))
        return false;
    if (n->in[GD__NLL_MASK] != NULL &&
        (!gd_check_dtype(tape, n, GD__NLL_MASK, GD_BOOL) ||
         !gd__check_positions(tape, input, dim, n->in[GD__NLL_MASK], "mask")))
        return false;
    gd__set_like(out, input);
    gd__drop_dimension(out, dim);
    if (o->reducing.reduction != GD_REDUCTION_NONE)
        out->ndim = 0;
    return true;
}

/* -q L, and 0 where q is 0, whatever L is. */
static double term(double q, double log_probability)
{
    return q == 0 ? 0 : 0 - q * log_probability;
}

static double loss_of(const gd__positions *p)
{
    double high = 0, low = 0, q[GD__CHUNK], l[GD__CHUNK];
    if (gd__is_hard(p))
        return term(gd__class_weight(p, p->label), gd__log_probability(p, p->label));
    for (int64_t c = 0; c < p->rows.size; c += GD__CHUNK) {
        int64_t n = gd__some_classes(p, c);
        gd__load_shares(p, c, n, q);
        gd__load_log_probabilities(p, c, n, l);
        for (int64_t j = 0; j < n; ++j)
            l[j] = term(q[j], l[j]);
        gd__two_sum(&high, &low, gd__kernels_for(p->dtype)->sum_chunk(n, l));
    }
    return gd__sum_value(high, low);
}

/* ---- the value ---- */

static size_t saved_size(const gd_node *n)
{
    (void)n;
    return sizeof(gd__nll_kept);
}

static bool forward(gd_tape *tape, const gd_node *n)
{
    const gd__reducing *r = &((const gd__nll_settings *)n->attributes)->reducing;
    bool reduce = r->reduction != GD_REDUCTION_NONE, keep;
    gd__exact_sum sum = {0, 0}, weight = {0, 0};
    gd__positions p;
    if (!gd__positions_begin(tape, n, reduce ? NULL : n->out, NULL, &p))
        return false;
    while (gd__positions_next(tape, &p, &keep)) {
        double loss = keep ? loss_of(&p) : 0;
        if (keep)
            gd__two_sum(&weight.high, &weight.low, p.classes ? gd__class_weight(&p, p.label) : 1);
        if (reduce)
            gd__two_sum(&sum.high, &sum.low, loss);
        else
            gd__set_float_at(p.dtype, p.rows.data[GD__AT_EXTRA], 0, loss);
    }
    if (tape->status != GD_OK)
        return false;
    double count = gd__sum_value(weight.high, weight.low);
    gd_tensor positions = gd__positions_of(n->in[GD__NLL_INPUT],
                                           gd__nll_class_dim(n->attributes, n->in[GD__NLL_INPUT]));
    double divisor = ((gd__nll_kept *)n->saved)->divisor = gd__divisor(r, count, &positions);
    if (r->count_out != NULL)
        *r->count_out = count;
    if (reduce)
        gd__set_float_at(p.dtype, n->out->data, 0,
                         gd__reduced(r, gd__sum_value(sum.high, sum.low), divisor));
    return true;
}

/* ---- the input's gradient, straight into memory ---- */

static void clear_row(const gd__positions *p)
{
    const double zeros[GD__CHUNK] = {0};
    for (int64_t c = 0; c < p->rows.size; c += GD__CHUNK)
        gd__add_some(p, c, gd__some_classes(p, c), zeros, false);
}

/* For one class y: -u w_y there, else 0. */
static void add_hard_gradient(gd__positions *p, double u, bool accumulate)
{
    if (!accumulate)
        clear_row(p);
    gd__add_at(p, p->label, -u * gd__class_weight(p, p->label), true);
}

/* For a distribution: -u q_c. */
static void add_soft_gradient(gd__positions *p, double u, bool accumulate)
{
    double q[GD__CHUNK];
    for (int64_t c = 0; c < p->rows.size; c += GD__CHUNK) {
        int64_t n = gd__some_classes(p, c);
        gd__load_shares(p, c, n, q);
        for (int64_t j = 0; j < n; ++j)
            q[j] *= -u;
        gd__add_some(p, c, n, q, accumulate);
    }
}

/* ---- ... and that of the logits, where the input is a log_softmax ---- */

/* For one class y: u w_y (p_c - [c = y]). */
static void add_hard_logit_gradient(gd__positions *p, double u, bool accumulate)
{
    double q = u * gd__class_weight(p, p->label);
    if (q == 0) {
        if (!accumulate)
            clear_row(p);
        return;
    }
    if (q != p->scale) { /* mostly it is that of the position before */
        p->scale = q;
        p->log_scale = log(fabs(q));
    }
    const gd__rows *r = &p->rows;
    const gd__row_sum *s = &p->sums[r->number];
    gd__kernels_for(p->dtype)->cross_entropy_row(
        r->size, r->data[GD__AT_EXTRA], r->step[GD__AT_EXTRA], r->data[GD__AT_ROW],
        r->step[GD__AT_ROW], s->m, s->log_sum - p->log_scale, q, p->label,
        gd__log_probability(p, p->label), accumulate);
}

/* Q: the sum of all q */
static double all_shares(const gd__positions *p)
{
    double high = 0, low = 0, q[GD__CHUNK];
    for (int64_t c = 0; c < p->rows.size; c += GD__CHUNK) {
        int64_t n = gd__some_classes(p, c);
        gd__load_shares(p, c, n, q);
        gd__two_sum(&high, &low, gd__kernels_for(p->dtype)->sum_chunk(n, q));
    }
    return gd__sum_value(high, low);
}

/* For a distribution: u (Q p_c - q_c). */
static void add_soft_logit_gradient(gd__positions *p, double u, bool accumulate)
{
    double total = all_shares(p), q[GD__CHUNK], l[GD__CHUNK], slope[GD__CHUNK];
    for (int64_t c = 0; c < p->rows.size; c += GD__CHUNK) {
        int64_t n = gd__some_classes(p, c);
        gd__load_shares(p, c, n, q);
        gd__load_log_probabilities(p, c, n, l);
        gd__kernels_for(p->dtype)->soft_slopes(n, slope, l, q, total);
        for (int64_t j = 0; j < n; ++j)
            slope[j] *= u;
        gd__add_some(p, c, n, slope, accumulate);
    }
}

typedef void (*add_gradient)(gd__positions *p, double u, bool accumulate);

static bool write_gradient(gd_tape *tape, const gd_node *n, const gd_tensor *dl, gd_tensor *dst,
                           bool accumulate, add_gradient hard, add_gradient soft)
{
    double divisor = ((const gd__nll_kept *)n->saved)->divisor;
    bool keep;
    gd__positions p;
    if (!gd__positions_begin(tape, n, dst, dl, &p))
        return false;
    p.checked = true; /* by forward; classes are checked again, as they are indices */
    while (gd__positions_next(tape, &p, &keep)) {
        double u = keep && divisor > 0
                       ? gd__float_at(p.dtype, p.rows.data[GD__AT_UPSTREAM], 0) / divisor
                       : 0;
        if (u != 0)
            (gd__is_hard(&p) ? hard : soft)(&p, u, accumulate);
        else if (!accumulate)
            clear_row(&p);
    }
    return tape->status == GD_OK;
}

static bool grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i, gd_tensor *dst,
                      bool accumulate)
{
    return i == GD__NLL_INPUT &&
           write_gradient(tape, n, dl, dst, accumulate, add_hard_gradient, add_soft_gradient);
}

static bool through_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, gd_tensor *dst,
                         bool accumulate)
{
    return write_gradient(tape, n, dl, dst, accumulate, add_hard_logit_gradient,
                          add_soft_logit_gradient);
}

/* ---- the op ---- */

static int print(char *buffer, size_t size, const void *attributes)
{
    const gd__nll_settings *o = attributes;
    char reducing[80], smoothing[40] = "", dim[40] = "";
    gd__print_reducing(reducing, sizeof reducing, &o->reducing);
    if (o->label_smoothing != 0)
        snprintf(smoothing, sizeof smoothing, ", label_smoothing=%g", o->label_smoothing);
    if (o->dim.given)
        snprintf(dim, sizeof dim, ", dim=%g", o->dim.value);
    return snprintf(buffer, size, "%s, ignore_index=%" PRId64 "%s%s", reducing, gd__nll_ignored(o),
                    smoothing, dim);
}

static const gd_pass_through through_log_softmax = {
    .op = &gd__op_log_softmax,
    .gradient = "dx = u (Q softmax(x) - q), Q = sum of q_c",
    .grad = gd__nll_through_grad,
    .grad_into = through_into,
    .reads = GD_READS(GD__NLL_INPUT) | GD_READS(GD__NLL_TARGET) | GD_READS(GD__NLL_WEIGHT) |
             GD_READS(GD__NLL_MASK),
    .through_reads = GD_READS(0),
};

const gd_op gd__op_nll_loss = {
    .name = "nll_loss",
    .formula = "-sum of q_c x_c over the classes, q_c = w_c ((1 - e) t_c + e / C), reduced",
    .gradient = "dx = -u q, dt = -u (1 - e) w x, dw = -u sum of ((1 - e) t + e / C) x, u = dl / D; "
                "and -u l times the class's number for the mean over classes",
    .shapes = "[n,c,..] [n,..] [c] [n,..] -> [] or [n,..]; target also [n,c,..]",
    .least_operands = 2,
    .most_operands = GD__NLL_OPERANDS,
    .attributes_size = sizeof(gd__nll_settings),
    .check = check,
    .saved_size = saved_size,
    .forward = forward,
    .grad = gd__nll_grad,
    .grad_into = grad_into,
    .through = &through_log_softmax,
    .reads = {GD_READS(GD__NLL_TARGET) | GD_READS(GD__NLL_WEIGHT) | GD_READS(GD__NLL_MASK),
              GD_READS(GD__NLL_INPUT) | GD_READS(GD__NLL_TARGET) | GD_READS(GD__NLL_WEIGHT) |
                  GD_READS(GD__NLL_MASK),
              GD_READS(GD__NLL_INPUT) | GD_READS(GD__NLL_TARGET) | GD_READS(GD__NLL_WEIGHT) |
                  GD_READS(GD__NLL_MASK) | GD_READS_OUT},
    .print_attributes = print,
    .domain = {{.low = -3, .high = -0.1}, {.low = 0, .high = 1}, {.low = 0.5, .high = 2}},
    .samples =
        (const gd_sample[]){
            {"[3,2] i[3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_SUM}},
            {"[3,2] i[3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_NONE}},
            {"[3,2] i[3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_BATCHMEAN}},
            {"[2] i[]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[5,2] i[5] [2]", &(const gd__nll_settings){.ignore_index = {0, true}}},
            {"[5,3] i[5] [3] b[5]",
             &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[5,3] i[5] [3]",
             &(const gd__nll_settings){.reducing.denominator = {4, true}, .label_smoothing = 0.1}},
            {"[2,3,4] i[2,4] [3] b[2,4]", &(const gd__nll_settings){.label_smoothing = 0.1}},
            {"[2,3,4] i[2,3] [4]",
             &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_NONE, .dim = {-1, true}}},
            {"[3,2] [3,2] [2]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] [3,2] [2] b[3]",
             &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_SUM,
                                       .label_smoothing = 0.1}},
            {"[2,3,2] [2,3,2] - b[2,2]",
             &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_NONE,
                                       .label_smoothing = 0.1}},
            {"[3] [3] [3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[0,2] i[0]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[0,2] [0,2] [2]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_NONE}},
            {NULL, NULL}},
    .refused =
        (const gd_sample[]){
            {"[3,2] i[2]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3,1]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] [3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] b[3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3,2]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] [3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] [2,1]",
             &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] i[2]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] - b[3,2]",
             &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3] - i[3]",
             &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[9,1] i[9]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] i[3]", &(const gd__nll_settings){.reducing.reduction = (gd_reduction)9}},
            {"[3,2] i[3]",
             &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_SUM,
                                       .reducing.denominator = {2, true}}},
            {"[3,2] i[3]", &(const gd__nll_settings){.reducing.denominator = {-1, true}}},
            {"[3,2] i[3]", &(const gd__nll_settings){.label_smoothing = 1.5}},
            {"[3,2] i[3]", &(const gd__nll_settings){.label_smoothing = -0.1}},
            {"[3,2] i[3]", &(const gd__nll_settings){.dim = {2, true}}},
            {"[] i[]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"i[3,2] i[3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"- i[3]", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {"[3,2] -", &(const gd__nll_settings){.reducing.reduction = GD_REDUCTION_MEAN}},
            {NULL, NULL}},
};

gd_tensor *gd_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_nll_loss_options *options)
{
    gd_nll_loss_options o = {.reduction = GD_REDUCTION_MEAN};
    o = options != NULL ? *options : o;
    gd__nll_settings s = {GD__REDUCING(o), o.ignore_index, o.label_smoothing, o.dim};
    return gd_apply(tape, &gd__op_nll_loss, (gd_tensor *[]){input, target, o.weight, o.mask},
                    GD__NLL_OPERANDS, &s);
}
