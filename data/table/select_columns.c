/* Selecting columns by a list of names, numbers and patterns. */
#include "data/table/table.h"

#include <fnmatch.h>
#include <inttypes.h>

/* One item of a list. */
typedef struct list_item {
    const char *text; /* without surrounding blanks and quotes */
    bool quoted;
} list_item;

/* Moves *list past an item, which is copied to `memory`, as long as the list. False: quotes that
 * are not followed by a comma. */
static bool next_item(const char **list, char *memory, list_item *item)
{
    const char *s = *list + strspn(*list, " \t");
    char *to = memory;
    item->text = memory;
    item->quoted = *s == '"';
    if (item->quoted) {
        for (++s; *s != '\0' && (*s != '"' || s[1] == '"'); ++s) {
            s += *s == '"';
            *to++ = *s;
        }
        if (*s == '\0')
            return false;
        s += 1 + strspn(s + 1, " \t");
    } else {
        while (*s != '\0' && *s != ',')
            *to++ = *s++;
        while (to > memory && (to[-1] == ' ' || to[-1] == '\t'))
            --to;
    }
    *to = '\0';
    *list = *s == ',' ? s + 1 : s;
    return *s == ',' || *s == '\0';
}

/* Whether a text is 3, 3-7 or 3-: columns from 1. */
static bool is_range(const char *text, int columns, int64_t *first, int64_t *last)
{
    const char *s = gd__scan_count(text, first);
    *last = *first;
    if (s > text && *s == '-') {
        const char *end = s + 1;
        s = gd__scan_count(end, last);
        *last = s == end ? columns : *last;
    }
    return s > text && *s == '\0';
}

static const char *name_at(const void *table, int column)
{
    return gd_table_name(table, column);
}

/* Writes the message of an item that matches nothing: GD_ERROR_ARGUMENT. */
static gd_status fail_item(const gd_table *t, const list_item *item)
{
    const char *text = item->text;
    int64_t first, last;
    if (!item->quoted && is_range(text, t->columns, &first, &last))
        return gd_fail(GD_ERROR_ARGUMENT, "%s: columns among 1 to %d are expected, found \"%.80s\"",
                       t->path, t->columns, text);
    const char *nearest = gd_nearest_name(text, name_at, t);
    return gd_fail(
        GD_ERROR_ARGUMENT,
        "%s: a name or number of one of its %d columns is expected, found \"%.80s\"%s%.80s%s",
        t->path, t->columns, text, nearest != NULL ? "; is \"" : "", nearest != NULL ? nearest : "",
        nearest != NULL ? "\" meant?" : "");
}

/* Selects the columns that an item matches. False: there are none. */
static bool select_item(const gd_table *t, const list_item *item, bool *chosen)
{
    int64_t first, last;
    int named = gd_table_find(t, item->text);
    if (named >= 0)
        return chosen[named] = true;
    if (item->quoted)
        return false;
    if (is_range(item->text, t->columns, &first, &last)) {
        if (first < 1 || first > last || last > t->columns)
            return false;
        memset(chosen + first - 1, true, (size_t)(last - first + 1));
        return true;
    }
    bool some = false;
    for (int i = 0; strpbrk(item->text, "*?[") != NULL && i < t->columns; ++i)
        if (fnmatch(item->text, gd_table_name(t, i), 0) == 0)
            some = chosen[i] = true;
    return some;
}

/* Selects the columns of a list. `memory` is as long as the list. absent_too: items that match
 * nothing are skipped. */
static gd_status select_items(const gd_table *t, const char *list, bool absent_too, char *memory,
                              bool *chosen)
{
    for (const char *rest = list;;) {
        list_item item;
        if (!next_item(&rest, memory, &item))
            return gd_fail(
                GD_ERROR_ARGUMENT,
                "%s: quotes around a name are expected to be followed by a comma, found %.80s",
                t->path, list);
        if (!select_item(t, &item, chosen) && !absent_too)
            return fail_item(t, &item);
        if (*rest == '\0' && (rest == list || rest[-1] != ','))
            return GD_OK;
    }
}

static gd_status select_columns(const gd_table *t, const char *list, bool absent_too, bool *chosen)
{
    size_t columns = (size_t)t->columns, size = columns + strlen(list) + 1;
    char *memory = gd_allocate(size);
    if (memory == NULL)
        return gd_fail(GD_ERROR_MEMORY, "%s: no memory for a list of columns", t->path);
    bool *found = (bool *)memory;
    memset(found, 0, columns);
    gd_status status = select_items(t, list, absent_too, memory + columns, found);
    for (size_t i = 0; status == GD_OK && i < columns; ++i)
        chosen[i] |= found[i];
    gd_free(memory, size);
    return status;
}

gd_status gd_table_select(const gd_table *t, const char *list, bool *chosen)
{
    if (t == NULL || list == NULL || chosen == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "table_select: NULL");
    return select_columns(t, list, false, chosen);
}

gd_status gd__table_select_present(const gd_table *t, const char *list, bool *chosen)
{
    return select_columns(t, list, true, chosen);
}
