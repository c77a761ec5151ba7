/* Levels and words: how many rows have each, and which of them become features. */
#include "data/encoder/encoder_fit.h"

#include <inttypes.h>
#include <string.h>

enum {
    LEAST_ROWS = 2, /* nothing can be learnt from a level or word of fewer rows */
    MOST_LEVELS = 1000,
    MOST_WORDS = 5000
};

/* ---- counting ---- */

/* A level or a word. */
typedef struct tally {
    const char *text;
    double place; /* orders levels: the value of a number, the rank of a text; 0 for words */
    int64_t rows, last_row;
} tally;

typedef struct tallies {
    gd__levels texts;
    tally *all; /* [count], memory for `room`; in the order of `texts` until they are chosen */
    int64_t count;
    int room;
    int64_t missing; /* rows */
} tallies;

static bool fail_memory(void)
{
    return gd__fail_false(GD_ERROR_MEMORY, "encoder_fit: no memory");
}

static void free_tallies(tallies *t)
{
    gd_free(t->all, (size_t)t->room * sizeof *t->all);
    gd__levels_destroy(&t->texts);
}

/* Counts a row for a text, once. False with a message: no memory. */
static bool count_text(tallies *t, const char *text, size_t length, double place, int64_t row)
{
    int32_t i = gd__levels_find_or_add(&t->texts, text, length);
    if (i < 0)
        return fail_memory();
    if (i == t->room) {
        tally *longer = gd__lengthened(t->all, &t->room, sizeof *longer, 64);
        if (longer == NULL)
            return fail_memory();
        t->all = longer;
    }
    if (i == t->count) {
        t->all[i] = (tally){.text = gd__level_text(&t->texts, i), .place = place, .last_row = -1};
        ++t->count;
    }
    t->all[i].rows += t->all[i].last_row != row;
    t->all[i].last_row = row;
    return true;
}

static bool count_levels(const gd__learner *l, tallies *t)
{
    char buffer[GD_NUMBER_TEXT];
    bool texts = gd_table_kind(l->table, l->column) == GD_COLUMN_TEXTS;
    if (!texts && gd__learn_read(l) < 0)
        return false;
    for (int64_t i = 0; i < l->n; ++i) {
        int64_t row = gd__chosen_row(l->rows, i);
        const char *text = gd_table_text(l->table, row, l->column, buffer);
        double place = texts ? (double)gd_table_code(l->table, row, l->column)
                             : gd_table_number(l->table, row, l->column);
        if (text[0] == '\0')
            ++t->missing;
        else if (!count_text(t, text, strlen(text), place, i))
            return false;
    }
    return true;
}

static bool count_words(const gd__learner *l, tallies *t)
{
    char buffer[GD_NUMBER_TEXT];
    for (int64_t i = 0; i < l->n; ++i) {
        const char *at = gd_table_text(l->table, gd__chosen_row(l->rows, i), l->column, buffer);
        for (size_t length; (length = gd__next_word(&at)) > 0; at += length)
            if (!count_text(t, at, length, 0, i))
                return false;
    }
    return true;
}

/* ---- choosing ---- */

static int by_frequency(const void *a, const void *b)
{
    const tally *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return strcmp(x->text, y->text);
}

static int by_place(const void *a, const void *b)
{
    const tally *x = a, *y = b;
    return x->place != y->place ? (x->place > y->place) - (x->place < y->place)
                                : strcmp(x->text, y->text);
}

/* Keeps those of at least LEAST_ROWS rows, at most the `most` most frequent ones. */
static void choose(tallies *t, int64_t most)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < t->count; ++i)
        if (t->all[i].rows >= LEAST_ROWS)
            t->all[kept++] = t->all[i];
    if (kept > most) {
        gd__sort(t->all, (size_t)kept, sizeof *t->all, by_frequency);
        kept = most;
    }
    gd__sort(t->all, (size_t)kept, sizeof *t->all, by_place);
    t->count = kept;
}

static bool add_levels(gd__part *part, const tallies *t)
{
    for (int64_t i = 0; part != NULL && i < t->count; ++i)
        if (!gd__part_add_level(part, t->all[i].text))
            return false;
    return part != NULL;
}

/* ---- notes ---- */

/* Notes a column of numbers with a few texts among them, which was probably meant as numbers. */
static bool note_numbers(const gd__learner *l, const tallies *t)
{
    char place[32];
    char buffer[GD_NUMBER_TEXT];
    int64_t numbers = 0, texts = 0, row = gd_table_first_text(l->table, l->column);
    double number;
    for (int64_t i = 0; i < t->count; ++i) {
        const char *text = t->all[i].text;
        bool is_number = gd__parse_number(text, strlen(text), &number) == GD__NUMBER;
        ++*(is_number ? &numbers : &texts);
    }
    if (numbers <= texts || texts == 0)
        return true;
    const char *text = gd_table_text(l->table, row, l->column, buffer);
    return gd__learn_note(l,
                          "taken as categories: \"%.*s\" in %s is no number, but %" PRId64
                          " of %" PRId64
                          " different texts are; --missing or --numeric decides otherwise",
                          gd_utf8_cut(text, 40), text, gd_table_row_name(l->table, row, place),
                          numbers, numbers + texts);
}

/* What to do about a column in which each text occurs once, judged by one of them. */
static const char *advise(const char *text)
{
    double number;
    bool digit = strpbrk(text, "0123456789") != NULL;
    if (gd__parse_number(text, strlen(text), &number) != GD__NO_NUMBER)
        return "without --categorical its numbers are used as such";
    if (strpbrk(text, " \t\n") != NULL)
        return "--text makes features of their words";
    return digit ? "dates, and numbers with other characters, are texts until they are converted "
                   "to numbers (3.5, not $3.50)"
                 : "--drop leaves the column out";
}

/* Notes that no level occurs in two rows. */
static bool note_lone_levels(const gd__learner *l, const char *text, int64_t seen)
{
    return gd__learn_note(
        l, "its levels (%" PRId64 ") are not used: each is in one row only, as is \"%.*s\"; %s",
        seen, gd_utf8_cut(text, 40), text, advise(text));
}

/* ---- learning ---- */

/* The text with the lowest rank, or the first number that occurs: an example for a note. */
static const char *find_example(const tallies *t, bool texts)
{
    const tally *first = &t->all[0];
    for (int64_t i = 1; i < t->count && texts; ++i)
        first = t->all[i].place < first->place ? &t->all[i] : first;
    return first->text;
}

static bool learn_counted_levels(const gd__learner *l, tallies *t)
{
    int64_t seen = t->count;
    bool missing = t->missing > 0;
    bool texts = gd_table_kind(l->table, l->column) == GD_COLUMN_TEXTS;
    if (seen == 0)
        return gd__learn_note(l, "not used: it has no value in any row");
    if (seen == 1 && !missing)
        return gd__learn_note(l, "not used: it is the same in all rows");
    if (texts && !note_numbers(l, t))
        return false;
    const char *example = find_example(t, texts);
    choose(t, MOST_LEVELS);
    if (t->count == 0)
        return note_lone_levels(l, example, seen) && gd__learn_missing(l, missing);
    if (t->count < seen &&
        !gd__learn_note(l,
                        "%" PRId64 " of %" PRId64 " levels are used, the most frequent "
                        "ones of at least %d rows",
                        t->count, seen, LEAST_ROWS))
        return false;
    return add_levels(gd__learn_part(l, GD_ENCODED_LEVELS, missing), t);
}

bool gd__learn_levels(const gd__learner *l)
{
    tallies t = {0};
    bool learnt = count_levels(l, &t) && learn_counted_levels(l, &t);
    free_tallies(&t);
    return learnt;
}

static bool learn_counted_words(const gd__learner *l, tallies *t)
{
    int64_t seen = t->count;
    choose(t, MOST_WORDS);
    if (t->count == 0)
        return gd__learn_note(l, "its words (%" PRId64 ") are not used: none is in two rows", seen);
    return gd__learn_note(l,
                          "%" PRId64 " of %" PRId64 " words are used, the most frequent ones of at "
                          "least %d rows",
                          t->count, seen, LEAST_ROWS) &&
           add_levels(gd__learn_part(l, GD_ENCODED_WORDS, false), t);
}

bool gd__learn_words(const gd__learner *l)
{
    tallies t = {0};
    bool learnt = count_words(l, &t) && learn_counted_words(l, &t);
    free_tallies(&t);
    return learnt;
}
