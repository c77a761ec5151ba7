/* pow, sqrt, rsqrt; exp, expm1, log, log1p. */
#include "autograd/ops/common.h"
#include "tensor/chunks.h"

#include <math.h>

static gd_tensor *pow_times(gd_tape *tape, gd_tensor *a, gd_tensor *b, gd_tensor *c, gd_tensor *d)
{
    return gd_apply(tape, &gd_op_pow_times, (gd_tensor *[]){a, b, c, d}, 4, NULL);
}

/* Where a = 0 and b >= 0, a^b does not grow with b, although ln a is infinite. */
static gd_tensor *is_flat(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    gd_tensor *zero = gd_scalar_like(tape, 0, a);
    return gd_logical_and(tape, gd_eq(tape, a, zero), gd_ge(tape, b, zero));
}

static gd_tensor *minus_1(gd_tape *tape, gd_tensor *x)
{
    return gd_sub(tape, x, gd_scalar_like(tape, 1, x));
}

/* y = a^b   =>   da = dy b a^(b-1),   db = dy ln a a^b
 *
 * Where b = 0, y is 1 for every a: da is 0, also at a = 0, where a^(b-1) is infinite. Where y is
 * flat, ln 1 = 0 takes the place of ln a: its slope is finite. */
static gd_tensor *pow_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *a = n->in[0], *b = n->in[1];
    if (i == 0)
        return pow_times(tape, dy, b, a, minus_1(tape, b));
    gd_tensor *base = gd_masked_fill(tape, a, is_flat(tape, a, b), 1);
    return pow_times(tape, dy, gd_log(tape, base), base, b);
}

const gd_op gd_op_pow = {
    .name = "pow",
    GD_OPERANDS("input", "exponent"),
    .formula = "input^exponent",
    .gradient =
        "dinput = 0 where exponent == 0, else dy * exponent * input^(exponent - 1), dexponent = 0 "
        "where input == 0 and exponent >= 0, else dy * ln(input) * input^exponent",
    .ties = "dinput = 0 where exponent = 0; dexponent = 0 where input = 0 and exponent >= 0",
    GD__BINARY_OP(pow),
    .grad = pow_grad,
    .reads = {GD_READS(0) | GD_READS(1), GD_READS(0) | GD_READS(1)},
    .domain = {{.low = 0.3, .high = 2}, {.low = -2, .high = 2, .gap = 0.1}},
};

/* y = a b c^d, 0 where a or b is, whatever c^d is
 *   =>   da = dy b c^d,   db = dy a c^d,   dc = dy a b d c^(d-1),
 *        dd = dy y ln c, 0 where c^d is flat
 *
 * Where c^d leaves the range it comes in two halves, which do not. */
static double pow_product(double a, double b, double c, double d)
{
    double power = pow(c, d), ab = a * b, half = 1;
    if (a == 0 || b == 0)
        return ab;
    if (gd__is_safe(power) && gd__is_safe(ab))
        return ab * power;
    if (power == 0 || isinf(power)) {
        half = pow(fabs(c), d / 2);
        power = copysign(half, power);
    }
    gd__scaled y = gd__times(gd__times((gd__scaled){1, 0}, a), b);
    return gd__scaled_value(gd__times(gd__times(y, power), half));
}

static void pow_products(int64_t n, double *y, double (*x)[GD__CHUNK])
{
    for (int64_t j = 0; j < n; ++j)
        y[j] = pow_product(x[0][j], x[1][j], x[2][j], x[3][j]);
}

static bool pow_times_forward(gd_tape *tape, const gd_node *n)
{
    gd__forward_in_double(tape, n, pow_products);
    return true;
}

static gd_tensor *pow_times_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *a = n->in[0], *b = n->in[1], *c = n->in[2], *d = n->in[3];
    if (i < 2)
        return pow_times(tape, dy, n->in[1 - i], c, d);
    if (i == 2)
        return pow_times(tape, gd_mul(tape, dy, a), gd_mul(tape, b, d), c, minus_1(tape, d));
    gd_tensor *base = gd_masked_fill(tape, c, is_flat(tape, c, d), 1);
    return gd_mul(tape, gd_mul(tape, dy, n->out), gd_log(tape, base));
}

const gd_op gd_op_pow_times = {
    .name = "pow_times",
    GD_OPERANDS("a", "b", "c", "d"),
    .formula = "0 where a == 0 or b == 0, else a * b * c^d",
    .gradient = "da = 0 where b == 0, else dy * b * c^d, db = 0 where a == 0, else dy * a * c^d, "
                "dc = 0 where a * b * d == 0, else dy * a * b * d * c^(d - 1), "
                "dd = 0 where c == 0 and d >= 0, else dy * y * ln(c)",
    .ties = "dc = 0 where d = 0; dd = 0 where c = 0 and d >= 0",
    .check = gd_check_elementwise,
    .forward = pow_times_forward,
    .grad = pow_times_grad,
    .reads = {GD_READS(1) | GD_READS(2) | GD_READS(3), GD_READS(0) | GD_READS(2) | GD_READS(3),
              GD_READS(0) | GD_READS(1) | GD_READS(2) | GD_READS(3),
              GD_READS(2) | GD_READS(3) | GD_READS_OUT},
    .domain = {{0}, {0}, {.low = 0.3, .high = 2}, {.low = -2, .high = 2, .gap = 0.1}},
    .samples =
        GD_CALLS("[2,3] [2,3] [2,3] [2,3]; [2,3] [3] [2,1] []; [] [] [] []; [0,3] [3] [] [1]"),
    .refused = GD_CALLS("[2] [3] [2] [2]; [2] [2] [2] -"),
    .may_cancel = true,
};

/* y = sqrt x   =>   dx = dy / (2 y) */
static gd_tensor *sqrt_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_div(tape, dy, gd_add(tape, n->out, n->out));
}

const gd_op gd_op_sqrt = {
    .name = "sqrt",
    .formula = "sqrt(input)",
    .gradient = "dinput = dy / (2 * y)",
    GD__UNARY_OP(sqrt),
    .grad = sqrt_grad,
    .reads = {GD_READS_OUT},
    .domain = {{.low = 0.3, .high = 3}},
};

/* y = x^(-1/2)   =>   dx = -dy y / (2 x), where y^3 may leave the range */
static gd_tensor *rsqrt_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i];
    return gd__ratio(tape, dy, n->out, x, gd_scalar_like(tape, -2, x));
}

const gd_op gd_op_rsqrt = {
    .name = "rsqrt",
    .formula = "1 / sqrt(input)",
    .gradient = "dinput = -dy * y / (2 * input)",
    GD__UNARY_OP(rsqrt),
    .grad = rsqrt_grad,
    .reads = {GD_READS(0) | GD_READS_OUT},
    .domain = {{.low = 0.3, .high = 3}},
};

/* y = e^x   =>   dx = dy e^x, also where y has left the range and dx has not */
static gd_tensor *exp_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd__exp_times(tape, dy, n->in[i]);
}

const gd_op gd_op_exp = {
    .name = "exp",
    .formula = "e^input",
    .gradient = "dinput = dy * e^input",
    GD__UNARY_OP(exp),
    .grad = exp_grad,
    .reads = {GD_READS(0)},
};

/* y = a e^x   =>   da = dy e^x,   dx = dy y */
static gd_tensor *exp_times_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return i == 0 ? gd__exp_times(tape, dy, n->in[1]) : gd_mul(tape, dy, n->out);
}

const gd_op gd_op_exp_times = {
    .name = "exp_times",
    GD_OPERANDS("a", "x"),
    .formula = "a * e^x",
    .gradient = "da = dy * e^x, dx = dy * y",
    GD__BINARY_OP(exp_times),
    .grad = exp_times_grad,
    .reads = {GD_READS(1), GD_READS_OUT},
    .may_cancel = true,
};

gd_tensor *gd__exp_times(gd_tape *tape, gd_tensor *a, gd_tensor *x)
{
    return gd__apply2(tape, &gd_op_exp_times, a, x);
}

/* y = e^x - 1   =>   dx = dy e^x, as exp's, where y + 1 would lose small e^x */
const gd_op gd_op_expm1 = {
    .name = "expm1",
    .formula = "e^input - 1",
    .gradient = "dinput = dy * e^input",
    GD__UNARY_OP(expm1),
    .grad = exp_grad,
    .reads = {GD_READS(0)},
};

/* y = ln x   =>   dx = dy / x */
static gd_tensor *log_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_div(tape, dy, n->in[0]);
}

const gd_op gd_op_log = {
    .name = "log",
    .formula = "ln(input)",
    .gradient = "dinput = dy / input",
    GD__UNARY_OP(log),
    .grad = log_grad,
    .reads = {GD_READS(0)},
    .domain = {{.low = 0.3, .high = 3}},
};

/* y = ln(1 + x)   =>   dx = dy / (1 + x) */
static gd_tensor *log1p_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *x = n->in[0];
    return gd_div(tape, dy, gd_add(tape, x, gd_scalar_like(tape, 1, x)));
}

const gd_op gd_op_log1p = {
    .name = "log1p",
    .formula = "ln(1 + input)",
    .gradient = "dinput = dy / (1 + input)",
    GD__UNARY_OP(log1p),
    .grad = log1p_grad,
    .reads = {GD_READS(0)},
    .domain = {{.low = -0.6, .high = 2}},
};
