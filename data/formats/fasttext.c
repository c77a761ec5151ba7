/* The format of fastText (Joulin and others): lines of words between blanks. Words that begin with
 * __label__ are labels. */
#include "data/formats/formats.h"
#include "data/input/lines.h"
#include "data/table/label_columns.h"

#include <inttypes.h>

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

/* Reads a line from `at` on: collects its labels, and moves its words to the beginning of the
 * line, with single blanks between them. */
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
        } else {
            gd__field label = {.text = word + PREFIX_LENGTH,
                               .length = length - PREFIX_LENGTH,
                               .place = gd__lines_place(&r->lines, word + PREFIX_LENGTH)};
            if (!gd__labels_add(&r->labels, r->table, &label))
                return false;
        }
        at = skip_spaces(at, r->lines.end);
        if (to < at)
            *to = ' ';
    }
    gd__field words = {
        .text = r->lines.text, .length = (size_t)(to - r->lines.text), .place = place};
    return gd__table_add_cell(r->table, WORDS, &words) && gd__labels_end_row(&r->labels, r->table);
}

/* Adds rows without words. Empty lines are such rows if the lines have no labels, as in a file to
 * predict; the first line with words decides. */
static bool read_empty_lines(reader *r, int64_t first, int64_t last)
{
    for (int64_t line = first; line <= last; ++line) {
        gd__field none = {.text = "", .place = {line, 1}};
        if (!gd__table_begin_row(r->table, line) || !gd__table_add_cell(r->table, WORDS, &none) ||
            !gd__labels_end_row(&r->labels, r->table))
            return false;
    }
    return true;
}

static bool read_rows(reader *r)
{
    gd_table *t = r->table;
    bool told = false, labelled = false;
    if (gd__table_add_column(t, gd__field_of("text")) != WORDS)
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

/* ---- writing ---- */

static const char blanks[] = " \t\n\r\v\f";

/* The column of words: the only one that is no target. -1 with a message. */
static int find_words(const gd__writer *w)
{
    const gd_table *t = w->table;
    int words = -1;
    for (int i = 0; i < t->columns; ++i) {
        if (w->target[i])
            continue;
        if (words >= 0 || gd_table_kind(t, i) == GD_COLUMN_NUMBERS)
            return gd__cannot_write(w,
                                    "column \"%.80s\" is one too many; %s holds labels and one "
                                    "column of texts",
                                    gd_table_name(t, i), w->format) -
                   1;
        words = i;
    }
    if (words < 0)
        gd__cannot_write(w, "there are labels only; %s holds a column of texts, too", w->format);
    return words;
}

static void put_row(gd__writer *w, int64_t row)
{
    const gd_table *t = w->table;
    char buffer[GD_NUMBER_TEXT];
    const char *blank = "";
    for (int i = 0; i < t->columns; ++i) {
        if (!w->target[i] || (w->targets > 1 && gd_table_number(t, row, i) != 1))
            continue;
        gd__put(w, blank);
        gd__put(w, PREFIX);
        gd__put(w, w->targets > 1 ? gd_table_name(t, i) : gd_table_text(t, row, i, buffer));
        blank = " ";
    }
    const char *text = gd_table_text(t, row, find_words(w), buffer);
    for (size_t n; text += strspn(text, blanks), (n = strcspn(text, blanks)) > 0; text += n) {
        gd__put(w, blank);
        gd__put_bytes(w, text, n);
        blank = " ";
    }
    gd__put_byte(w, '\n');
}

static void put_all(gd__writer *w)
{
    gd__put_rows(w, put_row);
}

/* Checks that a label is a word. */
static bool is_word(const gd__writer *w, const char *label)
{
    return (label[0] != '\0' && strpbrk(label, blanks) == NULL) ||
           gd__cannot_write(w, "a label without blanks is expected in %s, found \"%.80s\"",
                            w->format, label);
}

/* Checks that a reader accepts as many labels as there are, of which a row has few. */
static bool check_density(gd__writer *w)
{
    int64_t labels = 0, given = 0;
    for (int column = 0; column < w->table->columns; ++column) {
        int64_t before = given;
        for (int64_t i = 0; w->target[column] && i < w->count; ++i)
            given += gd_table_number(w->table, gd__chosen_row(w->rows, i), column) == 1;
        labels += given > before;
    }
    if (!gd__are_few_columns(labels + 1, 0) &&
        !gd__check_columns(w, labels + 1, gd__count_bytes(w, put_all)))
        return false;
    return gd__are_few_cells(w->count, labels, given) ||
           gd__cannot_write(w,
                            "%" PRId64 " labels of %" PRId64 " rows and %" PRId64
                            " different ones are too few for %s, whose reader would refuse the "
                            "file; csv and arff hold them",
                            given, w->count, labels, w->format);
}

static bool check_labels(gd__writer *w)
{
    const gd_table *t = w->table;
    for (int column = 0; column < t->columns; ++column) {
        if (!w->target[column])
            continue;
        if (w->targets > 1 && !is_word(w, gd_table_name(t, column)))
            return false;
        for (int64_t i = 0; w->targets == 1 && i < w->count; ++i) {
            char buffer[GD_NUMBER_TEXT];
            if (!is_word(w, gd_table_text(t, gd__chosen_row(w->rows, i), column, buffer)))
                return false;
        }
    }
    return w->targets == 1 || (gd__hold_indicators(w) && check_density(w));
}

/* Checks that no row is empty, and that no word looks like a label. */
static bool check_words(const gd__writer *w, int words)
{
    const gd_table *t = w->table;
    for (int64_t i = 0; i < w->count; ++i) {
        char buffer[GD_NUMBER_TEXT];
        int64_t row = gd__chosen_row(w->rows, i);
        const char *text = gd_table_text(t, row, words, buffer), *label = strstr(text, PREFIX);
        for (; label != NULL; label = strstr(label + 1, PREFIX))
            if (label == text || strchr(blanks, label[-1]) != NULL)
                return gd__cannot_write(
                    w, "words that are no labels are expected in row %" PRId64 ", found \"%.40s\"",
                    row + 1, label);
        bool some = w->targets == 1 || text[strspn(text, blanks)] != '\0';
        for (int column = 0; column < t->columns; ++column)
            some |= w->target[column] && gd_table_number(t, row, column) == 1;
        if (!some)
            return gd__cannot_write(w,
                                    "row %" PRId64 " has neither a label nor a word; %s has no "
                                    "empty rows",
                                    row + 1, w->format);
    }
    return true;
}

static bool write_fasttext(gd__writer *w)
{
    int words = find_words(w);
    if (words < 0 || !check_labels(w) || !check_words(w, words))
        return false;
    put_all(w);
    return true;
}

const gd__format gd__format_fasttext = {"fasttext",  ".fasttext .ft", "",
                                        is_fasttext, read_fasttext,   write_fasttext};
