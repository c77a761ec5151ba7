#include "losses/vectors.h"
#include "losses/classes.h"
#include "losses/reduction.h"

bool gd__check_vectors(gd_tape *tape, gd_tensor *a, gd_tensor *b, int second, gd_tensor *mask)
{
    if (gd_tape_status(tape) != GD_OK || !gd_check_operand(tape, a, 0) ||
        !gd_check_operand(tape, b, second))
        return false;
    gd_node pair = {.in = (gd_tensor *[]){a, b}, .n_in = 2};
    if (!gd_check_float(tape, &pair, 0) || !gd_check_same_dtype(tape, &pair, 0, 1))
        return false;
    char texts[2][GD__SHAPE_TEXT];
    if (!gd__same_shape(a, b))
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s and %s: shapes must be equal",
                            gd__shape_text(texts[0], a->ndim, a->shape),
                            gd__shape_text(texts[1], b->ndim, b->shape));
    if (a->ndim == 0)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "[] is no vector: [..,D] is needed");
    gd_tensor positions = gd__positions_of(a, a->ndim - 1);
    return gd__check_mask(tape, mask, &positions);
}

gd_tensor *gd__kept_vectors(gd_tape *tape, gd_tensor *x, gd_tensor *mask)
{
    return mask != NULL ? gd_kept(tape, x, gd_unsqueeze(tape, mask, -1), 0) : x;
}

gd_tensor *gd__largest_element(gd_tape *tape, gd_tensor *x)
{
    return gd_max(tape, gd_abs(tape, gd_detach(tape, x)), GD_DIMS(-1), true);
}
