/* What is the same for all ops: their table, and the functions of those of one or two tensors
 * alone. */
#include "autograd/ops/common.h"

#include <string.h>

const gd_op *const gd__autograd_ops[] = {
#define ROW(name)             &gd_op_##name,
#define LOOP_ROW(name, value) ROW(name)
    GD__AUTOGRAD_OPS(ROW, ROW, ROW, LOOP_ROW, LOOP_ROW, LOOP_ROW, GD__NO_SECTION)
#undef LOOP_ROW
#undef ROW
        NULL};

const gd_op *gd_op_find(const char *name)
{
    const gd_op *const *op = gd__autograd_ops;
    while (name != NULL && *op != NULL && strcmp((*op)->name, name) != 0)
        ++op;
    return name != NULL ? *op : NULL;
}

#define OF_ONE(name)                                                                               \
    gd_tensor *gd_##name(gd_tape *tape, gd_tensor *input)                                          \
    {                                                                                              \
        return gd__apply1(tape, &gd_op_##name, input);                                             \
    }
#define OF_TWO(name)                                                                               \
    gd_tensor *gd_##name(gd_tape *tape, gd_tensor *a, gd_tensor *b)                                \
    {                                                                                              \
        return gd__apply2(tape, &gd_op_##name, a, b);                                              \
    }
#define UNARY(name, value)  OF_ONE(name)
#define BINARY(name, value) OF_TWO(name)
GD__AUTOGRAD_OPS(GD__NO_OP, OF_ONE, OF_TWO, UNARY, BINARY, GD__NO_LOOP, GD__NO_SECTION)
