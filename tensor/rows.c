#include "tensor/rows.h"

gd__rows gd__rows_begin(int n, const gd_tensor *const *tensors, unsigned dims)
{
    return (gd__rows){.row = gd__walk_along(n, tensors, dims),
                      .number = -1,
                      .firsts = gd__walk_along(n, tensors, ~dims),
                      .at = -1};
}

bool gd__rows_next(gd__rows *r)
{
    if (++r->at == r->firsts.length) {
        if (r->firsts.length == 0 || !gd__walk_next(&r->firsts))
            return false;
        r->at = 0;
    }
    ++r->number;
    for (int k = 0; k < r->firsts.n; ++k)
        r->row.data[k] = r->firsts.data[k] + r->at * r->firsts.step[k] * r->firsts.size[k];
    return true;
}

gd__rows gd__rows_reduced(const gd_tensor *x, const gd_tensor *y)
{
    unsigned dims = 0;
    for (int i = 0; i < x->ndim; ++i)
        if (y->shape[i] == 1)
            dims |= 1u << i;
    return gd__rows_begin(2, (const gd_tensor *[]){x, y}, dims);
}
