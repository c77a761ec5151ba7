/* Writing CSV and TSV, so that reading gives the same table. */
#include "data/formats/csv_dialect.h"
#include "data/formats/formats.h"

#include <strings.h>

/* Whether a file that begins with the text could be detected as another format, or as one with a
 * byte order mark. */
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

/* Whether a reader would take a text without quotes for another one, or for a missing value; also
 * a reader that detects the delimiter, and tries a tab first. */
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

static void put_field(gd__writer *w, const char *prefix, const char *text, bool quoted)
{
    quoted |= needs_quotes(text, w->delimiter);
    gd__put(w, quoted ? "\"" : "");
    gd__put(w, prefix);
    if (!quoted) {
        gd__put(w, text);
        return;
    }
    for (; *text != '\0'; ++text) {
        gd__put(w, *text == '"' ? "\"" : "");
        gd__put_byte(w, *text);
    }
    gd__put_byte(w, '"');
}

void gd_csv_write_field(FILE *file, const char *prefix, const char *text, bool quoted,
                        char delimiter)
{
    put_field(&(gd__writer){.file = file, .delimiter = delimiter}, prefix, text, quoted);
}

/* A line of names, if `row` is -1, or of a row's cells. The first line must not look like one of
 * libsvm, index:value. A line of one column shows no delimiter, and an empty one would be
 * skipped. */
static void put_line(gd__writer *w, int64_t row)
{
    char buffer[GD_NUMBER_TEXT];
    const gd_table *t = w->table;
    bool first = w->bytes == 0;
    for (int i = 0; i < t->columns; ++i) {
        const char *text = row < 0 ? gd_table_name(t, i) : gd_table_text(t, row, i, buffer);
        bool alone = t->columns == 1 && (text[0] == '\0' || strpbrk(text, GD__CSV_DELIMITERS));
        if (i > 0)
            gd__put_byte(w, w->delimiter);
        put_field(w, "", text, alone || (first && strchr(text, ':') != NULL));
    }
    gd__put_byte(w, '\n');
}

static void put_table(gd__writer *w)
{
    if (w->table->has_header)
        put_line(w, -1);
    gd__put_rows(w, put_line);
}

static bool write_delimited(gd__writer *w, char delimiter)
{
    w->delimiter = w->delimiter != '\0' ? w->delimiter : delimiter;
    int columns = w->table->columns;
    if (!gd__are_few_columns(columns, 0) &&
        !gd__check_columns(w, columns, gd__count_bytes(w, put_table)))
        return false;
    put_table(w);
    return true;
}

bool gd__write_csv(gd__writer *w)
{
    return write_delimited(w, ',');
}

bool gd__write_tsv(gd__writer *w)
{
    return write_delimited(w, '\t');
}
