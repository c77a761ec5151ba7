/* Tables that are tensors: idx, npy, npz. */
#ifndef GRADUS_DATA_ARRAY_COLUMNS_H
#define GRADUS_DATA_ARRAY_COLUMNS_H

#include "data/table/table.h"

enum { GD__MOST_ARRAY_COLUMNS = 1 << 20 };

/* Adds the columns of a tensor [N,..], which is the table's from now on, also if it fails; NULL is
 * passed on as a failure. They are called prefix1, prefix2, .., or `alone` where there is one and
 * that is not NULL. All tensors have the same N, not 0. */
bool gd__matrix_add(gd_table *table, gd_tensor *tensor, const char *prefix, const char *alone,
                    bool target);

/* An array as a file has it: of numbers, or of texts, uint8 [N,..,bytes] with zeros behind
 * each. */
typedef struct gd__array {
    gd_tensor *x;
    bool text;
    const char *prefix, *alone; /* as above */
    bool target;
} gd__array;

/* Adds all that a table has: as above, or, if there are texts among them, cell by cell. The
 * tensors are the table's, or destroyed; one that is NULL is passed on as a failure. */
bool gd__matrix_add_arrays(gd_table *table, gd__array *arrays, int count);

/* When all are there: gives those levels that are targets or to be kept verbatim, if they may be
 * classes. */
bool gd__matrix_finish(gd_table *table);

#endif
