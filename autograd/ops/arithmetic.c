/* add, sub, mul, div, neg, abs, sign: elementwise, with NumPy's broadcasting. The engine sums a gradient over
 * the dimensions along which its operand was repeated. */
#include "autograd/ops/common.h"

/* y = a + b   =>   da = dy,   db = dy */
static gd_tensor *add_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)tape, (void)n, (void)i;
    return dy;
}

const gd_op gd__op_add = {
    .name = "add",
    .formula = "a + b",
    .gradient = "da = dy, db = dy",
    .least_operands = 2,
    .most_operands = 2,
    .check = gd_check_elementwise,
    .forward = gd__forward_binary,
    .kernel = GD__BINARY_add,
    .grad = add_grad,
    .samples = gd__binary_samples,
    .refused = gd__binary_refused,
};

gd_tensor *gd_add(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd__apply2(tape, &gd__op_add, a, b);
}

/* y = a - b   =>   da = dy,   db = -dy */
static gd_tensor *sub_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n;
    return i == 0 ? dy : gd_neg(tape, dy);
}

const gd_op gd__op_sub = {
    .name = "sub",
    .formula = "a - b",
    .gradient = "da = dy, db = -dy",
    .least_operands = 2,
    .most_operands = 2,
    .check = gd_check_elementwise,
    .forward = gd__forward_binary,
    .kernel = GD__BINARY_sub,
    .grad = sub_grad,
    .samples = gd__binary_samples,
    .refused = gd__binary_refused,
};

gd_tensor *gd_sub(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd__apply2(tape, &gd__op_sub, a, b);
}

/* y = a b   =>   da = dy b,   db = dy a */
static gd_tensor *mul_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_mul(tape, dy, n->in[1 - i]);
}

/* The product straight into the gradient, where nothing is broadcast or added: saves a copy. */
static bool mul_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                          gd_tensor *dst, bool accumulate)
{
    (void)tape;
    if (accumulate || !gd__same_shape(dst, dy))
        return false;
    gd__map2(GD__BINARY_mul, dst, dy, n->in[1 - i]);
    return true;
}

const gd_op gd__op_mul = {
    .name = "mul",
    .formula = "a * b",
    .gradient = "da = dy * b, db = dy * a",
    .least_operands = 2,
    .most_operands = 2,
    .check = gd_check_elementwise,
    .forward = gd__forward_binary,
    .kernel = GD__BINARY_mul,
    .grad = mul_grad,
    .grad_into = mul_grad_into,
    .reads = {GD_READS(1), GD_READS(0)},
    .samples = gd__binary_samples,
    .refused = gd__binary_refused,
};

gd_tensor *gd_mul(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd__apply2(tape, &gd__op_mul, a, b);
}

/* y = a / b   =>   da = dy / b,   db = -dy a / b^2 = -(dy / b) y */
static gd_tensor *div_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *da = gd_div(tape, dy, n->in[1]);
    return i == 0 ? da : gd_neg(tape, gd_mul(tape, da, n->out));
}

const gd_op gd__op_div = {
    .name = "div",
    .formula = "a / b",
    .gradient = "da = dy / b, db = -dy / b * y",
    .least_operands = 2,
    .most_operands = 2,
    .check = gd_check_elementwise,
    .forward = gd__forward_binary,
    .kernel = GD__BINARY_div,
    .grad = div_grad,
    .reads = {GD_READS(1), GD_READS(1) | GD_READS_OUT},
    .domain = {{.low = -2, .high = 2}, {.low = -2, .high = 2, .gap = 0.5}},
    .samples = gd__binary_samples,
    .refused = gd__binary_refused,
};

gd_tensor *gd_div(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd__apply2(tape, &gd__op_div, a, b);
}

/* y = -x   =>   dx = -dy */
static gd_tensor *neg_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)i;
    return gd_neg(tape, dy);
}

const gd_op gd__op_neg = {
    .name = "neg",
    .formula = "-x",
    .gradient = "dx = -dy",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_neg,
    .grad = neg_grad,
    .samples = gd__unary_samples,
};

gd_tensor *gd_neg(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_neg, x);
}

/* y = |x|   =>   dx = dy sign(x) */
static gd_tensor *abs_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_mul(tape, dy, gd_sign(tape, n->in[0]));
}

const gd_op gd__op_abs = {
    .name = "abs",
    .formula = "|x|",
    .gradient = "dx = dy * sign(x)",
    .ties = "0 at x = 0",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_abs,
    .grad = abs_grad,
    .reads = {GD_READS(0)},
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_abs(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_abs, x);
}

/* y = -1, 0 or 1   =>   dx = 0: flat, except for the jump at 0 */
static gd_tensor *sign_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)dy;
    return gd__zeros_like(tape, n->in[i]);
}

const gd_op gd__op_sign = {
    .name = "sign",
    .formula = "-1, 0 or 1; 0 for NaN",
    .gradient = "dx = 0",
    .ties = "0 at x = 0",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_sign,
    .grad = sign_grad,
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_sign(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_sign, x);
}
