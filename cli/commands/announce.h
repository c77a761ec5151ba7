/* Announcements of training on standard error: the target, and the selected model. */
#ifndef CLI_ANNOUNCE_H
#define CLI_ANNOUNCE_H

#include "cli/dataset.h"
#include "cli/validation.h"

/* predicting "species" (3 classes: setosa, versicolor, virginica) from 4 columns, 150 rows */
void cli_announce_target(const cli_target *target, const gd_table *table,
                         const cli_columns *columns, int64_t rows);

/* Warns of many classes, and of classes that result from few texts among numbers. */
void cli_warn_of_classes(const cli_target *target, const gd_table *table);

/* selected the mean of logreg and mlp: validation loss 0.0659 (logreg 0.0712, mlp 0.0678) */
void cli_announce_choice(const cli_choice *choice);

#endif
