/* Binary cross entropy of logits.
 *
 * Definition. With p = s(x) = 1 / (1 + e^-x) the probability that the model gives to "yes",
 *     l(x, y) = -(y ln p + (1 - y) ln(1 - p)),   y in [0, 1].
 *
 * Stable form. -ln s(x) = ln(1 + e^-x) and 1 - s(x) = s(-x), so with a = |x| and e = e^-a in (0, 1]
 *     -ln p       = ln(1 + e) + (x < 0 ? a : 0)
 *     -ln(1 - p)  = ln(1 + e) + (x < 0 ? 0 : a)
 *     l           = ln(1 + e) + a (x < 0 ? y : 1 - y).
 * Nothing overflows, nothing cancels, and ln(1 + e) by log1p keeps e where 1 + e would round to 1.
 * A factor 0 before a counts as 0 even where a is infinite.
 *
 * Gradients. s' = s (1 - s) gives
 *     dl/dx = s(x) - y = (1 - y) s(x) - y s(-x),
 * where the second form keeps the tail for y = 1: s(x) - 1 rounds to 0 long before s(-x) does. And
 *     dl/dy = ln(1 - p) - ln p = -x.
 * Of the mean over N elements all that by 1 / N. */
#include "losses/loss_list.h"
#include "tensor/chunks.h"

#include <gradus/losses.h>

#include <math.h>

typedef gd_binary_cross_entropy_with_logits_options settings;

static double loss_of(double x, double y)
{
    double a = fabs(x), factor = x < 0 ? y : 1 - y;
    return log1p(exp(-a)) + (factor == 0 ? 0 : factor * a);
}

static double gradient_of(double x, double y)
{
    double e = exp(-fabs(x)), larger = 1 / (1 + e), smaller = e / (1 + e);
    return (1 - y) * (x < 0 ? smaller : larger) - y * (x < 0 ? larger : smaller);
}

/* What the sum of the element losses is divided by. */
static double denominator(const gd_node *n)
{
    const settings *o = n->attributes;
    int64_t numel = gd_tensor_numel(n->in[0]);
    return o->reduction == GD_REDUCTION_MEAN && numel > 0 ? (double)numel : 1.0;
}

static bool check(gd_tape *tape, gd_node *n)
{
    const settings *o = n->attributes;
    const gd_tensor *x = n->in[0], *y = n->in[1];
    if (o->reduction > GD_REDUCTION_NONE)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%d is not a reduction", (int)o->reduction);
    if (!gd_check_floats(tape, n))
        return false;
    if (!gd__same_shape(x, y)) {
        char input[GD__SHAPE_TEXT], target[GD__SHAPE_TEXT];
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "input %s and target %s: shapes must be equal",
                            gd__shape_text(input, x->ndim, x->shape),
                            gd__shape_text(target, y->ndim, y->shape));
    }
    n->out->ndim = o->reduction == GD_REDUCTION_NONE ? x->ndim : 0;
    for (int i = 0; i < n->out->ndim; ++i)
        n->out->shape[i] = x->shape[i];
    return true;
}

/* Refuses the target's element number `index` in row-major order. */
static bool refuse_target(gd_tape *tape, const gd_tensor *y, int64_t index, double value)
{
    char text[GD__SHAPE_TEXT];
    return gd_tape_fail(tape, GD_ERROR_VALUE, "target %g at %s is outside [0,1]", value,
                        gd__position_text(text, y, index));
}

static bool forward(gd_tape *tape, const gd_node *n)
{
    bool each = ((const settings *)n->attributes)->reduction == GD_REDUCTION_NONE;
    /* The first tensor gives the shape; with reduction none it is also where the losses go. */
    const gd_tensor *whole = each ? n->out : n->in[0];
    double values[3][GD__CHUNK], losses[GD__CHUNK], high = 0, low = 0;
    gd__chunks c = gd__chunks_begin(3, (const gd_tensor *[]){whole, n->in[0], n->in[1]});
    while (gd__chunks_next(&c, values)) {
        const double *x = values[1], *y = values[2];
        for (int64_t j = 0; j < c.n; ++j) {
            if (!(y[j] >= 0 && y[j] <= 1))
                return refuse_target(tape, n->in[1], c.first + j, y[j]);
            losses[j] = loss_of(x[j], y[j]);
        }
        if (each)
            gd__chunks_store(&c, losses);
        else
            for (int64_t j = 0; j < c.n; ++j)
                gd__two_sum(&high, &low, losses[j]);
    }
    if (!each)
        gd__kernels_for(n->out->dtype)
            ->store(1, n->out->data, &(double){gd__sum_value(high, low) / denominator(n)});
    return true;
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    gd_tensor *x = n->in[0], *y = n->in[1];
    gd_tensor *u = gd_div(tape, dl, gd_scalar(tape, denominator(n), dl->dtype));
    if (i == 1)
        return gd_mul(tape, u, gd_neg(tape, x));
    gd_tensor *no = gd_sub(tape, gd_scalar(tape, 1.0, y->dtype), y);
    gd_tensor *of_no = gd_mul(tape, no, gd_sigmoid(tape, x));
    gd_tensor *of_yes = gd_mul(tape, y, gd_sigmoid(tape, gd_neg(tape, x)));
    return gd_mul(tape, u, gd_sub(tape, of_no, of_yes));
}

/* dl/dx of the rule, in one pass. */
static bool grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i, gd_tensor *dst,
                      bool accumulate)
{
    (void)tape;
    if (i == 1)
        return false;
    double values[4][GD__CHUNK], by = denominator(n);
    gd__chunks c = gd__chunks_begin(4, (const gd_tensor *[]){dst, n->in[0], n->in[1], dl});
    while (gd__chunks_next(&c, values)) {
        const double *x = values[1], *y = values[2], *u = values[3];
        for (int64_t j = 0; j < c.n; ++j) {
            double before = accumulate ? values[0][j] : 0;
            values[0][j] = before + u[j] / by * gradient_of(x[j], y[j]);
        }
        gd__chunks_store(&c, values[0]);
    }
    return true;
}

static int print(char *buffer, size_t size, const void *attributes)
{
    static const char *const names[] = {"mean", "sum", "none"};
    return snprintf(buffer, size, "reduction=%s", names[((const settings *)attributes)->reduction]);
}

const gd_op gd__op_binary_cross_entropy_with_logits = {
    .name = "binary_cross_entropy_with_logits",
    .formula = "-(y ln s(x) + (1 - y) ln(1 - s(x))), s the sigmoid, reduced",
    .gradient = "dx = dl * ((1 - y) s(x) - y s(-x)), dy = dl * -x, by N for the mean",
    .least_operands = 2,
    .most_operands = 2,
    .attributes_size = sizeof(settings),
    .check = check,
    .forward = forward,
    .grad = grad,
    .grad_into = grad_into,
    .reads = {GD_READS(0) | GD_READS(1), GD_READS(0)},
    .print_attributes = print,
    .domain = {{.low = -3, .high = 3, .gap = 0.01}, {.low = 0.05, .high = 0.95}},
    .samples =
        (const gd_sample[]){{"[2,3] [2,3]", &(const settings){.reduction = GD_REDUCTION_MEAN}},
                            {"[2,3] [2,3]", &(const settings){.reduction = GD_REDUCTION_SUM}},
                            {"[2,3] [2,3]", &(const settings){.reduction = GD_REDUCTION_NONE}},
                            {"[] []", &(const settings){.reduction = GD_REDUCTION_MEAN}},
                            {"[0,2] [0,2]", &(const settings){.reduction = GD_REDUCTION_MEAN}},
                            {"[0] [0]", &(const settings){.reduction = GD_REDUCTION_NONE}},
                            {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3] [3]", &(const settings){.reduction = GD_REDUCTION_MEAN}},
                                   {"[3,1] [3]", &(const settings){.reduction = GD_REDUCTION_MEAN}},
                                   {"[3] [1]", &(const settings){.reduction = GD_REDUCTION_NONE}},
                                   {"[3] -", &(const settings){.reduction = GD_REDUCTION_MEAN}},
                                   {"- [3]", &(const settings){.reduction = GD_REDUCTION_MEAN}},
                                   {"[3] [3]", &(const settings){.reduction = (gd_reduction)7}},
                                   {NULL, NULL}},
};

gd_tensor *
gd_binary_cross_entropy_with_logits(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                    const gd_binary_cross_entropy_with_logits_options *options)
{
    settings defaults = {.reduction = GD_REDUCTION_MEAN};
    return gd_apply(tape, &gd__op_binary_cross_entropy_with_logits, (gd_tensor *[]){input, target},
                    2, options != NULL ? options : &defaults);
}
