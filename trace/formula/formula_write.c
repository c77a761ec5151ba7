/* A formula as text: "dy[0] * s[0]" with names, "1 * 2.1" with numbers. */
#include "trace/formula/formula_write.h"
#include "trace/formula/formula_names.h"

static void write_term(gd__writer *w, int term, int least);

static void write_constant(gd__writer *w, const gd__term *t)
{
    bool is_name = t->text != NULL && !(t->text[0] >= '0' && t->text[0] <= '9');
    bool is_e = t->value == 2.718281828459045235;
    if (is_name && (!w->numbers || is_e))
        gd__string_add(w->text, "%.*s", t->text_length, t->text);
    else
        gd__write_number(w, t->value);
}

/* ---- operators ---- */

typedef struct sign {
    const char *text;
    int strength, left, right; /* what the operands must be */
} sign;

static sign sign_of(gd__kind kind)
{
    static const sign signs[] = {[GD__ADD] = {" + ", SUM, SUM, PRODUCT},
                                 [GD__SUBTRACT] = {" - ", SUM, SUM, PRODUCT},
                                 [GD__MULTIPLY] = {" * ", PRODUCT, PRODUCT, SIGNED},
                                 [GD__DIVIDE] = {" / ", PRODUCT, PRODUCT, SIGNED},
                                 [GD__POWER] = {"^", POWER, ATOM, SIGNED},
                                 [GD__LESS] = {" < ", COMPARED, SUM, SUM},
                                 [GD__LESS_EQUAL] = {" <= ", COMPARED, SUM, SUM},
                                 [GD__GREATER] = {" > ", COMPARED, SUM, SUM},
                                 [GD__GREATER_EQUAL] = {" >= ", COMPARED, SUM, SUM},
                                 [GD__EQUAL] = {" == ", COMPARED, SUM, SUM},
                                 [GD__UNEQUAL] = {" != ", COMPARED, SUM, SUM},
                                 [GD__AND] = {" and ", BOTH, BOTH, NEITHER},
                                 [GD__OR] = {" or ", EITHER, EITHER, BOTH}};
    return signs[kind];
}

static void write_two(gd__writer *w, const gd__term *t)
{
    sign s = sign_of(t->kind);
    write_term(w, t->a, s.left);
    size_t at = w->text->length;
    write_term(w, t->b, s.right);
    if (t->kind == GD__ADD) {
        gd__join_terms(w->text, at);
        return;
    }
    if (t->kind == GD__SUBTRACT && gd__begins_with_minus(w->text, at)) {
        gd__string_insert(w->text, at, "(");
        gd__string_add(w->text, ")");
    }
    gd__string_insert(w->text, at, s.text);
}

static void write_choice(gd__writer *w, const gd__term *t)
{
    write_term(w, t->a, EITHER);
    gd__string_add(w->text, " where ");
    write_term(w, t->b, EITHER);
    gd__string_add(w->text, ", else ");
    write_term(w, t->c, CHOICE);
}

static void write_nth(gd__writer *w, const gd__term *t)
{
    gd__frame before = w->e->frame;
    if (gd__go_to_nth(w->e, t))
        write_term(w, t->a, ATOM);
    else
        gd__string_add(w->text, "0");
    w->e->frame = before;
}

static void write_joined(gd__writer *w, const gd__term *t)
{
    int slot;
    int64_t number = gd__place_joined(w->e, t, &slot);
    gd__write_element(w, slot, number);
}

static int strength_of(const gd__term *t)
{
    switch (t->kind) {
    case GD__WHERE:
        return CHOICE;
    case GD__NOT:
        return NEITHER;
    case GD__NEGATIVE:
        return SIGNED;
    case GD__SLOPE:
        return PRODUCT;
    case GD__REDUCE:
        return t->slot == GD__MEAN ? PRODUCT : ATOM; /* a sum sets its own brackets */
    default:
        return t->kind >= GD__ADD && t->kind <= GD__OR ? sign_of(t->kind).strength : ATOM;
    }
}

static void write_bare(gd__writer *w, const gd__term *t, int least)
{
    switch (t->kind) {
    case GD__NUMBER:
        write_constant(w, t);
        return;
    case GD__READ:
        gd__write_read(w, t);
        return;
    case GD__NEGATIVE:
        gd__string_add(w->text, "-");
        write_term(w, t->a, POWER);
        return;
    case GD__NOT:
        gd__string_add(w->text, "not ");
        write_term(w, t->a, COMPARED);
        return;
    case GD__WHERE:
        write_choice(w, t);
        return;
    case GD__FUNCTION:
        gd__string_add(w->text, "%s(", gd__functions[t->slot].name);
        write_term(w, t->a, CHOICE);
        gd__string_add(w->text, t->b >= 0 ? ", " : "");
        if (t->b >= 0)
            write_term(w, t->b, CHOICE);
        gd__string_add(w->text, ")");
        return;
    case GD__REDUCE:
        gd__write_reduction(w, t, least);
        return;
    case GD__NTH:
        write_nth(w, t);
        return;
    case GD__JOINED:
        write_joined(w, t);
        return;
    case GD__REDUCED:
        gd__write_loss(w, t, least);
        return;
    case GD__SLOPE:
        gd__write_slope(w);
        return;
    case GD__NOISE:
        if (!w->numbers) {
            gd__string_add(w->text, "noise");
            return;
        }
        __attribute__((fallthrough));
    case GD__VARIABLE:
    case GD__ABSENT:
    case GD__BEFORE:
    case GD__AT:
        gd__write_number(w, (double)gd__evaluate(w->e, (int)(t - w->e->f->terms)));
        return;
    default:
        write_two(w, t);
    }
}

static void write_term(gd__writer *w, int term, int least)
{
    const gd__term *t = &w->e->f->terms[term];
    int strength = strength_of(t);
    size_t begin = w->text->length;
    write_bare(w, t, least);
    bool negative = strength == ATOM && gd__begins_with_minus(w->text, begin);
    if ((negative ? SIGNED : strength) < least) {
        gd__string_insert(w->text, begin, "(");
        gd__string_add(w->text, ")");
    }
}

void gd__write_formula(gd__evaluation *e, bool numbers, gd__string *text)
{
    bool watch = e->watch;
    gd__writer w = {e, text, numbers, write_term};
    e->watch = false;
    write_term(&w, e->f->root, CHOICE);
    e->watch = watch;
}
