/* A table in memory: the file's text, cut into fields. */
#ifndef GRADUS_DATA_TABLE_H
#define GRADUS_DATA_TABLE_H

#include "tensor/internal.h"

#include <gradus/data.h>

typedef struct gd__row {
    size_t start; /* of its first character in the text */
    int64_t line; /* of that, from 1 */
} gd__row;

struct gd_table {
    char *path;
    char *text; /* [text_size]; fields end with a 0 where their delimiter was */
    size_t path_size, text_size;
    int columns;
    int64_t rows;   /* without the header */
    size_t *fields; /* [rows + 1][columns]: where each begins in text; the header first */
    gd__row *row;   /* [rows + 1] */
    size_t fields_size, row_size; /* bytes */
    const char ***levels; /* [columns]: sorted distinct texts, NULL-ended; NULL: not asked for */
    size_t *levels_size;  /* [columns]: bytes */
};

/* The text of a field; row -1 is the header. */
const char *gd__field(const gd_table *table, int64_t row, int column);

/* Writes "path:line:column: " and the message; returns NULL. */
void *gd__fail_field(const gd_table *table, int64_t row, int column, const char *expected);

#endif
