/* Losses of which one number belongs to a row of the input: labels, vectors, and nll_loss's walk.
 *
 * A position is a place of the input without the dimension of its classes, or of its vectors'
 * components. A loss of classes has a label there, an int64 in [0, C), or a row of
 * probabilities. */
#ifndef GRADUS_LOSSES_POSITIONS_H
#define GRADUS_LOSSES_POSITIONS_H

#include "losses/kernels.h"
#include "tensor/parallel.h"

#include <gradus/losses.h>

enum { GD__IGNORE_INDEX = -100 }; /* the label that does not count, if the options do not say */

/* Dtype and shape of a number for each position. */
gd_tensor gd__positions_of(const gd_tensor *input, int dim, gd_dtype dtype);

/* What a loss that is made of ops needs of its labels, each in the positions' shape. */
typedef struct gd__labels {
    int dim; /* the class dimension, of this size */
    int64_t classes;
    gd_tensor *kept;   /* bool: neither ignored nor dropped by the mask; NULL: all are kept */
    gd_tensor *label;  /* int64: the target, and 0 where it is not kept */
    gd_tensor *weight; /* of the label's class; NULL: there are no weights */
} gd__labels;

/* All NULL, with the tape's error, where the input is no float tensor, the target or the mask has
 * not the positions' shape, the weight is not [C], or a label is outside [0, C). dim as in the
 * options; ignore_index too, but NULL: every label counts. */
gd__labels gd__read_labels(gd_tape *tape, gd_tensor *input, gd_tensor *target, gd_tensor *mask,
                           gd_tensor *weight, gd_optional dim, const gd_optional *ignore_index);

/* a is a float tensor [..,D], b, called `name`, has its dtype and shape, and the mask (NULL:
 * none) is bool and broadcasts to [..]. false after gd_tape_fail. */
bool gd__check_vectors(gd_tape *tape, gd_tensor *a, gd_tensor *b, const char *name,
                       gd_tensor *mask);

/* x, and 0 for vectors that the mask [..] drops. */
gd_tensor *gd__kept_vectors(gd_tape *tape, gd_tensor *x, gd_tensor *mask);

/* The largest |x_i| of each vector, [..,1], a constant to the tape. A vector divided by it has
 * squares that are in the float's range. */
gd_tensor *gd__largest_element(gd_tape *tape, gd_tensor *x);

/* ---- nll_loss ---- */

/* The operands, in this order. The attributes are a gd_nll_loss_options. */
enum { GD__NLL_INPUT, GD__NLL_TARGET, GD__NLL_WEIGHT, GD__NLL_MASK, GD__NLL_OPERANDS };
enum { GD__NLL_READS_ALL = (1u << GD__NLL_OPERANDS) - 1 }; /* for gd_op's reads */

int gd__nll_class_dim(const gd_node *n);   /* -1: the input has no such dimension */
bool gd__nll_has_labels(const gd_node *n); /* the target is classes, not probabilities */

/* Of dtypes, shapes, options and labels; and of weights and probabilities. */
bool gd__nll_check(gd_tape *tape, gd_node *n);
bool gd__nll_check_values(gd_tape *tape, const gd_node *n);

/* The walk, at one position. */
typedef struct gd__positions {
    /* The row (logits, or log-probabilities where there is no pass-through) and its target. */
    gd__nll_row row;
    bool kept;     /* neither dropped by the mask nor ignored */
    double weight; /* of its class; 1 for probabilities */
    double dl;     /* its part of the gradient of the result, if there is one */
    void *written; /* its part of the tensor to write: a loss, or a row of a gradient */
    int64_t written_step;

    bool has_labels, is_one_class; /* one class: a label, and no smoothing */
    int64_t ignored;               /* the label that does not count */
    gd_dtype dtype;
    const gd__loss_kernels *kernels;
    const gd_node *node;
    const gd_log_softmax_row *sums; /* of the logits' rows; NULL: no pass-through */
    double scale, log_scale;        /* the caller's: a number and its logarithm */
    gd__rows *rows;
    gd__rows all;
} gd__positions;

/* `written`: of the input's shape, or without its classes. dl: of the result's shape. Both may be
 * NULL. false: the tape has an error. */
bool gd__positions_begin(gd_tape *tape, const gd_node *n, const gd_tensor *written,
                         const gd_tensor *dl, gd__positions *p);
bool gd__positions_next(gd__positions *p); /* false: there is none */

/* All that have just begun, in parts; returns how many (gd__parallel). */
int gd__positions_each(gd_tape *tape, gd__positions *p,
                       void (*f)(void *context, int part, gd__positions *p), void *context);

#endif
