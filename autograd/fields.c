/* The attributes of a call as text, from the fields that its op states. */
#include "tensor/internal.h"
#include "tensor/text.h"

#include <gradus/autograd.h>

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Room for a list of GD_MAX_DIMS sizes. */
enum { VALUE_SIZE = GD__SHAPE_TEXT };

static const char *name_of(const gd_field *field, unsigned value)
{
    for (unsigned k = 0; field->names[k] != NULL; ++k)
        if (k == value)
            return field->names[k];
    return "?";
}

/* Writes the member's value; true where that is 0 or an empty list, or was not given. */
static bool print_value(const gd_field *field, const char *attributes, char text[VALUE_SIZE])
{
    const void *member = attributes + field->offset;
    const gd_optional *optional = member;
    int count;
    switch (field->kind) {
    case GD_FIELD_INT:
        snprintf(text, VALUE_SIZE, "%d", *(const int *)member);
        return *(const int *)member == 0;
    case GD_FIELD_INT64:
        snprintf(text, VALUE_SIZE, "%" PRId64, *(const int64_t *)member);
        return *(const int64_t *)member == 0;
    case GD_FIELD_UINT64:
        snprintf(text, VALUE_SIZE, "%" PRIu64, *(const uint64_t *)member);
        return *(const uint64_t *)member == 0;
    case GD_FIELD_DOUBLE:
        snprintf(text, VALUE_SIZE, "%g", *(const double *)member);
        return *(const double *)member == 0;
    case GD_FIELD_BOOL:
        return !*(const bool *)member;
    case GD_FIELD_DTYPE:
        snprintf(text, VALUE_SIZE, "%s", gd_dtype_name(*(const gd_dtype *)member));
        return false;
    case GD_FIELD_OPTIONAL:
        snprintf(text, VALUE_SIZE, "%g", optional->value);
        return !optional->given;
    case GD_FIELD_ENUM:
        snprintf(text, VALUE_SIZE, "%s", name_of(field, *(const unsigned *)member));
        return false;
    case GD_FIELD_LIST:
        memcpy(&count, attributes + field->count_offset, sizeof count);
        gd__shape_text(text, count, member);
        return count == 0;
    }
    return true;
}

static void put(gd__text *text, const char *string)
{
    gd__text_put(text, string, strlen(string));
}

static void put_field(gd__text *text, const gd_field *field, const void *attributes)
{
    char value[VALUE_SIZE];
    bool is_flag = field->kind == GD_FIELD_BOOL;
    bool is_zero = print_value(field, attributes, value);
    const char *zero = is_flag || field->kind == GD_FIELD_OPTIONAL ? "" : field->zero;
    if (is_zero && zero != NULL && *zero == '\0')
        return;
    put(text, text->at > 0 ? ", " : "");
    put(text, field->name);
    put(text, is_flag ? "" : "=");
    put(text, is_flag ? "" : is_zero && zero != NULL ? zero : value);
}

int gd_op_print_attributes(const gd_op *op, const void *attributes, char *buffer, size_t size)
{
    gd__text text = {.to = buffer, .size = size};
    if (size > 0)
        *buffer = '\0';
    for (const gd_field *f = op->fields; f != NULL && attributes != NULL && f->name != NULL; ++f)
        put_field(&text, f, attributes);
    return (int)text.at;
}
