/* Reading CSV (RFC 4180). The text is read whole and cut in place: a field's end becomes a 0. */
#include "data/table.h"
#include "tensor/file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- the file's bytes ---- */

/* Doubles *memory, keeping `used` bytes of it. */
static bool grow(char **memory, size_t *size, size_t used)
{
    char *larger = *size <= PTRDIFF_MAX / 2 ? gd__allocate(2 * *size) : NULL;
    if (larger == NULL)
        return false;
    memcpy(larger, *memory, used);
    gd__free(*memory, *size);
    *memory = larger;
    *size *= 2;
    return true;
}

/* All of the file and a closing 0; *size is what was allocated, *length what was read. */
static char *read_all(const char *path, size_t *size, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        gd__file_fail(path, errno);
        return NULL;
    }
    *size = (size_t)1 << 16;
    *length = 0;
    char *text = gd__allocate(*size);
    bool enough = text != NULL;
    while (enough) {
        *length += fread(text + *length, 1, *size - *length - 1, file);
        if (*length < *size - 1)
            break;
        enough = grow(&text, size, *length);
    }
    bool failed = ferror(file) != 0;
    if (failed)
        gd__file_fail(path, errno);
    else if (!enough)
        gd__fail(GD_ERROR_MEMORY, "%s: no memory for the file", path);
    fclose(file);
    if (enough && !failed) {
        text[*length] = '\0';
        return text;
    }
    gd__free(text, *size);
    return NULL;
}

/* ---- cutting ---- */

/* Where the cutting is. Fields and rows are counted in a first pass and stored in a second. */
typedef struct cutter {
    gd_table *table;
    char *text;
    size_t at, length;
    int64_t line;
    size_t line_start;
    bool store;
} cutter;

static const char not_text[] = "a 0 byte: this is not a text file";

static bool fail_here(const cutter *c, size_t at, const char *expected)
{
    gd__fail(GD_ERROR_FORMAT, "%s:%" PRId64 ":%zu: %s", c->table->path, c->line,
             at - c->line_start + 1, expected);
    return false;
}

static bool is_line_end(const cutter *c)
{
    return c->at == c->length || c->text[c->at] == '\n' ||
           (c->text[c->at] == '\r' && c->text[c->at + 1] == '\n');
}

/* Moves past a quoted field; when storing, its characters are moved together and *start is where. */
static bool cut_quoted(cutter *c, size_t *start, size_t *end)
{
    size_t opening = c->at++, to = c->at;
    cutter before = *c;
    *start = c->at;
    for (;; ++c->at) {
        if (c->at == c->length)
            return fail_here(&before, opening, "the quoted field that begins here is not closed");
        char character = c->text[c->at];
        if (character == '\0')
            return fail_here(c, c->at, not_text);
        if (character == '"' && c->text[c->at + 1] != '"')
            break;
        if (character == '"')
            ++c->at;
        if (character == '\n') {
            ++c->line;
            c->line_start = c->at + 1;
        }
        if (c->store)
            c->text[to] = character;
        ++to;
    }
    *end = to;
    ++c->at;
    if (!is_line_end(c) && c->text[c->at] != ',')
        return fail_here(c, c->at, "a comma or the end of the line is expected after a quote");
    return true;
}

static bool cut_plain(cutter *c, size_t *start, size_t *end)
{
    *start = c->at;
    for (; !is_line_end(c) && c->text[c->at] != ','; ++c->at) {
        if (c->text[c->at] == '\0')
            return fail_here(c, c->at, not_text);
        if (c->text[c->at] == '"')
            return fail_here(c, c->at, "a quote inside a field: quote the field and double it");
    }
    *end = c->at;
    return true;
}

/* Moves past one row, storing its fields' starts in fields[0 .. columns - 1]. *count is how many it
 * has. */
static bool cut_row(cutter *c, size_t *fields, int *count)
{
    *count = 0;
    for (bool more = true; more;) {
        size_t start, end;
        bool quoted = c->at < c->length && c->text[c->at] == '"';
        if (!(quoted ? cut_quoted(c, &start, &end) : cut_plain(c, &start, &end)))
            return false;
        if (*count == INT32_MAX)
            return fail_here(c, c->at, "too many fields");
        more = c->at < c->length && c->text[c->at] == ',';
        bool carriage_return = c->at < c->length && c->text[c->at] == '\r';
        c->at += more || carriage_return;
        if (!more && c->at < c->length) { /* the line feed */
            ++c->at;
            ++c->line;
            c->line_start = c->at;
        }
        if (c->store) {
            fields[*count] = start;
            c->text[end] = '\0';
        }
        ++*count;
    }
    return true;
}

/* Moves past an empty line. */
static void skip_line(cutter *c)
{
    c->at += c->text[c->at] == '\r' ? 2 : 1;
    ++c->line;
    c->line_start = c->at;
}

/* One pass over all rows: counts them, and stores them if c->store. */
static bool cut_rows(cutter *c)
{
    gd_table *table = c->table;
    int64_t rows = -1; /* the header is not one */
    while (c->at < c->length) {
        if (is_line_end(c)) {
            skip_line(c);
            continue;
        }
        gd__row row = {c->at, c->line};
        int count;
        size_t *fields =
            c->store ? table->fields + (size_t)(rows + 1) * (size_t)table->columns : NULL;
        if (!cut_row(c, fields, &count))
            return false;
        if (rows < 0) {
            table->columns = count;
        } else if (count != table->columns) {
            gd__fail(GD_ERROR_FORMAT, "%s:%" PRId64 ":1: %d fields; the header has %d", table->path,
                     row.line, count, table->columns);
            return false;
        }
        ++rows;
        if (c->store)
            table->row[rows] = row;
    }
    table->rows = rows;
    if (rows < 1)
        gd__fail(GD_ERROR_FORMAT, "%s:%d: %s", table->path, rows < 0 ? 1 : 2,
                 rows < 0 ? "the file is empty; a line of column names is expected"
                          : "there is a line of column names, but no row");
    return rows >= 1;
}

/* The tables that hold all fields, now that their number is known. */
static bool allocate_fields(gd_table *t)
{
    size_t lines = (size_t)t->rows + 1, columns = (size_t)t->columns;
    t->fields_size = lines * columns * sizeof *t->fields;
    t->row_size = lines * sizeof *t->row;
    t->fields = gd__allocate(t->fields_size);
    t->row = gd__allocate(t->row_size);
    t->levels = gd__allocate(columns * sizeof *t->levels);
    t->levels_size = gd__allocate(columns * sizeof *t->levels_size);
    if (t->levels != NULL)
        memset(t->levels, 0, columns * sizeof *t->levels);
    return t->fields != NULL && t->row != NULL && t->levels != NULL && t->levels_size != NULL;
}

static gd_table *fail_memory(gd_table *table, const char *path)
{
    gd_table_destroy(table);
    return gd__fail_null("%s: no memory for the table", path);
}

gd_table *gd_table_read_csv(const char *path)
{
    if (path == NULL)
        return gd__fail_null("table_read_csv: the path is NULL");
    gd_table *table = gd__allocate(sizeof *table);
    if (table == NULL)
        return gd__fail_null("%s: no memory for the table", path);
    *table = (gd_table){.path_size = strlen(path) + 1};
    table->path = gd__allocate(table->path_size);
    if (table->path == NULL)
        return fail_memory(table, path);
    memcpy(table->path, path, table->path_size);
    size_t length = 0;
    table->text = read_all(path, &table->text_size, &length);
    if (table->text == NULL) {
        gd_table_destroy(table);
        return NULL;
    }
    size_t mark = length >= 3 && memcmp(table->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    cutter start = {table, table->text, mark, length, 1, mark, false}, c = start;
    if (!cut_rows(&c)) {
        gd_table_destroy(table);
        return NULL;
    }
    if (!allocate_fields(table))
        return fail_memory(table, path);
    c = start;
    c.store = true;
    cut_rows(&c); /* what the first pass accepted */
    return table;
}
