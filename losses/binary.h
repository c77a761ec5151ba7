/* What the two binary cross entropies share: a walk over the elements, and the rule for gradients.
 *
 * For an element with input x, target y, weight w, positive weight v and mask, with
 *     a = w v y,    b = w (1 - y)    (0 both where the mask is false)
 * the loss is a A(x) + b B(x): A is what "yes" costs, B what "no" costs. A term whose factor is 0 is
 * 0, whatever x is. */
#ifndef GRADUS_LOSSES_BINARY_H
#define GRADUS_LOSSES_BINARY_H

#include "losses/common.h"
#include "tensor/chunks.h"

/* The operands, in this order. */
enum {
    GD__BINARY_INPUT,
    GD__BINARY_TARGET,
    GD__BINARY_WEIGHT,
    GD__BINARY_MASK,
    GD__BINARY_POS_WEIGHT
};

/* One of the two losses. */
typedef struct gd__binary_form {
    bool of_probabilities; /* x must be in [0,1] where it counts */
    /* For n elements, with the kernels of the input's dtype: loss = a A(x) + b B(x), slope = a A'(x) + b B'(x). */
    void (*loss)(const gd__kernels *kernels, int64_t n, double *loss, const double *x,
                 const double *a, const double *b);
    void (*slope)(const gd__kernels *kernels, int64_t n, double *slope, const double *x,
                  const double *a, const double *b);
    /* Optional: the same for a = y and b = 1 - y, straight from the tensors of these numbers, and the
     * gradient (dx += or = slope u / divisor) to the first one; false: not for these values. */
    bool (*fast_loss)(const gd__chunks *chunks, double *loss, int x, int y);
    bool (*fast_grad)(const gd__chunks *chunks, int x, int y, int u, double divisor,
                      bool accumulate);
    /* The same as ops: A(x) (yes) or B(x), for the gradient of y (`exact`) or of the weights; and
     * the slope. */
    gd_tensor *(*cost)(gd_tape *tape, gd_tensor *x, bool yes, bool exact);
    gd_tensor *(*slope_op)(gd_tape *tape, gd_tensor *x, gd_tensor *a, gd_tensor *b);
} gd__binary_form;

/* The parts of the op, whose attributes are a gd__reducing. */
bool gd__binary_check(gd_tape *tape, gd_node *n);
size_t gd__binary_saved_size(const gd_node *n);
bool gd__binary_forward(gd_tape *tape, const gd_node *n, const gd__binary_form *form);
gd_tensor *gd__binary_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i,
                           const gd__binary_form *form);
bool gd__binary_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i,
                          gd_tensor *dst, bool accumulate, const gd__binary_form *form);
int gd__binary_print(char *buffer, size_t size, const void *attributes);

#endif
