/* Finishing a table: commas in numbers, and the order of the levels. */
#include "data/table/decimal_comma.h"

enum { MOST_ORDERED = 1 << 16 }; /* more levels are no classes, and are not sorted */

/* Ranks the sorted levels. Equal numbers share a rank, with the shortest text. */
static void rank_levels(gd__column *c)
{
    bool by_value = !c->first_text.there && !c->verbatim;
    for (int32_t k = 0; k < c->levels.count; ++k) {
        int32_t level = c->order[k], *before = &c->order[c->ordered - (c->ordered > 0)];
        const gd__level *levels = c->levels.level;
        if (by_value && k > 0 && levels[level].value == levels[*before].value) {
            if (strlen(levels[level].text) < strlen(levels[*before].text))
                *before = level;
        } else {
            c->order[c->ordered++] = level;
        }
        c->rank[level] = c->ordered - 1;
    }
}

bool gd__table_finish(gd_table *t)
{
    if (!gd__table_read_commas(t))
        return false;
    for (int i = 0; i < t->columns; ++i) {
        gd__column *c = &t->column[i];
        size_t count = (size_t)c->levels.count;
        gd__levels_close(&c->levels);
        if (count == 0 || count > MOST_ORDERED)
            continue;
        c->order = gd_allocate(count * sizeof *c->order);
        c->rank = gd_allocate(count * sizeof *c->rank);
        if (c->order == NULL || c->rank == NULL ||
            !gd__levels_sort(&c->levels, !c->first_text.there, c->order))
            return gd__table_fail_memory(t);
        rank_levels(c);
    }
    return true;
}
