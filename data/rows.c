/* Rows of a tensor by their numbers. */
#include "data/rows.h"

#include <inttypes.h>
#include <string.h>

void gd__take_rows(gd_tensor *taken, const gd_tensor *x, const gd_tensor *rows)
{
    int64_t n = rows->shape[0];
    bool plain = gd_tensor_is_contiguous(x) && gd_tensor_is_contiguous(taken);
    size_t bytes = gd_dtype_size(x->dtype);
    for (int i = 1; i < x->ndim; ++i)
        bytes *= (size_t)x->shape[i];
    for (int64_t i = 0; i < n; ++i) {
        int64_t row = gd__row_at(rows, i);
        if (plain) {
            memcpy((char *)taken->data + (size_t)i * bytes,
                   (const char *)x->data + (size_t)row * bytes, bytes);
        } else {
            gd_tensor from = gd_tensor_slice(x, 0, row, row + 1, 1);
            gd_tensor to = gd_tensor_slice(taken, 0, i, i + 1, 1);
            gd_tensor_copy(&to, &from);
        }
    }
}

gd_tensor *gd_take_rows(const gd_tensor *x, const gd_tensor *indices)
{
    if (!gd__is_valid("take_rows", x) || x->ndim == 0 || !gd__is_row_list(indices))
        return gd__fail_null(
            "take_rows: rows of a tensor, and a 1-d int64 list of them, are needed");
    int64_t n = indices->shape[0];
    for (int64_t i = 0; i < n; ++i) {
        int64_t row = gd__row_at(indices, i);
        if (row < 0 || row >= x->shape[0])
            return gd__fail_null("take_rows: index %" PRId64 " at %" PRId64
                                 " is not one of %" PRId64 " rows",
                                 row, i, x->shape[0]);
    }
    int64_t shape[GD_MAX_DIMS];
    memcpy(shape, x->shape, sizeof shape);
    shape[0] = n;
    gd_tensor *taken = gd_tensor_create(x->dtype, x->ndim, shape);
    if (taken != NULL)
        gd__take_rows(taken, x, indices);
    return taken;
}
