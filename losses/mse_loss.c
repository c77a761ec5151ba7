/* Mean squared error: what regression minimises where errors are normal.
 *
 * Definition. l = (x - y)^2.
 * Gradients, of the mean over N elements divided by N:
 *     dl/dx = 2 (x - y) = -dl/dy. */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

static void loss_of(const gd__elements *e, double *loss)
{
    for (int64_t j = 0; j < e->n; ++j) {
        double d = e->v[0][j] - e->v[1][j];
        loss[j] = d * d;
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    double two = i == 0 ? 2 : -2;
    for (int64_t j = 0; j < e->n; ++j)
        slope[j] = two * (e->v[0][j] - e->v[1][j]);
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    (void)n;
    return gd_mul(tape, gd_scalar_like(tape, i == 0 ? 2 : -2, v[0]), gd_sub(tape, v[0], v[1]));
}

/* A NaN goes the long way, which tells whose it is. */
static bool fast_sum(const gd__chunks *c, double *sum)
{
    *sum = c->kernels->square_sum(c->n, gd__chunks_data(c, GD__FAST_INPUT),
                                  c->walk.step[GD__FAST_INPUT], gd__chunks_data(c, GD__FAST_TARGET),
                                  c->walk.step[GD__FAST_TARGET]);
    return !isnan(*sum);
}

/* For a mean or sum: one gradient comes in for all. */
static bool fast_grad(const gd__chunks *c, double divisor, bool accumulate)
{
    gd_dtype dtype = c->size == (int64_t)sizeof(float) ? GD_F32 : GD_F64;
    double u = gd__float_at(dtype, gd__chunks_data(c, GD__FAST_UPSTREAM), 0) / divisor;
    if (c->walk.step[GD__FAST_UPSTREAM] != 0 || u == 0)
        return false;
    c->kernels->square_grad(c->n, gd__chunks_data(c, GD__FAST_WHOLE),
                            gd__chunks_data(c, GD__FAST_INPUT), c->walk.step[GD__FAST_INPUT],
                            gd__chunks_data(c, GD__FAST_TARGET), c->walk.step[GD__FAST_TARGET],
                            2 * u, accumulate);
    return true;
}

static const gd__element_loss form = {
    .operands = 2,
    .accepted = {{.what = NULL}, GD__ANY_TARGET},
    .loss = loss_of,
    .slopes = 2,
    .slope = slope_of,
    .slope_op = slope_op,
    .fast = &(const gd__fast_loops){.sum = fast_sum, .grad = fast_grad}};

const gd_op gd__op_mse_loss = {
    .name = "mse_loss",
    .formula = "(x - y)^2, reduced",
    .gradient = "dx = u * 2 (x - y), dy = -dx, u = dl / D",
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
    .samples = gd__pair_samples,
    .refused = gd__pair_refused,
};

gd_tensor *gd_mse_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_loss_options *options)
{
    return gd__apply_pair(tape, &gd__op_mse_loss, input, target, options);
}
