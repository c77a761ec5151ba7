/* Looking into a table: its properties, its cells, its columns as tensors. */
#include "data/table/table.h"

#include <inttypes.h>

static bool has_column(const gd_table *t, int column)
{
    return column >= 0 && column < t->columns;
}

static bool has_cell(const gd_table *t, int64_t row, int column)
{
    return has_column(t, column) && row >= 0 && row < t->rows;
}

/* ---- the table ---- */

void gd_table_destroy(gd_table *t)
{
    if (t == NULL)
        return;
    for (int i = 0; i < t->columns; ++i) {
        gd__column *c = &t->column[i];
        size_t cell = c->numbers ? sizeof(double) : sizeof(int32_t);
        for (int b = 0; b < GD__BLOCKS; ++b)
            gd_free(c->block[b], ((size_t)GD__FIRST_BLOCK << b) * cell);
        gd_free(c->order, (size_t)c->levels.count * sizeof *c->order);
        gd_free(c->rank, (size_t)c->levels.count * sizeof *c->rank);
        gd__levels_destroy(&c->levels);
    }
    for (int i = 0; i < t->owned_count; ++i)
        gd_tensor_destroy(t->owned[i]);
    gd_free(t->owned, (size_t)t->owned_count * sizeof(gd_tensor *));
    gd_free(t->column, (size_t)t->room * sizeof *t->column);
    gd_free(t->run, (size_t)t->runs_room * sizeof *t->run);
    gd__levels_destroy(&t->names);
    gd__levels_destroy(&t->missing);
    gd__levels_destroy(&t->notes);
    gd_free(t->path, t->path_size);
    gd_free(t, sizeof *t);
}

const char *gd_table_path(const gd_table *t)
{
    return t->path;
}

int64_t gd_table_rows(const gd_table *t)
{
    return t->rows;
}

int gd_table_columns(const gd_table *t)
{
    return t->columns;
}

const char *gd_table_name(const gd_table *t, int column)
{
    return has_column(t, column) ? t->names.level[column].text : NULL;
}

int gd_table_find(const gd_table *t, const char *name)
{
    return name != NULL ? gd__levels_find(&t->names, name, strlen(name)) : -1;
}

char gd_table_delimiter(const gd_table *t)
{
    return t->delimiter;
}

bool gd_table_has_header(const gd_table *t)
{
    return t->has_header;
}

const char *gd_table_note(const gd_table *t, int64_t index, gd_guess *guess)
{
    if (index < 0 || index >= t->notes.count)
        return NULL;
    const gd__level *note = &t->notes.level[index];
    *guess = (gd_guess)note->value;
    return note->text;
}

bool gd_table_is_sparse(const gd_table *t)
{
    return t->sparse;
}

void gd_table_default_targets(const gd_table *t, bool *chosen)
{
    bool some = false;
    for (int i = 0; i < t->columns; ++i) {
        chosen[i] |= t->column[i].target;
        some |= t->column[i].target;
    }
    if (!some && !t->images && t->columns > 0)
        chosen[t->columns - 1] = true;
}

/* ---- cells ---- */

static double view_number(const gd__column *c, int64_t row)
{
    int64_t i = c->view_start + row * c->view_stride;
    switch (c->view->dtype) {
    case GD_F32:
    case GD_F64:
        return gd__float_at(c->view->dtype, c->view->data, i);
    case GD_I64:
        return (double)((const int64_t *)c->view->data)[i];
    default:
        return ((const uint8_t *)c->view->data)[i];
    }
}

int32_t gd__level_of(const gd__column *c, int64_t row)
{
    if (c->numbers)
        return -1;
    int block;
    size_t i = gd__cell_of(row, &block);
    return ((const int32_t *)c->block[block])[i];
}

/* The rank of a level. */
static int32_t position_of(const gd__column *c, int32_t level)
{
    return c->rank != NULL ? c->rank[level] : level;
}

static double number_of(const gd__column *c, int64_t row)
{
    if (c->view != NULL)
        return view_number(c, row);
    int block;
    size_t i = gd__cell_of(row, &block);
    if (c->numbers)
        return ((const double *)c->block[block])[i];
    int32_t level = ((const int32_t *)c->block[block])[i];
    return level >= 0 ? c->levels.level[level].value : (double)NAN;
}

gd_column_kind gd_table_kind(const gd_table *t, int column)
{
    if (!has_column(t, column) || t->column[column].numbers)
        return GD_COLUMN_NUMBERS;
    const gd__column *c = &t->column[column];
    if (c->words)
        return GD_COLUMN_WORDS;
    return c->first_text.there ? GD_COLUMN_TEXTS : GD_COLUMN_NUMBERS;
}

int64_t gd_table_missing(const gd_table *t, int column)
{
    if (!has_column(t, column))
        return 0;
    const gd__column *c = &t->column[column];
    if (c->view == NULL)
        return c->missing;
    int64_t missing = 0;
    for (int64_t row = 0; gd_dtype_is_float(c->view->dtype) && row < t->rows; ++row)
        missing += isnan(view_number(c, row)) != 0;
    return missing;
}

double gd_table_number(const gd_table *t, int64_t row, int column)
{
    return has_cell(t, row, column) ? number_of(&t->column[column], row) : (double)NAN;
}

int64_t gd_table_level_count(const gd_table *t, int column)
{
    if (!has_column(t, column) || t->column[column].numbers)
        return -1;
    const gd__column *c = &t->column[column];
    return c->order != NULL ? c->ordered : c->levels.count;
}

const char *gd_table_level(const gd_table *t, int column, int64_t level)
{
    if (level < 0 || level >= gd_table_level_count(t, column))
        return NULL;
    const gd__column *c = &t->column[column];
    return c->levels.level[c->order != NULL ? c->order[level] : level].text;
}

double gd_table_level_number(const gd_table *t, int column, int64_t level)
{
    if (level < 0 || level >= gd_table_level_count(t, column))
        return (double)NAN;
    const gd__column *c = &t->column[column];
    return c->levels.level[c->order != NULL ? c->order[level] : level].value;
}

int64_t gd_table_code(const gd_table *t, int64_t row, int column)
{
    int32_t level = has_cell(t, row, column) ? gd__level_of(&t->column[column], row) : -1;
    return level >= 0 ? position_of(&t->column[column], level) : -1;
}

const char *gd__cell_text(double number, bool single, char buffer[GD_NUMBER_TEXT])
{
    if (!isinf(number))
        return gd_number_text(number, single, buffer);
    return strcpy(buffer, number < 0 ? "-1e999" : "1e999");
}

const char *gd_table_text(const gd_table *t, int64_t row, int column, char buffer[GD_NUMBER_TEXT])
{
    if (!has_cell(t, row, column))
        return "";
    const gd__column *c = &t->column[column];
    int32_t level = gd__level_of(c, row);
    if (level >= 0)
        return c->levels.level[level].text;
    gd_dtype dtype = c->view != NULL ? c->view->dtype : GD_F64;
    if (dtype == GD_I64) { /* a double may not hold it */
        int64_t i = c->view_start + row * c->view_stride;
        snprintf(buffer, GD_NUMBER_TEXT, "%" PRId64, ((const int64_t *)c->view->data)[i]);
        return buffer;
    }
    double number = number_of(c, row);
    return isnan(number) ? "" : gd__cell_text(number, dtype == GD_F32, buffer);
}

/* ---- columns as tensors ---- */

static const gd__remark *earlier(const gd__remark *a, const gd__remark *b)
{
    if (a == NULL || !b->there)
        return a != NULL || !b->there ? a : b;
    bool before = a->place.line < b->place.line ||
                  (a->place.line == b->place.line && a->place.column < b->place.column);
    return before ? a : b;
}

/* Writes the message of columns that are not all numbers of this dtype, with the first place, or
 * if it is unknown with this row. Returns NULL. */
static gd_tensor *fail_numbers(const gd_table *t, int64_t row, int first, int count, gd_dtype dtype)
{
    const gd__remark *r = NULL;
    int of = first;
    for (int i = first; i < first + count; ++i) {
        const gd__column *c = &t->column[i];
        const gd__remark *before = r;
        r = earlier(earlier(r, &c->first_missing), &c->first_text);
        r = earlier(r, dtype == GD_F32 ? &c->first_large : &c->first_infinite);
        of = r != before ? i : of;
    }
    if (r == NULL)
        gd__table_fail(t, gd__table_place(t, row),
                       "finite numbers of %s are expected in columns %d to %d",
                       gd_dtype_name(dtype), first + 1, first + count);
    if (r == NULL)
        return NULL;
    gd__table_fail_remark(t, of, r);
    return NULL;
}

/* Writes rows [row, row + n) of a column to x[row.., j]. Returns the first row without a finite
 * number; -1: none. */
static int64_t put_numbers(const gd__column *c, int64_t row, int64_t n, gd_tensor *x, int64_t j)
{
    int64_t stride = x->shape[1];
    for (int64_t i = row; i < row + n; ++i) {
        double number = number_of(c, i);
        gd__set_float_at(x->dtype, x->data, i * stride + j, number);
        if (!isfinite(x->dtype == GD_F32 ? (double)(float)number : number))
            return i;
    }
    return -1;
}

gd_tensor *gd_table_numbers(const gd_table *t, int first, int count, gd_dtype dtype)
{
    enum { TILE = 256 }; /* rows at a time, which stay in the cache from column to column */
    if (t == NULL || first < 0 || count < 0 || count > t->columns - first)
        return gd__fail_null("table_numbers: there are no columns %d to %d", first,
                             first + count - 1);
    if (!gd_dtype_is_float(dtype))
        return gd__fail_null("table_numbers: %s; float32 or float64 is needed",
                             gd_dtype_name(dtype));
    gd_tensor *x = gd_tensor_create(dtype, GD_DIMS(t->rows, count));
    for (int64_t row = 0; x != NULL && row < t->rows; row += TILE)
        for (int j = 0; j < count; ++j) {
            int64_t n = t->rows - row < TILE ? t->rows - row : TILE;
            int64_t wrong = put_numbers(&t->column[first + j], row, n, x, j);
            if (wrong >= 0) {
                gd_tensor_destroy(x);
                return fail_numbers(t, wrong, first, count, dtype);
            }
        }
    return x;
}

gd_tensor *gd_table_classes(const gd_table *t, int column)
{
    if (t == NULL || !has_column(t, column))
        return gd__fail_null("table_classes: there is no column %d", column);
    const gd__column *c = &t->column[column];
    if (c->numbers)
        return gd__fail_null(
            "%s: classes are expected in column \"%.80s\", found more numbers than can be classes",
            t->path, gd_table_name(t, column));
    if (c->first_missing.there) {
        gd__table_fail(t, c->first_missing.place,
                       "a class is expected in column \"%.80s\", found \"%s\"",
                       gd_table_name(t, column), c->first_missing.text);
        return NULL;
    }
    gd_tensor *classes = gd_tensor_create(GD_I64, GD_DIMS(t->rows));
    for (int64_t row = 0; classes != NULL && row < t->rows; ++row)
        ((int64_t *)classes->data)[row] = position_of(c, gd__level_of(c, row));
    return classes;
}
