/* Walking the rows of tensors together: for each position, all elements along some dimensions. */
#ifndef GRADUS_TENSOR_ROWS_H
#define GRADUS_TENSOR_ROWS_H

#include "tensor/walk.h"

typedef struct gd__rows {
    gd__walk row;    /* over the elements of the current row */
    int64_t number;  /* of the row, in row-major order from 0 on */
    int64_t end;     /* the number behind the last row's */
    gd__walk firsts; /* over the first elements of the rows */
    int64_t at;      /* in the run of `firsts` */
} gd__rows;

/* Rows along the dimensions whose bits are set in `dims`. The tensors have the first one's shape,
 * but may have size 1 along a row:
 *     while (gd__rows_next(&r))
 *         ... r.row ...
 * Along one dimension a row is one run, in tensor k from r.row.data[k] on. */
gd__rows gd__rows_begin(int n, const gd_tensor *const *tensors, unsigned dims);
bool gd__rows_next(gd__rows *rows);

/* Rows number begin to end - 1 of `rows`, which has just begun. */
gd__rows gd__rows_between(const gd__rows *rows, int64_t begin, int64_t end);

/* The rows of x that become one element each of y (and y's element itself), as tensors 0 and 1: y
 * has x's number of dimensions, each of x's size or 1. */
gd__rows gd__rows_reduced(const gd_tensor *x, const gd_tensor *y);

#endif
