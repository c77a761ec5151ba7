/* Training: networks side by side, epoch after epoch, judged on validation rows. Side by side, because folds of a
 * cross-validation need one number of epochs that is best for all, and a network's members one that is best for their
 * mean. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/network.h"
#include "cli/objective.h"
#include "cli/system/progress.h"

/* How. Names are those of the options. */
typedef struct cli_plan {
    const char *optim, *schedule;
    double lr;
    double weight_decay; /* of weights, not of biases */
    double clip;         /* 0: not at all */
    int64_t epochs;      /* that the schedule is made for */
    int64_t last_epoch;  /* training ends after it; 0: `epochs` */
    int64_t batch;
    int64_t patience; /* epochs without a better validation loss that are borne; 0: any number */
    uint64_t seed;
} cli_plan;

/* A network that is trained, and on what. */
typedef struct cli_member {
    const cli_examples *train;
    gd_module *module;
    gd_loader *loader;
    bool at_end; /* of the epoch */
} cli_member;

/* Who is told, and what is written. */
typedef struct cli_watch {
    const char *progress; /* "auto", "plain" or "none" */
    const char *stage;    /* "logreg-1", "mlp", "final-mlp": of the recipe */
    FILE *log;            /* a line of JSON for each epoch; NULL: none */
    const char *log_path;
    gd__json *history;      /* an array of these lines; NULL: none */
    const char *checkpoint; /* a folder; NULL: none */
    /* From the checkpoints there; false from the first stage on that was not finished: files of later ones are old. */
    bool *resume;
    const gd__json *identity; /* of the run: a checkpoint of another is refused */
    /* Name the columns where training diverges: of each member, or of all that share their examples. */
    gd_encoder *const *encoders;
} cli_watch;

enum { CLI_RUN_NUMBERS = 3 };

typedef struct cli_run {
    const cli_target *target;
    const cli_objective *objective;
    const cli_plan *plan;
    const cli_watch *watch;
    gd_parameters *parameters; /* of all members, in their order */
    int count;
    cli_member *members;
    cli_examples *batches;     /* [count]: what each member is at, where all rows are one batch */
    const cli_examples *valid; /* [count]; NULL: nothing is judged */
    bool
        averaged; /* the members share their validation rows, and their logits' mean is judged; else all their
                      validation rows are, one's after the other's */
    const cli_truth *valid_truth; /* of what is judged */

    gd_tape *tape;
    gd_optimizer *optimizer;
    gd_schedule schedule;
    gd_tensor **best;       /* copies of the parameters after the best epoch; ends with NULL */
    gd_tensor *best_logits; /* [rows judged,outputs] then; NULL: nothing is judged */
    int64_t epoch;          /* that are done */
    int64_t best_epoch;     /* counted from 1; 0: none yet */
    int64_t rows_seen;      /* in the epoch under way */
    double loss_sum;        /* over those */
    double best_loss, best_train_loss;
    gd_tensor *numbers[CLI_RUN_NUMBERS]; /* over those three */
    gd_state_dict *state;                /* all of that by name; NULL: there are no checkpoints */
    double saved, saving; /* when the last checkpoint was written, and how long it took; seconds */
} cli_run;

/* Builds `count` members. With `pairs` each has its own examples, train[k] and valid[k], else they share train[0] and
 * valid[0]. valid may be NULL. An exit code, here and below; cli_run_destroy in any case. */
int cli_run_create(cli_run *run, const cli_target *target, const cli_objective *objective,
                   const cli_plan *plan, const cli_architecture *architecture, int count,
                   bool pairs, const cli_examples *train, const cli_examples *valid);
void cli_run_destroy(cli_run *run);

/* Trains to the end of the plan, and goes back to the best weights. CLI_DIVERGED after a message; CLI_INTERRUPTED where
 * a signal came (cli_catch_signals): the weights are the best so far, and the checkpoint has the latest. */
int cli_run_train(cli_run *run, const cli_watch *watch);

/* The mean loss of logits of `count` examples' rows, one's after the other's; NaN where there is no memory. The tape is
 * reset. */
double cli_pairs_loss(gd_tape *tape, const cli_objective *objective, const cli_examples *valid,
                      int count, const gd_tensor *logits);

/* Starts with another run's weights instead of drawn ones, where both have the same. */
void cli_run_start_from(cli_run *run, const gd_parameters *earlier);

/* For cli_run_train: the logits [rows judged,outputs] of all that is judged, the caller's, NULL after a message; and their
 * main score, NaN where there is no memory. */
gd_tensor *cli_judged_logits(cli_run *run);
double cli_judged_score(const cli_run *run, const gd_tensor *logits);

/* For cli_run_train. Reads the checkpoint; writes it, if there is to be one, and unless it is `due` only where that
 * takes little of the time. */
int cli_checkpoint_load(cli_run *run);
int cli_checkpoint_save(cli_run *run, bool due);

/* For cli_run_train: a message about what diverged with which batch of which member, and why; CLI_DIVERGED. */
int cli_explain_divergence(cli_run *run, int member, const cli_examples *batch, double loss);
/* The same where the loss of the validation rows is not finite. */
int cli_explain_validation(const cli_run *run, double loss);

#endif
