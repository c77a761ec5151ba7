/* Elements and numbers in the text of a formula. */
#include "trace/formula/formula_write.h"

void gd__write_number(gd__writer *w, double value)
{
    char text[GD__SHORT];
    gd__string_add(w->text, "%s", gd__short_number(value, text));
}

void gd__write_element(gd__writer *w, int slot, int64_t number)
{
    const gd__numbers *x = &w->e->f->call->slots[slot];
    char index[GD__INDEX];
    double value;
    if (number < 0)
        gd__string_add(w->text, "0");
    else if (!w->numbers)
        gd__string_add(w->text, "%s%s", x->name, gd__index_text(number, x->ndim, x->shape, index));
    else if (!gd__known_element(x, number, &value))
        gd__string_add(w->text, "?");
    else if (x->dtype == GD_BOOL)
        gd__string_add(w->text, value != 0 ? "true" : "false");
    else
        gd__write_number(w, value);
}

void gd__write_read(gd__writer *w, const gd__term *t)
{
    long double at[GD_MAX_DIMS] = {0};
    for (int i = 0; i < t->n_list; ++i)
        at[i] = gd__evaluate(w->e, t->list[i]);
    if (t->n_list == 0 && t->a >= 0)
        at[0] = gd__evaluate(w->e, t->a);
    gd__write_element(w, t->slot, gd__place_read(w->e, t, at));
}

bool gd__begins_with_minus(const gd__string *t, size_t at)
{
    return !t->failed && t->length > at && t->text[at] == '-';
}

void gd__join_terms(gd__string *t, size_t at)
{
    bool minus = gd__begins_with_minus(t, at);
    if (minus)
        gd__string_remove(t, at);
    gd__string_insert(t, at, minus ? " - " : " + ");
}
