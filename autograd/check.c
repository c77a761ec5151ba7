/* Checks that ops and functions made of ops share: dtypes, shapes, values. */
#include "autograd/internal.h"
#include "tensor/kernels.h"
#include "tensor/walk.h"

#include <inttypes.h>
#include <math.h>

const char *gd__operand_name(const gd_node *node, int i, char buffer[GD__NAME_SIZE])
{
    bool is_list = node->op->most_operands > GD_OP_OPERANDS;
    const char *name = node->op->operands[is_list ? 0 : i];
    if (name == NULL)
        snprintf(buffer, GD__NAME_SIZE, "operand %d", i);
    else if (is_list)
        snprintf(buffer, GD__NAME_SIZE, "%s[%d]", name, i);
    return name == NULL || is_list ? buffer : name;
}

bool gd_check_operand(gd_tape *tape, const gd_tensor *x, const char *name)
{
    if (x == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%s is NULL", name);
    if (x->tape != NULL && x->tape != tape)
        return gd_tape_fail(tape, GD_ERROR_STATE, "%s is of another tape", name);
    if (x->tape != NULL && (x->epoch != tape->epoch || (x->root != NULL && x->root->tape != NULL &&
                                                        x->root->epoch != tape->epoch)))
        return gd_tape_fail(tape, GD_ERROR_STATE,
                            "%s was made before the tape was reset or released: it is gone", name);
    if (x->ndim < 0)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%s is a failed view (%s)", name,
                            gd_message());
    if (x->requires_grad && !gd_dtype_is_float(x->dtype))
        return gd_tape_fail(tape, GD_ERROR_DTYPE,
                            "%s is %s and requires a gradient; only float32 and float64 "
                            "tensors have gradients",
                            name, gd_dtype_name(x->dtype));
    return true;
}

bool gd_check_floats(gd_tape *tape, const gd_node *node)
{
    int first = 0;
    while (first < node->n_in && node->in[first] == NULL)
        ++first;
    if (first == node->n_in)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "every operand is NULL");
    gd_dtype dtype = node->in[first]->dtype;
    if (!gd__is_float(dtype))
        return gd_check_float(tape, node, first);
    for (int i = first + 1; i < node->n_in; ++i)
        if (node->in[i] != NULL && node->in[i]->dtype != dtype)
            return gd_check_same_dtype(tape, node, first, i);
    node->out->dtype = dtype;
    return true;
}

/* Operand i does not go together with those before it. */
static bool refuse_broadcast(gd_tape *tape, const gd_node *node, int i)
{
    char texts[GD_OP_OPERANDS][GD__SHAPE_TEXT] = {"-", "-", "-"}, name[GD__NAME_SIZE];
    for (int k = 0; k < node->n_in && k < GD_OP_OPERANDS; ++k)
        if (node->in[k] != NULL)
            gd__shape_text(texts[k], node->in[k]->ndim, node->in[k]->shape);
    if (node->n_in <= 2)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s and %s cannot be broadcast together",
                            texts[0], texts[node->n_in - 1]);
    return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s, %s and %s cannot be broadcast together (%s)",
                        texts[0], texts[1], texts[2], gd__operand_name(node, i, name));
}

/* Makes out's shape the one that it and x's broadcast to; false if there is none. */
static bool widen(gd_tensor *out, const gd_tensor *x)
{
    int added = x->ndim - out->ndim;
    if (added > 0) {
        for (int i = x->ndim - 1; i >= 0; --i)
            out->shape[i] = i < added ? 1 : out->shape[i - added];
        out->ndim = x->ndim;
    }
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

bool gd_check_broadcast(gd_tape *tape, gd_node *node)
{
    node->out->ndim = 0;
    for (int i = 0; i < node->n_in; ++i)
        if (node->in[i] != NULL && !widen(node->out, node->in[i]))
            return refuse_broadcast(tape, node, i);
    return true;
}

bool gd_check_elementwise(gd_tape *tape, gd_node *node)
{
    return gd_check_floats(tape, node) && gd_check_broadcast(tape, node);
}

bool gd_check_dtype(gd_tape *tape, const gd_node *node, int i, gd_dtype dtype)
{
    if (node->in[i]->dtype == dtype)
        return true;
    char name[GD__NAME_SIZE];
    return gd_tape_fail(tape, GD_ERROR_DTYPE, "%s is %s; %s is needed",
                        gd__operand_name(node, i, name), gd_dtype_name(node->in[i]->dtype),
                        gd_dtype_name(dtype));
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
    char name[GD__NAME_SIZE];
    return gd_tape_fail(tape, GD_ERROR_DTYPE, "%s is %s; float32 or float64 is needed",
                        gd__operand_name(node, i, name), gd_dtype_name(node->in[i]->dtype));
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
    *node->out = view;
    return view.ndim >= 0 || gd__tape_fail_as_said(tape, GD_ERROR_SHAPE);
}

/* ---- of a tensor with a name ---- */

bool gd__broadcasts_to(const gd_tensor *x, const gd_tensor *whole)
{
    int added = whole->ndim - x->ndim;
    bool fits = added >= 0;
    for (int d = 0; fits && d < x->ndim; ++d)
        fits = x->shape[d] == 1 || x->shape[d] == whole->shape[d + added];
    return fits;
}

static bool refuse_like(gd_tape *tape, const char *name, const gd_tensor *x, const gd_tensor *like,
                        const char *needed)
{
    char texts[2][GD__SHAPE_TEXT];
    if (x == NULL || like == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%s is NULL",
                            x == NULL ? name : "the tensor that it is compared with");
    return gd_tape_fail(tape, x->dtype == like->dtype ? GD_ERROR_SHAPE : GD_ERROR_DTYPE,
                        "%s is %s %s; %s %s%s is needed", name, gd_dtype_name(x->dtype),
                        gd__shape_text(texts[0], x->ndim, x->shape), gd_dtype_name(like->dtype),
                        needed, gd__shape_text(texts[1], like->ndim, like->shape));
}

bool gd_check_like(gd_tape *tape, const char *name, const gd_tensor *x, const gd_tensor *like)
{
    if (gd_tape_status(tape) != GD_OK)
        return false;
    bool fits = x != NULL && like != NULL && x->dtype == like->dtype && gd__same_shape(x, like);
    return fits || refuse_like(tape, name, x, like, "");
}

bool gd_check_fits(gd_tape *tape, const char *name, const gd_tensor *x, const gd_tensor *whole)
{
    if (gd_tape_status(tape) != GD_OK)
        return false;
    bool fits =
        x != NULL && whole != NULL && x->dtype == whole->dtype && gd__broadcasts_to(x, whole);
    return fits || refuse_like(tape, name, x, whole, "broadcastable to ");
}

/* ---- values ---- */

static bool is_in(gd__range range, double x)
{
    return range.only_ends ? x == range.low || x == range.high : x >= range.low && x <= range.high;
}

int64_t gd__find_outside(const gd_tensor *x, gd__range range, double *value)
{
    int64_t first = 0; /* of the run, in row-major order */
    gd__walk w = gd__walk_begin(1, &x);
    do {
        if (gd__kernels_for(x->dtype)->any_outside(w.length, w.data[0], w.step[0], range.low,
                                                   range.high, range.only_ends)) {
            int64_t j = 0;
            while (is_in(range, *value = gd__float_at(x->dtype, w.data[0], j * w.step[0])))
                ++j;
            return first + j;
        }
        first += w.length;
    } while (gd__walk_next(&w));
    return -1;
}

static bool check_range(gd_tape *tape, const char *name, const gd_tensor *x, gd__range range)
{
    char position[GD__SHAPE_TEXT], rule[80];
    double value;
    if (gd_tape_status(tape) != GD_OK)
        return false;
    if (x == NULL || !gd_dtype_is_float(x->dtype))
        return gd_tape_fail(tape, x == NULL ? GD_ERROR_ARGUMENT : GD_ERROR_DTYPE,
                            "%s is %s; float32 or float64 is needed", name,
                            x == NULL ? "NULL" : gd_dtype_name(x->dtype));
    if (x->dtype == GD_F32) /* as its elements are */
        range = (gd__range){(double)(float)range.low, (double)(float)range.high, range.only_ends};
    int64_t index = gd__find_outside(x, range, &value);
    if (index < 0)
        return true;
    if (range.only_ends)
        snprintf(rule, sizeof rule, "neither %g nor %g", range.high, range.low);
    else if (range.high < HUGE_VAL)
        snprintf(rule, sizeof rule, "outside [%g,%g]", range.low, range.high);
    else if (value < range.low)
        snprintf(rule, sizeof rule, "below %g", range.low);
    else
        snprintf(rule, sizeof rule, "not a number");
    return gd_tape_fail(tape, GD_ERROR_VALUE, "%s %g at %s is %s", name, value,
                        gd__position_text(position, x, index), rule);
}

bool gd_check_values(gd_tape *tape, const char *name, const gd_tensor *x, double low, double high)
{
    return check_range(tape, name, x, (gd__range){low, high, false});
}

bool gd_check_either(gd_tape *tape, const char *name, const gd_tensor *x, double a, double b)
{
    return check_range(tape, name, x, (gd__range){b, a, true});
}
