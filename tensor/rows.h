/* Walking the rows of tensors together: for each position, all elements along one dimension. */
#ifndef GRADUS_TENSOR_ROWS_H
#define GRADUS_TENSOR_ROWS_H

#include "tensor/walk.h"

/* The row that the walk is at; the first tensor says how many elements a row has. */
typedef struct gd__rows {
    gd__walk walk;                /* over the first elements of the rows */
    int64_t at;                   /* in the walk's run */
    int64_t number, size;         /* of the row, in row-major order from 0 on; elements in it */
    char *data[GD__WALK_MAX];     /* the row's first element in each tensor */
    int64_t step[GD__WALK_MAX];   /* elements from one to the next; 0 where there is one */
    int64_t stride[GD__WALK_MAX]; /* bytes from one row to the next in a run */
} gd__rows;

/* Rows along dimension dim. The tensors have the first one's shape, but may have size 1 in dim. Then
 *     while (gd__rows_next(&r))
 *         ... element j of the row in tensor k, of type real: ((real *)r.data[k])[j * r.step[k]] */
gd__rows gd__rows_begin(int n, const gd_tensor *const *tensors, int dim);
bool gd__rows_next(gd__rows *rows);

#endif
