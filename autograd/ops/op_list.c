/* What is the same for all ops: their table, and the functions of elementwise ones. */
#include "autograd/ops/common.h"

const gd_op *const gd__autograd_ops[] = {
#define ROW(name)             &gd_op_##name,
#define LOOP_ROW(name, value) ROW(name)
    GD__AUTOGRAD_OPS(ROW, LOOP_ROW, LOOP_ROW, LOOP_ROW, GD__NO_SECTION)
#undef LOOP_ROW
#undef ROW
        NULL};

#define OF_ONE(name, value)                                                                        \
    gd_tensor *gd_##name(gd_tape *tape, gd_tensor *input)                                          \
    {                                                                                              \
        return gd__apply1(tape, &gd_op_##name, input);                                             \
    }
#define OF_TWO(name, value)                                                                        \
    gd_tensor *gd_##name(gd_tape *tape, gd_tensor *input, gd_tensor *other)                        \
    {                                                                                              \
        return gd__apply2(tape, &gd_op_##name, input, other);                                      \
    }
GD__AUTOGRAD_OPS(GD__NO_OP, OF_ONE, OF_TWO, GD__NO_LOOP, GD__NO_SECTION)
