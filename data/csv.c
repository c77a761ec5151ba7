/* CSV (RFC 4180) and TSV. Fields are cut where they lie in the source's block, and become cells at once. */
#include "data/formats.h"

enum { ORDINARY, DELIMITER, LINE_FEED, CARRIAGE_RETURN, QUOTE, ZERO };

typedef struct text_line {
    int64_t number, start; /* from 1; of its first byte in the file */
} text_line;

typedef struct cutter {
    gd__source *source;
    gd_table *table;
    char *at; /* the field that is being cut, in source->text */
    char delimiter;
    uint64_t delimiters;     /* eight times */
    unsigned char kind[256]; /* of a byte: see above */
    text_line line;
    bool hold;      /* what is before `at` from source->at on must stay */
    char *unquoted; /* [unquoted_size + slack] a field without its doubled quotes */
    size_t unquoted_size;
} cutter;

static gd__place place_of(const cutter *c, const text_line *line, const char *at)
{
    int64_t offset = c->source->offset + (at - c->source->text);
    return (gd__place){line->number, offset - line->start + 1};
}

/* A line end lies before `at`. */
static void begin_line(const cutter *c, text_line *line, const char *at)
{
    ++line->number;
    line->start = c->source->offset + (at - c->source->text);
}

static bool fail_at(const cutter *c, const char *at, const char *message)
{
    return gd__table_fail(c->table, place_of(c, &c->line, at), "%s", message);
}

/* A 0 byte. */
static bool fail_zero(const cutter *c, const text_line *line, const char *at)
{
    return gd__table_check_text(c->table, at, 1, place_of(c, line, at));
}

static bool is_blank(const cutter *c, char byte)
{
    return (byte == ' ' || byte == '\t') && byte != c->delimiter;
}

/* Whether all that has been read lies before p. */
static bool is_at_end(const cutter *c, const char *p)
{
    return p == c->source->text + c->source->end;
}

/* More bytes behind those that are there. What is before `at` may go, and everything moves. */
static bool read_more(cutter *c)
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

#define EACH_BYTE ((uint64_t)0x0101010101010101u)

/* The high bit of bytes that may end a field: the delimiter, a quote, and those below a blank. It is right in the lowest such byte. */
static inline uint64_t find_ends(uint64_t word, uint64_t delimiters)
{
    uint64_t d = word ^ delimiters, q = word ^ ('"' * EACH_BYTE);
    uint64_t low = (word - ' ' * EACH_BYTE) & ~word;
    return (((d - EACH_BYTE) & ~d) | ((q - EACH_BYTE) & ~q) | low) & (0x80 * EACH_BYTE);
}

/* The first byte from p on that is not ordinary. */
static char *skip_ordinary(const cutter *c, char *p)
{
    for (;;) {
        uint64_t ends = find_ends(gd__load8(p), c->delimiters);
        if (ends == 0) {
            p += 8;
            continue;
        }
        p += __builtin_ctzll(ends) / 8;
        if (c->kind[(unsigned char)*p] != ORDINARY)
            return p;
        ++p; /* a control character */
    }
}

/* Where a field ends: at what ends it. False where more bytes are needed to tell, or with a message. */
static bool is_field_end(cutter *c, const char *p, bool *more)
{
    unsigned kind = c->kind[(unsigned char)*p];
    *more = kind == ZERO && is_at_end(c, p) && !c->source->ended;
    if (kind == DELIMITER || kind == LINE_FEED || kind == CARRIAGE_RETURN ||
        (kind == ZERO && is_at_end(c, p)))
        return !*more;
    return false;
}

/* A quoted field from its opening quote on: *after is behind the closing one, *doubled counts pairs between, *last is the line in
 * which it ends. False where more bytes are needed to tell, or with a message. */
static bool find_closing(const cutter *c, char *opening, char **after, size_t *doubled,
                         text_line *last, bool *more)
{
    *last = c->line;
    *doubled = 0;
    for (char *p = opening + 1;; ++p) {
        if (*p == '"' && p[1] == '"') {
            ++*doubled;
            ++p;
        } else if (*p == '"') {
            *after =
                p +
                1; /* where the block ends here, it may be the first of two: nothing follows that ends a field */
            return true;
        } else if (*p == '\n' || (*p == '\r' && p[1] != '\n')) {
            begin_line(c, last, p + 1);
        } else if (*p == '\0') {
            *more = is_at_end(c, p) && !c->source->ended;
            if (!*more && is_at_end(c, p))
                return fail_at(
                    c, opening,
                    "a closing quote is expected for this one, found the end of the file");
            return *more ? false : fail_zero(c, last, p);
        }
    }
}

/* The field without its doubled quotes, in memory of its own. */
static bool undouble(cutter *c, const char **text, size_t *length)
{
    if (*length > c->unquoted_size) {
        gd__free(c->unquoted, c->unquoted_size + GD__SOURCE_SLACK);
        c->unquoted_size = 2 * *length;
        c->unquoted = gd__allocate(c->unquoted_size + GD__SOURCE_SLACK);
        if (c->unquoted == NULL) {
            c->unquoted_size = 0;
            return gd__table_fail_memory(c->table);
        }
    }
    char *to = c->unquoted;
    for (const char *from = *text, *end = from + *length; from < end; ++from) {
        *to++ = *from;
        from += *from == '"';
    }
    memset(to, 0, GD__SOURCE_SLACK);
    *text = c->unquoted;
    *length = (size_t)(to - c->unquoted);
    return true;
}

static bool cut_quoted(cutter *c, char *opening, const char **text, size_t *length, bool *more)
{
    char *after = opening, *p;
    size_t doubled;
    text_line last;
    if (!find_closing(c, opening, &after, &doubled, &last, more))
        return false;
    for (p = after; is_blank(c, *p);)
        ++p;
    if (!is_field_end(c, p, more))
        return *more ? false
                     : gd__table_fail(
                           c->table, place_of(c, &last, p),
                           "a delimiter or the end of the line is expected after a quoted field");
    c->line = last;
    c->at = p;
    *text = opening + 1;
    *length = (size_t)(after - 1 - *text);
    return doubled == 0 || undouble(c, text, length);
}

static bool cut_plain(cutter *c, char *start, const char **text, size_t *length, bool *more)
{
    char *p = skip_ordinary(c, start);
    if (!is_field_end(c, p, more)) {
        if (*more)
            return false;
        return *p == '\0'
                   ? fail_zero(c, &c->line, p)
                   : fail_at(c, p,
                             "a quoted field is expected around a quote, which is doubled in it");
    }
    c->at = p;
    while (p > start && is_blank(c, p[-1]))
        --p;
    *text = start;
    *length = (size_t)(p - start);
    return true;
}

/* Moves past a field, to what ends it. The text is valid until the next one is cut. */
static bool cut_field(cutter *c, const char **text, size_t *length, gd__place *place)
{
    for (bool more = true; more;) {
        char *start = c->at;
        while (is_blank(c, *start))
            ++start;
        *place = place_of(c, &c->line, start);
        bool cut = *start == '"' ? cut_quoted(c, start, text, length, &more)
                                 : cut_plain(c, start, text, length, &more);
        if (cut)
            return true;
        if (more && !read_more(c))
            return false;
    }
    return false;
}

/* ---- lines ---- */

/* Moves past a line end, if there is one here, or the end of the file. */
static bool end_line(cutter *c)
{
    unsigned kind = c->kind[(unsigned char)*c->at];
    if (kind != LINE_FEED && kind != CARRIAGE_RETURN)
        return true;
    if (kind == CARRIAGE_RETURN && is_at_end(c, c->at + 1) && !c->source->ended && !read_more(c))
        return false;
    c->at += *c->at == '\r' && c->at[1] == '\n' ? 2 : 1;
    begin_line(c, &c->line, c->at);
    return true;
}

/* Moves to the next line that is not empty; *found: there is one. */
static bool next_line(cutter *c, bool *found)
{
    for (;;) {
        unsigned kind = c->kind[(unsigned char)*c->at];
        *found = kind != LINE_FEED && kind != CARRIAGE_RETURN && !is_at_end(c, c->at);
        if (*found)
            return true;
        if (kind != ZERO && !end_line(c))
            return false;
        if (kind == ZERO && c->source->ended)
            return true;
        if (kind == ZERO && !read_more(c))
            return false;
    }
}

static void use_delimiter(cutter *c, char delimiter)
{
    c->delimiter = delimiter;
    c->delimiters = (unsigned char)delimiter * EACH_BYTE;
    memset(c->kind, ORDINARY, sizeof c->kind);
    c->kind['\0'] = ZERO;
    c->kind['\n'] = LINE_FEED;
    c->kind['\r'] = CARRIAGE_RETURN;
    c->kind['"'] = QUOTE;
    c->kind[(unsigned char)delimiter] = DELIMITER;
}

/* How often `delimiter` stands outside quotes in the line from *p on; *p becomes the next line, or `end`. */
static int64_t count_in_line(const char **p, const char *end, char delimiter)
{
    int64_t count = 0;
    bool quoted = false;
    for (; *p < end && (quoted || (**p != '\n' && **p != '\r')); ++*p) {
        quoted ^= **p == '"';
        count += !quoted && **p == delimiter;
    }
    while (*p < end && (**p == '\n' || **p == '\r'))
        ++*p;
    return count;
}

/* The first that stands equally often in the first lines; else the most frequent one of the first line. Commas and bars stand in numbers
 * and texts, too, where tab and ; rarely do. */
static char find_delimiter(const cutter *c)
{
    static const char candidates[] = "\t;,|";
    enum { LINES = 10 };
    const char *end = c->source->text + c->source->end;
    char most = ',';
    int64_t greatest = 0;
    for (const char *d = candidates; *d != '\0'; ++d) {
        const char *p = c->at;
        int64_t first = count_in_line(&p, end, *d);
        bool equal = first > 0;
        for (int i = 1; i < LINES && equal && p < end; ++i) {
            int64_t next = count_in_line(&p, end, *d);
            equal = next == first || (p == end && !c->source->ended); /* cut off */
        }
        if (equal)
            return *d;
        if (first > greatest) {
            greatest = first;
            most = *d;
        }
    }
    return most;
}

/* ---- header ---- */

/* Looks at the first line: how many fields it has and whether they may be names. */
static bool look_at_first_line(cutter *c, int *columns, bool *names)
{
    gd__levels seen = {0};
    bool good = true, more = true, some = false;
    *names = true;
    for (*columns = 0; good && more; c->at += more) {
        const char *text;
        size_t length;
        gd__place place;
        double value;
        good = *columns < INT32_MAX && cut_field(c, &text, &length, &place);
        if (!good)
            break;
        ++*columns;
        more = c->kind[(unsigned char)*c->at] == DELIMITER;
        some |= length > 0;
        *names &= gd__parse_number(text, length, &value) == GD__NO_NUMBER &&
                  gd__levels_find(&c->table->missing, text, length) < 0;
        if (length == 0 || !*names)
            continue;
        *names &= gd__levels_find(&seen, text, length) < 0;
        if (*names && gd__levels_add(&seen, text, length) < 0)
            good = gd__table_fail_memory(c->table);
    }
    *names &= some;
    gd__levels_destroy(&seen);
    return good;
}

/* The columns, with the names of the first line if it has them; else they are called by their numbers. */
static bool add_columns(cutter *c, int columns)
{
    for (int i = 0; i < columns; ++i) {
        const char *text = "";
        size_t length = 0;
        gd__place place;
        char number[16];
        if (c->table->has_header) {
            c->at += i > 0; /* the delimiter */
            if (!cut_field(c, &text, &length, &place))
                return false;
        }
        if (length == 0) {
            length = (size_t)snprintf(number, sizeof number, "%d", i + 1);
            text = number;
        }
        if (gd__table_add_column(c->table, text, length, place) < 0)
            return false;
    }
    return !c->table->has_header || end_line(c);
}

/* ---- rows ---- */

static bool fail_ragged(const cutter *c, const char *at, int found)
{
    const gd_table *t = c->table;
    bool fewer = found < t->columns;
    return gd__table_fail(t, place_of(c, &c->line, at), "%d fields are expected%s, found %s%d",
                          t->columns, t->has_header ? ", as the first line names columns" : "",
                          fewer ? "" : "more than ", fewer ? found : t->columns);
}

/* The usual field at p of a column of numbers, or one whose text is short and known: its end; NULL: it is another. */
static inline char *read_usual(const cutter *c, gd__column *column, char *p)
{
    if (column->numbers) {
        const char *end;
        double value;
        if (gd__scan_number(p, &end, &value) != GD__NUMBER || !(fabs(value) <= (double)FLT_MAX))
            return NULL;
        gd__table_put_number(c->table, column, value);
        unsigned kind = c->kind[(unsigned char)*end];
        return kind >= DELIMITER && kind <= CARRIAGE_RETURN ? p + (end - p) : NULL;
    }
    uint64_t word = gd__load8(p), ends = find_ends(word, c->delimiters);
    unsigned length = ends != 0 ? (unsigned)__builtin_ctzll(ends) / 8 : 0;
    unsigned kind = c->kind[(unsigned char)p[length]];
    if (length == 0 || kind < DELIMITER || kind > CARRIAGE_RETURN || p[0] == ' ' ||
        p[length - 1] == ' ')
        return NULL;
    int32_t level = gd__levels_find_key(&column->levels, word & (((uint64_t)1 << 8 * length) - 1));
    if (level < 0)
        return NULL;
    gd__table_put_level(c->table, column, level);
    return p + length;
}

/* Any other field. */
static char *read_field(cutter *c, int column, char *p)
{
    const char *text;
    size_t length;
    gd__place place;
    c->at = p;
    bool read = cut_field(c, &text, &length, &place) &&
                gd__table_add_text(c->table, column, text, length, place);
    return read ? c->at : NULL;
}

static bool read_row(cutter *c)
{
    const gd_table *t = c->table;
    char *p = c->at;
    for (int i = 0; i < t->columns; ++i) {
        char *end = read_usual(c, &t->column[i], p);
        if (end == NULL)
            end = read_field(c, i, p);
        if (end == NULL)
            return false;
        bool more = i + 1 < t->columns;
        if (more != (c->kind[(unsigned char)*end] == DELIMITER))
            return fail_ragged(c, end, i + 1);
        p = end + more; /* not by what has just been loaded: the next field need not wait for it */
    }
    c->at = p;
    return end_line(c);
}

static bool read_rows(cutter *c)
{
    for (;;) {
        bool found;
        if (!next_line(c, &found))
            return false;
        if (!found)
            break;
        if (!gd__table_begin_row(c->table, c->line.number) || !read_row(c))
            return false;
    }
    if (c->table->rows == 0)
        return fail_at(c, c->at,
                       "a row is expected after the column names, found the end of the file");
    return true;
}

/* The line of names, if there is one; the columns are known then. */
static bool read_header(cutter *c)
{
    gd_table *t = c->table;
    bool names;
    int columns;
    text_line first = c->line;
    c->source->at = (size_t)(c->at - c->source->text);
    c->hold = true; /* it is cut twice */
    if (!look_at_first_line(c, &columns, &names))
        return false;
    c->hold = false;
    c->at = c->source->text + c->source->at;
    c->line = first;
    t->has_header =
        t->options.header == GD_HEADER_YES || (t->options.header == GD_HEADER_AUTO && names);
    return add_columns(c, columns);
}

static bool read_table(cutter *c, char delimiter)
{
    bool found;
    if (c->source->end >= 3 && memcmp(c->at, "\xEF\xBB\xBF", 3) == 0) {
        c->at += 3;
        c->line.start = 3;
    }
    use_delimiter(c, ',');
    if (!next_line(c, &found))
        return false;
    if (!found)
        return fail_at(c, c->at, "a table is expected, found the end of the file");
    use_delimiter(c, delimiter != '\0' ? delimiter : find_delimiter(c));
    return read_header(c) && read_rows(c);
}

static bool read_delimited(gd__source *source, gd_table *table, char delimiter)
{
    if (delimiter != '\0' && strchr("\t ,;|:/&#~^!%$@*=", delimiter) == NULL) {
        gd__fail(GD_ERROR_ARGUMENT,
                 "table_read: a tab, a blank or one of ,;|:/&#~^!%%$@*= is expected as delimiter, "
                 "found byte 0x%02x",
                 (unsigned)(unsigned char)delimiter);
        return false;
    }
    cutter c = {.source = source, .table = table, .at = source->text, .line = {.number = 1}};
    bool read = read_table(&c, delimiter);
    gd__free(c.unquoted, c.unquoted_size + GD__SOURCE_SLACK);
    return read;
}

static bool read_csv(gd__source *source, gd_table *table)
{
    return read_delimited(source, table, table->options.delimiter);
}

static bool read_tsv(gd__source *source, gd_table *table)
{
    return read_delimited(source, table,
                          table->options.delimiter != '\0' ? table->options.delimiter : '\t');
}

#define MISSING "?,NA,N/A,NaN,nan,null,NULL,None"

const gd__format gd__format_csv = {"csv", ".csv .txt .data", MISSING,
                                   NULL,  read_csv,          gd__write_csv};
const gd__format gd__format_tsv = {"tsv", ".tsv .tab", MISSING, NULL, read_tsv, gd__write_tsv};
