/* The roles of the columns of a training table: targets, features, weights, groups, .. */
#ifndef GRADUS_FIT_TARGET_COLUMNS_H
#define GRADUS_FIT_TARGET_COLUMNS_H

#include "fit/internal.h"

typedef struct gd__columns {
    bool *targets, *features, *ids, *categorical, *numeric, *text; /* [count] each */
    int count;
    int weight, group; /* -1: none */
} gd__columns;

/* From the options. gd__columns_free in any case. */
bool gd__columns_choose(gd__columns *columns, const gd_fit_options *options, const gd_table *table);
void gd__columns_free(gd__columns *columns);

/* Reads examples->weights. Their sum must be above 0. */
bool gd__weights_read(gd_examples *examples, const gd__columns *columns, const gd_table *table);
/* *without: a copy of the table without the rows in which the column is 0; NULL: there are no such
 * rows, or no others. */
bool gd__drop_weightless(gd_table **without, const gd_table *table, int column);
/* Each row's group: [n] int64 from 0, and *count of them; NULL: each row is a group of its own. */
bool gd__groups_read(gd_tensor **groups, int64_t *count, const gd__columns *columns,
                     const gd_table *table, const gd_tensor *rows);

#endif
