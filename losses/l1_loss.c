/* Mean absolute error: what regression minimises where some errors are very large.
 *
 * Definition. l = |x - y|.
 * Gradients, of the mean over N elements divided by N:
 *     dl/dx = sign(x - y) = -dl/dy,    0 where x = y. */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

#include <math.h>

static void loss_of(const gd__elements *e, double *loss)
{
    for (int64_t j = 0; j < e->n; ++j)
        loss[j] = fabs(e->v[0][j] - e->v[1][j]);
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    for (int64_t j = 0; j < e->n; ++j) {
        double d = i == 0 ? e->v[0][j] - e->v[1][j] : e->v[1][j] - e->v[0][j];
        slope[j] = d > 0 ? 1 : d < 0 ? -1 : d; /* NaN stays NaN */
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    (void)n;
    return gd_sign(tape, gd_sub(tape, v[i], v[1 - i]));
}

static const gd__element_loss form = {.operands = 2,
                                      .accepted = {{.what = NULL}, GD__ANY_TARGET},
                                      .loss = loss_of,
                                      .slopes = 2,
                                      .slope = slope_of,
                                      .slope_op = slope_op};

const gd_op gd__op_l1_loss = {
    .name = "l1_loss",
    .formula = "|x - y|, reduced",
    .gradient = "dx = u * sign(x - y), dy = -dx, u = dl / D",
    .shapes = GD__PAIR_SHAPES,
    .ties = "0 where x = y",
    .least_operands = 2,
    .most_operands = 3,
    .attributes_size = sizeof(gd__reducing),
    .check = gd__elementwise_check,
    .saved_size = gd__elementwise_saved_size,
    .forward = gd__elementwise_forward,
    .grad = gd__elementwise_grad,
    .grad_into = gd__elementwise_grad_into,
    .reads = {GD__PAIR_READS, GD__PAIR_READS},
    .print_attributes = gd__elementwise_print,
    .detail = &form,
    .domain = {{.low = -3, .high = 3}, {.low = -3, .high = 3}},
    .samples = gd__pair_samples,
    .refused = gd__pair_refused,
};

gd_tensor *gd_l1_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                      const gd_loss_options *options)
{
    return gd__apply_pair(tape, &gd__op_l1_loss, input, target, options);
}
