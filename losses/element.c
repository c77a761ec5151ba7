#include "losses/element.h"
#include "tensor/parallel.h"

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

static bool check_weight(gd_tape *tape, const gd_node *n, int k)
{
    const gd_tensor *weight = n->in[k], *x = n->in[GD__INPUT];
    gd_tensor view = k == GD__POS_WEIGHT ? gd__pos_weight_view(weight, x) : *weight;
    return gd_check_fits(tape, n->op->operands[k], &view, x);
}

bool gd__element_check(gd_tape *tape, gd_node *n)
{
    const gd_loss_options *o = n->attributes;
    const gd_tensor *x = n->in[GD__INPUT];
    gd__set_reduced_shape(n->out, o, x);
    bool ok = gd__check_reduction(tape, o) && gd_check_float(tape, n, GD__INPUT) &&
              gd_check_like(tape, "target", n->in[GD__TARGET], x);
    for (int k = GD__MASK; ok && k < n->n_in; ++k)
        if (n->in[k] != NULL)
            ok = k == GD__MASK ? gd__check_mask(tape, n->in[k], x) : check_weight(tape, n, k);
    return ok;
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

/* The tensors of a chunk: the one to write, x, y and those that may be left out. In a reduction
 * nothing is written: x stands there, for its dtype. */
enum { WRITTEN, X, Y, MASK, WEIGHT, POS_WEIGHT, DL, TENSORS };

/* What is to be done for all elements. */
typedef struct task {
    const gd__element_loss *form;
    const gd__loss_kernels *kernels;
    gd_dtype dtype;
    gd__walk tensors;
    int place[TENSORS]; /* of each tensor in the walk; 0: left out, or WRITTEN */
    bool plain;         /* the input and the target alone */

    /* Of the value: what becomes of each part. */
    bool reduce;
    gd__exact_sum sum[GD__MOST_PARTS];
    int64_t kept[GD__MOST_PARTS]; /* elements that the mask keeps */
    bool is_refused[GD__MOST_PARTS];

    /* Of the gradient. */
    void (*slope)(const gd__elements *e, double *dx);
    double divisor;
    bool accumulate;
} task;

/* `written` has the input's shape; x is the input, or stands for it. */
static void begin(task *t, const gd_node *n, const gd_tensor *written, const gd_tensor *x,
                  const gd_tensor *dl)
{
    const gd_tensor *pos_weight = operand(n, GD__POS_WEIGHT);
    gd_tensor view;
    if (pos_weight != NULL) {
        view = gd__pos_weight_view(pos_weight, x);
        pos_weight = &view;
    }
    const gd_tensor *given[TENSORS] = {
        written,    x, n->in[GD__TARGET], operand(n, GD__MASK), operand(n, GD__WEIGHT),
        pos_weight, dl};
    const gd_tensor *walked[TENSORS];
    int count = 0;
    for (int k = 0; k < TENSORS; ++k) {
        t->place[k] = given[k] != NULL ? count : 0;
        if (given[k] != NULL)
            walked[count++] = given[k];
    }
    t->form = element_loss_of(n);
    t->kernels = gd__loss_kernels_for(x->dtype);
    t->dtype = x->dtype;
    t->plain = t->place[MASK] + t->place[WEIGHT] + t->place[POS_WEIGHT] == 0;
    t->tensors = gd__walk_begin(count, walked);
}

/* A chunk of a task's part. */
typedef struct chunk {
    const task *task;
    gd__chunks at;
    double values[TENSORS][GD__CHUNK];
} chunk;

/* NULL: the tensor is left out. */
static const double *values_of(const chunk *c, int tensor)
{
    int place = c->task->place[tensor];
    return place > 0 ? c->values[place] : NULL;
}

static gd__elements load(chunk *c)
{
    const task *t = c->task;
    for (int k = X; k < t->tensors.n; ++k)
        gd__chunks_load(&c->at, k, c->values[k]);
    return (gd__elements){.kernels = t->kernels,
                          .dtype = t->dtype,
                          .n = c->at.n,
                          .x = c->values[X],
                          .y = c->values[Y],
                          .v = values_of(c, POS_WEIGHT)};
}

/* Whether a kept value of a tensor, in this chunk, is not in [low, high]. */
static bool is_outside(const chunk *c, int tensor, double low, double high)
{
    const double *values = values_of(c, tensor);
    return values != NULL &&
           c->task->kernels->is_outside(c->at.n, values, values_of(c, MASK), low, high);
}

static bool has_refused_value(const chunk *c)
{
    const gd__element_loss *form = c->task->form;
    return (form->input_in_01 && is_outside(c, X, 0, 1)) ||
           is_outside(c, Y, form->target_low, form->target_high) ||
           is_outside(c, WEIGHT, 0, HUGE_VAL) || is_outside(c, POS_WEIGHT, 0, HUGE_VAL);
}

/* ---- the value ---- */

/* Adds the losses of a part up, or writes them, until a value is refused. */
static void add_part(void *context, int part, gd__walk *tensors)
{
    task *t = context;
    const gd__element_loss *form = t->form;
    bool fast = t->reduce && t->plain && form->fast_sum != NULL;
    double l[GD__CHUNK], sum;
    gd__exact_sum total = {0, 0};
    int64_t kept = 0;
    chunk c;
    c.task = t;
    c.at = gd__chunks_begin(tensors);
    t->is_refused[part] = false;
    while (!t->is_refused[part] && gd__chunks_next(&c.at)) {
        if (fast && form->fast_sum(t->kernels, &c.at, &sum)) {
            kept += c.at.n;
            gd__exact_sum_add(&total, sum);
            continue;
        }
        gd__elements e = load(&c);
        t->is_refused[part] = has_refused_value(&c);
        form->value(&e, l);
        kept += t->kernels->weigh(e.n, l, values_of(&c, WEIGHT), values_of(&c, MASK));
        if (t->reduce)
            gd__exact_sum_add(&total, gd__kernels_for(t->dtype)->sum_chunk(e.n, l));
        else
            gd__chunks_store(&c.at, l);
    }
    t->sum[part] = total;
    t->kept[part] = kept;
}

bool gd__element_forward(gd_tape *tape, const gd_node *n)
{
    const gd_loss_options *o = n->attributes;
    const gd_tensor *x = n->in[GD__INPUT];
    task t;
    t.reduce = o->reduction != GD_REDUCTION_NONE;
    begin(&t, n, t.reduce ? x : n->out, x, NULL);
    int parts = gd__parallel_walk(gd_tape_pool(tape), &t.tensors, GD__GRAIN, add_part, &t);
    for (int part = 1; part < parts; ++part) {
        gd__exact_sum_join(&t.sum[0], t.sum[part]);
        t.kept[0] += t.kept[part];
        t.is_refused[0] |= t.is_refused[part];
    }
    if (t.is_refused[0])
        return check_values(tape, n);
    gd__write_reduced(n, o, x, gd__exact_sum_value(t.sum[0]), (double)t.kept[0]);
    return true;
}

/* ---- the gradient ---- */

static void write_part(void *context, int part, gd__walk *tensors)
{
    const task *t = context;
    bool fast = t->plain && t->form->slope == t->slope && t->form->fast_slope != NULL;
    bool is_one_dl = tensors->step[t->place[DL]] == 0; /* for all elements of a run */
    double dx[GD__CHUNK];
    chunk c;
    (void)part;
    c.task = t;
    c.at = gd__chunks_begin(tensors);
    while (gd__chunks_next(&c.at)) {
        if (fast && t->form->fast_slope(t->kernels, &c.at, t->divisor, t->accumulate))
            continue;
        gd__elements e = load(&c);
        t->slope(&e, dx);
        t->kernels->weigh(e.n, dx, values_of(&c, WEIGHT), values_of(&c, MASK));
        t->kernels->times_u(e.n, dx, values_of(&c, DL), is_one_dl, t->divisor);
        if (t->accumulate)
            gd__chunks_load(&c.at, WRITTEN, c.values[WRITTEN]);
        for (int64_t j = 0; t->accumulate && j < e.n; ++j)
            dx[j] += c.values[WRITTEN][j];
        gd__chunks_store(&c.at, dx);
    }
}

bool gd__element_write(gd_tape *tape, const gd_node *n, const gd_tensor *x,
                       void (*slope)(const gd__elements *e, double *dx), const gd_tensor *dl,
                       gd_tensor *dst, bool accumulate)
{
    task t;
    t.slope = slope;
    t.divisor = gd__saved_divisor(n);
    t.accumulate = accumulate;
    if (!(t.divisor > 0))
        return false;
    begin(&t, n, dst, x, dl);
    gd__parallel_walk(gd_tape_pool(tape), &t.tensors, GD__GRAIN, write_part, &t);
    return true;
}

bool gd__element_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i,
                           gd_tensor *dst, bool accumulate)
{
    return i == GD__INPUT && gd__element_write(tape, n, n->in[GD__INPUT], element_loss_of(n)->slope,
                                               dl, dst, accumulate);
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
