/* gradus/data.h - tables of data, and what is done with them before training.
 *
 * Purpose    Reads a CSV file, hands out its columns as tensors, splits rows, standardises numbers.
 *            Knows tensors, not the tape.
 * Ownership  What a function returns as gd_table * or gd_tensor * is yours: gd_table_destroy,
 *            gd_tensor_destroy. Names belong to the table.
 * Errors     NULL or a gd_status, with gd_message(); about a file it is "path:line:column: what was
 *            expected". Nothing depends on the locale.
 *
 *     gd_table *table = gd_table_read_csv("iris.csv");
 *     if (table == NULL)
 *         return fail(gd_message());                         // iris.csv:7:1: 4 fields; the ...
 *     gd_tensor *x = gd_table_numbers(table, 0, 4, GD_F32);  // [rows, 4]
 *     gd_tensor *species = gd_table_classes(table, 4);       // [rows], int64
 *     gd_rng rng = {.key = 42};
 *     gd_tensor *train, *test;                               // row numbers
 *     gd_split_stratified(species, 0.2, &rng, &train, &test);
 *     gd_tensor *x_train = gd_take_rows(x, train);
 */
#ifndef GRADUS_DATA_H
#define GRADUS_DATA_H

#include <gradus/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- tables ------------------------------------------------------------------------------- */

typedef struct gd_table gd_table;

/* Reads a CSV file (RFC 4180: quotes, doubled quotes, line breaks in quotes; LF or CRLF; a UTF-8
 * byte order mark is skipped) whose first line names the columns. Every row must have as many
 * fields; empty lines are skipped. */
gd_table *gd_table_read_csv(const char *path);
void gd_table_destroy(gd_table *table); /* NULL is allowed */

int64_t gd_table_rows(const gd_table *table);
int gd_table_columns(const gd_table *table);
const char *gd_table_name(const gd_table *table, int column); /* NULL: there is no such column */
int gd_table_find(const gd_table *table, const char *name);   /* its column; -1: there is none */

/* Columns first .. first + count - 1 as [rows, count] of float32 or float64. Every field must be a
 * decimal number in the range of dtype; it is rounded correctly. */
gd_tensor *gd_table_numbers(const gd_table *table, int first, int count, gd_dtype dtype);

/* A column of text as class numbers [rows] of int64: 0 is the first of its distinct texts in byte
 * order. */
gd_tensor *gd_table_classes(gd_table *table, int column);

/* The texts that gd_table_classes found in this column: class `index`'s; NULL past the last one. */
const char *gd_table_class_name(const gd_table *table, int column, int64_t index);

/* ---- rows --------------------------------------------------------------------------------- */

/* Splits rows at random so that each class keeps its share: labels [N], int64, from 0; about
 * test_fraction (in (0,1)) of each class, exact to within one row, goes to *test, the rest to
 * *train: row numbers, int64, in random order, yours. */
gd_status gd_split_stratified(const gd_tensor *labels, double test_fraction, gd_rng *rng,
                              gd_tensor **train, gd_tensor **test);

/* The rows x[indices[0]], x[indices[1]], ... as a new tensor [n, ...]; indices [n], int64, each in
 * [0, rows). */
gd_tensor *gd_take_rows(const gd_tensor *x, const gd_tensor *indices);

/* ---- standardisation ---------------------------------------------------------------------- */

/* Mean and standard deviation (of the population, as scikit-learn's StandardScaler) of each column
 * of x [N,D], float, N > 0: new tensors [D] of x's dtype. A constant column's deviation is given
 * as 1. */
gd_status gd_standardize_fit(const gd_tensor *x, gd_tensor **mean, gd_tensor **deviation);

/* x = (x - mean) / deviation in place, column by column: x [N,D], mean and deviation [D], one float
 * dtype. */
gd_status gd_standardize(gd_tensor *x, const gd_tensor *mean, const gd_tensor *deviation);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
