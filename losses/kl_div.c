/* Kullback-Leibler divergence of a model's distribution from a true one, element by element.
 *
 * Definition. With x = ln q the logarithms of the model's probabilities and t the true ones,
 *     l = t (ln t - x),
 * 0 where t = 0, whatever x is. Summed over a distribution that is the divergence, and so the mean over
 * distributions is the reduction batchmean; the mean divides by the elements, as in PyTorch. Targets
 * that are logarithms themselves, y = ln t, keep probabilities that are too small for a float:
 *     l = e^y (y - x).
 * Gradients:
 *     dl/dx = -t,    dl/dt = ln t + 1 - x;    dl/dx = -e^y,    dl/dy = e^y (y + 1 - x). */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

static void loss_of(const gd__elements *e, double *loss)
{
    for (int64_t j = 0; j < e->n; ++j) {
        double x = e->v[0][j], t = e->v[1][j];
        loss[j] = t == 0 ? 0 : t * (log(t) - x);
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    for (int64_t j = 0; j < e->n; ++j)
        slope[j] = i == 0 ? -e->v[1][j] : log(e->v[1][j]) + 1 - e->v[0][j];
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    (void)n;
    if (i == 0)
        return gd_neg(tape, v[1]);
    return gd_sub(tape, gd_add(tape, gd_log(tape, v[1]), gd_scalar_like(tape, 1, v[1])), v[0]);
}

static const gd__element_loss form = {
    .operands = 2,
    .accepted = {{.what = NULL},
                 {.what = "target", .low = 0, .high = 1, .rule = "is outside [0,1]"}},
    .safe = {0, 0.5},
    .loss = loss_of,
    .slopes = 2,
    .slope = slope_of,
    .slope_op = slope_op};

const gd_op gd__op_kl_div = {
    .name = "kl_div",
    .formula = "t (ln t - x), 0 where t = 0, reduced",
    .gradient = "dx = -u * t, dt = u * (ln t + 1 - x), u = dl / D",
    .shapes = "x, t, mask -> [] or x; t of x's shape, the mask broadcasts to it",
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
    .domain = {{.low = -3, .high = -0.1}, {.low = 0.05, .high = 0.95}},
    .samples = gd__pair_samples,
    .refused = gd__pair_refused,
};

static void loss_of_log(const gd__elements *e, double *loss)
{
    for (int64_t j = 0; j < e->n; ++j) {
        double x = e->v[0][j], y = e->v[1][j], t = exp(y);
        loss[j] = t == 0 ? 0 : t * (y - x);
    }
}

static void slope_of_log(const gd__elements *e, int i, double *slope)
{
    for (int64_t j = 0; j < e->n; ++j) {
        double x = e->v[0][j], y = e->v[1][j], t = exp(y);
        slope[j] = i == 0 ? -t : t == 0 ? 0 : t * (y + 1 - x);
    }
}

static gd_tensor *slope_op_log(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    (void)n;
    gd_tensor *t = gd_exp(tape, v[1]), *one = gd_scalar_like(tape, 1, t);
    if (i == 0)
        return gd_neg(tape, t);
    return gd__times_upstream(tape, t, gd_sub(tape, gd_add(tape, v[1], one), v[0]));
}

static const gd__element_loss form_log = {.operands = 2,
                                          .accepted = {{.what = NULL}, GD__ANY_TARGET},
                                          .loss = loss_of_log,
                                          .slopes = 2,
                                          .slope = slope_of_log,
                                          .slope_op = slope_op_log};

const gd_op gd__op_kl_div_log_target = {
    .name = "kl_div",
    .formula = "e^y (y - x), 0 where e^y = 0, reduced",
    .gradient = "dx = -u * e^y, dy = u * e^y (y + 1 - x), u = dl / D",
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
    .detail = &form_log,
    .samples = gd__pair_samples,
    .refused = gd__pair_refused,
};

gd_tensor *gd_kl_div(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                     const gd_kl_div_options *options)
{
    gd_kl_div_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    return gd_apply(tape, o.log_target ? &gd__op_kl_div_log_target : &gd__op_kl_div,
                    (gd_tensor *[]){input, target, o.mask}, 3, &(gd__reducing)GD__REDUCING(o));
}
