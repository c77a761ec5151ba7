/* gradus/losses.h - losses: one op each, reduced to a number that a model is trained on.
 *
 * Purpose    Each loss compares what a model says with what is true. All are nodes of the tape.
 * Ownership  As for every op: the tape owns the result.
 * Errors     As for every op. Shapes must be equal: a target is never broadcast. Values that make
 *            no sense are refused with their position: "target 1.5 at [0,3] is outside [0,1]".
 * Options    A struct whose zero value is the default, by pointer; NULL: all defaults.
 *
 *     gd_tensor *logits = gd_linear(tape, x, weight, bias);                       // [N,C]
 *     gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, logits, y, NULL);  // mean: []
 *     if (gd_backward(tape, loss) != GD_OK)
 *         return fail(gd_tape_message(tape));
 *     printf("%g nats\n", gd_item(loss));
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
    GD_REDUCTION_MEAN, /* over what is not left out; each loss says what it divides by */
    GD_REDUCTION_SUM,
    GD_REDUCTION_NONE,     /* the loss of each element; what is left out: 0 */
    GD_REDUCTION_BATCHMEAN /* the sum divided by the size of dimension 0 */
} gd_reduction;

/* A number where 0 is not the default: .ignore_index = GD_SOME(0). */
typedef struct gd_optional {
    bool given;
    double value;
} gd_optional;
#define GD_SOME(number) ((gd_optional){true, (double)(number)})

/* In each options struct below:
 *   reduction
 *   mask            bool: what is false is left out of the loss and of what the mean divides by; its
 *                   values, NaN too, are not looked at and its gradients are 0
 *   denominator     what the mean divides by instead, for losses summed up over several batches
 *   count_out       gets what the mean of this call divides by if no denominator is given
 *   nan_when_empty  the mean of nothing is NaN, as in PyTorch, instead of 0
 * Where a factor is 0 (a weight, a probability, the gradient that comes in) the product is 0, even
 * of an infinity or NaN. Weights are at least 0 (GD_ERROR_VALUE); gradients go to them, too. */

/* ---- classes: input [C], [N,C] or [N,C,..], target without the C */

typedef struct gd_nll_loss_options {
    gd_reduction reduction;
    gd_tensor *mask; /* of the positions: the input's shape without the class dimension */
    gd_optional denominator;
    double *count_out;
    bool nan_when_empty;
    gd_tensor *weight;        /* [C], of the input's dtype; NULL: all 1 */
    gd_optional ignore_index; /* positions with this target are left out; -100 if not given */
    double label_smoothing;   /* e in [0,1]: each class gets e / C of the target's probability */
    gd_optional dim;          /* of the classes; 1 if not given, 0 for [C] */
} gd_nll_loss_options;
typedef gd_nll_loss_options gd_cross_entropy_options;

/* -sum over classes c of q_c input_c, with input the logarithms of probabilities, q_c = w_c ((1 - e)
 * t_c + e / C), and t the target's distribution: int64 target, one class for each position, or floats
 * in the input's shape, probabilities that need not sum to 1. The mean divides by the sum of the
 * targets' weights for classes, by the number of positions for probabilities. GD_ERROR_SHAPE,
 * GD_ERROR_DTYPE, GD_ERROR_VALUE (a class outside [0,C), a probability outside [0,1], e outside
 * [0,1]), GD_ERROR_ARGUMENT (reduction). */
gd_tensor *gd_nll_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                       const gd_nll_loss_options *options);

/* The same of logits: gd_nll_loss of gd_log_softmax, and that is what is recorded, but without a
 * copy of the log-probabilities. Exact in float32 (1 ULP) however sure the model is. */
gd_tensor *gd_cross_entropy(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                            const gd_cross_entropy_options *options);

/* ---- yes or no, for each element: input and target of one shape */

typedef struct gd_binary_cross_entropy_options {
    gd_reduction reduction;
    gd_tensor *mask; /* broadcasts to the input */
    gd_optional denominator;
    double *count_out;
    bool nan_when_empty;
    gd_tensor *weight; /* broadcasts to the input; NULL: all 1 */
} gd_binary_cross_entropy_options;

/* -w (y ln p + (1 - y) ln(1 - p)) in nats, with p = input and y = target in [0,1]. Each logarithm
 * is at least -100, as in PyTorch; the gradients are not cut. The mean divides by the number of
 * elements. For what comes out of a sigmoid use the next one: where p has rounded to 0 or 1, nothing
 * can be told. GD_ERROR_SHAPE, GD_ERROR_DTYPE, GD_ERROR_VALUE (p or y outside [0,1]),
 * GD_ERROR_ARGUMENT. */
gd_tensor *gd_binary_cross_entropy(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                   const gd_binary_cross_entropy_options *options);

typedef struct gd_binary_cross_entropy_with_logits_options {
    gd_reduction reduction;
    gd_tensor *mask; /* broadcasts to the input */
    gd_optional denominator;
    double *count_out;
    bool nan_when_empty;
    gd_tensor *weight;     /* broadcasts to the input; NULL: all 1 */
    gd_tensor *pos_weight; /* of y's side: [C], for each class (dimension 1, or 0 of [C]), or
                              broadcasts to the input; NULL: all 1 */
} gd_binary_cross_entropy_with_logits_options;

/* -w (v y ln s(x) + (1 - y) ln(1 - s(x))) in nats, with s the sigmoid, x = input (logits), y = target
 * in [0,1], v = pos_weight. Exact for large |x| too, infinite ones included. The mean divides by the
 * number of elements. GD_ERROR_SHAPE, GD_ERROR_DTYPE, GD_ERROR_VALUE (y outside [0,1]),
 * GD_ERROR_ARGUMENT. */
gd_tensor *
gd_binary_cross_entropy_with_logits(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                                    const gd_binary_cross_entropy_with_logits_options *options);

/* ---- masks: bool, broadcast together with x */

/* The elements of x where the mask is true, in row-major order: [number of true ones]. x of any
 * dtype. Its sum or mean is that of a loss of reduction none over what the mask keeps. */
gd_tensor *gd_masked_select(gd_tape *tape, gd_tensor *x, gd_tensor *mask);
/* Its reverse: the elements of source, in row-major order, where the mask is true, else x; both of
 * one dtype. GD_ERROR_SHAPE: source has fewer elements than the mask has true ones. */
gd_tensor *gd_masked_scatter(gd_tape *tape, gd_tensor *x, gd_tensor *mask, gd_tensor *source);

#if !defined(GD_NO_SITES) && !defined(GD_BUILDING)
#define gd_nll_loss(t, ...)             GD_AT(t, (gd_nll_loss)((t), __VA_ARGS__))
#define gd_cross_entropy(t, ...)        GD_AT(t, (gd_cross_entropy)((t), __VA_ARGS__))
#define gd_binary_cross_entropy(t, ...) GD_AT(t, (gd_binary_cross_entropy)((t), __VA_ARGS__))
#define gd_binary_cross_entropy_with_logits(t, ...)                                                \
    GD_AT(t, (gd_binary_cross_entropy_with_logits)((t), __VA_ARGS__))
#define gd_masked_select(t, ...)  GD_AT(t, (gd_masked_select)((t), __VA_ARGS__))
#define gd_masked_scatter(t, ...) GD_AT(t, (gd_masked_scatter)((t), __VA_ARGS__))
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
