/* The inside of nll_loss, whose file has the definitions: a walk over the positions of its operands,
 * with the log-probabilities L and the weighted distribution q of each, and the rule (nll_rule.c). */
#ifndef GRADUS_LOSSES_POSITIONS_H
#define GRADUS_LOSSES_POSITIONS_H

#include "autograd/ops/softmax.h"
#include "losses/classes.h"
#include "losses/common.h"
#include "tensor/chunks.h"
#include "tensor/rows.h"

/* The operands, in this order. */
enum { GD__NLL_INPUT, GD__NLL_TARGET, GD__NLL_WEIGHT, GD__NLL_MASK, GD__NLL_OPERANDS };

typedef struct gd__nll_settings {
    gd__reducing reducing;
    gd_optional ignore_index;
    double label_smoothing;
    gd_optional dim;
} gd__nll_settings;

/* The dimension of the classes; -1: the input has no such. And whether the target is classes, not
 * probabilities. */
int gd__nll_class_dim(const gd__nll_settings *o, const gd_tensor *input);
bool gd__nll_has_classes(const gd_node *n);

/* What the gradient needs to know again. */
typedef struct gd__nll_kept {
    double divisor;
} gd__nll_kept;

/* What a walk over the positions has at each of them: tensors, in this order. */
enum {
    GD__AT_ROW,     /* log-probabilities, or logits */
    GD__AT_LABEL,   /* the target: one class, or a probability for each */
    GD__AT_MASK,    /* the mask */
    GD__AT_EXTRA,   /* what is written: a loss, or a row of a gradient */
    GD__AT_UPSTREAM /* dl */
};

typedef struct gd__positions {
    const gd__nll_settings *o;
    const gd_node *node;
    gd__rows rows; /* along the classes */
    gd_dtype dtype;
    const gd__row_sum *sums; /* of the logits' rows; NULL: GD__AT_ROW holds log-probabilities */
    const double *weight;    /* [classes] or NULL */
    double scale, log_scale; /* of the position before, and ln |scale| */
    bool classes;            /* the target is classes, not probabilities */
    bool checked;            /* ... which were found to be right before */
    int64_t label;           /* ... and here this one */
} gd__positions;

/* `extra`: a tensor of the input's shape, or without its classes; `dl`: of the result's shape; both
 * are walked along, and may be NULL. false: the tape has an error. */
bool gd__positions_begin(gd_tape *tape, const gd_node *n, const gd_tensor *extra,
                         const gd_tensor *dl, gd__positions *p);

/* The next position: whether it is kept is in *kept. false: there is none, or (the tape has an
 * error) its target makes no sense. What is left out is not looked at. */
bool gd__positions_next(gd_tape *tape, gd__positions *p, bool *kept);

int64_t gd__nll_ignored(const gd__nll_settings *o); /* the label that is left out */

double gd__class_weight(const gd__positions *p, int64_t c);
double gd__log_probability(const gd__positions *p, int64_t c); /* L_c */

/* Classes `from` to from + n - 1 of a position as doubles, n at most GD__CHUNK: how many are left from
 * there, their q, their L. */
int64_t gd__some_classes(const gd__positions *p, int64_t from);
void gd__load_shares(const gd__positions *p, int64_t from, int64_t n, double *q);
void gd__load_log_probabilities(const gd__positions *p, int64_t from, int64_t n, double *l);

/* Whether the target's class alone counts: one class, and no smoothing. */
bool gd__is_hard(const gd__positions *p);

/* Element c of what is written becomes value, or that is added; and n of them. */
void gd__add_at(const gd__positions *p, int64_t c, double value, bool accumulate);
void gd__add_some(const gd__positions *p, int64_t from, int64_t n, const double *values,
                  bool accumulate);

/* The rule for every gradient, as ops. */
gd_tensor *gd__nll_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i);
gd_tensor *gd__nll_through_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl);

#endif
