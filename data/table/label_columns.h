/* The labels of rows, for formats in which a row may have any number of them. They become one
 * column if each row has exactly one label, else a column of 0 and 1 for each label. This is known
 * when all rows have been read. Functions that return false have written a message. */
#ifndef GRADUS_DATA_LABEL_COLUMNS_H
#define GRADUS_DATA_LABEL_COLUMNS_H

#include "data/table/table.h"

typedef struct gd__labels { /* {0}: none yet */
    gd__levels levels;      /* value: the number, or NaN */
    int32_t *code;          /* [count]: for each row, the levels of its labels and then -1 */
    int count, room;
    int64_t rows, alone; /* complete rows; those with exactly one label */
    int in_row;          /* labels of the current row */
    gd__remark first_text;
} gd__labels;

/* Adds a label to the current row. */
bool gd__labels_add(gd__labels *labels, const gd_table *table, const gd__field *label);

bool gd__labels_end_row(gd__labels *labels, const gd_table *table);

/* Adds the columns, which are targets, to a table with the same rows: "label", or one for each
 * label in order, with `prefix` before its name (at most 16 bytes, and for numbers only). */
bool gd__labels_finish(gd__labels *labels, gd_table *table, const char *prefix);

void gd__labels_destroy(gd__labels *labels);

#endif
