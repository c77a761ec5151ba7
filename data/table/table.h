/* A table in memory, for the readers that fill it and the functions that look into it.
 *
 *     int name = gd__table_add_column(table, gd__field_of("name"));        // -1: failed
 *     for (each row)
 *         if (!gd__table_begin_row(table, line) || !gd__table_add_cell(table, name, &field) || ..)
 *             return false;
 *
 * gd_table_read finishes the table. Functions that return false have written the message; so have
 * those that return NULL or -1 for a failure. */
#ifndef GRADUS_DATA_TABLE_H
#define GRADUS_DATA_TABLE_H

#include "data/input/input_file.h"
#include "data/input/number.h"
#include "data/table/levels.h"

#include <gradus/data.h>

#include <float.h>
#include <math.h>

/* Line and column (in bytes) from 1; column 0: unknown. In a format without lines, the line is 0
 * and the column is the number of the row, from 1. */
typedef struct gd__place {
    int64_t line, column;
} gd__place;

/* A text of a file: a cell, a name, a label. It is UTF-8 without 0 bytes, or refused. At least
 * GD__SOURCE_SLACK bytes after it are readable. */
typedef struct gd__field {
    const char *text;
    size_t length;
    gd__place place;
    bool quoted;
} gd__field;

static inline gd__field gd__field_of(const char *text)
{
    return (gd__field){.text = text, .length = strlen(text)};
}

/* The first cell of a column with some property, for messages. */
typedef struct gd__remark {
    bool there;
    gd__place place;
    char text[44]; /* its first bytes */
} gd__remark;

enum { GD__BLOCKS = 40, GD__FIRST_BLOCK = 64 }; /* cells */

/* The cells of a column are either a view of a tensor, or in blocks of GD__FIRST_BLOCK << i cells,
 * which never move: doubles (NaN if missing), or int32 levels (-1 if missing). A view may have
 * levels, too. */
typedef struct gd__column {
    void *tail;        /* the last block, to which cells are added */
    bool numbers;      /* the cells are doubles */
    bool verbatim;     /* the option: texts are kept byte for byte */
    bool keep;         /* levels are kept, however many: a text comes late among numbers */
    bool special;      /* a quoted text is a level that means a missing value without quotes */
    bool words;        /* GD_COLUMN_WORDS */
    bool target;       /* a target of the format */
    bool declared;     /* the file declares the levels */
    bool fractions;    /* the number of a level is not whole */
    gd__levels levels; /* empty if `numbers` */
    /* Of a finished table: order [ordered] the level at each rank, rank [levels.count] the rank of
     * each level. Equal numbers share a rank. NULL: levels stay in the order of occurrence. */
    int32_t *order, *rank;
    int32_t ordered;
    int64_t missing;    /* number of missing cells */
    int64_t late_texts; /* number of texts after the column had become numbers */
    gd__remark first_missing, first_text;
    gd__remark first_large;    /* a number beyond float32 */
    gd__remark first_infinite; /* a number beyond float64 */
    void *block[GD__BLOCKS];
    const gd_tensor *view; /* NULL: none */
    int64_t view_start, view_stride;
} gd__column;

/* The rows from `row` to the next run are on consecutive lines, from `line` on. */
typedef struct gd__run {
    int64_t row, line;
} gd__run;

struct gd_table {
    const gd__source *source; /* while it is read */
    char *path;
    size_t path_size;
    gd_table_options options;
    gd__levels missing; /* texts that mark a missing value; value 1: also if quoted */
    gd__levels notes;   /* value: the gd_guess */
    const bool *keep;   /* [kept]: columns to `keep`, when a file is read a second time */
    int kept;
    char delimiter;     /* of csv */
    gd__levels names;   /* of the columns; a level is the index of its column */
    gd__column *column; /* [columns], memory for `room` */
    int columns, room;
    bool has_header, sparse;
    bool lineless; /* the format has no lines: runs number the rows; a table of views has no runs */
    bool images;   /* rows are arrays of two or more dimensions, without labels */
    int64_t number_levels; /* number of levels in all columns of numbers */
    int64_t rows;
    int blocks;           /* of each column */
    size_t offset, space; /* of the current row in its block; of cells in this block */
    gd__run *run;
    int runs, runs_room;
    gd_tensor **owned; /* the tensors of the views */
    int owned_count;
};

/* ---- columns ---- */

/* Adds a column. The name must be unique. Cells of existing rows are 0 in a sparse table, else
 * missing. Returns its index, or -1. */
int gd__table_add_column(gd_table *table, gd__field name);

/* The same for a column without levels, such as a feature of a sparse format. */
int gd__table_add_numbers(gd_table *table, gd__field name);

/* The same for a view of column j of a matrix, which the table must own. */
int gd__table_add_view(gd_table *table, const char *name, const gd_tensor *matrix, int64_t j);

/* Takes over a tensor, even on failure; all have the table's rows in dimension 0. NULL is passed
 * on as a failure. */
bool gd__table_own(gd_table *table, gd_tensor *tensor);

/* Sets the levels of a column without cells of its own (a new one, or a view), with their values,
 * and the level of each row: code [rows], -1 if missing. Takes over the levels. A new column may
 * become numbers. */
bool gd__table_set_levels(gd_table *table, int column, gd__levels *levels, const int32_t *code);

/* Moves column order[i] to index i. */
bool gd__table_reorder(gd_table *table, const int *order);

/* Marks the columns of options.verbatim. (The first row does so, when the columns are known.) */
bool gd__table_mark_verbatim(gd_table *table);

/* As gd_table_select, but skips items that match no column. */
gd_status gd__table_select_present(const gd_table *table, const char *list, bool *chosen);

/* Memory for block `block` of a column's cells, 0 in a sparse table; NULL: none (no message). */
void *gd__table_add_block(const gd_table *table, gd__column *column, int block);

/* ---- size in proportion to the file ---- */

/* Whether a file of so many bytes may have so many columns, each of which takes one or two
 * thousand bytes; whether so many given values may make a table of so many cells. */
bool gd__are_few_columns(int64_t columns, int64_t bytes);
bool gd__are_few_cells(int64_t rows, int64_t columns, int64_t values);

/* The same as checks, with messages. */
bool gd__table_may_have_columns(const gd_table *table, int64_t columns, gd__place place);
bool gd__table_check_density(const gd_table *table, int64_t columns, int64_t values);

/* ---- rows and cells ---- */

/* Begins a row, on this line (lineless: the row's number, from 1). Then each cell is added at most
 * once; the others are 0 in a sparse table, else undefined. */
bool gd__table_begin_row(gd_table *table, int64_t line);

/* Sets the current row's cell to a text: missing, a number, or a level. */
bool gd__table_add_cell(gd_table *table, int column, const gd__field *cell);

/* Sets the current row's cell to a number; NaN: missing. If the column has levels, the number's
 * text becomes one. */
bool gd__table_add_number(gd_table *table, int column, double number, gd__place place);

/* Adds a level, whether it occurs or not. */
bool gd__table_add_level(gd_table *table, int column, const gd__field *level);

/* Whether a text marks a missing value. */
bool gd__table_is_missing(const gd_table *table, const gd__field *field);

/* Makes a column whose levels are all numbers one of numbers. Its rows are complete. */
bool gd__table_become_numbers(gd_table *table, gd__column *column);

/* Finishes a table when all rows are read: commas in numbers, the order of the levels. */
bool gd__table_finish(gd_table *table);

/* ---- messages ---- */

/* Where a row is in its file. */
gd__place gd__table_place(const gd_table *table, int64_t row);

/* Writes the message "path:line:column: .." (or "path, row 3: .."), GD_ERROR_FORMAT. Returns
 * false. */
bool gd__table_fail(const gd_table *table, gd__place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same: a number is expected in this column, and what was found. */
bool gd__table_fail_remark(const gd_table *table, int column, const gd__remark *found);
bool gd__table_fail_memory(const gd_table *table); /* GD_ERROR_MEMORY */

/* Checks that a text is UTF-8 without 0 bytes. */
bool gd__table_check_text(const gd_table *table, const gd__field *field);

/* Keeps the first field that it is called with. */
void gd__remark_first(gd__remark *remark, const gd__field *field);

/* Adds a note for the user about a guess, once. */
bool gd__table_note(gd_table *table, gd_guess guess, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- cells, inline and unchecked ---- */

static inline void gd__table_put_level(const gd_table *table, gd__column *column, int32_t level)
{
    ((int32_t *)column->tail)[table->offset] = level;
}

static inline void gd__table_put_number(const gd_table *table, gd__column *column, double number)
{
    ((double *)column->tail)[table->offset] = number;
}

/* Whether so many different numbers may be classes. */
static inline bool gd__may_be_classes(int64_t levels, bool fractions)
{
    return levels <= (fractions ? 64 : 1024);
}

/* The level of a cell, in the order of occurrence; -1: none. */
int32_t gd__level_of(const gd__column *column, int64_t row);

/* The shortest text that is read as the number (single: as the same float32), also of an infinite
 * one. */
const char *gd__cell_text(double number, bool single, char buffer[GD_NUMBER_TEXT]);

/* The block of a row's cell, and the index in it. */
static inline size_t gd__cell_of(int64_t row, int *block)
{
    uint64_t i = (uint64_t)row / GD__FIRST_BLOCK + 1;
    *block = 63 - __builtin_clzll(i);
    return (size_t)row - GD__FIRST_BLOCK * (((size_t)1 << *block) - 1);
}

#endif
