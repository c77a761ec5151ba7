/* Writing numbers as a .npy file, and as a part of others. */
#include "data/matrix_write.h"
#include "data/formats.h"
#include "tensor/npy.h"

static bool is_in(const gd__matrix *m, int column)
{
    return m->part == GD__ALL || m->w->target[column] == (m->part == GD__TARGETS);
}

/* ---- dtype ---- */

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

static bool column_fits(const gd__matrix *m, int column, gd_dtype dtype)
{
    const gd_tensor *view = m->w->table->column[column].view;
    if (view != NULL &&
        (view->dtype == dtype || (dtype == GD_I64 && !gd_dtype_is_float(view->dtype))))
        return true;
    for (int64_t i = 0; i < m->w->count; ++i)
        if (!fits(gd_table_number(m->w->table, gd__written_row(m->w, i), column), dtype))
            return false;
    return true;
}

static bool all_fit(const gd__matrix *m, gd_dtype dtype)
{
    for (int i = 0; i < m->w->table->columns; ++i)
        if (is_in(m, i) && !column_fits(m, i, dtype))
            return false;
    return true;
}

static gd_dtype find_dtype(const gd__matrix *m)
{
    const gd_table *t = m->w->table;
    for (int i = 0; i < t->columns; ++i)
        if (is_in(m, i) && t->column[i].view != NULL && all_fit(m, t->column[i].view->dtype))
            return t->column[i].view->dtype;
    return all_fit(m, GD_I64) ? GD_I64 : GD_F64;
}

bool gd__matrix_create(gd__matrix *m, const gd__writing *w, gd__part part)
{
    *m = (gd__matrix){.w = w, .part = part, .shape = {.ndim = 2, .shape = {w->count}}};
    for (int i = 0; i < w->table->columns; ++i) {
        if (is_in(m, i) && !gd__holds_numbers(w, i, false))
            return false;
        m->shape.shape[1] += is_in(m, i);
    }
    m->shape.dtype = find_dtype(m);
    return true;
}

/* ---- elements ---- */

static int64_t whole_number(const gd_table *t, int64_t row, int column)
{
    const gd__column *c = &t->column[column];
    if (c->view != NULL && c->view->dtype == GD_I64)
        return ((const int64_t *)c->view->data)[c->view_start + row * c->view_stride];
    return (int64_t)gd_table_number(t, row, column);
}

void gd__matrix_row(const gd__matrix *m, int64_t row, void *to)
{
    const gd_table *t = m->w->table;
    gd_dtype dtype = m->shape.dtype;
    int64_t at = 0;
    for (int i = 0; i < t->columns; ++i) {
        if (!is_in(m, i))
            continue;
        if (gd_dtype_is_float(dtype))
            gd__set_float_at(dtype, to, at, gd_table_number(t, row, i));
        else if (dtype == GD_I64)
            ((int64_t *)to)[at] = whole_number(t, row, i);
        else
            ((uint8_t *)to)[at] = (uint8_t)gd_table_number(t, row, i);
        ++at;
    }
}

gd_status gd__write_npy(const gd__writing *w)
{
    gd__matrix m;
    char header[GD__NPY_HEADER];
    if (!gd__matrix_create(&m, w, GD__ALL))
        return GD_ERROR_VALUE;
    size_t columns = (size_t)m.shape.shape[1], size = columns * sizeof(double);
    void *row = gd__allocate(size);
    if (row == NULL)
        return gd__no_memory_to_write(w);
    gd__npy_write_header(header, &m.shape, false);
    fwrite(header, 1, sizeof header, w->file);
    for (int64_t i = 0; i < w->count && !ferror(w->file); ++i) {
        gd__matrix_row(&m, gd__written_row(w, i), row);
        fwrite(row, gd_dtype_size(m.shape.dtype), columns, w->file);
    }
    gd__free(row, size);
    return GD_OK;
}
