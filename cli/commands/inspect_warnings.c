/* gradus inspect: finds likely problems of a table. */
#include "cli/commands/inspect.h"
#include "cli/system/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW_ROWS = 20,  /* with fewer, much is so by chance */
    SAMPLE = 1000,  /* rows that are looked at before all others */
    MOST_SHOWN = 40 /* bytes of a text */
};

typedef struct search {
    const gd_table *table;
    int64_t rows;
    int target;       /* the only one; -1 */
    const bool *used; /* by a model; NULL: any may be */
    gd_json *warnings;
} search;

__attribute__((format(printf, 4, 5))) static void warn(search *s, int column, const char *kind,
                                                       const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    message[gd_utf8_cut(message, sizeof message - 2)] = '\0';
    gd_json *warning = gd_json_object();
    gd_json_set(warning, "column", gd_json_string(gd_table_name(s->table, column)));
    gd_json_set(warning, "kind", gd_json_string(kind));
    gd_json_set(warning, "message", gd_json_string(message));
    gd_json_append(s->warnings, warning);
}

/* Whether it makes sense to advise that the column be left out. */
static bool may_be_used(const search *s, int column)
{
    return s->used == NULL || s->used[column];
}

/* ---- one column by itself ---- */

/* Numbers with a few texts between them are mostly texts that stand for nothing. */
static void check_stray_texts(search *s, int column)
{
    int64_t numbers = 0, texts = 0, first = -1;
    for (int64_t row = 0; row < s->rows; ++row) {
        if (gd_table_code(s->table, row, column) < 0)
            continue;
        bool text = isnan(gd_table_number(s->table, row, column));
        first = text && first < 0 ? row : first;
        texts += text;
        numbers += !text;
    }
    if (texts == 0 || numbers < 9 * texts)
        return;
    char buffer[32], place[32];
    const char *text = gd_table_text(s->table, first, column, buffer);
    warn(s, column, "stray_text",
         "\"%s\": %" PRId64 " of %" PRId64 " cells are numbers, but \"%.*s\" in %s is not; if it "
         "marks a missing value, name it with --missing",
         gd_table_name(s->table, column), numbers, numbers + texts, gd_utf8_cut(text, MOST_SHOWN),
         text, gd_table_row_name(s->table, first, place));
}

static void check_column(search *s, int column)
{
    const char *name = gd_table_name(s->table, column);
    int64_t levels = gd_table_level_count(s->table, column),
            missing = gd_table_missing(s->table, column), known = s->rows - missing;
    gd_column_kind kind = gd_table_kind(s->table, column);
    if (known == 0)
        warn(s, column, "empty", "\"%s\" is missing in every row", name);
    else if (levels == 1 && s->rows > 1 && missing == 0)
        warn(s, column, "constant", "\"%s\" is \"%.*s\" in every row", name,
             gd_utf8_cut(gd_table_level(s->table, column, 0), MOST_SHOWN),
             gd_table_level(s->table, column, 0));
    else if (missing > s->rows / 2)
        warn(s, column, "missing", "\"%s\" is missing in %" PRId64 " of %" PRId64 " rows", name,
             missing, s->rows);
    if (kind != GD_COLUMN_TEXTS || known == 0)
        return;
    if (column != s->target && may_be_used(s, column) && known >= FEW_ROWS && levels > known / 2)
        warn(s, column, "unique",
             "\"%s\" has %" PRId64 " different texts in %" PRId64
             " rows: if they identify the rows, use --id, else --drop",
             name, levels, known);
    check_stray_texts(s, column);
}

/* ---- the target ---- */

/* A class that has less than a fifth of an equal share. */
static void check_balance(search *s)
{
    int64_t classes = gd_table_level_count(s->table, s->target), rarest = -1;
    int64_t *counts = cli_count_levels(s->table, s->target);
    for (int64_t k = 0; k < classes; ++k)
        if (counts[k] > 0 && (rarest < 0 || counts[k] < counts[rarest]))
            rarest = k;
    int64_t known = s->rows - gd_table_missing(s->table, s->target);
    if (rarest >= 0 && classes > 1 && 5 * classes * counts[rarest] < known) {
        const char *class = gd_table_level(s->table, s->target, rarest);
        warn(s, s->target, "imbalance",
             "\"%s\": the class \"%.*s\" has %" PRId64 " of %" PRId64
             " rows; consider --class-weight, and do not rely on accuracy",
             gd_table_name(s->table, s->target), gd_utf8_cut(class, MOST_SHOWN), class,
             counts[rarest], known);
    }
    free(counts);
}

/* ---- a column that determines the target ---- */

typedef struct pair {
    double x;
    int64_t class;
} pair;

static int compare(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    return x->x != y->x ? (x->x > y->x) - (x->x < y->x)
                        : (x->class > y->class) - (x->class < y->class);
}

/* How often the class changes in order of x; -1: an x comes with two classes. */
static int64_t count_changes(pair *pairs, size_t n)
{
    int64_t changes = 0;
    qsort(pairs, n, sizeof *pairs, compare);
    for (size_t i = 1; i < n; ++i) {
        if (pairs[i].class == pairs[i - 1].class)
            continue;
        if (pairs[i].x == pairs[i - 1].x)
            return -1;
        ++changes;
    }
    return changes;
}

/* The first pairs of a column and the target, at most `most`, where both are known; x is the
 * number, or the level where `levels`. */
static size_t read_pairs(const search *s, int column, bool levels, pair *pairs, size_t most)
{
    size_t n = 0;
    for (int64_t row = 0; row < s->rows && n < most; ++row) {
        int64_t class = gd_table_code(s->table, row, s->target);
        double x = levels ? (double)gd_table_code(s->table, row, column)
                          : gd_table_number(s->table, row, column);
        if (class >= 0 && !isnan(x) && !(levels && x < 0))
            pairs[n++] = (pair){x, class};
    }
    return n;
}

/* Whether x determines the class: no x comes with two classes. A number must also have one range
 * for each class: in order of x, no class comes again. More rows only add changes, so a few rows
 * usually show that x does not. */
static bool determines(const search *s, int column, bool levels, pair *pairs, int64_t *n)
{
    int64_t most = levels ? s->rows : gd_table_level_count(s->table, s->target) - 1;
    int64_t changes = count_changes(pairs, read_pairs(s, column, levels, pairs, SAMPLE));
    if (changes < 0 || changes > most)
        return false;
    *n = (int64_t)read_pairs(s, column, levels, pairs, (size_t)s->rows);
    changes = count_changes(pairs, (size_t)*n);
    return changes >= 0 && (levels || changes == most);
}

/* Pearson's correlation of a column and the target, numbers both, over the *n rows where both are
 * known. */
static double correlation(const search *s, int column, int64_t *n)
{
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    *n = 0;
    for (int64_t row = 0; row < s->rows; ++row) {
        double x = gd_table_number(s->table, row, column);
        double y = gd_table_number(s->table, row, s->target);
        if (isnan(x) || isnan(y))
            continue;
        double dx = x - mean_x, dy = y - mean_y; /* Welford's update: no cancellation */
        ++*n;
        mean_x += dx / (double)*n;
        mean_y += dy / (double)*n;
        xx += dx * (x - mean_x);
        yy += dy * (y - mean_y);
        xy += dx * (y - mean_y);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

static bool tells_class(const search *s, int column, pair *pairs, int64_t *n)
{
    int64_t levels = gd_table_level_count(s->table, column);
    bool texts = gd_table_kind(s->table, column) == GD_COLUMN_TEXTS;
    *n = 0;
    if (texts && (levels < 2 || levels > s->rows / 4)) /* many levels have one row each */
        return false;
    return determines(s, column, texts, pairs, n);
}

/* pairs [rows]; NULL where the target is an amount. */
static void check_leak(search *s, int column, pair *pairs)
{
    int64_t n;
    if (gd_table_kind(s->table, column) == GD_COLUMN_WORDS)
        return;
    bool tells = pairs != NULL ? tells_class(s, column, pairs, &n)
                               : fabs(correlation(s, column, &n)) > 0.9999;
    if (tells && n >= FEW_ROWS && n > s->rows / 2)
        warn(s, column, "leak",
             "\"%s\" alone determines the target \"%s\": will it be known when predictions are "
             "made?",
             gd_table_name(s->table, column), gd_table_name(s->table, s->target));
}

static void check_target(search *s, const bool *targets)
{
    bool classes = gd_table_is_classes(s->table, s->target);
    pair *pairs = classes ? cli_malloc(((size_t)s->rows + 1) * sizeof *pairs) : NULL;
    if (classes)
        check_balance(s);
    bool several = !classes || gd_table_level_count(s->table, s->target) > 1;
    for (int i = 0; several && i < gd_table_columns(s->table); ++i)
        if (!targets[i] && may_be_used(s, i))
            check_leak(s, i, pairs);
    free(pairs);
}

void cli_find_warnings(const gd_table *table, const bool *targets, const bool *used,
                       gd_json *warnings)
{
    search s = {table, gd_table_rows(table), cli_only_target(table, targets), used, warnings};
    for (int i = 0; i < gd_table_columns(table); ++i)
        check_column(&s, i);
    if (s.target >= 0)
        check_target(&s, targets);
}
