#include "tensor/walk.h"

/* Adds dimension i of the whole around those that the walk has; or to the last of them, where in
 * every tensor it continues that one: then they are one longer dimension. */
static void add_dimension(gd__walk *w, const gd_tensor *const *tensors, int i)
{
    int at = w->ndim, ndim = tensors[0]->ndim;
    bool continues = at > 0;
    for (int k = 0; k < w->n; ++k) {
        const gd_tensor *x = tensors[k];
        int own = i - (ndim - x->ndim);
        int64_t stride = own < 0 || x->shape[own] == 1 ? 0 : x->stride[own];
        if (at == 0)
            w->step[k] = stride;
        w->stride[k][at] = stride * w->size[k];
        continues = continues && w->stride[k][at] == w->shape[at - 1] * w->stride[k][at - 1];
    }
    if (continues) {
        w->shape[at - 1] *= tensors[0]->shape[i];
        return;
    }
    w->shape[at] = tensors[0]->shape[i];
    w->index[at] = 0;
    ++w->ndim;
}

gd__walk gd__walk_along(int n, const gd_tensor *const *tensors, unsigned dims)
{
    gd__walk w;
    w.n = n;
    w.ndim = 0;
    w.numel = w.length = 1;
    for (int k = 0; k < n; ++k) {
        w.data[k] = tensors[k]->data;
        w.size[k] = (int64_t)gd_dtype_size(tensors[k]->dtype);
        w.step[k] = 0;
    }
    for (int i = tensors[0]->ndim - 1; i >= 0; --i)
        if ((dims >> i & 1) != 0 && tensors[0]->shape[i] != 1) {
            add_dimension(&w, tensors, i);
            w.length = w.shape[0];
            w.numel *= tensors[0]->shape[i];
        }
    for (int i = 0; i < w.ndim; ++i)
        if (w.shape[i] == 0)
            w.length = w.ndim = 0;
    return w;
}

bool gd__walk_next(gd__walk *w)
{
    for (int i = 1; i < w->ndim; ++i) {
        for (int k = 0; k < w->n; ++k)
            w->data[k] += w->stride[k][i];
        if (++w->index[i] < w->shape[i])
            return true;
        for (int k = 0; k < w->n; ++k)
            w->data[k] -= w->shape[i] * w->stride[k][i];
        w->index[i] = 0;
    }
    return false;
}
