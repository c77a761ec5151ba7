/* Focal loss of logits of yes or no: binary cross entropy that cares less for what is already right
 * (Lin et al. 2017), for detection and other tasks with very many easy "no"s.
 *
 * Definition. With p the probability given to what is true, l = a (1 - p)^gamma (-ln p); a = alpha for
 * y = 1 and 1 - alpha for y = 0, or 1 for both if alpha is below 0 (as in torchvision).
 * Stable form. With z = -x for y = 1, x for y = 0, 1 - p = s(z) and -ln p = S(z) = ln(1 + e^z), so that
 *     l = a s(z)^gamma S(z)
 * keeps the tail. s' = s(z) s(-z) and S' = s(z) give
 *     dl/dz = a s(z)^gamma (gamma s(-z) S(z) + s(z)),    dl/dx = -+ dl/dz. */
#include "losses/elementwise.h"
#include "losses/loss_list.h"

#include <math.h>

enum { GAMMA, ALPHA };

static double alpha_of(const gd_node *n, double y)
{
    double alpha = gd__number_of(n, ALPHA);
    return alpha < 0 ? 1 : y == 1 ? alpha : 1 - alpha;
}

typedef struct logistic {
    double sigmoid, other, softplus; /* s(z), s(-z), S(z) */
} logistic;

static logistic logistic_of(double z)
{
    double tail = exp(-fabs(z)), large = 1 / (1 + tail), small = tail / (1 + tail);
    return (logistic){z < 0 ? small : large, z < 0 ? large : small, (z > 0 ? z : 0) + log1p(tail)};
}

/* s^gamma times what, 0 where that is 0 */
static double weighted(double s, double gamma, double what)
{
    return what == 0 ? 0 : pow(s, gamma) * what;
}

static void loss_of(const gd__elements *e, double *loss)
{
    double gamma = gd__number_of(e->node, GAMMA);
    for (int64_t j = 0; j < e->n; ++j) {
        double x = e->v[0][j], y = e->v[1][j];
        logistic z = logistic_of(y == 1 ? -x : x);
        loss[j] = alpha_of(e->node, y) * weighted(z.sigmoid, gamma, z.softplus);
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    (void)i;
    double gamma = gd__number_of(e->node, GAMMA);
    for (int64_t j = 0; j < e->n; ++j) {
        double x = e->v[0][j], y = e->v[1][j], sign = y == 1 ? -1 : 1;
        logistic z = logistic_of(sign * x);
        double easier = z.other == 0 ? 0 : gamma * z.other * z.softplus;
        slope[j] = sign * alpha_of(e->node, y) * weighted(z.sigmoid, gamma, easier + z.sigmoid);
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    (void)i;
    gd_tensor *y = v[1], *yes = gd_eq(tape, y, gd_scalar_like(tape, 1, y));
    gd_tensor *sign = gd_where(tape, yes, gd_scalar_like(tape, -1, y), gd_scalar_like(tape, 1, y));
    gd_tensor *alpha = gd_where(tape, yes, gd_scalar_like(tape, alpha_of(n, 1), y),
                                gd_scalar_like(tape, alpha_of(n, 0), y));
    gd_tensor *gamma = gd_scalar_like(tape, gd__number_of(n, GAMMA), y),
              *z = gd_mul(tape, sign, v[0]);
    gd_tensor *s = gd_sigmoid(tape, z), *other = gd_sigmoid(tape, gd_neg(tape, z));
    gd_tensor *easier = gd_mul(tape, gd_mul(tape, gamma, other), gd_softplus(tape, z));
    return gd_mul(tape, gd_mul(tape, gd_mul(tape, sign, alpha), gd_pow(tape, s, gamma)),
                  gd_add(tape, easier, s));
}

static bool check(gd_tape *tape, gd_node *n)
{
    double gamma = gd__number_of(n, GAMMA), alpha = gd__number_of(n, ALPHA);
    if (!(gamma >= 0 && isfinite(gamma)))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "gamma %g is not a number from 0 on", gamma);
    if (!(alpha <= 1))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "alpha %g is above 1", alpha);
    return gd__elementwise_check(tape, n);
}

static int print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_numbers(buffer, size, attributes, ", gamma=%g, alpha=%g");
}

static const gd__element_loss form = {
    .operands = 2,
    .accepted =
        {{.what = NULL},
         {.what = "target", .low = 0, .high = 1, .only_ends = true, .rule = "is neither 0 nor 1"}},
    .loss = loss_of,
    .slopes = 1,
    .slope = slope_of,
    .slope_op = slope_op};

const gd_op gd__op_sigmoid_focal_loss = {
    .name = "sigmoid_focal_loss",
    .formula = "-a (1 - p)^gamma ln p, p the probability given to what is true, reduced",
    .gradient =
        "dx = -+ u * a s(z)^gamma (gamma s(-z) ln(1 + e^z) + s(z)), z = -+x, dy = 0, u = dl / D",
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
    .domain = {{0}, {.low = 0, .high = 1, .only_ends = true}},
    .samples =
        (const gd_sample[]){
            {"[2,3] [2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {2, 0.25}}},
            {"[2,3] [2,3] b[2,3]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_NONE, .p = {0, -1}}},
            {"[3,2] [3,2] b[2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_SUM, .p = {0.5, 0.7}}},
            {"[] []",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_MEAN, .p = {2, 0.25}}},
            {"[0,2] [0,2]",
             &(const gd__numbers){.reducing.reduction = GD_REDUCTION_BATCHMEAN, .p = {0, -1}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {2, 0.25}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {0, -1}}},
            {"[2,3] [2,3]", &(const gd__numbers){.p = {0.5, 0.7}}},
            {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3] [3]", &(const gd__numbers){.p = {2, 0.25}}},
                                   {"[3] [3] b[2]", &(const gd__numbers){.p = {2, 0.25}}},
                                   {"[3] i[3]", &(const gd__numbers){.p = {2, 0.25}}},
                                   {"[3] -", &(const gd__numbers){.p = {2, 0.25}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {-1, 0.25}}},
                                   {"[3] [3]", &(const gd__numbers){.p = {2, 1.5}}},
                                   {NULL, NULL}},
};

gd_tensor *gd_sigmoid_focal_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                 const gd_sigmoid_focal_loss_options *options)
{
    gd_sigmoid_focal_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    return gd_apply(
        tape, &gd__op_sigmoid_focal_loss, (gd_tensor *[]){input, target, o.mask}, 3,
        &(gd__numbers){GD__REDUCING(o), {gd__given(o.gamma, 2), gd__given(o.alpha, 0.25)}});
}
