/* A tensor in a formula, and the place in it that is read: x, x[..,i,j], x[dim: k], x[# k]. */
#include "trace/formula/formula_names.h"

/* y, dy, x (of the op before) or an operand; -1: none of them. */
int gd__slot_of(const gd__formula *f, const char *name, int length)
{
    const gd_op *op = f->call->op;
    for (int i = 0; i < GD_OP_OPERANDS && i < op->most_operands && op->operands[i] != NULL; ++i)
        if (gd__is_name(name, length, op->operands[i]))
            return i;
    if (gd__is_name(name, length, "y"))
        return GD__Y;
    if (f->operand >= 0 && gd__is_name(name, length, "dy"))
        return GD__DY;
    return f->operand == GD__X && gd__is_name(name, length, "x") ? GD__X : -1;
}

int gd__read_term(gd__formula *f, gd__term term)
{
    bool given = f->call->slots[term.slot].given;
    term.kind = given ? GD__READ : GD__ABSENT;
    f->per_class |= term.form == GD__PER_CLASS ? 1u << term.slot : 0;
    return gd__term_add(f, term);
}

/* A variable that is an index runs over that dimension, counted from the last. */
static void give_range(gd__formula *f, int index, const gd__numbers *x, int from_last)
{
    gd__term *t = &f->terms[index];
    if (t->kind == GD__VARIABLE && f->variables[t->slot].count < 0 && from_last < x->ndim)
        f->variables[t->slot].count = x->shape[x->ndim - 1 - from_last];
}

/* "..,i,k" up to the bracket. */
static int list(gd__parser *p, gd__term term)
{
    const gd__numbers *x = &p->f->call->slots[term.slot];
    term.form = GD__LIST;
    term.dots = gd__take_sign(p, "..");
    while (term.dots || term.n_list > 0 ? gd__take_sign(p, ",") : true) {
        if (term.n_list == GD_MAX_DIMS)
            return gd__take_refuse(p, "fewer indices");
        int index = p->formula(p);
        if (index < 0)
            return index;
        term.list[term.n_list++] = index;
    }
    bool fits = term.dots ? term.n_list <= x->ndim : term.n_list == x->ndim;
    if (x->given && !fits)
        return gd__take_refuse(p, "as many indices as the tensor has dimensions");
    for (int i = 0; x->given && i < term.n_list; ++i)
        give_range(p->f, term.list[i], x, term.n_list - 1 - i);
    return gd__take_sign(p, "]") ? gd__read_term(p->f, term) : gd__take_refuse(p, "\"]\"");
}

/* dims, dim, classes, .. or a new variable. false: something else. */
bool gd__take_over(gd__parser *p, gd__over *over, int *variable)
{
    static const char *const names[] = {
        [GD__OVER_DIMS] = "dims", [GD__OVER_DIM] = "dim", [GD__OVER_CLASSES] = "classes"};
    *variable = -1;
    if (gd__take_sign(p, "..")) {
        *over = GD__OVER_ALL;
        return true;
    }
    const char *name;
    int length = gd__take_name(p, &name);
    for (*over = GD__OVER_DIMS; *over <= GD__OVER_CLASSES; ++*over)
        if (gd__is_name(name, length, names[*over]))
            return true;
    gd__formula *f = p->f;
    *over = GD__OVER_VARIABLE;
    if (length == 0 || f->n_variables == GD__VARIABLES)
        return false;
    *variable = f->n_variables++;
    f->variables[*variable] = (gd__variable){name, length, -1};
    return true;
}

/* x[..] behind the bracket: a number, a dimension, or a list. */
int gd__take_place(gd__parser *p, int slot)
{
    gd__term term = {.slot = slot, .a = -1, .b = -1, .c = -1};
    const char *before = p->at;
    if (gd__take_sign(p, "#")) {
        term.form = GD__NUMBERED;
        if (gd__take_sign(p, "]"))
            return gd__read_term(p->f, term);
        term.a = p->formula(p);
    } else {
        int variables = p->f->n_variables, variable;
        if (!gd__take_over(p, &term.over, &variable) || variable >= 0 ||
            term.over == GD__OVER_ALL || !gd__take_sign(p, ":")) {
            p->f->n_variables = variables;
            p->at = before;
            return list(p, term);
        }
        const gd__numbers *x = &p->f->call->slots[slot];
        unsigned bits = gd__over_bits(p->f, term.over, x->ndim);
        term.form = GD__ALONG;
        term.a = p->formula(p);
        if (term.a >= 0 && x->given && bits != 0)
            give_range(p->f, term.a, x, x->ndim - 1 - __builtin_ctz(bits));
    }
    if (term.a < 0)
        return term.a;
    return gd__take_sign(p, "]") ? gd__read_term(p->f, term) : gd__take_refuse(p, "\"]\"");
}

/* The name of a tensor. */
int gd__take_tensor(gd__parser *p)
{
    const char *name;
    int length = gd__take_name(p, &name), slot = gd__slot_of(p->f, name, length);
    return slot >= 0 ? slot : gd__take_refuse(p, "the name of an operand");
}

int gd__take_closed(gd__parser *p, int term)
{
    return term < 0 || gd__take_sign(p, ")") ? term : gd__take_refuse(p, "\")\"");
}
