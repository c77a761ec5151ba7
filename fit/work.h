/* A fit under way. */
#ifndef GRADUS_FIT_WORK_H
#define GRADUS_FIT_WORK_H

#include "fit/columns.h"
#include "fit/model.h"
#include "fit/run.h"

/* What came of the best recipe of a kind. */
typedef struct gd__finalist {
    gd__recipe recipe;
    int64_t epoch;                 /* after which it was best */
    double train_loss, valid_loss; /* then */
    gd_tensor *logits;   /* of the validation rows then; NULL: there is no such finalist */
    gd__network network; /* of one pair: what was trained on it; of folds: nothing */
} gd__finalist;

/* The best is a linear model, a network, or the mean of both. */
typedef enum gd__winner { GD__LINEAR, GD__NETWORK, GD__MEAN_OF_BOTH } gd__winner;

typedef struct gd__fit {
    const gd_fit_options *options;
    gd__watch watch;
    const gd_table *table, *valid; /* valid: of its own; NULL: a part of the table */
    gd__columns columns;
    gd_model *model;
    gd__objective objective;
    gd__pair all; /* all rows of the table; its encoder is made when it is needed first */
    int count;    /* of pairs: folds, or one */
    gd__pair *pairs;
    gd_examples judged; /* the validation rows of all pairs, one pair's after the other's */
    gd__finalist linear, network;
    gd__winner winner;
    double valid_loss;
    gd_tensor *logits; /* of the validation rows, by the winner */
} gd__fit;

/* Learns what features are from the pair's training rows, unless it is known, and makes the
 * batches. */
gd_status gd__pair_encode(gd__pair *pair, const gd__fit *fit);

/* Deals the table's rows out to pairs, and encodes them. */
gd_status gd__deal_rows(gd__fit *fit);

/* Trains each recipe on each pair, and chooses the winner. GD_STOPPED: the model's network is
 * that of the first pair as it was then. */
gd_status gd__search(gd__fit *fit, const gd__recipe *recipes, int count);

void gd__finalist_free(gd__finalist *finalist);

/* What is about to be predicted, with warnings. */
void gd__tell_target(gd__fit *fit);

/* What was given, by name. */
gd_json *gd__options_json(const gd_fit_options *options);

#endif
