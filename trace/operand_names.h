/* What your source calls the operands of a call. */
#ifndef GRADUS_TRACE_NAMES_H
#define GRADUS_TRACE_NAMES_H

#include <gradus/autograd.h>

/* The name of operand i of an op that the function `call` has applied, by its arguments without
 * the tape: "b" for 1 of "a, b" in a call of mul. Returns its length; 0: there is none. */
size_t gd__argument_name(const gd_op *op, int i, const char *call, const char *text,
                         const char **name);

#endif
