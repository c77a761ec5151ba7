/* A table in memory: columns of numbers or of levels; and making one, for readers.
 *
 *     int name = gd__table_add_column(table, "name", 4, place);   // -1: failed, as false below
 *     for (each row)
 *         if (!gd__table_begin_row(table, line) || !gd__table_add_text(table, name, text, length,
 *         place) || ...)
 *             return false;
 *
 * Every function that returns false has written the message. gd_table_read ends the table. */
#ifndef GRADUS_DATA_TABLE_H
#define GRADUS_DATA_TABLE_H

#include "data/input/input_file.h"
#include "data/input/number.h"
#include "data/table/levels.h"

#include <gradus/data.h>

#include <float.h>
#include <math.h>

enum { GD__BLOCKS = 40, GD__FIRST_BLOCK = 64 }; /* cells */

/* Line and column (bytes) from 1, column 0: it is not known. Where the format has no lines: 0, and
 * the row from 1. */
typedef struct gd__place {
    int64_t line, column;
} gd__place;

/* The first cell of a column that something is to be said about, if it is asked for. */
typedef struct gd__remark {
    bool there;
    gd__place place;
    char text[44]; /* its first bytes */
} gd__remark;

/* Either a view of a tensor, or cells in blocks of FIRST_BLOCK << i, which never move and are
 * touched when they are filled: doubles (NaN where missing), or int32 levels (-1 where missing). A
 * view may have levels as well. */
typedef struct gd__column {
    void *tail;    /* the last block, where cells are being added */
    bool numbers;  /* the cells are doubles */
    bool verbatim; /* its texts are to be kept, byte for byte */
    bool keep;     /* its list is to be kept, however long, as texts come among many numbers */
    bool special;  /* a level, which was quoted, is a text that stands for nothing without quotes */
    bool words;    /* GD_COLUMN_WORDS */
    bool target;   /* the format says so */
    bool declared; /* its levels are known before the first row */
    bool fractions;        /* a level's number is not whole */
    gd__levels levels;     /* unless `numbers` */
    int32_t *order, *rank; /* [levels.count] of a finished table: see gd__table_finish */
    int32_t ordered; /* how many of `order` there are: one of each value in a column of numbers */
    int64_t missing; /* how many cells are */
    int64_t late_texts; /* how many came after it had become just numbers */
    gd__remark first_missing, first_text;
    gd__remark first_large;    /* a number that is no float */
    gd__remark first_infinite; /* one that is no double, either */
    void *block[GD__BLOCKS];
    const gd_tensor *view; /* NULL: none */
    int64_t view_start, view_stride;
} gd__column;

/* Rows from `row` to the next run's lie one a line from `line` on. */
typedef struct gd__run {
    int64_t row, line;
} gd__run;

struct gd_table {
    const gd__source *source; /* while it is read */
    char *path;
    size_t path_size;
    gd_table_options options;
    gd__levels missing; /* texts that stand for nothing; of value 1: also in quotes */
    gd__levels notes;   /* with their gd_guess as value */
    const bool *keep;   /* [kept]: the columns to keep, while a file is read once more */
    int kept;
    char delimiter;     /* of csv */
    gd__levels names;   /* of columns, by their numbers */
    gd__column *column; /* [room] */
    int columns, room;
    bool has_header, sparse;
    bool lineless; /* runs number its rows instead of lines; a table of views has no runs */
    bool images;   /* its rows are arrays of two or more dimensions, of which none is a label */
    int64_t number_levels; /* of columns of numbers alone */
    int64_t rows;
    int blocks;           /* of each column */
    size_t offset, space; /* of the row being added in its block; of cells in it */
    gd__run *run;
    size_t runs, runs_room;
    gd_tensor **owned; /* the tensors that views look at */
    int owned_count;
};

/* Adds a column. Its name must be UTF-8 and one that no other has. Cells of rows that are there
 * are 0 in a sparse table, else missing. The column, or -1. */
int gd__table_add_column(gd_table *table, const char *name, size_t length, gd__place place);

/* A column of numbers without a dictionary, as are features of sparse formats. */
int gd__table_add_numbers(gd_table *table, const char *name, size_t length, gd__place place);

/* Gives a column without cells of its own, as a new one or a view is, these levels with their
 * values, which become the column's, and the level of each row, -1 where missing. (A new one may
 * become just numbers.) */
bool gd__table_set_levels(gd_table *table, int column, gd__levels *levels, const int32_t *code);

/* Puts column order[i] at i. */
bool gd__table_reorder(gd_table *table, const int *order);

/* Whether a table is in proportion to its file's bytes, and its cells to the values that the file
 * gives. */
bool gd__are_few_columns(int64_t columns, int64_t bytes);
bool gd__are_few_cells(int64_t rows, int64_t columns, int64_t values);

/* That so many columns are in proportion to the file: each takes one or two thousand bytes. */
bool gd__table_may_have_columns(const gd_table *table, int64_t columns, gd__place place);

/* That a table of so many columns is in proportion to the values that are given for them. */
bool gd__table_check_density(const gd_table *table, int64_t columns, int64_t values);

/* A column that is the elements [.., j] of a matrix, which the table must own. */
int gd__table_add_view(gd_table *table, const char *name, const gd_tensor *tensor, int64_t j);

/* Gives the table a tensor, also if it fails; NULL is passed on as a failure. All have the table's
 * rows in dimension 0. */
bool gd__table_own(gd_table *table, gd_tensor *tensor);

/* Marks the columns that the options say. (The first row does it, when columns are known.) */
bool gd__table_mark_verbatim(gd_table *table);

/* As gd_table_select, but an item that fits no column is passed over. */
gd_status gd__table_select_present(const gd_table *table, const char *list, bool *chosen);

/* Makes room for a row, which begins at this line. Its cells are then to be added, each once:
 * those that are not are 0 in a sparse table, else unknown. */
bool gd__table_begin_row(gd_table *table, int64_t line); /* of a lineless one: its number from 1 */

/* The row's cell is this text: missing, a number, or a level. Texts must be UTF-8 without 0 bytes
 * and be followed by GD__SOURCE_SLACK readable bytes. */
bool gd__table_add_text(gd_table *table, int column, const char *text, size_t length,
                        gd__place place);

/* The same of a text in quotes, which is a text also where it would stand for nothing. */
bool gd__table_add_quoted(gd_table *table, int column, const char *text, size_t length,
                          gd__place place);

/* Whether a text stands for nothing. */
bool gd__table_is_missing(const gd_table *table, const char *text, size_t length, bool quoted);

/* A column of texts whose levels have all got values is one of numbers from now on; its rows are
 * complete. */
bool gd__table_become_numbers(gd_table *table, gd__column *column);

/* The row's cell is this number, NaN for a missing one; a column with a dictionary takes its
 * text. */
bool gd__table_add_number(gd_table *table, int column, double number, gd__place place);

/* A level that need not come in any row. */
bool gd__table_add_level(gd_table *table, int column, const char *text, size_t length, bool quoted,
                         gd__place place);

/* Memory for the cells of this block of a column, which is 0 in a sparse table; NULL: there is
 * none. */
void *gd__table_add_block(const gd_table *table, gd__column *column, int block);

/* Orders the levels: order is the level of a place, rank the place of a level. NULL: they stay as
 * they came. In a column of numbers alone whose texts need not be kept, 1 and 1.0 share a place,
 * which the shortest text stands for. */
bool gd__table_finish(gd_table *table);

/* A number's shortest text, into buffer [GD_NUMBER_TEXT], which is returned; of an infinite one a
 * text that is read as such. */
const char *gd__cell_text(double number, bool single, char *buffer);

/* Keeps what a user should hear of a guess. False with a message. */
bool gd__table_note(gd_table *table, gd_guess guess, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Where a row is in its file. */
gd__place gd__table_place(const gd_table *table, int64_t row);

/* "path:line:column: " (or "path, row 3: ") and the message; false. */
bool gd__table_fail(const gd_table *table, gd__place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* That a number is expected in this column, and what was found; false. */
bool gd__table_fail_remark(const gd_table *table, int column, const gd__remark *found);
/* Keeps the first text that it is called with. */
void gd__remark_text(gd__remark *about, gd__place place, const char *text, size_t length);
bool gd__table_fail_memory(const gd_table *table);

/* That a text is UTF-8 without 0 bytes; else an error at its place. */
bool gd__table_check_text(const gd_table *table, const char *text, size_t length, gd__place place);

/* ---- for readers in a hurry ---- */

static inline void gd__table_put_level(const gd_table *table, gd__column *column, int32_t level)
{
    ((int32_t *)column->tail)[table->offset] = level;
}

static inline void gd__table_put_number(const gd_table *table, gd__column *column, double number)
{
    ((double *)column->tail)[table->offset] = number;
}

/* Whether so many different numbers may be a list of classes. */
static inline bool gd__may_be_classes(int64_t levels, bool fractions)
{
    return levels <= (fractions ? 64 : 1024);
}

/* A cell's level in the order in which they came, whose text is as it was read; -1: it has
 * none. */
int32_t gd__level_of(const gd__column *column, int64_t row);

/* Where a row's cell is: a block and an index in it. */
static inline size_t gd__cell_of(int64_t row, int *block)
{
    uint64_t i = (uint64_t)row / GD__FIRST_BLOCK + 1;
    *block = 63 - __builtin_clzll(i);
    return (size_t)row - GD__FIRST_BLOCK * (((size_t)1 << *block) - 1);
}

#endif
