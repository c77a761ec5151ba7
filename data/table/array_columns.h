/* Tables made of arrays: idx, npy, npz. Functions that return false have written a message. */
#ifndef GRADUS_DATA_ARRAY_COLUMNS_H
#define GRADUS_DATA_ARRAY_COLUMNS_H

#include "data/table/table.h"

enum { GD__MOST_ARRAY_COLUMNS = 1 << 20 };

/* Adds the columns of a tensor [N,..] of numbers as views. The table takes the tensor over, even
 * on failure; NULL is passed on as a failure. The columns are called prefix1, prefix2, .., or
 * `alone` (unless NULL) if there is only one. All tensors of a table have the same N, which is not
 * 0. */
bool gd__matrix_add(gd_table *table, gd_tensor *tensor, const char *prefix, const char *alone,
                    bool target);

/* An array of a file: numbers [N,..], or texts as uint8 [N,..,bytes], padded with zeros. */
typedef struct gd__array {
    gd_tensor *x;
    bool text;
    const char *prefix, *alone; /* as above */
    bool target;
} gd__array;

/* Adds all arrays of a table: as views, or cell by cell if some hold texts. Takes the tensors
 * over, even on failure. One that is NULL is passed on as a failure. */
bool gd__matrix_add_arrays(gd_table *table, gd__array *arrays, int count);

/* Finishes a table of views: gives levels to targets and verbatim columns whose numbers may be
 * classes. */
bool gd__matrix_finish(gd_table *table);

#endif
