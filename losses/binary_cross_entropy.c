/* Binary cross entropy of probabilities.
 *
 * Definition. With p the probability that the model gives to "yes", y in [0,1] the truth and w a
 * weight,
 *     l = -w (y ln p + (1 - y) ln(1 - p)).
 * PyTorch cuts both logarithms off at -100, which keeps a wrong "surely" finite; so does this.
 *
 * Stable form. ln(1 - p) is log1p(-p), which keeps a p that 1 - p would round away.
 *
 * Gradients, of the mean over N elements divided by N:
 *     dl/dp = w ((1 - y) / (1 - p) - y / p) = w (p - y) / (p (1 - p)),
 *     dl/dy = -w (ln p - ln(1 - p)),    dl/dw = l / w.
 * They are not cut off. At p = 0 and p = 1 exactly, p (1 - p) counts as 1e-12, as in PyTorch; there
 * only, so that what is very sure and wrong still learns. Where p comes out of a sigmoid,
 * binary_cross_entropy_with_logits knows more: p itself has rounded. */
#include "losses/binary.h"
#include "losses/loss_list.h"

#include <math.h>

static const double floor_at_the_ends = (double)1e-12f;

static double cut(double logarithm)
{
    return logarithm < -100 ? -100 : logarithm;
}

static void loss_of(const gd__elements *e, double *loss)
{
    const double *p = e->v[GD__BINARY_INPUT];
    double a[GD__CHUNK], b[GD__CHUNK];
    gd__binary_factors(e, a, b);
    for (int64_t j = 0; j < e->n; ++j) {
        double yes = a[j] == 0 ? 0 : a[j] * cut(log(p[j]));
        double no = b[j] == 0 ? 0 : b[j] * cut(log1p(-p[j]));
        loss[j] = 0 - yes - no;
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    (void)i;
    const double *p = e->v[GD__BINARY_INPUT];
    double a[GD__CHUNK], b[GD__CHUNK];
    gd__binary_factors(e, a, b);
    for (int64_t j = 0; j < e->n; ++j) {
        double both = a[j] + b[j], by = p[j] * (1 - p[j]);
        slope[j] = both == 0 ? 0 : (both * p[j] - a[j]) / (by == 0 ? floor_at_the_ends : by);
    }
}

static gd_tensor *cost(gd_tape *tape, gd_tensor *p, bool yes, bool exact)
{
    gd_tensor *logarithm = yes ? gd_log(tape, p) : gd_log1p(tape, gd_neg(tape, p));
    return gd_neg(tape, exact ? logarithm : gd_clamp(tape, logarithm, -100, (double)INFINITY));
}

static gd_tensor *slope_op(gd_tape *tape, gd_tensor *p, gd_tensor *a, gd_tensor *b)
{
    gd_tensor *by = gd_mul(tape, p, gd_sub(tape, gd_scalar_like(tape, 1, p), p));
    gd_tensor *at_an_end = gd_eq(tape, by, gd_scalar_like(tape, 0, p));
    gd_tensor *above = gd_sub(tape, gd_mul(tape, gd_add(tape, a, b), p), a);
    return gd_div(tape, above, gd_masked_fill(tape, by, at_an_end, floor_at_the_ends));
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    return gd__binary_grad(tape, n, dl, i, &(gd__binary_ops){cost, slope_op});
}

static const gd__element_loss form = {
    .operands = 3,
    .accepted = {{.what = "input", .low = 0, .high = 1, .rule = "is outside [0,1]"},
                 GD__BINARY_TARGETS,
                 GD__BINARY_WEIGHTS("weight")},
    .loss = loss_of,
    .slopes = 1,
    .slope = slope_of};

const gd_op gd__op_binary_cross_entropy = {
    .name = "binary_cross_entropy",
    .formula = "-w (y ln p + (1 - y) ln(1 - p)), logarithms at least -100, reduced",
    .gradient = "dp = u * w (p - y) / (p (1 - p)), dy = -u * w (ln p - ln(1 - p)), dw = u * l / w, "
                "u = dl / D",
    .shapes = "p, y, w, mask -> [] or p; y of p's shape, w and mask broadcast to it",
    .ties = "p (1 - p) counts as 1e-12 at p = 0 and 1",
    .least_operands = 2,
    .most_operands = 4,
    .attributes_size = sizeof(gd__reducing),
    .detail = &form,
    .check = gd__elementwise_check,
    .saved_size = gd__elementwise_saved_size,
    .forward = gd__elementwise_forward,
    .grad = grad,
    .grad_into = gd__elementwise_grad_into,
    .reads = {GD_READS(0) | GD_READS(1) | GD_READS(2) | GD_READS(3),
              GD_READS(0) | GD_READS(2) | GD_READS(3), GD_READS(0) | GD_READS(1) | GD_READS(3)},
    .print_attributes = gd__elementwise_print,
    .domain = {{.low = 0.1, .high = 0.9}, {.low = 0.05, .high = 0.95}, {.low = 0.5, .high = 2}},
    .samples =
        (const gd_sample[]){
            {"[2,3] [2,3]", &(const gd__reducing){.reduction = GD_REDUCTION_MEAN}},
            {"[2,3] [2,3]", &(const gd__reducing){.reduction = GD_REDUCTION_SUM}},
            {"[2,3] [2,3] [3]", &(const gd__reducing){.nan_when_empty = true}},
            {"[2,3] [2,3] [2,1] b[2,3]", &(const gd__reducing){.reduction = GD_REDUCTION_NONE}},
            {"[2,4] [2,4] - b[4]", &(const gd__reducing){.denominator = {5, true}}},
            {"[] []", &(const gd__reducing){.reduction = GD_REDUCTION_BATCHMEAN}},
            {"[0,2] [0,2]", &(const gd__reducing){.nan_when_empty = false}},
            {NULL, NULL}},
    .refused =
        (const gd_sample[]){{"[2,3] [3]", &(const gd__reducing){.nan_when_empty = false}},
                            {"[3,1] [3]", &(const gd__reducing){.nan_when_empty = false}},
                            {"[3] [3] [2]", &(const gd__reducing){.nan_when_empty = false}},
                            {"[3] [3] [2,3]", &(const gd__reducing){.nan_when_empty = false}},
                            {"[3] [3] - b[2]", &(const gd__reducing){.nan_when_empty = false}},
                            {"[3] [3] - i[3]", &(const gd__reducing){.nan_when_empty = false}},
                            {"[3] i[3]", &(const gd__reducing){.nan_when_empty = false}},
                            {"[3] -", &(const gd__reducing){.nan_when_empty = false}},
                            {"- [3]", &(const gd__reducing){.nan_when_empty = false}},
                            {"[3] [3]", &(const gd__reducing){.reduction = (gd_reduction)7}},
                            {NULL, NULL}},
};

gd_tensor *gd_binary_cross_entropy(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                   const gd_binary_cross_entropy_options *options)
{
    gd_binary_cross_entropy_options o = {.reduction = GD_REDUCTION_MEAN};
    o = options != NULL ? *options : o;
    gd__reducing r = GD__REDUCING(o);
    return gd_apply(tape, &gd__op_binary_cross_entropy,
                    (gd_tensor *[]){input, target, o.weight, o.mask}, 4, &r);
}
