/* Lists of row numbers, and of the class or group of each row; taking rows. */
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

/* list is one, and of numbers in [0, rows); otherwise false and a message. */
bool gd__are_rows(const char *function, const gd_tensor *list, int64_t rows);

/* taken = the rows of x that the list says, which has been checked: same dtype and row shape. */
void gd__take_rows(gd_tensor *taken, const gd_tensor *x, const gd_tensor *rows);

/* How many classes or groups there may be: the largest number in the list, and 1. -1 and a
 * message, which calls them `what`, where a number is negative or too large to be one of a count
 * from 0. */
int64_t gd__count_kinds(const char *function, const char *what, const gd_tensor *kinds);

/* Adds to sizes[kind] the rows of that kind; they come in as zeros. Returns how many kinds have
 * any. */
int64_t gd__count_rows(const gd_tensor *kinds, int64_t *sizes);

/* The rows in part `test_part`, and the others, as two new lists, in the order given (NULL: as
 * they lie). */
gd_status gd__divide_rows(const gd_tensor *parts, int64_t test_part, const gd_tensor *order,
                          gd_tensor **train, gd_tensor **test);

#endif
