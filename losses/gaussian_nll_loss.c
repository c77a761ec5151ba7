/* Negative log likelihood of targets that are normally distributed around what the model says, with a
 * variance that it says, too (Nix and Weigend 1994).
 *
 * Definition. With d = x - y and v the variance, at least eps,
 *     -ln p(y) = (ln v + d^2 / v + ln 2 pi) / 2;
 * the last term does not depend on the model and is there only with `full`.
 * Gradients:
 *     dl/dx = d / v = -dl/dy,    dl/dv = (v - d^2) / (2 v^2),
 * the last one also where eps stands for a smaller variance, as in PyTorch, so that it can grow. */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

enum { FULL, EPS };
enum { INPUT, TARGET, VAR };

static double at_least(double eps, double variance)
{
    return variance < eps ? eps : variance;
}

static void loss_of(const gd__elements *e, double *loss)
{
    double constant = gd__number_of(e->node, FULL) != 0 ? 0.9189385332046727 : 0; /* ln(2 pi) / 2 */
    double eps = gd__number_of(e->node, EPS);
    for (int64_t j = 0; j < e->n; ++j) {
        double d = e->v[INPUT][j] - e->v[TARGET][j], v = at_least(eps, e->v[VAR][j]);
        loss[j] = 0.5 * (log(v) + d * d / v) + constant;
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    double eps = gd__number_of(e->node, EPS);
    for (int64_t j = 0; j < e->n; ++j) {
        double d = e->v[INPUT][j] - e->v[TARGET][j], v = at_least(eps, e->v[VAR][j]);
        slope[j] = i == INPUT ? d / v : i == TARGET ? -d / v : (v - d * d) / (2 * v * v);
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    gd_tensor *eps = gd_scalar_like(tape, gd__number_of(n, EPS), v[VAR]);
    gd_tensor *var = gd_masked_fill(tape, v[VAR], gd_lt(tape, v[VAR], eps), gd__number_of(n, EPS));
    gd_tensor *d =
        i == TARGET ? gd_sub(tape, v[TARGET], v[INPUT]) : gd_sub(tape, v[INPUT], v[TARGET]);
    if (i != VAR)
        return gd_div(tape, d, var);
    gd_tensor *twice_squared = gd_mul(tape, gd_scalar_like(tape, 2, var), gd_mul(tape, var, var));
    return gd_div(tape, gd_sub(tape, var, gd_mul(tape, d, d)), twice_squared);
}

static bool check(gd_tape *tape, gd_node *n)
{
    return (gd__number_of(n, EPS) > 0 ? true
                                      : gd_tape_fail(tape, GD_ERROR_VALUE, "eps %g is not above 0",
                                                     gd__number_of(n, EPS))) &&
           gd__elementwise_check(tape, n);
}

static int print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_numbers(buffer, size, attributes, ", full=%g, eps=%g");
}

static const gd__element_loss form = {
    .operands = 3,
    .accepted = {{.what = NULL},
                 GD__ANY_TARGET,
                 {.what = "var", .low = 0, .high = (double)INFINITY, .rule = "is below 0"}},
    .safe = {0, 0, 1},
    .loss = loss_of,
    .slopes = 3,
    .slope = slope_of,
    .slope_op = slope_op};

const gd_op gd__op_gaussian_nll_loss = {
    .name = "gaussian_nll_loss",
    .formula = "(ln v + d^2 / v) / 2 (+ ln(2 pi) / 2), d = x - y, v at least eps, reduced",
    .gradient = "dx = u * d / v, dy = -dx, dv = u * (v - d^2) / (2 v^2), u = dl / D",
    .shapes = "x, y, v, mask -> [] or x; y of x's shape, v and the mask broadcast to it",
    .least_operands = 3,
    .most_operands = 4,
    .attributes_size = sizeof(gd__numbers),
    .check = check,
    .saved_size = gd__elementwise_saved_size,
    .forward = gd__elementwise_forward,
    .grad = gd__elementwise_grad,
    .grad_into = gd__elementwise_grad_into,
    .reads = {GD__PAIR_READS | GD_READS(3), GD__PAIR_READS | GD_READS(3),
              GD__PAIR_READS | GD_READS(3)},
    .print_attributes = print,
    .detail = &form,
    .domain = {{0}, {0}, {.low = 0.5, .high = 3}},
    .samples =
        (const gd_sample[]){
            {"[2,3] [2,3] [2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {0, 1e-6}}},
            {"[2,3] [2,3] [2,1] b[2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_NONE, .p = {1, 1e-6}}},
            {"[3,2] [3,2] [2] b[2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_SUM, .p = {0, 1e-6}}},
            {"[] [] []",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {1, 1e-6}}},
            {"[0,2] [0,2] [0,1]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_BATCHMEAN, .p = {0, 1e-6}}},
            {"[2,3] [2,3] [2,3]", &(const gd__numbers){.p = {0, 1e-6}}},
            {"[2,3] [2,3] [2,3]", &(const gd__numbers){.p = {1, 1e-6}}},
            {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3] [3] [2,3]", &(const gd__numbers){.p = {0, 1e-6}}},
                                   {"[2,3] [2,3] [2]", &(const gd__numbers){.p = {0, 1e-6}}},
                                   {"[3] [3] -", &(const gd__numbers){.p = {0, 1e-6}}},
                                   {"[3] [3] [3]", &(const gd__numbers){.p = {0, 0}}},
                                   {NULL, NULL}},
};

/* One variance for all of the last dimension may come without that, as in PyTorch. */
static gd_tensor *with_last_dimension(gd_tape *tape, const gd_tensor *input, gd_tensor *var)
{
    bool lacks_it = input != NULL && var != NULL && var->ndim == input->ndim - 1;
    for (int k = 0; lacks_it && k < var->ndim; ++k)
        lacks_it = var->shape[k] == input->shape[k];
    return lacks_it ? gd_unsqueeze(tape, var, -1) : var;
}

gd_tensor *gd_gaussian_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target, gd_tensor *var,
                                const gd_gaussian_nll_loss_options *options)
{
    gd_gaussian_nll_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    var = with_last_dimension(tape, input, var);
    return gd_apply(tape, &gd__op_gaussian_nll_loss, (gd_tensor *[]){input, target, var, o.mask}, 4,
                    &(gd__numbers){GD__REDUCING(o), {o.full, gd__given(o.eps, 1e-6)}});
}
