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

/* ---- levels ---- */

enum { LONGEST_PLAIN = 255 }; /* bytes */

/* The lengths of a column's levels that are written without quotes; 0: of all others. NULL: no
 * memory. */
static unsigned char *find_plain(const gd__levels *levels, char delimiter)
{
    unsigned char *plain = gd_allocate((size_t)levels->count);
    for (int32_t i = 0; plain != NULL && i < levels->count; ++i) {
        size_t length = strlen(levels->level[i].text);
        bool quoted = length > LONGEST_PLAIN || needs_quotes(levels->level[i].text, delimiter);
        plain[i] = quoted ? 0 : (unsigned char)length;
    }
    return plain;
}

static bool find_all_plain(gd__writer *w)
{
    size_t size = (size_t)w->table->columns * sizeof *w->plain;
    w->plain = gd_allocate(size);
    if (w->plain != NULL)
        memset(w->plain, 0, size);
    bool found = w->plain != NULL;
    for (int i = 0; found && i < w->table->columns; ++i) {
        w->plain[i] = find_plain(&w->table->column[i].levels, w->delimiter);
        found = w->plain[i] != NULL;
    }
    return found || gd__no_memory_to_write(w);
}

static void free_plain(gd__writer *w)
{
    for (int i = 0; w->plain != NULL && i < w->table->columns; ++i)
        gd_free(w->plain[i], (size_t)w->table->column[i].levels.count);
    gd_free(w->plain, (size_t)w->table->columns * sizeof *w->plain);
}

/* ---- lines ---- */

/* A line of names, if `row` is -1, or of a row's cells. The first line must not look like one of
 * libsvm, index:value. A line of one column shows no delimiter, and an empty one would be
 * skipped. */
static void put_any_line(gd__writer *w, int64_t row)
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

/* A row's cells in a line that is neither the first nor of one column. */
static void put_usual_line(gd__writer *w, int64_t row)
{
    char buffer[GD_NUMBER_TEXT];
    const gd_table *t = w->table;
    for (int i = 0; i < t->columns; ++i) {
        const gd__column *c = &t->column[i];
        int32_t level = gd__level_of(c, row);
        size_t length = level >= 0 ? w->plain[i][level] : 0;
        if (i > 0)
            gd__put_byte(w, w->delimiter);
        if (length > 0)
            gd__put_bytes(w, c->levels.level[level].text, length);
        else
            put_field(w, "", gd_table_text(t, row, i, buffer), false);
    }
    gd__put_byte(w, '\n');
}

static void put_line(gd__writer *w, int64_t row)
{
    (w->bytes == 0 || w->table->columns == 1 ? put_any_line : put_usual_line)(w, row);
}

static void put_table(gd__writer *w)
{
    if (w->table->has_header)
        put_any_line(w, -1);
    gd__put_rows(w, put_line);
}

static bool write_delimited(gd__writer *w, char delimiter)
{
    w->delimiter = w->delimiter != '\0' ? w->delimiter : delimiter;
    int columns = w->table->columns;
    bool ok = find_all_plain(w) && (gd__are_few_columns(columns, 0) ||
                                    gd__check_columns(w, columns, gd__count_bytes(w, put_table)));
    if (ok)
        put_table(w);
    free_plain(w);
    return ok;
}

bool gd__write_csv(gd__writer *w)
{
    return write_delimited(w, ',');
}

bool gd__write_tsv(gd__writer *w)
{
    return write_delimited(w, '\t');
}
