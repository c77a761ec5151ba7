/* pow, sqrt, rsqrt; exp, expm1, log, log1p. */
#include "autograd/ops/common.h"

/* y = a^b   =>   da = dy b a^(b-1),   db = dy y ln a
 *
 * Where b = 0, y is 1 for every a: da is 0, also at a = 0, where a^(b-1) is infinite. Where a = 0
 * and b >= 0, y does not grow with b: db is 0, although ln a is infinite. */
static gd_tensor *pow_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *a = n->in[0], *b = n->in[1], *zero = gd_scalar_like(tape, 0, a);
    if (i == 0) {
        gd_tensor *slope = gd_pow(tape, a, gd_sub(tape, b, gd_scalar_like(tape, 1, b)));
        gd_tensor *da = gd_mul(tape, dy, gd_mul(tape, b, slope));
        return gd_where(tape, gd_eq(tape, b, zero), zero, da);
    }
    gd_tensor *flat = gd_logical_and(tape, gd_eq(tape, a, zero), gd_ge(tape, b, zero));
    gd_tensor *db = gd_mul(tape, dy, gd_mul(tape, n->out, gd_log(tape, a)));
    return gd_where(tape, flat, zero, db);
}

const gd_op gd__op_pow = {
    .name = "pow",
    .formula = "a^b",
    .gradient = "da = dy * b * a^(b-1), db = dy * y * ln a",
    .ties = "da = 0 where b = 0; db = 0 where a = 0 and b >= 0",
    .least_operands = 2,
    .most_operands = 2,
    .check = gd_check_elementwise,
    .forward = gd__forward_binary,
    .kernel = GD__BINARY_pow,
    .grad = pow_grad,
    .reads = {GD_READS(0) | GD_READS(1), GD_READS(0) | GD_READS(1) | GD_READS_OUT},
    .domain = {{.low = 0.3, .high = 2}, {.low = -2, .high = 2, .gap = 0.1}},
    .samples = gd__binary_samples,
    .refused = gd__binary_refused,
};

gd_tensor *gd_pow(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd__apply2(tape, &gd__op_pow, a, b);
}

/* y = sqrt x   =>   dx = dy / (2 y) */
static gd_tensor *sqrt_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_div(tape, dy, gd_add(tape, n->out, n->out));
}

const gd_op gd__op_sqrt = {
    .name = "sqrt",
    .formula = "sqrt x",
    .gradient = "dx = dy / (2 y)",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_sqrt,
    .grad = sqrt_grad,
    .reads = {GD_READS_OUT},
    .domain = {{.low = 0.3, .high = 3}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_sqrt(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_sqrt, x);
}

/* y = x^(-1/2)   =>   dx = -dy y^3 / 2 */
static gd_tensor *rsqrt_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *y = n->out, *cube = gd_mul(tape, gd_mul(tape, y, y), y);
    return gd_mul(tape, dy, gd_mul(tape, cube, gd_scalar_like(tape, -0.5, y)));
}

const gd_op gd__op_rsqrt = {
    .name = "rsqrt",
    .formula = "1 / sqrt x",
    .gradient = "dx = -dy * y^3 / 2",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_rsqrt,
    .grad = rsqrt_grad,
    .reads = {GD_READS_OUT},
    .domain = {{.low = 0.3, .high = 3}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_rsqrt(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_rsqrt, x);
}

/* y = e^x   =>   dx = dy y */
static gd_tensor *exp_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_mul(tape, dy, n->out);
}

const gd_op gd__op_exp = {
    .name = "exp",
    .formula = "e^x",
    .gradient = "dx = dy * y",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_exp,
    .grad = exp_grad,
    .reads = {GD_READS_OUT},
    .samples = gd__unary_samples,
};

gd_tensor *gd_exp(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_exp, x);
}

/* y = e^x - 1   =>   dx = dy e^x, where y + 1 would lose small e^x */
static gd_tensor *expm1_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_mul(tape, dy, gd_exp(tape, n->in[0]));
}

const gd_op gd__op_expm1 = {
    .name = "expm1",
    .formula = "e^x - 1",
    .gradient = "dx = dy * e^x",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_expm1,
    .grad = expm1_grad,
    .reads = {GD_READS(0)},
    .samples = gd__unary_samples,
};

gd_tensor *gd_expm1(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_expm1, x);
}

/* y = ln x   =>   dx = dy / x */
static gd_tensor *log_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_div(tape, dy, n->in[0]);
}

const gd_op gd__op_log = {
    .name = "log",
    .formula = "ln x",
    .gradient = "dx = dy / x",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_log,
    .grad = log_grad,
    .reads = {GD_READS(0)},
    .domain = {{.low = 0.3, .high = 3}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_log(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_log, x);
}

/* y = ln(1 + x)   =>   dx = dy / (1 + x) */
static gd_tensor *log1p_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *x = n->in[0];
    return gd_div(tape, dy, gd_add(tape, x, gd_scalar_like(tape, 1, x)));
}

const gd_op gd__op_log1p = {
    .name = "log1p",
    .formula = "ln(1 + x)",
    .gradient = "dx = dy / (1 + x)",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_log1p,
    .grad = log1p_grad,
    .reads = {GD_READS(0)},
    .domain = {{.low = -0.6, .high = 2}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_log1p(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_log1p, x);
}
