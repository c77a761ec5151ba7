/* Negative log likelihood of counts that are Poisson distributed.
 *
 * Definition. With the rate r = e^x (or r = x for a model that says the rate itself) and the count y,
 *     -ln P(y) = r - y ln r + ln y!.
 * ln y! does not depend on the model and is left out, or, with `full`, put in by Stirling's formula
 * for y > 1: y ln y - y + ln(2 pi y) / 2, as in PyTorch. Where x is the rate, eps keeps ln(x + eps)
 * finite at 0.
 * Gradients: dl/dx = e^x - y, or 1 - y / (x + eps), and
 *     dl/dy = -ln r  (+ ln y + 1 / (2 y) for y > 1 with `full`). */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

enum { OF_RATE, FULL, EPS };

static double stirling(double y)
{
    return y > 1 ? y * log(y) - y + 0.5 * log(6.283185307179586 * y) : 0;
}

static void loss_of(const gd__elements *e, double *loss)
{
    bool of_rate = gd__number_of(e->node, OF_RATE) != 0, full = gd__number_of(e->node, FULL) != 0;
    double eps = gd__number_of(e->node, EPS);
    for (int64_t j = 0; j < e->n; ++j) {
        double x = e->v[0][j], y = e->v[1][j], log_rate = of_rate ? log(x + eps) : x;
        double times = y == 0 ? 0 : y * log_rate;
        loss[j] = (of_rate ? x : exp(x)) - times + (full ? stirling(y) : 0);
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    bool of_rate = gd__number_of(e->node, OF_RATE) != 0, full = gd__number_of(e->node, FULL) != 0;
    double eps = gd__number_of(e->node, EPS);
    for (int64_t j = 0; j < e->n; ++j) {
        double x = e->v[0][j], y = e->v[1][j];
        if (i == 0)
            slope[j] = of_rate ? (y == 0 ? 1 : 1 - y / (x + eps)) : exp(x) - y;
        else
            slope[j] = -(of_rate ? log(x + eps) : x) + (full && y > 1 ? log(y) + 0.5 / y : 0);
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    bool of_rate = gd__number_of(n, OF_RATE) != 0, full = gd__number_of(n, FULL) != 0;
    gd_tensor *x = v[0], *y = v[1], *one = gd_scalar_like(tape, 1, y);
    gd_tensor *rate = of_rate ? gd_add(tape, x, gd_scalar_like(tape, gd__number_of(n, EPS), x)) : x;
    if (i == 0)
        return of_rate ? gd_sub(tape, one, gd__times_upstream(tape, y, gd_div(tape, one, rate)))
                       : gd_sub(tape, gd_exp(tape, x), y);
    gd_tensor *slope = gd_neg(tape, of_rate ? gd_log(tape, rate) : x);
    if (!full)
        return slope;
    gd_tensor *small = gd_le(tape, y, one), *above = gd_masked_fill(tape, y, small, 1);
    gd_tensor *of_stirling =
        gd_add(tape, gd_log(tape, above), gd_div(tape, gd_scalar_like(tape, 0.5, y), above));
    return gd_add(tape, slope, gd_masked_fill(tape, of_stirling, small, 0));
}

static bool check(gd_tape *tape, gd_node *n)
{
    return (gd__number_of(n, EPS) >= 0
                ? true
                : gd_tape_fail(tape, GD_ERROR_VALUE, "eps %g is below 0", gd__number_of(n, EPS))) &&
           gd__elementwise_check(tape, n);
}

static int print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_numbers(buffer, size, attributes, ", of_rate=%g, full=%g, eps=%g");
}

static const gd__element_loss form = {
    .operands = 2,
    .accepted = {{.what = NULL},
                 {.what = "target", .low = 0, .high = (double)INFINITY, .rule = "is below 0"}},
    .safe = {1, 1},
    .loss = loss_of,
    .slopes = 2,
    .slope = slope_of,
    .slope_op = slope_op};

const gd_op gd__op_poisson_nll_loss = {
    .name = "poisson_nll_loss",
    .formula = "r - y ln r (+ ln y! by Stirling), r = e^x or x, reduced",
    .gradient =
        "dx = u * (e^x - y) or u * (1 - y / (x + eps)), dy = -u * ln r (+ u * (ln y + 1 / (2 y)))",
    .shapes = GD__PAIR_SHAPES,
    .least_operands = 2,
    .most_operands = 3,
    .attributes_size = sizeof(gd__numbers),
    .check = check,
    .saved_size = gd__elementwise_saved_size,
    .forward = gd__elementwise_forward,
    .grad = gd__elementwise_grad,
    .grad_into = gd__elementwise_grad_into,
    .reads = {GD__PAIR_READS, GD__PAIR_READS},
    .print_attributes = print,
    .detail = &form,
    .domain = {{.low = 0.3, .high = 2}, {.low = 0.2, .high = 4}},
    .samples =
        (const gd_sample[]){
            {"[2,3] [2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {0, 0, 1e-8}}},
            {"[2,3] [2,3] b[2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_NONE, .p = {1, 0, 1e-8}}},
            {"[3,2] [3,2] b[2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_SUM, .p = {0, 1, 1e-8}}},
            {"[] []",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {1, 1, 0.5}}},
            {"[0,2] [0,2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_BATCHMEAN, .p = {0, 0, 1e-8}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {0, 0, 1e-8}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {1, 0, 1e-8}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {0, 1, 1e-8}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {1, 1, 0.5}}},
            {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3] [3]", &(const gd__numbers){.p = {0, 0, 1e-8}}},
                                   {"[3] [3] b[2]", &(const gd__numbers){.p = {0, 0, 1e-8}}},
                                   {"[3] i[3]", &(const gd__numbers){.p = {0, 0, 1e-8}}},
                                   {"[3] -", &(const gd__numbers){.p = {0, 0, 1e-8}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {0, 0, -1}}},
                                   {NULL, NULL}},
};

gd_tensor *gd_poisson_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                               const gd_poisson_nll_loss_options *options)
{
    gd_poisson_nll_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    return gd_apply(tape, &gd__op_poisson_nll_loss, (gd_tensor *[]){input, target, o.mask}, 3,
                    &(gd__numbers){GD__REDUCING(o), {o.of_rate, o.full, gd__given(o.eps, 1e-8)}});
}
