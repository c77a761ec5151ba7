/* ARFF, the format of Weka, as weka.core.converters.ArffLoader reads it: @attribute lines name the columns, rows follow
 * @data, dense or sparse. MEKA's option -C in the relation's name says how many attributes are targets. */
#include "data/formats.h"
#include "data/lines.h"

#include <inttypes.h>

typedef enum kind { NUMERIC, NOMINAL, TEXT } kind;

typedef struct arff_attribute {
    kind kind;
    int32_t declared; /* levels of a nominal one */
    int32_t
        absent; /* the level of its first value, which is that of a cell left out; -1: missing */
} arff_attribute;

typedef struct reader {
    gd__lines lines;
    gd_table *table;
    char *at;                  /* in the line */
    arff_attribute *attribute; /* [room], of the table's columns */
    int room;
    int64_t targets; /* -C */
    gd__place targets_place;
} reader;

typedef struct arff_token {
    char *text;
    size_t length;
    gd__place place;
} arff_token;

static bool fail_expected(const reader *r, const char *expected)
{
    return gd__lines_fail(&r->lines, r->at, expected);
}

/* Whether nothing but a comment follows in the line. */
static bool is_line_end(reader *r)
{
    r->at = gd__skip_blanks(r->at, r->lines.end);
    if (r->at < r->lines.end && *r->at == '%')
        r->at = r->lines.end;
    return r->at == r->lines.end;
}

/* ---- tokens ---- */

static bool ends_token(char byte)
{
    return gd__is_blank(byte) || byte == ',' || byte == '{' || byte == '}';
}

static char unescaped(char byte)
{
    return (char)(byte == 'n' ? '\n' : byte == 'r' ? '\r' : byte == 't' ? '\t' : byte);
}

/* A token in quotes, which becomes its text where it lies. */
static bool read_quoted(reader *r, arff_token *token)
{
    char quote = *r->at++, *to = r->at;
    token->text = to;
    for (; r->at < r->lines.end && *r->at != quote; ++r->at) {
        bool escaped = *r->at == '\\' && r->at + 1 < r->lines.end;
        r->at += escaped;
        *to++ = escaped ? unescaped(*r->at) : *r->at;
    }
    if (r->at == r->lines.end)
        return gd__table_fail(
            r->table, token->place,
            "a closing quote is expected for this one, found the end of the line");
    token->length = (size_t)(to - token->text);
    *to = quote; /* no number goes on here */
    ++r->at;
    return r->at == r->lines.end || ends_token(*r->at) ||
           fail_expected(r, "a blank or a comma after a closing quote");
}

static bool read_token(reader *r, const char *expected, arff_token *token)
{
    bool ended = is_line_end(r);
    *token = (arff_token){.text = r->at, .place = gd__lines_place(&r->lines, r->at)};
    if (!ended && (*r->at == '\'' || *r->at == '"'))
        return read_quoted(r, token);
    while (r->at < r->lines.end && !ends_token(*r->at))
        ++r->at;
    token->length = (size_t)(r->at - token->text);
    return token->length > 0 || fail_expected(r, expected);
}

/* Whether a token is this word, of small letters, in any case. */
static bool is_word(const arff_token *token, const char *word)
{
    size_t i = 0;
    for (; i < token->length; ++i) {
        char c = token->text[i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != word[i] || c == '\0')
            return false;
    }
    return word[i] == '\0';
}

/* ---- header ---- */

/* MEKA's option in the relation's name: "-C 3", the first three, "-C -3", the last three. */
static void read_targets(reader *r, const arff_token *relation)
{
    const char *end = relation->text + relation->length, *s = relation->text;
    for (; s + 3 < end; ++s) {
        bool alone = s == relation->text || s[-1] == ' ' || s[-1] == ':';
        if (!alone || memcmp(s, "-C ", 3) != 0)
            continue;
        bool last = s[3] == '-';
        const char *digit = s + 3 + last;
        int64_t count = 0;
        for (; digit < end && *digit >= '0' && *digit <= '9' && count < INT32_MAX; ++digit)
            count = 10 * count + (*digit - '0');
        r->targets = last ? -count : count;
        r->targets_place = relation->place;
        return;
    }
}

/* { a, 'b c', .. } */
static bool read_values(reader *r, int column, arff_attribute *attribute)
{
    ++r->at;
    for (bool first = true; !is_line_end(r) && *r->at != '}'; first = false) {
        arff_token token;
        if (!first && *r->at == ',')
            ++r->at;
        if (!read_token(r, "a value or '}'", &token) ||
            !gd__table_add_level(r->table, column, token.text, token.length, token.place))
            return false;
        int32_t count = r->table->column[column].levels.count;
        attribute->absent = first && count > 0 ? 0 : attribute->absent;
        if (count == attribute->declared && token.length > 0 &&
            gd__levels_find(&r->table->missing, token.text, token.length) < 0)
            return gd__table_fail(r->table, token.place,
                                  "another value is expected, found \"%.*s\" again",
                                  token.length < 40 ? (int)token.length : 40, token.text);
        attribute->declared = count;
    }
    if (r->at == r->lines.end)
        return fail_expected(r, "a value or '}'");
    ++r->at;
    return is_line_end(r) || fail_expected(r, "the end of the line");
}

static bool grow_attributes(reader *r)
{
    int room = r->room > 0 ? 2 * r->room : 16;
    arff_attribute *grown = gd__allocate((size_t)room * sizeof *grown);
    if (grown == NULL)
        return gd__table_fail_memory(r->table);
    if (r->room > 0)
        memcpy(grown, r->attribute, (size_t)r->room * sizeof *grown);
    gd__free(r->attribute, (size_t)r->room * sizeof *grown);
    r->attribute = grown;
    r->room = room;
    return true;
}

static bool read_type(reader *r, int column, arff_attribute *attribute)
{
    static const char expected[] = "numeric, string, date or {values}";
    arff_token type;
    *attribute = (arff_attribute){.absent = -1};
    if (!is_line_end(r) && *r->at == '{') {
        attribute->kind = NOMINAL;
        return read_values(r, column, attribute);
    }
    if (!read_token(r, expected, &type))
        return false;
    if (is_word(&type, "numeric") || is_word(&type, "real") || is_word(&type, "integer"))
        return true;
    attribute->kind = TEXT;
    r->table->column[column].verbatim = true;
    r->at = type.text; /* a date's pattern, and whatever follows numbers, is not looked at */
    return is_word(&type, "string") || is_word(&type, "date") || fail_expected(r, expected);
}

static bool read_attribute(reader *r)
{
    arff_token name;
    if (!read_token(r, "the name of an attribute", &name))
        return false;
    int column = gd__table_add_column(r->table, name.text, name.length, name.place);
    if (column < 0 || (column == r->room && !grow_attributes(r)))
        return false;
    return read_type(r, column, &r->attribute[column]);
}

/* One line before @data; *data: it is that. */
static bool read_declaration(reader *r, bool *data)
{
    static const char expected[] = "@relation, @attribute or @data";
    arff_token word;
    if (!read_token(r, expected, &word))
        return false;
    *data = is_word(&word, "@data");
    if (*data)
        return is_line_end(r) || fail_expected(r, "the end of the line");
    if (is_word(&word, "@attribute"))
        return read_attribute(r);
    r->at = word.text;
    if (!is_word(&word, "@relation"))
        return fail_expected(r, expected);
    r->at += word.length;
    arff_token relation;
    if (is_line_end(r))
        return true;
    if (!read_token(r, "the name of the relation", &relation))
        return false;
    read_targets(r, &relation);
    return true;
}

static bool choose_targets(const reader *r)
{
    gd_table *t = r->table;
    int64_t count = r->targets < 0 ? -r->targets : r->targets;
    if (count > t->columns)
        return gd__table_fail(t, r->targets_place,
                              "-C %d to %d is expected for %d attributes, found -C %" PRId64,
                              -t->columns, t->columns, t->columns, r->targets);
    for (int64_t i = 0; i < count; ++i)
        t->column[r->targets < 0 ? t->columns - count + i : i].target = true;
    return true;
}

static bool read_header(reader *r)
{
    for (bool data = false, found; !data;) {
        if (!gd__lines_next(&r->lines, &found))
            return false;
        r->at = r->lines.text;
        if (!found)
            return fail_expected(r, "@data");
        if (!is_line_end(r) && !read_declaration(r, &data))
            return false;
    }
    r->table->has_header = true;
    if (r->table->columns == 0)
        return fail_expected(r, "an @attribute before @data");
    return choose_targets(r);
}

/* ---- rows ---- */

static bool fail_value(const reader *r, int column, const arff_token *token)
{
    const gd_table *t = r->table;
    char expected[64] = "a number";
    if (r->attribute[column].kind == NOMINAL)
        snprintf(expected, sizeof expected, "one of %d values", r->attribute[column].declared);
    return gd__table_check_text(t, token->text, token->length, token->place) &&
           gd__table_fail(t, token->place, "%s is expected in column \"%.80s\", found \"%.*s\"",
                          expected, gd_table_name(t, column),
                          token->length < 40 ? (int)token->length : 40, token->text);
}

static bool add_value(const reader *r, int column, const arff_token *token)
{
    const arff_attribute *a = &r->attribute[column];
    const gd__column *c = &r->table->column[column];
    if (!gd__table_add_text(r->table, column, token->text, token->length, token->place))
        return false;
    bool wrong = a->kind == NUMERIC   ? c->first_text.there
                 : a->kind == NOMINAL ? c->levels.count != a->declared
                                      : false;
    return !wrong || fail_value(r, column, token);
}

/* A cell that a sparse row leaves out. */
static bool add_absent(const reader *r, int column)
{
    gd_table *t = r->table;
    gd__column *c = &t->column[column];
    const arff_attribute *a = &r->attribute[column];
    if (c->numbers) {
        gd__table_put_number(t, c, 0);
        return true;
    }
    int32_t level = a->kind == NUMERIC ? gd__levels_find_key(&c->levels, '0') : a->absent;
    if (level >= 0) {
        gd__table_put_level(t, c, level);
        return true;
    }
    static const char zero[1 + GD__SOURCE_SLACK] =
        "0"; /* a first one; others have no value to be */
    return gd__table_add_text(t, column, zero, a->kind == NUMERIC ? 1 : 0,
                              gd__lines_place(&r->lines, r->at));
}

/* The value of a column that is just numbers, as it usually is; false: it is another. */
static inline bool read_usual(reader *r, gd__column *c)
{
    const char *end;
    double value;
    if (!c->numbers || gd__scan_number(r->at, &end, &value) != GD__NUMBER ||
        !(fabs(value) <= (double)FLT_MAX) || (end != r->lines.end && !ends_token(*end)))
        return false;
    gd__table_put_number(r->table, c, value);
    r->at += end - r->at;
    return true;
}

/* v, v, .. */
static bool read_dense(reader *r)
{
    int columns = r->table->columns;
    for (int i = 0; i < columns; ++i) {
        arff_token token;
        bool ended = is_line_end(r);
        if (!ended && i > 0 && *r->at == ',') {
            ++r->at;
            ended = is_line_end(r);
        }
        if (ended)
            return gd__table_fail(r->table, gd__lines_place(&r->lines, r->at),
                                  "%d values are expected, as there are %d attributes, found %d",
                                  columns, columns, i);
        if (!read_usual(r, &r->table->column[i]) &&
            (!read_token(r, "a value", &token) || !add_value(r, i, &token)))
            return false;
    }
    return is_line_end(r) || fail_expected(r, "the end of the line after the last value");
}

/* The next index of a sparse row, not below `least`; *index is the number of columns at its end. */
static bool read_index(reader *r, int least, int *index)
{
    int columns = r->table->columns;
    arff_token token;
    bool ended = is_line_end(r);
    if (!ended && least > 0 && *r->at == ',')
        ++r->at;
    ended = is_line_end(r);
    *index = columns;
    if (ended)
        return fail_expected(r, "an index or '}'");
    if (*r->at == '}')
        return true;
    if (least == columns)
        return fail_expected(r, "'}' after the last index");
    if (!read_token(r, "an index or '}'", &token))
        return false;
    int64_t number = 0;
    size_t i = 0;
    for (; i < token.length && token.text[i] >= '0' && token.text[i] <= '9'; ++i)
        number = number < columns ? 10 * number + (token.text[i] - '0') : number;
    *index = (int)number;
    if (i == token.length && number >= least && number < columns)
        return true;
    return gd__table_fail(r->table, token.place,
                          "an index from %d to %d is expected, found \"%.*s\"", least, columns - 1,
                          token.length < 40 ? (int)token.length : 40, token.text);
}

/* {i v, j w, ..}, i < j < .. */
static bool read_sparse(reader *r)
{
    int columns = r->table->columns;
    ++r->at;
    for (int next = 0, index; next <= columns; next = index + 1) {
        arff_token token;
        if (!read_index(r, next, &index))
            return false;
        for (int i = next; i < index; ++i)
            if (!add_absent(r, i))
                return false;
        if (index < columns && (!read_token(r, "a value", &token) || !add_value(r, index, &token)))
            return false;
    }
    ++r->at; /* the brace */
    return is_line_end(r) || fail_expected(r, "the end of the line after '}'");
}

static bool read_rows(reader *r)
{
    for (bool found;;) {
        if (!gd__lines_next(&r->lines, &found))
            return false;
        r->at = r->lines.text;
        if (!found)
            break;
        if (is_line_end(r))
            continue;
        if (!gd__table_begin_row(r->table, r->lines.number) ||
            !(*r->at == '{' ? read_sparse(r) : read_dense(r)))
            return false;
    }
    return r->table->rows > 0 || fail_expected(r, "a row after @data");
}

static bool read_arff(gd__source *source, gd_table *table)
{
    reader r = {.lines = {.source = source, .table = table}, .table = table};
    bool read = read_header(&r) && read_rows(&r);
    gd__free(r.attribute, (size_t)r.room * sizeof *r.attribute);
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
    arff_token word = {.text = source->text + (s - source->text), .length = length};
    return is_word(&word, "@relation") || is_word(&word, "@attribute");
}

const gd__format gd__format_arff = {"arff",  ".arff",   "?,NaN,nan",
                                    is_arff, read_arff, gd__write_arff};
