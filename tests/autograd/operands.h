/* Operands for any op, made from its samples and domains. */
#ifndef TESTS_OPERANDS_H
#define TESTS_OPERANDS_H

#include <gradus.h>

typedef struct operands {
    gd_tensor *x[GD_OP_OPERANDS]; /* NULL: left out */
    int n;
} operands;

/* Owned operands that require a gradient, with values from the op's domains. The same seed gives
 * float32 the rounded values of float64. */
operands operands_create(const gd_op *op, const gd_sample *sample, gd_dtype dtype, uint64_t seed);
void operands_destroy(operands *o);
int64_t operands_numel(const operands *o);

/* Calls `visit` for each op of the library. */
void each_op(void (*visit)(const gd_op *op));

/* "matmul of [2,3] [3,4]" for messages; valid until the next call. */
const char *call_text(const gd_op *op, const gd_sample *sample);

/* Equal to a relative tolerance (of 1 + |b|), NaN-proof, signed; 0: the same values. */
bool close_to(const gd_tensor *a, const gd_tensor *b, double tolerance);

/* Element number i in row-major order, as a double. */
double element(const gd_tensor *x, int64_t i);

#endif
