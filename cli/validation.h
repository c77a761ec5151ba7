/* Which recipe is best, and how good it is: on rows that training has not seen. */
#ifndef CLI_VALIDATION_H
#define CLI_VALIDATION_H

#include "cli/parts.h"
#include "cli/plan.h"

/* Pairs of training and validation rows: folds, or one pair. */
typedef struct cli_validation {
    int count;
    cli_part *train, *valid;                       /* [count] */
    gd_encoder **encoders;                         /* [count]: learnt on train */
    cli_examples *train_examples, *valid_examples; /* [count] */
    cli_truth truth; /* of all validation rows, one pair's after the other's */
} cli_validation;

/* What features and targets are made by. */
typedef struct cli_view {
    const cli_options *options;
    const cli_columns *columns;
    const cli_target *target;
    const cli_objective *objective;
} cli_view;

/* What is learnt of the columns on these rows; NULL with a gd_message(). */
gd_encoder *cli_encoder_fit(const cli_view *view, const gd_table *table, const gd_tensor *rows);

/* A part's rows as a loss takes them; encoder: NULL: learnt on them, and the caller's. An exit code, here and below. */
int cli_examples_make(cli_examples *examples, const cli_view *view, const cli_part *part,
                      gd_encoder **encoder);
void cli_examples_free(cli_examples *examples);

/* Of `count` pairs that are filled in. */
int cli_validation_create(cli_validation *validation, int count);
int cli_validation_encode(cli_validation *validation, const cli_view *view);
void cli_validation_free(cli_validation *validation);

/* What came of a recipe. */
typedef struct cli_finalist {
    cli_recipe recipe;
    int64_t epoch;                 /* after which it was best */
    double train_loss, valid_loss; /* then */
    gd_tensor *logits;   /* of the validation rows then; NULL: there is no such finalist */
    cli_network network; /* of one pair: what was trained on it; of folds: nothing */
} cli_finalist;

typedef enum cli_winner { CLI_LINEAR_MODEL, CLI_NETWORK_MODEL, CLI_MEAN_OF_BOTH } cli_winner;

/* The best of some recipes: a linear model, a network, or the mean of both. */
typedef struct cli_choice {
    cli_winner kind;
    cli_finalist linear, network; /* the best of each kind that was tried */
    double valid_loss;
    gd_tensor *logits; /* of the validation rows */
} cli_choice;

/* The rows of all pairs' validation parts, after those have been filled in. */
int cli_validation_join(cli_validation *validation);

/* Trains each recipe on each pair. Where a signal comes, CLI_INTERRUPTED, and *interrupted is the network of the first
 * pair as it was then. */
int cli_validation_run(const cli_validation *validation, const cli_view *view,
                       const cli_recipe *recipes, int count, const cli_watch *watch,
                       cli_choice *choice, cli_network *interrupted);
void cli_choice_free(cli_choice *choice);

#endif
