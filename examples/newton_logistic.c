/* Newton's method without a Hessian, beside L-BFGS, on one regularised logistic regression.
 *
 * Newton's step s leads to the minimum of the quadratic that the loss looks like from here: H s =
 * -g, with g the gradient and H the Hessian. Conjugate gradients solve that with products H d
 * alone, each of which is a gradient of a gradient. L-BFGS asks for gradients only and guesses H
 * from how they change: more steps, each of them cheaper. Both end in one place, as the loss is
 * strictly convex; but L-BFGS looks at the loss itself, and stops where rounding hides what is
 * left to gain, Newton at the gradient alone. main() comes last.
 *
 * newton_logistic [--seed N] [--quiet] [FILE] */
#include "common/example.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>

/* What is minimised, by w [D+1]: weights, and the bias behind them. */
typedef struct problem {
    gd_tape *tape;
    gd_tensor *w;
    example_part train; /* x [N,D], float64; y [N], 0 or 1 */
    bool quiet;
    int step, evaluations, products; /* so far: of loss and gradient; H d */
} problem;

/* Scores [N] of rows x [N,D]. */
static gd_tensor *scores_of(gd_tape *tape, gd_tensor *x, gd_tensor *w)
{
    gd_tensor *weights = gd_slice(tape, w, 0, 0, -1, 1);
    gd_tensor *bias = gd_slice(tape, w, 0, -1, INT64_MAX, 1);
    return gd_add(tape, gd_matmul(tape, x, weights), bias);
}

/* The sum of cross entropies + 10 |weights|^2 / 2. */
static gd_tensor *loss_of(const problem *p)
{
    gd_binary_cross_entropy_with_logits_options sum = {.reduction = GD_REDUCTION_SUM};
    gd_tensor *fit = gd_binary_cross_entropy_with_logits(
        p->tape, scores_of(p->tape, p->train.x, p->w), gd_cast(p->tape, p->train.y, GD_F64), &sum);
    gd_tensor *weights = gd_slice(p->tape, p->w, 0, 0, -1, 1);
    gd_tensor *penalty =
        gd_mul(p->tape, gd_scalar(p->tape, 10 / 2., GD_F64), gd_matmul(p->tape, weights, weights));
    return gd_add(p->tape, fit, penalty);
}

/* a . b of a and b [D+1]. */
static double dot(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd_item(gd_matmul(tape, a, b));
}

/* A line of the table; the gradient is g. */
static void show(const problem *p, const char *method, gd_tensor *g, double loss)
{
    if (!p->quiet)
        printf("%-8s %4d %12d %9d   %.1e   %.12f\n", method, p->step, p->evaluations, p->products,
               sqrt(dot(p->tape, g, g)), loss);
}

/* ---- Newton's method ---------------------------------------------------------------------- */

/* d f / d x on the tape, of x's shape. */
static gd_tensor *gradient(gd_tape *tape, gd_tensor *f, gd_tensor *x, bool create_graph)
{
    gd_tensor *g;
    gd_grad_options options = {.create_graph = create_graph};
    example_check(gd_grad(tape, f, &x, 1, &g, &options) == GD_OK, gd_tape_message(tape));
    return g;
}

/* a + by b, of a and b [D+1]. */
static gd_tensor *plus(gd_tape *tape, gd_tensor *a, double by, gd_tensor *b)
{
    return gd_add(tape, a, gd_mul(tape, gd_scalar(tape, by, GD_F64), b));
}

/* s, H s = -g but for a thousandth of |g|; g [D+1] is recorded.
 *
 * Conjugate gradients (Hestenes and Stiefel 1952): r = -g - H s is what is left to do, and each
 * direction d is conjugate to those before it (d H d' = 0), so that none undoes another. d does
 * not depend on w, so
 *     d/dw_j (g . d) = sum_i dg_i/dw_j d_i = sum_i H_ij d_i = (H d)_j     as H is symmetric. */
static gd_tensor *newton_step(problem *p, gd_tensor *g)
{
    gd_tape *tape = p->tape;
    gd_tensor *r = gd_neg(tape, gd_detach(tape, g)), *d = r;
    gd_tensor *s = gd_zeros(tape, GD_F64, 1, p->w->shape);
    double rr = dot(tape, r, r), little = 1e-6 * rr;
    for (int k = 0; rr > little && k < 2 * p->w->shape[0]; ++k) { /* D + 1 do without rounding */
        gd_tensor *hd = gradient(tape, gd_matmul(tape, g, d), p->w, false);
        double along = rr / dot(tape, d, hd), before = rr;
        s = plus(tape, s, along, d);
        r = plus(tape, r, -along, hd);
        rr = dot(tape, r, r);
        d = plus(tape, r, rr / before, d);
        ++p->products;
    }
    return s;
}

/* Far from a minimum a step may lead uphill and would have to be made shorter; from w = 0 none
 * does here. Returns the least loss. */
static double newton(problem *p)
{
    for (; p->step < 100; ++p->step) {
        gd_tape_reset(p->tape);
        gd_tensor *loss = loss_of(p), *g = gradient(p->tape, loss, p->w, true);
        ++p->evaluations;
        show(p, "newton", g, gd_item(loss));
        if (dot(p->tape, g, g) <= 1e-8 * 1e-8)
            return gd_item(loss);
        gd_tensor *next = plus(p->tape, p->w, 1, newton_step(p, g));
        example_check(next != NULL && gd_tensor_copy(p->w, next) == GD_OK,
                      gd_tape_message(p->tape));
    }
    example_fail("Newton's method has found no minimum");
}

/* ---- L-BFGS ------------------------------------------------------------------------------- */

static gd_status evaluate(void *context, double *loss)
{
    problem *p = context;
    gd_tape_reset(p->tape);
    gd_zero_grad(p->w);
    gd_tensor *f = loss_of(p);
    example_check(gd_backward(p->tape, f) == GD_OK, gd_tape_message(p->tape));
    *loss = gd_item(f);
    ++p->evaluations;
    return GD_OK;
}

/* A step a call, for the table; without one, a call with .max_iter = 1000 would do. Each call
 * begins with an evaluation here that has just been made for the table, and was the last of the
 * step before: they count once. */
static void lbfgs(problem *p, gd_parameters *parameters)
{
    gd_lbfgs_options options = {.max_iter = 1, .max_eval = 25, .tolerance_change = GD_SOME(0)};
    gd_optimizer *optimizer = example_must(gd_lbfgs_create(parameters, &options));
    double loss, before = (double)INFINITY;
    for (; evaluate(p, &loss) == GD_OK && loss < before; ++p->step, before = loss) {
        if (p->step % 5 == 0)
            show(p, "l-bfgs", p->w->grad, loss);
        example_check(gd_lbfgs_step(optimizer, evaluate, p) == GD_OK, gd_message());
        p->evaluations -= 2;
    }
    show(p, "l-bfgs", p->w->grad, loss);
    gd_optimizer_destroy(optimizer);
}

/* ------------------------------------------------------------------------------------------- */

/* The share of rows that w puts on the right side, and the mean of their cross entropies. */
static void test_model(const problem *p, const example_part *test, double *accuracy,
                       double *log_loss)
{
    gd_tape_reset(p->tape);
    gd_tensor *scores = scores_of(p->tape, test->x, p->w), *y = gd_cast(p->tape, test->y, GD_F64);
    *log_loss = gd_item(gd_binary_cross_entropy_with_logits(p->tape, scores, y, NULL));
    gd_tensor *said = gd_gt(p->tape, scores, gd_scalar(p->tape, 0, GD_F64));
    gd_tensor *right = gd_eq(p->tape, gd_cast(p->tape, said, GD_F64), y);
    *accuracy = gd_item(gd_mean(p->tape, gd_cast(p->tape, right, GD_F64), GD_ALL_DIMS, false));
    example_check(gd_tape_status(p->tape) == GD_OK, gd_tape_message(p->tape));
}

int main(int argc, char **argv)
{
    double start = example_seconds(), accuracy, log_loss;
    example_options options = {.file = EXAMPLES_DATA "/breast_cancer.csv"};
    example_parse(&options, argc, argv);
    gd_table *table = example_must(gd_table_read(options.file, NULL));
    example_check(example_classes(table) == 2,
                  "the last column must hold exactly two different texts");
    gd_parameters *parameters = example_must(gd_parameters_create());
    problem p = {.tape = example_must(gd_tape_create()),
                 .w = example_must(
                     gd_parameters_add(parameters, "w", GD_F64, GD_DIMS(gd_table_columns(table)))),
                 .quiet = options.quiet};
    example_part test;
    example_split(table, GD_F64, options.seed, &p.train, &test);
    example_standardize(&p.train, &test);

    example_trace(__FILE__, p.tape, parameters);
    if (!p.quiet)
        printf("method   step  evaluations  products       |g|   loss\n");
    problem by_newton = p;
    double loss = newton(&by_newton);
    test_model(&p, &test, &accuracy, &log_loss);
    gd_tensor *found = example_must(gd_tensor_create_copy(p.w));
    example_check(gd_tensor_fill(p.w, 0) == GD_OK, gd_message()); /* the same start */
    lbfgs(&p, parameters);
    printf("{\"test_accuracy\": %.6f, \"test_log_loss\": %.12f, \"loss\": %.12f, "
           "\"newton_steps\": %d, \"newton_products\": %d, \"lbfgs_steps\": %d, "
           "\"lbfgs_evaluations\": %d, \"largest_difference\": %.2g, \"seconds\": %.6f}\n",
           accuracy, log_loss, loss, by_newton.step, by_newton.products, p.step, p.evaluations,
           example_difference(found, p.w), example_seconds() - start);
    gd_tensor_destroy(found);
    example_trace_end();
    gd_tape_destroy(p.tape);
    gd_parameters_destroy(parameters);
    gd_table_destroy(table);
    example_part_destroy(&p.train);
    example_part_destroy(&test);
    return 0;
}
