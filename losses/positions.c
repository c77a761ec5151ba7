#include "losses/positions.h"
#include "losses/reduction.h"

#include <math.h>

int64_t gd__nll_ignored(const gd_node *n)
{
    gd_optional ignored = ((const gd_nll_loss_options *)n->attributes)->ignore_index;
    return ignored.given ? (int64_t)ignored.value : GD__IGNORE_INDEX;
}

int gd__nll_class_dim(const gd_node *n)
{
    const gd_nll_loss_options *o = n->attributes;
    int ndim = n->in[GD__NLL_INPUT]->ndim;
    return gd__dimension(o->dim.given ? (int64_t)o->dim.value : ndim == 1 ? 0 : 1, ndim);
}

bool gd__nll_has_labels(const gd_node *n)
{
    return n->in[GD__NLL_TARGET]->dtype == GD_I64;
}

/* ---- what is accepted ---- */

static bool check_target(gd_tape *tape, const gd_node *n, int dim)
{
    const gd_tensor *input = n->in[GD__NLL_INPUT], *target = n->in[GD__NLL_TARGET];
    const gd_nll_loss_options *o = n->attributes;
    gd_tensor positions = gd__positions_of(input, dim);
    bool is_like_input = gd__same_shape(target, input), is_float = target->dtype == input->dtype;
    if (gd__nll_has_labels(n) && is_like_input && !gd__same_shape(target, &positions))
        return gd_tape_fail(tape, GD_ERROR_DTYPE,
                            "the target has the input's shape and is int64; probabilities must be "
                            "%s, classes have no class dimension",
                            gd_dtype_name(input->dtype));
    if (gd__nll_has_labels(n))
        return gd__check_positions(tape, input, dim, target, "target");
    if (!is_float || gd__same_shape(target, &positions))
        return gd_tape_fail(tape, GD_ERROR_DTYPE,
                            "the target is %s; int64 (a class for each position) or %s in the "
                            "input's shape (probabilities) is needed",
                            gd_dtype_name(target->dtype), gd_dtype_name(input->dtype));
    if (o->ignore_index.given && o->ignore_index.value >= 0)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT,
                            "ignore_index %g is for classes, the target is probabilities: use a "
                            "mask",
                            o->ignore_index.value);
    return gd__check_target_shape(tape, input, target);
}

bool gd__nll_check_values(gd_tape *tape, const gd_node *n)
{
    gd_tensor *weight = n->in[GD__NLL_WEIGHT], *target = n->in[GD__NLL_TARGET];
    gd_tensor *mask = n->in[GD__NLL_MASK];
    if (weight != NULL && !gd_check_values(tape, "weight", weight, 0, HUGE_VAL))
        return false;
    if (gd__nll_has_labels(n))
        return true;
    if (mask != NULL)
        mask = gd_unsqueeze(tape, mask, gd__nll_class_dim(n));
    return gd_check_values(tape, "target", gd_kept(tape, target, mask, 0), 0, 1);
}

bool gd__nll_check(gd_tape *tape, gd_node *n)
{
    const gd_nll_loss_options *o = n->attributes;
    const gd_tensor *input = n->in[GD__NLL_INPUT], *mask = n->in[GD__NLL_MASK];
    gd_loss_options reduction = GD_LOSS_OPTIONS_OF(*o);
    if (!gd__check_reduction(tape, &reduction) || !gd_check_float(tape, n, GD__NLL_INPUT))
        return false;
    if (!(o->label_smoothing >= 0 && o->label_smoothing <= 1))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "label smoothing %g is outside [0,1]",
                            o->label_smoothing);
    int dim = gd__nll_class_dim(n);
    if (dim < 0)
        return gd_check_dim(tape, input, o->dim.given ? (int64_t)o->dim.value : 1) >= 0;
    if (!check_target(tape, n, dim) ||
        !gd__check_class_weight(tape, input, n->in[GD__NLL_WEIGHT], input->shape[dim]))
        return false;
    if (mask != NULL && (!gd_check_dtype(tape, n, GD__NLL_MASK, GD_BOOL) ||
                         !gd__check_positions(tape, input, dim, mask, "mask")))
        return false;
    gd_tensor positions = gd__positions_of(input, dim);
    n->out->dtype = input->dtype;
    n->out->ndim = o->reduction == GD_REDUCTION_NONE ? positions.ndim : 0;
    for (int i = 0; i < n->out->ndim; ++i)
        n->out->shape[i] = positions.shape[i];
    return true;
}

int gd__nll_print(char *buffer, size_t size, const void *attributes)
{
    const gd_nll_loss_options *o = attributes;
    gd_loss_options common = GD_LOSS_OPTIONS_OF(*o);
    char reduction[80], smoothing[40] = "", dim[40] = "";
    gd__print_reduction(reduction, sizeof reduction, &common);
    if (o->label_smoothing != 0)
        snprintf(smoothing, sizeof smoothing, ", label_smoothing=%g", o->label_smoothing);
    if (o->dim.given)
        snprintf(dim, sizeof dim, ", dim=%g", o->dim.value);
    double ignored = o->ignore_index.given ? o->ignore_index.value : GD__IGNORE_INDEX;
    return snprintf(buffer, size, "%s, ignore_index=%.0f%s%s", reduction, ignored, smoothing, dim);
}

/* ---- the walk ---- */

/* What is walked along, in this order. */
enum { ROW, TARGET, MASK, WRITTEN, UPSTREAM, TENSORS };

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
    const gd_tensor *row = n->through != NULL ? n->through->in[0] : input;
    const gd_tensor *given[TENSORS] = {row, n->in[GD__NLL_TARGET], n->in[GD__NLL_MASK], written,
                                       dl};
    gd_tensor views[TENSORS];
    int dim = gd__nll_class_dim(n);
    *p = (gd__positions){.row = {.classes = input->shape[dim], .smoothing = o->label_smoothing},
                         .has_labels = gd__nll_has_labels(n),
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
    for (int k = 0; k < TENSORS; ++k) {
        const gd_tensor *x = given[k] != NULL ? given[k] : row;
        views[k] = x->ndim == input->ndim ? *x : with_classes(x, dim, input);
        given[k] = &views[k];
    }
    p->rows = gd__rows_begin(TENSORS, given, dim);
    p->row.x_step = p->rows.step[ROW];
    p->row.target_step = p->rows.step[TARGET];
    p->written_step = p->rows.step[WRITTEN];
    return true;
}

bool gd__positions_next(gd_tape *tape, gd__positions *p)
{
    gd__rows *r = &p->rows;
    if (!gd__rows_next(r))
        return false;
    p->row.x = r->data[ROW];
    p->written = r->data[WRITTEN];
    p->upstream = gd__float_at(p->dtype, r->data[UPSTREAM], 0);
    if (p->sums != NULL) {
        p->row.max = p->sums[r->number].max;
        p->row.log_sum = p->sums[r->number].log_sum;
    }
    p->kept = p->node->in[GD__NLL_MASK] == NULL || *r->data[MASK] != 0;
    if (!p->has_labels) {
        p->row.target = r->data[TARGET];
        return true;
    }
    int64_t label = p->row.label = *(const int64_t *)(const void *)r->data[TARGET];
    p->kept = p->kept && label != gd__nll_ignored(p->node);
    return !p->kept || (label >= 0 && label < p->row.classes) ||
           gd__refuse_class(tape, p->node->in[GD__NLL_TARGET], r->number, label, p->row.classes);
}

bool gd__is_hard(const gd__positions *p)
{
    return p->has_labels && p->row.smoothing == 0;
}

double gd__label_weight(const gd__positions *p)
{
    return p->row.weight != NULL ? p->row.weight[p->row.label] : 1;
}

double gd__label_log_probability(const gd__positions *p)
{
    const gd__nll_row *r = &p->row;
    return gd__float_at(p->dtype, r->x, r->label * r->x_step) - r->max - r->log_sum;
}

void gd__clear_row(const gd__positions *p)
{
    for (int64_t c = 0; c < p->row.classes; ++c)
        gd__set_float_at(p->dtype, p->written, c * p->written_step, 0);
}
