/* Operands for any op, made from its samples and domains. */
#ifndef TESTS_OPERANDS_H
#define TESTS_OPERANDS_H

#include "comparing.h"

#include <gradus.h>

enum { MOST_OPERANDS = 8 }; /* that a sample may have */

typedef struct operands {
    gd_tensor *x[MOST_OPERANDS + 1]; /* NULL: left out */
    int n;
} operands;

/* The calls of a table of samples: for (calls c = {op->samples}; next_call(&c);) ... c.call */
typedef struct calls {
    const gd_sample *row; /* NULL: there is no table */
    gd_sample call;
} calls;
bool next_call(calls *c);

/* Owned operands with values from the op's domains, int64 and bool where the sample says so, else
 * of the dtype; floats require a gradient. The same seed gives float32 the rounded values of
 * float64. */
operands operands_create(const gd_op *op, const gd_sample *sample, gd_dtype dtype, uint64_t seed);
void operands_destroy(operands *o);
int64_t operands_numel(const operands *o);

/* Calls `visit` for each op of the library. */
void each_op(void (*visit)(const gd_op *op));

/* Of operand i; the last one of the table serves all that follow. */
gd_domain domain_of(const gd_op *op, int i);

/* Whether the gradient of every operand is 0 everywhere. */
bool is_flat(const gd_op *op);

/* "matmul of [2,3] [3,4]" for messages; valid until the next call. */
const char *call_text(const gd_op *op, const gd_sample *sample);

/* Equal to a relative tolerance (of 1 + |b|), NaN-proof, signed; 0: the same values. */
bool close_to(const gd_tensor *a, const gd_tensor *b, double tolerance);

#endif
