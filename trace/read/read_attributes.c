/* The attributes of a call, from the fields that its op states. What the trace leaves out is 0. */
#include "trace/read/line.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* An integer of [low, high], as a number or, as JSON's readers round large ones, a string. */
static bool read_integer(const gd_json *json, int64_t low, int64_t high, int64_t *value)
{
    const char *string = gd_json_string_of(json);
    char *end = NULL;
    errno = 0;
    *value = string != NULL ? strtoll(string, &end, 10) : gd_json_integer_of(json);
    bool is_one = string != NULL ? *string != '\0' && *end == '\0' && errno == 0
                                 : gd_json_is(json, GD_JSON_INTEGER);
    return is_one && *value >= low && *value <= high;
}

static bool read_uint64(const gd_json *json, uint64_t *value)
{
    const char *string = gd_json_string_of(json);
    if (string == NULL || string[strspn(string, "0123456789")] != '\0' || *string == '\0')
        return false;
    errno = 0;
    *value = strtoull(string, NULL, 10);
    return errno == 0;
}

/* Which of the texts a string is; -1: none. */
static int position_of(const gd_json *json, const char *const *texts)
{
    const char *string = gd_json_string_of(json);
    for (int i = 0; string != NULL && texts[i] != NULL; ++i)
        if (strcmp(texts[i], string) == 0)
            return i;
    return -1;
}

static bool read_list(const gd_json *json, int64_t *list, int *count)
{
    size_t n = gd_json_size(json);
    if (!gd_json_is(json, GD_JSON_ARRAY) || n > GD_MAX_DIMS)
        return false;
    *count = (int)n;
    for (size_t i = 0; i < n; ++i)
        if (!read_integer(gd_json_at(json, i), INT64_MIN, INT64_MAX, &list[i]))
            return false;
    return true;
}

static bool read_field(const gd_field *field, const gd_json *json, char *attributes)
{
    static const char *const dtypes[] = {"float32", "float64", "int64", "bool", "uint8", NULL};
    void *member = attributes + field->offset;
    gd_optional *optional = member;
    int64_t integer;
    int which;
    switch (field->kind) {
    case GD_FIELD_INT:
        if (!read_integer(json, INT_MIN, INT_MAX, &integer))
            return false;
        *(int *)member = (int)integer;
        return true;
    case GD_FIELD_INT64:
        return read_integer(json, INT64_MIN, INT64_MAX, member);
    case GD_FIELD_UINT64:
        return read_uint64(json, member);
    case GD_FIELD_DOUBLE:
        return gd__read_number(json, member);
    case GD_FIELD_BOOL:
        *(bool *)member = gd_json_is_true(json);
        return gd_json_is(json, GD_JSON_BOOLEAN);
    case GD_FIELD_OPTIONAL:
        optional->given = true;
        return gd__read_number(json, &optional->value);
    case GD_FIELD_DTYPE:
    case GD_FIELD_ENUM:
        which = position_of(json, field->kind == GD_FIELD_DTYPE ? dtypes : field->names);
        *(int *)member = which;
        return which >= 0;
    case GD_FIELD_LIST:
        return read_list(json, member, (int *)(void *)(attributes + field->count_offset));
    }
    return false;
}

bool gd__line_attributes(gd__line *line, const gd_op *op, const void **attributes)
{
    gd__line inner = {.r = line->r, .json = gd__line_take(line, "attr"), .number = line->number};
    if (inner.json != NULL && !gd_json_is(inner.json, GD_JSON_OBJECT))
        return gd__line_refuse(line, "\"attr\" must be an object");
    if (op == NULL || op->attributes_size == 0)
        return op == NULL || gd__line_is_whole(&inner);
    if (op->fields == NULL)
        return true;
    char *copy = gd__recording_take(line->r, op->attributes_size);
    if (copy == NULL)
        return gd__line_no_memory(line);
    for (const gd_field *f = op->fields; f->name != NULL; ++f) {
        const gd_json *member = gd__line_take(&inner, f->name);
        if (member != NULL && !read_field(f, member, copy))
            return gd__line_refuse(line, "%s: \"%s\" has no such value", op->name, f->name);
    }
    *attributes = copy;
    return gd__line_is_whole(&inner);
}
