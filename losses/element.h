/* Losses of an input x and a target y of one shape: the walk over the elements with mask, weights,
 * reduction and the gradient of the result. A loss gives its loops and its rule; mse_loss.c is the
 * shortest. */
#ifndef GRADUS_LOSSES_ELEMENT_H
#define GRADUS_LOSSES_ELEMENT_H

#include "losses/kernels.h"
#include "losses/reduction.h"

/* The operands, in this order, of as many as the loss has. */
enum { GD__INPUT, GD__TARGET, GD__MASK, GD__WEIGHT, GD__POS_WEIGHT, GD__ELEMENT_OPERANDS };
enum { GD__READS_ALL = (1u << GD__ELEMENT_OPERANDS) - 1 }; /* for gd_op's reads */

/* Some elements that lie one after the other, as doubles. */
typedef struct gd__elements {
    const gd__loss_kernels *kernels; /* of the input's dtype */
    gd_dtype dtype;
    int64_t n;
    const double *x, *y, *v; /* [n] v: pos_weight; NULL: all 1 */
} gd__elements;

/* What an element loss is: gd_op's `detail`. The functions choose their loop of the kernels, whose
 * addresses are known when the program runs. */
typedef struct gd__element_loss {
    bool input_in_01;               /* whether an input outside [0,1] is refused */
    double target_low, target_high; /* a target outside is refused */
    void (*value)(const gd__elements *e, double *l);
    void (*slope)(const gd__elements *e, double *dx); /* dl/dx */

    /* Optional, for an input and a target alone: the same for a chunk of (what is written, x, y,
     * dl) at once. false: not for these values. */
    bool (*fast_sum)(const gd__loss_kernels *kernels, const gd__chunks *c, double *sum);
    bool (*fast_slope)(const gd__loss_kernels *kernels, const gd__chunks *c, double divisor,
                       bool accumulate);
} gd__element_loss;

/* The parts of the op. Its attributes are a gd_loss_options. */
bool gd__element_check(gd_tape *tape, gd_node *n);
bool gd__element_forward(gd_tape *tape, const gd_node *n);
bool gd__element_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i,
                           gd_tensor *dst, bool accumulate);
/* What each of them must refuse, with as many operands as it has or more. */
extern const gd_sample gd__element_refused[];

/* dst = or += the gradient of x, which stands for the input, with this slope. false: not in this
 * case. */
bool gd__element_write(gd_tape *tape, const gd_node *n, const gd_tensor *x,
                       void (*slope)(const gd__elements *e, double *dx), const gd_tensor *dl,
                       gd_tensor *dst, bool accumulate);

/* What a rule is made of. Where the mask drops an element, x and y are numbers for which the loss
 * is finite and u is 0. */
typedef struct gd__element_parts {
    gd_tensor *x, *y;
    gd_tensor *u;    /* dl / D; 0 where nothing counts */
    gd_tensor *w;    /* weight; a 1 where there is none */
    gd_tensor *v;    /* pos_weight; a 1 where there is none */
    gd_tensor *zero; /* [], as is one */
    gd_tensor *one;
} gd__element_parts;

/* x: the input, or what stands for it. NULL members where the tape has an error. */
gd__element_parts gd__element_parts_of(gd_tape *tape, const gd_node *n, gd_tensor *x,
                                       gd_tensor *dl);

/* u w (b s(x) - a s(-x)), a = v y, b = 1 - y: the gradient of the logits x for both binary cross
 * entropies. */
gd_tensor *gd__logit_gradient(gd_tape *tape, const gd__element_parts *e);

/* pos_weight [C] stands for the class dimension (1, or 0 of a 1-d input); other shapes are as they
 * are. */
gd_tensor gd__pos_weight_view(const gd_tensor *pos_weight, const gd_tensor *input);

#endif
