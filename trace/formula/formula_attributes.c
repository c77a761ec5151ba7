/* What formulas ask of a call's attributes, by the fields of its op. */
#include "trace/formula/formula.h"
#include "trace/formula/formula_names.h"

#include <string.h>

static const gd_field *field_of(const gd__call *call, const char *name, int length)
{
    for (const gd_field *f = call->op->fields; f != NULL && f->name != NULL; ++f)
        if (gd__is_name(name, length, f->name))
            return call->attributes != NULL ? f : NULL;
    return NULL;
}

static const void *member(const gd__call *call, const gd_field *f)
{
    return (const char *)call->attributes + f->offset;
}

bool gd__attribute(const gd__call *call, const char *name, int length, double *value)
{
    const gd_field *f = field_of(call, name, length);
    if (f == NULL)
        return false;
    const void *m = member(call, f);
    switch (f->kind) {
    case GD_FIELD_INT:
        *value = *(const int *)m;
        return true;
    case GD_FIELD_INT64:
        *value = (double)*(const int64_t *)m;
        return true;
    case GD_FIELD_DOUBLE:
        *value = *(const double *)m;
        return true;
    case GD_FIELD_BOOL:
        *value = *(const bool *)m;
        return true;
    case GD_FIELD_OPTIONAL:
        if (((const gd_optional *)m)->given)
            *value = ((const gd_optional *)m)->value;
        return ((const gd_optional *)m)->given;
    default:
        return false;
    }
}

int gd__attribute_list(const gd__call *call, const char *name, int64_t *list)
{
    const gd_field *f = field_of(call, name, (int)strlen(name));
    if (f == NULL || f->kind != GD_FIELD_LIST)
        return -1;
    int count = *(const int *)(const void *)((const char *)call->attributes + f->count_offset);
    if (count < 0 || count > GD_MAX_DIMS)
        return -1;
    for (int i = 0; i < count; ++i)
        list[i] = ((const int64_t *)member(call, f))[i];
    return count;
}

bool gd__attribute_is(const gd__call *call, const char *name, const char *word)
{
    const gd_field *f = field_of(call, name, (int)strlen(name));
    if (f == NULL || f->kind != GD_FIELD_ENUM)
        return false;
    unsigned value = *(const unsigned *)member(call, f), count = 0;
    while (f->names[count] != NULL)
        ++count;
    return value < count && strcmp(f->names[value], word) == 0;
}

bool gd__attribute_stream(const gd__call *call, gd_rng *rng)
{
    const gd_field *key = field_of(call, "key", 3), *counter = field_of(call, "counter", 7);
    if (key == NULL || counter == NULL || key->kind != GD_FIELD_UINT64 ||
        counter->kind != GD_FIELD_UINT64)
        return false;
    rng->key = *(const uint64_t *)member(call, key);
    rng->counter = *(const uint64_t *)member(call, counter);
    return true;
}

/* ---- dimensions ---- */

static unsigned bit_of(double dim, int ndim)
{
    dim = dim < 0 ? dim + ndim : dim;
    return dim >= 0 && dim < ndim ? 1u << (int)dim : 0;
}

unsigned gd__over_bits(const gd__formula *f, gd__over over, int ndim)
{
    const gd__call *call = f->call;
    unsigned all = (1u << ndim) - 1, bits = 0;
    int64_t dims[GD_MAX_DIMS];
    double dim = ndim > 1 ? 1 : 0;
    int count;
    switch (over) {
    case GD__OVER_ALL:
        return all;
    case GD__OVER_REPEATED:
        return f->repeated;
    case GD__OVER_DIMS:
        count = gd__attribute_list(call, "dims", dims);
        for (int i = 0; i < count; ++i)
            bits |= bit_of((double)dims[i], ndim);
        return count > 0 ? bits : all;
    case GD__OVER_DIM:
    case GD__OVER_CLASSES:
        gd__attribute(call, "dim", 3, &dim);
        return bit_of(dim, ndim);
    default:
        return 0;
    }
}
