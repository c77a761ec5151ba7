/* What the columns of a training table are for. */
#ifndef CLI_DATASET_H
#define CLI_DATASET_H

#include "cli/options/tables.h"

/* What each column of a training table is for. */
typedef struct cli_columns {
    bool *targets, *features, *ids, *categorical, *numeric, *text; /* [columns of the table] */
    int weight, group;                                             /* -1: none */
} cli_columns;

/* By the options; an exit code. */
int cli_columns_choose(cli_columns *columns, const cli_options *options, const gd_table *table);
void cli_columns_free(cli_columns *columns);

/* Each row's weight, by the --weight column: [n] float64 of the rows; an exit code. *weights is NULL where the option
 * was not given. */
int cli_weights_read(gd_tensor **weights, const cli_columns *columns, const gd_table *table,
                     const gd_tensor *rows);
/* Replaces a table in which rows have the weight 0 by one without them, unless all have it; an exit code. */
int cli_drop_weightless(gd_table **table, int weight);
/* Not all of these rows' weights may be 0, but those of a part of them may; an exit code. */
int cli_weights_check(const cli_columns *columns, const gd_table *table, const gd_tensor *rows);
/* Each row's group, by the --group column: [n] int64 from 0; the same. */
int cli_groups_read(gd_tensor **groups, const cli_columns *columns, const gd_table *table,
                    const gd_tensor *rows);
int64_t cli_groups_count(const gd_tensor *groups); /* different ones; -1 after a message */

#endif
