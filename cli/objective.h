/* What training makes small: the loss of a task by its name, with smoothing, weights and unknown cells. */
#ifndef CLI_OBJECTIVE_H
#define CLI_OBJECTIVE_H

#include "cli/options/options.h"
#include "cli/target.h"

typedef enum cli_loss {
    CLI_LOSS_CE,
    CLI_LOSS_NLL,
    CLI_LOSS_BCE,
    CLI_LOSS_BCE_WITH_LOGITS,
    CLI_LOSS_MSE,
    CLI_LOSS_FOCAL
} cli_loss;

typedef struct cli_objective {
    cli_loss loss;
    int64_t outputs; /* of the network: 1 for two classes where the loss takes one logit */
    double label_smoothing;
    gd_tensor *pos_weight;    /* [outputs]; NULL: all 1 */
    gd_tensor *class_weights; /* [classes] float64; NULL: all 1 */
    bool balanced;            /* they follow from the rows: n / (rows of the class) */
} cli_objective;

/* Rows as the loss takes them. */
typedef struct cli_examples {
    gd_tensor *x;       /* [n,features] float32 */
    gd_tensor *y;       /* int64 [n], or float32 [n,outputs] */
    gd_tensor *mask;    /* [n,outputs] bool; NULL: all is known */
    gd_tensor *weights; /* [n,1] float32, of mean 1; NULL: all 1 */
} cli_examples;

/* By the options; an exit code. */
int cli_objective_create(cli_objective *objective, const cli_options *options,
                         const cli_target *target, const cli_truth *training);
void cli_objective_free(cli_objective *objective);

/* The targets as the loss takes them, and each row's weight; x is left to the caller. row_weights [n] or NULL. */
int cli_objective_targets(cli_examples *examples, const cli_objective *objective,
                          const cli_target *target, const cli_truth *truth,
                          const gd_tensor *row_weights);

/* The mean loss of a batch of logits [n,outputs]; the tape's error where it is refused. The batch's x is not used. */
gd_tensor *cli_objective_loss(gd_tape *tape, const cli_objective *objective, gd_tensor *logits,
                              const cli_examples *batch);

#endif
