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

typedef enum gd_reduction {
    GD_REDUCTION_MEAN, /* divided by the number of elements; of nothing: 0 */
    GD_REDUCTION_SUM,
    GD_REDUCTION_NONE /* the loss of each element, in the input's shape */
} gd_reduction;

typedef struct gd_binary_cross_entropy_with_logits_options {
    gd_reduction reduction;
} gd_binary_cross_entropy_with_logits_options;

/* -(y ln s(x) + (1 - y) ln(1 - s(x))) in nats, with s the sigmoid: x = input (logits), y = target
 * in [0,1], both of one shape and float dtype. Exact for large |x| too. GD_ERROR_SHAPE,
 * GD_ERROR_DTYPE, GD_ERROR_VALUE (target outside [0,1] or NaN), GD_ERROR_ARGUMENT (reduction). */
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
