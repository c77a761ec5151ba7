/* An encoder: its parts, their features, and what learning and applying share. */
#include "data/encoder/encoder.h"

#include <string.h>

/* ---- memory ---- */

static bool fail_memory(void)
{
    return gd__fail_false(GD_ERROR_MEMORY, "encoder: no memory");
}

gd_encoder *gd__encoder_create(int most)
{
    gd_encoder *e = gd_allocate(sizeof *e);
    if (e == NULL)
        return gd__fail_memory("encoder: no memory");
    *e = (gd_encoder){.most = most, .parts = gd_allocate((size_t)most * sizeof(gd__part))};
    if (e->parts != NULL)
        return e;
    gd_encoder_destroy(e);
    return gd__fail_memory("encoder: no memory");
}

void gd_encoder_destroy(gd_encoder *e)
{
    if (e == NULL)
        return;
    for (int i = 0; i < e->count; ++i)
        gd__levels_destroy(&e->parts[i].levels);
    gd__levels_destroy(&e->names);
    gd__levels_destroy(&e->notes);
    gd__levels_destroy(&e->features);
    gd_free(e->parts, (size_t)e->most * sizeof *e->parts);
    gd_free(e, sizeof *e);
}

/* ---- parts ---- */

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
    return gd__levels_find_or_add(&e->notes, text, strlen(text)) >= 0 || fail_memory();
}

/* ---- features ---- */

static bool add_feature(gd_encoder *e, const char *column, const char *mark, const char *level)
{
    size_t size = strlen(column) + strlen(mark) + strlen(level) + 1;
    char *name = gd_allocate(size);
    bool added = name != NULL;
    if (added) {
        snprintf(name, size, "%s%s%s", column, mark, level);
        added = gd__levels_add(&e->features, name, size - 1) >= 0;
    }
    gd_free(name, size);
    return added;
}

bool gd__encoder_finish(gd_encoder *e)
{
    bool added = true;
    for (int i = 0; i < e->count && added; ++i) {
        gd__part *part = &e->parts[i];
        const char *column = gd__level_text(&e->names, i);
        part->first = e->features.count;
        if (part->kind == GD_ENCODED_NUMBER)
            added = add_feature(e, column, "", "");
        for (int64_t k = 0; k < part->levels.count && added; ++k)
            added = add_feature(e, column, "=", gd__level_text(&part->levels, k));
        if (part->missing && added)
            added = add_feature(e, column, " missing", "");
    }
    return added || fail_memory();
}

int64_t gd_encoder_width(const gd_encoder *e)
{
    return e != NULL ? e->features.count : 0;
}

/* Text number `index`; NULL: there is none. */
static const char *text_at(const gd__levels *texts, int64_t index)
{
    return index >= 0 && index < texts->count ? gd__level_text(texts, index) : NULL;
}

const char *gd_encoder_feature(const gd_encoder *e, int64_t index)
{
    return e != NULL ? text_at(&e->features, index) : NULL;
}

bool gd_encoder_column(const gd_encoder *e, int64_t index, gd_encoded_column *column)
{
    if (e == NULL || index < 0 || index >= e->count)
        return false;
    const gd__part *part = &e->parts[index];
    int64_t end = index + 1 < e->count ? part[1].first : e->features.count;
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
    bool exists = e != NULL && index >= 0 && index < e->count;
    return exists ? text_at(&e->parts[index].levels, level) : NULL;
}

const char *gd_encoder_note(const gd_encoder *e, int64_t index)
{
    return e != NULL ? text_at(&e->notes, index) : NULL;
}

/* ---- reading a table ---- */

int64_t gd__chosen_count(const char *function, const gd_table *table, const gd_tensor *rows)
{
    if (rows == NULL)
        return table->rows;
    return gd__are_rows(function, rows, table->rows) ? rows->shape[0] : -1;
}

/* Whether a remark about a column's cells is about this row. */
static bool is_in_row(const gd_table *table, const gd__remark *remark, int64_t row)
{
    int64_t line = remark->place.line;
    return remark->there && line > 0 && gd_table_line(table, row) <= line &&
           (row + 1 == table->rows || line < gd_table_line(table, row + 1));
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

size_t gd__next_word(const char **at)
{
    *at += strspn(*at, " \t\r\n\v\f");
    return strcspn(*at, " \t\r\n\v\f");
}
