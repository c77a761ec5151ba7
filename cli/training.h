/* What one call of gradus train works with, and the parts of its work. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "cli/model.h"
#include "cli/validation.h"

typedef struct cli_training {
    const cli_options *options;
    double start;
    bool announces;                /* on stderr, what it is about to do and what won */
    gd_table *table, *valid_table; /* valid_table: of --valid; NULL: a part of the table */
    cli_columns columns;
    cli_model model;
    cli_truth truth; /* of the whole table */
    cli_objective objective;
    cli_view view; /* of this training's columns, target and objective */
    cli_validation validation;
    cli_choice choice;
    cli_watch watch;
    bool resume; /* the watch's */
    gd__json *identity;
} cli_training;

/* Deals the table's rows out to pairs of training and validation rows: `validation`. An exit code, here and below. */
int cli_training_deal_rows(cli_training *training);

/* Finds the best recipe and trains it: `choice`, and the model's encoder and network. CLI_INTERRUPTED: they are what
 * there was then. */
int cli_training_run(cli_training *training);

/* Judges the model, saves it, and writes what was asked for. */
int cli_training_finish(cli_training *training);

/* Saves what there is of a model; CLI_INTERRUPTED. */
int cli_training_save_interrupted(cli_training *training);

#endif
