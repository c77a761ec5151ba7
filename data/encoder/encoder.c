/* An encoder: its parts, their features, and the words and cells that both its halves read. */
#include "data/encoder/encoder.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- its memory ---- */

gd_encoder *gd__encoder_create(int most)
{
    gd_encoder *e = gd__allocate(sizeof *e);
    gd__part *parts = gd__allocate((size_t)most * sizeof *parts);
    if (e == NULL || parts == NULL) {
        gd__free(e, sizeof *e);
        gd__free(parts, (size_t)most * sizeof *parts);
        return gd__fail_memory("encoder: no memory");
    }
    *e = (gd_encoder){.most = most, .parts = parts};
    return e;
}

void gd_encoder_destroy(gd_encoder *e)
{
    if (e == NULL)
        return;
    for (int i = 0; i < e->count; ++i)
        gd__levels_destroy(&e->parts[i].levels);
    gd__levels_destroy(&e->names);
    gd__levels_destroy(&e->notes);
    gd__free(e->features, e->features_size);
    gd__free(e->feature, (size_t)e->width * sizeof *e->feature);
    gd__free(e->parts, (size_t)e->most * sizeof *e->parts);
    gd__free(e, sizeof *e);
}

/* ---- its parts ---- */

static bool fail_memory(void)
{
    return gd__fail_false(GD_ERROR_MEMORY, "encoder: no memory");
}

gd__part *gd__encoder_add(gd_encoder *e, const char *name, gd_encoded_kind kind)
{
    if (gd__levels_find(&e->names, name, strlen(name)) >= 0)
        return gd__fail_null("encoder: there are two columns \"%.80s\"", name);
    if (gd__levels_add(&e->names, name, strlen(name)) < 0)
        return gd__fail_memory("encoder: no memory");
    gd__part *part = &e->parts[e->count++];
    *part = (gd__part){.kind = kind};
    return part;
}

bool gd__part_add_level(gd__part *part, const char *text)
{
    if (gd__levels_find(&part->levels, text, strlen(text)) >= 0)
        return gd__fail_false(GD_ERROR_VALUE, "encoder: the level \"%.80s\" occurs twice", text);
    return gd__levels_add(&part->levels, text, strlen(text)) >= 0 || fail_memory();
}

bool gd__encoder_note(gd_encoder *e, const char *text)
{
    return gd__levels_find(&e->notes, text, strlen(text)) >= 0 ||
           gd__levels_add(&e->notes, text, strlen(text)) >= 0 || fail_memory();
}

/* ---- its features ---- */

/* Numbers a part's features and tells how many bytes their names take. */
static void count_features(gd_encoder *e, int index)
{
    gd__part *part = &e->parts[index];
    size_t length = strlen(gd__level_text(&e->names, index));
    part->first = e->width;
    if (part->kind == GD_ENCODED_NUMBER) {
        ++e->width;
        e->features_size += length + 1;
    }
    for (int64_t i = 0; i < part->levels.count; ++i)
        e->features_size += length + strlen(gd__level_text(&part->levels, i)) + sizeof "=";
    e->width += part->levels.count + part->missing;
    e->features_size += part->missing ? length + sizeof " missing" : 0;
}

static void name_feature(gd_encoder *e, int64_t feature, const char *name, const char *mark,
                         const char *level)
{
    size_t at = feature > 0 ? e->feature[feature - 1] : 0;
    at += feature > 0 ? strlen(e->features + at) + 1 : 0;
    e->feature[feature] = at;
    snprintf(e->features + at, e->features_size - at, "%s%s%s", name, mark, level);
}

static void name_features(gd_encoder *e, int index)
{
    const gd__part *part = &e->parts[index];
    const char *name = gd__level_text(&e->names, index);
    int64_t next = part->first;
    if (part->kind == GD_ENCODED_NUMBER)
        name_feature(e, next++, name, "", "");
    for (int64_t i = 0; i < part->levels.count; ++i)
        name_feature(e, next++, name, "=", gd__level_text(&part->levels, i));
    if (part->missing)
        name_feature(e, next, name, " missing", "");
}

bool gd__encoder_finish(gd_encoder *e)
{
    for (int i = 0; i < e->count; ++i)
        count_features(e, i);
    e->features = gd__allocate(e->features_size);
    e->feature = gd__allocate((size_t)e->width * sizeof *e->feature);
    if (e->features == NULL || e->feature == NULL)
        return fail_memory();
    for (int i = 0; i < e->count; ++i)
        name_features(e, i);
    return true;
}

int64_t gd_encoder_width(const gd_encoder *e)
{
    return e != NULL ? e->width : 0;
}

const char *gd_encoder_feature(const gd_encoder *e, int64_t index)
{
    return e != NULL && index >= 0 && index < e->width ? e->features + e->feature[index] : NULL;
}

bool gd_encoder_column(const gd_encoder *e, int64_t index, gd_encoded_column *column)
{
    if (e == NULL || index < 0 || index >= e->count)
        return false;
    const gd__part *part = &e->parts[index];
    int64_t end = index + 1 < e->count ? part[1].first : e->width;
    *column = (gd_encoded_column){.name = gd__level_text(&e->names, index),
                                  .kind = part->kind,
                                  .missing = part->missing,
                                  .mean = part->mean,
                                  .deviation = part->deviation,
                                  .least = part->least,
                                  .most = part->most,
                                  .levels = part->levels.count,
                                  .first = part->first,
                                  .features = end - part->first};
    return true;
}

const char *gd_encoder_level(const gd_encoder *e, int64_t index, int64_t level)
{
    bool there = e != NULL && index >= 0 && index < e->count && level >= 0 &&
                 level < e->parts[index].levels.count;
    return there ? gd__level_text(&e->parts[index].levels, level) : NULL;
}

const char *gd_encoder_note(const gd_encoder *e, int64_t index)
{
    return e != NULL && index >= 0 && index < e->notes.count ? gd__level_text(&e->notes, index)
                                                             : NULL;
}

/* ---- reading a table ---- */

int64_t gd__chosen_count(const char *function, const gd_table *table, const gd_tensor *rows)
{
    if (rows == NULL)
        return gd_table_rows(table);
    return gd__are_rows(function, rows, gd_table_rows(table)) ? rows->shape[0] : -1;
}

/* Whether something that is known of a column's cells is about this row. */
static bool is_in_row(const gd_table *table, const gd__remark *remark, int64_t row)
{
    int64_t line = remark->place.line;
    return remark->there && line > 0 && gd_table_line(table, row) <= line &&
           (row + 1 == gd_table_rows(table) || line < gd_table_line(table, row + 1));
}

bool gd__fail_cell(const gd_table *table, int64_t row, int column, const char *expected)
{
    const gd__column *c = &table->column[column];
    if (is_in_row(table, &c->first_text, row))
        return gd__table_fail_remark(table, column, &c->first_text);
    if (is_in_row(table, &c->first_infinite, row))
        return gd__table_fail_remark(table, column, &c->first_infinite);
    char buffer[GD_NUMBER_TEXT];
    return gd__table_fail(table, gd__table_place(table, row),
                          "%s is expected in column \"%.80s\", found \"%.40s\"", expected,
                          gd_table_name(table, column), gd_table_text(table, row, column, buffer));
}

bool gd__read_numbers(const gd_table *table, int column, const gd_tensor *rows, int64_t begin,
                      int64_t end, double *numbers)
{
    const gd__column *c = &table->column[column];
    if (c->numbers && c->first_text.there) /* which cells were texts is not known any more */
        return gd__table_fail_remark(table, column, &c->first_text);
    for (int64_t i = begin; i < end; ++i) {
        int64_t row = gd__chosen_row(rows, i);
        double number = gd_table_number(table, row, column);
        if (isnan(number) && gd_table_code(table, row, column) >= 0)
            return gd__fail_cell(table, row, column, "a number");
        numbers[i - begin] = number;
    }
    return true;
}

float gd__standardised(const gd__part *part, double number)
{
    double x = (number - part->mean) / part->deviation;
    return (float)(x < part->least ? part->least : x > part->most ? part->most : x);
}

size_t gd__next_word(const char **at)
{
    *at += strspn(*at, " \t\r\n\v\f");
    return strcspn(*at, " \t\r\n\v\f");
}
