#include "tensor/walk.h"

/* Whether dimension `outer` continues dimension `outer + 1` in every tensor: then they are one. */
static bool continues(const gd__walk *w, int outer)
{
    for (int k = 0; k < w->n; ++k)
        if (w->stride[k][outer] != w->shape[outer + 1] * w->stride[k][outer + 1])
            return false;
    return true;
}

/* Removes dimension i; its size has been merged into i + 1, or is 1. */
static void remove_dimension(gd__walk *w, int i)
{
    --w->ndim;
    for (int j = i; j < w->ndim; ++j) {
        w->shape[j] = w->shape[j + 1];
        for (int k = 0; k < w->n; ++k)
            w->stride[k][j] = w->stride[k][j + 1];
    }
}

gd__walk gd__walk_along(int n, const gd_tensor *const *tensors, unsigned dims)
{
    gd__walk w;
    const gd_tensor *whole = tensors[0];
    w.n = n;
    w.ndim = whole->ndim;
    w.length = 1;
    for (int i = 0; i < w.ndim; ++i) {
        w.shape[i] = dims >> i & 1 ? whole->shape[i] : 1;
        w.index[i] = 0;
        if (w.shape[i] == 0)
            w.length = 0;
    }
    for (int k = 0; k < n; ++k) {
        const gd_tensor *x = tensors[k];
        int added = whole->ndim - x->ndim;
        w.data[k] = x->data;
        w.size[k] = (int64_t)gd_dtype_size(x->dtype);
        w.step[k] = 0;
        for (int i = 0; i < w.ndim; ++i)
            w.stride[k][i] =
                i < added || x->shape[i - added] == 1 ? 0 : x->stride[i - added] * w.size[k];
    }
    if (w.length == 0) {
        w.ndim = 0;
        return w;
    }
    for (int i = w.ndim - 1; i >= 0; --i)
        if (w.shape[i] == 1)
            remove_dimension(&w, i);
    for (int i = w.ndim - 2; i >= 0; --i)
        if (continues(&w, i)) {
            w.shape[i + 1] *= w.shape[i];
            remove_dimension(&w, i);
        }
    if (w.ndim > 0) {
        int last = --w.ndim;
        w.length = w.shape[last];
        for (int k = 0; k < n; ++k)
            w.step[k] = w.stride[k][last] / w.size[k];
    }
    return w;
}

gd__walk gd__walk_begin(int n, const gd_tensor *const *tensors)
{
    return gd__walk_along(n, tensors, ~0u);
}

bool gd__walk_next(gd__walk *w)
{
    for (int i = w->ndim - 1; i >= 0; --i) {
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
