/* Commas in numbers: a column is read as numbers only where all of its cells agree. */
#include "data/table/decimal_comma.h"
#include "tensor/text.h"

#include <inttypes.h>

enum { LONGEST = 60 }; /* bytes of a number */

typedef enum comma { DECIMAL = 1, THOUSANDS = 2, BOTH = 3 } comma;

static size_t count_digits(const char *s, const char *end)
{
    size_t n = 0;
    while (s + n < end && gd__is_digit(s[n]))
        ++n;
    return n;
}

/* Copies the digits before the decimal mark, without the marks between thousands. Returns what
 * follows; NULL: the groups of digits are not valid. */
static const char *copy_groups(char **to, const char *s, const char *end, char mark)
{
    size_t n = count_digits(s, end);
    bool groups = n >= 1 && n <= 3 && s[0] != '0';
    for (;; s += 1, n = 3) {
        memcpy(*to, s, n);
        *to += n;
        s += n;
        if (s == end || *s != mark)
            return s;
        if (!groups || count_digits(s + 1, end) != 3)
            return NULL;
    }
}

/* Rewrites a number of this form with a decimal point. False: it is none. */
static bool write_plain(const char *text, size_t length, comma form, char plain[LONGEST + 1],
                        double *value)
{
    const char *s = text, *end = text + length;
    char *to = plain;
    gd__trim(&s, &end);
    if (s == end || end - s > LONGEST)
        return false;
    if (*s == '-' || *s == '+')
        *to++ = *s++;
    s = copy_groups(&to, s, end, form == DECIMAL ? '.' : ',');
    if (s == NULL)
        return false;
    if (s < end && *s == (form == DECIMAL ? ',' : '.')) {
        size_t n = count_digits(s + 1, end);
        *to++ = '.';
        memcpy(to, s + 1, n);
        to += n;
        s += 1 + n;
        if (n == 0)
            return false;
    }
    memcpy(to, s, (size_t)(end - s)); /* an exponent */
    to[end - s] = '\0';
    return gd__parse_number(plain, strlen(plain), value) == GD__NUMBER;
}

/* The forms in which a text is a number. */
static int forms_of(const char *text, size_t length)
{
    char plain[LONGEST + 1];
    double value;
    return (write_plain(text, length, DECIMAL, plain, &value) ? DECIMAL : 0) |
           (write_plain(text, length, THOUSANDS, plain, &value) ? THOUSANDS : 0);
}

bool gd__looks_like_number(const char *text, size_t length, double *value)
{
    char own[LONGEST + 1], plain[LONGEST + 1];
    if (length > LONGEST)
        return gd__parse_number(text, length, value) != GD__NO_NUMBER;
    memcpy(own, text, length);
    own[length] = '\0';
    return gd__parse_number(own, length, value) != GD__NO_NUMBER ||
           write_plain(own, length, DECIMAL, plain, value) ||
           write_plain(own, length, THOUSANDS, plain, value);
}

/* ---- one column ---- */

static int asked_forms(char decimal)
{
    return decimal == ',' ? DECIMAL : decimal == '.' ? THOUSANDS : BOTH;
}

static bool may_be_read(const gd__column *c)
{
    return !c->numbers && !c->verbatim && !c->words && !c->declared && c->view == NULL;
}

/* The forms in which all texts of a column are numbers. 0: none; or no text has a comma, and
 * decimal commas were not asked for. */
static int forms_of_column(const gd_table *t, const gd__column *c)
{
    bool comma_there = t->options.decimal == ',';
    int forms = asked_forms(t->options.decimal);
    if (!may_be_read(c) || (!comma_there && !c->first_text.there))
        return 0;
    for (int32_t i = 0; forms != 0 && i < c->levels.count; ++i) {
        const char *text = c->levels.level[i].text;
        forms &= forms_of(text, strlen(text));
        comma_there |= strchr(text, ',') != NULL;
    }
    return comma_there ? forms : 0;
}

/* Makes the column's levels plain numbers: `levels`, and in `to` the new level of each old one.
 * False: no memory. */
static bool rewrite_levels(const gd__column *c, comma form, gd__levels *levels, int32_t *to)
{
    for (int32_t i = 0; i < c->levels.count; ++i) {
        char plain[LONGEST + 1];
        double value = 0;
        const char *text = c->levels.level[i].text;
        write_plain(text, strlen(text), form, plain, &value);
        to[i] = gd__levels_find_or_add(levels, plain, strlen(plain));
        if (to[i] < 0)
            return false;
        levels->level[to[i]].value = value;
    }
    return true;
}

static void renumber_cells(const gd_table *t, gd__column *c, const int32_t *to)
{
    for (int64_t row = 0; row < t->rows; ++row) {
        int block;
        size_t i = gd__cell_of(row, &block);
        int32_t *cell = (int32_t *)c->block[block] + i;
        *cell = *cell >= 0 ? to[*cell] : -1;
    }
}

static bool convert(gd_table *t, gd__column *c, comma form)
{
    gd__levels levels = {0};
    size_t size = (size_t)c->levels.count * sizeof(int32_t);
    int32_t *to = gd_allocate(size);
    bool whole = to != NULL && rewrite_levels(c, form, &levels, to);
    if (whole)
        renumber_cells(t, c, to);
    gd_free(to, size);
    gd__levels *unused = whole ? &c->levels : &levels;
    gd__levels_destroy(unused);
    if (!whole)
        return gd__table_fail_memory(t);
    c->levels = levels;
    return gd__table_become_numbers(t, c);
}

/* ---- the table ---- */

/* What commas mean if both forms fit a column: `likely_decimal`, else as in a column that only one
 * form fits, else decimal marks if the delimiter is ;. */
static comma decide(const gd_table *t, const unsigned char *forms)
{
    if (t->options.likely_decimal != '\0')
        return (comma)asked_forms(t->options.likely_decimal);
    for (int i = 0; i < t->columns; ++i)
        if (forms[i] == DECIMAL || forms[i] == THOUSANDS)
            return (comma)forms[i];
    return t->delimiter == ';' ? DECIMAL : THOUSANDS;
}

static bool note(gd_table *t, int column, comma form, const gd__remark *first, int more)
{
    char plain[LONGEST + 1], others[48] = "";
    double value;
    const char *name = gd_table_name(t, column);
    if (!write_plain(first->text, strlen(first->text), form, plain, &value))
        return true;
    if (more > 0)
        snprintf(others, sizeof others, " and in %d more column%s", more, more > 1 ? "s" : "");
    return gd__table_note(t, form == DECIMAL ? GD_GUESS_DECIMAL_COMMA : GD_GUESS_THOUSANDS,
                          "%s:%" PRId64 ":%" PRId64 ": \"%s\" in column \"%.*s\"%s is read as %s",
                          t->path, first->place.line, first->place.column, first->text,
                          gd_utf8_cut(name, 80), name, others, plain);
}

/* Reads the numbers of a column with other texts, too, if the options say what commas mean. */
static void read_some(const gd_table *t, gd__column *c)
{
    char mark = t->options.decimal != '\0' ? t->options.decimal : t->options.likely_decimal;
    for (int32_t i = 0; mark != '\0' && may_be_read(c) && i < c->levels.count; ++i) {
        char plain[LONGEST + 1];
        double value;
        gd__level *level = &c->levels.level[i];
        if (write_plain(level->text, strlen(level->text), (comma)asked_forms(mark), plain, &value))
            level->value = value;
    }
}

static bool convert_columns(gd_table *t, const unsigned char *forms, comma both)
{
    int first[THOUSANDS + 1] = {-1, -1, -1}, count[THOUSANDS + 1] = {0};
    gd__remark remark[THOUSANDS + 1] = {{0}};
    for (int i = 0; i < t->columns; ++i) {
        comma form = forms[i] == BOTH ? both : (comma)forms[i];
        if (form == 0) {
            read_some(t, &t->column[i]);
            continue;
        }
        if (t->column[i].first_text.there && count[form]++ == 0) {
            first[form] = i;
            remark[form] = t->column[i].first_text;
        }
        if (!convert(t, &t->column[i], form))
            return false;
    }
    for (int form = DECIMAL; t->options.decimal == '\0' && form <= THOUSANDS; ++form)
        if (count[form] > 0 && !note(t, first[form], (comma)form, &remark[form], count[form] - 1))
            return false;
    return true;
}

bool gd__table_read_commas(gd_table *t)
{
    size_t size = (size_t)t->columns;
    if (t->rows == 0)
        return true;
    unsigned char *forms = gd_allocate(size);
    if (forms == NULL)
        return gd__table_fail_memory(t);
    for (int i = 0; i < t->columns; ++i)
        forms[i] = (unsigned char)forms_of_column(t, &t->column[i]);
    bool converted = convert_columns(t, forms, decide(t, forms));
    gd_free(forms, size);
    return converted;
}

int64_t gd_table_first_text(const gd_table *t, int column)
{
    const gd__column *c = column >= 0 && column < t->columns ? &t->column[column] : NULL;
    int64_t first = -1;
    for (int64_t row = 0; c != NULL && !c->numbers && row < t->rows; ++row) {
        double value;
        int32_t level = gd__level_of(c, row);
        if (level < 0 || !isnan(c->levels.level[level].value))
            continue;
        const char *text = c->levels.level[level].text;
        if (!gd__looks_like_number(text, strlen(text), &value))
            return row;
        first = first < 0 ? row : first;
    }
    return first;
}
