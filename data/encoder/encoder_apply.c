/* Encoding the rows of a table. Columns are found by name, and levels are looked up once for each
 * table. Then each column writes its features to a block of rows, which stays in the cache. */
#include "data/encoder/encoder.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 64 }; /* rows */

/* Where a part finds its values. */
typedef struct gd__place_of_part source;
struct gd__place_of_part {
    int column;        /* of the table; -1: a sparse table without it, where all values are 0 */
    int64_t *level_of; /* [codes]: the part's level of each level of the column, -1: unknown */
    int64_t codes;     /* level_of is NULL if the column has kept only numbers, or is absent */
};

static bool fail_memory(void)
{
    return gd__fail_false(GD_ERROR_MEMORY, "encoder_apply: no memory");
}

/* ---- where columns are ---- */

static bool fail_missing(const gd__encoding *a)
{
    char names[360] = "";
    size_t used = 0;
    int named = 0, missing = 0;
    for (int i = 0; i < a->encoder->count; ++i) {
        const char *name = gd__level_text(&a->encoder->names, i);
        if (gd_table_find(a->table, name) >= 0)
            continue;
        size_t length = strlen(name);
        if (named == missing && used + length + 5 <= sizeof names) {
            used += (size_t)snprintf(names + used, sizeof names - used, "%s\"%s\"",
                                     named > 0 ? ", " : "", name);
            ++named;
        }
        ++missing;
    }
    char more[32] = "";
    if (missing > named)
        snprintf(more, sizeof more, " and %d more", missing - named);
    return gd__fail_false(GD_ERROR_ARGUMENT, "%.80s: missing column%s: %s%s",
                          gd_table_path(a->table), missing > 1 ? "s" : "", names, more);
}

/* The level that is this text, byte for byte; -1: none. */
static int64_t find_level(const gd__part *part, const char *text)
{
    return gd__levels_find(&part->levels, text, strlen(text));
}

static bool map_levels(const gd__encoding *a, const gd__part *part, source *s)
{
    const gd__levels *levels = &a->table->column[s->column].levels;
    int64_t codes = levels->count;
    s->level_of = gd_allocate((size_t)codes * sizeof *s->level_of);
    if (s->level_of == NULL)
        return fail_memory();
    s->codes = codes;
    for (int64_t i = 0; i < codes; ++i)
        s->level_of[i] = find_level(part, gd__level_text(levels, i));
    return true;
}

static bool find_source(gd__encoding *a, int index)
{
    const gd__part *part = &a->encoder->parts[index];
    const char *name = gd__level_text(&a->encoder->names, index);
    source *s = &a->sources[index];
    s->column = gd_table_find(a->table, name);
    if (s->column < 0)
        return (a->encoder->sparse && gd_table_is_sparse(a->table)) || fail_missing(a);
    a->unknown += a->rows == NULL ? a->table->column[s->column].late_texts : 0;
    if (gd_table_kind(a->table, s->column) == GD_COLUMN_WORDS && part->kind != GD_ENCODED_WORDS)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              "%s: the column \"%.80s\" holds lines of words; it held %s where the "
                              "encoder learnt",
                              gd_table_path(a->table), name,
                              part->kind == GD_ENCODED_NUMBER ? "numbers" : "categories");
    return part->kind != GD_ENCODED_LEVELS || gd_table_level_count(a->table, s->column) < 0 ||
           map_levels(a, part, s);
}

static bool find_sources(gd__encoding *a)
{
    size_t size = (size_t)a->encoder->count * sizeof *a->sources;
    a->sources = gd_allocate(size);
    if (a->sources == NULL)
        return fail_memory();
    memset(a->sources, 0, size);
    for (int i = 0; i < a->encoder->count; ++i)
        if (!find_source(a, i))
            return false;
    return true;
}

bool gd__encoding_open(gd__encoding *a, const gd_encoder *encoder, const gd_table *table,
                       const gd_tensor *rows)
{
    *a = (gd__encoding){.encoder = encoder,
                        .table = table,
                        .rows = rows,
                        .count = gd__chosen_count("encoder_apply", table, rows)};
    if (a->count >= 0 && find_sources(a))
        return true;
    gd__encoding_close(a);
    return false;
}

void gd__encoding_close(gd__encoding *a)
{
    for (int i = 0; a->sources != NULL && i < a->encoder->count; ++i)
        gd_free(a->sources[i].level_of,
                (size_t)a->sources[i].codes * sizeof *a->sources[i].level_of);
    gd_free(a->sources, (size_t)a->encoder->count * sizeof *a->sources);
    a->sources = NULL;
}

/* ---- one column of a block of rows ---- */

static float *features_of(const gd__encoding *a, const gd__part *part, int64_t i)
{
    return (float *)a->x->data + (i - a->first) * a->encoder->features.count + part->first;
}

/* A missing number is encoded as the mean, which is 0. A text is, too: one odd cell is no reason
 * to refuse the others. */
static void put_numbers(gd__encoding *a, const gd__part *part, const source *s, int64_t begin,
                        int64_t end)
{
    for (int64_t i = begin; i < end; ++i) {
        int64_t row = gd__chosen_row(a->rows, i);
        float *x = features_of(a, part, i);
        double number = s->column >= 0 ? gd_table_number(a->table, row, s->column) : 0;
        if (isnan(number)) {
            a->unknown += gd_table_code(a->table, row, s->column) >= 0;
            if (part->missing)
                x[1] = 1;
            continue;
        }
        double value = gd__standardised(part, number);
        x[0] = (float)(value < part->least ? part->least : value > part->most ? part->most : value);
    }
}

enum { MISSING = -2 };

/* The level of a row's cell; -1: unknown; MISSING. */
static int64_t level_of(const gd__encoding *a, const gd__part *part, const source *s, int64_t row)
{
    char buffer[GD_NUMBER_TEXT];
    if (s->level_of != NULL) {
        int32_t code = gd__level_of(&a->table->column[s->column], row);
        return code >= 0 ? s->level_of[code] : MISSING;
    }
    const char *text = s->column >= 0 ? gd_table_text(a->table, row, s->column, buffer) : "0";
    return text[0] != '\0' ? find_level(part, text) : MISSING;
}

static void put_levels(gd__encoding *a, const gd__part *part, const source *s, int64_t begin,
                       int64_t end)
{
    for (int64_t i = begin; i < end; ++i) {
        float *x = features_of(a, part, i);
        int64_t level = level_of(a, part, s, gd__chosen_row(a->rows, i));
        if (level >= 0)
            x[level] = 1;
        else if (level != MISSING)
            ++a->unknown;
        else if (part->missing)
            x[part->levels.count] = 1;
    }
}

static void put_words(const gd__encoding *a, const gd__part *part, const source *s, int64_t begin,
                      int64_t end)
{
    char buffer[GD_NUMBER_TEXT];
    for (int64_t i = begin; i < end && s->column >= 0; ++i) {
        const char *at = gd_table_text(a->table, gd__chosen_row(a->rows, i), s->column, buffer);
        for (size_t length; (length = gd__next_word(&at)) > 0; at += length) {
            int64_t word = gd__levels_find(&part->levels, at, length);
            if (word >= 0)
                features_of(a, part, i)[word] = 1;
        }
    }
}

static void put_missing(const gd__encoding *a, const gd__part *part, const source *s, int64_t begin,
                        int64_t end)
{
    for (int64_t i = begin; i < end && s->column >= 0; ++i) {
        int64_t row = gd__chosen_row(a->rows, i);
        bool missing = gd_table_code(a->table, row, s->column) < 0 &&
                       isnan(gd_table_number(a->table, row, s->column));
        features_of(a, part, i)[0] = missing;
    }
}

static void put_part(gd__encoding *a, int index, int64_t begin, int64_t end)
{
    const gd__part *part = &a->encoder->parts[index];
    const source *s = &a->sources[index];
    switch (part->kind) {
    case GD_ENCODED_NUMBER:
        put_numbers(a, part, s, begin, end);
        break;
    case GD_ENCODED_LEVELS:
        put_levels(a, part, s, begin, end);
        break;
    case GD_ENCODED_WORDS:
        put_words(a, part, s, begin, end);
        break;
    default:
        put_missing(a, part, s, begin, end);
    }
}

int64_t gd_encoder_cut_off(const gd_encoder *encoder, const gd_table *table, const gd_tensor *rows,
                           int64_t *row, int *column)
{
    int64_t count = 0, n = rows != NULL ? rows->shape[0] : gd_table_rows(table);
    for (int i = 0; i < encoder->count; ++i) {
        const gd__part *part = &encoder->parts[i];
        int at = gd_table_find(table, gd__level_text(&encoder->names, i));
        for (int64_t k = 0; part->kind == GD_ENCODED_NUMBER && at >= 0 && k < n; ++k) {
            int64_t here = gd__chosen_row(rows, k);
            double number = gd_table_number(table, here, at);
            double x = gd__standardised(part, number);
            if (!(x < part->least || x > part->most))
                continue;
            if (count++ == 0 || here < *row) {
                *row = here;
                *column = at;
            }
        }
    }
    return count;
}

gd_tensor *gd__encoding_rows(gd__encoding *a, int64_t first, int64_t count)
{
    int64_t unknown = a->unknown, end = first + count;
    a->x = gd_tensor_create(GD_F32, GD_DIMS(count, a->encoder->features.count));
    a->first = first;
    for (int64_t begin = first; a->x != NULL && begin < end; begin += BLOCK)
        for (int i = 0; i < a->encoder->count; ++i)
            put_part(a, i, begin, end - begin < BLOCK ? end : begin + BLOCK);
    if (first < a->counted)
        a->unknown = unknown;
    else
        a->counted = end;
    return a->x;
}

gd_tensor *gd_encoder_apply(const gd_encoder *encoder, const gd_table *table, const gd_tensor *rows,
                            int64_t *unknown)
{
    gd__encoding a;
    if (encoder == NULL || table == NULL)
        return gd__fail_null("encoder_apply: the encoder or the table is NULL");
    if (!gd__encoding_open(&a, encoder, table, rows))
        return NULL;
    gd_tensor *x = gd__encoding_rows(&a, 0, a.count);
    gd__encoding_close(&a);
    if (x != NULL && unknown != NULL)
        *unknown = a.unknown;
    return x;
}
