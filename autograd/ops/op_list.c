#include "autograd/ops/op_list.h"

const gd_op *const gd__autograd_ops[] = {
#define ROW(name)         &gd_op_##name,
#define LOOP(name, value) ROW(name)
    GD__AUTOGRAD_OPS(ROW, LOOP, LOOP, GD__NO_SECTION)
#undef LOOP
#undef ROW
        NULL};
