/* Learning an encoder from the selected rows of a table, column by column. */
#include "data/encoder/encoder_fit.h"
#include "data/encoder/moments.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

/* The bounds to which the numbers of a column are clipped. Outliers are numbers further from the
 * middle nine tenths than five times their width, if there are few; otherwise the column is skewed
 * and has no outliers. The bounds are the range of the other numbers, extended by its own width on
 * both sides: a little extrapolation is allowed, and an outlier does no harm. */
typedef struct range {
    double low, high;
    int64_t beyond;
} range;

/* A range extended by `times` its width on both sides. */
static range widen(double low, double high, double times)
{
    double more = times * (high - low);
    return (range){fmax(low - more, -DBL_MAX), fmin(high + more, DBL_MAX), 0};
}

enum { ENDS = 20, FEW = 100, LEAST_NUMBERS = 5 };
static const double far = 5;

/* The bounds of sorted [n], n > 0, and how many numbers are beyond them. An outlier may be within
 * the bounds, if the other numbers reach far. */
static range limits_of(int64_t n, const double *sorted)
{
    int64_t end = n / ENDS > 1 ? n / ENDS : 1, few = n / FEW > 1 ? n / FEW : 1, first = 0,
            last = n - 1;
    if (n >= LEAST_NUMBERS && sorted[end] < sorted[n - 1 - end]) {
        range near = widen(sorted[end], sorted[n - 1 - end], far);
        while (sorted[first] < near.low)
            ++first;
        while (sorted[last] > near.high)
            --last;
    }
    if (first + n - 1 - last > few)
        return widen(sorted[0], sorted[n - 1], 1);
    range limits = widen(sorted[first], sorted[last], 1);
    for (int64_t i = 0; i < first; ++i)
        limits.beyond += sorted[i] < limits.low;
    for (int64_t i = last + 1; i < n; ++i)
        limits.beyond += sorted[i] > limits.high;
    return limits;
}

/* The first selected row with a number below `low` or above `high`, of which there is one. */
static int64_t find_beyond(const gd__learner *l, double low, double high)
{
    int64_t row = 0;
    for (int64_t i = 0; i < l->n; ++i) {
        row = gd__chosen_row(l->rows, i);
        double number = gd_table_number(l->table, row, l->column);
        if (number < low || number > high)
            break;
    }
    return row;
}

static bool note_far_out(const gd__learner *l, const range *limits)
{
    char buffer[GD_NUMBER_TEXT], cut[GD_NUMBER_TEXT], place[32];
    int64_t row = find_beyond(l, limits->low, limits->high);
    double number = gd_table_number(l->table, row, l->column);
    return gd__learn_note(
        l,
        "%" PRId64 " of its numbers %s far beyond the others and cut off: %s in %s "
        "counts as %s",
        limits->beyond, limits->beyond == 1 ? "is" : "are",
        gd_table_text(l->table, row, l->column, buffer), gd_table_row_name(l->table, row, place),
        gd_number_text(number < limits->low ? limits->low : limits->high, false, cut));
}

static bool learn_number(const gd__learner *l)
{
    int64_t present = gd__learn_read(l);
    if (present < 0)
        return false;
    if (present == 0)
        return gd__learn_note(l, "not used: it has no value in any row");
    bool missing = present < l->n;
    double mean, deviation, *x = l->numbers, *sorted = l->numbers + l->n;
    memcpy(sorted, x, (size_t)present * sizeof *x);
    qsort(sorted, (size_t)present, sizeof *x, gd__compare_numbers);
    range limits = limits_of(present, sorted);
    if (limits.beyond == 0 && (isinf(sorted[0]) || isinf(sorted[present - 1])))
        return gd__fail_cell(l->table, find_beyond(l, -DBL_MAX, DBL_MAX), l->column,
                             "a number that is not too large");
    for (int64_t i = 0; i < present; ++i)
        x[i] = x[i] < limits.low ? limits.low : x[i] > limits.high ? limits.high : x[i];
    gd__moments(present, x, l->n, &mean, &deviation);
    if (!(deviation > 0))
        return gd__learn_note(l, "its values are not used: all are the same") &&
               gd__learn_missing(l, missing);
    if (limits.beyond > 0 && !note_far_out(l, &limits))
        return false;
    gd__part *part = gd__learn_part(l, GD_ENCODED_NUMBER, missing);
    if (part == NULL)
        return false;
    part->mean = mean;
    part->deviation = deviation;
    part->least = fmax((limits.low - mean) / deviation, -GD__FAR_OUT);
    part->most = fmin((limits.high - mean) / deviation, GD__FAR_OUT);
    return true;
}

/* ---- the whole table ---- */

enum { SEVERAL_WORDS = 3 };

static bool is_chosen(const bool *columns, int column)
{
    return columns != NULL && columns[column];
}

/* Whether most cells have several words and few texts occur twice: one-hot features of such texts
 * would be useless. */
static bool has_sentences(const gd__learner *l)
{
    int64_t sentences = 0, words = 0;
    const gd__levels *levels = &l->table->column[l->column].levels;
    int64_t present = gd_table_rows(l->table) - gd_table_missing(l->table, l->column);
    if (gd_table_kind(l->table, l->column) != GD_COLUMN_TEXTS || 2 * levels->count <= present)
        return false;
    for (int32_t i = 0; i < levels->count; ++i, sentences += words >= SEVERAL_WORDS) {
        const char *at = gd__level_text(levels, i);
        words = 0;
        for (size_t length; (length = gd__next_word(&at)) > 0; at += length)
            ++words;
    }
    return 2 * sentences > levels->count;
}

static bool learn_column(const gd__learner *l, const gd_encoder_options *options)
{
    bool categorical = is_chosen(options->categorical, l->column),
         numeric = is_chosen(options->numeric, l->column),
         words = is_chosen(options->words, l->column);
    gd_column_kind kind = gd_table_kind(l->table, l->column);
    const char *name = gd_table_name(l->table, l->column);
    if (categorical + numeric + words > 1)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "encoder_fit: the column \"%.80s\" cannot be both %s and %s", name,
                              categorical ? "categorical" : "numeric", words ? "text" : "numeric");
    if (kind == GD_COLUMN_WORDS && (categorical || numeric))
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "encoder_fit: the column \"%.80s\" holds lines of words", name);
    if (kind == GD_COLUMN_WORDS || words)
        return gd__learn_words(l);
    if (!categorical && !numeric && has_sentences(l))
        return gd__learn_note(l,
                              "treated as free text: most cells have several words and few texts "
                              "repeat; --categorical overrides this") &&
               gd__learn_words(l);
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
    l.numbers = gd_allocate(2 * (size_t)l.n * sizeof *l.numbers);
    if (l.numbers == NULL)
        return gd__fail_memory("encoder_fit: no memory for %" PRId64 " rows", l.n);
    l.encoder = gd__encoder_create(gd_table_columns(table));
    bool ok = l.encoder != NULL;
    if (ok)
        l.encoder->sparse = gd_table_is_sparse(table);
    for (; ok && l.column < gd_table_columns(table); ++l.column)
        if (features[l.column])
            ok = learn_column(&l, options != NULL ? options : &(gd_encoder_options){0});
    gd_free(l.numbers, 2 * (size_t)l.n * sizeof *l.numbers);
    if (ok && gd__encoder_finish(l.encoder))
        return l.encoder;
    gd_encoder_destroy(l.encoder);
    return NULL;
}
