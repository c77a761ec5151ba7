/* Mean squared error: what regression minimises where errors are normally distributed.
 *
 * Definition. l = (x - y)^2. The mean divides by the number of elements N.
 * Gradient, with u = dl, for the mean dl / N:
 *     dx = u 2 (x - y),    dy = -dx.
 * Where u is 0 so are both, even if x is infinite or NaN. The rule in ops is for gradients that
 * are differentiated again, and for y. */
#include "losses/element.h"
#include "losses/loss_list.h"

#include <math.h>

/* l = (x - y)^2 */
static void value(const gd__elements *e, double *restrict l)
{
    const double *x = e->x, *y = e->y;
    for (int64_t j = 0; j < e->n; ++j)
        l[j] = (x[j] - y[j]) * (x[j] - y[j]);
}

/* dl/dx = 2 (x - y) */
static void slope(const gd__elements *e, double *restrict dx)
{
    const double *x = e->x, *y = e->y;
    for (int64_t j = 0; j < e->n; ++j)
        dx[j] = 2 * (x[j] - y[j]);
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    gd__element_parts p = gd__element_parts_of(tape, n, n->in[GD__INPUT], dl);
    gd_tensor *d = i == GD__INPUT ? gd_sub(tape, p.x, p.y) : gd_sub(tape, p.y, p.x);
    d = gd_kept(tape, d, gd_ne(tape, p.u, p.zero), 0);
    return gd_mul(tape, gd_mul(tape, p.u, gd_scalar_like(tape, 2, p.u)), d);
}

static const gd__element_loss form = {
    .target_low = -HUGE_VAL, .target_high = HUGE_VAL, .value = value, .slope = slope};

const gd_op gd_op_mse_loss = {
    .name = "mse_loss",
    .operands = {"input", "target", "mask"},
    .least_operands = 2,
    .most_operands = 3,
    .formula = "reduced((input - target)^2)",
    .gradient = "dinput = u * 2 * (input - target), dtarget = u * 2 * (target - input)",
    .shapes = "target as input, mask broadcasts to it -> [] or input's",
    GD_FIELDS(gd_loss_options, GD_LOSS_FIELDS(gd_loss_options)),
    .detail = &form,
    .check = gd__element_check,
    .saved_size = gd__divisor_size,
    .forward = gd__element_forward,
    .grad = grad,
    .grad_into = gd__element_grad_into,
    .reads = {GD__READS_ALL, GD__READS_ALL},
    .samples =
        GD_SAMPLES({"[2,3] [2,3]", &(const gd_loss_options){.reduction = GD_REDUCTION_MEAN}},
                   {"[2,3] [2,3] b[2,3]", &(const gd_loss_options){.reduction = GD_REDUCTION_NONE}},
                   {"[3,2] [3,2] b[2]", &(const gd_loss_options){.denominator = {5, true}}},
                   {"[4,1] [4,1]", &(const gd_loss_options){.reduction = GD_REDUCTION_BATCHMEAN}},
                   {"[] []", &(const gd_loss_options){.nan_when_empty = true}},
                   {"[0,2] [0,2]", &(const gd_loss_options){.reduction = GD_REDUCTION_MEAN}}),
    .refused = gd__element_refused,
};

gd_tensor *gd_mse_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_loss_options *options)
{
    gd_loss_options o = options != NULL ? *options : (gd_loss_options){.mask = NULL};
    return gd_apply(tape, &gd_op_mse_loss, (gd_tensor *[]){input, target, o.mask}, 3, &o);
}
