/* Huber's loss: the squared error near 0, the absolute one farther out (Huber 1964).
 *
 * Definition. With d = x - y and D = delta,
 *     l = d^2 / 2 for |d| < D,    D (|d| - D / 2) elsewhere.
 * Gradients, of the mean over N elements divided by N:
 *     dl/dx = d within [-D, D] = -dl/dy. */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

#include <math.h>

enum { DELTA };

static void loss_of(const gd__elements *e, double *loss)
{
    double delta = gd__number_of(e->node, DELTA);
    for (int64_t j = 0; j < e->n; ++j) {
        double d = fabs(e->v[0][j] - e->v[1][j]);
        loss[j] = d < delta ? d * d / 2 : delta * (d - delta / 2);
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    double delta = gd__number_of(e->node, DELTA);
    for (int64_t j = 0; j < e->n; ++j) {
        double d = i == 0 ? e->v[0][j] - e->v[1][j] : e->v[1][j] - e->v[0][j];
        slope[j] = d > delta ? delta : d < -delta ? -delta : d;
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    double delta = gd__number_of(n, DELTA);
    return gd_clamp(tape, gd_sub(tape, v[i], v[1 - i]), -delta, delta);
}

static bool check(gd_tape *tape, gd_node *n)
{
    double delta = gd__number_of(n, DELTA);
    return (delta > 0 && isfinite(delta)
                ? true
                : gd_tape_fail(tape, GD_ERROR_VALUE, "delta %g is not above 0", delta)) &&
           gd__elementwise_check(tape, n);
}

static int print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_numbers(buffer, size, attributes, ", delta=%g");
}

static const gd__element_loss form = {.operands = 2,
                                      .accepted = {{.what = NULL}, GD__ANY_TARGET},
                                      .loss = loss_of,
                                      .slopes = 2,
                                      .slope = slope_of,
                                      .slope_op = slope_op};

const gd_op gd__op_huber_loss = {
    .name = "huber_loss",
    .formula = "d^2 / 2 for |d| < delta, else delta (|d| - delta / 2), d = x - y, reduced",
    .gradient = "dx = u * (d within [-delta, delta]), dy = -dx, u = dl / D",
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
    .samples =
        (const gd_sample[]){
            {"[2,3] [2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {10}}},
            {"[2,3] [2,3] b[2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_NONE, .p = {0.01}}},
            {"[3,2] [3,2] b[2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_SUM, .p = {1e-3}}},
            {"[] []", &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {10}}},
            {"[0,2] [0,2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_BATCHMEAN, .p = {0.01}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {10}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {0.01}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {1e-3}}},
            {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3] [3]", &(const gd__numbers){.p = {1}}},
                                   {"[3] [3] b[2]", &(const gd__numbers){.p = {1}}},
                                   {"[3] i[3]", &(const gd__numbers){.p = {1}}},
                                   {"[3] -", &(const gd__numbers){.p = {1}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {0}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {-1}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {(double)NAN}}},
                                   {NULL, NULL}},
};

gd_tensor *gd_huber_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                         const gd_huber_loss_options *options)
{
    gd_huber_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    return gd_apply(tape, &gd__op_huber_loss, (gd_tensor *[]){input, target, o.mask}, 3,
                    &(gd__numbers){GD__REDUCING(o), {gd__given(o.delta, 1)}});
}
