#include "tensor/rows.h"

gd__rows gd__rows_begin(int n, const gd_tensor *const *tensors, int dim)
{
    gd_tensor firsts[GD__WALK_MAX];
    const gd_tensor *pointers[GD__WALK_MAX] = {NULL};
    gd__rows r = {.number = -1, .at = -1, .size = tensors[0]->shape[dim]};
    for (int k = 0; k < n; ++k) {
        firsts[k] = *tensors[k];
        r.step[k] = firsts[k].shape[dim] == 1 ? 0 : firsts[k].stride[dim];
        firsts[k].shape[dim] = 1;
        pointers[k] = &firsts[k];
    }
    r.walk = gd__walk_begin(n, pointers);
    for (int k = 0; k < n; ++k)
        r.stride[k] = r.walk.step[k] * (int64_t)gd_dtype_size(tensors[k]->dtype);
    return r;
}

bool gd__rows_next(gd__rows *r)
{
    if (++r->at == r->walk.length) {
        if (r->walk.length == 0 || !gd__walk_next(&r->walk))
            return false;
        r->at = 0;
    }
    ++r->number;
    for (int k = 0; k < r->walk.n; ++k)
        r->data[k] = r->walk.data[k] + r->at * r->stride[k];
    return true;
}
