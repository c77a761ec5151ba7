#include "losses/vectors.h"
#include "losses/positions.h"
#include "losses/reduction.h"

bool gd__check_vectors(gd_tape *tape, gd_tensor *a, gd_tensor *b, const char *name, gd_tensor *mask)
{
    gd_node node = {.in = &a, .n_in = 1};
    if (gd_tape_status(tape) != GD_OK || !gd_check_operand(tape, a, 0) ||
        !gd_check_float(tape, &node, 0) || !gd_check_like(tape, name, b, a))
        return false;
    if (a->ndim == 0)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "[] is no vector: [..,D] is needed");
    gd_tensor each = gd__positions_of(a, a->ndim - 1, GD_BOOL);
    return gd__check_mask(tape, mask, &each);
}

gd_tensor *gd__kept_vectors(gd_tape *tape, gd_tensor *x, gd_tensor *mask)
{
    return mask != NULL ? gd_kept(tape, x, gd_unsqueeze(tape, mask, -1), 0) : x;
}

gd_tensor *gd__largest_element(gd_tape *tape, gd_tensor *x)
{
    return gd_max(tape, gd_abs(tape, gd_detach(tape, x)), GD_DIMS(-1), true);
}
