/* Members of a line of a trace. */
#include "trace/read/line.h"

#include <stdarg.h>
#include <string.h>

bool gd__line_refuse(const gd__line *line, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    gd_fail(GD_ERROR_FORMAT, "%s:%lld: %s", line->r->name, (long long)line->number, text);
    return false;
}

bool gd__line_no_memory(const gd__line *line)
{
    gd_fail(GD_ERROR_MEMORY, "%s:%lld: no memory to read the trace", line->r->name,
            (long long)line->number);
    return false;
}

const gd_json *gd__line_take(gd__line *line, const char *key)
{
    const gd_json *member = gd_json_get(line->json, key);
    line->taken += member != NULL;
    return member;
}

/* The same; false, and refused, where the member is missing although it must not be. */
static bool take(gd__line *line, const char *key, bool may_be_missing, const gd_json **member)
{
    *member = gd__line_take(line, key);
    return *member != NULL || may_be_missing || gd__line_refuse(line, "\"%s\" is missing", key);
}

bool gd__line_is_whole(gd__line *line)
{
    return line->taken == gd_json_size(line->json) ||
           gd__line_refuse(line, "a member that such a line does not have, or that does not apply");
}

gd_recorded_event *gd__line_event(gd__line *line, gd_recorded_kind kind)
{
    gd_recorded_event *e = gd__array_add(&line->r->events);
    if (e == NULL) {
        gd__line_no_memory(line);
        return NULL;
    }
    *e = (gd_recorded_event){
        .kind = kind, .line = line->number, .step = line->r->step, .node = -1, .tensor = -1};
    return e;
}

static bool is_integer_in(const gd_json *json, int64_t low, int64_t high)
{
    int64_t value = gd_json_integer_of(json);
    return gd_json_is(json, GD_JSON_INTEGER) && value >= low && value <= high;
}

bool gd__line_integer(gd__line *line, const char *key, int64_t low, int64_t high, int64_t *value)
{
    const gd_json *member;
    if (!take(line, key, false, &member))
        return false;
    if (!is_integer_in(member, low, high))
        return gd__line_refuse(line, "\"%s\" must be an integer in [%lld, %lld]", key,
                               (long long)low, (long long)high);
    *value = gd_json_integer_of(member);
    return true;
}

bool gd__line_boolean(gd__line *line, const char *key, bool may_be_missing, bool *value)
{
    const gd_json *member;
    if (!take(line, key, may_be_missing, &member))
        return false;
    if (member == NULL)
        return true;
    *value = gd_json_is_true(member);
    return gd_json_is(member, GD_JSON_BOOLEAN) ||
           gd__line_refuse(line, "\"%s\" must be true or false", key);
}

bool gd__line_text(gd__line *line, const char *key, bool may_be_missing, const char **text)
{
    const gd_json *member;
    if (!take(line, key, may_be_missing, &member))
        return false;
    if (member == NULL)
        return true;
    const char *string = gd_json_string_of(member);
    if (string == NULL)
        return gd__line_refuse(line, "\"%s\" must be a string", key);
    *text = gd__recording_text(line->r, string, strlen(string));
    return *text != NULL || gd__line_no_memory(line);
}

bool gd__line_dtype(gd__line *line, bool may_be_missing, gd_dtype *dtype)
{
    const gd_json *member;
    if (!take(line, "dtype", may_be_missing, &member))
        return false;
    if (member == NULL)
        return true;
    const char *name = gd_json_string_of(member);
    for (gd_dtype d = GD_F32; name != NULL && d <= GD_U8; ++d)
        if (strcmp(name, gd_dtype_name(d)) == 0) {
            *dtype = d;
            return true;
        }
    return gd__line_refuse(line, "\"dtype\" is none of this version");
}

bool gd__line_list(gd__line *line, const char *key, int most, int64_t low, int64_t high,
                   int64_t *values, int *count)
{
    const gd_json *list;
    if (!take(line, key, false, &list))
        return false;
    size_t n = gd_json_size(list);
    bool fits = gd_json_is(list, GD_JSON_ARRAY) && n <= (size_t)most;
    for (size_t i = 0; fits && i < n; ++i) {
        fits = is_integer_in(gd_json_at(list, i), low, high);
        values[i] = gd_json_integer_of(gd_json_at(list, i));
    }
    *count = (int)n;
    return fits || gd__line_refuse(line, "\"%s\" must be at most %d integers in [%lld, %lld]", key,
                                   most, (long long)low, (long long)high);
}

bool gd__line_ids(gd__line *line, const char *key, int64_t high, bool may_be_null,
                  const int64_t **ids, int *count)
{
    const gd_json *list;
    if (!take(line, key, false, &list))
        return false;
    size_t n = gd_json_size(list);
    if (!gd_json_is(list, GD_JSON_ARRAY) || n > INT32_MAX)
        return gd__line_refuse(line, "\"%s\" must be a list", key);
    int64_t *copy = gd__recording_take(line->r, n * sizeof *copy);
    if (copy == NULL)
        return gd__line_no_memory(line);
    for (size_t i = 0; i < n; ++i) {
        const gd_json *id = gd_json_at(list, i);
        bool is_null = may_be_null && gd_json_is(id, GD_JSON_NULL);
        if (!is_null && !is_integer_in(id, 0, high))
            return gd__line_refuse(line, "\"%s\" names something that is not there yet", key);
        copy[i] = is_null ? -1 : gd_json_integer_of(id);
    }
    *ids = copy;
    *count = (int)n;
    return true;
}
