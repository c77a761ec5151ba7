/* The positions of nll_loss: places of the input without its class dimension. What operands it accepts,
 * and a walk over the positions with the log-probabilities and the target of each. */
#ifndef GRADUS_LOSSES_POSITIONS_H
#define GRADUS_LOSSES_POSITIONS_H

#include "losses/classes.h"
#include "losses/kernels.h"
#include "tensor/rows.h"

/* The operands, in this order. The attributes are a gd_nll_loss_options. */
enum { GD__NLL_INPUT, GD__NLL_TARGET, GD__NLL_WEIGHT, GD__NLL_MASK, GD__NLL_OPERANDS };
enum { GD__NLL_READS_ALL = (1u << GD__NLL_OPERANDS) - 1 }; /* for gd_op's reads */

int gd__nll_class_dim(const gd_node *n);   /* -1: the input has no such dimension */
bool gd__nll_has_labels(const gd_node *n); /* the target is classes, not probabilities */
int64_t gd__nll_ignored(const gd_node *n); /* the label that is left out */

bool gd__nll_check(gd_tape *tape, gd_node *n);
bool gd__nll_check_values(gd_tape *tape, const gd_node *n); /* of weights and probabilities */
int gd__nll_print(char *buffer, size_t size, const void *attributes);

/* The walk, at one position. */
typedef struct gd__positions {
    gd__nll_row row; /* its log-probabilities and target */
    bool kept;       /* neither the mask nor ignore_index leaves it out */
    double upstream; /* the gradient that comes in, if one is walked along */
    void *written;   /* what is written: a loss, or a row of a gradient */
    int64_t written_step;

    bool has_labels;
    gd_dtype dtype;
    const gd__loss_kernels *kernels;
    const gd_node *node;
    const gd_log_softmax_row *sums; /* of the logits' rows, where nll_loss passes through log_softmax */
    double scale, log_scale; /* the caller's: a number and its logarithm, for the next position */
    gd__rows rows;
} gd__positions;

/* `written`: of the input's shape, or without its classes. dl: of the result's shape. Both may be NULL.
 * false: the tape has an error. */
bool gd__positions_begin(gd_tape *tape, const gd_node *n, const gd_tensor *written,
                         const gd_tensor *dl, gd__positions *p);

/* The next position. false: there is none, or (the tape has an error) its class does not exist. What
 * is left out is not looked at. */
bool gd__positions_next(gd_tape *tape, gd__positions *p);

/* Whether the target's class alone counts: one class, and no smoothing. Its weight and L. */
bool gd__is_hard(const gd__positions *p);
double gd__label_weight(const gd__positions *p);
double gd__label_log_probability(const gd__positions *p);

/* The row that is written becomes 0. */
void gd__clear_row(const gd__positions *p);

#endif
