#include "losses/binary.h"
#include "tensor/chunks.h"

#include <math.h>
#include <string.h>

/* What a walk over the elements has for each of them: the operands, then these. */
enum { WHOLE = GD__BINARY_POS_WEIGHT + 1, UPSTREAM, TENSORS };

/* The operand in this place; NULL: left out, or the op has no such place. */
static gd_tensor *operand(const gd_node *n, int place)
{
    return place < n->n_in ? n->in[place] : NULL;
}

/* ---- what is accepted ---- */

/* Dimension of the classes: 1, or 0 of a 1-d input. */
static int class_dim(const gd_tensor *input)
{
    return input->ndim > 1 ? 1 : 0;
}

/* pos_weight [C] stands for the class dimension, wherever that is; any other shape is as it is. */
static gd_tensor by_class(const gd_tensor *pos_weight, const gd_tensor *input)
{
    gd_tensor view = *pos_weight;
    if (view.ndim == 1 && view.shape[0] != 1)
        while (view.ndim < input->ndim - class_dim(input))
            gd__insert_dimension(&view, view.ndim);
    return view;
}

/* x must broadcast to the input's shape. */
static bool check_fits(gd_tape *tape, const gd_tensor *input, const gd_tensor *x,
                       const gd_tensor *given, const char *what)
{
    int added = input->ndim - x->ndim;
    bool fits = added >= 0;
    for (int k = 0; fits && k < x->ndim; ++k)
        fits = x->shape[k] == 1 || x->shape[k] == input->shape[k + added];
    char texts[2][GD__SHAPE_TEXT];
    return fits || gd_tape_fail(tape, GD_ERROR_SHAPE, "%s %s does not broadcast to input %s", what,
                                gd__shape_text(texts[0], given->ndim, given->shape),
                                gd__shape_text(texts[1], input->ndim, input->shape));
}

static bool check_weights(gd_tape *tape, const gd_node *n)
{
    const gd_tensor *input = n->in[GD__BINARY_INPUT], *weight = n->in[GD__BINARY_WEIGHT];
    const gd_tensor *pos_weight = operand(n, GD__BINARY_POS_WEIGHT);
    if (weight != NULL && (!gd__check_same_dtype(tape, n, GD__BINARY_INPUT, GD__BINARY_WEIGHT) ||
                           !check_fits(tape, input, weight, weight, "weight")))
        return false;
    if (pos_weight == NULL)
        return true;
    gd_tensor view = by_class(pos_weight, input);
    return gd__check_same_dtype(tape, n, GD__BINARY_INPUT, GD__BINARY_POS_WEIGHT) &&
           check_fits(tape, input, &view, pos_weight, "pos_weight");
}

bool gd__binary_check(gd_tape *tape, gd_node *n)
{
    const gd__reducing *r = n->attributes;
    const gd_tensor *input = n->in[GD__BINARY_INPUT], *mask = n->in[GD__BINARY_MASK];
    if (!gd__check_reducing(tape, r) || !gd__check_float(tape, n, GD__BINARY_INPUT) ||
        !gd__check_same_dtype(tape, n, GD__BINARY_INPUT, GD__BINARY_TARGET) ||
        !gd__check_target_shape(tape, input, n->in[GD__BINARY_TARGET]) || !check_weights(tape, n))
        return false;
    if (mask != NULL && (!gd__check_dtype(tape, n, GD__BINARY_MASK, GD_BOOL) ||
                         !check_fits(tape, input, mask, mask, "mask")))
        return false;
    gd__set_like(n->out, input);
    if (r->reduction != GD_REDUCTION_NONE)
        n->out->ndim = 0;
    return true;
}

/* ---- element after element ---- */

typedef struct problem {
    const gd_node *node;
    const gd__binary_form *form;
    gd__chunks chunks;
    int place[TENSORS]; /* of each among what is walked; -1: left out */
    double values[TENSORS][GD__CHUNK];
    double a[GD__CHUNK], b[GD__CHUNK];
    int64_t kept; /* elements so far that the mask leaves in */
} problem;

/* `whole` has the input's shape: what is written, or the input again. */
static void begin(problem *p, const gd_node *n, const gd__binary_form *form, const gd_tensor *whole,
                  const gd_tensor *dl)
{
    gd_tensor pos_weight;
    const gd_tensor *given[TENSORS], *walked[TENSORS] = {whole};
    for (int k = 0; k < WHOLE; ++k)
        given[k] = operand(n, k);
    if (given[GD__BINARY_POS_WEIGHT] != NULL) {
        pos_weight = by_class(given[GD__BINARY_POS_WEIGHT], n->in[GD__BINARY_INPUT]);
        given[GD__BINARY_POS_WEIGHT] = &pos_weight;
    }
    given[WHOLE] = NULL;
    given[UPSTREAM] = dl;
    int count = 1;
    for (int k = 0; k < TENSORS; ++k) {
        p->place[k] = given[k] != NULL ? count : -1;
        if (given[k] != NULL)
            walked[count++] = given[k];
    }
    p->place[WHOLE] = 0;
    p->node = n;
    p->form = form;
    p->kept = 0;
    p->chunks = gd__chunks_begin(count, walked);
}

/* This chunk's values; NULL: left out. */
static double *values_of(problem *p, int k)
{
    return p->place[k] >= 0 ? p->values[p->place[k]] : NULL;
}

static bool refuse(gd_tape *tape, const problem *p, const char *what, int64_t j, double value)
{
    char position[GD__SHAPE_TEXT];
    return gd_tape_fail(
        tape, GD_ERROR_VALUE, "%s %g at %s is %s", what, value,
        gd__position_text(position, p->node->in[GD__BINARY_INPUT], p->chunks.first + j),
        strstr(what, "weight") != NULL ? "below 0" : "outside [0,1]");
}

/* Whether all values, where they count, are in [0, most]. */
static bool check_values(gd_tape *tape, problem *p, int k, double most, const char *what)
{
    const double *values = values_of(p, k), *mask = values_of(p, GD__BINARY_MASK);
    bool right = true;
    for (int64_t j = 0; values != NULL && j < p->chunks.n; ++j)
        right &= values[j] >= 0 && values[j] <= most;
    for (int64_t j = 0; !right && j < p->chunks.n; ++j)
        if ((mask == NULL || mask[j] != 0) && !(values[j] >= 0 && values[j] <= most))
            return refuse(tape, p, what, j, values[j]);
    return true;
}

/* a and b of this chunk, times what comes from upstream: u / divisor, if there is one. */
static void make_factors(problem *p, double divisor)
{
    const double *y = values_of(p, GD__BINARY_TARGET), *w = values_of(p, GD__BINARY_WEIGHT);
    const double *v = values_of(p, GD__BINARY_POS_WEIGHT), *mask = values_of(p, GD__BINARY_MASK);
    const double *u = values_of(p, UPSTREAM);
    int64_t n = p->chunks.n;
    for (int64_t j = 0; j < n; ++j) {
        p->a[j] = y[j];
        p->b[j] = 1 - y[j];
    }
    for (int64_t j = 0; v != NULL && j < n; ++j)
        p->a[j] *= v[j];
    for (int64_t j = 0; w != NULL && j < n; ++j) {
        p->a[j] *= w[j];
        p->b[j] *= w[j];
    }
    for (int64_t j = 0; u != NULL && j < n; ++j) {
        p->a[j] *= u[j] / divisor;
        p->b[j] *= u[j] / divisor;
    }
    for (int64_t j = 0; mask != NULL && j < n; ++j)
        if (mask[j] == 0)
            p->a[j] = p->b[j] = 0;
}

static bool load(gd_tape *tape, problem *p, double divisor)
{
    gd__chunks_load(&p->chunks, p->values);
    if (!check_values(tape, p, GD__BINARY_TARGET, 1, "target") ||
        !check_values(tape, p, GD__BINARY_WEIGHT, (double)INFINITY, "weight") ||
        !check_values(tape, p, GD__BINARY_POS_WEIGHT, (double)INFINITY, "pos_weight") ||
        (p->form->of_probabilities && !check_values(tape, p, GD__BINARY_INPUT, 1, "input")))
        return false;
    make_factors(p, divisor);
    return true;
}

/* Whether every element has weight 1 and counts: then there may be a faster loop. */
static bool is_plain(const problem *p)
{
    return p->form->fast_loss != NULL && p->place[GD__BINARY_WEIGHT] < 0 &&
           p->place[GD__BINARY_POS_WEIGHT] < 0 && p->place[GD__BINARY_MASK] < 0;
}

/* The losses of the next chunk. false: there is none, or (the tape has an error) it is refused. */
static bool next_losses(gd_tape *tape, problem *p, double *losses)
{
    if (!gd__chunks_advance(&p->chunks))
        return false;
    const double *mask = values_of(p, GD__BINARY_MASK);
    int x = p->place[GD__BINARY_INPUT], y = p->place[GD__BINARY_TARGET];
    int64_t n = p->chunks.n;
    p->kept += mask == NULL ? n : 0;
    if (is_plain(p) && p->form->fast_loss(&p->chunks, losses, x, y))
        return true;
    if (!load(tape, p, 1))
        return false;
    for (int64_t j = 0; mask != NULL && j < n; ++j)
        p->kept += mask[j] != 0;
    p->form->loss(p->chunks.kernels, n, losses, values_of(p, GD__BINARY_INPUT), p->a, p->b);
    return true;
}

/* Writes or adds the gradient of the next chunk: its slopes times dl / divisor. */
static bool next_gradients(gd_tape *tape, problem *p, double divisor, bool accumulate)
{
    if (!gd__chunks_advance(&p->chunks))
        return false;
    int x = p->place[GD__BINARY_INPUT], y = p->place[GD__BINARY_TARGET], u = p->place[UPSTREAM];
    if (is_plain(p) && p->form->fast_grad(&p->chunks, x, y, u, divisor, accumulate))
        return true;
    if (!load(tape, p, divisor))
        return false;
    double slopes[GD__CHUNK];
    const double *before = values_of(p, WHOLE);
    p->form->slope(p->chunks.kernels, p->chunks.n, slopes, values_of(p, GD__BINARY_INPUT), p->a,
                   p->b);
    for (int64_t j = 0; accumulate && j < p->chunks.n; ++j)
        slopes[j] += before[j];
    gd__chunks_store(&p->chunks, slopes);
    return true;
}

/* What the gradient needs to know again. */
typedef struct kept {
    double divisor;
} kept;

size_t gd__binary_saved_size(const gd_node *n)
{
    (void)n;
    return sizeof(kept);
}

bool gd__binary_forward(gd_tape *tape, const gd_node *n, const gd__binary_form *form)
{
    const gd__reducing *r = n->attributes;
    bool reduce = r->reduction != GD_REDUCTION_NONE;
    const gd_tensor *input = n->in[GD__BINARY_INPUT];
    double losses[GD__CHUNK], high = 0, low = 0;
    problem p;
    begin(&p, n, form, reduce ? input : n->out, NULL);
    while (next_losses(tape, &p, losses)) {
        if (reduce)
            gd__two_sum(&high, &low, p.chunks.kernels->sum_chunk(p.chunks.n, losses));
        else
            gd__chunks_store(&p.chunks, losses);
    }
    if (tape->status != GD_OK)
        return false;
    double divisor = gd__divisor(r, (double)p.kept, input);
    ((kept *)n->saved)->divisor = divisor;
    if (r->count_out != NULL)
        *r->count_out = (double)p.kept;
    if (reduce)
        gd__set_float_at(n->out->dtype, n->out->data, 0,
                         gd__reduced(r, gd__sum_value(high, low), divisor));
    return true;
}

bool gd__binary_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i,
                          gd_tensor *dst, bool accumulate, const gd__binary_form *form)
{
    double divisor = ((const kept *)n->saved)->divisor;
    if (i != GD__BINARY_INPUT || !(divisor > 0))
        return false;
    problem p;
    begin(&p, n, form, dst, dl);
    while (next_gradients(tape, &p, divisor, accumulate))
        ;
    return tape->status == GD_OK;
}

/* ---- every gradient, as ops ---- */

/* What the rule is made of, 0 where the mask is false. */
typedef struct parts {
    gd_tensor *x, *y, *u; /* u = dl / D */
    gd_tensor *weight, *pos_weight;
} parts;

/* x with `value` where the mask is false. */
static gd_tensor *masked(gd_tape *tape, const gd_node *n, gd_tensor *x, double value)
{
    gd_tensor *mask = n->in[GD__BINARY_MASK];
    return mask != NULL ? gd_masked_fill(tape, x, gd_logical_not(tape, mask), value) : x;
}

static parts make_parts(gd_tape *tape, const gd_node *n, gd_tensor *dl, double divisor)
{
    gd_tensor *x = n->in[GD__BINARY_INPUT], *weight = n->in[GD__BINARY_WEIGHT];
    gd_tensor *pos_weight = operand(n, GD__BINARY_POS_WEIGHT), *one = gd__like(tape, x, 1);
    if (pos_weight != NULL) {
        gd_tensor view = by_class(pos_weight, x);
        pos_weight = gd_reshape(tape, pos_weight, view.ndim, view.shape);
    }
    return (parts){.x = masked(tape, n, x, 0.5),
                   .y = masked(tape, n, n->in[GD__BINARY_TARGET], 0),
                   .u = masked(tape, n, gd_div(tape, dl, gd__like(tape, dl, divisor)), 0),
                   .weight = weight != NULL ? weight : one,
                   .pos_weight = pos_weight != NULL ? pos_weight : one};
}

/* factor cost(x), and 0 where the factor is 0, whatever x is. */
static gd_tensor *times_cost(gd_tape *tape, const gd__binary_form *form, gd_tensor *factor,
                             gd_tensor *x, bool yes, bool exact)
{
    gd_tensor *unused = gd_eq(tape, factor, gd__like(tape, factor, 0));
    return gd_mul(tape, factor, form->cost(tape, gd_masked_fill(tape, x, unused, 0.5), yes, exact));
}

static gd_tensor *input_grad(gd_tape *tape, const parts *g, const gd__binary_form *form)
{
    gd_tensor *one = gd__like(tape, g->y, 1), *zero = gd__like(tape, g->y, 0);
    gd_tensor *uw = gd_mul(tape, g->u, g->weight);
    gd_tensor *a = gd_mul(tape, uw, gd_mul(tape, g->pos_weight, g->y));
    gd_tensor *b = gd_mul(tape, uw, gd_sub(tape, one, g->y));
    gd_tensor *unused = gd_logical_and(tape, gd_eq(tape, a, zero), gd_eq(tape, b, zero));
    return form->slope_op(tape, gd_masked_fill(tape, g->x, unused, 0.5), a, b);
}

/* Sums g down to pos_weight, where that stands for a class dimension that is not the last. */
static gd_tensor *sum_to_classes(gd_tape *tape, const gd_node *n, gd_tensor *g)
{
    const gd_tensor *x = n->in[GD__BINARY_INPUT], *pos_weight = n->in[GD__BINARY_POS_WEIGHT];
    gd_tensor view = by_class(pos_weight, x);
    int64_t others[GD_MAX_DIMS];
    int count = 0;
    for (int k = 0; k < x->ndim; ++k)
        if (k != class_dim(x))
            others[count++] = k;
    return view.ndim != pos_weight->ndim ? gd_sum(tape, g, count, others, false) : g;
}

gd_tensor *gd__binary_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i,
                           const gd__binary_form *form)
{
    double divisor = ((const kept *)n->saved)->divisor;
    if (!(divisor > 0))
        return gd__zeros_like(tape, n->in[i]);
    parts g = make_parts(tape, n, dl, divisor);
    if (tape->status != GD_OK)
        return NULL;
    gd_tensor *uw = gd_mul(tape, g.u, g.weight), *one = gd__like(tape, g.y, 1);
    if (i == GD__BINARY_INPUT)
        return input_grad(tape, &g, form);
    if (i == GD__BINARY_TARGET) /* w (v A - B) */
        return gd_sub(tape, times_cost(tape, form, gd_mul(tape, uw, g.pos_weight), g.x, true, true),
                      times_cost(tape, form, uw, g.x, false, true));
    if (i == GD__BINARY_WEIGHT) /* v y A + (1 - y) B */
        return gd_add(
            tape,
            times_cost(tape, form, gd_mul(tape, g.u, gd_mul(tape, g.pos_weight, g.y)), g.x, true,
                       false),
            times_cost(tape, form, gd_mul(tape, g.u, gd_sub(tape, one, g.y)), g.x, false, false));
    gd_tensor *whole = times_cost(tape, form, gd_mul(tape, uw, g.y), g.x, true, false);
    return sum_to_classes(tape, n, whole); /* w y A */
}

int gd__binary_print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_reducing(buffer, size, attributes);
}
