/* Focal loss of logits of classes: cross entropy that cares less for what is already right (Lin et al.
 * 2017).
 *
 * Definition. With c = -ln p the cross entropy, p the probability given to the right class y, and w
 * class weights, l = w_y (1 - p)^gamma c. The mean divides by the number of positions.
 * Stable form. q = 1 - p = -expm1(-c) keeps a q that 1 - p would round away.
 * Gradient. dq/dc = p = e^-c, so that dl/dc = w q^gamma (gamma (c / q) e^-c + 1), where c / q is 1 at
 * c = 0; cross entropy makes dx of it. */
#include "losses/classes.h"
#include "losses/loss_list.h"
#include "losses/parts.h"

enum { CROSS_ENTROPY, WEIGHT };
enum { GAMMA };

static void loss_of(const gd__elements *e, double *loss)
{
    double gamma = gd__number_of(e->node, GAMMA);
    for (int64_t j = 0; j < e->n; ++j) {
        double c = e->v[CROSS_ENTROPY][j], w = e->v[WEIGHT] != NULL ? e->v[WEIGHT][j] : 1;
        loss[j] = w == 0 ? 0 : w * pow(-expm1(-c), gamma) * c;
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    double gamma = gd__number_of(e->node, GAMMA);
    for (int64_t j = 0; j < e->n; ++j) {
        double c = e->v[CROSS_ENTROPY][j], w = e->v[WEIGHT] != NULL ? e->v[WEIGHT][j] : 1;
        double q = -expm1(-c), p = exp(-c), easier = p == 0 ? 0 : (q == 0 ? 1 : c / q) * p;
        double factor = i == WEIGHT ? c : w == 0 ? 0 : w * (gamma * easier + 1);
        slope[j] = factor == 0 ? 0 : pow(q, gamma) * factor;
    }
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    gd_tensor *c = v[CROSS_ENTROPY], *one = gd_scalar_like(tape, 1, c);
    gd_tensor *gamma = gd_scalar_like(tape, gd__number_of(n, GAMMA), c), *minus_c = gd_neg(tape, c);
    gd_tensor *q = gd_neg(tape, gd_expm1(tape, minus_c)), *power = gd_pow(tape, q, gamma);
    if (i == WEIGHT)
        return gd_mul(tape, power, c);
    gd_tensor *sure = gd_eq(tape, q, gd_scalar_like(tape, 0, q));
    gd_tensor *ratio =
        gd_div(tape, gd_masked_fill(tape, c, sure, 1), gd_masked_fill(tape, q, sure, 1));
    gd_tensor *easier = gd__times_upstream(tape, gd_exp(tape, minus_c), ratio);
    gd_tensor *slope = gd_mul(tape, power, gd_add(tape, gd_mul(tape, gamma, easier), one));
    return v[WEIGHT] != NULL ? gd__times_upstream(tape, v[WEIGHT], slope) : slope;
}

static bool check(gd_tape *tape, gd_node *n)
{
    double gamma = gd__number_of(n, GAMMA);
    if (!(gamma >= 0 && isfinite(gamma)))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "gamma %g is not a number from 0 on", gamma);
    return gd__elementwise_check(tape, n);
}

static int print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_numbers(buffer, size, attributes, ", gamma=%g");
}

static const gd__element_loss form = {
    .operands = 2,
    .accepted = {{.what = NULL},
                 {.what = "weight", .low = 0, .high = (double)INFINITY, .rule = "is below 0"}},
    .safe = {1, 1},
    .loss = loss_of,
    .slopes = 2,
    .slope = slope_of,
    .slope_op = slope_op};

const gd_op gd__op_focal = {
    .name = "focal",
    .formula = "w (1 - e^-c)^gamma c, reduced",
    .gradient = "dc = u * w q^gamma (gamma (c / q) e^-c + 1), q = 1 - e^-c, dw = u * q^gamma c, "
                "u = dl / D",
    .shapes = "c, w, mask -> [] or c; w and the mask broadcast to c",
    .least_operands = 1,
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
    .domain = {{.low = 0.1, .high = 4}, {.low = 0.5, .high = 2}},
    .samples = (const gd_sample[]){{"[2,3]", &(const gd__numbers){.p = {2}}},
                                   {"[2,3] [2,3]", &(const gd__numbers){.p = {0.5}}},
                                   {"[2,3] [2,3] b[3]",
                                    &(const gd__numbers){{.reduction = GD_REDUCTION_NONE}, {1}}},
                                   {"[]", &(const gd__numbers){.p = {0}}},
                                   {"[0]", &(const gd__numbers){.p = {2}}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2] [3]", &(const gd__numbers){.p = {2}}},
                                   {"[2] - b[3]", &(const gd__numbers){.p = {2}}},
                                   {"[2]", &(const gd__numbers){.p = {-1}}},
                                   {"-", &(const gd__numbers){.p = {2}}},
                                   {NULL, NULL}},
};

static gd_tensor *focal(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                        const gd_softmax_focal_loss_options *o)
{
    if (!gd_check_operand(tape, input, 0) || !gd_check_operand(tape, target, 1))
        return NULL;
    if (target->dtype != GD_I64) {
        gd_tape_fail(tape, GD_ERROR_DTYPE, "the target is %s; int64 classes are needed",
                     gd_dtype_name(target->dtype));
        return NULL;
    }
    gd_tensor *each = gd_cross_entropy(tape, input, target,
                                       &(gd_cross_entropy_options){.reduction = GD_REDUCTION_NONE,
                                                                   .mask = o->mask,
                                                                   .ignore_index = o->ignore_index,
                                                                   .dim = o->dim});
    if (each == NULL)
        return NULL;
    int64_t ignored = (int64_t)gd__given(o->ignore_index, GD__IGNORE_INDEX);
    int dim = gd__dimension((int64_t)gd__given(o->dim, input->ndim == 1 ? 0 : 1), input->ndim);
    gd_tensor *counting = gd__counting(tape, target, o->mask, ignored);
    gd_tensor *labels = gd__checked_labels(tape, target, counting, input->shape[dim]);
    if (labels == NULL || !gd__check_class_weight(tape, input, o->weight, input->shape[dim]))
        return NULL;
    gd_tensor *weight = gd__weight_of_labels(tape, o->weight, labels);
    return gd_apply(tape, &gd__op_focal, (gd_tensor *[]){each, weight, counting}, 3,
                    &(gd__numbers){GD__REDUCING(*o), {gd__given(o->gamma, 2)}});
}

gd_tensor *gd_softmax_focal_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                 const gd_softmax_focal_loss_options *options)
{
    gd_softmax_focal_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    if (tape == NULL)
        return NULL;
    const char *before = gd_call_begin(tape, "softmax_focal_loss");
    return gd_call_end(tape, before, focal(tape, input, target, &o));
}
