/* Smooth L1: the squared error near 0, the absolute one farther out, so that outliers pull no harder
 * than other errors and the gradient does not jump at 0 (Girshick 2015).
 *
 * Definition. With d = x - y and b = beta,
 *     l = d^2 / (2 b) for |d| < b,    |d| - b / 2 elsewhere.
 * b = 0 is the absolute error. Huber's loss is b times this one.
 * Gradients, of the mean over N elements divided by N:
 *     dl/dx = d / b within [-1, 1] = -dl/dy. */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

#include <math.h>

enum { BETA };

static void loss_of(const gd__elements *e, double *loss)
{
    double beta = gd__number_of(e->node, BETA);
    for (int64_t j = 0; j < e->n; ++j) {
        double d = fabs(e->v[0][j] - e->v[1][j]);
        loss[j] = d < beta ? d * d / (2 * beta) : d - beta / 2;
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    double beta = gd__number_of(e->node, BETA);
    for (int64_t j = 0; j < e->n; ++j) {
        double d = i == 0 ? e->v[0][j] - e->v[1][j] : e->v[1][j] - e->v[0][j];
        slope[j] = fabs(d) < beta ? d / beta : d > 0 ? 1 : d < 0 ? -1 : d;
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    gd_tensor *d = gd_sub(tape, v[i], v[1 - i]);
    double beta = gd__number_of(n, BETA);
    return beta == 0 ? gd_sign(tape, d)
                     : gd_clamp(tape, gd_div(tape, d, gd_scalar_like(tape, beta, d)), -1, 1);
}

static bool check(gd_tape *tape, gd_node *n)
{
    double beta = gd__number_of(n, BETA);
    return (beta >= 0 && isfinite(beta)
                ? true
                : gd_tape_fail(tape, GD_ERROR_VALUE, "beta %g is not a number from 0 on", beta)) &&
           gd__elementwise_check(tape, n);
}

static int print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_numbers(buffer, size, attributes, ", beta=%g");
}

static const gd__element_loss form = {.operands = 2,
                                      .accepted = {{.what = NULL}, GD__ANY_TARGET},
                                      .loss = loss_of,
                                      .slopes = 2,
                                      .slope = slope_of,
                                      .slope_op = slope_op};

const gd_op gd__op_smooth_l1_loss = {
    .name = "smooth_l1_loss",
    .formula = "d^2 / (2 beta) for |d| < beta, else |d| - beta / 2, d = x - y, reduced",
    .gradient = "dx = u * (d / beta within [-1, 1]), dy = -dx, u = dl / D",
    .shapes = GD__PAIR_SHAPES,
    .ties = "0 where x = y and beta = 0",
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
    .samples =
        (const gd_sample[]){
            {"[2,3] [2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {10}}},
            {"[2,3] [2,3] b[2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_NONE, .p = {0.01}}},
            {"[3,2] [3,2] b[2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_SUM, .p = {1e-3}}},
            {"[] []", &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {0}}},
            {"[0,2] [0,2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_BATCHMEAN, .p = {10}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {10}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {0.01}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {1e-3}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {0}}},
            {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3] [3]", &(const gd__numbers){.p = {1}}},
                                   {"[3] [3] b[2]", &(const gd__numbers){.p = {1}}},
                                   {"[3] i[3]", &(const gd__numbers){.p = {1}}},
                                   {"[3] -", &(const gd__numbers){.p = {1}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {-1}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {(double)NAN}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {(double)INFINITY}}},
                                   {NULL, NULL}},
};

gd_tensor *gd_smooth_l1_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                             const gd_smooth_l1_loss_options *options)
{
    gd_smooth_l1_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    return gd_apply(tape, &gd__op_smooth_l1_loss, (gd_tensor *[]){input, target, o.mask}, 3,
                    &(gd__numbers){GD__REDUCING(o), {gd__given(o.beta, 1)}});
}
