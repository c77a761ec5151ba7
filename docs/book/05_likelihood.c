/* Chapter 5: how likely is what was seen: a coin, then rows with classes. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "examples/common/example.h"

#include <gradus.h>

#include <math.h>

/* 0 for what would be printed as -0.000. */
static double rounded(double x)
{
    return fabs(x) < 0.0005 ? 0 : x;
}

/* 7 heads and 3 tails: the likelihood of p, its logarithm, and the loss, a mean over the tosses. */
static void show_coin(void)
{
    printf("   p   likelihood   its logarithm    loss   slope of the loss\n");
    for (int i = 3; i <= 9; ++i) {
        double p = i / 10.0, log_likelihood = 7 * log(p) + 3 * log(1 - p);
        double slope = -(7 / p - 3 / (1 - p)) / 10;
        printf(" %3.1f   %10.5f   %13.4f   %5.3f   %17.3f\n", p, pow(p, 7) * pow(1 - p, 3),
               log_likelihood, -log_likelihood / 10, rounded(slope));
    }
}

/* A product of many probabilities, and the sum of their logarithms. */
static void show_underflow(void)
{
    double product = 1, sum = 0;
    printf("\ntosses   product of 0.5   sum of ln 0.5\n");
    for (int n = 1; n <= 2000; ++n) {
        product *= 0.5;
        sum += log(0.5);
        if (n == 10 || n == 1000 || n == 2000)
            printf("%6d   %14.3g   %13.5g\n", n, product, sum);
    }
}

/* Gradient descent on p itself, from 0.5. */
static void show_descent(gd_tape *tape)
{
    gd_tensor *p = gd_tensor_create_full(GD_F64, 0.5, 0, NULL);
    must(p != NULL, gd_message());
    p->requires_grad = true;
    printf("\nstep       p    loss   slope\n");
    for (int step = 0; step <= 20; ++step) {
        gd_tape_reset(tape);
        gd_zero_grad(p);
        gd_tensor *one = gd_scalar(tape, 1, GD_F64);
        gd_tensor *heads = gd_mul(tape, gd_scalar(tape, 0.7, GD_F64), gd_log(tape, p));
        gd_tensor *tails =
            gd_mul(tape, gd_scalar(tape, 0.3, GD_F64), gd_log(tape, gd_sub(tape, one, p)));
        gd_tensor *loss = gd_neg(tape, gd_add(tape, heads, tails));
        must(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
        if (step <= 2 || step == 20)
            printf("%4d   %.3f   %.3f  %6.3f\n", step, gd_item(p), gd_item(loss),
                   rounded(gd_item(p->grad)));
        *(double *)p->data -= 0.1 * gd_item(p->grad);
        gd_tensor_modified(p);
    }
    gd_tensor_destroy(p);
}

/* nll_loss of rows x [2,3] and the classes y [2]. */
static void show_nll(gd_tape *tape, const char *name, const double *rows)
{
    gd_nll_loss_options none = {.reduction = GD_REDUCTION_NONE};
    gd_nll_loss_options sum = {.reduction = GD_REDUCTION_SUM};
    gd_tape_reset(tape);
    gd_tensor *x = gd_from_data(tape, GD_F64, rows, GD_DIMS(2, 3));
    gd_tensor *y = gd_from_data(tape, GD_I64, (const int64_t[]){2, 1}, GD_DIMS(2));
    must(y != NULL, gd_tape_message(tape));
    x->requires_grad = true;
    gd_tensor *mean = gd_nll_loss(tape, x, y, NULL);
    printf("\n");
    show(name, x);
    show("y", y);
    show("each", gd_nll_loss(tape, x, y, &none));
    show("sum", gd_nll_loss(tape, x, y, &sum));
    show("mean", mean);
    must(gd_backward(tape, mean) == GD_OK, gd_tape_message(tape));
    show("dx", x->grad);
}

static void draw(const char *path)
{
    double p[100], loss[100];
    for (int i = 0; i < 100; ++i) {
        p[i] = (i + 1) / 100.0;
        loss[i] = -log(p[i]);
    }
    cli_series series = {.x = p, .y = loss, .count = 100};
    picture_charts(path,
                   &(cli_chart){.id = "nll",
                                .title = "-ln p: the loss of a row",
                                .description = "0 at p = 1, 0.69 at p = 0.5, 4.6 at p = 0.01",
                                .x_title = "p, the probability that the model gave",
                                .y_title = "loss",
                                .series = &series,
                                .count = 1,
                                .style = CLI_LINES},
                   1);
}

int main(int argc, char **argv)
{
    gd_tape *tape = gd_tape_create();
    must(tape != NULL, gd_message());
    example_trace(__FILE__, tape, NULL);
    show_coin();
    show_underflow();
    show_descent(tape);
    show_nll(tape, "ln p", (const double[]){log(.2), log(.3), log(.5), log(.8), log(.1), log(.1)});
    show_nll(tape, "x", (const double[]){.1, .3, .5, .2, .4, .6});
    example_trace_end();
    gd_tape_destroy(tape);
    if (argc > 1)
        draw(argv[1]);
    return 0;
}
