#include "conformance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *string_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

bool is_given(const json_t *value)
{
    return value != NULL && !json_is_null(value);
}

void malformed(const json_t *c, const char *what)
{
    fprintf(stderr, "conformance: the case \"%s\": %s\n", string_at(c, "name"), what);
    exit(2);
}

double number_of(const json_t *c, const json_t *value)
{
    const char *text = json_string_value(value);
    if (json_is_number(value))
        return json_number_value(value);
    if (json_is_boolean(value))
        return json_is_true(value);
    if (text == NULL ||
        (strcmp(text, "nan") != 0 && strcmp(text, "inf") != 0 && strcmp(text, "-inf") != 0))
        malformed(c, "a number is expected");
    return text[0] == 'n' ? (double)NAN : text[0] == 'i' ? (double)INFINITY : -(double)INFINITY;
}

bool has_tag(const json_t *c, const char *tag)
{
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(c, "tags"), i,
                       value) if (json_is_string(value) &&
                                  strcmp(json_string_value(value), tag) == 0) return true;
    return false;
}

gd_optional optional_at(const trial *t, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return is_given(value) ? GD_SOME(number_of(t->c, value)) : (gd_optional){.given = false};
}

gd_reduction reduction_of(const json_t *object)
{
    static const char *const names[] = {"mean", "sum", "none", "batchmean"};
    const char *name = string_at(object, "reduction");
    for (int k = 0; k < 4; ++k)
        if (strcmp(name, names[k]) == 0)
            return (gd_reduction)k;
    return name[0] == '\0' ? GD_REDUCTION_MEAN : (gd_reduction)99;
}

/* Integers that the library does not have become uint8. */
static gd_dtype dtype_of(const trial *t, const char *name)
{
    if (strncmp(name, "float", 5) == 0)
        return strcmp(name, t->float_name) == 0 ? t->dtype : t->dtype == GD_F32 ? GD_F64 : GD_F32;
    return strcmp(name, "int64") == 0 ? GD_I64 : strcmp(name, "bool") == 0 ? GD_BOOL : GD_U8;
}

static void set(gd_tensor *x, int64_t i, double value)
{
    if (x->dtype == GD_F64)
        ((double *)x->data)[i] = value;
    else if (x->dtype == GD_F32)
        ((float *)x->data)[i] = (float)value;
    else if (x->dtype == GD_I64)
        ((int64_t *)x->data)[i] = (int64_t)value;
    else
        ((uint8_t *)x->data)[i] = (uint8_t)value;
}

gd_tensor *read_tensor(const trial *t, const json_t *value)
{
    int64_t shape[GD_MAX_DIMS];
    if (!is_given(value))
        return NULL;
    const json_t *sizes = json_object_get(value, "shape"), *data = json_object_get(value, "data");
    if (!json_is_array(sizes) || !json_is_array(data) || json_array_size(sizes) > GD_MAX_DIMS)
        malformed(t->c, "a tensor is {shape, dtype, data}");
    int ndim = (int)json_array_size(sizes);
    for (int i = 0; i < ndim; ++i)
        shape[i] = json_integer_value(json_array_get(sizes, (size_t)i));
    gd_tensor *x = gd_zeros(t->tape, dtype_of(t, string_at(value, "dtype")), ndim, shape);
    if (x == NULL || gd_tensor_numel(x) != (int64_t)json_array_size(data))
        malformed(t->c, "a tensor's data do not fit its shape");
    for (size_t i = 0; i < json_array_size(data); ++i)
        set(x, (int64_t)i, number_of(t->c, json_array_get(data, i)));
    return x;
}
