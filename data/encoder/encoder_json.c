/* An encoder as JSON, for the metadata of a model:
 *     {"sparse":false,"columns":[
 *       {"name":"age","kind":"number","missing":true,"mean":29.7,"deviation":14.5},
 *       {"name":"sex","kind":"category","missing":false,"levels":["female","male"]}],"notes":[]}
 * The reader checks everything: a model file is input like any other. */
#include "data/encoder/encoder.h"

#include <gradus/json.h>

#include <string.h>

static const char *const kinds[] = {[GD_ENCODED_NUMBER] = "number",
                                    [GD_ENCODED_LEVELS] = "category",
                                    [GD_ENCODED_WORDS] = "words",
                                    [GD_ENCODED_MISSING] = "missing"};

/* ---- writing ---- */

static gd_json *list_of(const gd__levels *texts)
{
    gd_json *list = gd_json_array();
    for (int64_t i = 0; i < texts->count; ++i)
        gd_json_append(list, gd_json_string(gd__level_text(texts, i)));
    return list;
}

static gd_json *describe_part(const gd_encoder *e, int index)
{
    const gd__part *part = &e->parts[index];
    gd_json *column = gd_json_object();
    gd_json_set(column, "name", gd_json_string(gd__level_text(&e->names, index)));
    gd_json_set(column, "kind", gd_json_string(kinds[part->kind]));
    gd_json_set(column, "missing", gd_json_boolean(part->missing));
    if (part->kind == GD_ENCODED_NUMBER) {
        gd_json_set(column, "mean", gd_json_real(part->mean));
        gd_json_set(column, "deviation", gd_json_real(part->deviation));
        gd_json_set(column, "least", gd_json_real(part->least));
        gd_json_set(column, "most", gd_json_real(part->most));
    } else if (part->kind != GD_ENCODED_MISSING) {
        gd_json_set(column, "levels", list_of(&part->levels));
    }
    return column;
}

gd_json *gd__encoder_to_json(const gd_encoder *e)
{
    gd_json *json = gd_json_object(), *columns = gd_json_array();
    for (int i = 0; i < e->count; ++i)
        gd_json_append(columns, describe_part(e, i));
    gd_json_set(json, "sparse", gd_json_boolean(e->sparse));
    gd_json_set(json, "columns", columns);
    gd_json_set(json, "notes", list_of(&e->notes));
    return json;
}

char *gd_encoder_json(const gd_encoder *encoder)
{
    if (encoder == NULL)
        return gd__fail_null("encoder_json: the encoder is NULL");
    gd_json *json = gd__encoder_to_json(encoder);
    char *text = gd_json_text(json, false);
    gd_json_destroy(json);
    return text;
}

void gd_encoder_json_destroy(char *text)
{
    gd_json_text_destroy(text);
}

/* ---- reading ---- */

static bool fail_part(const gd_encoder *e, const char *what)
{
    return gd__fail_false(GD_ERROR_FORMAT, "encoder: column %d (\"%.80s\"): %s", e->count,
                          gd__level_text(&e->names, e->count - 1), what);
}

/* Text i of a list; NULL with a message. */
static const char *text_at(const gd_json *list, size_t i)
{
    const char *text = gd_json_string_of(gd_json_at(list, i));
    return text != NULL ? text
                        : gd__fail_null("encoder: item %zu of a list of texts is no text", i + 1);
}

static bool read_number(const gd_encoder *e, gd__part *part, const gd_json *value)
{
    const gd_json *mean = gd_json_get(value, "mean"), *deviation = gd_json_get(value, "deviation");
    part->mean = gd_json_number_of(mean);
    part->deviation = gd_json_number_of(deviation);
    const gd_json *least = gd_json_get(value, "least"), *most = gd_json_get(value, "most");
    bool bounded =
        gd_json_is_number(least) && gd_json_is_number(most); /* earlier models have no bounds */
    part->least = bounded ? gd_json_number_of(least) : -GD__FAR_OUT;
    part->most = bounded ? gd_json_number_of(most) : GD__FAR_OUT;
    if (gd_json_size(value) != (bounded ? 7 : 5) || !gd_json_is_number(mean) ||
        !(part->deviation > 0))
        return fail_part(e, "name, kind, missing, a mean and a deviation above 0 are expected");
    if (!(part->least < part->most && part->least >= -GD__FAR_OUT && part->most <= GD__FAR_OUT))
        return fail_part(e, "a \"least\" below \"most\" is expected, between -1e30 and 1e30");
    return true;
}

static bool read_levels(const gd_encoder *e, gd__part *part, const gd_json *value)
{
    const gd_json *list = gd_json_get(value, "levels");
    if (gd_json_size(value) != 4 || gd_json_size(list) == 0)
        return fail_part(e, "name, kind, missing and a list of levels are expected");
    if (part->kind == GD_ENCODED_WORDS && part->missing)
        return fail_part(e, "words are never missing");
    for (size_t i = 0; i < gd_json_size(list); ++i) {
        const char *text = text_at(list, i);
        if (text == NULL || !gd__part_add_level(part, text))
            return false;
    }
    return true;
}

static bool read_part(gd_encoder *e, const gd_json *value)
{
    const char *name = gd_json_string_at(value, "name");
    const char *text = gd_json_string_at(value, "kind");
    const gd_json *missing = gd_json_get(value, "missing");
    int kind = 0;
    while (kind < GD__ENCODED_KINDS && (text == NULL || strcmp(text, kinds[kind]) != 0))
        ++kind;
    if (name == NULL || kind == GD__ENCODED_KINDS || !gd_json_is(missing, GD_JSON_BOOLEAN))
        return gd__fail_false(
            GD_ERROR_ARGUMENT,
            "encoder: column %d: a name, a kind (number, category, words, missing) and "
            "missing (true, false) are expected",
            e->count + 1);
    gd__part *part = gd__encoder_add(e, name, (gd_encoded_kind)kind);
    if (part == NULL)
        return false;
    part->missing = gd_json_is_true(missing);
    switch (part->kind) {
    case GD_ENCODED_NUMBER:
        return read_number(e, part, value);
    case GD_ENCODED_MISSING:
        return (gd_json_size(value) == 3 && part->missing) ||
               fail_part(e, "name, kind and \"missing\":true are expected");
    default:
        return read_levels(e, part, value);
    }
}

gd_encoder *gd__encoder_of_json(const gd_json *json)
{
    const gd_json *sparse = gd_json_get(json, "sparse"), *notes = gd_json_get(json, "notes"),
                  *columns = gd_json_get(json, "columns");
    if (gd_json_size(json) != 3 || !gd_json_is(sparse, GD_JSON_BOOLEAN) ||
        !gd_json_is(columns, GD_JSON_ARRAY) || !gd_json_is(notes, GD_JSON_ARRAY) ||
        gd_json_size(columns) > INT32_MAX)
        return gd__fail_null(
            "encoder: an object of sparse (true, false), columns and notes (lists) is "
            "expected");
    gd_encoder *e = gd__encoder_create((int)gd_json_size(columns));
    if (e == NULL)
        return NULL;
    e->sparse = gd_json_is_true(sparse);
    bool ok = true;
    for (size_t i = 0; ok && i < gd_json_size(notes); ++i) {
        const char *text = text_at(notes, i);
        ok = text != NULL && gd__encoder_note(e, text);
    }
    for (size_t i = 0; ok && i < gd_json_size(columns); ++i)
        ok = read_part(e, gd_json_at(columns, i));
    if (ok && gd__encoder_finish(e))
        return e;
    gd_encoder_destroy(e);
    return NULL;
}

gd_encoder *gd_encoder_from_json(const char *text)
{
    if (text == NULL)
        return gd__fail_null("encoder_from_json: the text is NULL");
    gd_json *json = gd_json_parse("encoder", text, strlen(text));
    gd_encoder *encoder = json != NULL ? gd__encoder_of_json(json) : NULL;
    gd_json_destroy(json);
    return encoder;
}
