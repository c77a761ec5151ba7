/* exp and log. */
#include "autograd/ops/common.h"

/* y = e^x   =>   dx = dy y */
static bool exp_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    gd__map1(GD__UNARY_exp, n->out, n->in[0]);
    return true;
}

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
    .forward = exp_forward,
    .grad = exp_grad,
    .reads = {GD_READS_OUT},
    .samples = gd__unary_samples,
};

gd_tensor *gd_exp(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_exp, x);
}

/* y = ln x   =>   dx = dy / x */
static bool log_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    gd__map1(GD__UNARY_log, n->out, n->in[0]);
    return true;
}

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
    .forward = log_forward,
    .grad = log_grad,
    .reads = {GD_READS(0)},
    .domain = {{.low = 0.3, .high = 3}},
    .samples = gd__unary_samples,
};

gd_tensor *gd_log(gd_tape *tape, gd_tensor *x)
{
    return gd__apply1(tape, &gd__op_log, x);
}
