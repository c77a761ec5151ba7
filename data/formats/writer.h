/* What the writers of tables share: the rows to write, the output, and checks that come before the
 * first byte. Functions that return false have written a message that begins with the table's
 * path. */
#ifndef GRADUS_DATA_WRITER_H
#define GRADUS_DATA_WRITER_H

#include "data/rows/rows.h"
#include "data/table/table.h"

typedef struct gd__writer {
    const gd_table *table;
    FILE *file;            /* NULL: the bytes are only counted */
    int64_t bytes;         /* written or counted */
    const char *format;    /* its name */
    const gd_tensor *rows; /* [count]; NULL: all */
    int64_t count;         /* of rows to write */
    char delimiter;        /* 0: the default of the format */
    const bool *target;    /* [columns] */
    int targets;
    unsigned char **plain; /* csv: [columns][levels] */
} gd__writer;

/* Writes bytes, a text, a byte. Errors of the file are looked for after the last one. */
void gd__put_bytes(gd__writer *w, const void *bytes, size_t size);
void gd__put(gd__writer *w, const char *text);
void gd__put_byte(gd__writer *w, char byte);

/* Writes the selected rows, each with put_row. */
void gd__put_rows(gd__writer *w, void (*put_row)(gd__writer *w, int64_t row));

/* The number of bytes that `put` would write. */
int64_t gd__count_bytes(gd__writer *w, void (*put)(gd__writer *w));

/* Whether a text is in a list separated by commas. */
bool gd__is_listed(const char *list, const char *text);

/* "path: " and the message, GD_ERROR_VALUE; false. */
bool gd__cannot_write(const gd__writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* GD_ERROR_MEMORY; false. */
bool gd__no_memory_to_write(const gd__writer *w);

/* Checks that a reader accepts a file of `bytes` bytes with so many columns. */
bool gd__check_columns(const gd__writer *w, int64_t columns, int64_t bytes);

/* Checks that a column holds numbers; if `all`, a finite one in each row. */
bool gd__holds_numbers(const gd__writer *w, int column, bool all);

/* Checks that the targets hold 0 or 1 in each row. */
bool gd__hold_indicators(const gd__writer *w);

#endif
