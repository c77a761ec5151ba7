/* Binary cross entropy of logits.
 *
 * Definition. With p = s(x) = 1 / (1 + e^-x) the probability that the model gives to "yes", y in
 * [0,1] the truth, w a weight and v the weight of "yes",
 *     l = -w (v y ln p + (1 - y) ln(1 - p)).
 *
 * Stable form. -ln s(x) = ln(1 + e^-x) and 1 - s(x) = s(-x). With r = |x| and E = e^-r in (0, 1],
 *     -ln p       = ln(1 + E)      for x >= 0,    ln(1 + E) + r  for x < 0,
 *     -ln(1 - p)  = ln(1 + E) + r  for x >= 0,    ln(1 + E)      for x < 0,
 * so that with a = w v y and b = w (1 - y)
 *     l = (a + b) ln(1 + E) + r (x < 0 ? a : b).
 * Nothing overflows, nothing cancels, and ln(1 + E) by log1p keeps E where 1 + E would round to 1. A
 * factor 0 before r counts as 0 even where r is infinite.
 *
 * Gradients. s' = s(x) s(-x), so that (ln s(x))' = s(-x) and (ln s(-x))' = -s(x):
 *     dl/dx = b s(x) - a s(-x),
 * which keeps the tail for y = 1, where s(x) - 1 would round to 0 long before s(-x) does. And
 *     dl/dy = w (ln(1 - p) - v ln p),    dl/dw = l / w,    dl/dv = -w y ln p.
 * For the mean, each is divided by N. */
#include "losses/binary.h"
#include "losses/loss_list.h"

/* The two loops are kernels: see tensor/logistic_kernels.h. */
static void loss_of(const gd__elements *e, double *loss)
{
    double a[GD__CHUNK], b[GD__CHUNK];
    gd__binary_factors(e, a, b);
    e->kernels->logistic_loss(e->n, loss, e->v[GD__BINARY_INPUT], a, b);
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    (void)i;
    double a[GD__CHUNK], b[GD__CHUNK];
    gd__binary_factors(e, a, b);
    e->kernels->logistic_slope(e->n, slope, e->v[GD__BINARY_INPUT], a, b);
}

/* Targets that are all 0 or 1, and no weights: half of the work. */
static bool fast_losses(const gd__chunks *c, double *loss)
{
    return c->kernels->yes_no_loss(
        c->n, loss, gd__chunks_data(c, GD__FAST_INPUT), c->walk.step[GD__FAST_INPUT],
        gd__chunks_data(c, GD__FAST_TARGET), c->walk.step[GD__FAST_TARGET]);
}

static bool fast_sum(const gd__chunks *c, double *sum)
{
    return c->kernels->yes_no_sum(c->n, sum, gd__chunks_data(c, GD__FAST_INPUT),
                                  c->walk.step[GD__FAST_INPUT], gd__chunks_data(c, GD__FAST_TARGET),
                                  c->walk.step[GD__FAST_TARGET]);
}

static bool fast_grad(const gd__chunks *c, double divisor, bool accumulate)
{
    return c->kernels->yes_no_grad(
        c->n, gd__chunks_data(c, GD__FAST_WHOLE), gd__chunks_data(c, GD__FAST_INPUT),
        c->walk.step[GD__FAST_INPUT], gd__chunks_data(c, GD__FAST_TARGET),
        c->walk.step[GD__FAST_TARGET], gd__chunks_data(c, GD__FAST_UPSTREAM),
        c->walk.step[GD__FAST_UPSTREAM], divisor, accumulate);
}

static gd_tensor *cost(gd_tape *tape, gd_tensor *x, bool yes, bool exact)
{
    (void)exact; /* nothing is cut off */
    return gd_softplus(tape, yes ? gd_neg(tape, x) : x);
}

static gd_tensor *slope_op(gd_tape *tape, gd_tensor *x, gd_tensor *a, gd_tensor *b)
{
    return gd_sub(tape, gd_mul(tape, b, gd_sigmoid(tape, x)),
                  gd_mul(tape, a, gd_sigmoid(tape, gd_neg(tape, x))));
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    return gd__binary_grad(tape, n, dl, i, &(gd__binary_ops){cost, slope_op});
}

static const gd__element_loss form = {
    .operands = 4,
    .accepted = {{.what = NULL},
                 GD__BINARY_TARGETS,
                 GD__BINARY_WEIGHTS("weight"),
                 GD__BINARY_WEIGHTS("pos_weight")},
    .loss = loss_of,
    .slopes = 1,
    .slope = slope_of,
    .view = gd__binary_view,
    .fast = &(const gd__fast_loops){fast_sum, fast_losses, fast_grad}};

const gd_op gd__op_binary_cross_entropy_with_logits = {
    .name = "binary_cross_entropy_with_logits",
    .formula = "-w (v y ln s(x) + (1 - y) ln(1 - s(x))), s the sigmoid, reduced",
    .gradient = "dx = u * w ((1 - y) s(x) - v y s(-x)), dy = u * w (ln s(-x) - v ln s(x)), "
                "dw = u * l / w, dv = -u * w y ln s(x), u = dl / D",
    .shapes = "x, y, w, v, mask -> [] or x; y of x's shape, w, mask and v broadcast to it",
    .least_operands = 2,
    .most_operands = 5,
    .attributes_size = sizeof(gd__reducing),
    .detail = &form,
    .check = gd__elementwise_check,
    .saved_size = gd__elementwise_saved_size,
    .forward = gd__elementwise_forward,
    .grad = grad,
    .grad_into = gd__elementwise_grad_into,
    .reads = {GD_READS(0) | GD_READS(1) | GD_READS(2) | GD_READS(3) | GD_READS(4),
              GD_READS(0) | GD_READS(2) | GD_READS(3) | GD_READS(4),
              GD_READS(0) | GD_READS(1) | GD_READS(3) | GD_READS(4),
              GD_READS(0) | GD_READS(1) | GD_READS(2) | GD_READS(4)},
    .print_attributes = gd__elementwise_print,
    .domain = {{.low = -3, .high = 3, .gap = 0.01},
               {.low = 0.05, .high = 0.95},
               {.low = 0.5, .high = 2},
               {.low = 0.5, .high = 3}},
    .samples =
        (const gd_sample[]){
            {"[2,3] [2,3]", &(const gd__reducing){.reduction = GD_REDUCTION_MEAN}},
            {"[2,3] [2,3]", &(const gd__reducing){.reduction = GD_REDUCTION_SUM}},
            {"[2,3] [2,3]", &(const gd__reducing){.reduction = GD_REDUCTION_NONE}},
            {"[2,3] [2,3] [3] [3] b[2,3]", &(const gd__reducing){.nan_when_empty = true}},
            {"[2,3,4] [2,3,4] [2,1,1] [3] b[4]",
             &(const gd__reducing){.reduction = GD_REDUCTION_NONE}},
            {"[2,3,2] [2,3,2] - [3,1] -", &(const gd__reducing){.denominator = {5, true}}},
            {"[3] [3] - [3] -", &(const gd__reducing){.nan_when_empty = false}},
            {"[3,2] [3,2] [] [1] -", &(const gd__reducing){.reduction = GD_REDUCTION_BATCHMEAN}},
            {"[] []", &(const gd__reducing){.nan_when_empty = false}},
            {"[0,2] [0,2]", &(const gd__reducing){.nan_when_empty = false}},
            {"[0] [0]", &(const gd__reducing){.reduction = GD_REDUCTION_NONE}},
            {NULL, NULL}},
    .refused =
        (const gd_sample[]){
            {"[2,3] [3]", &(const gd__reducing){.nan_when_empty = false}},
            {"[3,1] [3]", &(const gd__reducing){.nan_when_empty = false}},
            {"[3] [1]", &(const gd__reducing){.reduction = GD_REDUCTION_NONE}},
            {"[3] [3] [2]", &(const gd__reducing){.nan_when_empty = false}},
            {"[3] [3] [2,3]", &(const gd__reducing){.nan_when_empty = false}},
            {"[3] [3] - - b[2]", &(const gd__reducing){.nan_when_empty = false}},
            {"[3] [3] - - i[3]", &(const gd__reducing){.nan_when_empty = false}},
            {"[2,3,4] [2,3,4] - [4] -", &(const gd__reducing){.nan_when_empty = false}},
            {"[2,3] [2,3] - [2] -", &(const gd__reducing){.nan_when_empty = false}},
            {"[3] i[3]", &(const gd__reducing){.nan_when_empty = false}},
            {"[3] -", &(const gd__reducing){.nan_when_empty = false}},
            {"- [3]", &(const gd__reducing){.nan_when_empty = false}},
            {"[3] [3]", &(const gd__reducing){.reduction = (gd_reduction)7}},
            {NULL, NULL}},
};

gd_tensor *
gd_binary_cross_entropy_with_logits(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                    const gd_binary_cross_entropy_with_logits_options *options)
{
    gd_binary_cross_entropy_with_logits_options o = {.reduction = GD_REDUCTION_MEAN};
    o = options != NULL ? *options : o;
    gd__reducing r = GD__REDUCING(o);
    return gd_apply(tape, &gd__op_binary_cross_entropy_with_logits,
                    (gd_tensor *[]){input, target, o.weight, o.pos_weight, o.mask}, 5, &r);
}
