/* The state of a training run. */
#ifndef GRADUS_FIT_RUN_RUN_H
#define GRADUS_FIT_RUN_RUN_H

#include "fit/internal.h"

/* The batches of one learner. */
typedef struct gd__stream {
    gd_loader *loader;
    gd_batch batch;    /* the current one */
    bool at_end;       /* the epoch has no further batch */
    gd_tensor *logits; /* of its validation rows after the epoch; NULL: not yet */
} gd__stream;

/* Trains the learners that share parameters. The trainers of a run know nothing of each other
 * within an epoch, so that they may run side by side. */
typedef struct gd__trainer {
    int first, count; /* learners */
    gd_parameters *parameters;
    gd_tape *tape;
    gd_optimizer *optimizer;
    gd_schedule schedule;
    gd_tensor **best; /* [parameters] copies after the best epoch */
    int best_count;
    int64_t rows_seen;    /* in the current epoch */
    double loss_sum;      /* over these rows */
    gd_tensor *loss_view; /* of this number, for the checkpoint */
} gd__trainer;

enum { GD__RUN_NUMBERS = 2 };

struct gd__lane;

typedef struct gd__run_state {
    const gd_run *run;
    const gd_recipe *recipe;
    struct gd__lane *lane; /* which passes events on */
    gd__trainer *trainers; /* [count] */
    int count;
    gd__stream *streams;    /* [learners] */
    gd_tensor *best_logits; /* of the validation rows after the best epoch; NULL: no validation */
    int64_t epoch;          /* completed epochs */
    int64_t resumed;        /* of these, before a resumed checkpoint */
    int64_t best_epoch;     /* from 1; 0: none yet */
    double best_loss, best_train_loss;
    gd_tensor *numbers[GD__RUN_NUMBERS]; /* views of these two, for the checkpoint */
    gd_state_dict *checkpoint;           /* all of the above by name; NULL: no checkpoints */
    double saved, saving; /* when the last checkpoint was written, and how long it took: seconds */
} gd__run_state;

/* Checks what gd_run_train was given. */
bool gd__run_check(const gd_run *run, const gd_recipe *recipe);

/* A run is created, started, and until it is done: each trainer runs its epoch, in any order or
 * side by side, and the epoch is ended. Then it is finished, also after a failure, whose status is
 * passed on. gd__run_destroy in any case. */
bool gd__run_create(gd__run_state *state, const gd_run *run, const gd_recipe *recipe);
bool gd__run_start(gd__run_state *state);
bool gd__run_is_done(const gd__run_state *state);
bool gd__run_epoch(gd__run_state *state, int trainer);
bool gd__run_end_epoch(gd__run_state *state);
gd_status gd__run_finish(gd__run_state *state, gd_status status, gd_run_result *result);
void gd__run_destroy(gd__run_state *state);

static inline bool gd__is_validated(const gd_run *run)
{
    return run->learners[0].valid.y != NULL;
}

/* How many learners have validation rows of their own. */
static inline int gd__validated(const gd_run *run)
{
    return run->ensemble ? 1 : run->count;
}

/* Creates zeros for the logits of all validation rows, by a pass of one row; NULL and a message. */
gd_tensor *gd__create_validation_logits(gd_tape *tape, const gd_run *run);
/* The logits of learner k for its validation rows, the caller's; NULL and a message. */
gd_tensor *gd__learner_logits(gd_tape *tape, const gd_run *run, int k);
/* The logits of all validation rows from those of each learner in its stream. */
void gd__join_logits(gd_tensor *all, const gd_run *run, const gd__stream *streams);
/* The mean loss of such logits. The tape is reset. */
bool gd__validation_loss(double *loss, gd_tape *tape, const gd_run *run, const gd_tensor *logits);

/* Lists the state for checkpoints, and with run->resume reads the file, if it exists. */
bool gd__checkpoint_load(gd__run_state *state);
/* Writes a checkpoint: if `due`, or else if writing takes little of the time. */
bool gd__checkpoint_save(gd__run_state *state, bool due);

/* False, and GD_ERROR_DIVERGED with the likely cause: the loss of a learner's current batch is
 * not finite; or that of the validation rows. */
bool gd__explain_divergence(gd__run_state *state, gd__trainer *trainer, int learner, double loss);
bool gd__explain_validation(const gd__run_state *state, double loss);

#endif
