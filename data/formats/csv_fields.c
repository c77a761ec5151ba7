/* Fields and lines of CSV. A field across two blocks is cut again when the second has been read.
 * */
#include "data/formats/csv_fields.h"

gd__place gd__cut_place(const gd__cutter *c, const gd__text_line *line, const char *at)
{
    int64_t offset = c->source->offset + (at - c->source->text);
    return (gd__place){line->number, offset - line->start + 1};
}

/* A line begins at `at`. */
static void begin_line(const gd__cutter *c, gd__text_line *line, const char *at)
{
    ++line->number;
    line->start = c->source->offset + (at - c->source->text);
}

bool gd__cut_fail(const gd__cutter *c, const char *at, const char *message)
{
    return gd__table_fail(c->table, gd__cut_place(c, &c->line, at), "%s", message);
}

/* Refuses a 0 byte. */
static bool fail_zero(const gd__cutter *c, const gd__text_line *line, const char *at)
{
    gd__field zero = {.text = at, .length = 1, .place = gd__cut_place(c, line, at)};
    return gd__table_check_text(c->table, &zero);
}

static bool is_blank(const gd__cutter *c, char byte)
{
    return gd__is_blank(byte) && byte != c->delimiter;
}

/* Whether p is the end of what has been read. */
static bool is_at_end(const gd__cutter *c, const char *p)
{
    return p == c->source->text + c->source->end;
}

/* Reads more bytes. The text before `at`, unless held, is dropped, and the rest moves. */
static bool read_more(gd__cutter *c)
{
    gd__source *s = c->source;
    if (!c->hold)
        s->at = (size_t)(c->at - s->text);
    size_t from = s->at, ahead = (size_t)(c->at - s->text) - from;
    if (!gd__source_more(s))
        return false;
    c->at = s->text + ahead;
    return true;
}

/* ---- fields ---- */

/* The first byte from p on that is not ordinary. */
static char *skip_ordinary(const gd__cutter *c, char *p)
{
    for (;;) {
        uint64_t ends = gd__find_ends(gd__load8(p), c->delimiters, ' ');
        if (ends == 0) {
            p += 8;
            continue;
        }
        p += __builtin_ctzll(ends) / 8;
        if (c->kind[(unsigned char)*p] != GD__ORDINARY)
            return p;
        ++p; /* a control character */
    }
}

/* Whether a field ends at p. *more: more bytes are needed to decide. */
static bool is_field_end(gd__cutter *c, const char *p, bool *more)
{
    unsigned kind = c->kind[(unsigned char)*p];
    *more = kind == GD__ZERO && is_at_end(c, p) && !c->source->ended;
    if (kind == GD__DELIMITER || kind == GD__LINE_FEED || kind == GD__CARRIAGE_RETURN ||
        (kind == GD__ZERO && is_at_end(c, p)))
        return !*more;
    return false;
}

/* Finds the end of a quoted field: *after is behind the closing quote, *doubled counts pairs of
 * quotes inside, *last is the line in which the field ends. False: more bytes are needed (*more),
 * or with a message. At the end of a block, a quote may be the first of two: is_field_end then
 * asks for more bytes. */
static bool find_closing(const gd__cutter *c, char *opening, char **after, size_t *doubled,
                         gd__text_line *last, bool *more)
{
    *last = c->line;
    *doubled = 0;
    for (char *p = opening + 1;; ++p) {
        if (*p == '"' && p[1] == '"') {
            ++*doubled;
            ++p;
        } else if (*p == '"') {
            *after = p + 1;
            return true;
        } else if (*p == '\n' || (*p == '\r' && p[1] != '\n')) {
            begin_line(c, last, p + 1);
        } else if (*p == '\0') {
            bool ended = is_at_end(c, p);
            *more = ended && !c->source->ended;
            return *more   ? false
                   : ended ? gd__cut_fail(c, opening,
                                          "a closing quote is expected for this one, found the end "
                                          "of the file")
                           : fail_zero(c, last, p);
        }
    }
}

/* Copies the field without its doubled quotes to memory of the cutter. */
static bool undouble(gd__cutter *c, gd__field *f)
{
    if (f->length > c->unquoted_size) {
        gd_free(c->unquoted, c->unquoted_size + GD__SOURCE_SLACK);
        c->unquoted_size = 2 * f->length;
        c->unquoted = gd_allocate(c->unquoted_size + GD__SOURCE_SLACK);
        if (c->unquoted == NULL) {
            c->unquoted_size = 0;
            return gd__table_fail_memory(c->table);
        }
    }
    char *to = c->unquoted;
    for (const char *from = f->text, *end = from + f->length; from < end; ++from) {
        *to++ = *from;
        from += *from == '"';
    }
    memset(to, 0, GD__SOURCE_SLACK);
    f->text = c->unquoted;
    f->length = (size_t)(to - c->unquoted);
    return true;
}

static bool cut_quoted(gd__cutter *c, char *opening, gd__field *f, bool *more)
{
    char *after = opening, *p;
    size_t doubled;
    gd__text_line last;
    if (!find_closing(c, opening, &after, &doubled, &last, more))
        return false;
    for (p = after; is_blank(c, *p);)
        ++p;
    if (!is_field_end(c, p, more))
        return *more ? false
                     : gd__table_fail(
                           c->table, gd__cut_place(c, &last, p),
                           "a delimiter or the end of the line is expected after a quoted field");
    c->line = last;
    c->at = p;
    f->text = opening + 1;
    f->length = (size_t)(after - 1 - f->text);
    return doubled == 0 || undouble(c, f);
}

static bool cut_plain(gd__cutter *c, char *start, gd__field *f, bool *more)
{
    char *p = skip_ordinary(c, start);
    if (!is_field_end(c, p, more))
        return *more        ? false
               : *p == '\0' ? fail_zero(c, &c->line, p)
                            : gd__cut_fail(c, p,
                                           "a quoted field is expected around a quote, which is "
                                           "doubled in it");
    c->at = p;
    while (p > start && is_blank(c, p[-1]))
        --p;
    f->text = start;
    f->length = (size_t)(p - start);
    return true;
}

bool gd__cut_field(gd__cutter *c, gd__field *f)
{
    for (bool more = true; more;) {
        char *start = c->at;
        while (is_blank(c, *start))
            ++start;
        f->place = gd__cut_place(c, &c->line, start);
        f->quoted = *start == '"';
        if (f->quoted ? cut_quoted(c, start, f, &more) : cut_plain(c, start, f, &more))
            return true;
        if (more && !read_more(c))
            return false;
    }
    return false;
}

/* ---- lines ---- */

bool gd__cut_line_end(gd__cutter *c)
{
    unsigned kind = c->kind[(unsigned char)*c->at];
    if (kind != GD__LINE_FEED && kind != GD__CARRIAGE_RETURN)
        return true;
    if (kind == GD__CARRIAGE_RETURN && is_at_end(c, c->at + 1) && !c->source->ended &&
        !read_more(c))
        return false;
    c->at += *c->at == '\r' && c->at[1] == '\n' ? 2 : 1;
    begin_line(c, &c->line, c->at);
    return true;
}

bool gd__cut_empty_lines(gd__cutter *c, bool *found)
{
    for (;;) {
        unsigned kind = c->kind[(unsigned char)*c->at];
        *found = kind != GD__LINE_FEED && kind != GD__CARRIAGE_RETURN && !is_at_end(c, c->at);
        if (*found)
            return true;
        if (kind != GD__ZERO && !gd__cut_line_end(c))
            return false;
        if (kind == GD__ZERO && c->source->ended)
            return true;
        if (kind == GD__ZERO && !read_more(c))
            return false;
    }
}

void gd__cut_at(gd__cutter *c, char delimiter)
{
    c->delimiter = delimiter;
    c->delimiters = (unsigned char)delimiter * GD__EACH_BYTE;
    memset(c->kind, GD__ORDINARY, sizeof c->kind);
    c->kind['\0'] = GD__ZERO;
    c->kind['\n'] = GD__LINE_FEED;
    c->kind['\r'] = GD__CARRIAGE_RETURN;
    c->kind['"'] = GD__QUOTE;
    c->kind[(unsigned char)delimiter] = GD__DELIMITER;
}
