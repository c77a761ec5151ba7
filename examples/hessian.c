/* Gradients of gradients: a Jacobian, Hessian-vector products, and Newton's method with them.
 *
 * What gd_grad gives with .create_graph is recorded like anything else, and can be differentiated
 * again. main() comes last; what it calls stands above it, in that order. */
#include "common/example.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>

/* d f / d x on the tape, in x's shape; with options.gradient u, of f's shape: of the sum of u f. */
static gd_tensor *gradient(gd_tape *tape, gd_tensor *f, gd_tensor *x, gd_grad_options options)
{
    gd_tensor *g;
    example_check(gd_grad(tape, f, &x, 1, &g, &options) == GD_OK, gd_tape_message(tape));
    return g;
}

/* Prints two contiguous tensors of one shape, and how far they are from each other. */
static void compare(gd_tape *tape, const char *what, const gd_tensor *ours, const gd_tensor *hand)
{
    double most = 0;
    example_check(gd_tape_status(tape) == GD_OK, gd_tape_message(tape));
    for (int64_t i = 0; i < gd_tensor_numel(ours); ++i) {
        double difference = fabs(((double *)ours->data)[i] - ((double *)hand->data)[i]);
        most = most >= difference || isnan(most) ? most : difference; /* keeps a NaN */
    }
    printf("%s by gd_grad, and by hand (largest difference %.1e):\n", what, most);
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
    for (int i = 0; i < 2; ++i) {
        gd_tensor *u = gd_from_data(tape, GD_F64, (double[]){i == 0, i == 1}, GD_DIMS(2));
        gd_tensor *row = gradient(tape, y, x, (gd_grad_options){.gradient = u});
        gd_tensor rows = gd_tensor_slice(j, 0, i, i + 1, 1); /* [1,3] */
        gd_tensor hand = gd_tensor_reshape(&rows, GD_DIMS(3));
        compare(tape, i == 0 ? "Row 0 of J" : "Row 1 of J", row, &hand);
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

/* a . b of a and b [D]. NaN, and the tape's error, where that fails. */
static double dot(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd_item(gd_matmul(tape, a, b));
}

/* a = keep a + by b, in place, of contiguous a and b [D]. */
static void update(gd_tensor *a, double keep, double by, const gd_tensor *b)
{
    for (int64_t i = 0; i < a->shape[0]; ++i)
        ((double *)a->data)[i] = keep * ((double *)a->data)[i] + by * ((double *)b->data)[i];
    gd_tensor_modified(a);
}

/* Adds Newton's step s, H s = -g, to w [D]; g [D] is recorded. Returns how many H d that took.
 *
 * Conjugate gradients (Hestenes and Stiefel 1952): r = -g - H s is what is left to do, and each
 * direction d is conjugate to those before it (d H d' = 0), so that none undoes another. Far from
 * the minimum a rough s will do; |r| below |g|^1.5 makes the convergence superlinear. */
static int newton_step(gd_tape *tape, gd_tensor *w, gd_tensor *g)
{
    gd_tensor *s = gd_zeros(tape, GD_F64, 1, w->shape), *r = gd_zeros(tape, GD_F64, 1, w->shape);
    gd_tensor *d = gd_zeros(tape, GD_F64, 1, w->shape);
    example_check(d != NULL, gd_tape_message(tape));
    example_check(gd_tensor_copy(d, g) == GD_OK, gd_message()); /* g may have any strides */
    update(r, 0, -1, d);
    update(d, 0, 1, r);
    int products = 0;
    double rr = dot(tape, r, r), enough = rr * fmin(0.01, sqrt(rr));
    gd_mark mark = gd_tape_mark(tape); /* after what stays, before what a product leaves */
    for (; rr > enough && products < 2 * w->shape[0]; ++products) { /* D do if nothing is rounded */
        gd_tensor *hd = hessian_times(tape, w, g, d);
        double along = rr / dot(tape, d, hd), before = rr;
        update(s, 1, along, d);
        update(r, 1, -along, hd);
        rr = dot(tape, r, r);
        update(d, rr / before, 1, r);
        gd_tape_release(tape, mark); /* hd is gone; the tape is as large as before it */
    }
    update(w, 1, 1, s);
    return products;
}

/* From w = 0 until |g| <= 1e-9; a line of the table at every so many steps and at the end: what w
 * is worth, the products H d so far, and how much the step before left on the tape. */
static void minimise(gd_tape *tape, const problem *p, bool newton, int every)
{
    int products = 0;
    size_t bytes = 0;
    update(p->w, 0, 0, p->w);
    for (int step = 0; step <= 10000; ++step) {
        gd_tape_reset(tape);
        gd_tensor *loss = loss_of(tape, p);
        gd_tensor *g = gradient(tape, loss, p->w, (gd_grad_options){.create_graph = newton});
        double norm = sqrt(dot(tape, g, g));
        if (step % every == 0 || norm <= 1e-9)
            printf("%-8s %6d   %.12f   %.1e %8d %8zu\n", newton ? "newton" : "descent", step,
                   gd_item(loss), norm, products, bytes);
        if (norm <= 1e-9)
            return;
        if (newton)
            products += newton_step(tape, p->w, g);
        else
            update(p->w, 1, -0.7, g); /* just below 1 / (largest eigenvalue of any H) */
        example_check(gd_tape_status(tape) == GD_OK, gd_tape_message(tape));
        bytes = gd_tape_bytes(tape);
    }
    example_fail("there is no minimum within 10000 steps");
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
    printf("\nmethod     step   loss             |g|          H d    bytes\n");
    minimise(tape, &p, false, 500);
    minimise(tape, &p, true, 1);
    gd_tape_destroy(tape);
    gd_tensor_destroy(p.x);
    gd_tensor_destroy(p.y);
    gd_tensor_destroy(p.w);
    return 0;
}
