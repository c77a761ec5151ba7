#include "autograd/ops/op_list.h"

const gd_op *const gd__autograd_ops[] = {
#define ROW(name) &gd_op_##name,
    GD__AUTOGRAD_OPS(ROW, GD__NO_SECTION)
#undef ROW
        NULL};
