/* What the columns of a training table are for. */
#ifndef GRADUS_FIT_COLUMNS_H
#define GRADUS_FIT_COLUMNS_H

#include "fit/internal.h"

typedef struct gd__columns {
    bool *targets, *features, *ids, *categorical, *numeric, *text; /* [count] each */
    int count;
    int weight, group; /* -1: none */
} gd__columns;

/* By the options. gd__columns_free in any case. */
gd_status gd__columns_choose(gd__columns *columns, const gd_fit_options *options,
                             const gd_table *table);
void gd__columns_free(gd__columns *columns);

/* Each row's weight, examples->weights. Not all may be 0. */
gd_status gd__weights_read(gd_examples *examples, const gd__columns *columns,
                           const gd_table *table);
/* The table without the rows in which the column is 0; NULL with GD_OK: there is none, or nothing
 * else. */
gd_status gd__drop_weightless(gd_table **without, const gd_table *table, int column);
/* Each row's group: [n] int64 from 0, and how many there are; NULL: each row is its own. */
gd_status gd__groups_read(gd_tensor **groups, int64_t *count, const gd__columns *columns,
                          const gd_table *table, const gd_tensor *rows);

#endif
