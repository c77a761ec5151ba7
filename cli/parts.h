/* Rows for training and rows for validation. */
#ifndef CLI_PARTS_H
#define CLI_PARTS_H

#include "cli/dataset.h"
#include "cli/target.h"

/* Rows of a table, what is true of them, and how much each counts. */
typedef struct cli_part {
    const gd_table *table;
    cli_truth truth;
    gd_tensor *weights; /* [n] float64; NULL: all 1 */
} cli_part;

/* Which part each of the rows of a truth is in: [n] int64 in [0,k), the caller's; NULL after a message. Each class has its
 * share in every part; rows of one group (groups [n] int64, or NULL) are in one. */
gd_tensor *cli_parts_fold(const cli_target *target, const cli_truth *truth, const gd_tensor *groups,
                          int k, uint64_t seed);

/* Cuts the rows in two: about `fraction` of them become *valid. Both are NULL where there are too few rows, or groups,
 * for two parts. An exit code, here and below. */
int cli_parts_split(const cli_target *target, const cli_truth *truth, const gd_tensor *groups,
                    double fraction, uint64_t seed, gd_tensor **train, gd_tensor **valid);

/* The part of these rows, numbers of rows of `truth`. */
int cli_part_take(cli_part *part, const gd_table *table, const cli_columns *columns,
                  const cli_truth *truth, const gd_tensor *indices);
void cli_part_free(cli_part *part);

#endif
