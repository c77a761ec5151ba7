/* Where a formula reads: an element of a tensor, seen from a place of the frame. */
#include "trace/formula/formula.h"

#include <math.h>

int gd__dim_of(const gd__formula *f, const gd__frame *frame, int ndim, int k)
{
    int dropped = __builtin_popcount(f->reduced);
    if (dropped > 0 && ndim < frame->ndim && ndim == frame->ndim - dropped) {
        int dim = k - __builtin_popcount(f->reduced & ((1u << k) - 1));
        return (f->reduced >> k & 1) != 0 ? -1 : dim;
    }
    return k - (frame->ndim - ndim) < 0 ? -1 : k - (frame->ndim - ndim);
}

gd__numbers gd__seen(const gd__formula *f, int slot, const gd__frame *frame)
{
    gd__numbers x = f->call->slots[slot];
    unsigned bits = gd__over_bits(f, GD__OVER_CLASSES, frame->ndim);
    if ((f->per_class >> slot & 1) == 0 || x.ndim != 1 || x.shape[0] == 1 || bits == 0)
        return x;
    int64_t classes = x.shape[0];
    x.ndim = frame->ndim;
    for (int k = 0; k < x.ndim; ++k)
        x.shape[k] = (bits >> k & 1) != 0 ? classes : 1;
    return x;
}

/* The row-major number of an index in a shape; -1: outside. */
static int64_t number_of(const gd__numbers *x, const int64_t *index)
{
    int64_t number = 0;
    for (int k = 0; k < x->ndim; ++k) {
        if (index[k] < 0 || index[k] >= x->shape[k])
            return -1;
        number = number * x->shape[k] + index[k];
    }
    return number;
}

/* The place `frame` as an index of x's first `ndim` dimensions, which are aligned with it at the
 * end. */
static void align(const gd__evaluation *e, const gd__frame *frame, const gd__numbers *x, int ndim,
                  int64_t *index)
{
    for (int k = 0; k < ndim; ++k)
        index[k] = 0;
    for (int k = 0; k < frame->ndim; ++k) {
        int dim = gd__dim_of(e->f, frame, ndim, k);
        if (dim >= 0 && dim < ndim && x->shape[dim] != 1)
            index[dim] = frame->at[k];
    }
}

/* A whole number; -1: it is none, or outside. */
static int64_t whole(long double value)
{
    return value >= 0 && value < 0x1p62L && value == floorl(value) ? (int64_t)value : -1;
}

int64_t gd__frame_number(const gd__frame *frame)
{
    int64_t number = 0;
    for (int k = 0; k < frame->ndim; ++k)
        number = number * frame->size[k] + frame->at[k];
    return number;
}

/* The dimension that an attribute names, from 0 on; -1: there is no such one. */
static int named_dim(double dim, int ndim)
{
    dim = dim < 0 ? dim + ndim : dim;
    return dim >= 0 && dim < ndim ? (int)dim : -1;
}

/* The attributes dim0 and dim1 of swap change places; those of a list become the order. false: the
 * frame has no such dimensions. */
static bool reorder(const gd__evaluation *e, gd__form form, const gd__frame *frame, int64_t *index)
{
    int64_t dims[GD_MAX_DIMS];
    int ndim = frame->ndim;
    double dim0 = 0, dim1 = 0;
    for (int k = 0; k < ndim; ++k)
        index[k] = frame->at[k];
    if (form == GD__SWAPPED) {
        gd__attribute(e->f->call, "dim0", 4, &dim0);
        gd__attribute(e->f->call, "dim1", 4, &dim1);
        int a = named_dim(dim0, ndim), b = named_dim(dim1, ndim);
        if (a < 0 || b < 0)
            return false;
        index[a] = frame->at[b];
        index[b] = frame->at[a];
        return true;
    }
    bool fits = gd__attribute_list(e->f->call, "dims", dims) == ndim;
    for (int k = 0; fits && k < ndim; ++k) {
        int dim = named_dim((double)dims[k], ndim);
        fits = dim >= 0;
        if (fits)
            index[form == GD__PERMUTED ? dim : k] = frame->at[form == GD__PERMUTED ? k : dim];
    }
    return fits;
}

static int64_t refuse(gd__evaluation *e, const gd__numbers *x)
{
    gd_fail(GD_ERROR_SHAPE, "%s: %s does not fit its formula", e->f->call->op->name, x->name);
    e->failed = true;
    return -1;
}

/* ---- operands one after another ---- */

/* How much of the result's dimension an operand fills: 1 where the dimension is a new one. */
static int64_t size_along(const gd__numbers *x, int ndim, int dim)
{
    return x->ndim == ndim ? x->shape[dim] : 1;
}

int64_t gd__place_joined(gd__evaluation *e, const gd__term *t, int *slot)
{
    const gd__call *call = e->f->call;
    const gd__frame *frame = &e->frame;
    unsigned bits = gd__over_bits(e->f, t->over, frame->ndim);
    int dim = bits != 0 ? __builtin_ctz(bits) : 0;
    int64_t index[GD_MAX_DIMS], offset = 0;
    for (*slot = 0; bits != 0 && *slot < call->n_in; ++*slot) {
        const gd__numbers *x = &call->slots[*slot];
        bool is_new = x->ndim + 1 == frame->ndim;
        if (x->ndim != frame->ndim && !is_new)
            return refuse(e, x);
        int64_t size = size_along(x, frame->ndim, dim), here = frame->at[dim] - offset;
        for (int k = 0; k < x->ndim; ++k)
            index[k] = is_new ? frame->at[k + (k >= dim)] : k == dim ? here : frame->at[k];
        if (here < size)
            return number_of(x, index);
        offset += size;
    }
    *slot = 0;
    return refuse(e, &call->slots[GD__Y]);
}

/* Where the operand's own element, the frame's place, stands in x. */
static int64_t place_in_joined(gd__evaluation *e, const gd__term *t, const gd__numbers *x)
{
    const gd__frame *frame = &e->frame;
    unsigned bits = gd__over_bits(e->f, t->over, x->ndim);
    bool is_new = frame->ndim + 1 == x->ndim;
    if (bits == 0 || (frame->ndim != x->ndim && !is_new))
        return refuse(e, x);
    int dim = __builtin_ctz(bits);
    int64_t index[GD_MAX_DIMS], offset = 0;
    for (int i = 0; i < e->f->operand && i < GD_OP_OPERANDS; ++i) {
        const gd__numbers *before = &e->f->call->slots[i];
        if (before->ndim != frame->ndim)
            return refuse(e, before);
        offset += size_along(before, x->ndim, dim);
    }
    for (int k = 0; k < x->ndim; ++k)
        index[k] = is_new && k == dim ? 0 : frame->at[k - (is_new && k > dim)];
    index[dim] += offset;
    return number_of(x, index);
}

int64_t gd__place_read(gd__evaluation *e, const gd__term *t, const long double *at)
{
    gd__numbers x =
        t->form == GD__PER_CLASS ? gd__seen(e->f, t->slot, &e->frame) : e->f->call->slots[t->slot];
    gd__frame frame = e->frame;
    int64_t index[GD_MAX_DIMS];
    unsigned bits;
    switch (t->form) {
    case GD__NUMBERED: {
        int64_t n = t->a < 0 ? gd__frame_number(&frame) : whole(at[0]);
        int64_t size = 1;
        for (int k = 0; k < x.ndim; ++k)
            size *= x.shape[k];
        return n < size ? n : -1;
    }
    case GD__LIST:
        align(e, &frame, &x, x.ndim - t->n_list, index);
        for (int i = 0; i < t->n_list; ++i)
            index[x.ndim - t->n_list + i] = whole(at[i]);
        return number_of(&x, index);
    case GD__ALONG:
        bits = gd__over_bits(e->f, t->over, frame.ndim);
        if (x.ndim != frame.ndim || bits == 0)
            return refuse(e, &x);
        for (int k = 0; k < frame.ndim; ++k)
            index[k] = frame.at[k];
        index[__builtin_ctz(bits)] = whole(at[0]);
        return number_of(&x, index);
    case GD__HERE:
    case GD__PER_CLASS:
        if (x.ndim > frame.ndim)
            return refuse(e, &x);
        align(e, &frame, &x, x.ndim, index);
        return number_of(&x, index);
    case GD__PART:
        return place_in_joined(e, t, &x);
    default:
        if (x.ndim != frame.ndim || !reorder(e, t->form, &frame, index))
            return refuse(e, &x);
        return number_of(&x, index);
    }
}
