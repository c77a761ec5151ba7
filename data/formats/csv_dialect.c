/* Detecting the delimiter of CSV, and whether the first line is a header. A name differs from the
 * cells below it: it is no number above numbers, or no row repeats it. */
#include "data/formats/csv_dialect.h"
#include "data/table/decimal_comma.h"
#include "tensor/text.h"

#include <inttypes.h>

/* ---- delimiter ---- */

/* Counts `delimiter` outside quotes in the line at *p, and moves *p to the next line or `end`. */
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

/* Whether `delimiter` occurs equally often in each of the first lines, which are at least `least`.
 * *first: its number in the first line. */
static bool stands_equally(const gd__cutter *c, char delimiter, int least, int64_t *first)
{
    enum { LINES = 10 };
    const char *p = c->at, *end = c->source->text + c->source->end;
    int lines = 1;
    *first = count_in_line(&p, end, delimiter);
    bool equal = *first > 0;
    for (; lines < LINES && equal && p < end; ++lines) {
        int64_t next = count_in_line(&p, end, delimiter);
        equal = next == *first || (p == end && !c->source->ended); /* an incomplete line */
    }
    return equal && lines >= least;
}

/* The first delimiter that occurs equally often in the first lines, else the most frequent one of
 * the first line. Tab and ; come first, because commas and bars also occur in numbers and texts. A
 * likely delimiter comes before all; if it does not fit, another one must fit two lines. */
char gd__csv_find_delimiter(const gd__cutter *c)
{
    char likely = c->table->options.likely_delimiter, most = ',';
    int64_t first, greatest = 0;
    if (likely != '\0' && stands_equally(c, likely, 1, &first))
        return likely;
    for (const char *d = GD__CSV_DELIMITERS; *d != '\0'; ++d) {
        if (stands_equally(c, *d, likely != '\0' ? 2 : 1, &first))
            return *d;
        if (first > greatest) {
            greatest = first;
            most = *d;
        }
    }
    return likely != '\0' ? likely : most;
}

/* ---- a column at a glance ---- */

enum { LOOK_ROWS = 100, LOOK_BYTES = 1 << 18, FEW_ROWS = 4 };

typedef enum field_kind { FIELD_EMPTY, FIELD_MISSING, FIELD_NUMBER, FIELD_TEXT } field_kind;

typedef struct glance {
    field_kind first; /* of the field in the first line */
    bool first_quoted, recurs;
    double value, least, most;     /* the number in the first line; the range of those below */
    int64_t numbers, plain, texts; /* below: numbers, unquoted numbers, texts */
    gd__levels levels;             /* the text of the first line, then those below */
} glance;

static field_kind kind_of(const gd_table *t, const gd__field *f, double *value)
{
    if (f->length == 0)
        return FIELD_EMPTY;
    if (gd__table_is_missing(t, f))
        return FIELD_MISSING;
    return gd__looks_like_number(f->text, f->length, value) ? FIELD_NUMBER : FIELD_TEXT;
}

/* False: no memory. */
static bool look_at_field(const gd_table *t, glance *g, bool first, const gd__field *f)
{
    double value = 0;
    field_kind kind = kind_of(t, f, &value);
    int32_t level = 0;
    if (first || kind == FIELD_TEXT)
        level = gd__levels_find_or_add(&g->levels, f->text, f->length);
    if (first) {
        g->first = kind;
        g->first_quoted = f->quoted;
        g->value = value;
    } else if (kind == FIELD_TEXT) {
        ++g->texts;
        g->recurs |= level == 0;
    } else if (kind == FIELD_NUMBER) {
        g->least = g->numbers == 0 || value < g->least ? value : g->least;
        g->most = g->numbers == 0 || value > g->most ? value : g->most;
        ++g->numbers;
        g->plain += !f->quoted;
    }
    return level >= 0;
}

/* Looks at a line, and moves past it; fields beyond the last column are skipped. */
static bool look_at_line(gd__cutter *c, glance *glances, int columns, bool first)
{
    bool more = true;
    for (int i = 0; more; ++i) {
        gd__field field;
        c->at += i > 0; /* the delimiter */
        if (!gd__cut_field(c, &field))
            return false;
        more = gd__cut_more(c);
        if (i < columns && !look_at_field(c->table, &glances[i], first, &field))
            return gd__table_fail_memory(c->table);
    }
    return gd__cut_line_end(c);
}

static bool look_at_rows(gd__cutter *c, glance *glances, int columns)
{
    bool found = true;
    for (int row = 0; row <= LOOK_ROWS && c->at - c->source->text < LOOK_BYTES; ++row) {
        if (!gd__cut_empty_lines(c, &found))
            return false;
        if (!found)
            break;
        if (!look_at_line(c, glances, columns, row == 0))
            return false;
    }
    return true;
}

/* ---- header or row ---- */

/* For each reason to take the line for a header or a row, the first column that gives it; -1:
 * none. */
typedef struct evidence {
    int above;  /* no number, above numbers */
    int unique; /* a text that does not occur below, above texts that are repeated */
    int recurs; /* a text that occurs below */
    int cell;   /* a number or a missing value */
    int inside; /* a number within the range of those below */
    int twice;  /* a text that occurs in an earlier column */
    int some;   /* not empty */
    int uniques, recurring;
    int64_t rows;
} evidence;

static void remember(int *column, int i)
{
    *column = *column < 0 ? i : *column;
}

static void weigh_column(evidence *e, const glance *g, int i)
{
    bool over_numbers = g->numbers > 4 * g->texts, text = g->first == FIELD_TEXT;
    bool quoted_name =
        g->first == FIELD_NUMBER && g->first_quoted && over_numbers && g->plain == g->numbers;
    int64_t distinct = g->levels.count - 1;
    e->rows = g->numbers + g->texts > e->rows ? g->numbers + g->texts : e->rows;
    if (g->first != FIELD_EMPTY)
        remember(&e->some, i);
    if ((text && over_numbers) || quoted_name) {
        remember(&e->above, i);
    } else if (text && g->recurs) {
        remember(&e->recurs, i);
        ++e->recurring;
    } else if (text && g->texts >= 2 * distinct && g->texts >= FEW_ROWS) {
        remember(&e->unique, i);
        ++e->uniques;
    }
    if (g->first == FIELD_MISSING || (g->first == FIELD_NUMBER && !quoted_name))
        remember(&e->cell, i);
    if (g->first == FIELD_NUMBER && g->numbers > 0 && g->value >= g->least && g->value <= g->most)
        remember(&e->inside, i);
}

static const char *text_of(const glance *g)
{
    return g->levels.level[0].text;
}

/* False: no memory. */
static bool weigh(evidence *e, const glance *glances, int columns)
{
    gd__levels seen = {0};
    bool whole = true;
    *e = (evidence){-1, -1, -1, -1, -1, -1, -1, 0, 0, 0};
    for (int i = 0; whole && i < columns; ++i) {
        const char *text = text_of(&glances[i]);
        size_t length = strlen(text);
        weigh_column(e, &glances[i], i);
        if (length > 0 && gd__levels_find(&seen, text, length) >= 0)
            remember(&e->twice, i);
        else
            whole = length == 0 || gd__levels_add(&seen, text, length) >= 0;
    }
    gd__levels_destroy(&seen);
    return whole;
}

/* Whether the line is a header. In a doubtful case *witness is a column that decided, and *why the
 * reason; -1: no doubt. */
static bool decide(const evidence *e, int *witness, const char **why)
{
    bool names;
    *witness = -1;
    if (e->above >= 0) {
        *witness = e->cell >= 0 || e->recurs >= 0 ? e->above : -1;
        *why = "stands above numbers";
        return true;
    }
    if (e->cell >= 0) {
        names = e->unique >= 0 && e->inside < 0;
        *witness = names ? e->unique : e->unique >= 0 ? e->cell : -1;
        *why = names ? "does not occur below it" : "may be a cell";
        return names;
    }
    names = e->twice < 0 && e->some >= 0 && e->recurring <= e->uniques;
    *witness = e->twice >= 0                             ? e->twice
               : e->recurs >= 0                          ? names ? e->unique : e->recurs
               : e->uniques == 0 && e->rows > 0 && names ? e->some
                                                         : -1;
    *why = e->twice >= 0   ? "occurs twice"
           : e->recurs < 0 ? "is not a number"
           : names         ? "does not occur below it"
                           : "occurs again below it";
    return names;
}

static bool note(const gd__cutter *c, const glance *g, bool names, const char *why)
{
    const char *text = text_of(g);
    return gd__table_note(c->table, names ? GD_GUESS_HEADER : GD_GUESS_NO_HEADER,
                          "%s:%" PRId64 ": the line %s: \"%.*s\" %s", c->table->path,
                          c->line.number, names ? "is read as a header" : "is read as a row",
                          gd_utf8_cut(text, 40), text, why);
}

static bool look_closely(gd__cutter *c, glance *glances, int columns, bool *names)
{
    evidence e;
    int witness;
    const char *why;
    gd__text_line first = c->line;
    if (!look_at_rows(c, glances, columns))
        return false;
    c->line = first;
    if (!weigh(&e, glances, columns))
        return gd__table_fail_memory(c->table);
    *names = decide(&e, &witness, &why);
    return witness < 0 || note(c, &glances[witness], *names, why);
}

/* Moves the cutter back to where it began to hold. */
static void go_back(gd__cutter *c, gd__text_line line)
{
    c->at = c->source->text + c->source->at;
    c->line = line;
}

/* The number of fields in the line; 0 with a message: the line is not valid. */
static int count_fields(gd__cutter *c)
{
    gd__field field;
    for (int count = 1; count < INT32_MAX && gd__cut_field(c, &field); ++count, ++c->at)
        if (!gd__cut_more(c))
            return count;
    return 0;
}

static bool look_for_header(gd__cutter *c, int columns, bool *names)
{
    size_t size = (size_t)columns * sizeof(glance);
    glance *glances = gd_allocate(size);
    if (glances == NULL)
        return gd__table_fail_memory(c->table);
    memset(glances, 0, size);
    bool good = look_closely(c, glances, columns, names);
    for (int i = 0; i < columns; ++i)
        gd__levels_destroy(&glances[i].levels);
    gd_free(glances, size);
    return good;
}

bool gd__csv_look(gd__cutter *c, int *columns, bool *names)
{
    gd__text_line first = c->line;
    gd_header header = c->table->options.header;
    c->source->at = (size_t)(c->at - c->source->text);
    c->hold = true; /* the lines are cut again */
    *columns = count_fields(c);
    *names = header == GD_HEADER_YES;
    bool good = *columns > 0 &&
                gd__table_may_have_columns(c->table, *columns, (gd__place){.line = first.number});
    go_back(c, first);
    if (good && header == GD_HEADER_AUTO)
        good = look_for_header(c, *columns, names);
    go_back(c, first);
    c->hold = false;
    return good;
}
