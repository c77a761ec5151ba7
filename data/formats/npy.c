/* Reading and writing tables as .npy files. */
#include "tensor/npy.h"
#include "data/formats/formats.h"
#include "data/table/array_columns.h"

static bool read_npy(gd__source *source, gd_table *table)
{
    gd__file_reader file;
    gd__array all = {.prefix = ""};
    if (!gd__source_whole(source, &file))
        return false;
    all.x = gd__npy_read(&file, &all.text);
    return gd__table_add_arrays(table, &all, 1);
}

static bool is_npy(const gd__source *source)
{
    static const char magic[] = "\x93NUMPY";
    return source->end >= sizeof magic - 1 && memcmp(source->text, magic, sizeof magic - 1) == 0;
}

/* ---- writing: the dtype ---- */

static bool fits(double number, gd_dtype dtype)
{
    switch (dtype) {
    case GD_F32:
        return isnan(number) || number == (double)(float)number;
    case GD_F64:
        return true;
    case GD_I64:
        return number == trunc(number) && fabs(number) <= 9007199254740992.0;
    default:
        return number == trunc(number) && number >= 0 && number <= (dtype == GD_BOOL ? 1 : 255);
    }
}

static bool column_fits(const gd__writer *w, int column, gd_dtype dtype)
{
    const gd_tensor *view = w->table->column[column].view;
    if (view != NULL &&
        (view->dtype == dtype || (dtype == GD_I64 && !gd_dtype_is_float(view->dtype))))
        return true;
    for (int64_t i = 0; i < w->count; ++i)
        if (!fits(gd_table_number(w->table, gd__chosen_row(w->rows, i), column), dtype))
            return false;
    return true;
}

static bool all_fit(const gd__writer *w, gd_dtype dtype)
{
    for (int i = 0; i < w->table->columns; ++i)
        if (!column_fits(w, i, dtype))
            return false;
    return true;
}

/* The dtype of the file: that of the views, if it holds all columns; else int64 if all numbers are
 * whole; else float64, with NaN for missing cells. */
static gd_dtype find_dtype(const gd__writer *w)
{
    const gd_table *t = w->table;
    for (int i = 0; i < t->columns; ++i)
        if (t->column[i].view != NULL && all_fit(w, t->column[i].view->dtype))
            return t->column[i].view->dtype;
    return all_fit(w, GD_I64) ? GD_I64 : GD_F64;
}

/* ---- writing: the elements ---- */

static int64_t whole_number(const gd_table *t, int64_t row, int column)
{
    const gd__column *c = &t->column[column];
    if (c->view != NULL && c->view->dtype == GD_I64)
        return ((const int64_t *)c->view->data)[c->view_start + row * c->view_stride];
    return (int64_t)gd_table_number(t, row, column);
}

/* Writes a row of the table as elements. */
static void fill_row(const gd_table *t, int64_t row, gd_dtype dtype, void *to)
{
    for (int i = 0; i < t->columns; ++i)
        if (gd_dtype_is_float(dtype))
            gd__set_float_at(dtype, to, i, gd_table_number(t, row, i));
        else if (dtype == GD_I64)
            ((int64_t *)to)[i] = whole_number(t, row, i);
        else
            ((uint8_t *)to)[i] = (uint8_t)gd_table_number(t, row, i);
}

static bool write_npy(gd__writer *w)
{
    int columns = w->table->columns;
    for (int i = 0; i < columns; ++i)
        if (!gd__holds_numbers(w, i, false))
            return false;
    gd_tensor shape = {.dtype = find_dtype(w), .ndim = 2, .shape = {w->count, columns}};
    size_t row_size = (size_t)columns * gd_dtype_size(shape.dtype);
    if (columns > GD__MOST_ARRAY_COLUMNS)
        return gd__cannot_write(w, "%d columns are too many for npy, which is read with up to %d",
                                columns, GD__MOST_ARRAY_COLUMNS);
    if (!gd__check_columns(w, columns, GD__NPY_HEADER + w->count * (int64_t)row_size))
        return false;
    void *row = gd_allocate(row_size);
    if (row == NULL)
        return gd__no_memory_to_write(w);
    char header[GD__NPY_HEADER];
    gd__npy_write_header(header, &shape, false);
    gd__put_bytes(w, header, sizeof header);
    for (int64_t i = 0; i < w->count && !ferror(w->file); ++i) {
        fill_row(w->table, gd__chosen_row(w->rows, i), shape.dtype, row);
        gd__put_bytes(w, row, row_size);
    }
    gd_free(row, row_size);
    return true;
}

const gd__format gd__format_npy = {"npy", ".npy", GD__MISSING, is_npy, read_npy, write_npy};
