/* Writing ARFF. */
#include "data/formats/formats.h"

/* A name or value, in quotes where it would be read as another without. */
static void write_text(FILE *file, const char *text)
{
    if (text[0] != '\0' && strpbrk(text, " \t\n\r,{}%'\"\\") == NULL &&
        !gd__is_listed(gd__format_arff.missing, text)) {
        fputs(text, file);
        return;
    }
    putc('\'', file);
    for (; *text != '\0'; ++text) {
        char escape = (char)(*text == '\n'   ? 'n'
                             : *text == '\r' ? 'r'
                             : *text == '\t' ? 't'
                                             : '\0');
        if (escape != '\0' || *text == '\'' || *text == '\\')
            putc('\\', file);
        putc(escape != '\0' ? escape : *text, file);
    }
    putc('\'', file);
}

/* MEKA's option, unless the last attribute is the target. */
static void write_relation(const gd__writing *w)
{
    int columns = w->table->columns, first = 0, last = 0;
    while (first < w->targets && w->target[first])
        ++first;
    while (last < w->targets && w->target[columns - 1 - last])
        ++last;
    bool option = last == w->targets ? last > 1 : first == w->targets;
    if (option)
        fprintf(w->file, "@relation 'table: -C %d'\n\n", last == w->targets ? -last : first);
    else
        fputs("@relation table\n\n", w->file);
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

static void write_attribute(const gd__writing *w, int column)
{
    const gd_table *t = w->table;
    gd_column_kind kind = gd_table_kind(t, column);
    int64_t levels = gd_table_level_count(t, column);
    bool label = w->targets > 1 && w->target[column] && is_indicator(t, column);
    fputs("@attribute ", w->file);
    write_text(w->file, gd_table_name(t, column));
    if (kind == GD_COLUMN_NUMBERS && !label) {
        fputs(" numeric\n", w->file);
    } else if (kind == GD_COLUMN_WORDS || !gd__may_be_classes(levels, false)) {
        fputs(" string\n", w->file);
    } else {
        for (int64_t i = 0; i < levels; ++i) {
            fputs(i == 0 ? " {" : ",", w->file);
            write_text(w->file, gd_table_level(t, column, i));
        }
        fputs("}\n", w->file);
    }
}

gd_status gd__write_arff(const gd__writing *w)
{
    const gd_table *t = w->table;
    write_relation(w);
    for (int i = 0; i < t->columns; ++i)
        write_attribute(w, i);
    fputs("\n@data\n", w->file);
    for (int64_t i = 0; i < w->count && !ferror(w->file); ++i)
        for (int column = 0; column < t->columns; ++column) {
            char buffer[GD_NUMBER_TEXT];
            const char *text = gd_table_text(t, gd__written_row(w, i), column, buffer);
            if (text[0] == '\0')
                putc('?', w->file);
            else
                write_text(w->file, text);
            putc(column + 1 < t->columns ? ',' : '\n', w->file);
        }
    return GD_OK;
}
