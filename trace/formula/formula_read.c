/* The formula of a value or a gradient, put together: its equation, what the op walks over, and
 * where an element of the value or the gradient stands in that. */
#include "trace/formula/formula.h"
#include "trace/formula/formula_names.h"

#include <limits.h>
#include <string.h>

static const char *value_text(const gd_op *op)
{
    return op->element != NULL ? op->element : op->formula;
}

static const char *gradient_text(const gd_op *op, int operand)
{
    if (operand != GD__X)
        return op->element_gradient != NULL ? op->element_gradient : op->gradient;
    if (op->through == NULL)
        return NULL;
    return op->through->element != NULL ? op->through->element : op->through->gradient;
}

/* "..,i,j": its names become variables; n_index says how many. false: refused. */
static bool read_pattern(gd__formula *f, const gd__equation *equation, bool *dots)
{
    gd__parser p = {.f = f,
                    .text = equation->pattern,
                    .at = equation->pattern,
                    .end = equation->pattern + equation->pattern_length,
                    .text_length = equation->pattern_length};
    f->first_index = f->n_variables;
    *dots = gd__take_sign(&p, "..");
    for (bool first = !*dots; !gd__take_ended(&p); first = false) {
        const char *name;
        if (!first && !gd__take_sign(&p, ","))
            return gd__take_refuse(&p, "\",\"") >= 0;
        int length = gd__take_name(&p, &name);
        if (length == 0 || f->n_variables == GD__VARIABLES)
            return gd__take_refuse(&p, "the name of an index") >= 0;
        f->variables[f->n_variables++] = (gd__variable){name, length, -1};
    }
    f->n_index = f->n_variables - f->first_index;
    return true;
}

/* ---- what the op walks over ---- */

static void set_frame(gd__frame *frame, int ndim, const int64_t *shape)
{
    *frame = (gd__frame){.ndim = ndim};
    for (int k = 0; k < ndim; ++k)
        frame->size[k] = shape[k];
}

/* What the first two operands broadcast to. */
static void set_broadcast(gd__frame *frame, const gd__numbers *a, const gd__numbers *b)
{
    const gd__numbers *wide = a->ndim >= b->ndim ? a : b, *other = wide == a ? b : a;
    set_frame(frame, wide->ndim, wide->shape);
    for (int k = 0; k < other->ndim; ++k)
        if (other->shape[k] != 1)
            frame->size[wide->ndim - other->ndim + k] = other->shape[k];
}

static bool uses(const gd__formula *f, gd__kind kind)
{
    for (int i = 0; i < f->n_terms; ++i)
        if (f->terms[i].kind == kind)
            return true;
    return false;
}

static void set_whole(gd__formula *f)
{
    const gd__numbers *y = &f->call->slots[GD__Y], *x = &f->call->slots[0];
    for (int i = 0; i < f->n_terms; ++i)
        if (f->terms[i].kind == GD__REDUCE)
            f->reduced |= f->terms[i].over >= GD__OVER_DIMS && f->n_index == 0
                              ? gd__over_bits(f, f->terms[i].over, x->ndim)
                              : 0;
    if (uses(f, GD__NTH))
        set_broadcast(&f->whole, x, &f->call->slots[1]);
    else if (f->reduced != 0 || uses(f, GD__REDUCED))
        set_frame(&f->whole, x->ndim, x->shape);
    else
        set_frame(&f->whole, y->ndim - f->n_index, y->shape);
}

static bool read_value(gd__formula *f)
{
    const gd__equation *equation = gd__equation_of(f, "y", 1);
    bool dots;
    if (equation == NULL)
        return gd_fail(GD_ERROR_FORMAT, "%s has no formula", f->call->op->name) == GD_OK;
    if (equation->pattern != NULL && !read_pattern(f, equation, &dots))
        return false;
    if (f->n_index > f->call->slots[GD__Y].ndim)
        return gd_fail(GD_ERROR_FORMAT, "%s: y has more indices than dimensions",
                       f->call->op->name) == GD_OK;
    f->root = gd__formula_parse(f, equation->text, equation->text_length);
    if (f->root < 0)
        return false;
    set_whole(f);
    f->frame = f->whole;
    if (uses(f, GD__NTH))
        set_frame(&f->frame, f->call->slots[GD__Y].ndim, f->call->slots[GD__Y].shape);
    return true;
}

/* ---- gradients ---- */

static const gd__equation *gradient_equation(gd__formula *f)
{
    char name[64];
    const gd_op *op = f->call->op;
    int named = op->most_operands == INT_MAX ? 0 : f->operand; /* of a list the first names all */
    const char *operand = f->operand == GD__X ? "x" : op->operands[named];
    if (operand == NULL)
        return NULL;
    int length = snprintf(name, sizeof name, "d%s", operand);
    return length < (int)sizeof name ? gd__equation_of(f, name, length) : NULL;
}

/* Along which dimensions of the frame the operand has none, or size 1. */
static unsigned repeated_dims(const gd__formula *f, int ndim, const int64_t *shape)
{
    unsigned repeated = 0;
    for (int k = 0; k < f->frame.ndim; ++k) {
        int dim = gd__dim_of(f, &f->frame, ndim, k);
        repeated |= (dim < 0 || shape[dim] == 1) && f->frame.size[k] != 1 ? 1u << k : 0;
    }
    return repeated;
}

static bool read_gradient(gd__formula *f)
{
    const gd__equation *equation = gradient_equation(f);
    const gd__numbers *x = &f->call->slots[f->operand];
    bool dots = false;
    for (int i = 0; i < f->n_variables; ++i) /* those of the value are not meant any more */
        f->variables[i].length = 0;
    f->n_index = 0;
    if (equation == NULL)
        return gd_fail(GD_ERROR_FORMAT, "%s has no formula of the gradient of %s",
                       f->call->op->name, x->name) == GD_OK;
    bool own = equation->pattern_length == 1 && *equation->pattern == '*';
    if (equation->pattern != NULL && !own && !read_pattern(f, equation, &dots))
        return false;
    if (f->n_index > x->ndim)
        return gd_fail(GD_ERROR_FORMAT, "%s: %s has more indices than dimensions",
                       f->call->op->name, x->name) == GD_OK;
    f->root = gd__formula_parse(f, equation->text, equation->text_length);
    if (f->root < 0)
        return false;
    f->frame = f->whole;
    if (own)
        set_frame(&f->frame, x->ndim, x->shape);
    else if (equation->pattern == NULL || dots) {
        gd__numbers seen = gd__seen(f, f->operand, &f->frame);
        f->repeated = repeated_dims(f, seen.ndim - f->n_index, seen.shape);
    }
    if (f->repeated != 0)
        f->root = gd__term_add(f, (gd__term){.kind = GD__REDUCE,
                                             .slot = GD__SUM,
                                             .over = GD__OVER_REPEATED,
                                             .a = f->root,
                                             .b = -1,
                                             .c = -1});
    return f->root >= 0;
}

/* ---- losses ---- */

/* The term of a name that an equation defines; -1: none does. false: refused. */
static bool read_definition(gd__formula *f, const char *name, int *term)
{
    gd__equation *equation = gd__equation_of(f, name, (int)strlen(name));
    *term = -1;
    if (equation == NULL)
        return true;
    if (equation->term < 0)
        equation->term = gd__formula_parse(f, equation->text, equation->text_length);
    *term = equation->term;
    return *term >= 0;
}

static bool read_kept(gd__formula *f)
{
    f->kept = f->counted = -1;
    if (!f->zero_wins)
        return true;
    if (!read_definition(f, "kept", &f->kept) || !read_definition(f, "counted", &f->counted))
        return false;
    for (int i = 0; f->kept < 0 && i < f->call->n_in && i < GD_OP_OPERANDS; ++i)
        if (f->call->op->operands[i] != NULL && strcmp(f->call->op->operands[i], "mask") == 0 &&
            f->call->slots[i].given)
            f->kept = gd__term_add(f, (gd__term){.kind = GD__READ, .slot = i, .a = -1});
    return true;
}

bool gd__formula_read(gd__formula *f, const gd__call *call, int operand)
{
    *f = (gd__formula){.call = call, .operand = operand};
    if (call->n_in > GD_OP_OPERANDS)
        return gd_fail(GD_ERROR_FORMAT, "%s has more operands than a formula can name",
                       call->op->name) == GD_OK;
    gd__split_equations(f, value_text(call->op));
    if (operand >= 0)
        gd__split_equations(f, gradient_text(call->op, operand));
    return read_value(f) && (operand < 0 || read_gradient(f)) && read_kept(f);
}
