/* What an encoder learns of a table: a column at a time, from the chosen rows alone. */
#include "data/encoder_fit.h"
#include "data/moments.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int gd__cut(const char *text, int most)
{
    int length = (int)strnlen(text, (size_t)most + 1);
    if (length <= most)
        return length;
    while (most > 0 && ((uint8_t)text[most] & 0xC0) == 0x80)
        --most;
    return most;
}

bool gd__learn_note(const gd__learner *l, const char *format, ...)
{
    char text[320];
    const char *name = gd_table_name(l->table, l->column);
    int begin = snprintf(text, sizeof text, "\"%.*s\": ", gd__cut(name, 80), name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + begin, sizeof text - (size_t)begin, format, arguments);
    va_end(arguments);
    return gd__encoder_note(l->encoder, text);
}

gd__part *gd__learn_part(const gd__learner *l, gd__part_kind kind, bool missing)
{
    gd__part *part = gd__encoder_add(l->encoder, gd_table_name(l->table, l->column), kind);
    if (part != NULL)
        part->missing = missing;
    return part;
}

bool gd__learn_missing(const gd__learner *l, bool missing)
{
    return !missing || gd__learn_part(l, GD__PART_MISSING, true) != NULL;
}

/* ---- numbers ---- */

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

static bool learn_number(const gd__learner *l)
{
    int64_t present = gd__learn_read(l);
    if (present < 0)
        return false;
    if (present == 0)
        return gd__learn_note(l, "not used: it has no value in any row");
    bool missing = present < l->n;
    double mean, deviation;
    gd__moments(present, l->numbers, l->n, &mean, &deviation);
    if (!(deviation > 0))
        return gd__learn_note(l, "its values are not used: all are the same") &&
               gd__learn_missing(l, missing);
    gd__part *part = gd__learn_part(l, GD__PART_NUMBER, missing);
    if (part == NULL)
        return false;
    part->mean = mean;
    part->deviation = deviation;
    return true;
}

/* ---- the whole table ---- */

static bool learn_column(const gd__learner *l, const gd_encoder_options *options)
{
    bool categorical = options->categorical != NULL && options->categorical[l->column];
    bool numeric = options->numeric != NULL && options->numeric[l->column];
    gd_column_kind kind = gd_table_kind(l->table, l->column);
    if ((categorical && numeric) || ((categorical || numeric) && kind == GD_COLUMN_WORDS))
        return gd__fail_null(
                   "encoder_fit: the column \"%.80s\" %s", gd_table_name(l->table, l->column),
                   kind == GD_COLUMN_WORDS ? "holds lines of words"
                                           : "cannot be both categorical and numeric") != NULL;
    if (kind == GD_COLUMN_WORDS)
        return gd__learn_words(l);
    return categorical || (kind == GD_COLUMN_TEXTS && !numeric) ? gd__learn_levels(l)
                                                                : learn_number(l);
}

gd_encoder *gd_encoder_fit(const gd_table *table, const bool *features, const gd_tensor *rows,
                           const gd_encoder_options *options)
{
    if (table == NULL || features == NULL)
        return gd__fail_null("encoder_fit: the table or the list of columns is NULL");
    gd__learner l = {
        .table = table, .rows = rows, .n = gd__chosen_count("encoder_fit", table, rows)};
    if (l.n <= 0)
        return l.n == 0 ? gd__fail_null("encoder_fit: there is no row to learn from") : NULL;
    l.numbers = gd__allocate((size_t)l.n * sizeof *l.numbers);
    if (l.numbers == NULL)
        return gd__fail_null("encoder_fit: no memory for %" PRId64 " rows", l.n);
    l.encoder = gd__encoder_create(gd_table_columns(table));
    bool ok = l.encoder != NULL;
    if (ok)
        l.encoder->sparse = gd_table_is_sparse(table);
    for (; ok && l.column < gd_table_columns(table); ++l.column)
        if (features[l.column])
            ok = learn_column(&l, options != NULL ? options : &(gd_encoder_options){0});
    gd__free(l.numbers, (size_t)l.n * sizeof *l.numbers);
    if (ok && gd__encoder_finish(l.encoder))
        return l.encoder;
    gd_encoder_destroy(l.encoder);
    return NULL;
}
