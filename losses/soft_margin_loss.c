/* Soft margin: logistic regression with targets 1 and -1.
 *
 * Definition. l = ln(1 + e^(-y x)), which is binary cross entropy with logits for y = 1 (yes), -1 (no).
 * Gradient, of the mean over N elements divided by N: dl/dx = -y s(-y x), s the sigmoid. Both forms
 * keep the tail: ln(1 + e^z) = max(z, 0) + log1p(e^-|z|). */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

#include <math.h>

static void loss_of(const gd__elements *e, double *loss)
{
    for (int64_t j = 0; j < e->n; ++j) {
        double z = -e->v[1][j] * e->v[0][j];
        loss[j] = (z > 0 ? z : 0) + log1p(exp(-fabs(z)));
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    (void)i;
    for (int64_t j = 0; j < e->n; ++j) {
        double y = e->v[1][j], z = -y * e->v[0][j], tail = exp(-fabs(z));
        slope[j] = -y * (z < 0 ? tail : 1) / (1 + tail);
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    (void)n, (void)i;
    gd_tensor *minus_y = gd_neg(tape, v[1]);
    return gd_mul(tape, minus_y, gd_sigmoid(tape, gd_mul(tape, minus_y, v[0])));
}

static const gd__element_loss form = {.operands = 2,
                                      .accepted = {{.what = NULL},
                                                   {.what = "target",
                                                    .low = -1,
                                                    .high = 1,
                                                    .only_ends = true,
                                                    .rule = "is neither 1 nor -1"}},
                                      .safe = {0, 1},
                                      .loss = loss_of,
                                      .slopes = 1,
                                      .slope = slope_of,
                                      .slope_op = slope_op};

const gd_op gd__op_soft_margin_loss = {
    .name = "soft_margin_loss",
    .formula = "ln(1 + e^(-y x)), reduced",
    .gradient = "dx = -u * y s(-y x), s the sigmoid, dy = 0, u = dl / D",
    .shapes = GD__PAIR_SHAPES,
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
    .domain = {{0}, {.low = -1, .high = 1, .only_ends = true}},
    .samples = gd__pair_samples,
    .refused = gd__pair_refused,
};

gd_tensor *gd_soft_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                               const gd_loss_options *options)
{
    return gd__apply_pair(tape, &gd__op_soft_margin_loss, input, target, options);
}
