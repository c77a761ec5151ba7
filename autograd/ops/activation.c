/* relu, leaky_relu; sigmoid, tanh, silu, softplus; gelu in both forms. */
#include "autograd/ops/common.h"

#include <math.h>

/* a where b is positive (or NaN), else 0: the gradient of relu, for which a * (b > 0) would turn an
 * infinite a into NaN. */
static gd_tensor *gate(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd__apply2(tape, &gd__op_gate, a, b);
}

/* y = max(x, 0)   =>   dx = dy where x > 0, else 0. y > 0 says the same as x > 0, so x may be
 * forgotten. */
static gd_tensor *relu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gate(tape, dy, n->out);
}

const gd_op gd__op_relu = {
    .name = "relu",
    .formula = "max(x, 0)",
    .gradient = "dx = dy where y > 0, else 0",
    .ties = "0 at x = 0",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_relu,
    .grad = relu_grad,
    .reads = {GD_READS_OUT},
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_relu(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_relu, x);
}

/* y = x where x > 0, else slope x   =>   dx = dy where x > 0, else slope dy */
typedef struct leak {
    double slope;
} leak;

static bool leaky_relu_check(gd_tape *tape, gd_node *n)
{
    const leak *l = n->attributes;
    if (!isfinite(l->slope))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "the slope is %g", l->slope);
    return gd_check_elementwise(tape, n);
}

static bool leaky_relu_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    double memory;
    gd_tensor slope = gd__number(n->out->dtype, &memory, ((const leak *)n->attributes)->slope);
    gd__map2(GD__BINARY_leaky_relu, n->out, n->in[0], &slope);
    return true;
}

static gd_tensor *leaky_relu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i];
    gd_tensor *slope = gd_scalar_like(tape, ((const leak *)n->attributes)->slope, x);
    gd_tensor *positive = gd_gt(tape, x, gd_scalar_like(tape, 0, x));
    return gd_where(tape, positive, dy, gd_mul(tape, dy, slope));
}

static int leak_print(char *buffer, size_t size, const void *attributes)
{
    return snprintf(buffer, size, "slope=%g", ((const leak *)attributes)->slope);
}

const gd_op gd__op_leaky_relu = {
    .name = "leaky_relu",
    .formula = "x where x > 0, else slope * x",
    .gradient = "dx = dy where x > 0, else slope * dy",
    .ties = "slope at x = 0",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(leak),
    .check = leaky_relu_check,
    .forward = leaky_relu_forward,
    .grad = leaky_relu_grad,
    .reads = {GD_READS(0)},
    .print_attributes = leak_print,
    .domain = {{.low = -2, .high = 2, .gap = 0.1}},
    .samples = (const gd_sample[]){{"[2,3]", &(const leak){0.01}},
                                   {"[]", &(const leak){-0.5}},
                                   {"[0,2]", &(const leak){0.01}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2]", &(const leak){(double)NAN}},
                                   {"[2]", &(const leak){(double)INFINITY}},
                                   {"-", &(const leak){0.01}},
                                   {NULL, NULL}},
};

gd_tensor *gd_leaky_relu(gd_tape *tape, gd_tensor *x, double slope)
{
    return gd_apply(tape, &gd__op_leaky_relu, &x, 1, &(leak){slope});
}

/* y = a where b > 0, else 0   =>   da = dy where b > 0, else 0;   db = 0 (y jumps at b = 0, flat
 * elsewhere) */
static gd_tensor *gate_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return i == 0 ? gate(tape, dy, n->in[1]) : gd__zeros_like(tape, n->in[1]);
}

const gd_op gd__op_gate = {
    .name = "gate",
    .formula = "a where b > 0, else 0",
    .gradient = "da = dy where b > 0, else 0, db = 0",
    .ties = "0 at b = 0",
    .least_operands = 2,
    .most_operands = 2,
    .check = gd_check_elementwise,
    .forward = gd__forward_binary,
    .kernel = GD__BINARY_gate,
    .grad = gate_grad,
    .reads = {GD_READS(1)},
    .domain = {{0}, {.low = -2, .high = 2, .gap = 0.1}},
    .samples = gd__binary_samples,
    .refused = gd__binary_refused,
};

/* y = s(x) = 1 / (1 + e^-x)   =>   dx = dy s(x) s(-x)
 *
 * The usual y (1 - y) loses the tail: for x = 20 in float32 y is exactly 1. s(-x) = 1 - s(x) keeps
 * it. */
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
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_sigmoid,
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
static gd_tensor *tanh_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *x = n->in[0], *twice = gd_add(tape, x, x);
    gd_tensor *slope = gd_mul(tape, gd_sigmoid(tape, twice), gd_sigmoid(tape, gd_neg(tape, twice)));
    return gd_mul(tape, dy, gd_mul(tape, slope, gd_scalar_like(tape, 4, x)));
}

const gd_op gd__op_tanh = {
    .name = "tanh",
    .formula = "tanh x",
    .gradient = "dx = dy * 4 * sigmoid(2x) * sigmoid(-2x)",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_tanh,
    .grad = tanh_grad,
    .reads = {GD_READS(0)},
    .samples = gd__unary_samples,
};

gd_tensor *gd_tanh(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_tanh, x);
}

/* y = x s(x), s the sigmoid   =>   dx = dy (s(x) + x s(x) s(-x)) = dy s(x) (1 + x s(-x)) */
static gd_tensor *silu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *x = n->in[0], *other = gd_sigmoid(tape, gd_neg(tape, x));
    gd_tensor *slope = gd_add(tape, gd_scalar_like(tape, 1, x), gd_mul(tape, x, other));
    return gd_mul(tape, dy, gd_mul(tape, gd_sigmoid(tape, x), slope));
}

const gd_op gd__op_silu = {
    .name = "silu",
    .formula = "x * sigmoid(x)",
    .gradient = "dx = dy * sigmoid(x) * (1 + x * sigmoid(-x))",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_silu,
    .grad = silu_grad,
    .reads = {GD_READS(0)},
    .samples = gd__unary_samples,
};

gd_tensor *gd_silu(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_silu, x);
}

/* y = ln(1 + e^x)   =>   dx = dy s(x), s the sigmoid */
static gd_tensor *softplus_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_mul(tape, dy, gd_sigmoid(tape, n->in[0]));
}

const gd_op gd__op_softplus = {
    .name = "softplus",
    .formula = "ln(1 + e^x)",
    .gradient = "dx = dy * sigmoid(x)",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_softplus,
    .grad = softplus_grad,
    .reads = {GD_READS(0)},
    .samples = gd__unary_samples,
};

gd_tensor *gd_softplus(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_softplus, x);
}

/* The standard normal density, e^(-x^2 / 2) / sqrt(2 pi). */
static gd_tensor *normal_density(gd_tape *tape, gd_tensor *x)
{
    gd_tensor *exponent = gd_mul(tape, gd_mul(tape, x, x), gd_scalar_like(tape, -0.5, x));
    return gd_mul(tape, gd_exp(tape, exponent), gd_scalar_like(tape, 0.3989422804014327, x));
}

/* y = P(x), the probability that a standard normal variable is below x, by erfc, which keeps its tail
 *   =>   dx = dy p(x), its density */
static gd_tensor *normal_cdf_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_mul(tape, dy, normal_density(tape, n->in[0]));
}

const gd_op gd__op_normal_cdf = {
    .name = "normal_cdf",
    .formula = "P(x), the standard normal distribution",
    .gradient = "dx = dy * e^(-x^2/2) / sqrt(2 pi)",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_normal_cdf,
    .grad = normal_cdf_grad,
    .reads = {GD_READS(0)},
    .samples = gd__unary_samples,
};

static gd_tensor *normal_cdf(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_normal_cdf, x);
}

/* y = x P(x), P the standard normal distribution and p its density   =>   dx = dy (P(x) + x p(x)) */
static gd_tensor *gelu_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *x = n->in[0];
    gd_tensor *slope = gd_add(tape, normal_cdf(tape, x), gd_mul(tape, x, normal_density(tape, x)));
    return gd_mul(tape, dy, slope);
}

const gd_op gd__op_gelu = {
    .name = "gelu",
    .formula = "x * P(x), P the standard normal distribution",
    .gradient = "dx = dy * (P(x) + x * p(x)), p its density",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_gelu,
    .grad = gelu_grad,
    .reads = {GD_READS(0)},
    .samples = gd__unary_samples,
};

gd_tensor *gd_gelu(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_gelu, x);
}

/* y = x (1 + tanh u) / 2 = x s(2u) with u = sqrt(2 / pi) (x + 0.044715 x^3) (Hendrycks and Gimpel,
 * 2016)   =>   dx = dy (s(2u) + x s(2u) s(-2u) 2u'),   2u' = 2 sqrt(2 / pi) (1 + 3 * 0.044715 x^2) */
static gd_tensor *gelu_tanh_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    gd_tensor *x = n->in[0], *square = gd_mul(tape, x, x);
    gd_tensor *cubic = gd_add(tape, gd_scalar_like(tape, 1, x),
                              gd_mul(tape, square, gd_scalar_like(tape, 0.044715, x)));
    gd_tensor *factor = gd_scalar_like(tape, 1.5957691216057308, x); /* 2 sqrt(2 / pi) */
    gd_tensor *v = gd_mul(tape, factor, gd_mul(tape, x, cubic));
    gd_tensor *dv = gd_mul(tape, factor,
                           gd_add(tape, gd_scalar_like(tape, 1, x),
                                  gd_mul(tape, square, gd_scalar_like(tape, 3 * 0.044715, x))));
    gd_tensor *s = gd_sigmoid(tape, v), *other = gd_sigmoid(tape, gd_neg(tape, v));
    gd_tensor *slope =
        gd_add(tape, gd_scalar_like(tape, 1, x), gd_mul(tape, gd_mul(tape, x, other), dv));
    return gd_mul(tape, dy, gd_mul(tape, s, slope));
}

const gd_op gd__op_gelu_tanh = {
    .name = "gelu_tanh",
    .formula = "x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) / 2",
    .gradient = "dx = dy * s(v) * (1 + x * s(-v) * v'), v = 2 sqrt(2/pi) * (x + 0.044715 x^3)",
    .least_operands = 1,
    .most_operands = 1,
    .check = gd_check_elementwise,
    .forward = gd__forward_unary,
    .kernel = GD__UNARY_gelu_tanh,
    .grad = gelu_tanh_grad,
    .reads = {GD_READS(0)},
    .samples = gd__unary_samples,
};

gd_tensor *gd_gelu_tanh(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_gelu_tanh, x);
}
