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

/* ---- IDX ---------------------------------------------------------------------------------- */

/* MNIST's format: a tensor of uint8, float32 or float64 as the file has it; 8-, 16- and 32-bit signed
 * integers become int64. "-" is standard input; gzip is known by its first bytes. NULL and a gd_message():
 * GD_ERROR_IO's, _FORMAT's (with the offset of the byte that is wrong; too few or too many bytes are, too),
 * _SHAPE's or _MEMORY's. Memory is asked for as bytes arrive, whatever the header says. */
gd_tensor *gd_idx_read(const char *path);

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

/* Below, labels and groups are lists [N] of int64 numbers that count from 0, as gd_table_classes gives them: a
 * number that is negative, or above a million and the number of rows, is refused. */

/* Splits rows at random so that each class keeps its share: about test_fraction (in (0,1)) of each class,
 * exact to within one row, goes to *test, the rest to *train: row numbers, int64, in random order,
 * yours. */
gd_status gd_split_stratified(const gd_tensor *labels, double test_fraction, gd_rng *rng,
                              gd_tensor **train, gd_tensor **test);

/* The same with all rows of a group, one patient's, one document's, on one side. As near to test_fraction as a
 * random order of the groups leads, and no side empty. Row numbers in order. GD_ERROR_VALUE, too: there is
 * one group only. */
gd_status gd_split_grouped(const gd_tensor *groups, double test_fraction, gd_rng *rng,
                           gd_tensor **train, gd_tensor **test);

/* k folds, for cross-validation: which one each row belongs to, [N] int64 in [0,k), yours. Stratified:
 * each class is dealt out evenly, to within one row, and so are all rows. Grouped: a group is in one fold, and
 * the folds are as equal as they become by giving the largest group left to the smallest of them. NULL and a
 * gd_message(): k is below 2 or above the number of rows or groups, or there is no memory. */
gd_tensor *gd_folds_stratified(const gd_tensor *labels, int k, gd_rng *rng);
gd_tensor *gd_folds_grouped(const gd_tensor *groups, int k, gd_rng *rng);
/* The rows of a fold (*test) and all others (*train), in order: int64, yours. GD_ERROR_VALUE: it has none. */
gd_status gd_fold_rows(const gd_tensor *folds, int64_t fold, gd_tensor **train, gd_tensor **test);

/* The rows x[indices[0]], x[indices[1]], ... as a new tensor [n, ...]; indices [n], int64, each in
 * [0, rows). */
gd_tensor *gd_take_rows(const gd_tensor *x, const gd_tensor *indices);

/* ---- batches ------------------------------------------------------------------------------ */

/* Hands out rows of several tensors together, batch after batch:
 *     gd_loader *loader = gd_loader_create(2, (const gd_tensor *[]){x, y}, &(gd_loader_options){.shuffle = true});
 *     for (int epoch = 0; epoch < epochs; ++epoch)
 *         for (gd_tensor *batch[2]; gd_loader_next(loader, batch);)
 *             ... batch[0], batch[1] ...
 */
typedef struct gd_loader gd_loader;

typedef struct gd_loader_options {
    int64_t batch_size; /* 0: 32 */
    bool shuffle;       /* another order in every epoch, a function of seed and epoch */
    uint64_t seed;
    bool drop_last;        /* leave out a last batch of fewer than batch_size rows */
    const gd_tensor *rows; /* [n] int64, copied: only these, as a split gives them; NULL: all */
} gd_loader_options;

/* For tensors [N,..] of any dtypes with one N, which must outlive it. Takes all its memory now. NULL and a
 * gd_message(): sizes that differ, a row that there is not, no memory. */
gd_loader *gd_loader_create(int count, const gd_tensor *const *tensors,
                            const gd_loader_options *options);
void gd_loader_destroy(gd_loader *loader); /* NULL is allowed */

/* batch [count] becomes the next rows: views of the tensors where all rows are taken as they lie, else copies in
 * the loader's own memory. Valid until the next call, which is a change in place: a backward that needs
 * the rows before is refused. false: the epoch has ended; the next call begins another. */
bool gd_loader_next(gd_loader *loader, gd_tensor **batch);
int64_t gd_loader_batches(const gd_loader *loader); /* in an epoch */

/* Where it stands, for a checkpoint: [2] int64, epoch and row. To write to it is to go there; a row that there
 * is not is the end of the epoch. */
gd_tensor *gd_loader_state(gd_loader *loader);

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
