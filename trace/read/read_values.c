/* Values of tensors in a line of a trace, and what is known of all their elements. */
#include "trace/read/line.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 8 }; /* rows and columns of a window at most */

bool gd__read_number(const gd_json *json, double *value)
{
    static const struct {
        const char *text;
        double value;
    } words[] = {{"nan", (double)NAN}, {"inf", (double)INFINITY}, {"-inf", -(double)INFINITY}};
    const char *string = gd_json_string_of(json);
    *value = gd_json_number_of(json);
    for (size_t i = 0; string != NULL && i < sizeof words / sizeof *words; ++i)
        if (strcmp(string, words[i].text) == 0) {
            *value = words[i].value;
            return true;
        }
    return gd_json_is_number(json);
}

static bool read_int64(const gd_json *json, int64_t *value)
{
    const char *string = gd_json_string_of(json);
    if (string == NULL || (string[0] != '-' && (string[0] < '0' || string[0] > '9')))
        return false;
    char *end;
    errno = 0;
    *value = strtoll(string, &end, 10);
    return errno == 0 && *end == '\0' && end > string;
}

/* Writes element i of contiguous x; false: the JSON is no value of x's dtype. */
static bool read_element(gd_tensor *x, size_t i, const gd_json *json)
{
    double real;
    switch (x->dtype) {
    case GD_F32:
        if (!gd__read_number(json, &real))
            return false;
        ((float *)x->data)[i] = (float)real;
        return isfinite(((float *)x->data)[i]) || !isfinite(real);
    case GD_F64:
        return gd__read_number(json, (double *)x->data + i);
    case GD_I64:
        return read_int64(json, (int64_t *)x->data + i);
    case GD_BOOL:
        ((uint8_t *)x->data)[i] = gd_json_is_true(json);
        return gd_json_is(json, GD_JSON_BOOLEAN);
    case GD_U8:
        ((uint8_t *)x->data)[i] = (uint8_t)gd_json_integer_of(json);
        return gd_json_is(json, GD_JSON_INTEGER) && gd_json_integer_of(json) >= 0 &&
               gd_json_integer_of(json) <= UINT8_MAX;
    }
    return false;
}

/* The norm is scaled by the largest magnitude: squares of finite elements do not overflow. */
static void compute_statistics(gd_recorded_values *v)
{
    int64_t n = gd_tensor_numel(v->x);
    double sum = 0;
    v->min = v->max = (double)NAN;
    v->zeros = 0;
    v->nonfinite = -1;
    for (int64_t i = 0; i < n; ++i) {
        double e = gd_tensor_at(v->x, i);
        v->min = fmin(v->min, e);
        v->max = fmax(v->max, e);
        v->zeros += e == 0;
        if (!isfinite(e) && v->nonfinite < 0)
            v->nonfinite = i;
    }
    double scale = fmax(fabs(v->min), fabs(v->max));
    for (int64_t i = 0; i < n && scale > 0 && isfinite(scale); ++i)
        sum += (gd_tensor_at(v->x, i) / scale) * (gd_tensor_at(v->x, i) / scale);
    v->norm = scale > 0 && isfinite(scale) ? scale * sqrt(sum) : v->nonfinite < 0 ? 0 : scale;
}

static bool read_statistics(const gd_json *json, int64_t numel, gd_recorded_values *v)
{
    const gd_json *zeros = gd_json_get(json, "zeros"), *first = gd_json_get(json, "nonfinite");
    v->zeros = gd_json_integer_of(zeros);
    v->nonfinite = first != NULL ? gd_json_integer_of(first) : -1;
    return gd_json_is(json, GD_JSON_OBJECT) && gd_json_size(json) == 4U + (first != NULL) &&
           gd__read_number(gd_json_get(json, "min"), &v->min) &&
           gd__read_number(gd_json_get(json, "max"), &v->max) &&
           gd__read_number(gd_json_get(json, "norm"), &v->norm) &&
           gd_json_is(zeros, GD_JSON_INTEGER) && v->zeros >= 0 && v->zeros <= numel &&
           (first == NULL ||
            (gd_json_is(first, GD_JSON_INTEGER) && v->nonfinite >= 0 && v->nonfinite < numel));
}

/* The shape of what the line has: that of the tensor, or of its window. */
static bool read_window(gd__line *line, const char *key, const gd_recorded_tensor *like,
                        bool *is_window, int *ndim, int64_t shape[GD_MAX_DIMS])
{
    *is_window = gd_json_get(line->json, key) != NULL;
    *ndim = like->ndim;
    memcpy(shape, like->shape, sizeof like->shape);
    if (!*is_window)
        return true;
    if (!gd__line_list(line, key, 2, 1, WINDOW, shape, ndim))
        return false;
    int64_t rows = like->ndim >= 2 ? like->shape[like->ndim - 2] : 1;
    return (*ndim == 2 && like->ndim >= 1 && shape[0] <= rows &&
            shape[1] <= like->shape[like->ndim - 1]) ||
           gd__line_refuse(line, "\"%s\" does not fit in the shape", key);
}

/* How many elements there are. The shape is known to be possible. */
static int64_t numel_of(int ndim, const int64_t *shape)
{
    int64_t n = 1;
    for (int i = 0; i < ndim; ++i)
        n *= shape[i];
    return n;
}

bool gd__line_values(gd__line *line, const char *key, const gd_recorded_tensor *like,
                     bool may_be_null, gd_recorded_values *v)
{
    char window[32], stats[32];
    const char *prefix = strcmp(key, "values") == 0 ? "" : key, *bar = *prefix != '\0' ? "_" : "";
    snprintf(window, sizeof window, "%s%swindow", prefix, bar);
    snprintf(stats, sizeof stats, "%s%sstats", prefix, bar);
    const gd_json *list = gd__line_take(line, key);
    if (may_be_null && gd_json_is(list, GD_JSON_NULL))
        return true;
    bool is_window;
    int ndim;
    int64_t shape[GD_MAX_DIMS];
    if (!read_window(line, window, like, &is_window, &ndim, shape))
        return false;
    int64_t numel = numel_of(ndim, shape);
    if (!gd_json_is(list, GD_JSON_ARRAY) || (int64_t)gd_json_size(list) != numel)
        return gd__line_refuse(line, "\"%s\" must be a list of %lld values", key, (long long)numel);
    v->x = gd_tensor_create(like->dtype, ndim, shape);
    if (v->x == NULL)
        return gd__line_no_memory(line);
    v->whole = !is_window;
    for (int64_t i = 0; i < numel; ++i)
        if (!read_element(v->x, (size_t)i, gd_json_at(list, (size_t)i)))
            return gd__line_refuse(line, "\"%s\": value %lld is none of %s", key, (long long)i,
                                   gd_dtype_name(like->dtype));
    const gd_json *given = gd__line_take(line, stats);
    if ((given != NULL || is_window) &&
        !read_statistics(given, numel_of(like->ndim, like->shape), v))
        return gd__line_refuse(line, "\"%s\" are missing or do not fit", stats);
    if (v->whole)
        compute_statistics(v);
    return true;
}
