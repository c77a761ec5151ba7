/* Places that an index names: what gather, index_select and embedding take, each in its own way,
 *     gather        y[i][j] = x[index[i][j]][j]   (along dimension 0)
 *     index_select  y[i][j] = x[index[i]][j]      (along dimension 0)
 *     embedding     y[i][j] = x[index[i]][j]      (i: all positions of the index)
 * and what their adjoints add to. */
#ifndef GRADUS_AUTOGRAD_OPS_LOOKUP_H
#define GRADUS_AUTOGRAD_OPS_LOOKUP_H

#include "autograd/internal.h"
#include "tensor/walk.h"

/* y[p] = rows[p] moved on by index[p] steps: index and rows have y's shape, with stride 0 where
 * they do not change. */
typedef struct gd__lookup {
    gd_tensor index, rows;
    int64_t stride; /* of x along the dimension that is looked up in, in elements */
} gd__lookup;

/* y = what is looked up. */
void gd__lookup_read(const gd_tensor *y, const gd__lookup *l);

/* What would be looked up += source, in the order of source. */
void gd__lookup_add(const gd__lookup *l, const gd_tensor *source);

/* Whether all that the index names are in [0, size); false: the tape has the error. */
bool gd__check_indices(gd_tape *tape, const gd_tensor *index, int64_t size);

/* Element j of a run of the index. */
static inline int64_t gd__index_at(const gd__walk *w, int tensor, int64_t j)
{
    return ((const int64_t *)(const void *)w->data[tensor])[j * w->step[tensor]];
}

#endif
