/* Collecting the labels of rows, and making columns of them when all are known. */
#include "data/table/label_columns.h"

static bool add_code(gd__labels *l, const gd_table *t, int32_t code)
{
    if (l->count == l->room) {
        int32_t *longer = gd__lengthened(l->code, &l->room, sizeof *longer, 1024);
        if (longer == NULL)
            return gd__table_fail_memory(t);
        l->code = longer;
    }
    l->code[l->count++] = code;
    return true;
}

bool gd__labels_add(gd__labels *l, const gd_table *t, const gd__field *label)
{
    ++l->in_row;
    int32_t level = gd__levels_find(&l->levels, label->text, label->length);
    if (level >= 0)
        return add_code(l, t, level);
    double value = (double)NAN;
    bool number = gd__parse_number(label->text, label->length, &value) == GD__NUMBER;
    if (!number && !gd__table_check_text(t, label))
        return false;
    level = gd__levels_add(&l->levels, label->text, label->length);
    if (level < 0)
        return gd__table_fail_memory(t);
    l->levels.level[level].value = number ? value : (double)NAN;
    if (!number)
        gd__remark_first(&l->first_text, label);
    return add_code(l, t, level);
}

bool gd__labels_end_row(gd__labels *l, const gd_table *t)
{
    l->alone += l->in_row == 1;
    l->in_row = 0;
    ++l->rows;
    return add_code(l, t, -1);
}

/* Adds one column: each row has one label. */
static bool finish_alone(gd__labels *l, gd_table *t)
{
    int column = gd__table_add_column(t, gd__field_of("label"));
    if (column < 0)
        return false;
    for (int64_t row = 0; row < l->rows; ++row)
        l->code[row] = l->code[2 * row];
    t->column[column].target = true;
    t->column[column].first_text = l->first_text;
    return gd__table_set_levels(t, column, &l->levels, l->code);
}

/* Adds a column of zeros for a label. */
static bool add_indicator(gd_table *t, const char *prefix, const char *label)
{
    char short_name[16 + GD_NUMBER_TEXT];
    if (prefix[0] != '\0') {
        snprintf(short_name, sizeof short_name, "%s%s", prefix, label);
        label = short_name;
    }
    int column = gd__table_add_column(t, gd__field_of(label));
    if (column < 0)
        return false;
    gd__column *c = &t->column[column];
    c->target = true;
    c->declared = true;
    for (int i = 0; i < 2; ++i) { /* the cells are level 0 */
        if (gd__levels_add(&c->levels, i == 0 ? "0" : "1", 1) < 0)
            return gd__table_fail_memory(t);
        c->levels.level[i].value = i;
    }
    return true;
}

/* Adds a column for each label. order [2 count] is memory for the sorted labels and for the rank
 * of each. */
static bool add_indicators(gd__labels *l, gd_table *t, const char *prefix, int32_t *order)
{
    int32_t count = l->levels.count, *place = order + count;
    int first = t->columns;
    if (!gd__levels_sort(&l->levels, !l->first_text.there, order))
        return gd__table_fail_memory(t);
    for (int32_t k = 0; k < count; ++k) {
        place[order[k]] = k;
        if (!add_indicator(t, prefix, l->levels.level[order[k]].text))
            return false;
    }
    int64_t row = 0;
    for (int i = 0; i < l->count; ++i) {
        int block;
        size_t cell = gd__cell_of(row, &block);
        if (l->code[i] >= 0)
            ((int32_t *)t->column[first + place[l->code[i]]].block[block])[cell] = 1;
        else
            ++row;
    }
    return true;
}

bool gd__labels_finish(gd__labels *l, gd_table *t, const char *prefix)
{
    if (l->alone == l->rows)
        return finish_alone(l, t);
    size_t size = 2 * (size_t)l->levels.count * sizeof(int32_t);
    if (size == 0)
        return true;
    if (!gd__table_check_density(t, l->levels.count, l->count - l->rows))
        return false;
    int32_t *order = gd_allocate(size);
    bool added = order != NULL ? add_indicators(l, t, prefix, order) : gd__table_fail_memory(t);
    gd_free(order, size);
    return added;
}

void gd__labels_destroy(gd__labels *l)
{
    gd__levels_destroy(&l->levels);
    gd_free(l->code, (size_t)l->room * sizeof *l->code);
}
