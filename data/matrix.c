/* Columns that are views, and levels for those few whose numbers may be classes. */
#include "data/matrix.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    MOST_COLUMNS = 1 << 20,
    SAMPLE = 4096 /* rows in which a measurement shows */
};

/* ---- columns ---- */

/* Makes a tensor [N,..] a matrix. */
static bool flatten(const gd_table *t, gd_tensor *x)
{
    char shape[GD__SHAPE_TEXT];
    gd__shape_text(shape, x->ndim, x->shape);
    int64_t rows = x->ndim > 0 ? x->shape[0] : 0,
            columns = rows > 0 ? gd_tensor_numel(x) / rows : 0;
    if (columns < 1 || columns > MOST_COLUMNS)
        return gd__table_fail(t, (gd__place){0},
                              "rows of 1 to %d numbers are expected, found the shape %s",
                              MOST_COLUMNS, shape);
    if (t->owned_count > 0 && rows != t->rows)
        return gd__table_fail(t, (gd__place){0},
                              "%" PRId64 " labels are expected, one for each row, found the "
                              "shape %s",
                              t->rows, shape);
    x->ndim = 2;
    x->shape[1] = columns;
    gd__set_contiguous(x);
    return true;
}

bool gd__matrix_add(gd_table *t, gd_tensor *x, const char *prefix, const char *alone, bool target)
{
    if (x == NULL)
        return false;
    if (!flatten(t, x)) {
        gd_tensor_destroy(x);
        return false;
    }
    if (!gd__table_own(t, x))
        return false;
    for (int64_t j = 0; j < x->shape[1]; ++j) {
        char name[64];
        snprintf(name, sizeof name, "%.20s%" PRId64, prefix, j + 1);
        int column = gd__table_add_view(t, x->shape[1] == 1 && alone != NULL ? alone : name, x, j);
        if (column < 0)
            return false;
        t->column[column].target = target;
    }
    return true;
}

/* ---- levels ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The different numbers of bytes, in order: how many. */
static int64_t find_bytes(const gd_table *t, int column, int64_t rows, double *values)
{
    bool seen[256] = {false};
    for (int64_t row = 0; row < rows; ++row)
        seen[(unsigned char)gd_table_number(t, row, column)] = true;
    int64_t count = 0;
    for (int i = 0; i < 256; ++i)
        if (seen[i])
            values[count++] = i;
    return count;
}

/* values [max(rows, 256)] becomes the different numbers of the first rows, in order: how many. */
static int64_t find_values(const gd_table *t, int column, int64_t rows, double *values)
{
    if (gd_dtype_size(t->column[column].view->dtype) == 1)
        return find_bytes(t, column, rows, values);
    size_t present = 0;
    for (int64_t row = 0; row < rows; ++row) {
        double value = gd_table_number(t, row, column);
        if (isfinite(value))
            values[present++] = value + 0.0; /* no -0 */
    }
    gd__sort(values, present, sizeof *values, by_value);
    int64_t count = 0;
    for (size_t i = 0; i < present; ++i)
        if (i == 0 || values[i] != values[i - 1])
            values[count++] = values[i];
    return count;
}

/* Whether so many different numbers, in order, may be classes, or are worth being kept as such. */
static bool are_levels(const gd_table *t, int column, const double *values, int64_t count)
{
    const gd__column *c = &t->column[column];
    const double whole = 9007199254740992.0; /* 2^53: larger int64s are not told apart */
    bool fractions = false;
    for (int64_t i = 0; i < count && !fractions; ++i)
        fractions = values[i] != trunc(values[i]);
    if (c->view->dtype == GD_I64 && count > 0 && (values[0] < -whole || values[count - 1] > whole))
        return false;
    return gd__may_be_classes(count, fractions) || (c->verbatim && count <= t->rows / 2);
}

/* Gives the column these levels; code [rows]. */
static bool set_levels(gd_table *t, int column, const double *values, int64_t count, int32_t *code)
{
    gd__levels levels = {0};
    bool single = t->column[column].view->dtype == GD_F32, added = true;
    for (int64_t i = 0; i < count && added; ++i) {
        char text[GD__NUMBER_TEXT];
        gd__number_text(values[i], single, text);
        int32_t level = gd__levels_add(&levels, text, strlen(text));
        added = level >= 0;
        if (added)
            levels.level[level].value = values[i];
    }
    for (int64_t row = 0; row < t->rows; ++row) {
        double value = gd_table_number(t, row, column);
        const double *found = bsearch(&value, values, (size_t)count, sizeof value, by_value);
        code[row] = found != NULL && isfinite(value) ? (int32_t)(found - values) : -1;
    }
    added = added ? gd__table_set_levels(t, column, &levels, code) : gd__table_fail_memory(t);
    gd__levels_destroy(&levels);
    return added;
}

static bool find_levels(gd_table *t, int column)
{
    size_t room = t->rows > 256 ? (size_t)t->rows : 256;
    size_t size = room * (sizeof(double) + sizeof(int32_t));
    double *values = gd__allocate(size);
    if (values == NULL)
        return gd__table_fail_memory(t);
    int64_t sample = t->rows < SAMPLE ? t->rows : SAMPLE;
    int64_t count = find_values(t, column, sample, values);
    bool given = are_levels(t, column, values, count), fine = true;
    if (given && sample < t->rows) {
        count = find_values(t, column, t->rows, values);
        given = are_levels(t, column, values, count);
    }
    if (given)
        fine = set_levels(t, column, values, count, (int32_t *)(values + room));
    gd__free(values, size);
    return fine;
}

bool gd__matrix_finish(gd_table *t)
{
    if (!gd__table_mark_verbatim(t))
        return false;
    bool some = false;
    for (int i = 0; i < t->columns; ++i)
        some |= t->column[i].target;
    for (int i = 0; i < t->columns; ++i) {
        const gd__column *c = &t->column[i];
        bool target = c->target || (!some && i == t->columns - 1);
        if ((target || c->verbatim) && !find_levels(t, i))
            return false;
    }
    return true;
}
