/* Losses that are computed element by element: the walk over the elements, what is left out, the
 * reduction and the gradient. A loss says what one element is; mse_loss.c is the simplest.
 *
 * The operands are the numbers that the loss compares, the input first, each of the input's shape or
 * broadcast to it, and after them the mask. Where the mask is false, nothing is looked at, the loss
 * is 0 and so are the gradients; they are 0, too, where the gradient that comes in is 0. */
#ifndef GRADUS_LOSSES_ELEMENTWISE_H
#define GRADUS_LOSSES_ELEMENTWISE_H

#include "losses/common.h"
#include "tensor/chunks.h"

#include <math.h>

enum { GD__LOSS_NUMBERS = 4 /* operands, but for the mask, and further numbers, at most */ };

/* Some elements that lie one after the other, as doubles. */
typedef struct gd__elements {
    const gd_node *node;
    const gd__kernels *kernels; /* of the input's dtype */
    int64_t n;
    const double *v[GD__LOSS_NUMBERS]; /* [n] of each operand; NULL: left out */
} gd__elements;

/* Which values an operand may have where it counts; others are refused: "target 2 at [1] " and rule. */
typedef struct gd__accepted {
    const char *what; /* NULL: any */
    double low, high;
    bool only_ends;
    const char *rule;
} gd__accepted;

#define GD__ANY_TARGET                                                                             \
    {                                                                                              \
        .what = "target", .low = -(double)INFINITY, .high = (double)INFINITY,                      \
        .rule = "is not a number"                                                                  \
    }

/* Faster loops where there is no mask and nothing but an input and a target: for a chunk of the tensors
 * in the order of the enum; false: not for these values. */
enum { GD__FAST_WHOLE, GD__FAST_INPUT, GD__FAST_TARGET, GD__FAST_UPSTREAM };
typedef struct gd__fast_loops {
    bool (*sum)(const gd__chunks *chunks, double *sum);                      /* of the losses */
    bool (*losses)(const gd__chunks *chunks, double *loss);                  /* one by one */
    bool (*grad)(const gd__chunks *chunks, double divisor, bool accumulate); /* of the input */
} gd__fast_loops;

/* What one element is: gd_op's `detail`. */
typedef struct gd__element_loss {
    int operands;                            /* but for the mask */
    gd__accepted accepted[GD__LOSS_NUMBERS]; /* of each operand */
    double safe[GD__LOSS_NUMBERS];           /* numbers for which every slope is finite */
    void (*loss)(const gd__elements *e, double *loss);
    /* d loss / d v[i]. `slopes`: for i below this; then the gradient is computed in one pass. The
     * ops of slope_op, for the same, are recorded. */
    int slopes;
    void (*slope)(const gd__elements *e, int i, double *slope);
    gd_tensor *(*slope_op)(gd_tape *tape, const gd_node *n, gd_tensor *const *v, int i);
    /* Optional: operand k as it broadcasts to the input. */
    gd_tensor (*view)(const gd_node *n, int k);
    const gd__fast_loops *fast; /* optional */
} gd__element_loss;

/* Attributes of a loss with numbers of its own. (Without: a gd__reducing.) */
typedef struct gd__numbers {
    gd__reducing reducing;
    double p[GD__LOSS_NUMBERS];
} gd__numbers;

static inline double gd__number_of(const gd_node *n, int k)
{
    return ((const gd__numbers *)n->attributes)->p[k];
}

/* Operand k, and the mask; NULL: left out. */
gd_tensor *gd__elementwise_operand(const gd_node *n, int k);
gd_tensor *gd__elementwise_mask(const gd_node *n);

/* The parts of the op. */
bool gd__elementwise_check(gd_tape *tape, gd_node *n);
size_t gd__elementwise_saved_size(const gd_node *n);
bool gd__elementwise_forward(gd_tape *tape, const gd_node *n);
gd_tensor *gd__elementwise_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i);
bool gd__elementwise_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i,
                               gd_tensor *dst, bool accumulate);
double gd__elementwise_divisor(const gd_node *n); /* what the forward divided by; 0: by nothing */
int gd__elementwise_print(char *buffer, size_t size, const void *attributes);

/* The same for a gd__numbers, with `format` for p[0], p[1], ..: ", beta=%g". */
int gd__print_numbers(char *buffer, size_t size, const void *attributes, const char *format);

/* ---- losses of an input x and a target y of its shape ---- */

#define GD__PAIR_SHAPES "x, y, mask -> [] or x; y of x's shape, the mask broadcasts to it"
enum { GD__PAIR_READS = GD_READS(0) | GD_READS(1) | GD_READS(2) };

gd_tensor *gd__apply_pair(gd_tape *tape, const gd_op *op, gd_tensor *input, gd_tensor *target,
                          const gd_loss_options *options);

/* For tests: operands of such losses, and numbers of their own of which all may be 0. */
extern const gd_sample gd__pair_samples[], gd__pair_refused[];

#endif
