/* What one node adds to the gradient of an operand, and how contributions become a sum. */
#include "autograd/contribute.h"
#include "tensor/kernels.h"

/* Sums `gradient` down to x's shape, recorded; both are known to be broadcastable. */
static gd_tensor *sum_to(gd_tape *tape, gd_tensor *gradient, const gd_tensor *x)
{
    int64_t dims[GD_MAX_DIMS];
    int n = 0, added = gradient->ndim - x->ndim;
    for (int i = 0; i < gradient->ndim; ++i)
        if (i < added || (x->shape[i - added] == 1 && gradient->shape[i] != 1))
            dims[n++] = i;
    if (n > 0)
        gradient = gd_sum(tape, gradient, n, dims, true);
    return added > 0 ? gd_reshape(tape, gradient, x->ndim, x->shape) : gradient;
}

void gd__add_gradient(gd_pool *pool, gd_tensor *dst, const gd_tensor *gradient, bool accumulate)
{
    if (gd__same_shape(dst, gradient)) {
        if (accumulate)
            gd__add_into(pool, dst, gradient);
        else
            gd__copy(pool, dst, gradient);
        return;
    }
    gd_tensor wide = *dst; /* with sizes 1 in front, as gd__sum_into wants it */
    int added = gradient->ndim - dst->ndim;
    wide.ndim = gradient->ndim;
    for (int i = 0; i < wide.ndim; ++i)
        wide.shape[i] = i < added ? 1 : dst->shape[i - added];
    gd__set_contiguous(&wide);
    gd__sum_into(pool, &wide, gradient, 1.0, accumulate);
}

gd_status gd_add_gradient(gd_tensor *sum, const gd_tensor *gradient, bool accumulate)
{
    if (!gd__is_valid("add_gradient", sum) || !gd__is_valid("add_gradient", gradient))
        return gd_message_status();
    if (!gd_tensor_is_contiguous(sum))
        return gd_fail(GD_ERROR_ARGUMENT, "add_gradient: the sum is not contiguous");
    if (sum->dtype != gradient->dtype || !gd__is_float(sum->dtype))
        return gd_fail(GD_ERROR_DTYPE, "add_gradient: the sum is %s, the gradient %s",
                       gd_dtype_name(sum->dtype), gd_dtype_name(gradient->dtype));
    if (!gd__broadcasts_to(sum, gradient))
        return gd_fail(GD_ERROR_SHAPE, "add_gradient: the sum does not broadcast to the gradient");
    gd__add_gradient(NULL, sum, gradient, accumulate);
    gd_tensor_modified(sum);
    return GD_OK;
}

/* What the gradient reads of this call must still be what it was. */
static bool check_reads(gd_tape *tape, const gd_node *node, unsigned reads)
{
    for (int k = 0; reads != 0 && k <= node->n_in; ++k) {
        bool is_out = k == node->n_in;
        if ((reads & (is_out ? GD_READS_OUT : GD_READS(k))) == 0)
            continue;
        const gd_tensor *x = is_out ? node->out : node->in[k];
        if (x == NULL || gd__version(x) == node->version[k])
            continue;
        char text[GD__SHAPE_TEXT], name[GD__NAME_SIZE];
        const char *what = is_out ? "the result" : gd__operand_name(node, k, name);
        bool is_part = node->caller != NULL; /* the user called a function made of ops */
        tape->calling = is_part ? node->caller : node->op->name;
        gd_tape_fail(tape, GD_ERROR_STATE,
                     "%s %s%s%s was changed in place after this call, and its gradient needs "
                     "the value it had",
                     what, gd__shape_text(text, x->ndim, x->shape), is_part ? " of " : "",
                     is_part ? node->op->name : "");
        gd__tape_fail_at(tape, node); /* `node` may be `through`, not the node that is visited */
        return false;
    }
    return true;
}

static bool check_versions(gd_tape *tape, gd__contribution c)
{
    const gd_op *op = c.node->op;
    if (c.is_through)
        return check_reads(tape, c.node, op->through->reads) &&
               check_reads(tape, c.node->through, op->through->through_reads);
    return check_reads(tape, c.node, op->reads[c.i < GD_OP_OPERANDS ? c.i : GD_OP_OPERANDS - 1]);
}

/* The contribution as the op's rule gives it, of its destination's shape or one that this was
 * broadcast to; NULL and the error where it fails. */
static gd_tensor *apply_rule(gd_tape *tape, gd__contribution c)
{
    const gd_node *node = c.node;
    const gd_tensor *x = gd__destination(c);
    gd_tensor *gradient = c.is_through ? node->op->through->grad(tape, node, node->gradient)
                                       : node->op->grad(tape, node, node->gradient, c.i);
    tape->calling = node->op->name;
    if (tape->status != GD_OK)
        return NULL;
    if (gradient != NULL && gradient->dtype == x->dtype && gd__broadcasts_to(x, gradient))
        return gradient;
    char to[GD__SHAPE_TEXT], from[GD__SHAPE_TEXT] = "NULL", name[GD__NAME_SIZE];
    if (gradient != NULL)
        gd__shape_text(from, gradient->ndim, gradient->shape);
    gd_tape_fail(tape, GD_ERROR_SHAPE, "its gradient rule returned %s for %s, %s %s", from,
                 gd__operand_name(node, c.i, name), gd_dtype_name(x->dtype),
                 gd__shape_text(to, x->ndim, x->shape));
    return NULL;
}

static bool has_grad_into(gd__contribution c)
{
    return c.is_through ? c.node->op->through->grad_into != NULL : c.node->op->grad_into != NULL;
}

gd_way gd__way(gd__contribution c)
{
    if (c.is_through)
        return GD_WAY_THROUGH;
    return has_grad_into(c) ? GD_WAY_DIRECT : GD_WAY_RULE;
}

/* dst = or += the contribution, straight into it where the op can do that in this case. */
static bool write_contribution(gd_tape *tape, gd__contribution c, gd_tensor *dst, bool accumulate)
{
    const gd_op *op = c.node->op;
    const gd_tensor *dy = c.node->gradient;
    tape->calling = op->name;
    tape->was_direct = has_grad_into(c) &&
                       (c.is_through ? op->through->grad_into(tape, c.node, dy, dst, accumulate)
                                     : op->grad_into(tape, c.node, dy, c.i, dst, accumulate));
    if (tape->was_direct)
        return true;
    gd_tensor *gradient = tape->status == GD_OK ? apply_rule(tape, c) : NULL;
    if (gradient != NULL)
        gd__add_gradient(tape->pool, dst, gradient, accumulate);
    return gradient != NULL;
}

/* write_contribution in anomaly mode. The contribution is made apart, so that a NaN which dst
 * holds from before is not taken for this call's. */
static bool write_scanned(gd_tape *tape, gd__contribution c, gd_tensor *dst, bool accumulate)
{
    gd_tensor *apart = gd__new_tensor(tape, GD__POOL, dst);
    if (apart == NULL || !write_contribution(tape, c, apart, false) ||
        !gd__scan_gradient(tape, c.node, c.i, apart, false))
        return false;
    bool may_overflow = accumulate && gd__is_finite(dst);
    gd__add_gradient(tape->pool, dst, apart, accumulate);
    return !may_overflow || gd__scan_gradient(tape, c.node, c.i, dst, true);
}

bool gd__contribute_to_memory(gd_tape *tape, gd__contribution c, gd_tensor *dst, bool accumulate)
{
    if (!check_versions(tape, c))
        return false;
    return tape->anomaly_mode ? write_scanned(tape, c, dst, accumulate)
                              : write_contribution(tape, c, dst, accumulate);
}

/* Makes to->gradient memory that is this node's alone, with what was there before in it. */
static bool make_sum(gd_tape *tape, gd_node *to)
{
    if (to->owns_gradient)
        return true;
    gd_tensor *sum = gd__new_tensor(tape, GD__POOL, to->out), *before = to->gradient;
    if (sum == NULL)
        return false;
    if (before != NULL) {
        gd__add_gradient(tape->pool, sum, before, false);
        gd__pool_release(tape, before);
    }
    gd__pool_retain(sum);
    to->gradient = sum;
    to->owns_gradient = true;
    return true;
}

bool gd__contribute_to_node(gd_tape *tape, gd__contribution c, gd_node *to)
{
    bool is_first = to->gradient == NULL;
    gd_tensor *gradient = NULL; /* the rule's own result, kept without a copy if its shape fits */
    if (is_first && !has_grad_into(c) && !tape->anomaly_mode) {
        gradient = check_versions(tape, c) ? apply_rule(tape, c) : NULL;
        if (gradient == NULL)
            return false;
        if (gd__same_shape(gradient, to->out)) {
            to->gradient = gradient;
            gd__pool_retain(gradient);
            return true;
        }
    }
    if (!make_sum(tape, to))
        return false;
    if (gradient == NULL)
        return gd__contribute_to_memory(tape, c, to->gradient, !is_first);
    gd__add_gradient(tape->pool, to->gradient, gradient, false);
    return true;
}

bool gd__contribute_recorded(gd_tape *tape, gd__contribution c, gd_tensor **sum)
{
    tape->rule = c.node;
    tape->rule_operand = c.i;
    gd_tensor *gradient = check_versions(tape, c) ? apply_rule(tape, c) : NULL;
    if (gradient != NULL)
        gradient = sum_to(tape, gradient, gd__destination(c));
    bool is_first = *sum == NULL, is_scanned = tape->anomaly_mode;
    if (gradient != NULL && (!is_scanned || gd__scan_gradient(tape, c.node, c.i, gradient, false)))
        *sum = is_first ? gradient : gd_add(tape, *sum, gradient);
    if (is_scanned && !is_first && tape->status == GD_OK)
        gd__scan_gradient(tape, c.node, c.i, *sum, true);
    tape->rule = NULL;
    return tape->status == GD_OK;
}

const gd_tensor *gd_event_gives(const gd_event *event, gd_way way)
{
    gd_tape *tape = event->tape;
    if (event->kind != GD_EVENT_ADD || tape->status != GD_OK)
        return NULL;
    gd__contribution c = {event->node, event->operand, way == GD_WAY_THROUGH};
    if (c.is_through && event->node->through == NULL)
        return NULL;
    gd__scope scope = gd__enter(tape, true);
    gd_tensor *gives = gd__new_tensor(tape, gd__source_of_results(tape), gd__destination(c));
    bool ok = gives != NULL && check_versions(tape, c);
    bool by_rule = way == GD_WAY_RULE || tape->backward == GD__RECORDED_BACKWARD;
    if (ok && by_rule) {
        gd_tensor *gradient = apply_rule(tape, c);
        ok = gradient != NULL;
        if (ok)
            gd__add_gradient(tape->pool, gives, gradient, false);
    } else {
        ok = ok && write_contribution(tape, c, gives, false);
    }
    gd__leave(tape, scope);
    tape->status = GD_OK; /* the run itself will meet the same error, if it is one */
    tape->message[0] = '\0';
    return ok ? gives : NULL;
}
