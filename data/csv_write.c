/* Writing CSV and TSV, so that reading gives the same table. */
#include "data/formats.h"
#include "data/rows.h"

#include <errno.h>

/* Whether a text would be read as another one without quotes. */
static bool needs_quotes(const char *text, char delimiter)
{
    size_t length = strlen(text);
    if (length == 0)
        return false;
    char ends[] = {text[0], text[length - 1], '\0'};
    return strpbrk(ends, " \t") != NULL || strpbrk(text, "\"\n\r") != NULL ||
           strchr(text, delimiter) != NULL;
}

static void write_text(FILE *file, const char *text, char delimiter)
{
    if (!needs_quotes(text, delimiter)) {
        fputs(text, file);
        return;
    }
    putc('"', file);
    for (; *text != '\0'; ++text) {
        if (*text == '"')
            putc('"', file);
        putc(*text, file);
    }
    putc('"', file);
}

/* A line of fields: names, or a row of cells. */
static void write_line(const gd_table *t, FILE *file, bool names, int64_t row, char delimiter)
{
    char buffer[GD__NUMBER_TEXT];
    int columns = gd_table_columns(t);
    for (int i = 0; i < columns; ++i) {
        const char *text = names ? gd_table_name(t, i) : gd_table_text(t, row, i, buffer);
        if (i > 0)
            putc(delimiter, file);
        if (columns == 1 && text[0] == '\0')
            fputs("\"\"", file); /* an empty line would be skipped */
        else
            write_text(file, text, delimiter);
    }
    putc('\n', file);
}

static gd_status write_delimited(const gd_table *t, FILE *file, const gd_tensor *rows,
                                 char delimiter)
{
    int64_t count = rows != NULL ? rows->shape[0] : gd_table_rows(t);
    errno = 0;
    if (gd_table_has_header(t))
        write_line(t, file, true, 0, delimiter);
    for (int64_t i = 0; i < count && !ferror(file); ++i)
        write_line(t, file, false, rows != NULL ? gd__row_at(rows, i) : i, delimiter);
    if (fflush(file) == 0 && !ferror(file))
        return GD_OK;
    return gd__fail(GD_ERROR_IO, "table_write: %s", strerror(errno));
}

gd_status gd__write_csv(const gd_table *t, FILE *file, const gd_tensor *rows, char delimiter)
{
    return write_delimited(t, file, rows, delimiter != '\0' ? delimiter : ',');
}

gd_status gd__write_tsv(const gd_table *t, FILE *file, const gd_tensor *rows, char delimiter)
{
    return write_delimited(t, file, rows, delimiter != '\0' ? delimiter : '\t');
}
