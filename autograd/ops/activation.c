/* relu, leaky_relu; sigmoid, tanh, silu, softplus. */
#include "autograd/ops/common.h"

#include <math.h>

/* y = max(x, 0)   =>   dx = dy where x > 0, else 0. y > 0 says the same as x > 0, so x may be
 * forgotten. */
static gd_tensor *relu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd__gate(tape, dy, n->out);
}

const gd_op gd_op_relu = {
    .name = "relu",
    .formula = "max(input, 0)",
    .gradient = "dinput = dy where y > 0, else 0",
    .ties = "0 at input = 0",
    GD__UNARY_OP(relu),
    .grad = relu_grad,
    .reads = {GD_READS_OUT},
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
};

/* y = x where x > 0, else slope x   =>   dx = dy where x > 0, else slope dy */
static bool leaky_relu_check(gd_tape *tape, gd_node *n)
{
    double slope = *(const double *)n->attributes;
    if (!isfinite(slope))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "the slope is %g", slope);
    return gd_check_elementwise(tape, n);
}

static gd_tensor *leaky_relu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i];
    gd_tensor *slope = gd_scalar_like(tape, *(const double *)n->attributes, x);
    gd_tensor *positive = gd_gt(tape, x, gd_scalar_like(tape, 0, x));
    return gd_where(tape, positive, dy, gd_mul(tape, dy, slope));
}

const gd_op gd_op_leaky_relu = {
    .name = "leaky_relu",
    GD_OPERANDS("input"),
    .formula = "input where input > 0, else slope * input",
    .gradient = "dinput = dy where input > 0, else slope * dy",
    .ties = "slope at input = 0",
    GD_FIELDS(double, {.name = "slope", .kind = GD_FIELD_DOUBLE}),
    .check = leaky_relu_check,
    .forward = gd__forward_with_number,
    .kernel = GD__BINARY_leaky_relu,
    .grad = leaky_relu_grad,
    .reads = {GD_READS(0)},
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
    .samples = GD_SAMPLES({"[2,3]; [0,2]", &(const double){0.01}}, {"[]", &(const double){-0.5}}),
    .refused = GD_SAMPLES({"[2]", &(const double){(double)NAN}},
                          {"[2]", &(const double){(double)INFINITY}}, {"-", &(const double){0.01}}),
};

gd_tensor *gd_leaky_relu(gd_tape *tape, gd_tensor *input, double slope)
{
    return gd_apply(tape, &gd_op_leaky_relu, &input, 1, &slope);
}

/* y = a s(x) s(-x), a times the slope of the sigmoid s
 *   =>   da = dy s(x) s(-x),   dx = dy y (s(-x) - s(x)) = -dy y tanh(x / 2) */
static gd_tensor *sigmoid_slope_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[1];
    if (i == 0)
        return gd__sigmoid_slope(tape, dy, x);
    gd_tensor *difference = gd_tanh(tape, gd_mul(tape, x, gd_scalar_like(tape, -0.5, x)));
    return gd_mul(tape, gd_mul(tape, dy, n->out), difference);
}

const gd_op gd_op_sigmoid_slope = {
    .name = "sigmoid_slope",
    GD_OPERANDS("a", "x"),
    .formula = "a * sigmoid(x) * sigmoid(-x)",
    .gradient = "da = dy * sigmoid(x) * sigmoid(-x), dx = -dy * y * tanh(x / 2)",
    GD__BINARY_OP(sigmoid_slope),
    .grad = sigmoid_slope_grad,
    .reads = {GD_READS(1), GD_READS(1) | GD_READS_OUT},
    .may_cancel = true,
};

gd_tensor *gd__sigmoid_slope(gd_tape *tape, gd_tensor *a, gd_tensor *x)
{
    return gd__apply2(tape, &gd_op_sigmoid_slope, a, x);
}

/* y = a s(x), s the sigmoid   =>   da = dy s(x),   dx = dy a s(x) s(-x) */
static gd_tensor *sigmoid_times_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *a = n->in[0], *x = n->in[1];
    return i == 0 ? gd__sigmoid_times(tape, dy, x)
                  : gd__sigmoid_slope(tape, gd_mul(tape, dy, a), x);
}

const gd_op gd_op_sigmoid_times = {
    .name = "sigmoid_times",
    GD_OPERANDS("a", "x"),
    .formula = "a * sigmoid(x)",
    .gradient = "da = dy * sigmoid(x), dx = dy * a * sigmoid(x) * sigmoid(-x)",
    GD__BINARY_OP(sigmoid_times),
    .grad = sigmoid_times_grad,
    .reads = {GD_READS(1), GD_READS(0) | GD_READS(1)},
    .may_cancel = true,
};

gd_tensor *gd__sigmoid_times(gd_tape *tape, gd_tensor *a, gd_tensor *x)
{
    return gd__apply2(tape, &gd_op_sigmoid_times, a, x);
}

/* y = s(x) = 1 / (1 + e^-x)   =>   dx = dy s(x) s(-x)
 *
 * The usual y (1 - y) loses the tail: for x = 20 in float32 y is exactly 1. s(-x) = 1 - s(x) keeps
 * it. */
static gd_tensor *sigmoid_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd__sigmoid_slope(tape, dy, n->in[i]);
}

const gd_op gd_op_sigmoid = {
    .name = "sigmoid",
    .formula = "1 / (1 + e^-input)",
    .gradient = "dinput = dy * sigmoid(input) * sigmoid(-input)",
    GD__UNARY_OP(sigmoid),
    .grad = sigmoid_grad,
    .reads = {GD_READS(0)},
};

/* y = tanh x = 2 s(2x) - 1, with s the sigmoid   =>   dx = dy 4 s(2x) s(-2x)
 *
 * The usual 1 - y^2 loses the tail, as y is soon exactly 1. */
static gd_tensor *tanh_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i], *quarter = gd__sigmoid_slope(tape, dy, gd_add(tape, x, x));
    return gd_mul(tape, quarter, gd_scalar_like(tape, 4, x));
}

const gd_op gd_op_tanh = {
    .name = "tanh",
    .formula = "tanh(input)",
    .gradient = "dinput = dy * 4 * sigmoid(2 * input) * sigmoid(-2 * input)",
    GD__UNARY_OP(tanh),
    .grad = tanh_grad,
    .reads = {GD_READS(0)},
};

/* y = x s(x), s the sigmoid   =>   dx = dy s(x) + x dy s(x) s(-x) */
static gd_tensor *silu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i];
    return gd_add(tape, gd__sigmoid_times(tape, dy, x),
                  gd_mul(tape, x, gd__sigmoid_slope(tape, dy, x)));
}

const gd_op gd_op_silu = {
    .name = "silu",
    .formula = "input * sigmoid(input)",
    .gradient = "dinput = dy * sigmoid(input) + input * dy * sigmoid(input) * sigmoid(-input)",
    GD__UNARY_OP(silu),
    .grad = silu_grad,
    .reads = {GD_READS(0)},
};

/* y = ln(1 + e^x)   =>   dx = dy s(x), s the sigmoid */
static gd_tensor *softplus_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd__sigmoid_times(tape, dy, n->in[i]);
}

const gd_op gd_op_softplus = {
    .name = "softplus",
    .formula = "ln(1 + e^input)",
    .gradient = "dinput = dy * sigmoid(input)",
    GD__UNARY_OP(softplus),
    .grad = softplus_grad,
    .reads = {GD_READS(0)},
};
