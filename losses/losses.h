/* gradus/losses.h - losses: the number that a model is trained to make small.
 *
 * Purpose    Each loss compares a model's output with the target. A few are ops of their own, the others
 *            functions made of ops. Yours is made in the same way: see the end of this file.
 * Ownership  As for every op: the tape owns the result.
 * Errors     As for every op, under the name of the loss, not of the ops in it. All losses refuse
 *            shapes that do not match, for a target is never broadcast (GD_ERROR_SHAPE), mixed
 *            float types (GD_ERROR_DTYPE), a reduction that does not exist (GD_ERROR_ARGUMENT),
 *            and with their position values that make no sense (GD_ERROR_VALUE): "target 1.5 at
 *            [0,3] is outside [0,1]". Each prototype says which those are; NaN targets and
 *            weights below 0 always are.
 * Options    A struct whose zero value is the default, by pointer; NULL: all defaults.
 *
 *     gd_tensor *logits = gd_linear(tape, x, weight, bias);                       // [N,C]
 *     gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, logits, y, NULL);  // mean: []
 *     if (gd_backward(tape, loss) != GD_OK)
 *         return fail(gd_tape_message(tape));
 */
#ifndef GRADUS_LOSSES_H
#define GRADUS_LOSSES_H

#include <gradus/autograd.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- what every loss has in its options */

typedef enum gd_reduction {
    GD_REDUCTION_MEAN, /* of the positions that the mask keeps; each loss says what it divides by */
    GD_REDUCTION_SUM,
    GD_REDUCTION_NONE,     /* one loss for each position; 0 where the mask drops it */
    GD_REDUCTION_BATCHMEAN /* the sum divided by the size of dimension 0 of the unreduced losses */
} gd_reduction;

/* The options that every loss has. They come first in each struct below.
 *   reduction       how the losses of the positions become the result
 *   mask            bool: the loss and its mean leave out positions where it is false. Their values
 *                   may be anything, NaN too; their gradients are 0
 *   denominator     the mean divides by this number instead: for a loss summed over several batches
 *   count_out       receives the number that the mean divides by when no denominator is given
 *   nan_when_empty  the mean of nothing is NaN, as in PyTorch, instead of 0; its gradients are 0
 * A weight or a target probability of 0 contributes exactly 0, even if the other factor is
 * infinite or NaN. In gd_nll_loss, gd_cross_entropy, both binary cross entropies and gd_mse_loss
 * an upstream gradient of 0 does, too. Weights and targets that are numbers have gradients. */
#define GD_LOSS_OPTIONS                                                                            \
    gd_reduction reduction;                                                                        \
    gd_tensor *mask;                                                                               \
    gd_optional denominator;                                                                       \
    double *count_out;                                                                             \
    bool nan_when_empty

typedef struct gd_loss_options {
    GD_LOSS_OPTIONS;
} gd_loss_options;

/* Their fields, for the gd_op of a loss: GD_FIELDS(my_options, GD_LOSS_FIELDS(my_options), ..). */
extern const char *const gd_reduction_names[]; /* "mean", "sum", "none", "batchmean", NULL */
#define GD_LOSS_FIELDS(type)                                                                       \
    {.name = "reduction",                                                                          \
     .kind = GD_FIELD_ENUM,                                                                        \
     .offset = offsetof(type, reduction),                                                          \
     .names = gd_reduction_names},                                                                 \
        GD_FIELD(type, denominator), GD_FIELD(type, nan_when_empty)

/* ---- classes: input [C], [N,C] or [N,C,..], target without the C */

typedef struct gd_nll_loss_options {
    GD_LOSS_OPTIONS;          /* mask: of the positions, the input's shape without the classes */
    gd_tensor *weight;        /* [C], of the input's dtype; NULL: all 1 */
    gd_optional ignore_index; /* positions with this target are left out; -100 if not given */
    double label_smoothing;   /* e in [0,1]: each class gets e / C of the target's probability */
    gd_optional dim;          /* of the classes; 1 if not given, 0 for [C] */
} gd_nll_loss_options;
typedef gd_nll_loss_options gd_cross_entropy_options;

/* -sum over classes c of q_c input_c, with input the logarithms of probabilities, q_c = w_c ((1 -
 * e) t_c + e / C), and t the target's distribution: int64 target, one class for each position, or
 * floats in the input's shape, probabilities that need not sum to 1. The mean divides by the sum
 * of the targets' weights for classes, by the number of positions for probabilities.
 * GD_ERROR_VALUE: a class outside [0,C), a probability or e outside [0,1]. GD_ERROR_ARGUMENT: an
 * ignore_index from 0 on with probabilities. */
gd_tensor *gd_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_nll_loss_options *options);

/* The same of logits: gd_nll_loss of gd_log_softmax, and that is what is recorded. Exact in
 * float32 (1 ULP) however sure the model is. */
gd_tensor *gd_cross_entropy(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                            const gd_cross_entropy_options *options);

/* Focal loss of classes: -w_y (1 - p)^gamma ln p, p the probability that softmax gives to the
 * class y of the target. Shapes as for cross entropy, target int64. The mean divides by the
 * number of positions. Errors as for cross entropy; GD_ERROR_VALUE: gamma below 0. */
typedef struct gd_softmax_focal_loss_options {
    GD_LOSS_OPTIONS;
    gd_tensor *weight;        /* [C], often called alpha; NULL: all 1 */
    gd_optional ignore_index; /* -100 if not given */
    gd_optional gamma;        /* 2 if not given; 0: cross entropy */
    gd_optional dim;          /* of the classes, as for cross entropy */
} gd_softmax_focal_loss_options;
gd_tensor *gd_softmax_focal_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                 const gd_softmax_focal_loss_options *options);

/* Multi-class hinge: w_y / C times the sum over the classes c other than the target y of max(0,
 * margin - x_y + x_c)^p. Input [C] or [N,C], target int64 [] or [N]. The mean divides by the
 * number of positions. GD_ERROR_VALUE: a class outside [0,C), p neither 1 nor 2, a margin that is
 * not finite. */
typedef struct gd_multi_margin_loss_options {
    GD_LOSS_OPTIONS;
    gd_tensor *weight;  /* [C]; NULL: all 1 */
    gd_optional margin; /* 1 if not given */
    int p;              /* 1 or 2; 0: 1 */
} gd_multi_margin_loss_options;
gd_tensor *gd_multi_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                const gd_multi_margin_loss_options *options);

/* ---- yes or no, for each element: input and target of one shape */

typedef struct gd_binary_cross_entropy_options {
    GD_LOSS_OPTIONS;   /* mask: broadcasts to the input */
    gd_tensor *weight; /* broadcasts to the input; NULL: all 1 */
} gd_binary_cross_entropy_options;

/* -w (y ln p + (1 - y) ln(1 - p)) in nats, with p = input and y = target in [0,1]. Each logarithm
 * is at least -100, as in PyTorch; the gradients are not cut. The mean divides by the number of
 * elements. With logits, use the next one: where p has rounded to 0 or 1 the loss is 0 or 100.
 * GD_ERROR_VALUE: p or y outside [0,1]. */
gd_tensor *gd_binary_cross_entropy(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                   const gd_binary_cross_entropy_options *options);

typedef struct gd_binary_cross_entropy_with_logits_options {
    GD_LOSS_OPTIONS;       /* mask: broadcasts to the input */
    gd_tensor *weight;     /* broadcasts to the input; NULL: all 1 */
    gd_tensor *pos_weight; /* of y's side: [C], for each class (dimension 1, or 0 of [C]), or
                              broadcasts to the input; NULL: all 1 */
} gd_binary_cross_entropy_with_logits_options;

/* -w (v y ln s(x) + (1 - y) ln(1 - s(x))) in nats, with s the sigmoid, x = input (logits), y =
 * target in [0,1], v = pos_weight. Exact for large |x| too, infinite ones included. The mean
 * divides by the number of elements. GD_ERROR_VALUE: y outside [0,1]. */
gd_tensor *
gd_binary_cross_entropy_with_logits(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                    const gd_binary_cross_entropy_with_logits_options *options);

/* Binary cross entropy with logits, averaged over the labels of each sample: input and target
 * [..,C], one loss for each sample, [..]. The average is over the labels that the mask keeps; the
 * mean divides by the number of samples that have a label left. Errors as for binary cross entropy
 * with logits. */
typedef struct gd_multilabel_soft_margin_loss_options {
    GD_LOSS_OPTIONS;   /* mask: of the labels, broadcasts to the input */
    gd_tensor *weight; /* broadcasts to the input; NULL: all 1 */
} gd_multilabel_soft_margin_loss_options;
gd_tensor *gd_multilabel_soft_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                          const gd_multilabel_soft_margin_loss_options *options);

/* Focal loss of yes or no: -a (1 - p)^gamma ln p, p the probability that the sigmoid of the input
 * gives to the target, which is 0 or 1 and has no gradient. The mean divides by the number of
 * elements. GD_ERROR_VALUE: another target, gamma below 0, alpha above 1. */
typedef struct gd_sigmoid_focal_loss_options {
    GD_LOSS_OPTIONS;
    gd_optional gamma; /* 2 if not given; 0: binary cross entropy */
    gd_optional alpha; /* a is alpha for target 1 and 1 - alpha for target 0; 0.25 if not given;
                          below 0: a is 1 for both */
} gd_sigmoid_focal_loss_options;
gd_tensor *gd_sigmoid_focal_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                 const gd_sigmoid_focal_loss_options *options);

/* Soft margin: ln(1 + e^(-y x)). The target y is 1 or -1 and has no gradient. The mean divides by
 * the number of elements. GD_ERROR_VALUE: another target. */
gd_tensor *gd_soft_margin_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                               const gd_loss_options *options);

/* ---- numbers: input and target of one shape; the mask broadcasts to it ----
 * The mean divides by the number of elements. GD_ERROR_VALUE: an option out of its range. */

/* (x - y)^2 and |x - y| */
gd_tensor *gd_mse_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_loss_options *options);
gd_tensor *gd_l1_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                      const gd_loss_options *options);

/* Smooth L1: d^2 / (2 beta) for |d| < beta, else |d| - beta / 2, with d = x - y. A beta that is 0,
 * or becomes 0 in the input's dtype, gives |d|. */
typedef struct gd_smooth_l1_loss_options {
    GD_LOSS_OPTIONS;
    gd_optional beta; /* at least 0; 1 if not given */
} gd_smooth_l1_loss_options;
gd_tensor *gd_smooth_l1_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                             const gd_smooth_l1_loss_options *options);

/* Huber: d^2 / 2 for |d| < delta, else delta (|d| - delta / 2), with d = x - y */
typedef struct gd_huber_loss_options {
    GD_LOSS_OPTIONS;
    gd_optional delta; /* above 0; 1 if not given */
} gd_huber_loss_options;
gd_tensor *gd_huber_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                         const gd_huber_loss_options *options);

/* Kullback-Leibler: t (ln t - x). The input x is the logarithm of a probability, the target t a
 * probability in [0,1] (GD_ERROR_VALUE). The reduction batchmean gives the divergence of two
 * distributions, averaged over the rows. */
typedef struct gd_kl_div_options {
    GD_LOSS_OPTIONS;
    bool log_target; /* the target is ln t */
} gd_kl_div_options;
gd_tensor *gd_kl_div(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                     const gd_kl_div_options *options);

/* Poisson: e^x - y x. The input x is the logarithm of a rate, the target y a count, at least 0
 * (GD_ERROR_VALUE). */
typedef struct gd_poisson_nll_loss_options {
    GD_LOSS_OPTIONS;
    bool of_rate;    /* the input is the rate: x - y ln(x + eps) (PyTorch's log_input=False) */
    bool full;       /* adds ln y! by Stirling's formula, where y > 1 */
    gd_optional eps; /* at least 0; 1e-8 if not given */
} gd_poisson_nll_loss_options;
gd_tensor *gd_poisson_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                               const gd_poisson_nll_loss_options *options);

/* Gaussian: (ln v + (x - y)^2 / v) / 2. var is the variance v, at least 0 (GD_ERROR_VALUE). It
 * broadcasts to the input, or lacks the input's last dimension. A variance below eps counts as
 * eps; its gradient is the one at eps, so that it can grow. */
typedef struct gd_gaussian_nll_loss_options {
    GD_LOSS_OPTIONS;
    bool full;       /* adds ln(2 pi) / 2 */
    gd_optional eps; /* the least variance; above 0; 1e-6 if not given */
} gd_gaussian_nll_loss_options;
gd_tensor *gd_gaussian_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target, gd_tensor *var,
                                const gd_gaussian_nll_loss_options *options);

/* ---- embeddings: vectors [..,D] of one shape ----
 * One loss for each vector, [..], which is the mask's shape, too. The mean divides by the number
 * of vectors. Vectors are scaled, so that no square leaves the range of the dtype.
 * GD_ERROR_VALUE: an option out of its range, another target. */

/* 1 - c for target 1, max(0, c - margin) for target -1, with c the cosine of the angle between the
 * two vectors, computed in double. At c = margin the gradient passes, as in PyTorch. Target [..],
 * of the inputs' dtype or int64, without a gradient. */
typedef struct gd_cosine_embedding_loss_options {
    GD_LOSS_OPTIONS;
    double margin;
} gd_cosine_embedding_loss_options;
gd_tensor *gd_cosine_embedding_loss(gd_tape *tape, gd_tensor *input1, gd_tensor *input2,
                                    gd_tensor *target,
                                    const gd_cosine_embedding_loss_options *options);

/* max(0, margin + |anchor - positive|_p - |anchor - negative|_p). Where the sum is 0 the gradient
 * passes, as in PyTorch. A distance of 0 has the gradient 0. */
typedef struct gd_triplet_margin_loss_options {
    GD_LOSS_OPTIONS;
    gd_optional margin; /* 1 if not given */
    double p;           /* of the norm, at least 1; 0: 2 */
    gd_optional eps;    /* added to each component of a difference; 1e-6 if not given */
    bool swap; /* takes |positive - negative| for the second distance where that is smaller */
} gd_triplet_margin_loss_options;
gd_tensor *gd_triplet_margin_loss(gd_tape *tape, gd_tensor *anchor, gd_tensor *positive,
                                  gd_tensor *negative,
                                  const gd_triplet_margin_loss_options *options);

/* ---- masks: bool, broadcast together with x */

/* The elements of x where the mask is true, in row-major order: [number of true ones]. x of any
 * dtype. Its sum or mean is that of a loss of reduction none over what the mask keeps. */
gd_tensor *gd_masked_select(gd_tape *tape, gd_tensor *x, gd_tensor *mask);

/* ---- a loss of your own, made of ops as most of the above are ----
 *
 * It computes one number for each position and ends in gd_reduce_loss; the tape finds its
 * gradient. The shortest example, l = |x - y|, is losses/l1_loss.c; CONTRIBUTING.md makes one of
 * each kind. No result needs a test. A check that fails leaves an error on the tape, and every op
 * after it returns NULL. */

/* The op of this header with that name, "nll_loss"; NULL: there is none. A loss that is made of
 * ops is none itself. */
const gd_op *gd_loss_op_find(const char *name);

/* The gd_loss_options of any loss's options struct. */
#define GD_LOSS_OPTIONS_OF(o)                                                                      \
    ((gd_loss_options){(o).reduction, (o).mask, (o).denominator, (o).count_out, (o).nan_when_empty})

/* input and target have one float dtype and one shape; the reduction and the denominator make
 * sense; the mask is bool and broadcasts to the input. false after gd_tape_fail, and where the
 * tape holds an error already. GD_ERROR_ARGUMENT, GD_ERROR_DTYPE, GD_ERROR_SHAPE, GD_ERROR_VALUE.
 * Further checks, of values and of other tensors: gd_check_values and what follows it in
 * <gradus/autograd.h>. */
bool gd_check_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                   const gd_loss_options *options);

/* x where the mask is true, elsewhere `value`, which the loss can be computed from: an infinity or
 * NaN there reaches neither the loss nor the gradient. The two broadcast; mask NULL: x itself. */
gd_tensor *gd_kept(gd_tape *tape, gd_tensor *x, gd_tensor *mask, double value);

/* The end of a loss: `loss`, one number for each position, reduced as the options say. Positions
 * that the mask drops are 0 for GD_REDUCTION_NONE; the mean does not count them. weight (NULL: all
 * 1) is of the losses' dtype, broadcasts to them and is not counted in what the mean divides by; a
 * weight of 0 makes 0 of any loss, NaN too. options NULL: all defaults. GD_ERROR_ARGUMENT,
 * GD_ERROR_DTYPE, GD_ERROR_SHAPE, GD_ERROR_VALUE (a weight below 0, a denominator below 0). */
gd_tensor *gd_reduce_loss(gd_tape *tape, gd_tensor *loss, gd_tensor *weight,
                          const gd_loss_options *options);

#include <gradus/losses_sites.h>

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
