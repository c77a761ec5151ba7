/* Lists of row numbers, and taking those rows. */
#ifndef GRADUS_DATA_ROWS_H
#define GRADUS_DATA_ROWS_H

#include "tensor/internal.h"

#include <gradus/data.h>

static inline bool gd__is_row_list(const gd_tensor *x)
{
    return x != NULL && x->ndim == 1 && x->dtype == GD_I64;
}

static inline int64_t gd__row_at(const gd_tensor *list, int64_t i)
{
    return ((const int64_t *)list->data)[i * list->stride[0]];
}

/* taken = the rows of x that the list says, which has been checked: same dtype and row shape. */
void gd__take_rows(gd_tensor *taken, const gd_tensor *x, const gd_tensor *rows);

#endif
