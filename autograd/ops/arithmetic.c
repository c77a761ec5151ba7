/* add, sub, mul, div, neg, abs, sign: elementwise, with NumPy's broadcasting. The engine sums a
 * gradient over the dimensions along which its operand was repeated. */
#include "autograd/ops/common.h"
#include "tensor/chunks.h"

/* y = a + b   =>   da = dy,   db = dy */
const gd_op gd_op_add = {
    .name = "add",
    GD_OPERANDS("input", "other"),
    .formula = "input + other",
    .gradient = "dinput = dy, dother = dy",
    GD__BINARY_OP(add),
    .grad = gd__pass_grad,
};

/* y = a - b   =>   da = dy,   db = -dy */
static gd_tensor *sub_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n;
    return i == 0 ? dy : gd_neg(tape, dy);
}

const gd_op gd_op_sub = {
    .name = "sub",
    GD_OPERANDS("input", "other"),
    .formula = "input - other",
    .gradient = "dinput = dy, dother = -dy",
    GD__BINARY_OP(sub),
    .grad = sub_grad,
};

/* y = a b   =>   da = dy b,   db = dy a */
static gd_tensor *mul_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_mul(tape, dy, n->in[1 - i]);
}

/* The product straight into the gradient, where nothing is broadcast or added: saves a copy. */
static bool mul_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                          gd_tensor *dst, bool accumulate)
{
    if (accumulate || !gd__same_shape(dst, dy))
        return false;
    gd__map2(tape->pool, GD__BINARY_mul, dst, dy, n->in[1 - i]);
    return true;
}

const gd_op gd_op_mul = {
    .name = "mul",
    GD_OPERANDS("input", "other"),
    .formula = "input * other",
    .gradient = "dinput = dy * other, dother = dy * input",
    GD__BINARY_OP(mul),
    .grad = mul_grad,
    .grad_into = mul_grad_into,
    .reads = {GD_READS(1), GD_READS(0)},
};

/* y = a / b   =>   da = dy / b,   db = -dy a / b^2 */
static gd_tensor *div_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *a = n->in[0], *b = n->in[1];
    return i == 0 ? gd_div(tape, dy, b) : gd_neg(tape, gd__ratio(tape, dy, a, b, b));
}

const gd_op gd_op_div = {
    .name = "div",
    GD_OPERANDS("input", "other"),
    .formula = "input / other",
    .gradient = "dinput = dy / other, dother = -dy * input / other^2",
    GD__BINARY_OP(div),
    .grad = div_grad,
    .reads = {GD_READS(1), GD_READS(0) | GD_READS(1)},
    .domain = {{.low = -2, .high = 2}, {.low = -2, .high = 2, .gap = 0.5}},
};

/* y = a b / (c d)   =>   da = dy b / (c d),   db = dy a / (c d),   dc = -dy y / c,
 *                        dd = -dy y / d
 *
 * Any order of the factors has operands for which a part overflows or vanishes and the result does
 * neither. */
static double careful_ratio(double a, double b, double c, double d)
{
    gd__scaled y = gd__times(gd__times((gd__scaled){1, 0}, a), b);
    return gd__scaled_value(gd__over(gd__over(y, c), d));
}

static void ratios(int64_t n, double *y, double (*x)[GD__CHUNK])
{
    bool safe = true; /* all of them: a loop that vectorises */
    for (int64_t j = 0; j < n; ++j) {
        double above = x[0][j] * x[1][j], below = x[2][j] * x[3][j];
        safe &= gd__is_safe(above);
        safe &= gd__is_safe(below);
        y[j] = above / below;
    }
    for (int64_t j = 0; !safe && j < n; ++j)
        y[j] = careful_ratio(x[0][j], x[1][j], x[2][j], x[3][j]);
}

static bool ratio_forward(gd_tape *tape, const gd_node *n)
{
    gd__forward_in_double(tape, n, ratios);
    return true;
}

static gd_tensor *ratio_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    if (i < 2)
        return gd__ratio(tape, dy, n->in[1 - i], n->in[2], n->in[3]);
    gd_tensor *one = gd_scalar_like(tape, 1, dy);
    return gd_neg(tape, gd__ratio(tape, dy, n->out, n->in[i], one));
}

const gd_op gd_op_ratio = {
    .name = "ratio",
    GD_OPERANDS("a", "b", "c", "d"),
    .formula = "a * b / (c * d)",
    .gradient = "da = dy * b / (c * d), db = dy * a / (c * d), dc = -dy * y / c, dd = -dy * y / d",
    .check = gd_check_elementwise,
    .forward = ratio_forward,
    .grad = ratio_grad,
    .reads = {GD_READS(1) | GD_READS(2) | GD_READS(3), GD_READS(0) | GD_READS(2) | GD_READS(3),
              GD_READS(2) | GD_READS_OUT, GD_READS(3) | GD_READS_OUT},
    .domain = {{0}, {0}, {.low = -2, .high = 2, .gap = 0.5}, {.low = -2, .high = 2, .gap = 0.5}},
    .samples =
        GD_CALLS("[2,3] [2,3] [2,3] [2,3]; [2,3] [3] [2,1] []; [] [] [] []; [0,3] [3] [] [1]"),
    .refused = GD_CALLS("[2] [3] [2] [2]; [2] [2] [2] -"),
    .may_cancel = true,
};

gd_tensor *gd__ratio(gd_tape *tape, gd_tensor *a, gd_tensor *b, gd_tensor *c, gd_tensor *d)
{
    return gd_apply(tape, &gd_op_ratio, (gd_tensor *[]){a, b, c, d}, 4, NULL);
}

/* y = -x   =>   dx = -dy */
static gd_tensor *neg_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)i;
    return gd_neg(tape, dy);
}

const gd_op gd_op_neg = {
    .name = "neg",
    .formula = "-input",
    .gradient = "dinput = -dy",
    GD__UNARY_OP(neg),
    .grad = neg_grad,
};

/* y = |x|   =>   dx = dy where x > 0, -dy where x < 0. At x = 0 it is 0, also for an infinite dy,
 * which dy sign(x) is not. */
static gd_tensor *abs_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i];
    return gd_sub(tape, gd__gate(tape, dy, x), gd__gate(tape, dy, gd_neg(tape, x)));
}

const gd_op gd_op_abs = {
    .name = "abs",
    .formula = "abs(input)",
    .gradient = "dinput = dy * sign(input)",
    .ties = "0 at input = 0",
    GD__UNARY_OP(abs),
    .grad = abs_grad,
    .reads = {GD_READS(0)},
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
};

/* y = -1, 0 or 1   =>   dx = 0: flat, except for the jump at 0 */
static gd_tensor *sign_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)dy;
    return gd__zeros_like(tape, n->in[i]);
}

const gd_op gd_op_sign = {
    .name = "sign",
    .formula = "sign(input)",
    .gradient = "dinput = 0",
    .ties = "0 at input = 0",
    GD__UNARY_OP(sign),
    .grad = sign_grad,
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
    .flat = GD_READS(0),
};
