#include "losses/loss_list.h"

const gd_op *const gd__loss_ops[] = {
#define ROW(name) &gd_op_##name,
    GD__LOSS_OPS(ROW)
#undef ROW
        NULL};
