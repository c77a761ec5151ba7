/* The state of a training run. */
#ifndef GRADUS_FIT_RUN_RUN_H
#define GRADUS_FIT_RUN_RUN_H

#include "fit/internal.h"

/* The batches of one learner. */
typedef struct gd__stream {
    gd_loader *loader;
    gd_batch batch; /* the current one */
    bool at_end;    /* the epoch has no further batch */
} gd__stream;

enum { GD__RUN_NUMBERS = 3 };

typedef struct gd__run_state {
    const gd_run *run;
    const gd_recipe *recipe;
    bool stopped; /* the callback has asked for it */
    gd_tape *tape;
    gd_optimizer *optimizer;
    gd_schedule schedule;
    gd__stream *streams; /* [learners] */
    gd_tensor **best;    /* [parameters] copies after the best epoch */
    int best_count;
    gd_tensor *best_logits; /* of the validation rows after the best epoch; NULL: no validation */
    int64_t epoch;          /* completed epochs */
    int64_t best_epoch;     /* from 1; 0: none yet */
    int64_t rows_seen;      /* in the current epoch */
    double loss_sum;        /* over these rows */
    double best_loss, best_train_loss;
    gd_tensor *numbers[GD__RUN_NUMBERS]; /* views of these three, for the checkpoint */
    gd_state_dict *checkpoint;           /* all of the above by name; NULL: no checkpoints */
    double saved, saving; /* when the last checkpoint was written, and how long it took: seconds */
} gd__run_state;

/* gd__run_destroy in any case. */
bool gd__run_create(gd__run_state *state, const gd_run *run, const gd_recipe *recipe);
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

/* The logits of all validation rows, the caller's; NULL and a message. */
gd_tensor *gd__validation_logits(gd_tape *tape, const gd_run *run);
/* The mean loss of such logits. The tape is reset. */
bool gd__validation_loss(double *loss, gd_tape *tape, const gd_run *run, const gd_tensor *logits);

/* Tells the callback. */
void gd__run_tell(gd__run_state *state, gd_fit_event *event, gd_fit_kind kind);

/* Lists the state for checkpoints, and with run->resume reads the file, if it exists. */
bool gd__checkpoint_load(gd__run_state *state);
/* Writes a checkpoint: if `due`, or else if writing takes little of the time. */
bool gd__checkpoint_save(gd__run_state *state, bool due);

/* False, and GD_ERROR_DIVERGED with the likely cause: the loss of a learner's current batch is
 * not finite; or that of the validation rows. */
bool gd__explain_divergence(gd__run_state *state, int learner, double loss);
bool gd__explain_validation(const gd__run_state *state, double loss);

#endif
