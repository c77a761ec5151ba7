#include "tensor/rows.h"

gd__rows gd__rows_begin(int n, const gd_tensor *const *tensors, unsigned dims)
{
    return (gd__rows){.row = gd__walk_along(n, tensors, dims),
                      .number = -1,
                      .end = INT64_MAX,
                      .firsts = gd__walk_along(n, tensors, ~dims),
                      .at = -1};
}

gd__rows gd__rows_between(const gd__rows *rows, int64_t begin, int64_t end)
{
    gd__rows r = *rows;
    gd__walk *w = &r.firsts;
    int64_t left = begin;
    r.number = begin - 1;
    r.end = end;
    r.at = w->length > 0 ? left % w->length - 1 : -1;
    for (int i = 0; i < w->ndim; ++i) {
        int64_t at = left % w->shape[i];
        left /= w->shape[i];
        if (i == 0)
            continue;
        w->index[i] = at;
        for (int k = 0; k < w->n; ++k)
            w->data[k] += at * w->stride[k][i];
    }
    return r;
}

bool gd__rows_next(gd__rows *r)
{
    if (++r->number == r->end)
        return false;
    if (++r->at == r->firsts.length) {
        if (r->firsts.length == 0 || !gd__walk_next(&r->firsts))
            return false;
        r->at = 0;
    }
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
