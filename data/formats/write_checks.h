/* What the writers of tables are given, and ask before they write. A function that returns false
 * has written a message that begins with the table's path. */
#ifndef GRADUS_DATA_WRITE_CHECKS_H
#define GRADUS_DATA_WRITE_CHECKS_H

#include "data/rows/rows.h"
#include "data/table/table.h"

typedef struct gd__writing {
    const gd_table *table;
    FILE *file;
    const char *format;    /* its name */
    const gd_tensor *rows; /* NULL: all */
    int64_t count;         /* of rows to be written */
    char delimiter;        /* 0: the format's */
    const bool *target;    /* [columns] */
    int targets;
} gd__writing;

/* The table's row that is to be written as number i. */
static inline int64_t gd__written_row(const gd__writing *w, int64_t i)
{
    return w->rows != NULL ? gd__row_at(w->rows, i) : i;
}

/* Whether a text is in a list separated by commas. */
bool gd__is_listed(const char *list, const char *text);

/* "path: " and the message, GD_ERROR_VALUE; false. */
bool gd__cannot_write(const gd__writing *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for want of memory: GD_ERROR_MEMORY. */
gd_status gd__no_memory_to_write(const gd__writing *w);

/* That a column holds numbers, and if `all`, one that is finite in each row. */
bool gd__holds_numbers(const gd__writing *w, int column, bool all);

/* That the targets hold 0 or 1 in each row. */
bool gd__hold_indicators(const gd__writing *w);

#endif
