/* The losses that are ops, by name. */
#include "losses/loss_list.h"

#include <gradus/losses.h>

#include <string.h>

const gd_op *gd_loss_op_find(const char *name)
{
    static const gd_op *const ops[] = {
#define ROW(name) &gd_op_##name,
        GD__LOSS_OPS(ROW)
#undef ROW
    };
    for (size_t i = 0; name != NULL && i < sizeof ops / sizeof *ops; ++i)
        if (strcmp(ops[i]->name, name) == 0)
            return ops[i];
    return NULL;
}
