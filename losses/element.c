#include "losses/element.h"

#include <math.h>

static const gd__element_loss *form_of(const gd_node *n)
{
    return n->op->detail;
}

static gd_tensor *operand(const gd_node *n, int k)
{
    return k < n->n_in ? n->in[k] : NULL;
}

gd_tensor gd__pos_weight_view(const gd_tensor *pos_weight, const gd_tensor *input)
{
    gd_tensor view = *pos_weight;
    int class_dim = input->ndim > 1 ? 1 : 0;
    if (view.ndim == 1 && view.shape[0] != 1)
        while (view.ndim < input->ndim - class_dim)
            gd__insert_dimension(&view, view.ndim);
    return view;
}

/* ---- what is accepted ---- */

static bool check_weight(gd_tape *tape, const gd_node *n, int k, const char *name)
{
    const gd_tensor *weight = operand(n, k), *x = n->in[GD__INPUT];
    if (weight == NULL)
        return true;
    gd_tensor view = k == GD__POS_WEIGHT ? gd__pos_weight_view(weight, x) : *weight;
    return gd_check_fits(tape, name, &view, x);
}

bool gd__element_check(gd_tape *tape, gd_node *n)
{
    const gd_loss_options *o = n->attributes;
    const gd_tensor *x = n->in[GD__INPUT];
    gd__set_reduced_shape(n->out, o, x);
    return gd__check_reduction(tape, o) && gd_check_float(tape, n, GD__INPUT) &&
           gd_check_like(tape, "target", n->in[GD__TARGET], x) &&
           gd__check_mask(tape, operand(n, GD__MASK), x) &&
           check_weight(tape, n, GD__WEIGHT, "weight") &&
           check_weight(tape, n, GD__POS_WEIGHT, "pos_weight");
}

/* A number that is neither refused nor leads to an infinity. */
static double harmless(const gd__element_loss *form)
{
    return form->input_in_01 ? 0.5 : 0;
}

/* Refuses what is outside, unless the mask drops it. */
static bool check_values(gd_tape *tape, const gd_node *n)
{
    const gd__element_loss *form = form_of(n);
    gd_tensor *mask = operand(n, GD__MASK), *x = n->in[GD__INPUT], *y = n->in[GD__TARGET];
    static const char *const names[] = {"weight", "pos_weight"};
    if (form->input_in_01 &&
        !gd_check_values(tape, "input", gd_kept(tape, x, mask, harmless(form)), 0, 1))
        return false;
    if (!gd_check_values(tape, "target", gd_kept(tape, y, mask, 0), form->target_low,
                         form->target_high))
        return false;
    for (int k = 0; k < 2; ++k) {
        gd_tensor *w = operand(n, GD__WEIGHT + k);
        if (w != NULL && !gd_check_values(tape, names[k], gd_kept(tape, w, mask, 1), 0, HUGE_VAL))
            return false;
    }
    return true;
}

/* ---- chunk after chunk ---- */

/* What is walked: what is written or, in a reduction, x again; x; y; and the others that are there. */
enum { WRITTEN, X, Y, FIRST_OPTIONAL, TENSORS = 7 };

typedef struct walk {
    const gd__element_loss *form;
    gd__chunks chunks;
    gd__elements elements;
    const double *mask, *weight, *upstream; /* of this chunk; NULL: none */
    bool one_upstream;                      /* for all elements */
    bool plain;                             /* the input and the target alone */
    bool checked;                           /* values: all of them, or none is to be */
    double values[TENSORS][GD__CHUNK];
} walk;

/* `written` has the input's shape; x is the input, or stands for it. */
static void begin(walk *w, const gd_node *n, const gd_tensor *written, const gd_tensor *x,
                  const gd_tensor *dl)
{
    const gd_tensor *tensors[TENSORS] = {written, x, n->in[GD__TARGET]};
    const gd_tensor *mask = operand(n, GD__MASK), *weight = operand(n, GD__WEIGHT);
    gd_tensor *pos_weight = operand(n, GD__POS_WEIGHT), view;
    int count = FIRST_OPTIONAL;
    w->form = form_of(n);
    w->mask = w->weight = w->upstream = NULL;
    w->plain = mask == NULL && weight == NULL && pos_weight == NULL;
    w->checked = false;
    w->elements = (gd__elements){.kernels = gd__loss_kernels_for(x->dtype),
                                 .dtype = x->dtype,
                                 .x = w->values[X],
                                 .y = w->values[Y]};
    if (mask != NULL) {
        w->mask = w->values[count];
        tensors[count++] = mask;
    }
    if (weight != NULL) {
        w->weight = w->values[count];
        tensors[count++] = weight;
    }
    if (pos_weight != NULL) {
        view = gd__pos_weight_view(pos_weight, x);
        w->elements.v = w->values[count];
        tensors[count++] = &view;
    }
    if (dl != NULL) {
        w->upstream = w->values[count];
        tensors[count++] = dl;
    }
    w->chunks = gd__chunks_begin(count, tensors);
    w->one_upstream = dl != NULL && w->chunks.walk.step[count - 1] == 0;
}

static void load(walk *w)
{
    gd__chunks_load(&w->chunks, w->values);
    w->elements.n = w->chunks.n;
}

/* Whether the values of this chunk are accepted. If one is not, all are looked at, once. */
static bool check_chunk(gd_tape *tape, const gd_node *n, walk *w)
{
    const gd__loss_kernels *k = w->elements.kernels;
    const gd__element_loss *form = w->form;
    int64_t count = w->chunks.n;
    if (w->checked ||
        !((form->input_in_01 && k->is_outside(count, w->values[X], 0, 1)) ||
          k->is_outside(count, w->values[Y], form->target_low, form->target_high) ||
          (w->weight != NULL && k->is_outside(count, w->weight, 0, HUGE_VAL)) ||
          (w->elements.v != NULL && k->is_outside(count, w->elements.v, 0, HUGE_VAL))))
        return true;
    w->checked = true;
    return check_values(tape, n);
}

/* ---- the value ---- */

/* Adds this chunk's losses to (high, low), or writes them. false: a value is refused. */
static bool add_losses(gd_tape *tape, const gd_node *n, walk *w, bool reduce, double *high,
                       double *low, int64_t *kept)
{
    double l[GD__CHUNK], sum;
    const gd__element_loss *form = w->form;
    if (reduce && w->plain && form->fast_sum != NULL && form->fast_sum(&w->chunks, &sum)) {
        *kept += w->chunks.n;
        gd__two_sum(high, low, sum);
        return true;
    }
    load(w);
    if (!check_chunk(tape, n, w))
        return false;
    form->value(&w->elements, l);
    *kept += w->elements.kernels->weigh(w->chunks.n, l, w->weight, w->mask);
    if (reduce)
        gd__two_sum(high, low, w->chunks.kernels->sum_chunk(w->chunks.n, l));
    else
        gd__chunks_store(&w->chunks, l);
    return true;
}

bool gd__element_forward(gd_tape *tape, const gd_node *n)
{
    const gd_loss_options *o = n->attributes;
    const gd_tensor *x = n->in[GD__INPUT];
    bool reduce = o->reduction != GD_REDUCTION_NONE;
    double high = 0, low = 0;
    int64_t kept = 0;
    walk w;
    begin(&w, n, reduce ? x : n->out, x, NULL);
    while (gd__chunks_advance(&w.chunks))
        if (!add_losses(tape, n, &w, reduce, &high, &low, &kept))
            return false;
    gd__write_reduced(n, o, x, gd__sum_value(high, low), (double)kept);
    return true;
}

/* ---- the gradient ---- */

bool gd__element_write(const gd_node *n, const gd_tensor *x,
                       void (*slope)(const gd__elements *e, double *dx), const gd_tensor *dl,
                       gd_tensor *dst, bool accumulate)
{
    double divisor = gd__saved_divisor(n), dx[GD__CHUNK];
    if (!(divisor > 0))
        return false;
    walk w;
    begin(&w, n, dst, x, dl);
    bool fast = w.plain && w.form->slope == slope && w.form->fast_slope != NULL;
    while (gd__chunks_advance(&w.chunks)) {
        int64_t count = w.chunks.n;
        if (fast && w.form->fast_slope(&w.chunks, divisor, accumulate))
            continue;
        load(&w);
        slope(&w.elements, dx);
        w.elements.kernels->weigh(count, dx, w.weight, w.mask);
        w.elements.kernels->times_upstream(count, dx, w.upstream, w.one_upstream, divisor);
        for (int64_t j = 0; accumulate && j < count; ++j)
            dx[j] += w.values[WRITTEN][j];
        gd__chunks_store(&w.chunks, dx);
    }
    return true;
}

bool gd__element_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i,
                           gd_tensor *dst, bool accumulate)
{
    (void)tape;
    return i == GD__INPUT &&
           gd__element_write(n, n->in[GD__INPUT], form_of(n)->slope, dl, dst, accumulate);
}

bool gd__element_parts_of(gd_tape *tape, const gd_node *n, gd_tensor *x, gd_tensor *dl,
                          gd__element_parts *parts)
{
    gd_tensor *mask = operand(n, GD__MASK), *weight = operand(n, GD__WEIGHT);
    gd_tensor *pos_weight = operand(n, GD__POS_WEIGHT);
    if (!(gd__saved_divisor(n) > 0))
        return false;
    gd_tensor *zero = gd_scalar_like(tape, 0, x), *one = gd_scalar_like(tape, 1, x);
    gd_tensor *u = gd_div(tape, dl, gd_scalar_like(tape, gd__saved_divisor(n), dl));
    if (pos_weight != NULL) {
        gd_tensor view = gd__pos_weight_view(pos_weight, x);
        pos_weight = gd_reshape(tape, pos_weight, view.ndim, view.shape);
    }
    *parts = (gd__element_parts){.x = gd_kept(tape, x, mask, harmless(form_of(n))),
                                 .y = gd_kept(tape, n->in[GD__TARGET], mask, harmless(form_of(n))),
                                 .u = gd_kept(tape, u, mask, 0),
                                 .w = weight != NULL ? gd_kept(tape, weight, mask, 0) : one,
                                 .v = pos_weight != NULL ? gd_kept(tape, pos_weight, mask, 0) : one,
                                 .zero = zero,
                                 .one = one};
    return gd_tape_status(tape) == GD_OK;
}

gd_tensor *gd__no_gradient(gd_tape *tape, const gd_tensor *x)
{
    return gd_zeros(tape, x->dtype, x->ndim, x->shape); /* NULL where the tape has an error */
}

const gd_sample gd__element_refused[] = {
    {"[2,3] [3]", &(const gd_loss_options){.mask = NULL}},
    {"[3,1] [3]", &(const gd_loss_options){.mask = NULL}},
    {"[3] [1]", &(const gd_loss_options){.reduction = GD_REDUCTION_NONE}},
    {"[3] [3] b[2]", &(const gd_loss_options){.mask = NULL}},
    {"[3] [3] i[3]", &(const gd_loss_options){.mask = NULL}},
    {"[3] [3] - [2]", &(const gd_loss_options){.mask = NULL}},
    {"[3] [3] - [2,3]", &(const gd_loss_options){.mask = NULL}},
    {"[2,3] [2,3] - - [2]", &(const gd_loss_options){.mask = NULL}},
    {"[2,3,4] [2,3,4] - - [4]", &(const gd_loss_options){.mask = NULL}},
    {"[3] i[3]", &(const gd_loss_options){.mask = NULL}},
    {"[3] -", &(const gd_loss_options){.mask = NULL}},
    {"- [3]", &(const gd_loss_options){.mask = NULL}},
    {"[3] [3]", &(const gd_loss_options){.reduction = (gd_reduction)7}},
    {NULL, NULL}};
