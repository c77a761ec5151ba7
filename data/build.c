/* Making a table: cells go to blocks of their column, whose type shows as they come. */
#include "data/table.h"

#include <inttypes.h>
#include <stdarg.h>

enum {
    WHOLE_LEVELS = 1024,  /* a column of more different whole numbers is no list of classes */
    FRACTION_LEVELS = 64, /* the same where they are not whole, or the table has very many columns */
    ALL_LEVELS = 1 << 18, /* that is, when its lists of numbers are as long together: some 10 MB */
    MOST_ORDERED = 1 << 16, /* more are no classes, either: they stay as they came */
};

/* ---- messages ---- */

bool gd__table_fail(const gd_table *t, gd__place place, const char *format, ...)
{
    char text[400], where[48] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (place.line > 0)
        snprintf(where, sizeof where, ":%" PRId64 ":%" PRId64, place.line, place.column);
    gd__fail(GD_ERROR_FORMAT, "%s%s: %s", t->path, where, text);
    return false;
}

bool gd__table_fail_memory(const gd_table *t)
{
    gd__fail(GD_ERROR_MEMORY, "%s: no memory for the table", t->path);
    return false;
}

/* How many bytes the UTF-8 character at `s` has; 0: it is none. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return s[0] != 0;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || length > left)
        return 0;
    for (size_t i = 1; i < length; ++i)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] >= 0xa0, beyond = s[0] == 0xf4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

bool gd__table_check_text(const gd_table *t, const char *text, size_t length, gd__place place)
{
    const unsigned char *s = (const unsigned char *)text;
    for (size_t i = 0, n; i < length; i += n) {
        n = utf8_length(s + i, length - i);
        if (n == 0) {
            place.column += (int64_t)i;
            return gd__table_fail(t, place, "text in UTF-8 is expected, found byte 0x%02x%s", s[i],
                                  s[i] != 0 ? " (iconv -f LATIN1 -t UTF-8 may convert it)" : "");
        }
    }
    return true;
}

/* ---- columns ---- */

static void *add_block(const gd_table *t, gd__column *c, int block)
{
    size_t cells = (size_t)GD__FIRST_BLOCK << block;
    size_t size = cells * (c->numbers ? sizeof(double) : sizeof(int32_t));
    c->block[block] = gd__allocate(size);
    if (c->block[block] != NULL && t->sparse)
        memset(c->block[block], 0, size);
    return c->block[block];
}

/* Cells of rows that were there before the column. */
static bool add_earlier_cells(const gd_table *t, gd__column *c)
{
    for (int b = 0; b < t->blocks; ++b) {
        void *cells = add_block(t, c, b);
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

static bool grow_columns(gd_table *t)
{
    int room = t->room > 0 ? 2 * t->room : 16;
    gd__column *column =
        t->room <= INT32_MAX / 4 ? gd__allocate((size_t)room * sizeof *column) : NULL;
    if (column == NULL)
        return gd__table_fail_memory(t);
    if (t->columns > 0)
        memcpy(column, t->column, (size_t)t->columns * sizeof *column);
    gd__free(t->column, (size_t)t->room * sizeof *column);
    t->column = column;
    t->room = room;
    return true;
}

static int add_column(gd_table *t, const char *name, size_t length, gd__place place,
                      gd__column column)
{
    if (!gd__table_check_text(t, name, length, place))
        return -1;
    int before = gd__levels_find(&t->names, name, length);
    if (before >= 0) {
        gd__table_fail(t, place, "another name than that of column %d is expected, found \"%.60s\"",
                       before + 1, t->names.level[before].text);
        return -1;
    }
    if (t->columns == t->room && !grow_columns(t))
        return -1;
    t->column[t->columns] = column;
    if (gd__levels_add(&t->names, name, length) < 0) {
        gd__table_fail_memory(t);
        return -1;
    }
    ++t->columns; /* what there is of it is freed with the table */
    if (column.view == NULL && !add_earlier_cells(t, &t->column[t->columns - 1]))
        return -1;
    return t->columns - 1;
}

int gd__table_add_column(gd_table *t, const char *name, size_t length, gd__place place)
{
    return add_column(t, name, length, place, (gd__column){0});
}

int gd__table_add_numbers(gd_table *t, const char *name, size_t length, gd__place place)
{
    return add_column(t, name, length, place, (gd__column){.numbers = true});
}

int gd__table_add_view(gd_table *t, const char *name, const gd_tensor *tensor, int64_t j)
{
    gd__column column = {.numbers = true, .view = tensor, .view_stride = tensor->stride[0]};
    column.view_start = tensor->ndim == 2 ? j * tensor->stride[1] : 0;
    return add_column(t, name, strlen(name), (gd__place){0}, column);
}

bool gd__table_own(gd_table *t, gd_tensor *tensor)
{
    if (tensor == NULL)
        return false;
    size_t size = (size_t)t->owned_count * sizeof(gd_tensor *);
    gd_tensor **owned = gd__allocate(size + sizeof *owned);
    if (owned == NULL) {
        gd_tensor_destroy(tensor);
        return gd__table_fail_memory(t);
    }
    if (size > 0)
        memcpy(owned, t->owned, size);
    gd__free(t->owned, size);
    owned[t->owned_count++] = tensor;
    t->owned = owned;
    t->rows = tensor->shape[0];
    return true;
}

/* ---- rows ---- */

static bool add_run(gd_table *t, int64_t line)
{
    if (t->runs == t->runs_room) {
        size_t room = t->runs_room > 0 ? 2 * t->runs_room : 4;
        gd__run *run = gd__allocate(room * sizeof *run);
        if (run == NULL)
            return gd__table_fail_memory(t);
        if (t->runs > 0)
            memcpy(run, t->run, t->runs * sizeof *run);
        gd__free(t->run, t->runs_room * sizeof *run);
        t->run = run;
        t->runs_room = room;
    }
    t->run[t->runs++] = (gd__run){t->rows, line};
    return true;
}

/* Columns whose texts are to be kept are known when the first row comes. */
static bool mark_verbatim(gd_table *t)
{
    const char *list = t->options.verbatim;
    size_t columns = (size_t)t->columns;
    if (list == NULL || columns == 0)
        return true;
    bool *chosen = gd__allocate(columns);
    if (chosen == NULL)
        return gd__table_fail_memory(t);
    memset(chosen, 0, columns);
    bool found = gd__table_select_present(t, list, chosen) == GD_OK;
    for (size_t i = 0; i < columns; ++i)
        t->column[i].verbatim |= chosen[i];
    gd__free(chosen, columns);
    return found;
}

bool gd__table_begin_row(gd_table *t, int64_t line)
{
    if (t->rows == 0 && !mark_verbatim(t))
        return false;
    const gd__run *last = t->runs > 0 ? &t->run[t->runs - 1] : NULL;
    if ((last == NULL || line != last->line + (t->rows - last->row)) && !add_run(t, line))
        return false;
    if (++t->offset >= t->space) {
        if (t->blocks == GD__BLOCKS)
            return gd__table_fail_memory(t);
        for (int i = 0; i < t->columns; ++i) {
            gd__column *c = &t->column[i];
            c->tail = c->view == NULL ? add_block(t, c, t->blocks) : NULL;
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

/* The dictionary goes; the cells, with the row's own still to come, become its numbers. */
static bool drop_levels(gd_table *t, gd__column *c)
{
    gd__column numbers = {.numbers = true};
    for (int b = 0; b < t->blocks; ++b) {
        double *to = add_block(t, &numbers, b);
        if (to == NULL) {
            for (int i = 0; i < b; ++i)
                gd__free(numbers.block[i], ((size_t)GD__FIRST_BLOCK << i) * sizeof *to);
            return gd__table_fail_memory(t);
        }
        const int32_t *from = c->block[b];
        size_t count = b == t->blocks - 1 ? t->offset : (size_t)GD__FIRST_BLOCK << b;
        for (size_t i = 0; i < count; ++i)
            to[i] = from[i] >= 0 ? c->levels.level[from[i]].value : (double)NAN;
    }
    for (int b = 0; b < t->blocks; ++b) {
        gd__free(c->block[b], ((size_t)GD__FIRST_BLOCK << b) * sizeof(int32_t));
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

static bool is_missing(const gd_table *t, const char *text, size_t length)
{
    return length == 0 || gd__levels_find(&t->missing, text, length) >= 0;
}

static void remark(gd__remark *about, gd__place place, const char *text, size_t length)
{
    if (about->there)
        return;
    *about = (gd__remark){.there = true, .place = place};
    if (length >= sizeof about->text) /* cut between two characters */
        for (length = sizeof about->text - 1; length > 0 && (text[length] & 0xc0) == 0x80;)
            --length;
    memcpy(about->text, text, length);
}

/* A text that the dictionary has not. */
static int32_t add_level(gd_table *t, gd__column *c, const char *text, size_t length,
                         gd__place place)
{
    double value = (double)NAN;
    bool number = gd__parse_number(text, length, &value) == GD__NUMBER;
    if (!number && !gd__table_check_text(t, text, length, place))
        return -1;
    int32_t level = gd__levels_add(&c->levels, text, length);
    if (level < 0) {
        gd__table_fail_memory(t);
        return -1;
    }
    c->levels.level[level].value = number ? value : (double)NAN;
    t->number_levels += !c->first_text.there;
    c->fractions |= number && value != trunc(value);
    if (!number)
        remark(&c->first_text, place, text, length);
    else if (fabs(value) > (double)FLT_MAX)
        remark(&c->first_large, place, text, length);
    return level;
}

/* A column of numbers alone with too many to be classes. */
static bool is_no_list(const gd_table *t, const gd__column *c)
{
    bool few = c->fractions || t->number_levels > ALL_LEVELS;
    return c->levels.count > (few ? FRACTION_LEVELS : WHOLE_LEVELS) &&
           !c->first_text.there && !c->verbatim && !c->words;
}

static bool add_to_numbers(gd_table *t, gd__column *c, const char *text, size_t length,
                           gd__place place)
{
    double value;
    if (gd__parse_number(text, length, &value) == GD__NUMBER) {
        gd__table_put_number(t, c, value);
        if (fabs(value) > (double)FLT_MAX)
            remark(&c->first_large, place, text, length);
        return true;
    }
    put_missing(t, c);
    bool missing = is_missing(t, text, length);
    if (!missing && !gd__table_check_text(t, text, length, place))
        return false;
    remark(missing ? &c->first_missing : &c->first_text, place, text, length);
    return true;
}

bool gd__table_add_text(gd_table *t, int column, const char *text, size_t length, gd__place place)
{
    gd__column *c = &t->column[column];
    if (c->numbers)
        return add_to_numbers(t, c, text, length, place);
    int32_t level = gd__levels_find(&c->levels, text, length);
    if (level < 0 && is_missing(t, text, length)) {
        put_missing(t, c);
        remark(&c->first_missing, place, text, length);
        return true;
    }
    if (level < 0) {
        level = add_level(t, c, text, length, place);
        if (level < 0)
            return false;
        if (is_no_list(t, c)) {
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
    char text[GD__NUMBER_TEXT + GD__SOURCE_SLACK] = "";
    if (!isfinite(number)) {
        put_missing(t, c);
        remark(&c->first_missing, place, "", 0);
        return true;
    }
    if (!c->numbers || fabs(number) > (double)FLT_MAX) {
        gd__number_text(number, false, text);
        return gd__table_add_text(t, column, text, strlen(text), place);
    }
    gd__table_put_number(t, c, number);
    return true;
}

bool gd__table_add_level(gd_table *t, int column, const char *text, size_t length, gd__place place)
{
    gd__column *c = &t->column[column];
    return c->numbers || is_missing(t, text, length) ||
           gd__levels_find(&c->levels, text, length) >= 0 ||
           add_level(t, c, text, length, place) >= 0;
}

bool gd__table_finish(gd_table *t)
{
    for (int i = 0; i < t->columns; ++i) {
        gd__column *c = &t->column[i];
        size_t count = (size_t)c->levels.count;
        gd__levels_close(&c->levels);
        if (count == 0 || count > MOST_ORDERED)
            continue;
        c->order = gd__allocate(count * sizeof *c->order);
        c->rank = gd__allocate(count * sizeof *c->rank);
        if (c->order == NULL || c->rank == NULL ||
            !gd__levels_sort(&c->levels, !c->first_text.there, c->order))
            return gd__table_fail_memory(t);
        for (size_t k = 0; k < count; ++k)
            c->rank[c->order[k]] = (int32_t)k;
    }
    return true;
}
