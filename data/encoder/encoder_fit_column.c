/* Learning one column of a table: reading it, adding its part of the encoder, telling the caller
 * about it. */
#include "data/encoder/encoder_fit.h"
#include "tensor/text.h"

#include <math.h>
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
    if (!gd__read_numbers(l->table, l->column, l->rows, 0, l->n, l->numbers))
        return -1;
    for (int64_t i = 0; i < l->n; ++i)
        if (!isnan(l->numbers[i]))
            l->numbers[present++] = l->numbers[i];
    return present;
}
