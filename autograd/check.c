/* Checks that ops share. */
#include "autograd/internal.h"

#include <inttypes.h>

bool gd_check_floats(gd_tape *tape, const gd_node *node)
{
    const gd_tensor *first = NULL;
    for (int i = 0; i < node->n_in; ++i) {
        const gd_tensor *x = node->in[i];
        if (x == NULL)
            continue;
        first = first != NULL ? first : x;
        if (!gd_dtype_is_float(x->dtype))
            return gd_tape_fail(tape, GD_ERROR_DTYPE,
                                "operand %d is %s; float32 or float64 is needed", i,
                                gd_dtype_name(x->dtype));
        if (x->dtype != first->dtype)
            return gd_tape_fail(tape, GD_ERROR_DTYPE,
                                "%s and %s: operands must be of one dtype (none is converted)",
                                gd_dtype_name(first->dtype), gd_dtype_name(x->dtype));
    }
    if (first == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "every operand is NULL");
    node->out->dtype = first->dtype;
    return true;
}

/* Widens out's sizes 1 to x's; false if the shapes do not go together. out has at least x's
 * dimensions. */
static bool widen(gd_tensor *out, const gd_tensor *x)
{
    int64_t *shape = out->shape + (out->ndim - x->ndim);
    for (int i = 0; i < x->ndim; ++i) {
        if (shape[i] == x->shape[i] || x->shape[i] == 1)
            continue;
        if (shape[i] != 1)
            return false;
        shape[i] = x->shape[i];
    }
    return true;
}

bool gd_check_elementwise(gd_tape *tape, gd_node *node)
{
    if (!gd_check_floats(tape, node))
        return false;
    gd_tensor *out = node->out;
    const gd_tensor *longest = node->in[0];
    for (int i = 1; i < node->n_in; ++i)
        if (node->in[i]->ndim > longest->ndim)
            longest = node->in[i];
    out->ndim = longest->ndim;
    for (int i = 0; i < out->ndim; ++i)
        out->shape[i] = longest->shape[i];
    for (int i = 0; i < node->n_in; ++i)
        if (!widen(out, node->in[i])) {
            const gd_tensor *first = node->in[0], *x = node->in[i > 0 ? i : 1];
            char a[GD__SHAPE_TEXT], b[GD__SHAPE_TEXT];
            return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s and %s cannot be broadcast together",
                                gd__shape_text(a, first->ndim, first->shape),
                                gd__shape_text(b, x->ndim, x->shape));
        }
    return true;
}

bool gd_view_out(gd_tape *tape, gd_node *node, gd_tensor view)
{
    if (view.ndim < 0) {
        tape->calling = NULL; /* the view's message names the function itself */
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s", gd_message());
    }
    *node->out = view;
    return true;
}
