/* Writing ARFF. */
#include "data/formats/formats.h"

/* Writes a name or value, in quotes if a reader would take it for another one. */
static void put_text(gd__writer *w, const char *text)
{
    if (text[0] != '\0' && strpbrk(text, " \t\n\r,{}%'\"\\") == NULL &&
        !gd__is_listed(gd__format_arff.missing, text)) {
        gd__put(w, text);
        return;
    }
    gd__put_byte(w, '\'');
    for (; *text != '\0'; ++text) {
        char escape = (char)(*text == '\n'   ? 'n'
                             : *text == '\r' ? 'r'
                             : *text == '\t' ? 't'
                                             : '\0');
        if (escape != '\0' || *text == '\'' || *text == '\\')
            gd__put_byte(w, '\\');
        gd__put_byte(w, escape != '\0' ? escape : *text);
    }
    gd__put_byte(w, '\'');
}

/* Writes the relation, with MEKA's option unless the last attribute is the only target. */
static void put_relation(gd__writer *w)
{
    int columns = w->table->columns, first = 0, last = 0;
    while (first < w->targets && w->target[first])
        ++first;
    while (last < w->targets && w->target[columns - 1 - last])
        ++last;
    bool option = last == w->targets ? last > 1 : first == w->targets;
    char relation[40] = "@relation table\n\n";
    if (option)
        snprintf(relation, sizeof relation, "@relation 'table: -C %d'\n\n",
                 last == w->targets ? -last : first);
    gd__put(w, relation);
}

/* Whether a column's levels are 0 and 1, or one of them. */
static bool is_indicator(const gd_table *t, int column)
{
    const gd__levels *levels = &t->column[column].levels;
    for (int32_t i = 0; i < levels->count; ++i) {
        const char *text = levels->level[i].text;
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
            return false;
    }
    return levels->count > 0;
}

static void put_attribute(gd__writer *w, int column)
{
    const gd_table *t = w->table;
    gd_column_kind kind = gd_table_kind(t, column);
    int64_t levels = gd_table_level_count(t, column);
    bool label = w->targets > 1 && w->target[column] && is_indicator(t, column);
    gd__put(w, "@attribute ");
    put_text(w, gd_table_name(t, column));
    if (kind == GD_COLUMN_NUMBERS && !label) {
        gd__put(w, " numeric\n");
    } else if (kind == GD_COLUMN_WORDS || !gd__may_be_classes(levels, false)) {
        gd__put(w, " string\n");
    } else {
        for (int64_t i = 0; i < levels; ++i) {
            gd__put(w, i == 0 ? " {" : ",");
            put_text(w, gd_table_level(t, column, i));
        }
        gd__put(w, "}\n");
    }
}

static void put_row(gd__writer *w, int64_t row)
{
    int columns = w->table->columns;
    for (int column = 0; column < columns; ++column) {
        char buffer[GD_NUMBER_TEXT];
        const char *text = gd_table_text(w->table, row, column, buffer);
        if (text[0] == '\0')
            gd__put_byte(w, '?');
        else
            put_text(w, text);
        gd__put_byte(w, column + 1 < columns ? ',' : '\n');
    }
}

bool gd__write_arff(gd__writer *w)
{
    put_relation(w);
    for (int i = 0; i < w->table->columns; ++i)
        put_attribute(w, i);
    gd__put(w, "\n@data\n");
    gd__put_rows(w, put_row);
    return true;
}
