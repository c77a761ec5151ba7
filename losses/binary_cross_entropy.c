/* Binary cross entropy of probabilities.
 *
 * Definition. With p the probability that the model gives to "yes", y in [0,1] the truth and w a
 * weight,
 *     l = -w (y ln p + (1 - y) ln(1 - p)).
 * Both logarithms are at least -100, as in PyTorch, which keeps a wrong "surely" finite. The mean
 * divides by the number of elements N.
 *
 * Stable form. ln(1 - p) = log1p(-p) keeps a p that 1 - p would round away.
 *
 * Gradients, with u = dl, for the mean dl / N:
 *     dp = u w ((1 - y) / (1 - p) - y / p) = u w (p - y) / (p (1 - p)),
 *     dy = u w (ln(1 - p) - ln p),    dw = u l / w.
 * They are not cut off at -100. At p = 0 and p = 1 exactly p (1 - p) counts as 1e-12, as in
 * PyTorch, but in float32 at p = 1 as 2^-25: all that is known of 1 - p there is that it is below
 * half a unit in the last place.
 *
 * Through a sigmoid. Where p = s(x) is a sigmoid's result, s' = p (1 - p) cancels the
 * denominator, and
 *     dx = dp s'(x) = u w (p - y) = u w ((1 - y) s(x) - y s(-x)),
 * as binary_cross_entropy_with_logits has it: right for every x, even where p has rounded to 0 or
 * 1. */
#include "losses/element.h"
#include "losses/loss_list.h"

#include <math.h>

static double at_least_minus_100(double logarithm)
{
    return logarithm < -100 ? -100 : logarithm;
}

static void value(const gd__elements *e, double *l)
{
    const double *p = e->x, *y = e->y;
    for (int64_t j = 0; j < e->n; ++j)
        l[j] = 0 - y[j] * at_least_minus_100(log(p[j])) -
               (1 - y[j]) * at_least_minus_100(log1p(-p[j]));
}

/* p (1 - p), or what counts as that. */
static double denominator_at(double p, gd_dtype dtype)
{
    /* PyTorch has the 1e-12 as a float, for doubles, too. */
    const double at_0 = (double)1e-12f, at_1 = dtype == GD_F32 ? 0x1p-25 : at_0;
    return p == 0 ? at_0 : p == 1 ? at_1 : p * (1 - p);
}

/* dl/dp = (p - y) / (p (1 - p)) */
static void slope(const gd__elements *e, double *dp)
{
    const double *p = e->x, *y = e->y;
    for (int64_t j = 0; j < e->n; ++j)
        dp[j] = (p[j] - y[j]) / denominator_at(p[j], e->dtype);
}

/* ---- the same as ops ---- */

static gd_tensor *slope_op(gd_tape *tape, gd_tensor *p, gd_tensor *y, gd_tensor *one)
{
    gd_tensor *zero = gd_scalar_like(tape, 0, one),
              *product = gd_mul(tape, p, gd_sub(tape, one, p));
    gd_tensor *at_0 = gd_eq(tape, p, zero), *at_1 = gd_eq(tape, p, one);
    product = gd_masked_fill(tape, product, at_0, denominator_at(0, one->dtype));
    product = gd_masked_fill(tape, product, at_1, denominator_at(1, one->dtype));
    return gd_div(tape, gd_sub(tape, p, y), product);
}

/* l for w = 1 */
static gd_tensor *value_op(gd_tape *tape, gd_tensor *p, gd_tensor *y, gd_tensor *one)
{
    gd_tensor *yes = gd_clamp(tape, gd_log(tape, p), -100, HUGE_VAL);
    gd_tensor *no = gd_clamp(tape, gd_log1p(tape, gd_neg(tape, p)), -100, HUGE_VAL);
    return gd_neg(tape, gd_add(tape, gd_mul(tape, y, yes), gd_mul(tape, gd_sub(tape, one, y), no)));
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    gd__element_parts e = gd__element_parts_of(tape, n, n->in[GD__INPUT], dl);
    gd_tensor *factor = i == GD__WEIGHT ? e.u : gd_mul(tape, e.u, e.w);
    gd_tensor *p = gd_kept(tape, e.x, gd_ne(tape, factor, e.zero), 0.5);
    if (i == GD__INPUT)
        return gd_mul(tape, factor, slope_op(tape, p, e.y, e.one));
    if (i == GD__TARGET)
        return gd_mul(tape, factor, gd_sub(tape, gd_log1p(tape, gd_neg(tape, p)), gd_log(tape, p)));
    return gd_mul(tape, factor, value_op(tape, p, e.y, e.one));
}

/* ---- through a sigmoid ---- */

static void logit_slope(const gd__elements *e, double *dx)
{
    e->kernels->bcel_slope(e->n, dx, e->x, e->y, NULL);
}

static bool through_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, gd_tensor *dst,
                         bool accumulate)
{
    return gd__element_write(tape, n, n->through->in[0], logit_slope, dl, dst, accumulate);
}

static gd_tensor *through_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl)
{
    gd__element_parts e = gd__element_parts_of(tape, n, n->through->in[0], dl);
    return gd__logit_gradient(tape, &e);
}

static const gd_pass_through through_sigmoid = {
    .op = &gd_op_sigmoid,
    .gradient = "dx = u * weight * ((1 - target) * sigmoid(x) - target * sigmoid(-x))",
    .grad = through_grad,
    .grad_into = through_into,
    .reads = GD__READS_ALL & ~GD_READS(GD__INPUT),
    .through_reads = GD_READS(0),
};

/* ---- the op ---- */

static const gd__element_loss form = {
    .input_in_01 = true, .target_low = 0, .target_high = 1, .value = value, .slope = slope};

const gd_op gd_op_binary_cross_entropy = {
    .name = "binary_cross_entropy",
    .operands = {"input", "target", "mask", "weight"},
    .least_operands = 2,
    .most_operands = 4,
    .formula = "reduced(weight * loss), loss = -(target * max(ln(input), -100) + (1 - target) * "
               "max(ln(1 - input), -100))",
    .gradient =
        "dinput = u * weight * (input - target) / spread, dtarget = u * weight * (ln(1 - input) - "
        "ln(input)), dweight = u * loss, spread = 2^-25 where input == 1 and float32, else "
        "9.999999960041972e-13 where input == 0 or input == 1, else input * (1 - input)",
    .shapes = "target as input, mask and weight broadcast to it -> [] or input's",
    .ties = "input (1 - input) counts as 1e-12 at input = 0 and 1, as 2^-25 at 1 in float32",
    GD_FIELDS(gd_loss_options, GD_LOSS_FIELDS(gd_loss_options)),
    .detail = &form,
    .check = gd__element_check,
    .saved_size = gd__divisor_size,
    .forward = gd__element_forward,
    .grad = grad,
    .grad_into = gd__element_grad_into,
    .through = &through_sigmoid,
    .reads = {GD__READS_ALL, GD__READS_ALL & ~GD_READS(GD__TARGET), GD__READS_ALL, GD__READS_ALL},
    .domain = {{.low = 0.1, .high = 0.9},
               {.low = 0.05, .high = 0.95},
               {0},
               {.low = 0.5, .high = 2}},
    .samples = GD_SAMPLES(
        {"[2,3] [2,3]", &(const gd_loss_options){.reduction = GD_REDUCTION_MEAN}},
        {"[2,3] [2,3] - [3]", &(const gd_loss_options){.nan_when_empty = true}},
        {"[2,3] [2,3] b[2,3] [2,1]", &(const gd_loss_options){.reduction = GD_REDUCTION_NONE}},
        {"[2,4] [2,4] b[4]", &(const gd_loss_options){.denominator = {5, true}}},
        {"[] []", &(const gd_loss_options){.reduction = GD_REDUCTION_BATCHMEAN}},
        {"[0,2] [0,2]", &(const gd_loss_options){.mask = NULL}}),
    .refused = gd__element_refused,
};

gd_tensor *gd_binary_cross_entropy(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                   const gd_binary_cross_entropy_options *options)
{
    gd_binary_cross_entropy_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_tensor *operands[] = {input, target, o.mask, o.weight};
    return gd_apply(tape, &gd_op_binary_cross_entropy, operands, 4, &GD_LOSS_OPTIONS_OF(o));
}
