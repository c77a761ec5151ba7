/* The state of gd_fit. */
#ifndef GRADUS_FIT_STATE_H
#define GRADUS_FIT_STATE_H

#include "fit/model/model.h"
#include "fit/run/loss.h"
#include "fit/run/side_by_side.h"
#include "fit/target/columns.h"

/* Training rows and validation rows, with an encoder that was learnt on the training rows. */
typedef struct gd__fold {
    gd_examples train, valid;    /* valid.y NULL: no validation */
    const gd_table *valid_table; /* of the validation rows */
    gd_encoder *encoder;
    gd_batch train_batch, valid_batch; /* the examples, encoded */
} gd__fold;

/* The best recipe of a kind, linear models or networks. */
typedef struct gd__candidate {
    gd_recipe recipe;
    int64_t epoch; /* the best one */
    double valid_loss;
    gd_tensor *logits;   /* of the validation rows after it; NULL: there is no candidate */
    gd__network network; /* with a single fold: what was trained on it */
} gd__candidate;

typedef enum gd__selected { GD__LINEAR, GD__NETWORK, GD__MEAN_OF_BOTH } gd__selected;

typedef struct gd__fit {
    const gd_fit_options *options;
    bool stopped; /* the callback has asked for it */
    /* Resume from checkpoints. It is false after the first run that was not finished: files of
     * later runs are out of date. */
    bool resume;
    char *identity;                /* what a checkpoint must agree with, as JSON */
    const gd_table *table, *valid; /* valid: the validation table, or NULL */
    gd__columns columns;
    gd_model *model;
    gd__loss loss;
    gd__fold all; /* all rows of the table, without validation; with folds encoded, too */
    int count;    /* of folds; 1: a validation table or held-out rows */
    gd__fold *folds;
    gd_examples examples; /* the validation rows of all folds, one after the other */
    gd__candidate linear, network;
    gd__selected selected;
    double valid_loss; /* of the selected model */
    gd_tensor *logits; /* of the validation rows, by the selected model */
} gd__fit;

/* Tells the callback. */
void gd__note(gd__fit *fit, gd_fit_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The target, the rows that are left out, and likely problems. */
void gd__note_target(gd__fit *fit);
void gd__warn_unseen(gd__fit *fit, const gd_examples *examples, const gd_table *table);

/* Learns the encoder from the training rows, unless there is one, and makes the batches. */
bool gd__fold_encode(gd__fold *fold, const gd__fit *fit);
/* Splits the rows of the table into folds, and encodes them. */
bool gd__folds_create(gd__fit *fit);

/* The checkpoint of a stage, in the folder of the options. */
enum { GD__PATH = 4096 };
bool gd__checkpoint_path(char path[GD__PATH], const gd__fit *fit, const char *stage);

/* One recipe on folds [count], a network for each; or with `ensemble` the members of the recipe on
 * the first one. Each network has parameters of its own. */
typedef struct gd__training {
    gd_recipe recipe;
    gd_learner *learners;       /* [networks] */
    gd_parameters **parameters; /* [networks] */
    int networks;
    char path[GD__PATH]; /* of the checkpoint */
    gd_run run;
} gd__training;

/* start: initial weights, of a training of the same networks; NULL: none. gd__training_free in any
 * case. */
bool gd__training_create(gd__training *training, gd__fit *fit, const gd_recipe *recipe,
                         const gd__fold *folds, int count, bool ensemble,
                         const gd__training *start);
void gd__training_free(gd__training *training);

/* Takes down whether the next run is resumed, too. */
void gd__training_ended(gd__fit *fit, const gd_run_result *result);

/* Runs lanes [count], of at most so many networks each. */
bool gd__fit_run_lanes(gd__fit *fit, gd__lane *lanes, int count, int networks, int *failed);

/* The mean loss of the logits of all validation rows. */
bool gd__logits_loss(double *loss, gd__fit *fit, const gd_tensor *logits);

/* Trains each recipe and selects a model. After GD_STOPPED the model's network is that of the
 * first fold as it was then. */
bool gd__select_model(gd__fit *fit, const gd_recipe *recipes, int count);
void gd__candidate_free(gd__candidate *candidate);

extern const gd_fit_options gd__fit_defaults; /* all zero */
/* The options that are given, by the command's names. */
gd_json *gd__options_json(const gd_fit_options *options);

#endif
