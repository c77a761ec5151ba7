/* ARFF's tokens, and what is declared before @data. */
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

/* A token in quotes, which becomes its text where it lies. */
static bool read_quoted(gd__arff *r, gd__arff_token *token)
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
    return r->at == r->lines.end || gd__arff_ends_token(*r->at) ||
           gd__arff_fail(r, "a blank or a comma after a closing quote");
}

bool gd__arff_read_token(gd__arff *r, const char *expected, gd__arff_token *token)
{
    bool ended = gd__arff_is_line_end(r);
    *token = (gd__arff_token){.text = r->at, .place = gd__lines_place(&r->lines, r->at)};
    token->quoted = !ended && (*r->at == '\'' || *r->at == '"');
    if (token->quoted)
        return read_quoted(r, token);
    while (r->at < r->lines.end && !gd__arff_ends_token(*r->at))
        ++r->at;
    token->length = (size_t)(r->at - token->text);
    return token->length > 0 || gd__arff_fail(r, expected);
}

bool gd__arff_is_word(const gd__arff_token *token, const char *word)
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
static void read_targets(gd__arff *r, const gd__arff_token *relation)
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
static bool read_values(gd__arff *r, int column, gd__arff_attribute *attribute)
{
    ++r->at;
    for (bool first = true; !gd__arff_is_line_end(r) && *r->at != '}'; first = false) {
        gd__arff_token token;
        if (!first && *r->at == ',')
            ++r->at;
        if (!gd__arff_read_token(r, "a value or '}'", &token) ||
            !gd__table_add_level(r->table, column, token.text, token.length, token.quoted,
                                 token.place))
            return false;
        int32_t count = r->table->column[column].levels.count;
        attribute->absent = first && count > 0 ? 0 : attribute->absent;
        if (count == attribute->declared && token.length > 0 &&
            !gd__table_is_missing(r->table, token.text, token.length, token.quoted))
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
    int room = r->room > 0 ? 2 * r->room : 16;
    gd__arff_attribute *grown = gd__allocate((size_t)room * sizeof *grown);
    if (grown == NULL)
        return gd__table_fail_memory(r->table);
    if (r->room > 0)
        memcpy(grown, r->attribute, (size_t)r->room * sizeof *grown);
    gd__free(r->attribute, (size_t)r->room * sizeof *grown);
    r->attribute = grown;
    r->room = room;
    return true;
}

static bool read_type(gd__arff *r, int column, gd__arff_attribute *attribute)
{
    static const char expected[] = "numeric, string, date or {values}";
    gd__arff_token type;
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
    r->at = type.text; /* a date's pattern, and whatever follows numbers, is not looked at */
    return gd__arff_is_word(&type, "string") || gd__arff_is_word(&type, "date") ||
           gd__arff_fail(r, expected);
}

static bool read_attribute(gd__arff *r)
{
    gd__arff_token name;
    if (!gd__arff_read_token(r, "the name of an attribute", &name))
        return false;
    int column = gd__table_add_column(r->table, name.text, name.length, name.place);
    if (column < 0 || (column == r->room && !grow_attributes(r)))
        return false;
    return read_type(r, column, &r->attribute[column]);
}

/* One line before @data; *data: it is that. */
static bool read_declaration(gd__arff *r, bool *data)
{
    static const char expected[] = "@relation, @attribute or @data";
    gd__arff_token word;
    if (!gd__arff_read_token(r, expected, &word))
        return false;
    *data = gd__arff_is_word(&word, "@data");
    if (*data)
        return gd__arff_is_line_end(r) || gd__arff_fail(r, "the end of the line");
    if (gd__arff_is_word(&word, "@attribute"))
        return read_attribute(r);
    r->at = word.text;
    if (!gd__arff_is_word(&word, "@relation"))
        return gd__arff_fail(r, expected);
    r->at += word.length;
    gd__arff_token relation;
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
