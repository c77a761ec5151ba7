/* Cosine embedding: vectors that belong together shall point the same way, others shall not.
 *
 * Definition. With c = a . b / sqrt((|a|^2 + eps) (|b|^2 + eps)), eps = 1e-12 (as in PyTorch),
 *     l = 1 - c for y = 1,    max(0, c - margin) for y = -1.
 * Gradients. dl/dc = -1, or [c > margin]; with A = |a|^2 + eps, B = |b|^2 + eps
 *     dc/da = b / sqrt(A B) - c a / A,    and dc/db likewise. */
#include "losses/classes.h"
#include "losses/loss_list.h"
#include "losses/parts.h"
#include "tensor/rows.h"

static const double eps = 1e-12;

/* ---- the cosine of two vectors ---- */

static bool cosine_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_floats(tape, n))
        return false;
    return gd__check_vectors(tape, n);
}

static bool cosine_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    gd_dtype dtype = n->out->dtype;
    gd__rows r = gd__rows_begin(2, (const gd_tensor *[]){n->in[0], n->in[1]}, n->in[0]->ndim - 1);
    while (gd__rows_next(&r)) {
        double dot = 0, a2 = eps, b2 = eps;
        for (int64_t j = 0; j < r.size; ++j) {
            double a = gd__float_at(dtype, r.data[0], j * r.step[0]);
            double b = gd__float_at(dtype, r.data[1], j * r.step[1]);
            dot += a * b;
            a2 += a * a;
            b2 += b * b;
        }
        gd__set_float_at(dtype, n->out->data, r.number, dot / sqrt(a2) / sqrt(b2));
    }
    return true;
}

static gd_tensor *squared_norm(gd_tape *tape, gd_tensor *x)
{
    gd_tensor *sum = gd_sum(tape, gd_mul(tape, x, x), GD_DIMS(-1), true);
    return gd_add(tape, sum, gd_scalar_like(tape, eps, sum));
}

static gd_tensor *cosine_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *a = n->in[i], *b = n->in[1 - i], *a2 = squared_norm(tape, a);
    gd_tensor *r = gd_mul(tape, gd_rsqrt(tape, a2), gd_rsqrt(tape, squared_norm(tape, b)));
    gd_tensor *c = gd_mul(tape, gd_sum(tape, gd_mul(tape, a, b), GD_DIMS(-1), true), r);
    gd_tensor *slope = gd_sub(tape, gd_mul(tape, r, b), gd_mul(tape, gd_div(tape, c, a2), a));
    return gd__times_upstream(tape, gd_unsqueeze(tape, dy, -1), slope);
}

const gd_op gd__op_cosine = {
    .name = "cosine",
    .formula = "a . b / sqrt((|a|^2 + 1e-12) (|b|^2 + 1e-12))",
    .gradient = "da = dy * (b / sqrt(A B) - y a / A), A = |a|^2 + 1e-12, db likewise",
    .shapes = "[..,D] [..,D] -> [..]",
    .least_operands = 2,
    .most_operands = 2,
    .check = cosine_check,
    .forward = cosine_forward,
    .grad = cosine_grad,
    .reads = {GD_READS(0) | GD_READS(1), GD_READS(0) | GD_READS(1)},
    .samples = gd__vector_samples,
    .refused = gd__vector_refused,
};

/* ---- the loss of a cosine ---- */

enum { MARGIN };

static void loss_of(const gd__elements *e, double *loss)
{
    double margin = gd__number_of(e->node, MARGIN);
    for (int64_t j = 0; j < e->n; ++j) {
        double c = e->v[0][j];
        loss[j] = e->v[1][j] == 1 ? 1 - c : c <= margin ? 0 : c - margin;
    }
}

static void slope_of(const gd__elements *e, int i, double *slope)
{
    (void)i;
    double margin = gd__number_of(e->node, MARGIN);
    for (int64_t j = 0; j < e->n; ++j)
        slope[j] = e->v[1][j] == 1 ? -1 : e->v[0][j] <= margin ? 0 : 1;
}

static gd_tensor *slope_op(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i)
{
    (void)i;
    gd_tensor *c = v[0], *margin = gd_scalar_like(tape, gd__number_of(n, MARGIN), c);
    gd_tensor *together = gd_eq(tape, v[1], gd_scalar_like(tape, 1, c));
    gd_tensor *apart = gd_sign(tape, gd_relu(tape, gd_sub(tape, c, margin)));
    return gd_where(tape, together, gd_scalar_like(tape, -1, c), apart);
}

static int print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_numbers(buffer, size, attributes, ", margin=%g");
}

static const gd__element_loss form = {.operands = 2,
                                      .accepted = {{.what = NULL},
                                                   {.what = "target",
                                                    .low = -1,
                                                    .high = 1,
                                                    .only_ends = true,
                                                    .rule = "is neither 1 nor -1"}},
                                      .safe = {0, 1},
                                      .loss = loss_of,
                                      .slopes = 1,
                                      .slope = slope_of,
                                      .slope_op = slope_op};

const gd_op gd__op_cosine_embedding_loss = {
    .name = "cosine_embedding_loss",
    .formula = "1 - c for y = 1, max(0, c - margin) for y = -1, c the cosine, reduced",
    .gradient = "dc = -u for y = 1, u * [c > margin] for y = -1, dy = 0, u = dl / D",
    .shapes = "c, y, mask -> [] or c; y of c's shape, the mask broadcasts to it",
    .ties = "0 at c = margin",
    .least_operands = 2,
    .most_operands = 3,
    .attributes_size = sizeof(gd__numbers),
    .check = gd__elementwise_check,
    .saved_size = gd__elementwise_saved_size,
    .forward = gd__elementwise_forward,
    .grad = gd__elementwise_grad,
    .grad_into = gd__elementwise_grad_into,
    .reads = {GD__PAIR_READS, GD__PAIR_READS},
    .print_attributes = print,
    .detail = &form,
    .domain = {{.low = -1, .high = 1, .gap = 0.1}, {.low = -1, .high = 1, .only_ends = true}},
    .samples = gd__pair_samples,
    .refused = gd__pair_refused,
};

static gd_tensor *loss_of_vectors(gd_tape *tape, gd_tensor *input1, gd_tensor *input2,
                                  gd_tensor *target, const gd_cosine_embedding_loss_options *o)
{
    gd_tensor *cosine = gd__apply2(tape, &gd__op_cosine, input1, input2);
    if (cosine == NULL || !gd_check_operand(tape, target, 2) ||
        !gd__check_positions(tape, input1, input1->ndim - 1, target, "target"))
        return NULL;
    if (target->dtype == GD_I64)
        target = gd_cast(tape, target, cosine->dtype);
    return gd_apply(tape, &gd__op_cosine_embedding_loss, (gd_tensor *[]){cosine, target, o->mask},
                    3, &(gd__numbers){GD__REDUCING(*o), {o->margin}});
}

gd_tensor *gd_cosine_embedding_loss(gd_tape *tape, gd_tensor *input1, gd_tensor *input2,
                                    gd_tensor *target,
                                    const gd_cosine_embedding_loss_options *options)
{
    gd_cosine_embedding_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    if (tape == NULL)
        return NULL;
    const char *before = gd_call_begin(tape, "cosine_embedding_loss");
    return gd_call_end(tape, before, loss_of_vectors(tape, input1, input2, target, &o));
}
