/* Columns that are views of arrays, and levels for those whose numbers may be classes. */
#include "data/table/array_columns.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SAMPLE = 4096 /* rows; they usually show that a column is a measurement */ };

/* ---- columns ---- */

/* The number of columns of a tensor [N,..] with `bytes` elements in each cell. -1 with a message:
 * none, too many, or N is not `wanted` (-1: any N). */
static int64_t count_columns(const gd_table *t, const gd_tensor *x, int64_t bytes, int64_t wanted)
{
    char shape[GD__SHAPE_TEXT];
    gd__shape_text(shape, bytes > 1 ? x->ndim - 1 : x->ndim, x->shape);
    int64_t rows = x->ndim > 0 ? x->shape[0] : 0,
            columns = rows > 0 ? gd_tensor_numel(x) / bytes / rows : 0;
    if (columns < 1 || columns > GD__MOST_ARRAY_COLUMNS)
        gd__table_fail(t, (gd__place){0},
                       "rows of 1 to %d numbers are expected, found the shape %s",
                       GD__MOST_ARRAY_COLUMNS, shape);
    else if (wanted >= 0 && rows != wanted)
        gd__table_fail(t, (gd__place){0},
                       "%" PRId64 " labels are expected, one for each row, found the shape %s",
                       wanted, shape);
    else if (gd__table_may_have_columns(t, columns, (gd__place){0}))
        return columns;
    return -1;
}

/* The number of elements of a cell: the bytes of a text, or 1. */
static int64_t width_of(const gd__array *a)
{
    return a->text && a->x->ndim > 0 ? a->x->shape[a->x->ndim - 1] : 1;
}

/* Adds the columns of an array, which becomes a matrix if they are views of it. */
static bool add_columns(gd_table *t, const gd__array *a, bool views, int64_t wanted)
{
    gd_tensor *x = a->x;
    int64_t columns = count_columns(t, x, width_of(a), wanted);
    if (columns < 0)
        return false;
    t->images |= x->ndim - a->text > 2;
    if (views) {
        x->ndim = 2;
        x->shape[1] = columns;
        gd__set_contiguous(x);
    }
    for (int64_t j = 0; j < columns; ++j) {
        char numbered[64];
        snprintf(numbered, sizeof numbered, "%.20s%" PRId64, a->prefix, j + 1);
        const char *name = columns == 1 && a->alone != NULL ? a->alone : numbered;
        int column =
            views ? gd__table_add_view(t, name, x, j) : gd__table_add_column(t, gd__field_of(name));
        if (column < 0)
            return false;
        t->column[column].target = a->target;
    }
    return true;
}

/* ---- cells ---- */

/* Adds cell i of an array as a text; of a number, the shortest. The buffer has memory for
 * GD__SOURCE_SLACK zeros after it. */
static bool add_cell(gd_table *t, int column, const gd__array *a, int64_t i, char *buffer)
{
    int64_t width = width_of(a), length = width;
    const gd_tensor *x = a->x;
    if (a->text) {
        const char *text = (const char *)x->data + i * width;
        while (length > 0 && text[length - 1] == '\0')
            --length;
        memcpy(buffer, text, (size_t)length);
    } else if (x->dtype == GD_I64) {
        length = snprintf(buffer, GD_NUMBER_TEXT, "%" PRId64, ((const int64_t *)x->data)[i]);
    } else {
        gd_tensor row = gd_tensor_reshape(x, 1, (const int64_t[]){gd_tensor_numel(x)});
        gd_tensor element = gd_tensor_slice(&row, 0, i, i + 1, 1);
        gd__cell_text(gd_item(&element), x->dtype == GD_F32, buffer);
        length = (int64_t)strlen(buffer);
    }
    memset(buffer + length, 0, GD__SOURCE_SLACK);
    gd__field field = {
        .text = buffer, .length = (size_t)length, .place = gd__table_place(t, t->rows - 1)};
    return gd__table_add_cell(t, column, &field);
}

static bool add_rows(gd_table *t, const gd__array *arrays, int count, char *buffer)
{
    int64_t rows = arrays[0].x->shape[0];
    t->lineless = true;
    for (int64_t row = 0; row < rows; ++row) {
        int column = 0;
        if (!gd__table_begin_row(t, row + 1))
            return false;
        for (int k = 0; k < count; ++k) {
            int64_t columns = gd_tensor_numel(arrays[k].x) / width_of(&arrays[k]) / rows;
            for (int64_t j = 0; j < columns; ++j)
                if (!add_cell(t, column++, &arrays[k], row * columns + j, buffer))
                    return false;
        }
    }
    return true;
}

static bool add_cells(gd_table *t, const gd__array *arrays, int count)
{
    size_t size = GD_NUMBER_TEXT;
    for (int k = 0; k < count; ++k) {
        size_t width = (size_t)width_of(&arrays[k]);
        size = size > width ? size : width;
    }
    size += GD__SOURCE_SLACK;
    char *buffer = gd_allocate(size);
    if (buffer == NULL)
        return gd__table_fail_memory(t);
    bool added = add_rows(t, arrays, count, buffer);
    gd_free(buffer, size);
    return added;
}

/* ---- levels ---- */

/* The same for bytes. */
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

/* Writes the different numbers of the first rows to values [max(rows, 256)], in order. Returns how
 * many there are. */
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
    gd__sort(values, present, sizeof *values, gd__compare_numbers);
    int64_t count = 0;
    for (size_t i = 0; i < present; ++i)
        if (i == 0 || values[i] != values[i - 1])
            values[count++] = values[i];
    return count;
}

/* Whether these different numbers, in order, become levels: they may be classes, or the column is
 * verbatim and each occurs twice on average. */
static bool are_levels(const gd_table *t, int column, const double *values, int64_t count)
{
    const gd__column *c = &t->column[column];
    const double whole = 9007199254740992.0; /* 2^53: doubles do not distinguish larger int64s */
    bool fractions = false;
    for (int64_t i = 0; i < count && !fractions; ++i)
        fractions = values[i] != trunc(values[i]);
    if (c->view->dtype == GD_I64 && count > 0 && (values[0] < -whole || values[count - 1] > whole))
        return false;
    return gd__may_be_classes(count, fractions) || (c->verbatim && count <= t->rows / 2);
}

/* Makes these numbers the levels of the column; code [rows] is memory for the level of each row.
 * */
static bool set_levels(gd_table *t, int column, const double *values, int64_t count, int32_t *code)
{
    gd__levels levels = {0};
    bool single = t->column[column].view->dtype == GD_F32, added = true;
    for (int64_t i = 0; i < count && added; ++i) {
        char text[GD_NUMBER_TEXT];
        gd_number_text(values[i], single, text);
        int32_t level = gd__levels_add(&levels, text, strlen(text));
        added = level >= 0;
        if (added)
            levels.level[level].value = values[i];
    }
    for (int64_t row = 0; row < t->rows; ++row) {
        double value = gd_table_number(t, row, column);
        const double *found =
            bsearch(&value, values, (size_t)count, sizeof value, gd__compare_numbers);
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
    double *values = gd_allocate(size);
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
    gd_free(values, size);
    return fine;
}

/* Gives levels to the targets and the verbatim columns of a table of views. */
static bool find_all_levels(gd_table *t)
{
    if (!gd__table_mark_verbatim(t))
        return false;
    bool some = false;
    for (int i = 0; i < t->columns; ++i)
        some |= t->column[i].target;
    for (int i = 0; i < t->columns; ++i) {
        const gd__column *c = &t->column[i];
        bool target = c->target || (!some && !t->images && i == t->columns - 1);
        if ((target || c->verbatim) && !find_levels(t, i))
            return false;
    }
    return true;
}

bool gd__table_add_arrays(gd_table *t, gd__array *arrays, int count)
{
    bool fine = true, views = true;
    for (int k = 0; k < count; ++k) {
        fine &= arrays[k].x != NULL;
        views &= !arrays[k].text;
    }
    for (int k = 0; k < count && fine; ++k)
        fine = add_columns(t, &arrays[k], views, k > 0 ? arrays[0].x->shape[0] : -1);
    fine = fine && (views || add_cells(t, arrays, count));
    for (int k = 0; k < count; ++k)
        if (fine && views)
            fine = gd__table_own(t, arrays[k].x);
        else
            gd_tensor_destroy(arrays[k].x);
    return fine && (!views || find_all_levels(t));
}
