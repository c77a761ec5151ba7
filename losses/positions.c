#include "losses/positions.h"
#include "losses/reduction.h"
#include "tensor/walk.h"

#include <inttypes.h>
#include <math.h>

gd_tensor gd__positions_of(const gd_tensor *input, int dim, gd_dtype dtype)
{
    gd_tensor positions = *input;
    gd__drop_dimension(&positions, dim);
    positions.dtype = dtype;
    return positions;
}

/* ---- labels ---- */

/* Every label that counts is in [0, classes). */
static bool check_range(gd_tape *tape, const gd_tensor *target, const gd_tensor *mask,
                        const int64_t *ignored, int64_t classes)
{
    int64_t number = 0;
    char position[GD__SHAPE_TEXT];
    gd__walk w = gd__walk_begin(mask != NULL ? 2 : 1, (const gd_tensor *[]){target, mask});
    do
        for (int64_t j = 0; j < w.length; ++j, ++number) {
            int64_t label = ((const int64_t *)(const void *)w.data[0])[j * w.step[0]];
            bool counts = (mask == NULL || w.data[1][j * w.step[1]] != 0) &&
                          (ignored == NULL || label != *ignored);
            if (counts && (label < 0 || label >= classes))
                return gd_tape_fail(tape, GD_ERROR_VALUE,
                                    "target %" PRId64 " at %s is outside [0,%" PRId64 ")", label,
                                    gd__position_text(position, target, number), classes);
        }
    while (gd__walk_next(&w));
    return true;
}

static bool check_mask_and_weight(gd_tape *tape, const gd_tensor *input, int dim,
                                  const gd_tensor *mask, const gd_tensor *weight)
{
    gd_tensor bools = gd__positions_of(input, dim, GD_BOOL);
    gd_tensor classes = {.dtype = input->dtype, .ndim = 1, .shape = {input->shape[dim]}};
    return (mask == NULL || gd_check_like(tape, "mask", mask, &bools)) &&
           (weight == NULL || gd_check_like(tape, "weight", weight, &classes));
}

/* The dimension that the option says, or the usual one. -1: the input has no such dimension. */
static int class_dim(const gd_tensor *input, gd_optional dim)
{
    int usual = input->ndim == 1 ? 0 : 1;
    return gd__dimension(dim.given ? (int64_t)dim.value : usual, input->ndim);
}

static int64_t ignored_of(gd_optional ignore_index)
{
    return ignore_index.given ? (int64_t)ignore_index.value : GD__IGNORE_INDEX;
}

static bool check_input(gd_tape *tape, gd_tensor *input, gd_optional dim)
{
    return gd__check_input(tape, input) &&
           (class_dim(input, dim) >= 0 ||
            gd_check_dim(tape, input, dim.given ? (int64_t)dim.value : 1) >= 0);
}

gd__labels gd__read_labels(gd_tape *tape, gd_tensor *input, gd_tensor *target, gd_tensor *mask,
                           gd_tensor *weight, gd_optional dim, const gd_optional *ignore_index)
{
    int64_t ignored = ignore_index != NULL ? ignored_of(*ignore_index) : 0;
    gd__labels l = {.dim = 0};
    if (!check_input(tape, input, dim))
        return l;
    l.dim = class_dim(input, dim);
    l.classes = input->shape[l.dim];
    gd_tensor labels = gd__positions_of(input, l.dim, GD_I64);
    if (!gd_check_like(tape, "target", target, &labels) ||
        !check_mask_and_weight(tape, input, l.dim, mask, weight) ||
        !check_range(tape, target, mask, ignore_index != NULL ? &ignored : NULL, l.classes))
        return l;
    l.kept = mask;
    if (ignore_index != NULL) {
        l.kept = gd_ne(tape, target, gd_from_data(tape, GD_I64, &ignored, 0, NULL));
        l.kept = mask != NULL ? gd_logical_and(tape, l.kept, mask) : l.kept;
    }
    gd_tensor *kept =
        l.kept != NULL ? gd_kept(tape, gd_cast(tape, target, GD_F64), l.kept, 0) : NULL;
    l.label = kept != NULL ? gd_cast(tape, kept, GD_I64) : target;
    if (weight != NULL) {
        gd_check_values(tape, "weight", weight, 0, HUGE_VAL);
        l.weight = gd_index_select(tape, weight, 0, gd_reshape(tape, l.label, GD_DIMS(-1)));
        l.weight = gd_reshape(tape, l.weight, target->ndim, target->shape);
    }
    return l;
}

/* ---- vectors ---- */

bool gd__check_vectors(gd_tape *tape, gd_tensor *a, gd_tensor *b, const char *name, gd_tensor *mask)
{
    if (!gd__check_input(tape, a) || !gd_check_like(tape, name, b, a))
        return false;
    if (a->ndim == 0)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "[] is no vector: [..,D] is needed");
    gd_tensor each = gd__positions_of(a, a->ndim - 1, GD_BOOL);
    return gd__check_mask(tape, mask, &each);
}

gd_tensor *gd__kept_vectors(gd_tape *tape, gd_tensor *x, gd_tensor *mask)
{
    return mask != NULL ? gd_kept(tape, x, gd_unsqueeze(tape, mask, -1), 0) : x;
}

gd_tensor *gd__largest_element(gd_tape *tape, gd_tensor *x)
{
    return gd_max(tape, gd_abs(tape, gd_detach(tape, x)), GD_DIMS(-1), true);
}

/* ---- what nll_loss accepts ---- */

int gd__nll_class_dim(const gd_node *n)
{
    return class_dim(n->in[GD__NLL_INPUT], ((const gd_nll_loss_options *)n->attributes)->dim);
}

bool gd__nll_has_labels(const gd_node *n)
{
    return n->in[GD__NLL_TARGET]->dtype == GD_I64;
}

static bool check_target(gd_tape *tape, const gd_node *n, int dim)
{
    const gd_tensor *input = n->in[GD__NLL_INPUT], *target = n->in[GD__NLL_TARGET];
    const gd_nll_loss_options *o = n->attributes;
    gd_tensor labels = gd__positions_of(input, dim, GD_I64);
    bool has_labels = gd__nll_has_labels(n);
    const gd_tensor *wanted = has_labels ? &labels : input, *other = has_labels ? input : &labels;
    bool is_dtype = target->dtype == wanted->dtype && !gd__same_shape(target, other);
    char texts[3][GD__SHAPE_TEXT];
    if (target->dtype != wanted->dtype || !gd__same_shape(target, wanted))
        return gd_tape_fail(
            tape, is_dtype ? GD_ERROR_SHAPE : GD_ERROR_DTYPE,
            "target is %s %s; int64 %s (classes) or %s %s (probabilities) is needed",
            gd_dtype_name(target->dtype), gd__shape_text(texts[0], target->ndim, target->shape),
            gd__shape_text(texts[1], labels.ndim, labels.shape), gd_dtype_name(input->dtype),
            gd__shape_text(texts[2], input->ndim, input->shape));
    return has_labels || !o->ignore_index.given || o->ignore_index.value < 0 ||
           gd_tape_fail(tape, GD_ERROR_ARGUMENT,
                        "ignore_index %g is for classes, the target is probabilities: use a mask",
                        o->ignore_index.value);
}

bool gd__nll_check(gd_tape *tape, gd_node *n)
{
    const gd_nll_loss_options *o = n->attributes;
    gd_tensor *input = n->in[GD__NLL_INPUT];
    gd_loss_options reduction = GD_LOSS_OPTIONS_OF(*o);
    if (!gd__check_reduction(tape, &reduction) || !check_input(tape, input, o->dim))
        return false;
    if (!(o->label_smoothing >= 0 && o->label_smoothing <= 1))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "label smoothing %g is outside [0,1]",
                            o->label_smoothing);
    int dim = gd__nll_class_dim(n);
    int64_t ignored = ignored_of(o->ignore_index);
    gd_tensor losses = gd__positions_of(input, dim, input->dtype);
    gd__set_reduced_shape(n->out, &reduction, &losses);
    return check_target(tape, n, dim) &&
           check_mask_and_weight(tape, input, dim, n->in[GD__NLL_MASK], n->in[GD__NLL_WEIGHT]) &&
           (!gd__nll_has_labels(n) || check_range(tape, n->in[GD__NLL_TARGET], n->in[GD__NLL_MASK],
                                                  &ignored, input->shape[dim]));
}

bool gd__nll_check_values(gd_tape *tape, const gd_node *n)
{
    gd_tensor *weight = n->in[GD__NLL_WEIGHT], *mask = n->in[GD__NLL_MASK];
    if (weight != NULL && !gd_check_values(tape, "weight", weight, 0, HUGE_VAL))
        return false;
    if (gd__nll_has_labels(n))
        return true;
    mask = mask != NULL ? gd_unsqueeze(tape, mask, gd__nll_class_dim(n)) : NULL;
    return gd_check_values(tape, "target", gd_kept(tape, n->in[GD__NLL_TARGET], mask, 0), 0, 1);
}

/* ---- the walk ---- */

/* Its tensors, in this order. */
enum { SOURCE, TARGET, MASK, WRITTEN, DL, TENSORS };

/* x, which has no class dimension or is a scalar, as one that has it, with size 1. */
static gd_tensor with_classes(const gd_tensor *x, int dim, const gd_tensor *input)
{
    gd_tensor view = *x;
    if (x->ndim + 1 == input->ndim)
        gd__insert_dimension(&view, dim);
    else
        for (view.ndim = 0; view.ndim < input->ndim; ++view.ndim)
            view.shape[view.ndim] = 1;
    return view;
}

bool gd__positions_begin(gd_tape *tape, const gd_node *n, const gd_tensor *written,
                         const gd_tensor *dl, gd__positions *p)
{
    const gd_nll_loss_options *o = n->attributes;
    const gd_tensor *input = n->in[GD__NLL_INPUT];
    const gd_tensor *source = n->through != NULL ? n->through->in[0] : input;
    const gd_tensor *given[TENSORS] = {source, n->in[GD__NLL_TARGET], n->in[GD__NLL_MASK], written,
                                       dl};
    gd_tensor views[TENSORS];
    int dim = gd__nll_class_dim(n);
    *p = (gd__positions){.row = {.classes = input->shape[dim], .smoothing = o->label_smoothing},
                         .weight = 1,
                         .has_labels = gd__nll_has_labels(n),
                         .is_one_class = gd__nll_has_labels(n) && o->label_smoothing == 0,
                         .ignored = ignored_of(o->ignore_index),
                         .dtype = input->dtype,
                         .kernels = gd__loss_kernels_for(input->dtype),
                         .node = n,
                         .sums = n->through != NULL ? n->through->saved : NULL};
    if (n->in[GD__NLL_WEIGHT] != NULL) {
        const gd_tensor *weight = gd_cast(tape, n->in[GD__NLL_WEIGHT], GD_F64);
        if (weight == NULL)
            return false;
        p->row.weight = weight->data;
    }
    /* `source` stands in for a missing tensor; p->dl and p->written are then meaningless. */
    for (int k = 0; k < TENSORS; ++k) {
        const gd_tensor *x = given[k] != NULL ? given[k] : source;
        views[k] = x->ndim == input->ndim ? *x : with_classes(x, dim, input);
        given[k] = &views[k];
    }
    p->all = gd__rows_begin(TENSORS, given, 1u << dim);
    p->rows = &p->all;
    p->row.x_step = p->all.row.step[SOURCE];
    p->row.target_step = p->all.row.step[TARGET];
    p->written_step = p->all.row.step[WRITTEN];
    return true;
}

bool gd__positions_next(gd__positions *p)
{
    gd__rows *r = p->rows;
    if (!gd__rows_next(r))
        return false;
    p->row.x = r->row.data[SOURCE];
    p->written = r->row.data[WRITTEN];
    p->dl = gd__float_at(p->dtype, r->row.data[DL], 0);
    if (p->sums != NULL) {
        p->row.max = p->sums[r->number].max;
        p->row.log_sum = p->sums[r->number].log_sum;
    }
    p->kept = p->node->in[GD__NLL_MASK] == NULL || *r->row.data[MASK] != 0;
    if (p->has_labels) {
        int64_t label = p->row.label = *(const int64_t *)(const void *)r->row.data[TARGET];
        /* The label may have been written to without gd_tensor_modified since forward. */
        bool is_class = label >= 0 && label < p->row.classes;
        p->kept = p->kept && is_class && label != p->ignored;
        p->weight = p->kept && p->row.weight != NULL ? p->row.weight[label] : 1;
    } else
        p->row.target = r->row.data[TARGET];
    return true;
}

typedef struct each {
    const gd__positions *all;
    void (*f)(void *context, int part, gd__positions *p);
    void *context;
} each;

static void run_part(void *context, int part, gd__rows *rows)
{
    const each *e = context;
    gd__positions p = *e->all;
    p.rows = rows;
    e->f(e->context, part, &p);
}

int gd__positions_each(gd_tape *tape, gd__positions *p,
                       void (*f)(void *context, int part, gd__positions *p), void *context)
{
    each e = {p, f, context};
    return gd__parallel_rows(gd_tape_pool(tape), &p->all, GD__GRAIN, run_part, &e);
}
