/* The tokens of ARFF, and its header: everything up to @data. */
#include "data/formats/arff.h"

#include <inttypes.h>

bool gd__arff_fail(const gd__arff *r, const char *expected)
{
    return gd__lines_fail(&r->lines, r->at, expected);
}

bool gd__arff_is_line_end(gd__arff *r)
{
    r->at = gd__skip_blanks(r->at, r->lines.end);
    if (r->at < r->lines.end && *r->at == '%')
        r->at = r->lines.end;
    return r->at == r->lines.end;
}

/* ---- tokens ---- */

static char unescaped(char byte)
{
    return (char)(byte == 'n' ? '\n' : byte == 'r' ? '\r' : byte == 't' ? '\t' : byte);
}

static bool read_quoted(gd__arff *r, gd__field *token)
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
    *to = quote; /* ends a number */
    ++r->at;
    return r->at == r->lines.end || gd__arff_ends_token(*r->at) ||
           gd__arff_fail(r, "a blank or a comma after a closing quote");
}

bool gd__arff_read_token(gd__arff *r, const char *expected, gd__field *token)
{
    bool ended = gd__arff_is_line_end(r);
    char *begin = r->at;
    *token = (gd__field){.text = begin,
                         .place = gd__lines_place(&r->lines, begin),
                         .quoted = !ended && (*begin == '\'' || *begin == '"')};
    if (token->quoted)
        return read_quoted(r, token);
    while (r->at < r->lines.end && !gd__arff_ends_token(*r->at))
        ++r->at;
    token->length = (size_t)(r->at - begin);
    return token->length > 0 || gd__arff_fail(r, expected);
}

bool gd__arff_is_word(const gd__field *token, const char *word)
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

/* Reads MEKA's option in the relation's name: the targets are the first three with "-C 3", the
 * last three with "-C -3". */
static void read_targets(gd__arff *r, const gd__field *relation)
{
    const char *end = relation->text + relation->length, *s = relation->text;
    for (; s + 3 < end; ++s) {
        bool alone = s == relation->text || s[-1] == ' ' || s[-1] == ':';
        if (!alone || memcmp(s, "-C ", 3) != 0)
            continue;
        bool last = s[3] == '-';
        int64_t count;
        gd__scan_count(s + 3 + last, &count);
        r->targets = last ? -count : count;
        r->targets_place = relation->place;
        return;
    }
}

/* Reads the values of a nominal attribute: { a, 'b c', .. } */
static bool read_values(gd__arff *r, int column, gd__arff_attribute *attribute)
{
    ++r->at;
    for (bool first = true; !gd__arff_is_line_end(r) && *r->at != '}'; first = false) {
        gd__field token;
        if (!first && *r->at == ',')
            ++r->at;
        if (!gd__arff_read_token(r, "a value or '}'", &token) ||
            !gd__table_add_level(r->table, column, &token))
            return false;
        int32_t count = r->table->column[column].levels.count;
        attribute->absent = first && count > 0 ? 0 : attribute->absent;
        if (count == attribute->declared && token.length > 0 &&
            !gd__table_is_missing(r->table, &token))
            return gd__table_fail(r->table, token.place,
                                  "another value is expected, found \"%.*s\" again",
                                  token.length < 40 ? (int)token.length : 40, token.text);
        attribute->declared = count;
    }
    if (r->at == r->lines.end)
        return gd__arff_fail(r, "a value or '}'");
    ++r->at;
    return gd__arff_is_line_end(r) || gd__arff_fail(r, "the end of the line");
}

static bool grow_attributes(gd__arff *r)
{
    gd__arff_attribute *longer = gd__lengthened(r->attribute, &r->room, sizeof *longer, 16);
    if (longer == NULL)
        return gd__table_fail_memory(r->table);
    r->attribute = longer;
    return true;
}

static bool read_type(gd__arff *r, int column, gd__arff_attribute *attribute)
{
    static const char expected[] = "numeric, string, date or {values}";
    gd__field type;
    *attribute = (gd__arff_attribute){.absent = -1};
    if (!gd__arff_is_line_end(r) && *r->at == '{') {
        attribute->kind = GD__ARFF_NOMINAL;
        r->table->column[column].verbatim = true; /* 1 and 1.0 are two values */
        r->table->column[column].declared = true;
        return read_values(r, column, attribute);
    }
    if (!gd__arff_read_token(r, expected, &type))
        return false;
    if (gd__arff_is_word(&type, "numeric") || gd__arff_is_word(&type, "real") ||
        gd__arff_is_word(&type, "integer"))
        return true;
    attribute->kind = GD__ARFF_TEXT;
    r->table->column[column].verbatim = true;
    r->at = r->lines.text + type.place.column -
            1; /* whatever follows, such as the pattern of a date, is ignored */
    return gd__arff_is_word(&type, "string") || gd__arff_is_word(&type, "date") ||
           gd__arff_fail(r, expected);
}

static bool read_attribute(gd__arff *r)
{
    gd__field name;
    if (!gd__arff_read_token(r, "the name of an attribute", &name))
        return false;
    int column = gd__table_add_column(r->table, name);
    if (column < 0 || (column == r->room && !grow_attributes(r)))
        return false;
    return read_type(r, column, &r->attribute[column]);
}

/* Reads a line of the header; *data: it is @data. */
static bool read_declaration(gd__arff *r, bool *data)
{
    static const char expected[] = "@relation, @attribute or @data";
    gd__field word;
    if (!gd__arff_read_token(r, expected, &word))
        return false;
    *data = gd__arff_is_word(&word, "@data");
    if (*data)
        return gd__arff_is_line_end(r) || gd__arff_fail(r, "the end of the line");
    if (gd__arff_is_word(&word, "@attribute"))
        return read_attribute(r);
    r->at = r->lines.text + word.place.column - 1;
    if (!gd__arff_is_word(&word, "@relation"))
        return gd__arff_fail(r, expected);
    r->at += word.length;
    gd__field relation;
    if (gd__arff_is_line_end(r))
        return true;
    if (!gd__arff_read_token(r, "the name of the relation", &relation))
        return false;
    read_targets(r, &relation);
    return true;
}

static bool choose_targets(const gd__arff *r)
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

bool gd__arff_read_header(gd__arff *r)
{
    for (bool data = false, found; !data;) {
        if (!gd__lines_next(&r->lines, &found))
            return false;
        r->at = r->lines.text;
        if (!found)
            return gd__arff_fail(r, "@data");
        if (!gd__arff_is_line_end(r) && !read_declaration(r, &data))
            return false;
    }
    r->table->has_header = true;
    if (r->table->columns == 0)
        return gd__arff_fail(r, "an @attribute before @data");
    return choose_targets(r);
}
