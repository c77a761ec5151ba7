/* Writing LibSVM's format: numbers, without those that are 0, behind a label or several. */
#include "data/formats.h"

#define LABEL "label_"

/* An index or, with "label_" in front, a label, as such a file is read. NULL: it is another name. */
static const char *number_in(const char *name, bool label)
{
    if (label && strncmp(name, LABEL, sizeof LABEL - 1) != 0)
        return NULL;
    name += label ? sizeof LABEL - 1 : 0;
    char text[GD__NUMBER_TEXT];
    size_t length = strlen(name);
    double value;
    if (gd__parse_number(name, length, &value) != GD__NUMBER ||
        strcmp(gd__number_text(value, false, text), name) != 0)
        return NULL;
    return label || (length <= 15 && strspn(name, "0123456789") == length) ? name : NULL;
}

/* Whether all targets, or all others, have numbers in their names; else they are numbered from 1. */
static bool have_numbers(const gd__writing *w, bool targets)
{
    for (int i = 0; i < w->table->columns; ++i)
        if (w->target[i] == targets && number_in(gd_table_name(w->table, i), targets) == NULL)
            return false;
    return true;
}

static void write_name(const gd__writing *w, int column, bool named, int position)
{
    if (named)
        fputs(number_in(gd_table_name(w->table, column), w->target[column]), w->file);
    else
        fprintf(w->file, "%d", position);
}

static void write_number(const gd__writing *w, int64_t row, int column)
{
    char buffer[GD__NUMBER_TEXT];
    fputs(gd__number_text(gd_table_number(w->table, row, column), false, buffer), w->file);
}

/* The label, or the numbers of those that are 1. */
static bool write_labels(const gd__writing *w, int64_t row, bool several, bool named)
{
    int written = 0, position = 0;
    for (int i = 0; i < w->table->columns; ++i) {
        if (!w->target[i])
            continue;
        ++position;
        if (!several) {
            write_number(w, row, i);
            ++written;
        } else if (gd_table_number(w->table, row, i) == 1) {
            if (written++ > 0)
                putc(',', w->file);
            write_name(w, i, named, position);
        }
    }
    return written > 0;
}

/* The numbers that are not 0; one that is, where nothing else is in the line. */
static void write_features(const gd__writing *w, int64_t row, bool labels, bool named)
{
    int last = w->table->columns - 1, position = 0;
    bool empty = !labels;
    while (last >= 0 && w->target[last])
        --last;
    for (int i = 0; i <= last; ++i) {
        if (w->target[i])
            continue;
        ++position;
        if (gd_table_number(w->table, row, i) == 0 && !(empty && i == last))
            continue;
        putc(' ', w->file);
        write_name(w, i, named, position);
        putc(':', w->file);
        write_number(w, row, i);
        empty = false;
    }
    putc('\n', w->file);
}

gd_status gd__write_libsvm(const gd__writing *w)
{
    const gd_table *t = w->table;
    bool indices = have_numbers(w, false), labels = have_numbers(w, true);
    bool several = w->targets > 1 || labels;
    for (int i = 0; i < t->columns; ++i)
        if (!gd__holds_numbers(w, i, !several || !w->target[i]))
            return GD_ERROR_VALUE;
    if (several && !gd__hold_indicators(w))
        return GD_ERROR_VALUE;
    if (several && w->targets == t->columns) {
        gd__cannot_write(w, "there are labels only; %s holds features", w->format);
        return GD_ERROR_VALUE;
    }
    for (int64_t i = 0; i < w->count && !ferror(w->file); ++i) {
        int64_t row = gd__written_row(w, i);
        write_features(w, row, write_labels(w, row, several, labels), indices);
    }
    return GD_OK;
}
