/* Sums as text: all terms of a short one, of a long one the first and the largest few. */
#include "trace/formula/formula_write.h"

#include <inttypes.h>
#include <math.h>

enum { SHOWN = 6, FEW = 3 }; /* terms */

static void add_to_sum(gd__writer *w, gd__string *text, int term, size_t begin)
{
    size_t at = text->length;
    gd__writer part = *w;
    part.text = text;
    w->term(&part, term, PRODUCT);
    if (at > begin)
        gd__join_terms(text, at);
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
static int shown_part(const gd__writer *w, const sum *s)
{
    const gd__term *t = &w->e->f->terms[s->term];
    bool choice = !s->loss && t->kind == GD__WHERE && w->e->f->terms[t->c].kind == GD__NUMBER &&
                  w->e->f->terms[t->c].value == 0;
    return choice ? t->a : s->term;
}

static void write_sum(gd__writer *w, sum s, int least)
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

static sum sum_of(gd__writer *w, const gd__term *t)
{
    return (sum){gd__sum_begin(w->e, t), t->a, false};
}

static void write_extremum(gd__writer *w, const gd__term *t)
{
    int64_t i = 0;
    gd__string_add(w->text, t->slot == GD__MAX ? "max(" : "min(");
    for (sum s = sum_of(w, t); next_term(&s); ++i) {
        if (i < SHOWN) {
            gd__string_add(w->text, i > 0 ? ", " : "");
            w->term(w, t->a, CHOICE);
        }
    }
    gd__string_add(w->text, i > SHOWN ? ", ..)" : ")");
}

static void write_mean(gd__writer *w, const gd__term *t)
{
    int64_t count = 0;
    for (sum s = sum_of(w, t); next_term(&s);)
        ++count;
    write_sum(w, sum_of(w, t), PRODUCT);
    gd__string_add(w->text, " / %" PRId64, count);
}

void gd__write_reduction(gd__writer *w, const gd__term *t, int least)
{
    if (t->slot == GD__SUM)
        write_sum(w, sum_of(w, t), least);
    else if (t->slot == GD__MEAN)
        write_mean(w, t);
    else
        write_extremum(w, t);
}

/* ---- losses ---- */

static void write_divisor(gd__writer *w)
{
    gd__string_add(w->text, " / ");
    gd__write_number(w, (double)gd__divisor(w->e));
}

void gd__write_loss(gd__writer *w, const gd__term *t, int least)
{
    bool divides = gd__divisor(w->e) > 0 && gd__divisor(w->e) != 1;
    if (!gd__attribute_is(w->e->f->call, "reduction", "none")) {
        write_sum(w, (sum){gd__positions(w->e), t->a, true}, divides ? PRODUCT : least);
        if (divides)
            write_divisor(w);
    } else if (gd__is_kept(w->e))
        w->term(w, t->a, least);
    else
        gd__string_add(w->text, "0");
}

void gd__write_slope(gd__writer *w)
{
    static const gd__term dy = {.kind = GD__READ, .slot = GD__DY, .a = -1};
    if (!gd__is_kept(w->e) || !(gd__divisor(w->e) > 0)) {
        gd__string_add(w->text, "0");
        return;
    }
    gd__write_read(w, &dy);
    if (gd__divisor(w->e) != 1)
        write_divisor(w);
}
