/* The labels of rows that may have any number of them: one column if each row has exactly one,
 * else a column of 0 and 1 for each label. Which it is shows when all rows have been read. */
#ifndef GRADUS_DATA_LABEL_COLUMNS_H
#define GRADUS_DATA_LABEL_COLUMNS_H

#include "data/table/table.h"

typedef struct gd__labels { /* {0}: none yet */
    gd__levels levels;      /* with their values: numbers, or NaN */
    int32_t *code;          /* [count]: row by row the levels of its labels, and -1 behind them */
    int count, room;
    int64_t rows, alone; /* ended rows; those with one label */
    int in_row;          /* labels of the row that is being read */
    gd__remark first_text;
} gd__labels;

/* A label of the row that is being read. False with a message, as below. */
bool gd__labels_add(gd__labels *labels, const gd_table *table, const gd__field *label);

bool gd__labels_end_row(gd__labels *labels, const gd_table *table);

/* Adds the columns, which are targets, to the table of as many rows: "label", or the labels in
 * their order, each with `prefix` (at most 16 bytes, and for numbers only) in front. */
bool gd__labels_finish(gd__labels *labels, gd_table *table, const char *prefix);

void gd__labels_destroy(gd__labels *labels);

#endif
