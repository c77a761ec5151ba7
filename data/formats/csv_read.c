/* Reading CSV (RFC 4180) and TSV. */
#include "data/formats/csv_dialect.h"
#include "data/formats/formats.h"

/* Adds the columns, named by the first line; without a header, or if the name is empty, by their
 * numbers. */
static bool add_columns(gd__cutter *c, int columns)
{
    for (int i = 0; i < columns; ++i) {
        gd__field name = {.text = "", .place = {c->line.number, 1}};
        char number[16];
        if (c->table->has_header) {
            c->at += i > 0; /* the delimiter */
            if (!gd__cut_field(c, &name))
                return false;
        }
        if (name.length == 0) {
            name.length = (size_t)snprintf(number, sizeof number, "%d", i + 1);
            name.text = number;
        }
        if (gd__table_add_column(c->table, name) < 0)
            return false;
    }
    return !c->table->has_header || gd__cut_line_end(c);
}

/* ---- rows ---- */

static bool fail_ragged(const gd__cutter *c, const char *at, int found)
{
    const gd_table *t = c->table;
    bool fewer = found < t->columns;
    return gd__table_fail(t, gd__cut_place(c, &c->line, at), "%d fields are expected%s, found %s%d",
                          t->columns, t->has_header ? ", as the first line names columns" : "",
                          fewer ? "" : "more than ", fewer ? found : t->columns);
}

/* Reads a usual field at p: a number in a column of numbers, or a short text that is a level.
 * Where it seems to end; NULL: the field is another one. */
static inline char *read_usual(const gd__cutter *c, gd__column *column, char *p)
{
    if (column->special)
        return NULL;
    if (column->numbers) {
        const char *end;
        double value;
        if (gd__scan_number(p, &end, &value) != GD__NUMBER || !(fabs(value) <= (double)FLT_MAX))
            return NULL;
        gd__table_put_number(c->table, column, value);
        return p + (end - p);
    }
    /* A text of at most eight bytes without blanks and quotes is its own key: the bytes below the
     * lowest mark. */
    uint64_t word = gd__load8(p), ends = gd__find_ends(word, c->delimiters, ' ' + 1);
    uint64_t key = word & (((ends & -ends) >> 7) - 1);
    int32_t level = gd__levels_find_key(&column->levels, key);
    if (level < 0)
        return NULL;
    gd__table_put_level(c->table, column, level);
    return p + (ends != 0 ? __builtin_ctzll(ends) / 8 : 8);
}

/* Reads any field at p: where it ends. NULL with a message. */
static char *read_field(gd__cutter *c, int column, char *p)
{
    gd__field field;
    c->at = p;
    return gd__cut_field(c, &field) && gd__table_add_cell(c->table, column, &field) ? c->at : NULL;
}

static bool read_row(gd__cutter *c)
{
    const gd_table *t = c->table;
    char *p = c->at;
    for (int i = 0; i < t->columns; ++i) {
        bool more = i + 1 < t->columns;
        char *end = read_usual(c, &t->column[i], p);
        if (end == NULL || !(more ? *end == c->delimiter : *end == '\n')) {
            end = read_field(c, i, p); /* overwrites the cell, if it has been set */
            if (end == NULL)
                return false;
            if (more != (*end == c->delimiter))
                return fail_ragged(c, end, i + 1);
        }
        p = end + more;
    }
    c->at = p;
    return gd__cut_line_end(c);
}

static bool read_rows(gd__cutter *c)
{
    for (;;) {
        bool found;
        if (!gd__cut_empty_lines(c, &found))
            return false;
        if (!found)
            break;
        if (!gd__table_begin_row(c->table, c->line.number) || !read_row(c))
            return false;
    }
    return true;
}

static bool read_table(gd__cutter *c, char delimiter)
{
    bool found;
    int columns;
    if (c->source->end >= 3 && memcmp(c->at, "\xEF\xBB\xBF", 3) == 0) {
        c->at += 3;
        c->line.start = 3;
    }
    gd__cut_at(c, ',');
    if (!gd__cut_empty_lines(c, &found))
        return false;
    if (!found)
        return gd__cut_fail(c, c->at, "a table is expected, found the end of the file");
    gd__cut_at(c, delimiter != '\0' ? delimiter : gd__csv_find_delimiter(c));
    c->table->delimiter = c->delimiter;
    return gd__csv_look(c, &columns, &c->table->has_header) && add_columns(c, columns) &&
           read_rows(c);
}

static bool read_delimited(gd__source *source, gd_table *table, char by_default)
{
    char delimiter = table->options.delimiter != '\0' ? table->options.delimiter : by_default;
    char checked = delimiter != '\0' ? delimiter : table->options.likely_delimiter;
    if (strchr("\t ,;|:/&#~^!%$@*=", checked) == NULL)
        return gd__fail_false(
            GD_ERROR_ARGUMENT,
            "table_read: a tab, a blank or one of ,;|:/&#~^!%%$@*= is expected as delimiter, "
            "found byte 0x%02x",
            (unsigned)(unsigned char)checked);
    gd__cutter c = {.source = source, .table = table, .at = source->text, .line = {.number = 1}};
    bool read = read_table(&c, delimiter);
    gd_free(c.unquoted, c.unquoted_size + GD__SOURCE_SLACK);
    return read;
}

static bool read_csv(gd__source *source, gd_table *table)
{
    return read_delimited(source, table, '\0');
}

static bool read_tsv(gd__source *source, gd_table *table)
{
    return read_delimited(source, table, '\t');
}

const gd__format gd__format_csv = {"csv", ".csv .txt .data", GD__MISSING,
                                   NULL,  read_csv,          gd__write_csv};
const gd__format gd__format_tsv = {"tsv", ".tsv .tab", GD__MISSING, NULL, read_tsv, gd__write_tsv};
