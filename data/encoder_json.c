/* An encoder as JSON text, for a model's file:
 *     {"sparse":false,"columns":[
 *       {"name":"age","kind":"number","missing":true,"mean":29.7,"deviation":14.5},
 *       {"name":"sex","kind":"category","missing":false,"levels":["female","male"]}],"notes":[]}
 * A text that is read is believed in nothing: it is input like any other. */
#include "data/encoder.h"

#include "data/json.h"

#include <string.h>

static const char *const kinds[] = {[GD_ENCODED_NUMBER] = "number",
                                    [GD_ENCODED_LEVELS] = "category",
                                    [GD_ENCODED_WORDS] = "words",
                                    [GD_ENCODED_MISSING] = "missing"};

/* ---- writing ---- */

static gd__json *list_of(const gd__levels *texts)
{
    gd__json *list = gd__json_array();
    for (int64_t i = 0; i < texts->count; ++i)
        gd__json_append(list, gd__json_string(gd__level_text(texts, i)));
    return list;
}

static gd__json *describe_part(const gd_encoder *e, int index)
{
    const gd__part *part = &e->parts[index];
    gd__json *column = gd__json_object();
    gd__json_set(column, "name", gd__json_string(gd__level_text(&e->names, index)));
    gd__json_set(column, "kind", gd__json_string(kinds[part->kind]));
    gd__json_set(column, "missing", gd__json_boolean(part->missing));
    if (part->kind == GD_ENCODED_NUMBER) {
        gd__json_set(column, "mean", gd__json_real(part->mean));
        gd__json_set(column, "deviation", gd__json_real(part->deviation));
        gd__json_set(column, "least", gd__json_real(part->least));
        gd__json_set(column, "most", gd__json_real(part->most));
    } else if (part->kind != GD_ENCODED_MISSING) {
        gd__json_set(column, "levels", list_of(&part->levels));
    }
    return column;
}

gd__json *gd__encoder_to_json(const gd_encoder *e)
{
    gd__json *json = gd__json_object(), *columns = gd__json_array();
    for (int i = 0; i < e->count; ++i)
        gd__json_append(columns, describe_part(e, i));
    gd__json_set(json, "sparse", gd__json_boolean(e->sparse));
    gd__json_set(json, "columns", columns);
    gd__json_set(json, "notes", list_of(&e->notes));
    return json;
}

char *gd_encoder_json(const gd_encoder *encoder)
{
    if (encoder == NULL)
        return gd__fail_null("encoder_json: the encoder is NULL");
    gd__json *json = gd__encoder_to_json(encoder);
    char *text = gd__json_text(json, false);
    gd__json_destroy(json);
    return text;
}

void gd_encoder_json_destroy(char *text)
{
    gd__json_text_destroy(text);
}

/* ---- reading ---- */

static bool fail_part(const gd_encoder *e, const char *what)
{
    return gd__fail_false(GD_ERROR_FORMAT, "encoder: column %d (\"%.80s\"): %s", e->count,
                          gd__level_text(&e->names, e->count - 1), what);
}

/* Text number i of a list; NULL and a message. */
static const char *text_at(const gd__json *list, size_t i)
{
    const char *text = gd__json_string_of(gd__json_at(list, i));
    return text != NULL ? text
                        : gd__fail_null("encoder: item %zu of a list of texts is no text", i + 1);
}

static bool read_number(const gd_encoder *e, gd__part *part, const gd__json *value)
{
    const gd__json *mean = gd__json_get(value, "mean"),
                   *deviation = gd__json_get(value, "deviation");
    part->mean = gd__json_number_of(mean);
    part->deviation = gd__json_number_of(deviation);
    const gd__json *least = gd__json_get(value, "least"), *most = gd__json_get(value, "most");
    bool bounded =
        gd__json_is_number(least) && gd__json_is_number(most); /* earlier models are not */
    part->least = bounded ? gd__json_number_of(least) : -GD__FAR_OUT;
    part->most = bounded ? gd__json_number_of(most) : GD__FAR_OUT;
    if (gd__json_size(value) != (bounded ? 7 : 5) || !gd__json_is_number(mean) ||
        !(part->deviation > 0))
        return fail_part(e, "name, kind, missing, a mean and a deviation above 0 are expected");
    if (!(part->least < part->most && part->least >= -GD__FAR_OUT && part->most <= GD__FAR_OUT))
        return fail_part(e, "a \"least\" below \"most\" is expected, between -1e30 and 1e30");
    return true;
}

static bool read_levels(const gd_encoder *e, gd__part *part, const gd__json *value)
{
    const gd__json *list = gd__json_get(value, "levels");
    if (gd__json_size(value) != 4 || gd__json_size(list) == 0)
        return fail_part(e, "name, kind, missing and a list of levels are expected");
    if (part->kind == GD_ENCODED_WORDS && part->missing)
        return fail_part(e, "words are never missing");
    for (size_t i = 0; i < gd__json_size(list); ++i) {
        const char *text = text_at(list, i);
        if (text == NULL || !gd__part_add_level(part, text))
            return false;
    }
    return true;
}

static bool read_part(gd_encoder *e, const gd__json *value)
{
    const char *name = gd__json_string_at(value, "name");
    const char *text = gd__json_string_at(value, "kind");
    const gd__json *missing = gd__json_get(value, "missing");
    int kind = 0;
    while (kind < GD__PART_KINDS && (text == NULL || strcmp(text, kinds[kind]) != 0))
        ++kind;
    if (name == NULL || kind == GD__PART_KINDS || !gd__json_is(missing, GD__JSON_BOOLEAN))
        return gd__fail_null(
                   "encoder: column %d: a name, a kind (number, category, words, missing) and "
                   "missing (true, false) are expected",
                   e->count + 1) != NULL;
    gd__part *part = gd__encoder_add(e, name, (gd_encoded_kind)kind);
    if (part == NULL)
        return false;
    part->missing = gd__json_is_true(missing);
    switch (part->kind) {
    case GD_ENCODED_NUMBER:
        return read_number(e, part, value);
    case GD_ENCODED_MISSING:
        return (gd__json_size(value) == 3 && part->missing) ||
               fail_part(e, "name, kind and \"missing\":true are expected");
    default:
        return read_levels(e, part, value);
    }
}

gd_encoder *gd__encoder_of_json(const gd__json *json)
{
    const gd__json *sparse = gd__json_get(json, "sparse"), *notes = gd__json_get(json, "notes"),
                   *columns = gd__json_get(json, "columns");
    if (gd__json_size(json) != 3 || !gd__json_is(sparse, GD__JSON_BOOLEAN) ||
        !gd__json_is(columns, GD__JSON_ARRAY) || !gd__json_is(notes, GD__JSON_ARRAY) ||
        gd__json_size(columns) > INT32_MAX)
        return gd__fail_null(
            "encoder: an object of sparse (true, false), columns and notes (lists) is "
            "expected");
    gd_encoder *e = gd__encoder_create((int)gd__json_size(columns));
    if (e == NULL)
        return NULL;
    e->sparse = gd__json_is_true(sparse);
    bool ok = true;
    for (size_t i = 0; ok && i < gd__json_size(notes); ++i) {
        const char *text = text_at(notes, i);
        ok = text != NULL && gd__encoder_note(e, text);
    }
    for (size_t i = 0; ok && i < gd__json_size(columns); ++i)
        ok = read_part(e, gd__json_at(columns, i));
    if (ok && gd__encoder_finish(e))
        return e;
    gd_encoder_destroy(e);
    return NULL;
}

gd_encoder *gd_encoder_from_json(const char *text)
{
    if (text == NULL)
        return gd__fail_null("encoder_from_json: the text is NULL");
    gd__json *json = gd__json_parse("encoder", text, strlen(text));
    gd_encoder *encoder = json != NULL ? gd__encoder_of_json(json) : NULL;
    gd__json_destroy(json);
    return encoder;
}
