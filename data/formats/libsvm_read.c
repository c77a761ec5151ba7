/* The format of LibSVM (Chang and Lin) and SVMlight: "label[,label..] index:value .. # comment".
 * Each index that occurs becomes a column, 0 in the rows without it. */
#include "data/formats/formats.h"
#include "data/input/lines.h"
#include "data/table/label_columns.h"

enum { LONGEST_INDEX = 18 }; /* digits */

typedef struct reader {
    gd__lines lines;
    gd_table *table;
    gd__labels labels;
    int64_t *seen; /* [columns], memory for `room`: the last row with the column, from 1 */
    int room;
    int64_t values;
    bool ascending; /* the indices are in order so far */
} reader;

/* The end of the token at `at`. */
static char *token_end(char *at, const char *end)
{
    while (at < end && !gd__is_blank(*at))
        ++at;
    return at;
}

static bool fail_too_large(const reader *r, const char *number, const char *end)
{
    return gd__table_fail(r->table, gd__lines_place(&r->lines, number),
                          "a number that is not too large is expected, found \"%.*s\"",
                          end - number < 40 ? (int)(end - number) : 40, number);
}

/* ---- labels ---- */

/* Reads the labels of a row: 1,3,7. */
static bool read_labels(reader *r, char *at, const char *end)
{
    for (;; ++at) {
        const char *behind;
        char short_text[GD_NUMBER_TEXT + GD__SOURCE_SLACK];
        double value;
        gd__parsed parsed = gd__scan_number(at, &behind, &value);
        if (parsed == GD__NO_NUMBER || (behind != end && *behind != ','))
            return gd__lines_fail(&r->lines, parsed == GD__NO_NUMBER ? at : behind,
                                  parsed == GD__NO_NUMBER ? "a label, which is a number,"
                                                          : "a comma or a blank after a label");
        if (parsed == GD__TOO_LARGE)
            return fail_too_large(r, at, behind);
        gd__field label = {.text = at + (*at == '+'), .place = gd__lines_place(&r->lines, at)};
        label.length = (size_t)(behind - label.text);
        if (gd__levels_find(&r->labels.levels, label.text, label.length) < 0) { /* 1.0 is 1 */
            label.text = gd_number_text(value, false, short_text);
            label.length = strlen(label.text);
        }
        if (!gd__labels_add(&r->labels, r->table, &label))
            return false;
        if (behind == end)
            return true;
        at += behind - at;
    }
}

/* ---- values ---- */

static bool is_before(const char *index, const char *other)
{
    size_t n = strlen(index), m = strlen(other);
    return n != m ? n < m : strcmp(index, other) < 0;
}

/* Adds a column for a new index. -1 with a message. */
static int add_index(reader *r, const char *text, size_t length)
{
    gd_table *t = r->table;
    if (t->columns == r->room) {
        int64_t *longer = gd__lengthened(r->seen, &r->room, sizeof *longer, 64);
        if (longer == NULL)
            return gd__table_fail_memory(t) - 1;
        r->seen = longer;
    }
    r->seen[t->columns] = 0;
    if (!gd__table_check_density(t, t->columns + 1, r->values + 1))
        return -1;
    int column = gd__table_add_numbers(
        t, (gd__field){.text = text, .length = length, .place = gd__lines_place(&r->lines, text)});
    if (column > 0)
        r->ascending &= is_before(gd_table_name(t, column - 1), gd_table_name(t, column));
    return column;
}

/* The column of the index at `at`, which ends at *colon; -1 with a message. */
static int read_index(reader *r, char *at, char **colon)
{
    const gd_table *t = r->table;
    char *end = at;
    while (*end >= '0' && *end <= '9')
        ++end;
    size_t length = (size_t)(end - at);
    *colon = end;
    if (memcmp(at, "qid:", 4) == 0)
        return gd__lines_fail(&r->lines, at, "index:value (ranking queries are not supported)") - 1;
    if (length == 0 || *end != ':')
        return gd__lines_fail(&r->lines, at, "index:value") - 1;
    if (length > LONGEST_INDEX || (length > 1 && *at == '0'))
        return gd__table_fail(t, gd__lines_place(&r->lines, at),
                              "an index of at most %d digits without zeros in front is expected, "
                              "found \"%.*s\"",
                              LONGEST_INDEX, length < 40 ? (int)length : 40, at) -
               1;
    int column = gd__levels_find(&t->names, at, length);
    column = column >= 0 ? column : add_index(r, at, length);
    if (column < 0 || r->seen[column] != t->rows) {
        if (column >= 0)
            r->seen[column] = t->rows;
        return column;
    }
    return gd__table_fail(t, gd__lines_place(&r->lines, at),
                          "another index is expected, found \"%.*s\" again", (int)length, at) -
           1;
}

static bool read_value(reader *r, int column, char *at, const char *end)
{
    gd_table *t = r->table;
    const char *behind;
    double value;
    gd__parsed parsed = gd__scan_number(at, &behind, &value);
    if (parsed == GD__NO_NUMBER || behind != end)
        return gd__lines_fail(&r->lines, parsed == GD__NO_NUMBER ? at : behind,
                              parsed == GD__NO_NUMBER ? "a number" : "a blank after a number");
    if (parsed == GD__TOO_LARGE)
        return fail_too_large(r, at, end);
    ++r->values;
    if (!(fabs(value) <= (double)FLT_MAX))
        return gd__table_add_number(t, column, value, gd__lines_place(&r->lines, at));
    gd__table_put_number(t, &t->column[column], value);
    return true;
}

/* ---- rows ---- */

static bool read_row(reader *r, char *at, const char *end)
{
    char *behind = token_end(at, end), *colon;
    if (memchr(at, ':', (size_t)(behind - at)) == NULL) {
        if (!read_labels(r, at, behind))
            return false;
        at = gd__skip_blanks(behind, end);
    }
    for (; at < end; at = gd__skip_blanks(behind, end)) {
        behind = token_end(at, end);
        int column = read_index(r, at, &colon);
        if (column < 0 || !read_value(r, column, colon + 1, behind))
            return false;
    }
    return gd__labels_end_row(&r->labels, r->table);
}

static bool read_rows(reader *r)
{
    gd_table *t = r->table;
    for (bool found;;) {
        if (!gd__lines_next(&r->lines, &found))
            return false;
        if (!found)
            break;
        char *comment = memchr(r->lines.text, '#', (size_t)(r->lines.end - r->lines.text));
        r->lines.end = comment != NULL ? comment : r->lines.end;
        char *at = gd__skip_blanks(r->lines.text, r->lines.end);
        if (at == r->lines.end)
            continue;
        if (!gd__table_check_density(t, t->columns, r->values) ||
            !gd__table_begin_row(t, r->lines.number) || !read_row(r, at, r->lines.end))
            return false;
    }
    return t->rows > 0 || gd__lines_fail(&r->lines, r->lines.text, "a row");
}

/* ---- order ---- */

typedef struct named {
    const char *name;
    int column;
} named;

static int compare(const void *a, const void *b)
{
    return is_before(((const named *)a)->name, ((const named *)b)->name) ? -1 : 1;
}

static bool sort_columns(gd_table *t)
{
    size_t columns = (size_t)t->columns, size = columns * (sizeof(named) + sizeof(int));
    named *names = gd_allocate(size);
    if (names == NULL)
        return gd__table_fail_memory(t);
    int *order = (int *)(names + columns);
    for (int i = 0; i < t->columns; ++i)
        names[i] = (named){gd_table_name(t, i), i};
    gd__sort(names, columns, sizeof *names, compare);
    for (size_t i = 0; i < columns; ++i)
        order[i] = names[i].column;
    bool sorted = gd__table_reorder(t, order);
    gd_free(names, size);
    return sorted;
}

static bool read_libsvm(gd__source *source, gd_table *table)
{
    reader r = {.lines = {.source = source, .table = table}, .table = table, .ascending = true};
    table->sparse = true;
    bool read = read_rows(&r) && (r.ascending || sort_columns(table)) &&
                gd__labels_finish(&r.labels, table, "label_");
    gd__labels_destroy(&r.labels);
    gd_free(r.seen, (size_t)r.room * sizeof *r.seen);
    return read;
}

/* ---- detection ---- */

/* The end of the number at s, if `end` or a byte of `ends` follows; else NULL. */
static const char *after_number(const char *s, const char *end, const char *ends)
{
    const char *behind;
    double value;
    bool number = gd__scan_number(s, &behind, &value) != GD__NO_NUMBER;
    return number && (behind >= end || strchr(ends, *behind) != NULL) ? behind : NULL;
}

static const char *line_end(const char *s, const char *end)
{
    while (s < end && *s != '\n')
        ++s;
    return s;
}

/* Whether the first line that is no comment is labels and index:value with blanks between them.
 * (With tabs between, it could be a number and times of day; alone, index:value could be a time.)
 * */
static bool is_libsvm(const gd__source *source)
{
    const char *s = source->text, *end = s + source->end;
    while (s < end && (*s == '#' || *s == '\n' || *s == '\r'))
        s = line_end(s, end) + 1;
    s = s < end ? s : end;
    end = line_end(s, end);
    const char *first = s;
    while (s != NULL && s < end && *s != ' ' && *s != ':') /* labels */
        s = after_number(s + (s > first && *s == ','), end, ", :");
    bool labels = s == NULL || *s != ':';
    s = labels ? s : first;
    int pairs = 0;
    for (; s != NULL && s < end && *s != '#' && *s != '\r'; ++pairs) {
        while (*s == ' ')
            ++s;
        if (s == end || *s == '#' || *s == '\r')
            break;
        const char *digit = s;
        while (*s >= '0' && *s <= '9')
            ++s;
        s = s > digit && *s == ':' ? after_number(s + 1, end, " \r") : NULL;
    }
    return s != NULL && pairs > (labels ? 0 : 1);
}

const gd__format gd__format_libsvm = {"libsvm",  ".libsvm .svm", "",
                                      is_libsvm, read_libsvm,    gd__write_libsvm};
