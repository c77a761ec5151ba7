/* Lists of row numbers, and of the class or group of each row. */
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

/* Row i of the selected ones; rows NULL: of all. */
static inline int64_t gd__chosen_row(const gd_tensor *rows, int64_t i)
{
    return rows != NULL ? gd__row_at(rows, i) : i;
}

/* Checks that a list holds row numbers in [0, rows). False with a message: GD_ERROR_ARGUMENT (no
 * such list), GD_ERROR_VALUE. */
bool gd__are_rows(const char *function, const gd_tensor *list, int64_t rows);

/* Copies the selected rows of x to `taken`, of the same dtype and row shape. The rows have been
 * checked. */
void gd__take_rows(gd_tensor *taken, const gd_tensor *x, const gd_tensor *rows);

/* The number of classes or groups: the largest number of the list, plus 1. -1 with a message,
 * which calls them `what`: a number is negative or too large. */
int64_t gd__count_kinds(const char *function, const char *what, const gd_tensor *kinds);

/* Adds the number of rows of each kind to sizes [kinds], which are 0. Returns the number of kinds
 * that have rows. */
int64_t gd__count_rows(const gd_tensor *kinds, int64_t *sizes);

/* Divides rows into those with parts[row] == test_part and the others, as two new lists, in this
 * order (NULL: ascending). */
gd_status gd__divide_rows(const gd_tensor *parts, int64_t test_part, const gd_tensor *order,
                          gd_tensor **train, gd_tensor **test);

#endif
