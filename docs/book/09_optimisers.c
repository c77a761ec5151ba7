/* Chapter 9: SGD, momentum and Adam walk down the same valley. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "examples/common/example.h"

#include <gradus.h>

#include <math.h>

enum { STEPS = 100 };

/* Where a walk was after each step, [0] the start. */
typedef struct walk {
    double x[STEPS + 1], y[STEPS + 1], loss[STEPS + 1];
} walk;

/* The valley (x^2 + 400 y^2) / 2 of w = (x, y): steep across, gentle along. */
static gd_tensor *valley(gd_tape *tape, gd_tensor *w)
{
    gd_tensor *curvature = gd_from_data(tape, GD_F64, (const double[]){.5, 200}, GD_DIMS(2));
    return gd_sum(tape, gd_mul(tape, gd_mul(tape, w, w), curvature), GD_ALL_DIMS, false);
}

static walk run(gd_tape *tape, gd_parameters *parameters, gd_optimizer *optimizer)
{
    static walk r;
    gd_tensor *w = gd_parameters_at(parameters, 0);
    must(optimizer != NULL, gd_message());
    for (int step = 0; step <= STEPS; ++step) {
        gd_tape_reset(tape);
        gd_optimizer_zero_grad(optimizer);
        gd_tensor *loss = valley(tape, w);
        must(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
        r.x[step] = ((const double *)w->data)[0];
        r.y[step] = ((const double *)w->data)[1];
        r.loss[step] = gd_item(loss);
        must(gd_optimizer_step(optimizer) == GD_OK, gd_message());
    }
    example_trace_end();
    gd_optimizer_destroy(optimizer);
    gd_parameters_destroy(parameters);
    return r;
}

/* A list with w = (-10, 1). */
static gd_parameters *start(void)
{
    gd_parameters *parameters = gd_parameters_create();
    gd_tensor *w = gd_parameters_add(parameters, "w", GD_F64, GD_DIMS(2));
    must(w != NULL, gd_message());
    ((double *)w->data)[0] = -10;
    ((double *)w->data)[1] = 1;
    return parameters;
}

static walk sgd(gd_tape *tape, double rate, double momentum)
{
    gd_parameters *p = start();
    return run(
        tape, p,
        gd_sgd_create(p, &(gd_sgd_options){.learning_rate = GD_SOME(rate), .momentum = momentum}));
}

static walk adam(gd_tape *tape, double rate)
{
    gd_parameters *p = start();
    gd_tape_reset(tape);
    example_trace(__FILE__, tape, p);
    return run(tape, p, gd_adam_create(p, &(gd_adam_options){.learning_rate = GD_SOME(rate)}));
}

static void show_walk(const char *name, const walk *r)
{
    static const int steps[] = {0, 1, 2, 3, 5, 13, 50, 100};
    printf("\n%s\nstep       x        y       loss\n", name);
    for (int i = 0; i < 8; ++i)
        printf("%4d %7.3f %8.3f %10.3g\n", steps[i], r->x[steps[i]], r->y[steps[i]],
               r->loss[steps[i]]);
}

/* Adam by hand, for x alone. m and v: [STEPS + 1]. Returns the largest difference to `theirs`. */
static double adam_by_hand(const walk *theirs, double rate, double *m, double *v)
{
    double x = -10, worst = 0;
    m[0] = v[0] = 0;
    printf("\nstep        g        m      m^        v      v^   m^ / sqrt v^        x\n");
    for (int step = 1; step <= STEPS; ++step) {
        double g = x; /* the slope of x^2 / 2 */
        m[step] = 0.9 * m[step - 1] + 0.1 * g;
        v[step] = 0.999 * v[step - 1] + 0.001 * g * g;
        double m_hat = m[step] / (1 - pow(0.9, step)), v_hat = v[step] / (1 - pow(0.999, step));
        x -= rate * m_hat / (sqrt(v_hat) + 1e-8);
        worst = fmax(worst, fabs(x - (step < STEPS ? theirs->x[step] : x)));
        if (step <= 3 || step == 30 || step == 99)
            printf("%4d %8.3f %8.3f %7.3f %8.4f %7.2f %14.3f %8.3f\n", step, g, m[step], m_hat,
                   v[step], v_hat, m_hat / sqrt(v_hat), x);
    }
    return worst;
}

static void draw(const char *path, const walk walks[3], const double *m, const double *v)
{
    static const char *const names[] = {"SGD, rate 0.0045", "momentum 0.9, rate 0.0045",
                                        "Adam, rate 0.5"};
    static double step[STEPS], mean[STEPS], root[STEPS];
    cli_series paths[3];
    for (int i = 0; i < 3; ++i)
        paths[i] = (cli_series){names[i], walks[i].x, walks[i].y, STEPS + 1, i, false};
    for (int i = 0; i < STEPS; ++i) {
        step[i] = i + 1;
        mean[i] = m[i + 1] / (1 - pow(0.9, i + 1));
        root[i] = sqrt(v[i + 1] / (1 - pow(0.999, i + 1)));
    }
    const cli_series memories[] = {{"m^", step, mean, STEPS, 0, false},
                                   {"sqrt v^", step, root, STEPS, 1, false}};
    const cli_chart charts[] = {
        {.id = "paths",
         .title = "100 steps from (-10, 1) towards (0, 0)",
         .description = "SGD swings across the valley, momentum overshoots, Adam swings less",
         .x_title = "x",
         .y_title = "y",
         .series = paths,
         .count = 3},
        {.id = "memories",
         .title = "what Adam remembers of x",
         .description = "the mean gradient and the root of the mean square",
         .x_title = "step",
         .series = memories,
         .count = 2,
         .whole_x = true},
    };
    picture_charts(path, charts, 2);
}

int main(int argc, char **argv)
{
    static double m[STEPS + 1], v[STEPS + 1];
    gd_tape *tape = gd_tape_create();
    must(tape != NULL, gd_message());
    static const double rates[] = {0.002, 0.0045, 0.0051};
    printf("SGD: the loss at step      0       1       2       3      50     100\n");
    for (int i = 0; i < 3; ++i) {
        walk r = sgd(tape, rates[i], 0);
        printf("rate %.4f          %8.3g %7.3g %7.3g %7.3g %7.3g %7.3g\n", rates[i], r.loss[0],
               r.loss[1], r.loss[2], r.loss[3], r.loss[50], r.loss[100]);
    }
    walk walks[] = {sgd(tape, 0.0045, 0), sgd(tape, 0.0045, 0.9), adam(tape, 0.5)};
    show_walk("SGD, rate 0.0045", &walks[0]);
    show_walk("momentum 0.9, rate 0.0045", &walks[1]);
    double difference = adam_by_hand(&walks[2], 0.5, m, v);
    printf("the library's x is the same: %s\n", difference < 1e-9 ? "yes" : "no");
    show_walk("Adam, rate 0.5", &walks[2]);
    gd_tape_destroy(tape);
    if (argc > 1)
        draw(argv[1], walks, m, v);
    return 0;
}
