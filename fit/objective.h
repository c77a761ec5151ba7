/* What training makes small: the loss of a task by its name, with smoothing, weights and unknown
 * cells. */
#ifndef GRADUS_FIT_OBJECTIVE_H
#define GRADUS_FIT_OBJECTIVE_H

#include "fit/internal.h"

typedef enum gd__loss {
    GD__LOSS_CE,
    GD__LOSS_NLL,
    GD__LOSS_BCE,
    GD__LOSS_BCE_WITH_LOGITS,
    GD__LOSS_MSE,
    GD__LOSS_FOCAL
} gd__loss;

typedef struct gd__objective {
    gd__loss loss;
    int64_t outputs; /* of the network: 1 for two classes where the loss takes one logit */
    double label_smoothing;
    gd_tensor *pos_weight;    /* [outputs]; NULL: all 1 */
    gd_tensor *class_weights; /* [classes] float64; NULL: all 1 */
    bool balanced;            /* they follow from the rows: n / (rows of the class) */
} gd__objective;

/* Rows as the loss takes them. */
typedef struct gd__batch {
    gd_tensor *x;       /* [n,features] float32 */
    gd_tensor *y;       /* int64 [n], or float32 [n,outputs] */
    gd_tensor *mask;    /* [n,outputs] bool; NULL: all is known */
    gd_tensor *weights; /* [n,1] float32, of mean 1; NULL: all 1 */
} gd__batch;

/* By the options. gd__objective_free in any case. */
gd_status gd__objective_create(gd__objective *objective, const gd_fit_options *options,
                               const gd_target *target, const gd_examples *training);
void gd__objective_free(gd__objective *objective);

/* What the loss takes of examples, and the weight of each; x is left to the caller, and the mask
 * is the examples' own. */
gd_status gd__objective_targets(gd__batch *batch, const gd__objective *objective,
                                const gd_target *target, const gd_examples *examples);

/* Destroys all but the mask. */
void gd__batch_free(gd__batch *batch);

/* The mean loss of a batch of logits [n,outputs]; the tape's error where it is refused. The
 * batch's x is not used. */
gd_tensor *gd__objective_loss(gd_tape *tape, const gd__objective *objective, gd_tensor *logits,
                              const gd__batch *batch);

#endif
