/* The attributes of a call, from the fields that its op states; read_attributes.c reads them. */
#include "trace/write/writer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Larger whole numbers are strings: not every reader has 64 bits for a number. */
static const int64_t largest_number = (int64_t)1 << 53;

/* The number of elements of a list. */
static int count_of(const gd_field *field, const char *attributes)
{
    int count;
    memcpy(&count, attributes + field->count_offset, sizeof count);
    return count;
}

/* Whether a field is left out, as what was not written is read as 0. */
static bool is_left_out(const gd_field *field, const char *attributes)
{
    const void *member = attributes + field->offset;
    switch (field->kind) {
    case GD_FIELD_BOOL:
        return !*(const bool *)member;
    case GD_FIELD_OPTIONAL:
        return !((const gd_optional *)member)->given;
    case GD_FIELD_LIST:
        return field->zero != NULL && count_of(field, attributes) == 0;
    case GD_FIELD_INT64:
        return field->zero != NULL && *(const int64_t *)member == 0;
    case GD_FIELD_DOUBLE: /* 0, not -0 */
        return field->zero != NULL && *(const double *)member == 0 &&
               !signbit(*(const double *)member);
    default:
        return false;
    }
}

static void put_quoted(gd__string *out, const char *text)
{
    gd__out_string(out, text, strlen(text));
}

static void put_whole(gd__string *out, int64_t value)
{
    bool quoted = value > largest_number || value < -largest_number;
    gd__out_text(out, quoted ? "\"" : "");
    gd__out_integer(out, value);
    gd__out_text(out, quoted ? "\"" : "");
}

static void put_list(gd__string *out, int n, const int64_t *numbers)
{
    gd__out_text(out, "[");
    for (int i = 0; i < n; ++i) {
        gd__out_text(out, i > 0 ? "," : "");
        put_whole(out, numbers[i]);
    }
    gd__out_text(out, "]");
}

static void put_value(gd__string *out, const gd_field *field, const char *attributes)
{
    const void *member = attributes + field->offset;
    char text[24];
    switch (field->kind) {
    case GD_FIELD_INT:
        gd__out_integer(out, *(const int *)member);
        return;
    case GD_FIELD_INT64:
        put_whole(out, *(const int64_t *)member);
        return;
    case GD_FIELD_UINT64:
        snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)member);
        put_quoted(out, text);
        return;
    case GD_FIELD_DOUBLE:
        gd__out_real(out, *(const double *)member, false);
        return;
    case GD_FIELD_BOOL:
        gd__out_text(out, "true");
        return;
    case GD_FIELD_DTYPE:
        put_quoted(out, gd_dtype_name(*(const gd_dtype *)member));
        return;
    case GD_FIELD_OPTIONAL:
        gd__out_real(out, ((const gd_optional *)member)->value, false);
        return;
    case GD_FIELD_ENUM:
        put_quoted(out, field->names[*(const unsigned *)member]);
        return;
    case GD_FIELD_LIST:
        put_list(out, count_of(field, attributes), member);
        return;
    }
}

void gd__write_attributes(gd__string *out, const gd_op *op, const void *attributes)
{
    bool begun = false;
    for (const gd_field *f = op->fields; f != NULL && attributes != NULL && f->name != NULL; ++f) {
        if (is_left_out(f, attributes))
            continue;
        gd__out_text(out, begun ? "," : ",\"attr\":{");
        put_quoted(out, f->name);
        gd__out_text(out, ":");
        put_value(out, f, attributes);
        begun = true;
    }
    gd__out_text(out, begun ? "}" : "");
}
