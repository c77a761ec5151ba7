/* Gradients of gradients: a Jacobian, and a Hessian-vector product, each beside what it is by
 * hand.
 *
 * What gd_grad gives with .create_graph is recorded like anything else, and can be differentiated
 * again. main() comes last; what it calls stands above it, in that order. */
#include "common/example.h"

#include <gradus.h>

#include <stdio.h>

/* d f / d x on the tape, in x's shape; with options.gradient u, of f's shape: of the sum of u
 * f. */
static gd_tensor *gradient(gd_tape *tape, gd_tensor *f, gd_tensor *x, gd_grad_options options)
{
    gd_tensor *g;
    example_check(gd_grad(tape, f, &x, 1, &g, &options) == GD_OK, gd_tape_message(tape));
    return g;
}

/* Prints two contiguous tensors of one shape, and how far they are from each other. */
static void compare(gd_tape *tape, const char *what, const gd_tensor *ours, const gd_tensor *hand)
{
    example_check(gd_tape_status(tape) == GD_OK, gd_tape_message(tape));
    printf("%s by gd_grad, and by hand (largest difference %.1e):\n", what,
           example_difference(ours, hand));
    example_check(gd_tensor_fprint(stdout, ours) == GD_OK, gd_message());
    example_check(gd_tensor_fprint(stdout, hand) == GD_OK, gd_message());
}

/* y = tanh(W x), x [3], W [2,3], y [2], has the Jacobian J = diag(1 - y^2) W [2,3]. gd_grad gives
 * u J for any u [2]: row i of J for the u that is 1 at i and 0 elsewhere. */
static void show_jacobian(gd_tape *tape)
{
    gd_tensor *w = gd_from_data(tape, GD_F64, (double[]){0.5, -1, 2, 1.5, 1, -0.5}, GD_DIMS(2, 3));
    gd_tensor *x = gd_from_data(tape, GD_F64, (double[]){0.3, -0.2, 0.1}, GD_DIMS(3));
    example_check(x != NULL, gd_tape_message(tape));
    x->requires_grad = true;
    gd_tensor *y = gd_tanh(tape, gd_matmul(tape, w, x));
    gd_tensor *slope = gd_sub(tape, gd_scalar(tape, 1, GD_F64), gd_mul(tape, y, y));
    gd_tensor *j = gd_mul(tape, gd_reshape(tape, slope, GD_DIMS(2, 1)), w);
    gd_mark mark = gd_tape_mark(tape); /* after what stays, before what a row leaves */
    for (int i = 0; i < 2; ++i) {
        gd_tensor *u = gd_from_data(tape, GD_F64, (double[]){i == 0, i == 1}, GD_DIMS(2));
        gd_tensor *row = gradient(tape, y, x, (gd_grad_options){.gradient = u});
        gd_tensor rows = gd_tensor_slice(j, 0, i, i + 1, 1); /* [1,3] */
        gd_tensor hand = gd_tensor_reshape(&rows, GD_DIMS(3));
        compare(tape, i == 0 ? "Row 0 of J" : "Row 1 of J", row, &hand);
        gd_tape_release(tape, mark); /* as large as before: a thousand rows take no more memory */
    }
}

/* H v, with H the Hessian of what g is the gradient of. v does not depend on w, so
 *     d/dw_j (g . v) = sum_i dg_i/dw_j v_i = sum_i H_ij v_i = (H v)_j     as H is symmetric:
 * one more walk back, and H [D,D] itself is nowhere. w, g (recorded), v [D] -> [D]. */
static gd_tensor *hessian_times(gd_tape *tape, gd_tensor *w, gd_tensor *g, gd_tensor *v)
{
    return gradient(tape, gd_matmul(tape, g, v), w, (gd_grad_options){.create_graph = false});
}

/* Logistic regression: x [N,D] measurements, y [N] 0 or 1, w [D] to be learnt. */
typedef struct problem {
    gd_tensor *x, *y, *w;
} problem;

/* Mean cross entropy + 0.01 |w|^2 / 2 -> []. Strictly convex: H is positive definite. */
static gd_tensor *loss_of(gd_tape *tape, const problem *p)
{
    gd_tensor *scores = gd_matmul(tape, p->x, p->w);
    gd_tensor *fit = gd_binary_cross_entropy_with_logits(tape, scores, p->y, NULL);
    gd_tensor *square = gd_matmul(tape, p->w, p->w);
    return gd_add(tape, fit, gd_mul(tape, square, gd_scalar(tape, 0.01 / 2, GD_F64)));
}

/* By hand: H = X^T diag(q) X / N + 0.01 I with q = s (1 - s), s the sigmoid of X w. */
static void show_hessian(gd_tape *tape, const problem *p)
{
    gd_tensor *v = gd_arange(tape, GD_F64, 0, (double)p->w->shape[0], 1);
    gd_tensor *g = gradient(tape, loss_of(tape, p), p->w, (gd_grad_options){.create_graph = true});
    gd_tensor *s = gd_sigmoid(tape, gd_matmul(tape, p->x, p->w));
    gd_tensor *q = gd_mul(tape, s, gd_sub(tape, gd_scalar(tape, 1, GD_F64), s));
    gd_tensor *qxv = gd_mul(tape, q, gd_matmul(tape, p->x, v)); /* [N], a row where it is left */
    gd_tensor *n = gd_scalar(tape, (double)p->x->shape[0], GD_F64);
    gd_tensor *hand = gd_add(tape, gd_div(tape, gd_matmul(tape, qxv, p->x), n),
                             gd_mul(tape, v, gd_scalar(tape, 0.01, GD_F64)));
    compare(tape, "H (0, 1, .., 9)", hessian_times(tape, p->w, g, v), hand);
}

int main(void)
{
    problem p = {.w = gd_tensor_create_full(GD_F64, 0.1, GD_DIMS(10))};
    gd_tape *tape = gd_tape_create();
    example_check(p.w != NULL && tape != NULL, gd_message());
    p.w->requires_grad = true;
    example_load(EXAMPLES_DATA "/breast_cancer.csv", 10, &p.x, &p.y);
    show_jacobian(tape);
    show_hessian(tape, &p);
    gd_tape_destroy(tape);
    gd_tensor_destroy(p.x);
    gd_tensor_destroy(p.y);
    gd_tensor_destroy(p.w);
    return 0;
}
