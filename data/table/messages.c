/* The place of a row in its file, and messages with places. */
#include "data/table/table.h"
#include "tensor/text.h"

#include <inttypes.h>
#include <stdarg.h>

/* The line of a row; in a format without lines, its number in the file, from 1. */
static int64_t number_in_file(const gd_table *t, int64_t row)
{
    if (t->runs == 0)
        return row + 1;
    int low = 0, high = t->runs; /* run[low].row <= row < run[high].row */
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        *(t->run[middle].row <= row ? &low : &high) = middle;
    }
    return t->run[low].line + (row - t->run[low].row);
}

static bool has_lines(const gd_table *t)
{
    return t->runs > 0 && !t->lineless;
}

gd__place gd__table_place(const gd_table *t, int64_t row)
{
    int64_t number = number_in_file(t, row);
    return has_lines(t) ? (gd__place){.line = number} : (gd__place){.column = number};
}

int64_t gd_table_line(const gd_table *t, int64_t row)
{
    return has_lines(t) && row >= 0 && row < t->rows ? number_in_file(t, row) : 0;
}

static const char *print_place(const gd_table *t, int64_t row, char place[32], const char *of_line,
                               const char *of_row)
{
    if (row < 0 || row >= t->rows)
        return "";
    snprintf(place, 32, "%s%" PRId64, has_lines(t) ? of_line : of_row, number_in_file(t, row));
    return place;
}

const char *gd_table_place(const gd_table *t, int64_t row, char place[32])
{
    return print_place(t, row, place, ":", ", row ");
}

const char *gd_table_row_name(const gd_table *t, int64_t row, char name[32])
{
    return print_place(t, row, name, "line ", "row ");
}

/* ---- messages ---- */

bool gd__table_fail(const gd_table *t, gd__place place, const char *format, ...)
{
    char text[400], where[48] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (place.line > 0 && place.column == 0)
        snprintf(where, sizeof where, ":%" PRId64, place.line);
    else if (place.line > 0)
        snprintf(where, sizeof where, ":%" PRId64 ":%" PRId64, place.line, place.column);
    else if (place.column > 0)
        snprintf(where, sizeof where, ", row %" PRId64, place.column);
    return gd__fail_false(GD_ERROR_FORMAT, "%s%s: %s", t->path, where, text);
}

bool gd__table_fail_memory(const gd_table *t)
{
    return gd__fail_false(GD_ERROR_MEMORY, "%s: no memory for the table", t->path);
}

bool gd__table_note(gd_table *t, gd_guess guess, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t length = (size_t)gd_utf8_cut(text, sizeof text - 2);
    int32_t note = gd__levels_find_or_add(&t->notes, text, length);
    if (note < 0)
        return gd__table_fail_memory(t);
    t->notes.level[note].value = (double)guess;
    return true;
}

bool gd__table_check_text(const gd_table *t, const gd__field *field)
{
    const char *text = field->text;
    for (size_t i = 0, n; i < field->length; i += n) {
        n = gd_utf8_length(text + i);
        if (text[i] != '\0' && n > 0 && n <= field->length - i)
            continue;
        gd__place place = field->place;
        place.column += place.line > 0 ? (int64_t)i : 0;
        return gd__table_fail(t, place, "text in UTF-8 is expected, found byte 0x%02x%s",
                              (unsigned)(unsigned char)text[i],
                              text[i] != '\0' ? " (iconv -f LATIN1 -t UTF-8 may convert it)" : "");
    }
    return true;
}

void gd__remark_first(gd__remark *remark, const gd__field *field)
{
    if (remark->there)
        return;
    *remark = (gd__remark){.there = true, .place = field->place};
    size_t length = field->length;
    if (length >= sizeof remark->text)
        length = (size_t)gd_utf8_cut(field->text, sizeof remark->text - 1);
    memcpy(remark->text, field->text, length);
}

bool gd__table_fail_remark(const gd_table *t, int column, const gd__remark *r)
{
    double value;
    bool large = gd__parse_number(r->text, strlen(r->text), &value) != GD__NO_NUMBER;
    return gd__table_fail(t, r->place, "a number%s is expected in column \"%.80s\", found \"%s\"",
                          large ? " that is not too large" : "", t->names.level[column].text,
                          r->text);
}
