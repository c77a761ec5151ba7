/* Adding rows and cells. The type of a column is detected as its cells are added. */
#include "data/table/table.h"

/* With more levels of numbers in all columns, about 10 MB, fewer of them are kept in each. */
enum { ALL_LEVELS = 1 << 18 };

/* ---- rows ---- */

static bool add_run(gd_table *t, int64_t line)
{
    if (t->runs == t->runs_room) {
        gd__run *longer = gd__lengthened(t->run, &t->runs_room, sizeof *longer, 4);
        if (longer == NULL)
            return gd__table_fail_memory(t);
        t->run = longer;
    }
    t->run[t->runs++] = (gd__run){t->rows, line};
    return true;
}

bool gd__table_begin_row(gd_table *t, int64_t line)
{
    if (t->rows == 0 && !gd__table_mark_verbatim(t))
        return false;
    const gd__run *last = t->runs > 0 ? &t->run[t->runs - 1] : NULL;
    if ((last == NULL || line != last->line + (t->rows - last->row)) && !add_run(t, line))
        return false;
    if (++t->offset >= t->space) {
        if (t->blocks == GD__BLOCKS)
            return gd__table_fail_memory(t);
        for (int i = 0; i < t->columns; ++i) {
            gd__column *c = &t->column[i];
            c->tail = c->view == NULL ? gd__table_add_block(t, c, t->blocks) : NULL;
            if (c->view == NULL && c->tail == NULL)
                return gd__table_fail_memory(t);
        }
        t->space = (size_t)GD__FIRST_BLOCK << t->blocks++;
        t->offset = 0;
    }
    ++t->rows;
    return true;
}

/* ---- cells ---- */

/* Replaces the levels of the column by their numbers. The cell of the current row is not set yet.
 * */
static bool drop_levels(gd_table *t, gd__column *c)
{
    gd__column numbers = {.numbers = true};
    for (int b = 0; b < t->blocks; ++b) {
        double *to = gd__table_add_block(t, &numbers, b);
        if (to == NULL) {
            for (int i = 0; i < b; ++i)
                gd_free(numbers.block[i], ((size_t)GD__FIRST_BLOCK << i) * sizeof *to);
            return gd__table_fail_memory(t);
        }
        const int32_t *from = c->block[b];
        size_t count = b == t->blocks - 1 ? t->offset : (size_t)GD__FIRST_BLOCK << b;
        for (size_t i = 0; i < count; ++i)
            to[i] = from[i] >= 0 ? c->levels.level[from[i]].value : (double)NAN;
    }
    for (int b = 0; b < t->blocks; ++b) {
        gd_free(c->block[b], ((size_t)GD__FIRST_BLOCK << b) * sizeof(int32_t));
        c->block[b] = numbers.block[b];
    }
    c->tail = c->block[t->blocks - 1];
    c->numbers = true;
    t->number_levels -= c->levels.count;
    gd__levels_destroy(&c->levels);
    return true;
}

static void put_missing(const gd_table *t, gd__column *c)
{
    ++c->missing;
    if (c->numbers)
        gd__table_put_number(t, c, (double)NAN);
    else
        gd__table_put_level(t, c, -1);
}

bool gd__table_is_missing(const gd_table *t, const gd__field *f)
{
    int32_t found = f->length > 0 ? gd__levels_find(&t->missing, f->text, f->length) : -1;
    return f->length == 0 || (found >= 0 && (!f->quoted || t->missing.level[found].value > 0));
}

/* Whether a quoted text means a missing value without its quotes. */
static bool is_special(const gd_table *t, const gd__field *f)
{
    return f->quoted && gd__levels_find(&t->missing, f->text, f->length) >= 0;
}

static void remark_large(gd__column *c, double value, const gd__field *f)
{
    if (fabs(value) > (double)FLT_MAX)
        gd__remark_first(&c->first_large, f);
    if (isinf(value))
        gd__remark_first(&c->first_infinite, f);
}

/* Adds a text that is no level yet. -1 with a message. */
static int32_t add_level(gd_table *t, gd__column *c, const gd__field *f)
{
    double value = (double)NAN;
    bool number = gd__parse_number(f->text, f->length, &value) != GD__NO_NUMBER;
    if (!number && !gd__table_check_text(t, f))
        return -1;
    int32_t level = gd__levels_add(&c->levels, f->text, f->length);
    if (level < 0)
        return gd__table_fail_memory(t) - 1;
    c->levels.level[level].value = number ? value : (double)NAN;
    t->number_levels += !c->first_text.there;
    c->fractions |= number && value != trunc(value);
    if (!number)
        gd__remark_first(&c->first_text, f);
    else
        remark_large(c, value, f);
    return level;
}

/* Whether a column holds only numbers, and too many to be classes. */
static bool has_many_numbers(const gd_table *t, const gd__column *c)
{
    bool few = c->fractions || t->number_levels > ALL_LEVELS;
    bool kept =
        c->verbatim || c->words || c->keep || t->options.spelling || t->options.decimal == ',';
    return !gd__may_be_classes(c->levels.count, few) && !c->first_text.there && !kept;
}

static bool add_to_numbers(gd_table *t, gd__column *c, const gd__field *f)
{
    double value;
    if (gd__parse_number(f->text, f->length, &value) != GD__NO_NUMBER) {
        gd__table_put_number(t, c, value);
        remark_large(c, value, f);
        return true;
    }
    put_missing(t, c);
    bool missing = gd__table_is_missing(t, f);
    c->late_texts += !missing;
    if (!missing && !gd__table_check_text(t, f))
        return false;
    gd__remark_first(missing ? &c->first_missing : &c->first_text, f);
    return true;
}

bool gd__table_add_cell(gd_table *t, int column, const gd__field *f)
{
    gd__column *c = &t->column[column];
    if (c->numbers)
        return add_to_numbers(t, c, f);
    int32_t level = gd__levels_find(&c->levels, f->text, f->length);
    if ((level < 0 || c->special) && gd__table_is_missing(t, f)) {
        put_missing(t, c);
        gd__remark_first(&c->first_missing, f);
        return true;
    }
    if (level < 0) {
        c->special |= is_special(t, f);
        level = add_level(t, c, f);
        if (level < 0)
            return false;
        if (has_many_numbers(t, c)) {
            double value = c->levels.level[level].value;
            if (!drop_levels(t, c))
                return false;
            gd__table_put_number(t, c, value);
            return true;
        }
    }
    gd__table_put_level(t, c, level);
    return true;
}

bool gd__table_add_number(gd_table *t, int column, double number, gd__place place)
{
    gd__column *c = &t->column[column];
    if (c->numbers && fabs(number) <= (double)FLT_MAX) {
        gd__table_put_number(t, c, number);
        return true;
    }
    char text[GD_NUMBER_TEXT + GD__SOURCE_SLACK] = "";
    if (!isnan(number))
        gd__cell_text(number, false, text);
    gd__field field = {.text = text, .length = strlen(text), .place = place};
    return gd__table_add_cell(t, column, &field);
}

bool gd__table_add_level(gd_table *t, int column, const gd__field *f)
{
    gd__column *c = &t->column[column];
    c->special |= is_special(t, f);
    return c->numbers || gd__table_is_missing(t, f) ||
           gd__levels_find(&c->levels, f->text, f->length) >= 0 || add_level(t, c, f) >= 0;
}

/* Drops the levels of a column whose rows are complete, if it has too many numbers. */
static bool drop_many_levels(gd_table *t, gd__column *c)
{
    if (!has_many_numbers(t, c))
        return true;
    int32_t level = gd__level_of(c, t->rows - 1);
    double last = level >= 0 ? c->levels.level[level].value : (double)NAN;
    if (!drop_levels(t, c))
        return false;
    gd__table_put_number(t, c, last);
    return true;
}

bool gd__table_set_levels(gd_table *t, int column, gd__levels *levels, const int32_t *code)
{
    gd__column *c = &t->column[column];
    c->numbers = false;
    c->levels = *levels;
    *levels = (gd__levels){0};
    for (int32_t i = 0; i < c->levels.count; ++i)
        c->fractions |= c->levels.level[i].value != trunc(c->levels.level[i].value);
    t->number_levels += c->first_text.there ? 0 : c->levels.count;
    for (int64_t row = 0; row < t->rows; ++row)
        if (code[row] < 0) {
            ++c->missing;
            gd__remark_first(&c->first_missing,
                             &(gd__field){.text = "", .place = gd__table_place(t, row)});
        }
    int64_t row = 0, count;
    for (int b = 0; row < t->rows; ++b, row += count) {
        count = (int64_t)GD__FIRST_BLOCK << b;
        count = count < t->rows - row ? count : t->rows - row;
        if (c->block[b] == NULL && gd__table_add_block(t, c, b) == NULL)
            return gd__table_fail_memory(t);
        memcpy(c->block[b], code + row, (size_t)count * sizeof *code);
    }
    return c->view != NULL || drop_many_levels(t, c);
}

bool gd__table_become_numbers(gd_table *t, gd__column *c)
{
    c->first_text = (gd__remark){0};
    c->fractions = false;
    t->number_levels += c->levels.count;
    for (int32_t i = 0; i < c->levels.count; ++i) {
        const gd__level *level = &c->levels.level[i];
        c->fractions |= level->value != trunc(level->value);
        gd__field field = gd__field_of(level->text);
        remark_large(c, level->value, &field);
    }
    return drop_many_levels(t, c);
}
