#include "docs/book/exercises/judge/judge.h"

#include <math.h>
#include <stdio.h>

typedef gd_tensor *rule(gd_tape *tape, gd_tensor *x, gd_tensor *y, gd_tensor *dy);
rule cube_rule, tanh_rule, silu_rule;

static double cube(double x)
{
    return x * x * x;
}

static double silu(double x)
{
    return x / (1 + exp(-x));
}

/* The context of a call: the reader's rule, and the value in C. */
typedef struct function {
    const char *name;
    rule *rule;
    double (*value)(double x);
} function;

static bool forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    const function *f = n->attributes;
    for (int64_t i = 0; i < gd_tensor_numel(n->out); ++i)
        ((double *)n->out->data)[i] = f->value(((const double *)n->in[0]->data)[i]);
    return true;
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    const function *f = n->attributes;
    return f->rule(tape, n->in[i], n->out, dy);
}

static const gd_op op = {
    .name = "function",
    GD_OPERANDS("x"),
    .attributes_size = sizeof(function),
    .check = gd_check_elementwise,
    .forward = forward,
    .grad = grad,
    .reads = {GD_READS(0) | GD_READS_OUT},
};

static gd_tensor *yours(gd_tape *tape, gd_tensor *const *inputs, int n, void *context)
{
    return (gd_apply)(tape, &op, inputs, n, context);
}

static void reference(gd_tensor *const *inputs, void *context, double *y)
{
    const function *f = context;
    for (int64_t i = 0; i < gd_tensor_numel(inputs[0]); ++i)
        y[i] = f->value(((const double *)inputs[0]->data)[i]);
}

/* The second derivative, too: of a sum of gradients, beside second differences of the value. */
static void judge_second(const function *f, gd_tensor *x)
{
    const double h = 1e-3;
    double right[4];
    gd_tape *tape = gd_tape_create();
    gd_tensor *y = yours(tape, &x, 1, (void *)f), *g = NULL, *gg = NULL;
    gd_tensor *ones = gd_ones(tape, GD_F64, GD_DIMS(4));
    gd_grad_options once = {.gradient = ones, .create_graph = true}, twice = {.gradient = ones};
    (gd_grad)(tape, y, &x, 1, &g, &once);
    (gd_grad)(tape, g, &x, 1, &gg, &twice);
    for (int i = 0; i < 4; ++i) {
        double at = ((const double *)x->data)[i];
        /* exact up to h^4, of which 1e-9 is left */
        right[i] = (-f->value(at + 2 * h) + 16 * f->value(at + h) - 30 * f->value(at) +
                    16 * f->value(at - h) - f->value(at - 2 * h)) /
                   (12 * h * h);
    }
    char what[40];
    snprintf(what, sizeof what, "second order of %s", f->name);
    judge_tensor(what, tape, gg, 1, x->shape, right);
    gd_tape_destroy(tape);
}

static void judge_mutant(gd_rng *rng)
{
    function functions[] = {
        {"cube", cube_rule, cube}, {"tanh", tanh_rule, tanh}, {"silu", silu_rule, silu}};
    for (int i = 0; i < 3; ++i) {
        judge_case("%s", functions[i].name);
        judged j = {.yours = yours,
                    .reference = reference,
                    .context = &functions[i],
                    .inputs = {judge_draw(rng, -2, 2, GD_DIMS(4))},
                    .names = {functions[i].name},
                    .n = 1,
                    .ndim = 1,
                    .shape = {4}};
        judge_function(&j, rng);
        judge_second(&functions[i], j.inputs[0]);
    }
}

const exercise the_exercise = {
    .judge = judge_mutant,
    .hint =
        "The table names the op whose gradient is wrong, and the other two are right. Derive that\n"
        "one by the product rule: the slope of x s(x) is s plus x times the slope of s, which is\n"
        "s (1 - s). Where in the code is x s? Where is 1 - s?",
    .learnt =
        "A wrong rule computes a number, and the number looks like any other. Only a comparison\n"
        "with differences finds it. The judge also compared the second order: a rule that reads\n"
        "right numbers in a way that the tape does not see is right once, and wrong when it is\n"
        "differentiated again. gd_gradcheck does both for any function of yours.",
};
