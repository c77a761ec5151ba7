/* Tables made of arrays: idx, npy, npz. */
#ifndef GRADUS_DATA_ARRAY_COLUMNS_H
#define GRADUS_DATA_ARRAY_COLUMNS_H

#include "data/table/table.h"

enum { GD__MOST_ARRAY_COLUMNS = 1 << 20 };

/* An array of a file: numbers [N,..], or texts as uint8 [N,..,bytes], padded with zeros. */
typedef struct gd__array {
    gd_tensor *x;
    bool text;
    const char *prefix, *alone; /* the columns are prefix1, .., or one is `alone`, if not NULL */
    bool target;
} gd__array;

/* Adds all arrays of a table, with the same N, which is not 0: as views, or cell by cell if some
 * hold texts. Of the views, targets and verbatim columns get levels if their numbers may be
 * classes. Takes the tensors over, even on failure; one that is NULL is passed on as a failure.
 * False with a message. */
bool gd__table_add_arrays(gd_table *table, gd__array *arrays, int count);

#endif
