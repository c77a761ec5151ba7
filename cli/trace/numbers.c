#include "cli/trace/numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of tensors up to SMALL elements the page shows all; of others at most ROWS x COLUMNS, and of a
 * column more rows. */
enum { SMALL = 64, ROWS = 4, COLUMNS = 5, LONG_COLUMN = 8 };

const char *trace_number(double value, gd_dtype dtype, char text[TRACE_NUMBER])
{
    int digits = 6, most = dtype == GD_F32 ? 9 : 17;
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return text;
    }
    if (value == 0 && signbit(value))
        return strcpy(text, "-0.0");
    for (;; ++digits) {
        snprintf(text, TRACE_NUMBER, "%.*g", digits, value);
        double read = dtype == GD_F32 ? (double)strtof(text, NULL) : strtod(text, NULL);
        if (digits >= most || read == value)
            return text;
    }
}

/* Where element i, row-major, stands behind the first. */
static int64_t offset_of(const gd_tensor *x, int64_t i)
{
    int64_t offset = 0;
    for (int d = x->ndim - 1; d >= 0; --d) {
        offset += i % x->shape[d] * x->stride[d];
        i /= x->shape[d];
    }
    return offset;
}

const char *trace_element(const gd_tensor *x, int64_t i, char text[TRACE_NUMBER])
{
    if (x->dtype == GD_I64) /* more digits than a double has */
        snprintf(text, TRACE_NUMBER, "%" PRId64, ((const int64_t *)x->data)[offset_of(x, i)]);
    else if (x->dtype == GD_BOOL)
        strcpy(text, gd_tensor_at(x, i) != 0 ? "true" : "false");
    else if (x->dtype == GD_U8)
        snprintf(text, TRACE_NUMBER, "%.0f", gd_tensor_at(x, i));
    else
        trace_number(gd_tensor_at(x, i), x->dtype, text);
    return text;
}

int64_t trace_count(int ndim, const int64_t *shape)
{
    int64_t count = 1;
    for (int i = 0; i < ndim; ++i)
        count *= shape[i];
    return count;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

trace_window trace_window_of(const gd_recorded_tensor *tensor, const gd_recorded_values *values)
{
    int64_t count = trace_count(tensor->ndim, tensor->shape);
    int64_t last = tensor->ndim > 0 ? tensor->shape[tensor->ndim - 1] : 1;
    trace_window w = {.whole = values->whole && count <= SMALL};
    if (values->x == NULL || count == 0)
        return w;
    w.at[1] = last;
    w.at[0] = values->whole ? last : values->x->shape[1];
    w.rows = values->whole ? count / last : values->x->shape[0];
    w.columns = w.at[0];
    if (w.whole)
        return w;
    if (values->whole && tensor->ndim > 1)
        w.rows = tensor->shape[tensor->ndim - 2];
    w.columns = least(w.columns, w.rows == 1 ? LONG_COLUMN : COLUMNS);
    w.rows = least(w.rows, w.columns == 1 ? LONG_COLUMN : ROWS);
    return w;
}

int64_t trace_shown_at(const trace_window *window, int64_t element)
{
    if (window->rows == 0)
        return -1;
    int64_t row = element / window->at[1], column = element % window->at[1];
    bool is_shown = row < window->rows && column < window->columns;
    return is_shown ? row * window->at[0] + column : -1;
}

const char *trace_shape(int ndim, const int64_t *shape, char text[TRACE_SHAPE])
{
    int n = 0;
    text[0] = '\0';
    for (int i = 0; i < ndim; ++i)
        n += snprintf(text + n, TRACE_SHAPE - (size_t)n, "%c%" PRId64 "%s", i == 0 ? '[' : ',',
                      shape[i], i == ndim - 1 ? "]" : "");
    return text;
}

const char *trace_index(int ndim, const int64_t *shape, int64_t i, char text[TRACE_SHAPE])
{
    int64_t index[GD_MAX_DIMS];
    text[0] = '\0';
    if (trace_count(ndim, shape) == 1)
        return text;
    for (int d = ndim - 1; d >= 0; --d) {
        index[d] = i % shape[d];
        i /= shape[d];
    }
    return trace_shape(ndim, index, text);
}
