#include "losses/positions.h"

#include <inttypes.h>

int64_t gd__nll_ignored(const gd__nll_settings *o)
{
    return (int64_t)gd__given(o->ignore_index, GD__IGNORE_INDEX);
}

int gd__nll_class_dim(const gd__nll_settings *o, const gd_tensor *input)
{
    int by_default = input->ndim == 1 ? 0 : 1;
    return gd__dimension(o->dim.given ? (int64_t)o->dim.value : by_default, input->ndim);
}

bool gd__nll_has_classes(const gd_node *n)
{
    return n->in[GD__NLL_TARGET]->dtype == GD_I64;
}

/* Class weights as doubles, in scratch memory; NULL and the tape's error where one is below 0. */
static const double *read_weight(gd_tape *tape, const gd_tensor *weight)
{
    int64_t n = weight->shape[0];
    double *values = gd_tape_scratch(tape, (size_t)n * sizeof *values);
    for (int64_t c = 0; values != NULL && c < n; ++c) {
        values[c] = gd__float_at(weight->dtype, weight->data, c * weight->stride[0]);
        if (!(values[c] >= 0)) {
            gd_tape_fail(tape, GD_ERROR_VALUE, "weight %g of class %" PRId64 " is below 0",
                         values[c], c);
            return NULL;
        }
    }
    return values;
}

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

bool gd__positions_begin(gd_tape *tape, const gd_node *n, const gd_tensor *extra,
                         const gd_tensor *dl, gd__positions *p)
{
    const gd_tensor *input = n->in[GD__NLL_INPUT];
    const gd_tensor *row = n->through != NULL ? n->through->in[0] : input;
    const gd_tensor *given[] = {row, n->in[GD__NLL_TARGET], n->in[GD__NLL_MASK], extra, dl};
    gd_tensor views[GD__AT_UPSTREAM + 1];
    int dim = gd__nll_class_dim(n->attributes, input);
    *p = (gd__positions){.o = n->attributes,
                         .node = n,
                         .dtype = input->dtype,
                         .sums = n->through != NULL ? n->through->saved : NULL,
                         .classes = gd__nll_has_classes(n)};
    if (n->in[GD__NLL_WEIGHT] != NULL &&
        (p->weight = read_weight(tape, n->in[GD__NLL_WEIGHT])) == NULL)
        return false;
    for (int k = 0; k <= GD__AT_UPSTREAM; ++k) {
        const gd_tensor *x = given[k] != NULL ? given[k] : row;
        views[k] = x->ndim == input->ndim ? *x : with_classes(x, dim, input);
        given[k] = &views[k];
    }
    p->rows = gd__rows_begin(GD__AT_UPSTREAM + 1, given, dim);
    return true;
}

int64_t gd__some_classes(const gd__positions *p, int64_t from)
{
    int64_t left = p->rows.size - from;
    return left < GD__CHUNK ? left : GD__CHUNK;
}

/* n elements of a row, from number `from` on, as doubles. */
static void load(const gd__positions *p, int tensor, int64_t from, int64_t n, double *values)
{
    const gd__rows *r = &p->rows;
    int64_t offset = from * r->step[tensor] * (int64_t)gd_dtype_size(p->dtype);
    gd__kernels_for(p->dtype)->load(n, values, r->data[tensor] + offset, r->step[tensor]);
}

static bool refuse_probability(gd_tape *tape, const gd__positions *p, int64_t c, double value)
{
    char position[GD__SHAPE_TEXT];
    gd_tensor positions = gd__positions_of(p->node->in[GD__NLL_TARGET],
                                           gd__nll_class_dim(p->o, p->node->in[GD__NLL_INPUT]));
    return gd_tape_fail(tape, GD_ERROR_VALUE,
                        "target %g of class %" PRId64 " at position %s is outside [0,1]", value, c,
                        gd__position_text(position, &positions, p->rows.number));
}

static bool check_probabilities(gd_tape *tape, const gd__positions *p)
{
    double t[GD__CHUNK];
    for (int64_t c = 0; c < p->rows.size; c += GD__CHUNK) {
        int64_t n = gd__some_classes(p, c);
        bool right = true;
        load(p, GD__AT_LABEL, c, n, t);
        for (int64_t j = 0; j < n; ++j)
            right &= t[j] >= 0 && t[j] <= 1;
        for (int64_t j = 0; !right && j < n; ++j)
            if (!(t[j] >= 0 && t[j] <= 1))
                return refuse_probability(tape, p, c + j, t[j]);
    }
    return true;
}

bool gd__positions_next(gd_tape *tape, gd__positions *p, bool *kept)
{
    if (!gd__rows_next(&p->rows))
        return false;
    *kept = p->node->in[GD__NLL_MASK] == NULL || *p->rows.data[GD__AT_MASK] != 0;
    if (p->classes) {
        p->label = *(const int64_t *)(const void *)p->rows.data[GD__AT_LABEL];
        *kept = *kept && p->label != gd__nll_ignored(p->o);
        return !*kept || (p->label >= 0 && p->label < p->rows.size) ||
               gd__refuse_class(tape, p->node->in[GD__NLL_TARGET], p->rows.number, p->label,
                                p->rows.size);
    }
    return !*kept || p->checked || check_probabilities(tape, p);
}

double gd__class_weight(const gd__positions *p, int64_t c)
{
    return p->weight != NULL ? p->weight[c] : 1;
}

void gd__load_shares(const gd__positions *p, int64_t from, int64_t n, double *q)
{
    double e = p->o->label_smoothing, all = e / (double)p->rows.size;
    if (!p->classes)
        load(p, GD__AT_LABEL, from, n, q);
    for (int64_t j = 0; (p->classes || e != 0) && j < n; ++j)
        q[j] = p->classes ? all : (1 - e) * q[j] + all;
    if (p->classes && p->label >= from && p->label < from + n)
        q[p->label - from] += 1 - e;
    for (int64_t j = 0; p->weight != NULL && j < n; ++j)
        q[j] *= p->weight[from + j];
}

void gd__load_log_probabilities(const gd__positions *p, int64_t from, int64_t n, double *l)
{
    load(p, GD__AT_ROW, from, n, l);
    const gd__row_sum *s = p->sums != NULL ? &p->sums[p->rows.number] : NULL;
    for (int64_t j = 0; s != NULL && j < n; ++j)
        l[j] = l[j] - s->m - s->log_sum;
}

double gd__log_probability(const gd__positions *p, int64_t c)
{
    double x = gd__float_at(p->dtype, p->rows.data[GD__AT_ROW], c * p->rows.step[GD__AT_ROW]);
    if (p->sums == NULL)
        return x;
    const gd__row_sum *s = &p->sums[p->rows.number];
    return x - s->m - s->log_sum;
}

bool gd__is_hard(const gd__positions *p)
{
    return p->classes && p->o->label_smoothing == 0;
}

void gd__add_at(const gd__positions *p, int64_t c, double value, bool accumulate)
{
    int64_t at = c * p->rows.step[GD__AT_EXTRA];
    double before = accumulate ? gd__float_at(p->dtype, p->rows.data[GD__AT_EXTRA], at) : 0;
    gd__set_float_at(p->dtype, p->rows.data[GD__AT_EXTRA], at, before + value);
}

void gd__add_some(const gd__positions *p, int64_t from, int64_t n, const double *values,
                  bool accumulate)
{
    const gd__rows *r = &p->rows;
    if (r->step[GD__AT_EXTRA] == 1 && !accumulate)
        gd__kernels_for(p->dtype)->store(
            n, r->data[GD__AT_EXTRA] + from * (int64_t)gd_dtype_size(p->dtype), values);
    else
        for (int64_t j = 0; j < n; ++j)
            gd__add_at(p, from + j, values[j], accumulate);
}
