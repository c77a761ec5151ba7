/* A table of some rows of another one. The types of its columns are detected anew, as if the file
 * had no other rows. */
#include "data/rows/rows.h"
#include "data/table/table.h"

static gd_table *create_like(const gd_table *from)
{
    gd_table *t = gd_allocate(sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (gd_table){.path_size = from->path_size,
                    .offset = SIZE_MAX,
                    .has_header = from->has_header,
                    .delimiter = from->delimiter,
                    .sparse = from->sparse,
                    .lineless = from->lineless || from->runs == 0};
    t->path = gd_allocate(t->path_size);
    if (t->path != NULL)
        memcpy(t->path, from->path, t->path_size);
    return t;
}

/* Adds a column with the name, the marks and the declared levels of column i. */
static bool add_column(gd_table *t, const gd_table *from, int i)
{
    const gd__column *c = &from->column[i];
    const char *name = gd_table_name(from, i);
    bool numbers = c->numbers && (from->sparse || c->view != NULL);
    int column = (numbers ? gd__table_add_numbers : gd__table_add_column)(t, gd__field_of(name));
    if (column < 0)
        return false;
    gd__column *mine = &t->column[column];
    mine->verbatim = c->verbatim;
    mine->words = c->words;
    mine->target = c->target;
    mine->declared = c->declared;
    for (int32_t k = 0; c->declared && k < c->levels.count; ++k) {
        gd__field level = gd__field_of(c->levels.level[k].text);
        level.quoted = true;
        if (!gd__table_add_level(t, column, &level))
            return false;
    }
    if (c->numbers) /* its texts have become missing cells */
        mine->first_text = c->first_text;
    return true;
}

static bool add_row(gd_table *t, const gd_table *from, int64_t row)
{
    gd__place place = gd__table_place(from, row);
    if (!gd__table_begin_row(t, t->lineless ? place.column : place.line))
        return false;
    for (int i = 0; i < from->columns; ++i) {
        const gd__column *c = &from->column[i];
        int32_t level = gd__level_of(c, row);
        gd__field cell = gd__field_of(level >= 0 ? c->levels.level[level].text : "");
        cell.place = place;
        bool added = c->numbers ? gd__table_add_number(t, i, gd_table_number(from, row, i), place)
                                : gd__table_add_cell(t, i, &cell);
        if (!added)
            return false;
    }
    return true;
}

gd_table *gd_table_take_rows(const gd_table *table, const gd_tensor *rows)
{
    if (table == NULL || !gd__are_rows("table_take_rows", rows, table->rows))
        return table != NULL ? NULL : gd__fail_null("table_take_rows: the table is NULL");
    gd_table *t = create_like(table);
    bool whole = t != NULL && t->path != NULL;
    if (!whole)
        gd_fail(GD_ERROR_MEMORY, "%s: no memory for the table", table->path);
    for (int i = 0; whole && i < table->columns; ++i)
        whole = add_column(t, table, i);
    for (int64_t i = 0; whole && i < rows->shape[0]; ++i)
        whole = add_row(t, table, gd__row_at(rows, i));
    if (whole && gd__table_finish(t))
        return t;
    gd_table_destroy(t);
    return NULL;
}
