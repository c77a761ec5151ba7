/* Writing LibSVM's format: the numbers that are not 0, after a label or several. */
#include "data/formats/formats.h"

#include <inttypes.h>

#define LABEL "label_"

/* The number in a column's name from which a reader makes the same name: an index or, after
 * "label_", a label. NULL: the name has none. */
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

/* Whether the names of all labels, or of all features, have numbers. Otherwise these columns are
 * numbered from 1. */
static bool have_numbers(const gd__writer *w, bool labels)
{
    for (int i = 0; i < w->table->columns; ++i)
        if (w->target[i] == labels && number_in(gd_table_name(w->table, i), labels) == NULL)
            return false;
    return true;
}

enum { FEATURES, LABELS, KINDS };

/* A file, and what its reader counts in it. */
typedef struct output {
    gd__writer w;      /* comes first: gd__put_rows passes it to put_row */
    bool several;      /* any number of labels in a row, instead of one */
    bool named[KINDS]; /* whether the numbers come from the names */
    bool *seen;        /* [columns]: whether a value of the column has been written */
    int64_t rows, single_labels;
    int64_t columns[KINDS], values[KINDS];
    bool readable; /* the reader has accepted all rows so far */
} output;

static void put_name(output *o, int column, int position)
{
    char number[16];
    bool label = o->w.target[column];
    snprintf(number, sizeof number, "%d", position);
    gd__put(&o->w, o->named[label] ? number_in(gd_table_name(o->w.table, column), label) : number);
}

static void put_number(output *o, int64_t row, int column)
{
    char buffer[GD_NUMBER_TEXT];
    gd__put(&o->w, gd_number_text(gd_table_number(o->w.table, row, column), false, buffer));
}

static void count_value(output *o, int column)
{
    bool label = o->w.target[column];
    o->columns[label] += !o->seen[column];
    ++o->values[label];
    if (!o->seen[column] && !label)
        o->readable &= gd__are_few_cells(o->rows, o->columns[FEATURES], o->values[FEATURES]);
    o->seen[column] = true;
}

/* The label, or the numbers of those that are 1. False: there are none. */
static bool put_labels(output *o, int64_t row)
{
    int written = 0, position = 0;
    for (int i = 0; i < o->w.table->columns; ++i) {
        if (!o->w.target[i])
            continue;
        ++position;
        if (o->several && gd_table_number(o->w.table, row, i) != 1)
            continue;
        if (written++ > 0)
            gd__put(&o->w, ",");
        if (o->several)
            put_name(o, i, position);
        else
            put_number(o, row, i);
        count_value(o, i);
    }
    o->single_labels += written == 1;
    return written > 0;
}

/* The labels, and the numbers that are not 0; one that is 0 if the line would be empty. */
static void put_row(gd__writer *w, int64_t row)
{
    output *o = (output *)w;
    o->readable &= gd__are_few_cells(o->rows++, o->columns[FEATURES], o->values[FEATURES]);
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
        gd__put(w, " ");
        put_name(o, i, position);
        gd__put(w, ":");
        put_number(o, row, i);
        count_value(o, i);
        empty = false;
    }
    gd__put(w, "\n");
}

/* Counts the file, and checks that its reader accepts so many columns and so few values. */
static bool check_size(output o)
{
    o.w.file = NULL;
    gd__put_rows(&o.w, put_row);
    memset(o.seen, 0, (size_t)o.w.table->columns);
    bool alone = o.single_labels == o.rows;
    int64_t columns = o.columns[FEATURES] + (alone ? 1 : o.columns[LABELS]);
    if (o.readable && gd__are_few_columns(columns, o.w.bytes) &&
        (alone || gd__are_few_cells(o.rows, o.columns[LABELS], o.values[LABELS])))
        return true;
    return gd__cannot_write(&o.w,
                            "%" PRId64 " values and %" PRId64 " labels in %" PRId64
                            " rows of %d columns are too few for %s, whose reader would refuse the "
                            "file; csv and arff hold them",
                            o.values[FEATURES], o.values[LABELS], o.rows, o.w.table->columns,
                            o.w.format);
}

bool gd__write_libsvm(gd__writer *w)
{
    int columns = w->table->columns;
    output o = {.w = *w, .named = {have_numbers(w, false), have_numbers(w, true)}};
    o.several = w->targets > 1 || o.named[LABELS];
    o.readable = true;
    for (int i = 0; i < columns; ++i)
        if (!gd__holds_numbers(w, i, !o.several || !w->target[i]))
            return false;
    if (o.several && !gd__hold_indicators(w))
        return false;
    if (o.several && w->targets == columns)
        return gd__cannot_write(w, "there are labels only; %s holds features", w->format);
    o.seen = gd_allocate((size_t)columns);
    if (o.seen == NULL)
        return gd__no_memory_to_write(w);
    memset(o.seen, 0, (size_t)columns);
    bool small = gd__are_few_cells(w->count, columns, 0) && gd__are_few_columns(columns, 0);
    bool checked = small || check_size(o);
    if (checked)
        gd__put_rows(&o.w, put_row);
    gd_free(o.seen, (size_t)columns);
    return checked;
}
