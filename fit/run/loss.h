/* The loss of a task, by its name: with label smoothing, weights and unknown labels. */
#ifndef GRADUS_FIT_RUN_LOSS_H
#define GRADUS_FIT_RUN_LOSS_H

#include "fit/internal.h"

/* In the order of their names in loss.c. */
typedef enum gd__loss_kind {
    GD__LOSS_CE,
    GD__LOSS_NLL,
    GD__LOSS_BCE,
    GD__LOSS_BCE_WITH_LOGITS,
    GD__LOSS_MSE,
    GD__LOSS_FOCAL
} gd__loss_kind;

typedef struct gd__loss {
    gd__loss_kind kind;
    int64_t outputs; /* of the network: 1 for two classes if the loss takes one logit */
    double label_smoothing;
    gd_tensor *pos_weight;    /* [outputs] float32; NULL: all 1 */
    gd_tensor *class_weights; /* [classes] float64; NULL: all 1, or balanced */
    bool balanced;            /* class weights balance the classes of the rows */
} gd__loss;

/* From the options. gd__loss_free in any case. */
bool gd__loss_create(gd__loss *loss, const gd_fit_options *options, const gd_target *target,
                     const gd_examples *training);
void gd__loss_free(gd__loss *loss);

/* The examples as the loss takes them: y [n] int64 or [n,outputs] float32, the mask of the
 * examples, and weights [n,1] float32 of mean 1, or NULL. x is left to the caller. */
bool gd__batch_of(gd_batch *batch, const gd__loss *loss, const gd_target *target,
                  const gd_examples *examples);
/* Destroys all but the mask. */
void gd__batch_free(gd_batch *batch);

/* The mean loss of logits [n,outputs]; NULL and the tape's error. The batch's x is not used. */
gd_tensor *gd__loss_compute(gd_tape *tape, const gd__loss *loss, gd_tensor *logits,
                            const gd_batch *batch);

#endif
