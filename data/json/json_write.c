/* Writing JSON. */
#include <gradus/json.h>

#include "data/input/number.h"
#include "tensor/text.h"

#include <inttypes.h>
#include <string.h>

/* Writes the shortest text that is no integer: 1.0, 0.1, 1e20, 1e-5. */
static void put_real(gd__text *t, double real)
{
    char buffer[GD_NUMBER_TEXT];
    const char *number = gd_number_text(real, false, buffer), *e = strchr(number, 'e');
    size_t n = e != NULL ? (size_t)(e - number) : strlen(number);
    gd__text_put(t, number, n);
    if (e == NULL && memchr(number, '.', n) == NULL)
        gd__text_put(t, ".0", 2);
    if (e == NULL)
        return;
    gd__text_put(t, "e-", e[1] == '-' ? 2 : 1);
    e += strspn(e, "e+-0");
    gd__text_put(t, e, strlen(e));
}

static void put_integer(gd__text *t, int64_t integer)
{
    char buffer[24];
    gd__text_put(t, buffer, (size_t)snprintf(buffer, sizeof buffer, "%" PRId64, integer));
}

static void put_value(gd__text *t, const gd_json *value, bool spaced);

static void put_members(gd__text *t, const gd_json *value, bool spaced)
{
    bool object = gd_json_is(value, GD_JSON_OBJECT);
    gd__text_put(t, object ? "{" : "[", 1);
    for (size_t i = 0; i < gd_json_size(value); ++i) {
        if (i > 0)
            gd__text_put(t, ", ", spaced ? 2 : 1);
        if (object) {
            gd__text_put_string(t, gd_json_key(value, i));
            gd__text_put(t, ": ", spaced ? 2 : 1);
        }
        put_value(t, gd_json_at(value, i), spaced);
    }
    gd__text_put(t, object ? "}" : "]", 1);
}

static void put_value(gd__text *t, const gd_json *value, bool spaced)
{
    if (gd_json_is(value, GD_JSON_NULL))
        gd__text_put(t, "null", 4);
    else if (gd_json_is(value, GD_JSON_BOOLEAN))
        gd__text_put(t, gd_json_is_true(value) ? "true" : "false", gd_json_is_true(value) ? 4 : 5);
    else if (gd_json_is(value, GD_JSON_INTEGER))
        put_integer(t, gd_json_integer_of(value));
    else if (gd_json_is(value, GD_JSON_REAL))
        put_real(t, gd_json_number_of(value));
    else if (gd_json_is(value, GD_JSON_STRING))
        gd__text_put_string(t, gd_json_string_of(value));
    else
        put_members(t, value, spaced);
}

char *gd_json_text(const gd_json *value, bool spaced)
{
    if (gd_json_check(value) != GD_OK)
        return NULL;
    gd__text t = {NULL, 0, 0};
    put_value(&t, value, spaced);
    t = (gd__text){gd_allocate(t.at + 1), t.at + 1, 0};
    if (t.to == NULL) {
        gd_fail(GD_ERROR_MEMORY, "JSON: no memory");
        return NULL;
    }
    put_value(&t, value, spaced);
    return t.to;
}

void gd_json_text_destroy(char *json)
{
    if (json != NULL)
        gd_free(json, strlen(json) + 1);
}
