/* Writing CSV and TSV, so that reading gives the same table. */
#include "data/formats/csv_dialect.h"
#include "data/formats/formats.h"

#include <strings.h>

/* Whether a file that begins with the text might be taken for one of another format, or the
 * text's beginning for a byte order mark. */
static bool begins_like_another(const char *text)
{
    static const char *const others[] = {"__label__", "PK\3\4",    "PK\5\6",     "#",
                                         "%",         "@relation", "@attribute", "\xef\xbb\xbf"};
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        size_t length = strlen(others[i]);
        if (strncasecmp(text, others[i], length) == 0 &&
            (text[0] != '@' || strchr(" \t", text[length]) != NULL)) /* or the end */
            return true;
    }
    return false;
}

/* Whether a text would be read as another one, or as nothing, without quotes; also by a reader
 * who finds out the delimiter, for which a tab is tried first. */
static bool needs_quotes(const char *text, char delimiter)
{
    size_t length = strlen(text);
    if (length == 0)
        return false;
    if (begins_like_another(text))
        return true;
    char ends[] = {text[0], text[length - 1], '\0'};
    return strpbrk(ends, " \t") != NULL || strpbrk(text, "\"\n\r") != NULL ||
           strchr(text, delimiter) != NULL ||
           (delimiter != '\t' && strpbrk(text, GD__CSV_DELIMITERS) != NULL) ||
           gd__is_listed(gd__format_csv.missing, text);
}

void gd_csv_write_field(FILE *file, const char *prefix, const char *text, bool quoted,
                        char delimiter)
{
    if (!quoted && !needs_quotes(text, delimiter)) {
        fprintf(file, "%s%s", prefix, text);
        return;
    }
    fprintf(file, "\"%s", prefix);
    for (; *text != '\0'; ++text) {
        if (*text == '"')
            putc('"', file);
        putc(*text, file);
    }
    putc('"', file);
}

/* A line of fields: names, or a row of cells. The first line must not look like one of libsvm,
 * index:value. */
static void write_line(const gd__writing *w, bool names, bool first, int64_t row, char delimiter)
{
    char buffer[GD_NUMBER_TEXT];
    const gd_table *t = w->table;
    int columns = gd_table_columns(t);
    for (int i = 0; i < columns; ++i) {
        const char *text = names ? gd_table_name(t, i) : gd_table_text(t, row, i, buffer);
        if (i > 0)
            putc(delimiter, w->file);
        /* a line of one column shows no delimiter, and an empty one would be skipped */
        bool quoted =
            (columns == 1 && (text[0] == '\0' || strpbrk(text, GD__CSV_DELIMITERS) != NULL)) ||
            (first && strchr(text, ':') != NULL);
        gd_csv_write_field(w->file, "", text, quoted, delimiter);
    }
    putc('\n', w->file);
}

static gd_status write_delimited(const gd__writing *w, char delimiter)
{
    bool named = gd_table_has_header(w->table);
    if (named)
        write_line(w, true, true, 0, delimiter);
    for (int64_t i = 0; i < w->count && !ferror(w->file); ++i)
        write_line(w, false, i == 0 && !named, gd__written_row(w, i), delimiter);
    return GD_OK;
}

gd_status gd__write_csv(const gd__writing *w)
{
    return write_delimited(w, w->delimiter != '\0' ? w->delimiter : ',');
}

gd_status gd__write_tsv(const gd__writing *w)
{
    return write_delimited(w, w->delimiter != '\0' ? w->delimiter : '\t');
}
