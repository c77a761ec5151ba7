/* Training: networks side by side, epoch after epoch, judged on validation rows. Side by side,
 * because folds of a cross-validation need one number of epochs that is best for all, and a
 * network's members one that is best for their mean. */
#ifndef GRADUS_FIT_RUN_H
#define GRADUS_FIT_RUN_H

#include "fit/objective.h"
#include "fit/recipe.h"

/* Training rows and validation rows, with features that were learnt on the training rows. */
typedef struct gd__pair {
    gd_examples train, valid; /* valid.y NULL: nothing is judged */
    const gd_table *judged;   /* that the validation rows are of */
    gd_encoder *encoder;
    gd__batch train_batch, valid_batch;
} gd__pair;

/* A network that is trained, and on what. */
typedef struct gd__member {
    const gd__pair *pair;
    gd_module *module;
    gd_loader *loader;
    bool at_end; /* of the epoch */
} gd__member;

enum { GD__RUN_NUMBERS = 3 };

typedef struct gd__run {
    const gd_target *target;
    const gd__objective *objective;
    const gd__recipe *recipe;
    gd__watch *watch;
    gd_parameters *parameters; /* of all members, in their order */
    int count;
    gd__member *members; /* [count] */
    gd__batch *batches;  /* [count]: what each member is at, where all rows are one batch */
    const gd__pair *pairs;
    /* The members share pairs[0], and their logits' mean is judged; else each has its own, and all
     * validation rows are judged, one pair's after the other's. */
    bool averaged;
    const gd_examples *judged; /* those; NULL: none */

    gd_tape *tape;
    gd_optimizer *optimizer;
    gd_schedule schedule;
    gd_tensor **best; /* [parameters] copies after the best epoch */
    int best_count;
    gd_tensor *best_logits; /* [rows judged,outputs] then; NULL: nothing is judged */
    int64_t epoch;          /* that are done */
    int64_t best_epoch;     /* counted from 1; 0: none yet */
    int64_t rows_seen;      /* in the epoch under way */
    double loss_sum;        /* over those */
    double best_loss, best_train_loss;
    gd_tensor *numbers[GD__RUN_NUMBERS]; /* over those three */
    gd_state_dict *state;                /* all of that by name; NULL: there are no checkpoints */
    double saved, saving; /* when the last checkpoint was written, and how long it took; seconds */
} gd__run;

/* Builds `count` members. With `averaged` they share pairs[0]. judged NULL: nothing is.
 * gd__run_destroy in any case. */
gd_status gd__run_create(gd__run *run, gd__watch *watch, const gd_target *target,
                         const gd__objective *objective, const gd__recipe *recipe, int count,
                         bool averaged, const gd__pair *pairs, const gd_examples *judged);
void gd__run_destroy(gd__run *run);

/* Starts with another run's weights instead of drawn ones, where both have the same. */
void gd__run_start_from(gd__run *run, const gd_parameters *earlier);

/* Trains to the end of the recipe, and goes back to the best weights. GD_STOPPED: the weights are
 * the best so far, and the checkpoint has the latest. */
gd_status gd__run_train(gd__run *run);

/* How many pairs are judged. */
static inline int gd__run_pairs(const gd__run *run)
{
    return run->averaged ? 1 : run->count;
}

/* The logits [rows judged,outputs] of all that is judged, the caller's, NULL and a message; and
 * their main score, NaN: it is not defined. */
gd_tensor *gd__judged_logits(gd__run *run);
gd_status gd__judged_score(const gd__run *run, const gd_tensor *logits, double *score);

/* The mean loss of logits of `count` pairs' validation rows, one's after the other's. The tape is
 * reset. */
gd_status gd__pairs_loss(gd_tape *tape, const gd__objective *objective, const gd__pair *pairs,
                         int count, const gd_tensor *logits, double *loss);

/* Reads the checkpoint; writes it, if there is to be one, and unless it is `due` only where that
 * takes little of the time. */
gd_status gd__checkpoint_load(gd__run *run);
gd_status gd__checkpoint_save(gd__run *run, bool due);

/* GD_ERROR_DIVERGED, with a message about what diverged with which batch of which member, and
 * why. */
gd_status gd__explain_divergence(gd__run *run, int member, const gd__batch *batch, double loss);
/* The same where the loss of the validation rows is not finite. */
gd_status gd__explain_validation(const gd__run *run, double loss);

#endif
