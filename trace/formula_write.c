/* A formula as text: "dy[0] * s[0]" with names, "1 * 2.1" with numbers. */
#include "trace/formula.h"
#include "trace/formula_names.h"

#include <inttypes.h>
#include <math.h>

/* How tightly a text holds together: a looser one stands in brackets. */
enum { CHOICE, EITHER, BOTH, NEITHER, COMPARED, SUM, PRODUCT, SIGNED, POWER, ATOM };

enum { SHOWN = 6, FEW = 3 }; /* a longer sum is cut to its first and its largest few terms */

typedef struct writer {
    gd__evaluation *e;
    gd__string *text;
    bool numbers;
} writer;

static void write_term(writer *w, int term, int least);

/* ---- numbers and names ---- */

static void write_number(writer *w, double value)
{
    char text[GD__SHORT];
    gd__string_add(w->text, "%s", gd__short_number(value, text));
}

static void write_element(writer *w, const gd__numbers *x, int64_t number)
{
    char index[GD__INDEX];
    double value;
    if (!w->numbers)
        gd__string_add(w->text, "%s%s", x->name, gd__index_text(number, x->ndim, x->shape, index));
    else if (!gd__known_element(x, number, &value))
        gd__string_add(w->text, "?");
    else if (x->dtype == GD_BOOL)
        gd__string_add(w->text, value != 0 ? "true" : "false");
    else
        write_number(w, value);
}

static void write_read(writer *w, const gd__term *t)
{
    long double at[GD_MAX_DIMS] = {0};
    for (int i = 0; i < t->n_list; ++i)
        at[i] = gd__evaluate(w->e, t->list[i]);
    if (t->n_list == 0 && t->a >= 0)
        at[0] = gd__evaluate(w->e, t->a);
    int64_t number = gd__place_read(w->e, t, at);
    if (number < 0)
        gd__string_add(w->text, "0");
    else
        write_element(w, &w->e->f->call->slots[t->slot], number);
}

static void write_constant(writer *w, const gd__term *t)
{
    bool is_name = t->text != NULL && !(t->text[0] >= '0' && t->text[0] <= '9');
    bool is_e = t->value == 2.718281828459045235;
    if (is_name && (!w->numbers || is_e))
        gd__string_add(w->text, "%.*s", t->text_length, t->text);
    else
        write_number(w, t->value);
}

/* ---- sums ---- */

static bool begins_with_minus(const gd__string *t, size_t at)
{
    return !t->failed && t->length > at && t->text[at] == '-';
}

/* Between two terms of a sum; `at` is where the second begins. "a + -b" becomes "a - b". */
static void join(gd__string *t, size_t at)
{
    bool minus = begins_with_minus(t, at);
    if (minus)
        gd__string_remove(t, at);
    gd__string_insert(t, at, minus ? " - " : " + ");
}

static void add_to_sum(writer *w, gd__string *text, int term, size_t begin)
{
    size_t at = text->length;
    writer part = {w->e, text, w->numbers};
    write_term(&part, term, PRODUCT);
    if (at > begin)
        join(text, at);
}

/* The numbers of the largest few terms, in the order in which they come. */
typedef struct largest {
    int64_t which[FEW];
    long double size[FEW];
    int count;
} largest;

static void keep_largest(largest *l, int64_t which, long double size)
{
    int smallest = 0;
    if (l->count < FEW) {
        l->which[l->count] = which;
        l->size[l->count++] = size;
        return;
    }
    for (int k = 1; k < FEW; ++k)
        smallest = l->size[k] < l->size[smallest] ? k : smallest;
    if (!(size > l->size[smallest]))
        return;
    for (int k = smallest; k + 1 < FEW; ++k) {
        l->which[k] = l->which[k + 1];
        l->size[k] = l->size[k + 1];
    }
    l->which[FEW - 1] = which;
    l->size[FEW - 1] = size;
}

static bool is_among(const largest *l, int64_t which)
{
    for (int k = 0; k < l->count; ++k)
        if (l->which[k] == which)
            return true;
    return false;
}

typedef struct sum {
    gd__sum_walk walk;
    int term;
    bool loss; /* positions that are not kept are left out */
} sum;

static bool next_term(sum *s)
{
    while (gd__sum_next(&s->walk))
        if (s->loss ? gd__is_kept(s->walk.e) : !gd__is_left_out(s->walk.e, s->term))
            return true;
    return false;
}

/* Of "a where b, else 0" a alone: where b is false the term is left out. */
static int shown_part(const writer *w, const sum *s)
{
    const gd__term *t = &w->e->f->terms[s->term];
    bool choice = !s->loss && t->kind == GD__WHERE && w->e->f->terms[t->c].kind == GD__NUMBER &&
                  w->e->f->terms[t->c].value == 0;
    return choice ? t->a : s->term;
}

static void write_sum(writer *w, sum s, int least)
{
    largest l = {.count = 0};
    gd__string large = {.text = NULL};
    int64_t count = 0, i = 0;
    size_t begin = w->text->length;
    int part = shown_part(w, &s);
    for (sum c = s; next_term(&c); ++count)
        keep_largest(&l, count, fabsl(gd__evaluate(w->e, part)));
    for (sum c = s; next_term(&c); ++i) {
        if (count <= SHOWN || i < FEW)
            add_to_sum(w, w->text, part, begin);
        if (count > SHOWN && is_among(&l, i))
            add_to_sum(w, &large, part, 0);
    }
    if (count == 0)
        gd__string_add(w->text, "0");
    if (count > SHOWN)
        gd__string_add(w->text, " + .. (%" PRId64 " terms, the largest %s)", count,
                       large.text != NULL ? large.text : "");
    w->text->failed |= large.failed;
    gd__string_free(&large);
    if (count > 1 && least > SUM) {
        gd__string_insert(w->text, begin, "(");
        gd__string_add(w->text, ")");
    }
}

static sum sum_of(writer *w, const gd__term *t)
{
    return (sum){gd__sum_begin(w->e, t), t->a, false};
}

static void write_extremum(writer *w, const gd__term *t)
{
    int64_t i = 0;
    gd__string_add(w->text, t->slot == GD__MAX ? "max(" : "min(");
    for (sum s = sum_of(w, t); next_term(&s); ++i) {
        if (i < SHOWN) {
            gd__string_add(w->text, i > 0 ? ", " : "");
            write_term(w, t->a, CHOICE);
        }
    }
    gd__string_add(w->text, i > SHOWN ? ", ..)" : ")");
}

static void write_mean(writer *w, const gd__term *t)
{
    int64_t count = 0;
    for (sum s = sum_of(w, t); next_term(&s);)
        ++count;
    write_sum(w, sum_of(w, t), PRODUCT);
    gd__string_add(w->text, " / %" PRId64, count);
}

/* ---- losses ---- */

static void write_divisor(writer *w)
{
    gd__string_add(w->text, " / ");
    write_number(w, (double)gd__divisor(w->e));
}

static void write_reduced(writer *w, const gd__term *t, int least)
{
    bool divides = gd__divisor(w->e) > 0 && gd__divisor(w->e) != 1;
    if (!gd__attribute_is(w->e->f->call, "reduction", "none")) {
        write_sum(w, (sum){gd__positions(w->e), t->a, true}, divides ? PRODUCT : least);
        if (divides)
            write_divisor(w);
    } else if (gd__is_kept(w->e))
        write_term(w, t->a, least);
    else
        gd__string_add(w->text, "0");
}

static void write_slope(writer *w)
{
    static const gd__term dy = {.kind = GD__READ, .slot = GD__DY, .a = -1};
    if (!gd__is_kept(w->e) || !(gd__divisor(w->e) > 0)) {
        gd__string_add(w->text, "0");
        return;
    }
    write_read(w, &dy);
    if (gd__divisor(w->e) != 1)
        write_divisor(w);
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

static void write_two(writer *w, const gd__term *t)
{
    sign s = sign_of(t->kind);
    write_term(w, t->a, s.left);
    size_t at = w->text->length;
    write_term(w, t->b, s.right);
    if (t->kind == GD__ADD) {
        join(w->text, at);
        return;
    }
    if (t->kind == GD__SUBTRACT && begins_with_minus(w->text, at)) {
        gd__string_insert(w->text, at, "(");
        gd__string_add(w->text, ")");
    }
    gd__string_insert(w->text, at, s.text);
}

static void write_choice(writer *w, const gd__term *t)
{
    write_term(w, t->a, EITHER);
    gd__string_add(w->text, " where ");
    write_term(w, t->b, EITHER);
    gd__string_add(w->text, ", else ");
    write_term(w, t->c, CHOICE);
}

static void write_nth(writer *w, const gd__term *t)
{
    gd__frame before = w->e->frame;
    if (gd__go_to_nth(w->e, t))
        write_term(w, t->a, ATOM);
    else
        gd__string_add(w->text, "0");
    w->e->frame = before;
}

static void write_joined(writer *w, const gd__term *t)
{
    int slot;
    int64_t number = gd__place_joined(w->e, t, &slot);
    if (number < 0)
        gd__string_add(w->text, "0");
    else
        write_element(w, &w->e->f->call->slots[slot], number);
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

static void write_bare(writer *w, const gd__term *t, int least)
{
    switch (t->kind) {
    case GD__NUMBER:
        write_constant(w, t);
        return;
    case GD__READ:
        write_read(w, t);
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
        if (t->slot == GD__SUM)
            write_sum(w, sum_of(w, t), least);
        else if (t->slot == GD__MEAN)
            write_mean(w, t);
        else
            write_extremum(w, t);
        return;
    case GD__NTH:
        write_nth(w, t);
        return;
    case GD__JOINED:
        write_joined(w, t);
        return;
    case GD__REDUCED:
        write_reduced(w, t, least);
        return;
    case GD__SLOPE:
        write_slope(w);
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
        write_number(w, (double)gd__evaluate(w->e, (int)(t - w->e->f->terms)));
        return;
    default:
        write_two(w, t);
    }
}

static void write_term(writer *w, int term, int least)
{
    const gd__term *t = &w->e->f->terms[term];
    int strength = strength_of(t);
    size_t begin = w->text->length;
    write_bare(w, t, least);
    bool negative = strength == ATOM && begins_with_minus(w->text, begin);
    if ((negative ? SIGNED : strength) < least) {
        gd__string_insert(w->text, begin, "(");
        gd__string_add(w->text, ")");
    }
}

void gd__write_formula(gd__evaluation *e, bool numbers, gd__string *text)
{
    bool watch = e->watch;
    writer w = {e, text, numbers};
    e->watch = false;
    write_term(&w, e->f->root, CHOICE);
    e->watch = watch;
}
