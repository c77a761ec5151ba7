/* Writing LibSVM's format: numbers, without those that are 0, behind a label or several. */
#include "data/formats/formats.h"

#include <inttypes.h>

#define LABEL "label_"

/* An index or, with "label_" in front, a label, as such a file is read. NULL: it is another name.
 * */
static const char *number_in(const char *name, bool label)
{
    if (label && strncmp(name, LABEL, sizeof LABEL - 1) != 0)
        return NULL;
    name += label ? sizeof LABEL - 1 : 0;
    char text[GD_NUMBER_TEXT];
    size_t length = strlen(name);
    double value;
    if (gd__parse_number(name, length, &value) != GD__NUMBER ||
        strcmp(gd_number_text(value, false, text), name) != 0)
        return NULL;
    return label || (length <= 15 && strspn(name, "0123456789") == length) ? name : NULL;
}

/* Whether all targets, or all others, have numbers in their names; else they are numbered from 1.
 * */
static bool have_numbers(const gd__writing *w, bool targets)
{
    for (int i = 0; i < w->table->columns; ++i)
        if (w->target[i] == targets && number_in(gd_table_name(w->table, i), targets) == NULL)
            return false;
    return true;
}

/* A file being written, or only counted as its reader will count it. */
typedef struct output {
    const gd__writing *w;
    bool several, labels, indices; /* several labels; labels and indices from names */
    bool *seen;                    /* [columns]: counted already; NULL: the file is written */
    int64_t rows, columns, values; /* of features */
    int64_t label_columns, given_labels, single_labels, bytes;
    bool readable;
} output;

static void put(output *o, const char *text)
{
    if (o->seen == NULL)
        fputs(text, o->w->file);
    else
        o->bytes += (int64_t)strlen(text);
}

static void put_name(output *o, int column, bool named, int position)
{
    char number[16];
    const char *name = gd_table_name(o->w->table, column);
    if (named) {
        put(o, number_in(name, o->w->target[column]));
    } else {
        snprintf(number, sizeof number, "%d", position);
        put(o, number);
    }
}

static void put_number(output *o, int64_t row, int column)
{
    char buffer[GD_NUMBER_TEXT];
    put(o, gd_number_text(gd_table_number(o->w->table, row, column), false, buffer));
}

/* Counts a value; whether its column is new. */
static bool is_first(output *o, int column)
{
    bool first = o->seen != NULL && !o->seen[column];
    if (first)
        o->seen[column] = true;
    return first;
}

/* The label, or the numbers of those that are 1. */
static bool put_labels(output *o, int64_t row)
{
    int written = 0, position = 0;
    for (int i = 0; i < o->w->table->columns; ++i) {
        if (!o->w->target[i])
            continue;
        ++position;
        if (!o->several) {
            put_number(o, row, i);
            ++written;
        } else if (gd_table_number(o->w->table, row, i) == 1) {
            if (written++ > 0)
                put(o, ",");
            put_name(o, i, o->labels, position);
            o->label_columns += is_first(o, i);
        }
    }
    o->given_labels += written;
    o->single_labels += written == 1;
    return written > 0;
}

static void put_feature(output *o, int64_t row, int column, int position)
{
    put(o, " ");
    put_name(o, column, o->indices, position);
    put(o, ":");
    put_number(o, row, column);
    if (is_first(o, column))
        o->readable &= gd__are_few_cells(o->rows, ++o->columns, o->values + 1);
    ++o->values;
}

/* The labels, and the numbers that are not 0; one that is, where nothing else is in the line. */
static void put_row(output *o, int64_t row)
{
    const gd__writing *w = o->w;
    o->readable &= gd__are_few_cells(o->rows, o->columns, o->values);
    ++o->rows;
    bool empty = !put_labels(o, row);
    int last = w->table->columns - 1, position = 0;
    while (last >= 0 && w->target[last])
        --last;
    for (int i = 0; i <= last; ++i) {
        if (w->target[i])
            continue;
        ++position;
        if (gd_table_number(w->table, row, i) == 0 && !(empty && i == last))
            continue;
        put_feature(o, row, i, position);
        empty = false;
    }
    put(o, "\n");
}

static void put_rows(output *o)
{
    for (int64_t i = 0; i < o->w->count && !ferror(o->w->file); ++i)
        put_row(o, gd__written_row(o->w, i));
}

/* That a reader would not refuse the file for its size: counts it, where the table is so large
 * that it might. */
static gd_status check_size(const output *written)
{
    output o = *written;
    size_t columns = (size_t)o.w->table->columns;
    if (gd__are_few_cells(o.w->count, (int64_t)columns, 0) &&
        gd__are_few_columns((int64_t)columns, 0))
        return GD_OK;
    o.seen = gd__allocate(columns);
    if (o.seen == NULL)
        return gd__no_memory_to_write(o.w);
    memset(o.seen, 0, columns);
    put_rows(&o);
    gd__free(o.seen, columns);
    bool alone = o.single_labels == o.rows;
    if (!gd__are_few_columns(o.columns + (alone ? 1 : o.label_columns), o.bytes) || !o.readable ||
        (!alone && !gd__are_few_cells(o.rows, o.label_columns, o.given_labels)))
        return gd__cannot_write(o.w,
                                "%" PRId64 " values and %" PRId64 " labels in %" PRId64
                                " rows of %zu columns are too few for %s, whose reader would "
                                "refuse the file; csv and arff hold them",
                                o.values, o.given_labels, o.rows, columns, o.w->format),
               GD_ERROR_VALUE;
    return GD_OK;
}

gd_status gd__write_libsvm(const gd__writing *w)
{
    const gd_table *t = w->table;
    output o = {.w = w, .indices = have_numbers(w, false), .labels = have_numbers(w, true)};
    o.several = w->targets > 1 || o.labels;
    o.readable = true;
    for (int i = 0; i < t->columns; ++i)
        if (!gd__holds_numbers(w, i, !o.several || !w->target[i]))
            return GD_ERROR_VALUE;
    if (o.several && !gd__hold_indicators(w))
        return GD_ERROR_VALUE;
    if (o.several && w->targets == t->columns) {
        gd__cannot_write(w, "there are labels only; %s holds features", w->format);
        return GD_ERROR_VALUE;
    }
    gd_status status = check_size(&o);
    if (status == GD_OK)
        put_rows(&o);
    return status;
}
