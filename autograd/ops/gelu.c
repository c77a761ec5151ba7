/* gelu in both forms, by the normal distribution and by its approximation. */
#include "autograd/ops/common.h"

/* a p(x), with the standard normal density p(x) = e^(-x^2 / 2) / sqrt(2 pi). */
static gd_tensor *density_times(gd_tape *tape, gd_tensor *a, gd_tensor *x)
{
    gd_tensor *exponent = gd_mul(tape, gd_mul(tape, x, x), gd_scalar_like(tape, -0.5, x));
    return gd_mul(tape, gd__exp_times(tape, a, exponent),
                  gd_scalar_like(tape, 0.3989422804014327, x));
}

/* y = a P(x), P(x) the probability that a standard normal variable is below x, by erfc, which
 * keeps its tail
 *   =>   da = dy P(x),   dx = dy a p(x), p the density */
static gd_tensor *normal_cdf_times_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *a = n->in[0], *x = n->in[1];
    return i == 0 ? gd__apply2(tape, &gd_op_normal_cdf_times, dy, x)
                  : density_times(tape, gd_mul(tape, dy, a), x);
}

const gd_op gd_op_normal_cdf_times = {
    .name = "normal_cdf_times",
    GD_OPERANDS("a", "x"),
    .formula = "a * normal_cdf(x)",
    .gradient = "da = dy * normal_cdf(x), dx = dy * a * e^(-x^2 / 2) / sqrt(2 * pi)",
    GD__BINARY_OP(normal_cdf_times),
    .grad = normal_cdf_times_grad,
    .reads = {GD_READS(1), GD_READS(0) | GD_READS(1)},
    .may_cancel = true,
};

/* y = x P(x), P the standard normal distribution and p its density
 *   =>   dx = dy P(x) + x dy p(x) */
static gd_tensor *gelu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i];
    return gd_add(tape, gd__apply2(tape, &gd_op_normal_cdf_times, dy, x),
                  gd_mul(tape, x, density_times(tape, dy, x)));
}

const gd_op gd_op_gelu = {
    .name = "gelu",
    .formula = "input * normal_cdf(input)",
    .gradient = "dinput = dy * normal_cdf(input) + input * dy * e^(-input^2 / 2) / sqrt(2 * pi)",
    GD__UNARY_OP(gelu),
    .grad = gelu_grad,
    .reads = {GD_READS(0)},
};

/* y = x (1 + tanh u) / 2 = x s(v) with v = 2u = 2 sqrt(2 / pi) (x + 0.044715 x^3) (Hendrycks and
 * Gimpel, 2016)
 *   =>   dx = dy s(v) + x v' dy s(v) s(-v),   v' = 2 sqrt(2 / pi) (1 + 3 * 0.044715 x^2)
 *
 * Beyond |x| = 30 s(v) is 0 or 1 to the last bit of either dtype. x is clamped to that, because
 * x^3 could overflow. */
static gd_tensor *gelu_tanh_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = gd_clamp(tape, n->in[i], -30, 30), *square = gd_mul(tape, x, x);
    gd_tensor *factor = gd_scalar_like(tape, 1.5957691216057308, x); /* 2 sqrt(2 / pi) */
    gd_tensor *one = gd_scalar_like(tape, 1, x), *cubic = gd_scalar_like(tape, 0.044715, x),
              *slope = gd_scalar_like(tape, 3 * 0.044715, x);
    gd_tensor *v =
        gd_mul(tape, gd_mul(tape, factor, x), gd_add(tape, one, gd_mul(tape, square, cubic)));
    gd_tensor *x_dv =
        gd_mul(tape, gd_mul(tape, factor, x), gd_add(tape, one, gd_mul(tape, square, slope)));
    return gd_add(tape, gd__sigmoid_times(tape, dy, v),
                  gd_mul(tape, x_dv, gd__sigmoid_slope(tape, dy, v)));
}

const gd_op gd_op_gelu_tanh = {
    .name = "gelu_tanh",
    .formula = "input * sigmoid(v), v = 2 * sqrt(2 / pi) * (input + 0.044715 * input^3)",
    .gradient = "dinput = dy * sigmoid(v) + input * slope * dy * sigmoid(v) * sigmoid(-v), slope = "
                "2 * sqrt(2 / pi) * (1 + 3 * 0.044715 * input^2)",
    GD__UNARY_OP(gelu_tanh),
    .grad = gelu_tanh_grad,
    .reads = {GD_READS(0)},
};
