/* Adding columns to a table, and how many a file may have. */
#include "data/table/table.h"

#include <inttypes.h>

enum {
    FREE_CELLS = 1 << 25,   /* a sparse file may have so many cells, */
    CELLS_OF_A_VALUE = 100, /* or so many for each value that it gives */
    FREE_COLUMNS = 1 << 17, /* a file may have so many columns, */
    BYTES_OF_A_COLUMN = 16  /* or one for each so many of its bytes */
};

void *gd__table_add_block(const gd_table *t, gd__column *c, int block)
{
    size_t cells = (size_t)GD__FIRST_BLOCK << block;
    size_t size = cells * (c->numbers ? sizeof(double) : sizeof(int32_t));
    c->block[block] = gd_allocate(size);
    if (c->block[block] != NULL && t->sparse)
        memset(c->block[block], 0, size);
    return c->block[block];
}

/* Adds the cells of the rows before the column. */
static bool add_earlier_cells(const gd_table *t, gd__column *c)
{
    for (int b = 0; b < t->blocks; ++b) {
        void *cells = gd__table_add_block(t, c, b);
        if (cells == NULL)
            return gd__table_fail_memory(t);
        size_t count = (size_t)GD__FIRST_BLOCK << b;
        for (size_t i = 0; i < count && !t->sparse; ++i)
            if (c->numbers)
                ((double *)cells)[i] = (double)NAN;
            else
                ((int32_t *)cells)[i] = -1;
        c->tail = cells;
    }
    c->missing = t->sparse ? 0 : t->rows;
    return true;
}

bool gd__are_few_columns(int64_t columns, int64_t bytes)
{
    return columns <= FREE_COLUMNS || columns <= bytes / BYTES_OF_A_COLUMN;
}

bool gd__table_may_have_columns(const gd_table *t, int64_t columns, gd__place place)
{
    int64_t bytes = t->source != NULL ? gd__source_size(t->source) : INT64_MAX;
    return gd__are_few_columns(columns, bytes) ||
           gd__table_fail(
               t, place,
               "at most %d columns, or one for every %d bytes of the file, are expected, found "
               "%" PRId64 " in %" PRId64
               " bytes (of compressed files and pipes, only the bytes read so far count)",
               FREE_COLUMNS, BYTES_OF_A_COLUMN, columns, bytes);
}

static bool grow_columns(gd_table *t)
{
    gd__column *longer = gd__lengthened(t->column, &t->room, sizeof *longer, 16);
    if (longer == NULL)
        return gd__table_fail_memory(t);
    t->column = longer;
    return true;
}

static int add_column(gd_table *t, gd__field name, gd__column column)
{
    if (!gd__table_check_text(t, &name))
        return -1;
    int before = gd__levels_find(&t->names, name.text, name.length);
    if (before >= 0)
        return gd__table_fail(t, name.place,
                              "a name for column %d that no other column has is expected, found "
                              "\"%.60s\", the name of column %d",
                              t->columns + 1, t->names.level[before].text, before + 1) -
               1;
    if (!gd__table_may_have_columns(t, (int64_t)t->columns + 1, name.place) ||
        (t->columns == t->room && !grow_columns(t)))
        return -1;
    if (gd__levels_add(&t->names, name.text, name.length) < 0)
        return gd__table_fail_memory(t) - 1;
    column.keep = t->columns < t->kept && t->keep[t->columns];
    t->column[t->columns++] = column; /* the table frees it, even if incomplete */
    bool complete = column.view != NULL || add_earlier_cells(t, &t->column[t->columns - 1]);
    return complete ? t->columns - 1 : -1;
}

int gd__table_add_column(gd_table *t, gd__field name)
{
    return add_column(t, name, (gd__column){0});
}

int gd__table_add_numbers(gd_table *t, gd__field name)
{
    return add_column(t, name, (gd__column){.numbers = true});
}

int gd__table_add_view(gd_table *t, const char *name, const gd_tensor *matrix, int64_t j)
{
    return add_column(t, gd__field_of(name),
                      (gd__column){.numbers = true,
                                   .view = matrix,
                                   .view_start = j * matrix->stride[1],
                                   .view_stride = matrix->stride[0]});
}

bool gd__table_own(gd_table *t, gd_tensor *tensor)
{
    if (tensor == NULL)
        return false;
    size_t size = (size_t)t->owned_count * sizeof(gd_tensor *);
    gd_tensor **owned = gd_allocate(size + sizeof *owned);
    if (owned == NULL) {
        gd_tensor_destroy(tensor);
        return gd__table_fail_memory(t);
    }
    if (size > 0)
        memcpy(owned, t->owned, size);
    gd_free(t->owned, size);
    owned[t->owned_count++] = tensor;
    t->owned = owned;
    t->rows = tensor->shape[0];
    return true;
}

bool gd__table_reorder(gd_table *t, const int *order)
{
    size_t size = (size_t)t->room * sizeof *t->column;
    gd__levels names = {0};
    gd__column *column = gd_allocate(size);
    bool whole = column != NULL;
    for (int i = 0; whole && i < t->columns; ++i) {
        const char *name = t->names.level[order[i]].text;
        column[i] = t->column[order[i]];
        whole = gd__levels_add(&names, name, strlen(name)) >= 0;
    }
    gd__levels *unused = whole ? &t->names : &names;
    gd__levels_destroy(unused);
    gd_free(whole ? t->column : column, size);
    if (!whole)
        return gd__table_fail_memory(t);
    t->names = names;
    t->column = column;
    return true;
}

bool gd__are_few_cells(int64_t rows, int64_t columns, int64_t values)
{
    return columns * rows <= FREE_CELLS || columns * rows / CELLS_OF_A_VALUE <= values;
}

bool gd__table_check_density(const gd_table *t, int64_t columns, int64_t values)
{
    return gd__are_few_cells(t->rows, columns, values) ||
           gd__table_fail(
               t, (gd__place){0},
               "in a table of this size, one given cell in %d is expected, found %" PRId64
               " in %" PRId64 " x %" PRId64
               "; sparser tables with more than %d cells must be csv or dense arff",
               CELLS_OF_A_VALUE, values, t->rows, columns, FREE_CELLS);
}

bool gd__table_mark_verbatim(gd_table *t)
{
    const char *list = t->options.verbatim;
    size_t columns = (size_t)t->columns;
    if (list == NULL || columns == 0)
        return true;
    bool *chosen = gd_allocate(columns);
    if (chosen == NULL)
        return gd__table_fail_memory(t);
    memset(chosen, 0, columns);
    bool found = gd__table_select_present(t, list, chosen) == GD_OK;
    for (size_t i = 0; i < columns; ++i)
        t->column[i].verbatim |= chosen[i];
    gd_free(chosen, columns);
    return found;
}
