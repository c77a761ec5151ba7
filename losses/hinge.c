/* The hinge of the margin losses: nothing to pay where b is ahead of a by the margin.
 *
 * Definition. With d = margin + a - b, l = max(0, d)^power, power 1 or 2.
 * Gradients: dl/da = [d > 0], or 2 max(0, d); dl/db = -dl/da. At d = 0 both are 0. */
#include "losses/loss_list.h"
#include "losses/parts.h"

enum { MARGIN, POWER };

static double distance(const gd__elements *e, int64_t j)
{
    return gd__number_of(e->node, MARGIN) + e->v[0][j] - e->v[1][j];
}

static void loss_of(const gd__elements *e, double *loss)
{
    bool squared = gd__number_of(e->node, POWER) == 2;
    for (int64_t j = 0; j < e->n; ++j) {
        double d = distance(e, j), h = d <= 0 ? 0 : d; /* NaN stays NaN */
        loss[j] = squared ? h * h : h;
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    bool squared = gd__number_of(e->node, POWER) == 2;
    double sign = i == 0 ? 1 : -1;
    for (int64_t j = 0; j < e->n; ++j) {
        double d = distance(e, j);
        slope[j] = d <= 0 ? 0 : sign * (squared ? 2 * d : d / d);
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    gd_tensor *margin = gd_scalar_like(tape, gd__number_of(n, MARGIN), v[0]);
    gd_tensor *d = gd_add(tape, margin, gd_sub(tape, v[0], v[1]));
    gd_tensor *factor = gd_scalar_like(tape, i == 0 ? 1 : -1, d);
    if (gd__number_of(n, POWER) == 2)
        return gd_mul(tape, gd_add(tape, factor, factor), gd_relu(tape, d));
    return gd_mul(tape, factor, gd_sign(tape, gd_relu(tape, d)));
}

static bool check(gd_tape *tape, gd_node *n)
{
    double margin = gd__number_of(n, MARGIN), power = gd__number_of(n, POWER);
    if (!isfinite(margin))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "margin %g is not finite", margin);
    if (power != 1 && power != 2)
        return gd_tape_fail(tape, GD_ERROR_VALUE, "p = %g is neither 1 nor 2", power);
    return gd__elementwise_check(tape, n);
}

static int print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_numbers(buffer, size, attributes, ", margin=%g, p=%g");
}

static const gd__element_loss form = {
    .operands = 2, .loss = loss_of, .slopes = 2, .slope = slope_of, .slope_op = slope_op};

const gd_op gd__op_hinge = {
    .name = "hinge",
    .formula = "max(0, margin + a - b)^p, reduced",
    .gradient = "da = u * [margin + a > b] or u * 2 max(0, margin + a - b), db = -da, u = dl / D",
    .shapes = "a, b, mask -> [] or a; b of a's shape, the mask broadcasts to it",
    .ties = "0 at margin + a = b",
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
            {"[2,3] [2,3]", &(const gd__numbers){.p = {1, 1}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {9, 2}}},
            {"[2,3] [2,3] b[3]", &(const gd__numbers){{.reduction = GD_REDUCTION_NONE}, {3, 2}}},
            {"[] []", &(const gd__numbers){{.reduction = GD_REDUCTION_SUM}, {9, 1}}},
            {"[0] [0]", &(const gd__numbers){.p = {1, 1}}},
            {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2] [3]", &(const gd__numbers){.p = {1, 1}}},
                                   {"[2] [2] b[3]", &(const gd__numbers){.p = {1, 1}}},
                                   {"[2] [2]", &(const gd__numbers){.p = {1, 3}}},
                                   {"[2] [2]", &(const gd__numbers){.p = {(double)NAN, 1}}},
                                   {"[2] i[2]", &(const gd__numbers){.p = {1, 1}}},
                                   {"[2] -", &(const gd__numbers){.p = {1, 1}}},
                                   {NULL, NULL}},
};

gd_tensor *gd__hinge(gd_tape *tape, gd_tensor *a, gd_tensor *b, gd_tensor *mask, double margin,
                     double power, const gd__reducing *r)
{
    return gd_apply(tape, &gd__op_hinge, (gd_tensor *[]){a, b, mask}, 3,
                    &(gd__numbers){*r, {margin, power}});
}
