#include "docs/book/exercises/judge/judge.h"

gd_tensor *linear(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *b);
gd_tensor *linear_dx(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy);
gd_tensor *linear_dw(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy);
gd_tensor *linear_db(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy);

static void reference(gd_tensor *const *inputs, void *context, double *y)
{
    (void)context;
    const double *x = inputs[0]->data, *w = inputs[1]->data, *b = inputs[2]->data;
    int64_t rows = inputs[0]->shape[0], in = inputs[0]->shape[1], out = inputs[1]->shape[0];
    for (int64_t n = 0; n < rows; ++n)
        for (int64_t i = 0; i < out; ++i) {
            y[n * out + i] = b[i];
            for (int64_t k = 0; k < in; ++k)
                y[n * out + i] += x[n * in + k] * w[i * in + k];
        }
}

/* One op of the reader's functions, so that judge_function asks for its gradients. */
static bool check(gd_tape *tape, gd_node *n)
{
    (void)tape;
    n->out->dtype = GD_F64;
    n->out->ndim = 2;
    n->out->shape[0] = n->in[0]->shape[0];
    n->out->shape[1] = n->in[1]->shape[0];
    return true;
}

static bool forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor *y = linear(tape, n->in[0], n->in[1], n->in[2]);
    return y != NULL ? gd_tensor_copy(n->out, y) == GD_OK
                     : gd_tape_fail(tape, GD_ERROR_ARGUMENT, "NULL was returned");
}

static gd_tensor *grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    static gd_tensor *(*const rules[])(gd_tape *, gd_tensor *, gd_tensor *,
                                       gd_tensor *) = {linear_dx, linear_dw, linear_db};
    return rules[i](tape, n->in[0], n->in[1], dy);
}

static const gd_op op = {
    .name = "linear",
    GD_OPERANDS("x", "W", "b"),
    .check = check,
    .forward = forward,
    .grad = grad,
    .reads = {GD_READS(1), GD_READS(0)},
};

static gd_tensor *by_rules(gd_tape *tape, gd_tensor *const *inputs, int n, void *context)
{
    (void)context;
    return (gd_apply)(tape, &op, inputs, n, NULL);
}

static void judge_linear(gd_rng *rng)
{
    for (int i = 0; i < 2; ++i) {
        int64_t rows = 2 + i, in = 3, out = 4 - i;
        judge_case("x [%d,3], W [%d,3]", (int)rows, (int)out);
        judged j = {.yours = by_rules,
                    .reference = reference,
                    .inputs = {judge_draw(rng, -2, 2, GD_DIMS(rows, in)),
                               judge_draw(rng, -2, 2, GD_DIMS(out, in)),
                               judge_draw(rng, -2, 2, GD_DIMS(out))},
                    .names = {"x", "W", "b"},
                    .n = 3,
                    .ndim = 2,
                    .shape = {rows, out}};
        judge_function(&j, rng);
    }
}

const exercise the_exercise = {
    .judge = judge_linear,
    .hint =
        "Write the layer by its indices: y_ni = sum over k of x_nk W_ik, plus b_i. Which elements\n"
        "of y use x_nk? Those of row n, each with the factor W_ik: dx_nk = sum over i of dy_ni\n"
        "W_ik. Write the other two in this form, then read off which product of matrices it is.\n"
        "The shapes leave only one possibility. b is repeated for each row: see chapter 3.",
    .learnt =
        "dx = dy W, dW = dy^T x, db = the sum of dy over the rows. W is stored as [out,in], so\n"
        "forward has a transpose and dx has none. These three lines are most of what a training\n"
        "step computes. autograd/ops/linear.c has them, and hands them to BLAS.",
};
