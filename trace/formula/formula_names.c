/* What a name in a formula means: a variable, a tensor, an equation's name, an attribute. */
#include "trace/formula/formula_names.h"

#include <string.h>

static int variable(const gd__formula *f, const char *name, int length)
{
    int which = f->n_variables - 1;
    while (which >= 0 && !(f->variables[which].length == length &&
                           strncmp(f->variables[which].name, name, (size_t)length) == 0))
        --which;
    return which;
}

static bool is_keyword(const char *name, int length)
{
    return gd__is_name(name, length, "where") || gd__is_name(name, length, "else") ||
           gd__is_name(name, length, "and") || gd__is_name(name, length, "or") ||
           gd__is_name(name, length, "not");
}

static int constant(gd__parser *p, const char *name, int length)
{
    gd__term term = {.kind = GD__NUMBER, .text = name, .text_length = length};
    const gd__call *c = p->f->call;
    if (gd__attribute(c, name, length, &term.value))
        return gd__term_add(p->f, term);
    if (gd__is_name(name, length, "e"))
        term.value = 2.718281828459045235;
    else if (gd__is_name(name, length, "pi"))
        term.value = 3.141592653589793238;
    else if (gd__is_name(name, length, "float32"))
        term.value = c->slots[0].dtype == GD_F32;
    else if (gd__is_name(name, length, "by_count")) /* the mean of a loss divides by a count */
        term.value = gd__attribute_is(c, "reduction", "mean") &&
                     !gd__attribute(c, "denominator", 11, &(double){0});
    else
        return gd__take_refuse(p, "a known name before this");
    return gd__term_add(p->f, term);
}

static int alone(gd__parser *p, const char *name, int length)
{
    gd__formula *f = p->f;
    gd__term term = {.form = GD__HERE, .a = -1, .b = -1, .c = -1};
    if ((term.slot = variable(f, name, length)) >= 0) {
        term.kind = GD__VARIABLE;
        return gd__term_add(f, term);
    }
    if ((term.slot = gd__slot_of(f, name, length)) >= 0)
        return gd__read_term(f, term);
    term.slot = 0;
    int defined = gd__definition(p, name, length);
    if (defined != -1)
        return defined < 0 ? (p->refused = true, -1) : defined;
    if (gd__is_name(name, length, "noise") || gd__is_name(name, length, "u")) {
        term.kind = *name == 'n' ? GD__NOISE : GD__SLOPE;
        f->zero_wins |= *name == 'u';
        return gd__term_add(f, term);
    }
    return constant(p, name, length);
}

int gd__take_named(gd__parser *p, const char *name, int length)
{
    if (is_keyword(name, length))
        return gd__take_refuse(p, "a value before \"where\", \"else\", \"and\", \"or\" or \"not\"");
    if (gd__take_sign(p, "("))
        return gd__take_call(p, name, length);
    int slot = variable(p->f, name, length) < 0 ? gd__slot_of(p->f, name, length) : -1;
    if (slot >= 0 && gd__take_sign(p, "["))
        return gd__take_place(p, slot);
    return alone(p, name, length);
}
