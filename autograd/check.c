/* Checks that ops share. */
#include "autograd/internal.h"

#include <inttypes.h>

bool gd_check_floats(gd_tape *tape, const gd_node *node)
{
    int first = -1;
    for (int i = 0; i < node->n_in; ++i) {
        if (node->in[i] == NULL)
            continue;
        bool is_first = first < 0;
        first = is_first ? i : first;
        if (is_first ? !gd_check_float(tape, node, i) : !gd_check_same_dtype(tape, node, first, i))
            return false;
    }
    if (first < 0)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "every operand is NULL");
    node->out->dtype = node->in[first]->dtype;
    return true;
}

/* Operand i does not go together with those before it. */
static bool refuse_broadcast(gd_tape *tape, const gd_node *node, int i)
{
    char texts[GD_OP_OPERANDS][GD__SHAPE_TEXT] = {"-", "-", "-"};
    for (int k = 0; k < node->n_in && k < GD_OP_OPERANDS; ++k)
        if (node->in[k] != NULL)
            gd__shape_text(texts[k], node->in[k]->ndim, node->in[k]->shape);
    if (node->n_in <= 2)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s and %s cannot be broadcast together",
                            texts[0], texts[node->n_in - 1]);
    return gd_tape_fail(tape, GD_ERROR_SHAPE,
                        "%s, %s and %s cannot be broadcast together (operand %d)", texts[0],
                        texts[1], texts[2], i);
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

int gd__broadcast(gd_tensor *out, gd_tensor *const *in, int n)
{
    const gd_tensor *longest = NULL;
    for (int i = 0; i < n; ++i)
        if (in[i] != NULL && (longest == NULL || in[i]->ndim > longest->ndim))
            longest = in[i];
    out->ndim = longest->ndim;
    for (int i = 0; i < out->ndim; ++i)
        out->shape[i] = longest->shape[i];
    for (int i = 0; i < n; ++i)
        if (in[i] != NULL && !widen(out, in[i]))
            return i;
    return n;
}

bool gd_check_broadcast(gd_tape *tape, gd_node *node)
{
    int fitting = gd__broadcast(node->out, node->in, node->n_in);
    return fitting == node->n_in || refuse_broadcast(tape, node, fitting);
}

bool gd_check_elementwise(gd_tape *tape, gd_node *node)
{
    return gd_check_floats(tape, node) && gd_check_broadcast(tape, node);
}

bool gd_check_dtype(gd_tape *tape, const gd_node *node, int i, gd_dtype dtype)
{
    if (node->in[i]->dtype == dtype)
        return true;
    return gd_tape_fail(tape, GD_ERROR_DTYPE, "operand %d is %s; %s is needed", i,
                        gd_dtype_name(node->in[i]->dtype), gd_dtype_name(dtype));
}

bool gd_check_same_dtype(gd_tape *tape, const gd_node *node, int a, int b)
{
    if (node->in[a]->dtype == node->in[b]->dtype)
        return true;
    return gd_tape_fail(tape, GD_ERROR_DTYPE,
                        "%s and %s: operands must be of one dtype (none is converted)",
                        gd_dtype_name(node->in[a]->dtype), gd_dtype_name(node->in[b]->dtype));
}

bool gd_check_float(gd_tape *tape, const gd_node *node, int i)
{
    if (gd_dtype_is_float(node->in[i]->dtype))
        return true;
    return gd_tape_fail(tape, GD_ERROR_DTYPE, "operand %d is %s; float32 or float64 is needed", i,
                        gd_dtype_name(node->in[i]->dtype));
}

int gd_check_dim(gd_tape *tape, const gd_tensor *x, int64_t dim)
{
    char text[GD__SHAPE_TEXT];
    int found = gd__dimension(dim, x->ndim);
    if (found < 0)
        gd_tape_fail(tape, GD_ERROR_SHAPE, "%s has no dimension %" PRId64,
                     gd__shape_text(text, x->ndim, x->shape), dim);
    return found;
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
