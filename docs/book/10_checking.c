/* Chapter 10: how a gradient is checked, where a NaN comes from, and gradients of gradients. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "examples/common/example.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

enum { POWERS = 12 };

/* ---- differences ---- */

/* Differences of x^3 at 1, whose slope is 3: to one side, to both sides, and to both in float. */
static double error_one_sided(double h)
{
    return fabs(((1 + h) * (1 + h) * (1 + h) - 1) / h - 3);
}

static double error64(double h)
{
    double above = (1 + h) * (1 + h) * (1 + h), below = (1 - h) * (1 - h) * (1 - h);
    return fabs((above - below) / (2 * h) - 3);
}

static double error32(float h)
{
    float a = 1 + h, b = 1 - h, above = a * a * a, below = b * b * b;
    return fabs((double)((above - below) / (2 * h)) - 3);
}

static void show_differences(const char *path)
{
    static double step[POWERS], error[3][POWERS];
    printf("step         one side    both sides   both, in float\n");
    for (int k = 1; k <= POWERS; ++k) {
        double h = pow(10, -k);
        step[k - 1] = -k;
        error[0][k - 1] = log10(fmax(error64(h), 1e-16));
        error[1][k - 1] = log10(fmax(error32((float)h), 1e-16));
        error[2][k - 1] = log10(fmax(error_one_sided(h), 1e-16));
        printf("1e-%-3d  %12.0e  %12.0e  %15.0e\n", k, error_one_sided(h), error64(h),
               error32((float)h));
    }
    if (path == NULL)
        return;
    const cli_series series[] = {{"both sides", step, error[0], POWERS, 0, false},
                                 {"both, in float", step, error[1], POWERS, 1, true},
                                 {"one side", step, error[2], POWERS, 2, false}};
    picture_charts(
        path,
        &(cli_chart){.id = "u",
                     .title = "error of a difference against its step, both as powers of 10",
                     .description = "each curve falls to a smallest error and rises again",
                     .x_title = "power of 10 of the step",
                     .y_title = "of the error",
                     .series = series,
                     .count = 3,
                     .whole_x = true},
        1);
}

/* ---- gradcheck ---- */

/* y = x^3   =>   dx = 3 x^2 dy */
static bool cube_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    const double *x = n->in[0]->data;
    double *y = n->out->data;
    for (int64_t i = 0; i < gd_tensor_numel(n->out); ++i)
        y[i] = x[i] * x[i] * x[i];
    return true;
}

static gd_tensor *cube_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i], *three = gd_scalar_like(tape, 3, x);
    return gd_mul(tape, dy, gd_mul(tape, three, gd_mul(tape, x, x)));
}

/* The same with a slip: x in place of x^2. */
static gd_tensor *slip_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[i];
    return gd_mul(tape, dy, gd_mul(tape, gd_scalar_like(tape, 3, x), x));
}

static gd_op cube = {.name = "cube",
                     GD_OPERANDS("input"),
                     .check = gd_check_elementwise,
                     .forward = cube_forward,
                     .grad = cube_grad,
                     .reads = {GD_READS(0)}};

static gd_tensor *checked(gd_tape *tape, gd_tensor *const *inputs, int n, void *context)
{
    (void)context;
    return gd_apply(tape, &cube, inputs, n, NULL);
}

/* Says what gradcheck finds; its numbers with four digits. */
static void check(const char *name, gd_tensor *x)
{
    double says, differences;
    gd_gradcheck_options twice = {.second_order = true};
    if (gd_gradcheck(checked, &x, 1, NULL, &twice) == GD_OK) {
        printf("%s: right\n", name);
        return;
    }
    const char *numbers = strstr(gd_message(), "the gradient says");
    must(numbers != NULL && sscanf(numbers, "the gradient says %lf, differences say %lf", &says,
                                   &differences) == 2,
         gd_message());
    printf("%s: the gradient says %.4g, differences say %.4g\n", name, says, differences);
}

static void show_gradcheck(void)
{
    gd_tensor *x = gd_tensor_create_from_data(GD_F64, (const double[]){1, 2, -0.5}, GD_DIMS(3));
    must(x != NULL, gd_message());
    x->requires_grad = true;
    printf("\n");
    check("3 x^2", x);
    cube.grad = slip_grad;
    check("3 x  ", x);
    cube.grad = cube_grad;
    gd_tensor_destroy(x);
}

/* ---- a NaN ---- */

static void show_anomaly(gd_tape *tape)
{
    gd_tape_reset(tape);
    gd_tensor *x = gd_from_data(tape, GD_F64, (const double[]){2, -1, 0.5}, GD_DIMS(3));
    gd_tensor *loss = gd_mean(tape, gd_exp(tape, gd_log(tape, x)), GD_ALL_DIMS, false);
    printf("\n");
    show("loss", loss);
    gd_tape_reset(tape);
    gd_tape_set_anomaly_mode(tape, true);
    x = gd_from_data(tape, GD_F64, (const double[]){2, -1, 0.5}, GD_DIMS(3));
    loss = gd_mean(tape, gd_exp(tape, gd_log(tape, x)), GD_ALL_DIMS, false);
    printf("%s\n", gd_tape_message(tape));
    gd_tape_set_anomaly_mode(tape, false);
}

/* ---- twice ---- */

/* f = the sum of x_i^3 + x_0 x_1: its gradient, and its second derivatives times v. */
static void show_twice(gd_tape *tape)
{
    gd_tape_reset(tape);
    gd_tensor *x = gd_from_data(tape, GD_F64, (const double[]){1, 2}, GD_DIMS(2)), *g, *hv;
    gd_tensor *v = gd_from_data(tape, GD_F64, (const double[]){1, 10}, GD_DIMS(2));
    must(v != NULL, gd_tape_message(tape));
    x->requires_grad = true;
    gd_tensor *cubes = gd_mul(tape, x, gd_mul(tape, x, x));
    gd_tensor *product = gd_mul(tape, gd_slice(tape, x, 0, 0, 1, 1), gd_slice(tape, x, 0, 1, 2, 1));
    gd_tensor *f = gd_add(tape, gd_sum(tape, cubes, GD_ALL_DIMS, false), product);
    gd_grad_options again = {.create_graph = true};
    must(gd_grad(tape, f, &x, 1, &g, &again) == GD_OK, gd_tape_message(tape));
    gd_tensor *gv = gd_sum(tape, gd_mul(tape, g, v), GD_ALL_DIMS, false);
    must(gd_grad(tape, gv, &x, 1, &hv, NULL) == GD_OK, gd_tape_message(tape));
    printf("\n");
    show("x", x);
    show("f", f);
    show("gradient", g);
    show("v", v);
    show("H v", hv);
}

int main(int argc, char **argv)
{
    gd_tape *tape = gd_tape_create();
    must(tape != NULL, gd_message());
    show_differences(argc > 1 ? argv[1] : NULL);
    show_gradcheck();
    gd_tape_reset(tape);
    example_trace(__FILE__, tape, NULL);
    show_anomaly(tape);
    show_twice(tape);
    example_trace_end();
    gd_tape_destroy(tape);
    return 0;
}
