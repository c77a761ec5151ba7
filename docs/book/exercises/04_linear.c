/* Exercise 4: the linear layer and its three gradients.
 *
 * y = x W^T + b, with x [N,in], W [out,in], b [out], y [N,out]. Write all of it with gd_matmul,
 * gd_transpose(tape, x, 0, 1), gd_add and gd_sum(tape, x, GD_DIMS(0), false), which sums over the
 * rows. */
#include <gradus.h>

gd_tensor *linear(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *b)
{
    return NULL;
}

/* dy [N,out] is d root / d y. Each function returns the gradient of one operand, in its shape. */
gd_tensor *linear_dx(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy)
{
    return NULL;
}

gd_tensor *linear_dw(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy)
{
    return NULL;
}

gd_tensor *linear_db(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy)
{
    return NULL;
}
