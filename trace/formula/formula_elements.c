/* The numbers under a formula: elements of tensors, where an element of the result stands in what
 * the op walks over, and walks over the terms of a sum. */
#include "trace/formula/formula.h"

bool gd__known_element(const gd__numbers *n, int64_t number, double *value)
{
    int64_t element = 0, count = 1; /* of x, row-major; of its elements in a step of dimension k */
    const gd_tensor *x = n->x;
    if (x == NULL)
        return false;
    for (int k = n->ndim - 1; k >= 0; --k) {
        int64_t at = number % n->shape[k], dim = k + x->ndim - n->ndim;
        number /= n->shape[k];
        if (dim < 0 ? at > 0 : at >= x->shape[dim])
            return false;
        element += dim < 0 ? 0 : at * count;
        count *= dim < 0 ? 1 : x->shape[dim];
    }
    *value = gd_tensor_at(x, element);
    return true;
}

gd__sum_walk gd__sum_begin(gd__evaluation *e, const gd__term *t)
{
    return (gd__sum_walk){
        .e = e, .t = t, .bits = gd__over_bits(e->f, t->over, e->frame.ndim), .before = e->frame};
}

static bool first(gd__sum_walk *w)
{
    bool any = true;
    w->begun = true;
    if (w->t->over == GD__OVER_VARIABLE) {
        w->e->variables[w->t->b] = 0;
        return w->e->f->variables[w->t->b].count > 0;
    }
    for (int k = 0; k < w->before.ndim; ++k)
        if ((w->bits >> k & 1) != 0) {
            w->e->frame.at[k] = 0;
            any &= w->e->frame.size[k] > 0;
        }
    return any;
}

static bool next(gd__sum_walk *w)
{
    if (w->t->over == GD__OVER_VARIABLE)
        return ++w->e->variables[w->t->b] < w->e->f->variables[w->t->b].count;
    for (int k = w->before.ndim - 1; k >= 0; --k)
        if ((w->bits >> k & 1) != 0) {
            if (++w->e->frame.at[k] < w->e->frame.size[k])
                return true;
            w->e->frame.at[k] = 0;
        }
    return false;
}

bool gd__sum_next(gd__sum_walk *w)
{
    bool more = !w->e->failed && (w->begun ? next(w) : first(w));
    if (!more)
        w->e->frame = w->before;
    return more;
}

static void unravel(int64_t element, int ndim, const int64_t *shape, int64_t *index)
{
    for (int k = ndim - 1; k >= 0; --k) {
        index[k] = element % shape[k];
        element /= shape[k];
    }
}

void gd__evaluation_begin(gd__evaluation *e, const gd__formula *f, int64_t element)
{
    int64_t index[GD_MAX_DIMS];
    *e = (gd__evaluation){.f = f, .frame = f->frame, .readings = {.size = sizeof(gd__reading)}};
    gd__numbers x = gd__seen(f, f->operand < 0 ? GD__Y : f->operand, &f->frame);
    unravel(element, x.ndim, x.shape, index);
    int ndim = x.ndim - f->n_index;
    for (int i = 0; i < f->n_index; ++i)
        e->variables[f->first_index + i] = index[ndim + i];
    for (int k = 0; k < f->frame.ndim; ++k) {
        int dim = gd__dim_of(f, &f->frame, ndim, k);
        e->frame.at[k] = dim >= 0 && dim < ndim && x.shape[dim] != 1 ? index[dim] : 0;
    }
}

void gd__evaluation_end(gd__evaluation *e)
{
    gd__array_free(&e->readings);
}
