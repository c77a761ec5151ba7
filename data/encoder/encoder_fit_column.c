/* What learning numbers and learning levels share: the column's cells, its part of the encoder,
 * and notes about it. */
#include "data/encoder/encoder_fit.h"

#include <stdarg.h>

bool gd__learn_note(const gd__learner *l, const char *format, ...)
{
    char text[320];
    const char *name = gd_table_name(l->table, l->column);
    int begin = snprintf(text, sizeof text, "\"%.*s\": ", gd_utf8_cut(name, 80), name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + begin, sizeof text - (size_t)begin, format, arguments);
    va_end(arguments);
    return gd__encoder_note(l->encoder, text);
}

gd__part *gd__learn_part(const gd__learner *l, gd_encoded_kind kind, bool missing)
{
    gd__part *part = gd__encoder_add(l->encoder, gd_table_name(l->table, l->column), kind);
    if (part != NULL)
        part->missing = missing;
    return part;
}

bool gd__learn_missing(const gd__learner *l, bool missing)
{
    return !missing || gd__learn_part(l, GD_ENCODED_MISSING, true) != NULL;
}

int64_t gd__learn_read(const gd__learner *l)
{
    int64_t present = 0;
    const gd__column *c = &l->table->column[l->column];
    if (c->numbers && c->first_text.there) /* the cells of such texts are missing by now */
        return gd__table_fail_remark(l->table, l->column, &c->first_text) - 1;
    for (int64_t i = 0; i < l->n; ++i) {
        int64_t row = gd__chosen_row(l->rows, i);
        double number = gd_table_number(l->table, row, l->column);
        if (!isnan(number))
            l->numbers[present++] = number;
        else if (gd_table_code(l->table, row, l->column) >= 0)
            return gd__fail_cell(l->table, row, l->column, "a number") - 1;
    }
    return present;
}
