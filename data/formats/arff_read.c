/* Reading ARFF, the format of Weka, as weka.core.converters.ArffLoader does: @attribute lines name
 * the columns, dense or sparse rows follow @data. MEKA's option -C in the relation's name gives
 * the number of targets. */
#include "data/formats/arff.h"
#include "data/formats/formats.h"

static bool fail_value(const gd__arff *r, int column, const gd__field *token)
{
    const gd_table *t = r->table;
    char expected[64] = "a number";
    if (r->attribute[column].kind == GD__ARFF_NOMINAL)
        snprintf(expected, sizeof expected, "one of %d values", r->attribute[column].declared);
    return gd__table_check_text(t, token) &&
           gd__table_fail(t, token->place, "%s is expected in column \"%.80s\", found \"%.*s\"",
                          expected, gd_table_name(t, column),
                          token->length < 40 ? (int)token->length : 40, token->text);
}

/* Reads a cell. */
static bool read_value(gd__arff *r, int column)
{
    gd__field token;
    if (!gd__arff_read_token(r, "a value", &token) || !gd__table_add_cell(r->table, column, &token))
        return false;
    const gd__arff_attribute *a = &r->attribute[column];
    const gd__column *c = &r->table->column[column];
    bool wrong = (a->kind == GD__ARFF_NUMERIC && c->first_text.there) ||
                 (a->kind == GD__ARFF_NOMINAL && c->levels.count != a->declared);
    return !wrong || fail_value(r, column, &token);
}

/* Adds a cell that a sparse row leaves out. */
static bool add_absent(const gd__arff *r, int column)
{
    static const char zero[1 + GD__SOURCE_SLACK] = "0";
    gd_table *t = r->table;
    gd__column *c = &t->column[column];
    const gd__arff_attribute *a = &r->attribute[column];
    bool numeric = a->kind == GD__ARFF_NUMERIC;
    if (c->numbers) {
        gd__table_put_number(t, c, 0);
        return true;
    }
    int32_t level = numeric ? gd__levels_find_key(&c->levels, '0') : a->absent;
    if (level >= 0) {
        gd__table_put_level(t, c, level);
        return true;
    }
    gd__field cell = {.text = zero, .length = numeric, .place = gd__lines_place(&r->lines, r->at)};
    return gd__table_add_cell(t, column, &cell); /* the first 0, or a missing value */
}

/* Reads a usual number in a column of numbers. False: the value is another one. */
static inline bool read_usual(gd__arff *r, gd__column *c)
{
    const char *end;
    double value;
    if (!c->numbers || gd__scan_number(r->at, &end, &value) != GD__NUMBER ||
        !(fabs(value) <= (double)FLT_MAX) || (end != r->lines.end && !gd__arff_ends_token(*end)))
        return false;
    gd__table_put_number(r->table, c, value);
    r->at += end - r->at;
    return true;
}

/* Reads v, v, .. */
static bool read_dense(gd__arff *r)
{
    int columns = r->table->columns;
    r->values += columns;
    for (int i = 0; i < columns; ++i) {
        bool ended = gd__arff_is_line_end(r);
        if (!ended && i > 0 && *r->at == ',') {
            ++r->at;
            ended = gd__arff_is_line_end(r);
        }
        if (ended)
            return gd__table_fail(r->table, gd__lines_place(&r->lines, r->at),
                                  "%d values are expected, as there are %d attributes, found %d",
                                  columns, columns, i);
        if (!read_usual(r, &r->table->column[i]) && !read_value(r, i))
            return false;
    }
    return gd__arff_is_line_end(r) || gd__arff_fail(r, "the end of the line after the last value");
}

/* Reads the next index of a sparse row, which must be at least `least`. At the end of the row,
 * *index is the number of columns. */
static bool read_index(gd__arff *r, int least, int *index)
{
    int columns = r->table->columns;
    gd__field token;
    bool ended = gd__arff_is_line_end(r);
    if (!ended && least > 0 && *r->at == ',')
        ++r->at;
    ended = gd__arff_is_line_end(r);
    *index = columns;
    if (ended)
        return gd__arff_fail(r, "an index or '}'");
    if (*r->at == '}')
        return true;
    if (least == columns)
        return gd__arff_fail(r, "'}' after the last index");
    if (!gd__arff_read_token(r, "an index or '}'", &token))
        return false;
    int64_t number;
    const char *end = gd__scan_count(token.text, &number);
    *index = (int)number;
    if (end == token.text + token.length && number >= least && number < columns)
        return true;
    return gd__table_fail(r->table, token.place,
                          "an index from %d to %d is expected, found \"%.*s\"", least, columns - 1,
                          token.length < 40 ? (int)token.length : 40, token.text);
}

/* Reads {i v, j w, ..}, i < j < .. */
static bool read_sparse(gd__arff *r)
{
    int columns = r->table->columns;
    ++r->at;
    for (int next = 0, index; next <= columns; next = index + 1) {
        if (!read_index(r, next, &index))
            return false;
        for (int i = next; i < index; ++i)
            if (!add_absent(r, i))
                return false;
        r->values += index < columns;
        if (index < columns && !read_value(r, index))
            return false;
    }
    ++r->at; /* the brace */
    return gd__arff_is_line_end(r) || gd__arff_fail(r, "the end of the line after '}'");
}

static bool read_rows(gd__arff *r)
{
    for (bool found;;) {
        if (!gd__lines_next(&r->lines, &found))
            return false;
        r->at = r->lines.text;
        if (!found)
            break;
        if (gd__arff_is_line_end(r))
            continue;
        if (!gd__table_check_density(r->table, r->table->columns, r->values) ||
            !gd__table_begin_row(r->table, r->lines.number) ||
            !(*r->at == '{' ? read_sparse(r) : read_dense(r)))
            return false;
    }
    return true;
}

static bool read_arff(gd__source *source, gd_table *table)
{
    gd__arff r = {.lines = {.source = source, .table = table}, .table = table};
    bool read = gd__arff_read_header(&r) && read_rows(&r);
    gd_free(r.attribute, (size_t)r.room * sizeof *r.attribute);
    return read;
}

/* Whether the first line that is no comment is a declaration. */
static bool is_arff(const gd__source *source)
{
    const char *s = source->text, *end = s + source->end;
    s += source->end >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (;;) {
        while (s < end && (gd__is_blank(*s) || *s == '\r' || *s == '\n'))
            ++s;
        if (s == end || *s != '%')
            break;
        const char *line_end = memchr(s, '\n', (size_t)(end - s));
        s = line_end != NULL ? line_end : end;
    }
    size_t length = 0;
    while (s + length < end && !gd__is_blank(s[length]) && s[length] != '\n')
        ++length;
    gd__field word = {.text = s, .length = length};
    return gd__arff_is_word(&word, "@relation") || gd__arff_is_word(&word, "@attribute");
}

const gd__format gd__format_arff = {"arff",  ".arff",   "?,NaN,nan",
                                    is_arff, read_arff, gd__write_arff};
