/* Levels and words: which there are, in how many rows, and which of them become features. */
#include "data/encoder/encoder_fit.h"
#include "tensor/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_ROWS = 2, /* a level or word of fewer says nothing that could be learnt */
    MOST_LEVELS = 1000,
    MOST_WORDS = 5000
};

typedef struct tally {
    const char *text;
    int64_t rows, at; /* how many have it, and its place in the order */
} tally;

typedef struct tallies {
    tally *all; /* [count], of `most` */
    int64_t count, most;
    int64_t missing;  /* rows */
    gd__levels texts; /* that are not the table's */
} tallies;

static bool fail_memory(void)
{
    return gd__fail_false(GD_ERROR_MEMORY, "encoder_fit: no memory");
}

static bool allocate_tallies(tallies *t, int64_t most)
{
    t->all = gd__allocate((size_t)most * sizeof *t->all);
    if (t->all == NULL)
        return fail_memory();
    t->most = t->count = most;
    memset(t->all, 0, (size_t)most * sizeof *t->all);
    return true;
}

static void free_tallies(tallies *t)
{
    gd__free(t->all, (size_t)t->most * sizeof *t->all);
    gd__levels_destroy(&t->texts);
}

static bool tally_texts(const gd__learner *l, tallies *t)
{
    if (!allocate_tallies(t, gd_table_level_count(l->table, l->column)))
        return false;
    for (int64_t i = 0; i < t->count; ++i)
        t->all[i] = (tally){.text = gd_table_level(l->table, l->column, i), .at = i};
    for (int64_t i = 0; i < l->n; ++i) {
        int64_t code = gd_table_code(l->table, gd__chosen_row(l->rows, i), l->column);
        if (code >= 0)
            ++t->all[code].rows;
        else
            ++t->missing;
    }
    return true;
}

/* The different texts of a column of numbers, with their values; where it has kept just numbers,
 * their shortest texts. */
static bool list_numbers(const gd__learner *l, gd__levels *texts)
{
    char buffer[GD_NUMBER_TEXT];
    for (int64_t i = 0; i < l->n; ++i) {
        int64_t row = gd__chosen_row(l->rows, i);
        const char *text = gd_table_text(l->table, row, l->column, buffer);
        size_t length = strlen(text);
        if (length == 0 || gd__levels_find(texts, text, length) >= 0)
            continue;
        int32_t level = gd__levels_add(texts, text, length);
        if (level < 0)
            return fail_memory();
        texts->level[level].value = gd_table_number(l->table, row, l->column);
    }
    return true;
}

/* How many rows have each of them, in the order of their values. */
static bool count_numbers(const gd__learner *l, tallies *t, int32_t *order)
{
    char buffer[GD_NUMBER_TEXT];
    if (order == NULL || !gd__levels_sort(&t->texts, true, order))
        return fail_memory();
    for (int64_t k = 0; k < t->count; ++k)
        t->all[order[k]] = (tally){.text = gd__level_text(&t->texts, order[k]), .at = k};
    for (int64_t i = 0; i < l->n; ++i) {
        const char *text = gd_table_text(l->table, gd__chosen_row(l->rows, i), l->column, buffer);
        if (text[0] != '\0')
            ++t->all[gd__levels_find(&t->texts, text, strlen(text))].rows;
        else
            ++t->missing;
    }
    return true;
}

static bool tally_numbers(const gd__learner *l, tallies *t)
{
    if (gd__learn_read(l) < 0 || !list_numbers(l, &t->texts) ||
        !allocate_tallies(t, t->texts.count))
        return false;
    size_t size = (size_t)t->count * sizeof(int32_t);
    int32_t *order = gd__allocate(size);
    bool counted = count_numbers(l, t, order);
    gd__free(order, size);
    return counted;
}

/* In how many rows each word is, as often as it may be there. */
static bool tally_words(const gd__learner *l, tallies *t)
{
    char buffer[32];
    for (int64_t i = 0; i < l->n; ++i) {
        const char *at = gd_table_text(l->table, gd__chosen_row(l->rows, i), l->column, buffer);
        for (size_t length; (length = gd__next_word(&at)) > 0; at += length)
            if (gd__levels_find(&t->texts, at, length) < 0 &&
                gd__levels_add(&t->texts, at, length) < 0)
                return fail_memory();
    }
    if (!allocate_tallies(t, t->texts.count))
        return false;
    for (int64_t i = 0; i < t->count; ++i) /* for a while, `at` is the last row that has it */
        t->all[i] = (tally){.text = gd__level_text(&t->texts, i), .at = -1};
    for (int64_t i = 0; i < l->n; ++i) {
        const char *at = gd_table_text(l->table, gd__chosen_row(l->rows, i), l->column, buffer);
        for (size_t length; (length = gd__next_word(&at)) > 0; at += length) {
            tally *word = &t->all[gd__levels_find(&t->texts, at, length)];
            word->rows += word->at != i;
            word->at = i;
        }
    }
    return true;
}

static int by_frequency(const void *a, const void *b)
{
    const tally *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return strcmp(x->text, y->text);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const tally *)a)->text, ((const tally *)b)->text);
}

static int by_place(const void *a, const void *b)
{
    const tally *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* Keeps those of at least LEAST_ROWS rows, at most the `most` that are most frequent. */
static void choose(tallies *t, int64_t most, int (*order)(const void *, const void *))
{
    int64_t kept = 0;
    for (int64_t i = 0; i < t->count; ++i)
        if (t->all[i].rows >= LEAST_ROWS)
            t->all[kept++] = t->all[i];
    if (kept > most) {
        qsort(t->all, (size_t)kept, sizeof *t->all, by_frequency);
        kept = most;
    }
    qsort(t->all, (size_t)kept, sizeof *t->all, order);
    t->count = kept;
}

static bool add_levels(gd__part *part, const tallies *t)
{
    for (int64_t i = 0; part != NULL && i < t->count; ++i)
        if (!gd__part_add_level(part, t->all[i].text))
            return false;
    return part != NULL;
}

static int64_t count_seen(const tallies *t)
{
    int64_t seen = 0;
    for (int64_t i = 0; i < t->count; ++i)
        seen += t->all[i].rows > 0;
    return seen;
}

/* The first text that a row has, of which there is one. */
static const char *first_seen(const tallies *t)
{
    int64_t i = 0;
    while (t->all[i].rows == 0)
        ++i;
    return t->all[i].text;
}

/* A column of numbers with a few texts among them is most likely meant as numbers. */
static bool note_numbers(const gd__learner *l, const tallies *t)
{
    char place[32];
    char buffer[GD_NUMBER_TEXT];
    int64_t numbers = 0, texts = 0, row = gd_table_first_text(l->table, l->column);
    double number;
    for (int64_t i = 0; i < t->count; ++i) {
        if (t->all[i].rows == 0)
            continue;
        if (gd__parse_number(t->all[i].text, strlen(t->all[i].text), &number) == GD__NUMBER)
            ++numbers;
        else
            ++texts;
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

/* What a column of texts of which each comes once may be, by the first of them, and what helps. */
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

static bool note_lone_levels(const gd__learner *l, const char *text, int64_t seen)
{
    return gd__learn_note(
        l, "its levels (%" PRId64 ") are not used: each is in one row only, as is \"%.*s\"; %s",
        seen, gd_utf8_cut(text, 40), text, advise(text));
}

static bool learn_tallied_levels(const gd__learner *l, tallies *t)
{
    int64_t seen = count_seen(t);
    bool missing = t->missing > 0;
    if (seen == 0)
        return gd__learn_note(l, "not used: it has no value in any row");
    if (seen == 1 && !missing)
        return gd__learn_note(l, "not used: it is the same in all rows");
    if (gd_table_kind(l->table, l->column) == GD_COLUMN_TEXTS && !note_numbers(l, t))
        return false;
    const char *first = first_seen(t);
    choose(t, MOST_LEVELS, by_place);
    if (t->count == 0)
        return note_lone_levels(l, first, seen) && gd__learn_missing(l, missing);
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
    bool texts = gd_table_kind(l->table, l->column) == GD_COLUMN_TEXTS;
    bool ok = (texts ? tally_texts(l, &t) : tally_numbers(l, &t)) && learn_tallied_levels(l, &t);
    free_tallies(&t);
    return ok;
}

bool gd__learn_words(const gd__learner *l)
{
    tallies t = {0};
    bool ok = tally_words(l, &t);
    int64_t seen = t.count;
    if (ok) {
        choose(&t, MOST_WORDS, by_text);
        if (t.count == 0)
            ok = gd__learn_note(l, "its words (%" PRId64 ") are not used: none is in two rows",
                                seen);
        else
            ok = gd__learn_note(l,
                                "%" PRId64 " of %" PRId64
                                " words are used, the most frequent ones of at "
                                "least %d rows",
                                t.count, seen, LEAST_ROWS) &&
                 add_levels(gd__learn_part(l, GD_ENCODED_WORDS, false), &t);
    }
    free_tallies(&t);
    return ok;
}
