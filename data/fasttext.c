/* fastText's lines (Joulin and others): words apart by blanks, of which those that begin with
 * __label__ are labels. */
#include "data/formats.h"
#include "data/labels.h"
#include "data/lines.h"

#define PREFIX "__label__"
enum { PREFIX_LENGTH = sizeof PREFIX - 1, WORDS = 0 /* the column */ };

typedef struct reader {
    gd__lines lines;
    gd_table *table;
    gd__labels labels;
} reader;

static bool is_space(char byte)
{
    return gd__is_blank(byte) || byte == '\r' || byte == '\v' || byte == '\f';
}

static char *skip_spaces(char *at, const char *end)
{
    while (at < end && is_space(*at))
        ++at;
    return at;
}

static bool is_label(const char *word, size_t length)
{
    return length >= PREFIX_LENGTH && memcmp(word, PREFIX, PREFIX_LENGTH) == 0;
}

/* The labels of a line go to where they are collected, the words, a blank after each, to its
 * beginning. */
static bool read_row(reader *r, char *at)
{
    char *to = r->lines.text;
    gd__place place = gd__lines_place(&r->lines, at);
    for (bool none = true; at < r->lines.end;) {
        char *word = at;
        while (at < r->lines.end && !is_space(*at))
            ++at;
        size_t length = (size_t)(at - word);
        if (!is_label(word, length)) {
            place = none ? gd__lines_place(&r->lines, word) : place;
            none = false;
            to += to > r->lines.text;
            memmove(to, word, length);
            to += length;
        } else if (length == PREFIX_LENGTH) {
            return gd__lines_fail(&r->lines, at, "a label after " PREFIX);
        } else if (!gd__labels_add(&r->labels, r->table, word + PREFIX_LENGTH,
                                   length - PREFIX_LENGTH,
                                   gd__lines_place(&r->lines, word + PREFIX_LENGTH))) {
            return false;
        }
        at = skip_spaces(at, r->lines.end);
        if (to < at)
            *to = ' ';
    }
    size_t length = (size_t)(to - r->lines.text);
    return gd__table_add_text(r->table, WORDS, r->lines.text, length, place) &&
           gd__labels_end_row(&r->labels, r->table);
}

/* Empty lines are rows without words where lines have no labels, as in what is to be predicted;
 * the first line with a word tells. */
static bool read_empty_lines(reader *r, int64_t first, int64_t last)
{
    for (int64_t line = first; line <= last; ++line)
        if (!gd__table_begin_row(r->table, line) ||
            !gd__table_add_text(r->table, WORDS, "", 0, (gd__place){line, 1}) ||
            !gd__labels_end_row(&r->labels, r->table))
            return false;
    return true;
}

static bool read_rows(reader *r)
{
    gd_table *t = r->table;
    bool told = false, labelled = false;
    if (gd__table_add_column(t, "text", strlen("text"), (gd__place){0}) != WORDS)
        return false;
    t->column[WORDS].words = true;
    for (bool found;;) {
        if (!gd__lines_next(&r->lines, &found))
            return false;
        if (!found)
            break;
        char *at = skip_spaces(r->lines.text, r->lines.end);
        bool empty = at == r->lines.end;
        if (!empty && !told) {
            told = true;
            labelled = is_label(at, (size_t)(r->lines.end - at));
            if (!labelled && !read_empty_lines(r, 1, r->lines.number - 1))
                return false;
        }
        if (empty && told && !labelled && !read_empty_lines(r, r->lines.number, r->lines.number))
            return false;
        if (!empty && (!gd__table_begin_row(t, r->lines.number) || !read_row(r, at)))
            return false;
    }
    return t->rows > 0 || gd__lines_fail(&r->lines, r->lines.text, "a line of words");
}

static bool read_fasttext(gd__source *source, gd_table *table)
{
    reader r = {.lines = {.source = source, .table = table}, .table = table};
    table->sparse = true;
    table->has_header = true;
    bool read = read_rows(&r) && gd__labels_finish(&r.labels, table, "");
    gd__labels_destroy(&r.labels);
    return read;
}

/* Whether the first word is a label. */
static bool is_fasttext(const gd__source *source)
{
    const char *s = source->text, *end = s + source->end;
    while (s < end && (is_space(*s) || *s == '\n'))
        ++s;
    return is_label(s, (size_t)(end - s));
}

const gd__format gd__format_fasttext = {"fasttext",  ".fasttext .ft", "",
                                        is_fasttext, read_fasttext,   gd__write_fasttext};
