#include "losses/element.h"

#include <math.h>

static const gd__element_loss *element_loss_of(const gd_node *n)
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

/* Operand k, a weight, where the mask keeps it, else `value`; NULL: there is none. pos_weight is
 * as gd__pos_weight_view shows it. */
static gd_tensor *kept_weight(gd_tape *tape, const gd_node *n, int k, double value)
{
    gd_tensor *weight = operand(n, k);
    if (weight != NULL && k == GD__POS_WEIGHT) {
        gd_tensor view = gd__pos_weight_view(weight, n->in[GD__INPUT]);
        weight = gd_reshape(tape, weight, view.ndim, view.shape);
    }
    return weight != NULL ? gd_kept(tape, weight, operand(n, GD__MASK), value) : NULL;
}

static bool check_weight_values(gd_tape *tape, const gd_node *n, int k, const char *name)
{
    gd_tensor *given = operand(n, k), *mask = operand(n, GD__MASK);
    return given == NULL ||
           gd_check_values(tape, name, mask != NULL ? kept_weight(tape, n, k, 1) : given, 0,
                           HUGE_VAL);
}

/* Refuses the first value that is not accepted and that the mask keeps. */
static bool check_values(gd_tape *tape, const gd_node *n)
{
    const gd__element_loss *form = element_loss_of(n);
    gd_tensor *mask = operand(n, GD__MASK);
    gd_tensor *x = gd_kept(tape, n->in[GD__INPUT], mask, harmless(form));
    gd_tensor *y = gd_kept(tape, n->in[GD__TARGET], mask, 0);
    return (!form->input_in_01 || gd_check_values(tape, "input", x, 0, 1)) &&
           gd_check_values(tape, "target", y, form->target_low, form->target_high) &&
           check_weight_values(tape, n, GD__WEIGHT, "weight") &&
           check_weight_values(tape, n, GD__POS_WEIGHT, "pos_weight");
}

/* ---- chunk after chunk ---- */

/* The first tensors of a chunk: the one to write, x, y. In a reduction nothing is written: x
 * stands there, for its dtype. */
enum { WRITTEN, X, Y, FIRST_OPTIONAL, TENSORS = 7 };

typedef struct walk {
    const gd__element_loss *form;
    gd__walk tensors;
    gd__chunks chunks; /* of them */
    gd__elements elements;
    const double *mask, *weight, *dl; /* of this chunk; NULL: none */
    bool is_one_dl;                   /* for all elements */
    bool plain;                       /* the input and the target alone */
    gd__exact_sum sum;                /* of the losses so far */
    int64_t kept;                     /* elements that the mask keeps so far */
    double values[TENSORS][GD__CHUNK];
} walk;

/* One more tensor to read: where its elements of a chunk will be. NULL: there is none. */
static const double *read_too(walk *w, const gd_tensor **tensors, int *count, const gd_tensor *x)
{
    if (x == NULL)
        return NULL;
    tensors[*count] = x;
    return w->values[(*count)++];
}

/* `written` has the input's shape; x is the input, or stands for it. */
static void begin(walk *w, const gd_node *n, const gd_tensor *written, const gd_tensor *x,
                  const gd_tensor *dl)
{
    const gd_tensor *tensors[TENSORS] = {written, x, n->in[GD__TARGET]};
    const gd_tensor *pos_weight = operand(n, GD__POS_WEIGHT);
    gd_tensor view;
    int count = FIRST_OPTIONAL;
    if (pos_weight != NULL)
        view = gd__pos_weight_view(pos_weight, x);
    w->form = element_loss_of(n);
    w->elements = (gd__elements){.kernels = gd__loss_kernels_for(x->dtype),
                                 .dtype = x->dtype,
                                 .x = w->values[X],
                                 .y = w->values[Y]};
    w->mask = read_too(w, tensors, &count, operand(n, GD__MASK));
    w->weight = read_too(w, tensors, &count, operand(n, GD__WEIGHT));
    w->elements.v = read_too(w, tensors, &count, pos_weight != NULL ? &view : NULL);
    w->plain = count == FIRST_OPTIONAL;
    w->dl = read_too(w, tensors, &count, dl);
    w->tensors = gd__walk_begin(count, tensors);
    w->chunks = gd__chunks_begin(&w->tensors);
    w->is_one_dl = dl != NULL && w->tensors.step[count - 1] == 0;
    w->sum = (gd__exact_sum){0, 0};
    w->kept = 0;
}

static void load(walk *w)
{
    for (int k = X; k < w->tensors.n; ++k)
        gd__chunks_load(&w->chunks, k, w->values[k]);
    w->elements.n = w->chunks.n;
}

/* Whether a kept value of these, of this chunk, is not in [low, high]. */
static bool is_outside(const walk *w, const double *values, double low, double high)
{
    return values != NULL &&
           w->elements.kernels->is_outside(w->chunks.n, values, w->mask, low, high);
}

static bool has_refused_value(const walk *w)
{
    const gd__element_loss *form = w->form;
    return (form->input_in_01 && is_outside(w, w->values[X], 0, 1)) ||
           is_outside(w, w->values[Y], form->target_low, form->target_high) ||
           is_outside(w, w->weight, 0, HUGE_VAL) || is_outside(w, w->elements.v, 0, HUGE_VAL);
}

/* ---- the value ---- */

/* Adds this chunk's losses to the sum, or writes them. false: a value is refused. */
static bool add_losses(gd_tape *tape, const gd_node *n, walk *w, bool reduce)
{
    double l[GD__CHUNK], sum;
    const gd__element_loss *form = w->form;
    if (reduce && w->plain && form->fast_sum != NULL &&
        form->fast_sum(w->elements.kernels, &w->chunks, &sum)) {
        w->kept += w->chunks.n;
        gd__exact_sum_add(&w->sum, sum);
        return true;
    }
    load(w);
    if (has_refused_value(w))
        return check_values(tape, n);
    form->value(&w->elements, l);
    w->kept += w->elements.kernels->weigh(w->chunks.n, l, w->weight, w->mask);
    if (reduce)
        gd__exact_sum_add(&w->sum, w->chunks.kernels->sum_chunk(w->chunks.n, l));
    else
        gd__chunks_store(&w->chunks, l);
    return true;
}

bool gd__element_forward(gd_tape *tape, const gd_node *n)
{
    const gd_loss_options *o = n->attributes;
    const gd_tensor *x = n->in[GD__INPUT];
    bool reduce = o->reduction != GD_REDUCTION_NONE;
    walk w;
    begin(&w, n, reduce ? x : n->out, x, NULL);
    while (gd__chunks_next(&w.chunks))
        if (!add_losses(tape, n, &w, reduce))
            return false;
    gd__write_reduced(n, o, x, gd__exact_sum_value(w.sum), (double)w.kept);
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
    while (gd__chunks_next(&w.chunks)) {
        int64_t count = w.chunks.n;
        if (fast && w.form->fast_slope(w.elements.kernels, &w.chunks, divisor, accumulate))
            continue;
        load(&w);
        slope(&w.elements, dx);
        w.elements.kernels->weigh(count, dx, w.weight, w.mask);
        w.elements.kernels->times_u(count, dx, w.dl, w.is_one_dl, divisor);
        if (accumulate)
            gd__chunks_load(&w.chunks, WRITTEN, w.values[WRITTEN]);
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
           gd__element_write(n, n->in[GD__INPUT], element_loss_of(n)->slope, dl, dst, accumulate);
}

gd__element_parts gd__element_parts_of(gd_tape *tape, const gd_node *n, gd_tensor *x, gd_tensor *dl)
{
    gd_tensor *mask = operand(n, GD__MASK);
    double divisor = gd__saved_divisor(n);
    gd__element_parts e = {.zero = gd_scalar_like(tape, 0, x), .one = gd_scalar_like(tape, 1, x)};
    gd_tensor *u = divisor > 0 ? gd_div(tape, dl, gd_scalar_like(tape, divisor, dl)) : e.zero;
    e.x = gd_kept(tape, x, mask, harmless(element_loss_of(n)));
    e.y = gd_kept(tape, n->in[GD__TARGET], mask, harmless(element_loss_of(n)));
    e.u = gd_kept(tape, u, mask, 0);
    e.w = operand(n, GD__WEIGHT) != NULL ? kept_weight(tape, n, GD__WEIGHT, 0) : e.one;
    e.v = operand(n, GD__POS_WEIGHT) != NULL ? kept_weight(tape, n, GD__POS_WEIGHT, 0) : e.one;
    return e;
}

const gd_sample gd__element_refused[] = {
    {"[3,1] [3]; [3] [3] b[2]; [3] [3] i[3]; [3] [3] - [2,3]; [2,3,4] [2,3,4] - - [4]; [3] i[3]; "
     "[3] -",
     &(const gd_loss_options){.mask = NULL}},
    {"[3] [3]", &(const gd_loss_options){.reduction = (gd_reduction)7}},
    {NULL, NULL}};
