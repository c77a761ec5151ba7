/* The end of losses that are made of ops: sum of w l over the positions that the mask keeps, divided
 * by their number. A weight 0 makes 0 of any loss, as everywhere. */
#include "losses/loss_list.h"
#include "losses/parts.h"

enum { LOSS, WEIGHT };

static double product(double a, double b)
{
    return a == 0 || b == 0 ? 0 : a * b;
}

static void loss_of(const gd__elements *e, double *loss)
{
    const double *w = e->v[WEIGHT];
    for (int64_t j = 0; j < e->n; ++j)
        loss[j] = w != NULL ? product(w[j], e->v[LOSS][j]) : e->v[LOSS][j];
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    const double *other = e->v[1 - i];
    for (int64_t j = 0; j < e->n; ++j)
        slope[j] = other != NULL ? other[j] : 1;
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    (void)n;
    return v[1 - i] != NULL ? v[1 - i] : gd_scalar_like(tape, 1, v[i]);
}

static const gd__element_loss form = {
    .operands = 2,
    .accepted = {{.what = NULL},
                 {.what = "weight", .low = 0, .high = (double)INFINITY, .rule = "is below 0"}},
    .loss = loss_of,
    .slopes = 2,
    .slope = slope_of,
    .slope_op = slope_op};

const gd_op gd__op_reduce = {
    .name = "reduce",
    .formula = "w l, reduced",
    .gradient = "dl = u * w, dw = u * l, u = dy / D",
    .shapes = "l, w, mask -> [] or l; w and the mask broadcast to l",
    .least_operands = 1,
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
    .domain = {{0}, {.low = 0.5, .high = 2}},
    .samples =
        (const gd_sample[]){
            {"[2,3]", &(const gd__reducing){.reduction = GD_REDUCTION_MEAN}},
            {"[2,3] [2,3]", &(const gd__reducing){.reduction = GD_REDUCTION_SUM}},
            {"[2,3] [3] b[2,1]", &(const gd__reducing){.reduction = GD_REDUCTION_NONE}},
            {"[]", &(const gd__reducing){.reduction = GD_REDUCTION_BATCHMEAN}},
            {"[0] [0]", &(const gd__reducing){.reduction = GD_REDUCTION_MEAN}},
            {NULL, NULL}},
    .refused =
        (const gd_sample[]){{"[2] [3]", &(const gd__reducing){.reduction = GD_REDUCTION_MEAN}},
                            {"[2] - b[3]", &(const gd__reducing){.reduction = GD_REDUCTION_MEAN}},
                            {"[2] i[2]", &(const gd__reducing){.reduction = GD_REDUCTION_MEAN}},
                            {"-", &(const gd__reducing){.reduction = GD_REDUCTION_MEAN}},
                            {NULL, NULL}},
};

gd_tensor *gd__reduce_losses(gd_tape *tape, gd_tensor *losses, gd_tensor *weight, gd_tensor *mask,
                             const gd__reducing *r)
{
    return gd_apply(tape, &gd__op_reduce, (gd_tensor *[]){losses, weight, mask}, 3, r);
}
