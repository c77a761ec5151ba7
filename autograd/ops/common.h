/* What several of the ops need. */
#ifndef GRADUS_AUTOGRAD_OPS_COMMON_H
#define GRADUS_AUTOGRAD_OPS_COMMON_H

#include "autograd/internal.h"
#include "autograd/kernels.h"
#include "tensor/chunks.h"
#include "tensor/parallel.h"

#include <math.h>

/* Operands of elementwise ops: equal shapes, broadcast ones, scalars, empty ones. */
extern const gd_sample gd__unary_samples[], gd__binary_samples[], gd__binary_refused[];

gd_tensor *gd__apply1(gd_tape *tape, const gd_op *op, gd_tensor *x);
gd_tensor *gd__apply2(gd_tape *tape, const gd_op *op, gd_tensor *a, gd_tensor *b);

/* In an elementwise op's block: its value is that of its row in op_list.h. */
#define GD__UNARY_OP(kernel_name)                                                                  \
    GD_OPERANDS("input"), .check = gd_check_elementwise, .forward = gd__forward_unary,             \
                          .kernel = GD__UNARY_##kernel_name, .samples = gd__unary_samples
#define GD__BINARY_OP(kernel_name)                                                                 \
    .check = gd_check_elementwise, .forward = gd__forward_binary,                                  \
    .kernel = GD__BINARY_##kernel_name, .samples = gd__binary_samples,                             \
    .refused = gd__binary_refused

/* out = f(x), out = f(a, b), with f the elementwise loop that op->kernel names: GD__UNARY_...,
 * GD__BINARY_... */
bool gd__forward_unary(gd_tape *tape, const gd_node *n);
bool gd__forward_binary(gd_tape *tape, const gd_node *n);

/* out = f(x, b), with b the number that is all there is in the attributes, a double. */
bool gd__forward_with_number(gd_tape *tape, const gd_node *n);

/* dx = dy, for every operand. */
gd_tensor *gd__pass_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i);

/* out = f of the operands, four at most, in double: f computes n elements. */
void gd__forward_in_double(gd_tape *tape, const gd_node *node,
                           void (*f)(int64_t n, double *y, double (*x)[GD__CHUNK]));

/* In the block of an op along one dimension, whose attributes are a gd_along. */
#define GD__ALONG_DIM GD_FIELDS(gd_along, GD_FIELD(gd_along, dim))
int gd__along(const gd_node *n, const gd_tensor *x); /* which dimension of x, from 0 on */

/* Puts a size 1 before *dim of x, which may count from the end of the result and then is counted
 * from the start. false: refused. */
bool gd__add_dimension(gd_tape *tape, gd_tensor *x, int *dim);

/* A number where a kernel takes an operand: over `memory`, as long as that is there. */
gd_tensor gd__number(gd_dtype dtype, double *memory, double value);

/* Zeros of x's shape and dtype. */
gd_tensor *gd__zeros_like(gd_tape *tape, const gd_tensor *x);

/* Parts of gradients: products in which a factor, or the product of some, may leave the range of
 * the dtype although the result does not. */
gd_tensor *gd__ratio(gd_tape *tape, gd_tensor *a, gd_tensor *b, gd_tensor *c,
                     gd_tensor *d);                                      /* a b / (c d) */
gd_tensor *gd__exp_times(gd_tape *tape, gd_tensor *a, gd_tensor *x);     /* a e^x */
gd_tensor *gd__sigmoid_times(gd_tape *tape, gd_tensor *a, gd_tensor *x); /* a s(x), s the sigmoid */
gd_tensor *gd__sigmoid_slope(gd_tape *tape, gd_tensor *a, gd_tensor *x); /* a s(x) s(-x) */

/* a where b is positive (or NaN), else 0, whatever a is. */
gd_tensor *gd__gate(gd_tape *tape, gd_tensor *a, gd_tensor *b);

/* A product of doubles whose parts cannot leave the range: fraction 2^exponent. */
typedef struct gd__scaled {
    double fraction;
    int exponent;
} gd__scaled;
gd__scaled gd__times(gd__scaled product, double x);
gd__scaled gd__over(gd__scaled product, double x);
double gd__scaled_value(gd__scaled product);

/* Whether x, a part of a product, is so far from the ends of the range that the product or
 * quotient of two such is in it. */
static inline bool gd__is_safe(double x)
{
    return (fabs(x) > 0x1p-500) & (fabs(x) < 0x1p500);
}

/* out's dtype and shape become x's. */
void gd__set_like(gd_tensor *out, const gd_tensor *x);

/* out gets the index's shape and one dimension more, of the given size. false: refused. */
bool gd__set_rows(gd_tape *tape, gd_tensor *out, const gd_tensor *index, int64_t size);

/* A contiguous copy of x in scratch memory. false: no memory. */
bool gd__copy_to_scratch(gd_tape *tape, const gd_tensor *x, gd_tensor *copy);

/* c = a b, or c += a b; a and b of any strides, which are copied to scratch memory where BLAS cannot
 * read them as they lie (a repeated row, a step in both directions). false: no memory. */
bool gd__multiply(gd_tape *tape, gd_tensor *c, const gd_tensor *a, const gd_tensor *b,
                  bool accumulate);

#endif
