/* An op of your own: written, checked against differences, trained through, and written wrong.
 *
 * Light of one colour arrives as a narrow bump, a Lorentz line: y = 1 / (1 + x^2) at x widths from
 * its centre. Only public headers are used: an op of yours is made exactly like the library's. */
#include "common/example.h"

#include <gradus.h>

#include <stdio.h>
#include <stdlib.h>

static bool lorentz_check(gd_tape *tape, gd_node *n)
{
    return gd_check_elementwise(tape, n) && /* gives the result the operand's dtype and shape */
           (n->out->dtype == GD_F64 || gd_tape_fail(tape, GD_ERROR_DTYPE, "x must be float64"));
}

/* y = 1 / (1 + x^2). x may have any strides: it is copied to the result, which is contiguous, and
 * becomes y there. */
static bool lorentz_forward(gd_tape *tape, const gd_node *n)
{
    if (gd_tensor_copy(n->out, n->in[0]) != GD_OK)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%s", gd_message());
    double *y = n->out->data;
    for (int64_t i = 0; i < gd_tensor_numel(n->out); ++i)
        y[i] = 1 / (1 + y[i] * y[i]);
    return true;
}

/* dy/dx = -2 x / (1 + x^2)^2 = -2 x y^2. Made of ops, so that it can be differentiated again. */
static gd_tensor *lorentz_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i], *y = n->out, *minus_2x = gd_sub(tape, gd_neg(tape, x), x);
    return gd_mul(tape, dy, gd_mul(tape, minus_2x, gd_mul(tape, y, y)));
}

static const gd_op lorentz_op = {
    .name = "lorentz",
    GD_OPERANDS("x"),
    .formula = "1 / (1 + x^2)", /* both as a trace fills in the numbers: docs/ops.md */
    .gradient = "dx = dy * -2 * x * y^2",
    .check = lorentz_check,
    .forward = lorentz_forward,
    .grad = lorentz_grad,
    .reads = {GD_READS(0) | GD_READS_OUT}, /* if changed in place before backward: an error */
};

static gd_tensor *lorentz(gd_tape *tape, gd_tensor *x)
{
    return (gd_apply)(tape, &lorentz_op, &x, 1, NULL); /* the bracketed name is the function ... */
}
/* ... and this gives errors your line */
#define lorentz(t, x) GD_AT(t, (lorentz)((t), (x)), "lorentz(" #x ")")

/* ---- the same op with wrong rules --------------------------------------------------------- */

/* A slip: the 2 is missing. */
static gd_tensor *slip_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i], *y = n->out;
    return gd_mul(tape, dy, gd_mul(tape, gd_neg(tape, x), gd_mul(tape, y, y)));
}

/* The right numbers, but nobody has recorded that the slope depends on x. */
static gd_tensor *unrecorded_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    bool before = gd_tape_set_recording(tape, false);
    gd_tensor *slope = lorentz_grad(tape, n, gd_scalar(tape, 1, GD_F64), i);
    gd_tape_set_recording(tape, before);
    return gd_mul(tape, dy, slope);
}

/* ---- gradcheck ---------------------------------------------------------------------------- */

static void check(bool ok, const char *message)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", message);
    exit(1);
}

/* What is checked: the op of the context on x^T, whose strides are not those of a fresh tensor. */
static gd_tensor *of_transposed(gd_tape *tape, gd_tensor *const *x, int n, void *context)
{
    (void)n; /* one input */
    gd_tensor *transposed = gd_transpose(tape, x[0], 0, 1);
    return gd_apply(tape, context, &transposed, 1, NULL);
}

typedef gd_tensor *rule(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i);

/* Prints what gradcheck says of lorentz with this rule: that it is right, or where it is wrong. */
static void check_rule(const char *what, rule *grad, bool is_right)
{
    gd_op op = lorentz_op;
    op.grad = grad;
    const double points[] = {-2, -1, -0.3, 0.5, 1, 3};
    gd_tensor *x = gd_tensor_create_from_data(GD_F64, points, GD_DIMS(2, 3));
    check(x != NULL, gd_message());
    x->requires_grad = true;
    gd_gradcheck_options twice = {.second_order = true};
    gd_status status = gd_gradcheck(of_transposed, &x, 1, &op, &twice);
    printf("%s\n  %s\n", what,
           status == GD_OK ? "gradcheck: first and second order are right" : gd_message());
    check((status == GD_OK) == is_right, "this is not what gradcheck should say");
    gd_tensor_destroy(x);
}

/* ---- training ----------------------------------------------------------------------------- */

/* Light at x [N] of a line with this centre, width and height, all [] -> [N]. */
static gd_tensor *light(gd_tape *tape, gd_tensor *x, gd_tensor *const line[3])
{
    gd_tensor *distance = gd_div(tape, gd_sub(tape, x, line[0]), line[1]);
    return gd_mul(tape, lorentz(tape, distance), line[2]);
}

/* Finds a line in noise by least squares: centre 0.7, width 0.4, height 2. */
static void fit(gd_tape *tape)
{
    gd_rng rng = {.key = 1};
    gd_tensor *x = gd_tensor_create_arange(GD_F64, -3, 3, 0.1), *line[3]; /* x [N] */
    check(x != NULL, gd_message());
    gd_tensor *y = gd_tensor_create_copy(x); /* [N] what is measured: the noise, then the light */
    check(y != NULL && gd_tensor_normal(y, &rng, 0, 0.02) == GD_OK, gd_message());
    for (int64_t i = 0; i < x->shape[0]; ++i) {
        double distance = (((double *)x->data)[i] - 0.7) / 0.4;
        ((double *)y->data)[i] += 2 / (1 + distance * distance);
    }
    gd_parameters *parameters = gd_parameters_create();
    check(parameters != NULL, gd_message());
    const char *names[] = {"centre", "width", "height"};
    for (int i = 0; i < 3; ++i) { /* first guess: 0, 1, 1 */
        line[i] = gd_parameters_add(parameters, names[i], GD_F64, 0, NULL);
        check(line[i] != NULL && gd_tensor_fill(line[i], i > 0) == GD_OK, gd_message());
    }
    gd_sgd_options options = {.learning_rate = GD_SOME(0.1), .momentum = 0.9};
    gd_optimizer *sgd = gd_sgd_create(parameters, &options);
    check(sgd != NULL, gd_message());
    example_trace(__FILE__, tape, parameters);
    printf("\n");
    for (int step = 0; step <= 200; ++step) {
        gd_tape_reset(tape);
        gd_optimizer_zero_grad(sgd);
        gd_tensor *error = gd_sub(tape, light(tape, x, line), y);
        gd_tensor *loss = gd_mean(tape, gd_mul(tape, error, error), GD_ALL_DIMS, false);
        check(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
        if (step % 50 == 0)
            printf("step %3d  loss %.6f  centre %.3f  width %.3f  height %.3f\n", step,
                   gd_item(loss), gd_item(line[0]), gd_item(line[1]), gd_item(line[2]));
        check(gd_optimizer_step(sgd) == GD_OK, gd_message());
    }
    example_trace_end();
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(parameters);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
}

/* What its check refuses is an error of the tape, with the place of the call. */
static void refuse(gd_tape *tape)
{
    gd_tape_reset(tape);
    check(lorentz(tape, gd_scalar(tape, 1, GD_F32)) == NULL, "float32 should have been refused");
    printf("\nrefused: %s\n", gd_tape_message(tape));
}

int main(void)
{
    gd_tape *tape = gd_tape_create();
    check(tape != NULL, gd_message());
    check_rule("lorentz", lorentz_grad, true);
    check_rule("lorentz, the 2 forgotten in its rule", slip_grad, false);
    check_rule("lorentz, the slope in its rule not recorded", unrecorded_grad, false);
    fit(tape);
    refuse(tape);
    gd_tape_destroy(tape);
    return 0;
}
