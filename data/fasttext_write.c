/* Writing fastText's lines: labels, and the words of the one other column. */
#include "data/formats.h"

#include <inttypes.h>

static const char blanks[] = " \t\n\r\v\f", prefix[] = "__label__";

/* That a label is a word. */
static bool is_word(const gd__writing *w, const char *label)
{
    return (label[0] != '\0' && strpbrk(label, blanks) == NULL) ||
           gd__cannot_write(w, "a label without blanks is expected in %s, found \"%.80s\"",
                            w->format, label);
}

/* That a reader would not refuse the file as one of a few labels among many. */
static bool check_density(const gd__writing *w)
{
    int64_t labels = 0, given = 0;
    for (int column = 0; column < w->table->columns; ++column) {
        int64_t before = given;
        for (int64_t i = 0; w->target[column] && i < w->count; ++i)
            given += gd_table_number(w->table, gd__written_row(w, i), column) == 1;
        labels += given > before;
    }
    return gd__are_few_cells(w->count, labels, given) ||
           gd__cannot_write(w,
                            "%" PRId64 " labels of %" PRId64 " rows and %" PRId64
                            " different ones are too few for %s, whose reader would refuse the "
                            "file; csv and arff hold them",
                            given, w->count, labels, w->format);
}

static bool check_labels(const gd__writing *w)
{
    const gd_table *t = w->table;
    for (int column = 0; column < t->columns; ++column) {
        if (!w->target[column])
            continue;
        if (w->targets > 1 && !is_word(w, gd_table_name(t, column)))
            return false;
        for (int64_t i = 0; w->targets == 1 && i < w->count; ++i) {
            char buffer[GD_NUMBER_TEXT];
            if (!is_word(w, gd_table_text(t, gd__written_row(w, i), column, buffer)))
                return false;
        }
    }
    return w->targets == 1 || (gd__hold_indicators(w) && check_density(w));
}

/* The column of words: the one that is no target. -1 with a message. */
static int find_words(const gd__writing *w)
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

/* That no row is empty, and no word a label. */
static bool check_words(const gd__writing *w, int words)
{
    const gd_table *t = w->table;
    for (int64_t i = 0; i < w->count; ++i) {
        char buffer[GD_NUMBER_TEXT];
        int64_t row = gd__written_row(w, i);
        const char *text = gd_table_text(t, row, words, buffer), *label = strstr(text, prefix);
        for (; label != NULL; label = strstr(label + 1, prefix))
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

static void write_row(const gd__writing *w, int64_t row, int words)
{
    const gd_table *t = w->table;
    char buffer[GD_NUMBER_TEXT];
    bool first = true;
    for (int i = 0; i < t->columns; ++i) {
        if (!w->target[i] || (w->targets > 1 && gd_table_number(t, row, i) != 1))
            continue;
        fprintf(w->file, "%s%s%s", first ? "" : " ", prefix,
                w->targets > 1 ? gd_table_name(t, i) : gd_table_text(t, row, i, buffer));
        first = false;
    }
    const char *text = gd_table_text(t, row, words, buffer);
    for (size_t n; text += strspn(text, blanks), (n = strcspn(text, blanks)) > 0; text += n) {
        fprintf(w->file, "%s%.*s", first ? "" : " ", (int)n, text);
        first = false;
    }
    putc('\n', w->file);
}

gd_status gd__write_fasttext(const gd__writing *w)
{
    int words = find_words(w);
    if (words < 0 || !check_labels(w) || !check_words(w, words))
        return GD_ERROR_VALUE;
    for (int64_t i = 0; i < w->count && !ferror(w->file); ++i)
        write_row(w, gd__written_row(w, i), words);
    return GD_OK;
}
