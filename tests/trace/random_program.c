#include "random_program.h"
#include "../cmocka_all.h"

#include "../comparing.h"

#include <math.h>

enum { MOST = 64, LEAVES = 5 };

typedef struct maker {
    gd_tape *t;
    gd_dtype dtype;
    uint64_t state;
    gd_tensor *pool[MOST]; /* floats that later ops may take */
    int n;
    gd_tensor *leaves[LEAVES], views[LEAVES], *owned[LEAVES];
} maker;

/* A number of [0, n). */
static int draw(maker *m, int n)
{
    m->state = m->state * 6364136223846793005U + 1442695040888963407U;
    return (int)((m->state >> 33) % (uint64_t)n);
}

static gd_rng stream(maker *m)
{
    return (gd_rng){.key = m->state};
}

static gd_tensor *any(maker *m)
{
    return m->pool[draw(m, m->n)];
}

static double magnitude(const gd_tensor *x)
{
    double most = 0;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        most = fmax(most, fabs(element(x, i)));
    return most;
}

static bool broadcasts(const gd_tensor *a, const gd_tensor *b)
{
    for (int i = 1; i <= a->ndim && i <= b->ndim; ++i) {
        int64_t p = a->shape[a->ndim - i], q = b->shape[b->ndim - i];
        if (p != q && p != 1 && q != 1)
            return false;
    }
    return true;
}

/* Another operand for x: one of the pool that broadcasts with it, or a number. */
static gd_tensor *partner(maker *m, gd_tensor *x)
{
    for (int tries = 0; tries < 8; ++tries) {
        gd_tensor *y = any(m);
        if (broadcasts(x, y))
            return y;
    }
    return gd_scalar_like(m->t, 0.75, x);
}

static int64_t any_dim(maker *m, const gd_tensor *x)
{
    return draw(m, x->ndim) - (draw(m, 2) ? x->ndim : 0);
}

/* Integers of [0, n), of x's shape without dimension dim, or of a shape of its own. */
static gd_tensor *classes(maker *m, int ndim, const int64_t *shape, int64_t n)
{
    gd_tensor *index = gd_zeros(m->t, GD_I64, ndim, shape);
    for (int64_t i = 0; i < gd_tensor_numel(index); ++i)
        ((int64_t *)index->data)[i] = draw(m, (int)n);
    return index;
}

static gd_tensor *some_mask(maker *m, const gd_tensor *x)
{
    gd_tensor *mask = gd_ones(m->t, GD_BOOL, x->ndim, x->shape);
    for (int64_t i = 0; i < gd_tensor_numel(mask); ++i)
        ((uint8_t *)mask->data)[i] = i == 0 || draw(m, 3) > 0;
    return mask;
}

/* ---- ops: NULL where one does not fit ---- */

static gd_tensor *unary(maker *m, gd_tensor *x)
{
    gd_tape *t = m->t;
    gd_tensor *positive = gd_add(t, gd_mul(t, x, x), gd_scalar_like(t, 0.5, x));
    switch (draw(m, 18)) {
    case 0:
        return gd_tanh(t, x);
    case 1:
        return gd_sigmoid(t, x);
    case 2:
        return gd_relu(t, x);
    case 3:
        return gd_leaky_relu(t, x, 0.1);
    case 4:
        return gd_softplus(t, x);
    case 5:
        return gd_exp(t, gd_tanh(t, x));
    case 6:
        return gd_log(t, positive);
    case 7:
        return gd_sqrt(t, positive);
    case 8:
        return gd_rsqrt(t, positive);
    case 9:
        return gd_abs(t, x);
    case 10:
        return gd_gelu(t, x);
    case 11:
        return gd_silu(t, x);
    case 12:
        return gd_neg(t, x);
    case 13:
        return gd_expm1(t, gd_sigmoid(t, x));
    case 14:
        return gd_clamp(t, x, -0.7, 0.9);
    case 15:
        return gd_pow(t, positive, gd_scalar_like(t, 1.5, x));
    case 16:
        return gd_log1p(t, positive);
    default:
        return gd_clone(t, gd_gelu_tanh(t, x));
    }
}

static gd_tensor *binary(maker *m, gd_tensor *x)
{
    gd_tape *t = m->t;
    gd_tensor *y = partner(m, x);
    switch (draw(m, 7)) {
    case 0:
        return gd_add(t, x, y);
    case 1:
        return gd_sub(t, x, y);
    case 2:
        return gd_mul(t, x, y);
    case 3:
        return gd_div(t, x, gd_add(t, gd_mul(t, y, y), gd_scalar_like(t, 1, y)));
    case 4:
        return gd_maximum(t, x, y);
    case 5:
        return gd_minimum(t, y, x);
    default:
        return gd_where(t, gd_gt(t, x, y), x, y);
    }
}

static gd_tensor *view(maker *m, gd_tensor *x)
{
    gd_tape *t = m->t;
    if (x->ndim == 0)
        return gd_unsqueeze(t, x, 0);
    int dim = (int)any_dim(m, x);
    int64_t size = x->shape[dim < 0 ? dim + x->ndim : dim];
    switch (draw(m, 6)) {
    case 0:
        return gd_transpose(t, x, dim, (int)any_dim(m, x));
    case 1:
        return gd_reshape(t, x, GD_DIMS(-1));
    case 2:
        return gd_slice(t, x, dim, 0, size > 1 ? size - 1 : size, 1 + draw(m, 2));
    case 3:
        return x->ndim < 4 ? gd_unsqueeze(t, x, dim) : NULL;
    case 4:
        return size == 1 && x->ndim > 1 ? gd_squeeze(t, x, dim) : NULL;
    default:
        return x->ndim < 3 ? gd_expand(t, gd_unsqueeze(t, x, 0), x->ndim + 1,
                                       (const int64_t[]){2, -1, -1, -1})
                           : NULL;
    }
}

static gd_tensor *reduction(maker *m, gd_tensor *x)
{
    gd_tape *t = m->t;
    if (x->ndim == 0)
        return NULL;
    bool keep = draw(m, 2), all = draw(m, 3) == 0;
    int64_t dims[] = {any_dim(m, x)};
    int n = all ? 0 : 1;
    switch (draw(m, 7)) {
    case 0:
        return gd_sum(t, x, n, dims, keep);
    case 1:
        return gd_mean(t, x, n, dims, keep);
    case 2:
        return gd_max(t, x, n, dims, keep);
    case 3:
        return gd_logsumexp(t, x, n, dims, keep);
    case 4:
        return gd_var(t, x, n, dims, keep, 0);
    case 5:
        return gd_softmax(t, x, (int)dims[0]);
    default:
        return gd_log_softmax(t, x, (int)dims[0]);
    }
}

static gd_tensor *product(maker *m, gd_tensor *x)
{
    gd_tensor *y = any(m);
    if (x->ndim == 2 && y->ndim == 2 && x->shape[1] == y->shape[1] && draw(m, 2))
        return gd_linear(m->t, x, y, NULL);
    if (x->ndim < 2 || y->ndim < 1)
        return NULL;
    if (y->ndim == 1 ? x->shape[x->ndim - 1] == y->shape[0]
                     : y->ndim == 2 && x->shape[x->ndim - 1] == y->shape[0])
        return gd_matmul(m->t, x, y);
    return x->ndim == 2 ? gd_matmul(m->t, x, gd_transpose(m->t, x, 0, 1)) : NULL;
}

static gd_tensor *indexed(maker *m, gd_tensor *x)
{
    gd_tape *t = m->t;
    gd_rng noise = stream(m);
    if (x->ndim == 0)
        return NULL;
    int dim = draw(m, x->ndim);
    gd_tensor *index = classes(m, 1, (const int64_t[]){3}, x->shape[dim]);
    gd_tensor *twice[] = {x, x};
    switch (draw(m, 8)) {
    case 0:
        return gd_index_select(t, x, dim, index);
    case 1:
        return gd_gather(t, x, dim, classes(m, x->ndim, x->shape, x->shape[dim]));
    case 2:
        return x->ndim == 2
                   ? gd_embedding(t, x, classes(m, 2, (const int64_t[]){2, 2}, x->shape[0]))
                   : NULL;
    case 3:
        return gd_concat(t, twice, 2, dim);
    case 4:
        return x->ndim < 4 ? gd_stack(t, twice, 2, dim) : NULL;
    case 5:
        return gd_dropout(t, x, 0.3, &noise);
    case 6:
        return gd_masked_fill(t, x, some_mask(m, x), 0.25);
    default:
        return gd_masked_select(t, x, some_mask(m, x));
    }
}

static gd_tensor *loss(maker *m, gd_tensor *x)
{
    gd_tape *t = m->t;
    gd_rng rng = stream(m);
    gd_tensor *y = gd_zeros(t, x->dtype, x->ndim, x->shape);
    gd_tensor_uniform(y, &rng, 0.1, 0.9);
    bool has_rows = x->ndim == 2 && x->shape[1] > 1;
    switch (draw(m, has_rows ? 8 : 6)) {
    case 0:
        return gd_mse_loss(t, x, y, NULL);
    case 1:
        return gd_l1_loss(t, x, y, NULL);
    case 2:
        return gd_huber_loss(t, x, y, NULL);
    case 3:
        return gd_binary_cross_entropy_with_logits(t, x, y, NULL);
    case 4:
        return gd_binary_cross_entropy(t, gd_sigmoid(t, x), y, NULL);
    case 5:
        return gd_mse_loss(t, x, y, &(gd_loss_options){.mask = some_mask(m, x)});
    case 6:
        return gd_cross_entropy(t, x, classes(m, 1, x->shape, x->shape[1]), NULL);
    default:
        return gd_nll_loss(t, gd_log_softmax(t, x, 1), classes(m, 1, x->shape, x->shape[1]),
                           &(gd_nll_loss_options){.reduction = GD_REDUCTION_SUM});
    }
}

/* ---- the program ---- */

/* Leaves, of which some are views that are not contiguous. */
static void make_leaves(maker *m)
{
    static const int64_t shapes[][3] = {{3, 4}, {4}, {2, 3, 4}, {4, 4}, {3, 1}};
    static const int ndims[] = {2, 1, 3, 2, 2};
    for (int i = 0; i < LEAVES; ++i) {
        gd_rng rng = stream(m);
        rng.counter = (uint64_t)i * 100;
        int64_t wide[3] = {shapes[i][0], shapes[i][1], shapes[i][2]};
        bool is_view = draw(m, 3) == 0;
        int last = ndims[i] - 1;
        wide[last] *= is_view ? 2 : 1;
        m->owned[i] = gd_tensor_create(m->dtype, ndims[i], wide);
        gd_tensor_uniform(m->owned[i], &rng, -1.5, 1.5);
        m->views[i] = gd_tensor_slice(m->owned[i], last, 0, wide[last], is_view ? 2 : 1);
        m->leaves[i] = &m->views[i];
        m->leaves[i]->requires_grad = i == 0 || draw(m, 4) > 0;
    }
}

static void forward(maker *m)
{
    gd_tensor *(*const kinds[])(maker *, gd_tensor *) = {unary, unary,     binary,  binary,
                                                         view,  reduction, product, indexed};
    m->n = LEAVES;
    for (int i = 0; i < LEAVES; ++i)
        m->pool[i] = m->leaves[i];
    for (int wanted = 8 + draw(m, 10); m->n < wanted + LEAVES;) {
        gd_tensor *y = kinds[draw(m, 8)](m, any(m));
        if (gd_tape_status(m->t) != GD_OK)
            fail_msg("%s", gd_tape_message(m->t));
        if (y == NULL || gd_tensor_numel(y) == 0 || gd_tensor_numel(y) > 200)
            continue;
        if (magnitude(y) > 8)
            y = gd_tanh(m->t, y);
        if (draw(m, 20) == 0)
            y = gd_detach(m->t, y);
        m->pool[m->n++] = y;
    }
}

/* The sum of losses of the last results. */
static gd_tensor *total(maker *m)
{
    gd_tensor *sum = gd_mean(m->t, gd_mul(m->t, m->leaves[0], m->leaves[0]), GD_ALL_DIMS, false);
    for (int i = m->n - 1; i >= m->n - 3; --i)
        sum = gd_add(m->t, sum, loss(m, m->pool[i]));
    return sum;
}

static void must(maker *m, gd_status status)
{
    if (status != GD_OK)
        fail_msg("%s", gd_tape_message(m->t));
}

static void descend(gd_tensor *x)
{
    for (int64_t i = 0; x->grad != NULL && i < gd_tensor_numel(x); ++i) {
        int64_t at = 0, left = i;
        for (int d = x->ndim - 1; d >= 0; --d) {
            at += left % x->shape[d] * x->stride[d];
            left /= x->shape[d];
        }
        double step = 0.05 * element(x->grad, i);
        if (x->dtype == GD_F32)
            ((float *)x->data)[at] -= (float)step;
        else
            ((double *)x->data)[at] -= step;
    }
    gd_tensor_modified(x);
}

void random_program(gd_tape *tape, void *context)
{
    const random_program_options *options = context;
    maker m = {.t = tape, .dtype = options->dtype, .state = options->seed * 977 + 5};
    for (int i = 0; i < 8; ++i)
        draw(&m, 2);
    make_leaves(&m);
    int steps = draw(&m, 4) == 0 ? 2 : 1, kind = draw(&m, 5);
    for (int step = 0; step < steps; ++step) {
        gd_tape_reset(tape);
        for (int i = 0; i < LEAVES; ++i)
            if (kind != 1) /* 1: gradients of both steps are summed */
                gd_zero_grad(m.leaves[i]);
        forward(&m);
        gd_tensor *root = total(&m);
        if (kind == 2) { /* a penalty of the gradient */
            gd_tensor *slope;
            must(&m, gd_grad(tape, root, m.leaves, 1, &slope,
                             &(gd_grad_options){.create_graph = true}));
            root = gd_sum(tape, gd_mul(tape, slope, slope), GD_ALL_DIMS, false);
        }
        if (kind == 3) /* two roots, whose gradients are summed */
            must(&m, gd_backward(tape,
                                 gd_sum(tape, gd_sigmoid(tape, m.leaves[0]), GD_ALL_DIMS, false)));
        must(&m, gd_backward(tape, root));
        for (int i = 0; i < LEAVES; ++i)
            if (m.leaves[i]->requires_grad)
                descend(m.leaves[i]);
    }
    gd_tape_reset(tape);
    for (int i = 0; i < LEAVES; ++i) {
        gd_tensor_destroy(m.leaves[i]);
        gd_tensor_destroy(m.owned[i]);
    }
}
