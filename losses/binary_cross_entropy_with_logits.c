/* Binary cross entropy of logits.
 *
 * Definition. With p = s(x) = 1 / (1 + e^-x) the probability that the model gives to "yes", y in
 * [0,1] the truth, w a weight and v the weight of "yes",
 *     l = -w (v y ln p + (1 - y) ln(1 - p)).
 * The mean divides by the number of elements N.
 *
 * Stable form. -ln s(x) = ln(1 + e^-x) and 1 - s(x) = s(-x). With r = |x|,
 *     -ln p       = ln(1 + e^-r)      for x >= 0,    ln(1 + e^-r) + r  for x < 0,
 *     -ln(1 - p)  = ln(1 + e^-r) + r  for x >= 0,    ln(1 + e^-r)      for x < 0,
 * so that with a = v y and b = 1 - y
 *     l = w ((a + b) ln(1 + e^-r) + r (x < 0 ? a : b)).
 * Weights and factors are at least 0, so nothing overflows and nothing cancels; and ln(1 + e^-r),
 * made like log1p, keeps an e^-r that 1 + e^-r would round away. Where a factor is 0 its term is
 * 0, even if x is infinite or NaN.
 *
 * Gradients. Let u be the gradient of the result divided by what the reduction divides by (N for
 * the mean). (ln s(x))' = s(-x) and (ln s(-x))' = -s(x), so
 *     dx = u w (b s(x) - a s(-x)).
 * Not u w (s(x) - y): for y = 1, s(x) - 1 rounds to 0 long before s(-x) does. With -ln p = ln(1 +
 * e^-x) and -ln(1 - p) = ln(1 + e^x),
 *     dy = u w (v ln(1 + e^-x) - ln(1 + e^x)),    without v: -u w x,
 *     dw = u (a ln(1 + e^-x) + b ln(1 + e^x)),    dv = u w y ln(1 + e^-x).
 * The loops of l / w and dx / (u w) are in binary_cross_entropy_with_logits.kernel.h: a general
 * one for each and, where there is neither weight nor mask, a fast one for targets that are all 0
 * or 1, which refuses (false) chunks with others. */
#include "losses/element.h"
#include "losses/loss_list.h"

static void value(const gd__elements *e, double *l)
{
    e->kernels->bcel_value(e->n, l, e->x, e->y, e->v);
}

static void slope(const gd__elements *e, double *dx)
{
    e->kernels->bcel_slope(e->n, dx, e->x, e->y, e->v);
}

static bool fast_sum(const gd__loss_kernels *kernels, const gd__chunks *c, double *sum)
{
    return kernels->bcel_binary_sum != NULL && kernels->bcel_binary_sum(c, sum);
}

static bool fast_slope(const gd__loss_kernels *kernels, const gd__chunks *c, double divisor,
                       bool accumulate)
{
    return kernels->bcel_binary_slope(c, divisor, accumulate);
}

/* ---- the gradients as ops, which can be differentiated again ---- */

/* factor * ln(1 + e^x). Where the factor is 0, x counts as 0, so that 0 times infinity is 0. */
static gd_tensor *times_softplus(gd_tape *tape, gd_tensor *factor, gd_tensor *x, gd_tensor *zero)
{
    x = gd_kept(tape, x, gd_ne(tape, factor, zero), 0);
    return gd_mul(tape, factor, gd_softplus(tape, x));
}

/* A pos_weight [C] is for the classes, dimension 1: dv is summed over the others. Any other
 * pos_weight broadcasts, and the tape sums. */
static gd_tensor *sum_to_classes(gd_tape *tape, const gd_node *n, gd_tensor *dv)
{
    const gd_tensor *pos_weight = n->in[GD__POS_WEIGHT], *input = n->in[GD__INPUT];
    gd_tensor view = gd__pos_weight_view(pos_weight, input);
    return view.ndim != pos_weight->ndim ? gd__sum_to_dim(tape, dv, 1) : dv;
}

/* b s(x) - a s(-x) = (a + b) s(x) - a: where a + b is 0, x does not count. */
gd_tensor *gd__logit_gradient(gd_tape *tape, const gd__element_parts *e)
{
    gd_tensor *uw = gd_mul(tape, e->u, e->w);
    gd_tensor *a = gd_mul(tape, uw, gd_mul(tape, e->v, e->y));
    gd_tensor *b = gd_mul(tape, uw, gd_sub(tape, e->one, e->y));
    gd_tensor *used = gd_ne(tape, gd_add(tape, a, b), e->zero), *x = gd_kept(tape, e->x, used, 0);
    return gd_sub(tape, gd_mul(tape, b, gd_sigmoid(tape, x)),
                  gd_mul(tape, a, gd_sigmoid(tape, gd_neg(tape, x))));
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    gd__element_parts e = gd__element_parts_of(tape, n, n->in[GD__INPUT], dl);
    if (i == GD__INPUT)
        return gd__logit_gradient(tape, &e);
    gd_tensor *uw = i == GD__WEIGHT ? e.u : gd_mul(tape, e.u, e.w), *minus_x = gd_neg(tape, e.x);
    if (i == GD__TARGET && n->in[GD__POS_WEIGHT] == NULL) /* where the difference would cancel */
        return gd_mul(tape, uw, gd_kept(tape, minus_x, gd_ne(tape, uw, e.zero), 0));
    if (i == GD__TARGET)
        return gd_sub(tape, times_softplus(tape, gd_mul(tape, uw, e.v), minus_x, e.zero),
                      times_softplus(tape, uw, e.x, e.zero));
    if (i == GD__WEIGHT) { /* uw is u alone */
        gd_tensor *a = gd_mul(tape, uw, gd_mul(tape, e.v, e.y));
        gd_tensor *b = gd_mul(tape, uw, gd_sub(tape, e.one, e.y));
        return gd_add(tape, times_softplus(tape, a, minus_x, e.zero),
                      times_softplus(tape, b, e.x, e.zero));
    }
    /* GD__POS_WEIGHT */
    return sum_to_classes(tape, n, times_softplus(tape, gd_mul(tape, uw, e.y), minus_x, e.zero));
}

/* ---- the op ---- */

static const gd__element_loss form = {.target_low = 0,
                                      .target_high = 1,
                                      .value = value,
                                      .slope = slope,
                                      .fast_sum = fast_sum,
                                      .fast_slope = fast_slope};

const gd_op gd_op_binary_cross_entropy_with_logits = {
    .name = "binary_cross_entropy_with_logits",
    .operands = {"input", "target", "mask", "weight", "pos_weight"},
    .least_operands = 2,
    .most_operands = 5,
    .formula = "reduced(weight * loss), loss = yes * target * softplus(-input) + (1 - target) * "
               "softplus(input), yes = per_class(pos_weight)",
    .gradient =
        "dinput = u * weight * ((1 - target) * sigmoid(input) - yes * target * sigmoid(-input)), "
        "dtarget = u * weight * (yes * softplus(-input) - softplus(input)), dweight = u * loss, "
        "dpos_weight = u * weight * target * softplus(-input)",
    .shapes = "target as input; mask, weight and pos_weight broadcast to it -> [] or input's",
    GD_FIELDS(gd_loss_options, GD_LOSS_FIELDS(gd_loss_options)),
    .detail = &form,
    .check = gd__element_check,
    .saved_size = gd__divisor_size,
    .forward = gd__element_forward,
    .grad = grad,
    .grad_into = gd__element_grad_into,
    .reads = {GD__READS_ALL, GD__READS_ALL & ~GD_READS(GD__TARGET), 0,
              GD__READS_ALL & ~GD_READS(GD__WEIGHT), GD__READS_ALL & ~GD_READS(GD__POS_WEIGHT)},
    .domain = {{.low = -3, .high = 3, .gap = 0.01},
               {.low = 0.05, .high = 0.95},
               {0},
               {.low = 0.5, .high = 2},
               {.low = 0.5, .high = 3}},
    .samples = GD_SAMPLES(
        {"[2,3] [2,3]", &(const gd_loss_options){.reduction = GD_REDUCTION_MEAN}},
        {"[2,3] [2,3] b[2,3] [3] [3]", &(const gd_loss_options){.nan_when_empty = true}},
        {"[2,3,4] [2,3,4] b[4] [2,1,1] [3]",
         &(const gd_loss_options){.reduction = GD_REDUCTION_NONE}},
        {"[2,3,2] [2,3,2] - - [3,1]", &(const gd_loss_options){.denominator = {5, true}}},
        {"[3] [3] - - [3]", &(const gd_loss_options){.mask = NULL}},
        {"[3,2] [3,2] - [] [1]", &(const gd_loss_options){.reduction = GD_REDUCTION_BATCHMEAN}},
        {"[] []", &(const gd_loss_options){.mask = NULL}},
        {"[0,2] [0,2]", &(const gd_loss_options){.mask = NULL}}),
    .refused = gd__element_refused,
};

gd_tensor *
gd_binary_cross_entropy_with_logits(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                    const gd_binary_cross_entropy_with_logits_options *options)
{
    gd_binary_cross_entropy_with_logits_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    gd_tensor *operands[] = {input, target, o.mask, o.weight, o.pos_weight};
    return gd_apply(tape, &gd_op_binary_cross_entropy_with_logits, operands, 5,
                    &GD_LOSS_OPTIONS_OF(o));
}
