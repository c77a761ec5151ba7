/* Numbers of a trace, in the trace's own text; and the elements of a tensor that the page shows. */
#ifndef CLI_TRACE_NUMBERS_H
#define CLI_TRACE_NUMBERS_H

#include <gradus/trace.h>

#include <stdio.h>

enum { TRACE_NUMBER = 40 };

/* The shortest of %.6g .. that reads back as the same value of the dtype; "nan", "inf", "-inf". */
const char *trace_number(double value, gd_dtype dtype, char text[TRACE_NUMBER]);

/* Element i, row-major. */
const char *trace_element(const gd_tensor *x, int64_t i, char text[TRACE_NUMBER]);

/* What is shown of values: all elements of a small tensor, else the first rows and columns of its
 * last two dimensions. Cell (r, c) is element at[0] r + c of the line in the trace, and element
 * at[1] r + c of the tensor. */
typedef struct trace_window {
    int64_t rows, columns, at[2];
    bool whole;
} trace_window;

trace_window trace_window_of(const gd_recorded_tensor *tensor, const gd_recorded_values *values);

/* The cell of an element of the tensor, as an index in the line; -1: it is not shown. */
int64_t trace_shown_at(const trace_window *window, int64_t element);

/* "[2,3]"; "" for []. */
enum { TRACE_SHAPE = 24 * GD_MAX_DIMS };
const char *trace_shape(int ndim, const int64_t *shape, char text[TRACE_SHAPE]);

/* "[1,2]" of element i in this shape; "" where there is one element. */
const char *trace_index(int ndim, const int64_t *shape, int64_t i, char text[TRACE_SHAPE]);

int64_t trace_count(int ndim, const int64_t *shape);

#endif
