/* relu, sigmoid, tanh. */
#include "autograd/ops/common.h"

/* y = max(x, 0)   =>   dx = dy where x > 0, else 0. y > 0 says the same as x > 0, so x may be
 * forgotten. */
static bool relu_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    gd__map1(GD__UNARY_relu, n->out, n->in[0]);
    return true;
}

static gd_tensor *relu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd__gate(tape, dy, n->out);
}

const gd_op gd__op_relu = {
    .name = "relu",
    .formula = "max(x, 0)",
    .gradient = "dx = dy where y > 0, else 0",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = relu_forward,
    .grad = relu_grad,
    .reads = {GD_READS_OUT},
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_relu(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_relu, x);
}

/* y = a where b > 0, else 0   =>   da = dy where b > 0, else 0;   db = 0 (y jumps at b = 0, flat
 * elsewhere) */
static bool gate_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    gd__map2(GD__BINARY_gate, n->out, n->in[0], n->in[1]);
    return true;
}

static gd_tensor *gate_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    const gd_tensor *b = n->in[1];
    return i == 0 ? gd__gate(tape, dy, n->in[1]) : gd_zeros(tape, b->dtype, b->ndim, b->shape);
}

const gd_op gd__op_gate = {
    .name = "gate",
    .formula = "a where b > 0, else 0",
    .gradient = "da = dy where b > 0, else 0, db = 0",
    .least_operands = 2,
    .most_operands = 2,
    .check = gd_check_elementwise,
    .forward = gate_forward,
    .grad = gate_grad,
    .reads = {GD_READS(1)},
    .domain = {{0}, {.low = -2, .high = 2, .gap = 0.1}},
    .samples = gd__binary_samples,
    .refused = gd__binary_refused,
};

gd_tensor *gd__gate(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd__apply2(tape, &gd__op_gate, a, b);
}

/* y = s(x) = 1 / (1 + e^-x)   =>   dx = dy s(x) s(-x)
 *
 * The usual y (1 - y) loses the tail: for x = 20 in float32 y is exactly 1. s(-x) = 1 - s(x) keeps
 * it. */
static bool sigmoid_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    gd__map1(GD__UNARY_sigmoid, n->out, n->in[0]);
    return true;
}

static gd_tensor *sigmoid_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *other = gd_sigmoid(tape, gd_neg(tape, n->in[0]));
    return gd_mul(tape, dy, gd_mul(tape, n->out, other));
}

const gd_op gd__op_sigmoid = {
    .name = "sigmoid",
    .formula = "1 / (1 + e^-x)",
    .gradient = "dx = dy * y * sigmoid(-x)",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = sigmoid_forward,
    .grad = sigmoid_grad,
    .reads = {GD_READS(0) | GD_READS_OUT},
    .samples = gd__unary_samples,
};

gd_tensor *gd_sigmoid(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_sigmoid, x);
}

/* y = tanh x = 2 s(2x) - 1, with s the sigmoid   =>   dx = dy 4 s(2x) s(-2x)
 *
 * The usual 1 - y^2 loses the tail, as y is soon exactly 1. */
static bool tanh_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    gd__map1(GD__UNARY_tanh, n->out, n->in[0]);
    return true;
}

static gd_tensor *tanh_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *x = n->in[0], *twice = gd_add(tape, x, x);
    gd_tensor *slope = gd_mul(tape, gd_sigmoid(tape, twice), gd_sigmoid(tape, gd_neg(tape, twice)));
    return gd_mul(tape, dy, gd_mul(tape, slope, gd_scalar(tape, 4.0, x->dtype)));
}

const gd_op gd__op_tanh = {
    .name = "tanh",
    .formula = "tanh x",
    .gradient = "dx = dy * 4 * sigmoid(2x) * sigmoid(-2x)",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = tanh_forward,
    .grad = tanh_grad,
    .reads = {GD_READS(0)},
    .samples = gd__unary_samples,
};

gd_tensor *gd_tanh(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_tanh, x);
}
