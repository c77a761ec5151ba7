/* An encoder as JSON text, for a model's file:
 *     {"sparse":false,"columns":[
 *       {"name":"age","kind":"number","missing":true,"mean":29.7,"deviation":14.5},
 *       {"name":"sex","kind":"category","missing":false,"levels":["female","male"]}],"notes":[]}
 * A text that is read is believed in nothing: it is input like any other. */
#include "data/encoder.h"

#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {[GD__PART_NUMBER] = "number",
                                    [GD__PART_LEVELS] = "category",
                                    [GD__PART_WORDS] = "words",
                                    [GD__PART_MISSING] = "missing"};

/* ---- writing ---- */

static json_t *list_of(const gd__levels *texts)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < texts->count; ++i)
        if (json_array_append_new(list, json_string(gd__level_text(texts, i))) != 0) {
            json_decref(list);
            return gd__fail_null("encoder: \"%.80s\" is not UTF-8, or there is no memory",
                                 gd__level_text(texts, i));
        }
    return list;
}

static json_t *describe_part(const gd_encoder *e, int index)
{
    const gd__part *part = &e->parts[index];
    const char *name = gd__level_text(&e->names, index);
    json_t *column = json_pack("{s:s, s:s, s:b}", "name", name, "kind", kinds[part->kind],
                               "missing", part->missing);
    if (column == NULL)
        return gd__fail_null("encoder: the column's name \"%.80s\" is not UTF-8", name);
    if (part->kind == GD__PART_NUMBER) {
        json_object_set_new(column, "mean", json_real(part->mean));
        json_object_set_new(column, "deviation", json_real(part->deviation));
    } else if (part->kind != GD__PART_MISSING &&
               json_object_set_new(column, "levels", list_of(&part->levels)) != 0) {
        json_decref(column);
        return NULL;
    }
    return column;
}

static json_t *describe(const gd_encoder *e)
{
    json_t *columns = json_array(), *notes = list_of(&e->notes);
    bool ok = notes != NULL;
    for (int i = 0; ok && i < e->count; ++i)
        ok = json_array_append_new(columns, describe_part(e, i)) == 0;
    if (ok)
        return json_pack("{s:b, s:o, s:o}", "sparse", e->sparse, "columns", columns, "notes",
                         notes);
    json_decref(columns);
    json_decref(notes);
    return NULL;
}

char *gd_encoder_json(const gd_encoder *encoder)
{
    if (encoder == NULL)
        return gd__fail_null("encoder_json: the encoder is NULL");
    locale_t c_locale, before = gd__enter_c_locale(&c_locale);
    json_t *json = describe(encoder);
    char *dump = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    gd__leave_c_locale(c_locale, before);
    if (json == NULL)
        return NULL;
    size_t size = dump != NULL ? strlen(dump) + 1 : 0;
    char *text = dump != NULL ? gd__allocate(size) : NULL;
    if (text != NULL)
        memcpy(text, dump, size);
    else
        gd__fail(GD_ERROR_MEMORY, "encoder_json: no memory");
    free(dump);
    return text;
}

void gd_encoder_json_destroy(char *text)
{
    if (text != NULL)
        gd__free(text, strlen(text) + 1);
}

/* ---- reading ---- */

static bool fail_part(const gd_encoder *e, const char *what)
{
    gd__fail(GD_ERROR_FORMAT, "encoder: column %d (\"%.80s\"): %s", e->count,
             gd__level_text(&e->names, e->count - 1), what);
    return false;
}

/* Text number i of a list; NULL and a message. */
static const char *text_at(const json_t *list, size_t i)
{
    const char *text = json_string_value(json_array_get(list, i));
    return text != NULL ? text
                        : gd__fail_null("encoder: item %zu of a list of texts is no text", i + 1);
}

static bool read_number(const gd_encoder *e, gd__part *part, const json_t *value)
{
    const json_t *mean = json_object_get(value, "mean"),
                 *deviation = json_object_get(value, "deviation");
    part->mean = json_number_value(mean);
    part->deviation = json_number_value(deviation);
    if (json_object_size(value) != 5 || !json_is_number(mean) || !(part->deviation > 0))
        return fail_part(e, "name, kind, missing, a mean and a deviation above 0 are expected");
    return true;
}

static bool read_levels(const gd_encoder *e, gd__part *part, const json_t *value)
{
    const json_t *list = json_object_get(value, "levels");
    if (json_object_size(value) != 4 || json_array_size(list) == 0)
        return fail_part(e, "name, kind, missing and a list of levels are expected");
    if (part->kind == GD__PART_WORDS && part->missing)
        return fail_part(e, "words are never missing");
    for (size_t i = 0; i < json_array_size(list); ++i) {
        const char *text = text_at(list, i);
        if (text == NULL || !gd__part_add_level(part, text))
            return false;
    }
    return true;
}

static bool read_part(gd_encoder *e, const json_t *value)
{
    const char *name = json_string_value(json_object_get(value, "name"));
    const char *text = json_string_value(json_object_get(value, "kind"));
    const json_t *missing = json_object_get(value, "missing");
    int kind = 0;
    while (kind < GD__PART_KINDS && (text == NULL || strcmp(text, kinds[kind]) != 0))
        ++kind;
    if (name == NULL || kind == GD__PART_KINDS || !json_is_boolean(missing))
        return gd__fail_null(
                   "encoder: column %d: a name, a kind (number, category, words, missing) and "
                   "missing (true, false) are expected",
                   e->count + 1) != NULL;
    gd__part *part = gd__encoder_add(e, name, (gd__part_kind)kind);
    if (part == NULL)
        return false;
    part->missing = json_is_true(missing);
    switch (part->kind) {
    case GD__PART_NUMBER:
        return read_number(e, part, value);
    case GD__PART_MISSING:
        return (json_object_size(value) == 3 && part->missing) ||
               fail_part(e, "name, kind and \"missing\":true are expected");
    default:
        return read_levels(e, part, value);
    }
}

static gd_encoder *read_encoder(const json_t *json)
{
    const json_t *sparse = json_object_get(json, "sparse"), *notes = json_object_get(json, "notes"),
                 *columns = json_object_get(json, "columns");
    if (json_object_size(json) != 3 || !json_is_boolean(sparse) || !json_is_array(columns) ||
        !json_is_array(notes) || json_array_size(columns) > INT32_MAX)
        return gd__fail_null(
            "encoder: an object of sparse (true, false), columns and notes (lists) is "
            "expected");
    gd_encoder *e = gd__encoder_create((int)json_array_size(columns));
    if (e == NULL)
        return NULL;
    e->sparse = json_is_true(sparse);
    bool ok = true;
    for (size_t i = 0; ok && i < json_array_size(notes); ++i) {
        const char *text = text_at(notes, i);
        ok = text != NULL && gd__encoder_note(e, text);
    }
    for (size_t i = 0; ok && i < json_array_size(columns); ++i)
        ok = read_part(e, json_array_get(columns, i));
    if (ok && gd__encoder_finish(e))
        return e;
    gd_encoder_destroy(e);
    return NULL;
}

gd_encoder *gd_encoder_from_json(const char *text)
{
    json_error_t error;
    if (text == NULL)
        return gd__fail_null("encoder_from_json: the text is NULL");
    locale_t c_locale, before = gd__enter_c_locale(&c_locale);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    gd__leave_c_locale(c_locale, before);
    if (json == NULL)
        return gd__fail_null("encoder: line %d, column %d: %s", error.line, error.column,
                             error.text);
    gd_encoder *encoder = read_encoder(json);
    json_decref(json);
    return encoder;
}
