/* gradus/data.h - tables of data, and their preparation for training.
 *
 * Purpose    Reads tables, returns their columns as tensors or as features for a model, splits
 *            rows, standardises numbers. Uses tensors, but not the tape.
 * Ownership  A gd_table * or gd_tensor * that a function returns is yours: gd_table_destroy,
 *            gd_tensor_destroy. Names and texts belong to the table or the encoder.
 * Errors     NULL or a gd_status, with a gd_message(). Errors in a file read
 *            "path:line:column: what was expected, found ..". Pointers must not be NULL unless the
 *            prototype allows it. Nothing depends on the locale.
 *
 *     gd_table *table = gd_table_read("iris.csv", NULL);
 *     if (table == NULL)
 *         return fail(gd_message());                         // iris.csv:7:12: 5 fields are ..
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

/* Reads MNIST's format: a tensor of uint8, float32 or float64 as in the file; signed integers of
 * 8, 16 and 32 bits become int64. "-" is standard input. gzip is detected by its first bytes.
 * Memory grows with the bytes that arrive, whatever the header states. NULL and a gd_message():
 * GD_ERROR_IO, GD_ERROR_FORMAT (with the offset of the wrong byte; also for too few or too many
 * bytes), GD_ERROR_SHAPE, GD_ERROR_MEMORY. */
gd_tensor *gd_idx_read(const char *path);

/* ---- tables ------------------------------------------------------------------------------- */

/* Rows of cells in named columns. A cell is a number, a text or missing. The type of a column is
 * detected while it is read. A column first collects its different texts, the levels. It keeps only
 * the numbers if all its cells are numbers (or missing) and there are more levels than a target is
 * likely to have classes: more than 1024, or more than 64 if some numbers are not whole or
 * thousands of columns have many levels. If a text follows in such a column, the file is read a
 * second time, with its levels: types do not depend on the order of the rows. A pipe cannot be read
 * again. There the text counts as missing, and functions that need numbers refuse the column. */
typedef struct gd_table gd_table;

typedef enum gd_header { GD_HEADER_AUTO, GD_HEADER_YES, GD_HEADER_NO } gd_header;

typedef struct gd_table_options {
    /* "csv", "tsv", "arff", "libsvm", "fasttext", "idx", "npy", "npz". NULL: detected from the
     * content, else from the file name, else `likely_format`, else csv. */
    const char *format;
    const char *likely_format;
    /* csv: the field delimiter. 0: the first of tab ; , | that occurs equally often in each of the
     * first lines, else the most frequent one of the first line, else a comma. `likely_delimiter`
     * is tried before these. If it does not fit, another one must fit at least two lines, else
     * `likely_delimiter` is taken. */
    char delimiter;
    char likely_delimiter;
    /* csv: the decimal mark, '.' or ','. The other mark separates thousands: 1,234.5 or 1.234,5.
     * 0: a point, but detected in a column whose texts are all numbers with commas. The reading
     * must fit all cells of the column. If both readings fit (8,137), `likely_decimal` decides,
     * then the other columns, then the delimiter: with ; a comma is a decimal mark. The levels of
     * such a column are stored with a decimal point. */
    char decimal;
    char likely_decimal;
    /* Whether the first line is a header. AUTO: yes, if one of its texts is above numbers only.
     * Otherwise no, if a field is a number or missing, if two fields are equal, if all are empty,
     * or if most occur again in their columns. A line with numbers is still a header if one of its
     * texts does not occur again, each text below it is repeated, and no number of the line is
     * within the range of its column. */
    gd_header header;
    /* More texts that mark a missing value, separated by commas; they do so quoted or not. In csv,
     * tsv, npy and npz, unquoted ?, NA, N/A, n/a, NaN, nan, null, NULL and None do so, too, unless
     * this list begins with an empty item. In arff, ?, NaN and nan do. The empty text always
     * does. */
    const char *missing;
    /* A list of columns, as in gd_table_select, whose texts are kept byte for byte, even if they
     * look like numbers. Unknown columns are ignored. */
    const char *verbatim;
    bool spelling; /* keep the texts of all numbers, in columns with any number of levels */
} gd_table_options;

/* Reads a file, or standard input for "-". gzip is detected by its first bytes. options NULL: all
 * defaults. NULL and a gd_message(): GD_ERROR_IO, GD_ERROR_FORMAT ("path:line:column: what was
 * expected, found .."), GD_ERROR_ARGUMENT (an option), GD_ERROR_MEMORY. The table takes memory for
 * its cells (8 bytes per number, 4 per level) and levels, not for the text of the file. Small files
 * that ask for much memory are refused: more than 64 MiB of decompressed data, if they are more
 * than 50 times the compressed data; more than 131072 columns, if the file has less than 16 bytes
 * for each.
 *
 * csv, tsv: RFC 4180 with any delimiter: quotes, doubled quotes, line ends in quotes. Lines end
 * with LF, CRLF or CR. Empty lines are skipped. Blanks around a field are removed unless they are
 * quoted. The text is UTF-8, with or without a byte order mark. All rows have the same number of
 * fields.
 *
 * arff: dense and sparse rows. The declared values of a nominal column are its levels, whether
 * they occur or not; other values are errors. Dates are texts. Instance weights and relational
 * attributes are refused, and so are sparse tables beyond the limit for libsvm below.
 *
 * libsvm: one column of numbers for each index that occurs, named by it, in their order. The
 * labels follow: "label" if each row has exactly one, else a column of 0 and 1 for each label,
 * "label_3". Queries (qid) are refused. So are tables of more than 2^25 cells of which less than
 * one in 100 is given, because the table stores all cells.
 *
 * fasttext: the column "text" with the words of a line, separated by single blanks. The labels
 * follow: "label" if each line has exactly one, else a column of 0 and 1 for each label, named by
 * it. Empty lines are skipped, unless the first line with words has no leading label: then they
 * are rows without words.
 *
 * idx, npy, npz: an array [N,..] of N rows, whose numbers are not copied; columns "1", "2", .. A
 * file images-idx3 has the column "label" if labels-idx1 lies beside it. npz: the array X (or x,
 * data, features; or the only one) and, if present, y (or Y, target, labels): "target" if it has
 * one column, else "label1", "label2", .. Only targets and verbatim columns have levels, if their
 * numbers may be classes or occur twice. npy and npz may also hold arrays of texts (U, S), whose
 * cells are read as in csv. Other dtypes than these and those of gd_tensor_load_npy are
 * refused. */
gd_table *gd_table_read(const char *path, const gd_table_options *options);
void gd_table_destroy(gd_table *table); /* NULL is allowed */

/* A new table of these rows ([n] int64), yours, as if the file had no others: the types and levels
 * of its columns are those of these rows. Line numbers are those of the file. NULL and a
 * gd_message(): GD_ERROR_ARGUMENT, GD_ERROR_VALUE (an unknown row), GD_ERROR_MEMORY. */
gd_table *gd_table_take_rows(const gd_table *table, const gd_tensor *rows);

/* The name of the table in messages: the path, or "standard input". */
const char *gd_table_path(const gd_table *table);
int64_t gd_table_rows(const gd_table *table);
int gd_table_columns(const gd_table *table);
bool gd_table_has_header(const gd_table *table);
/* Of csv and tsv, given or detected; 0 for other formats. */
char gd_table_delimiter(const gd_table *table);
/* "1", "2", .. without a header or if the name is empty. NULL: no such column. */
const char *gd_table_name(const gd_table *table, int column);
int gd_table_find(const gd_table *table, const char *name); /* the column; -1: none */
/* Notes about guesses that may be wrong, such as "t.csv:1: the line is read as a row: ..".
 * *guess: what was guessed. NULL past the last note. */
typedef enum gd_guess {
    GD_GUESS_HEADER,        /* the first line is a header; GD_HEADER_NO changes it */
    GD_GUESS_NO_HEADER,     /* the first line is a row; GD_HEADER_YES changes it */
    GD_GUESS_DECIMAL_COMMA, /* commas are decimal marks; decimal '.' changes it */
    GD_GUESS_THOUSANDS      /* commas separate thousands; decimal ',' changes it */
} gd_guess;
const char *gd_table_note(const gd_table *table, int64_t index, gd_guess *guess);
/* Whether the format is sparse (libsvm, fasttext): a column without values is absent from the
 * file, and all 0. */
bool gd_table_is_sparse(const gd_table *table);
/* The line on which a row begins, from 1; 0: the format has no lines. */
int64_t gd_table_line(const gd_table *table, int64_t row);
/* The place of a row for messages: _place follows the path, ":4", or ", row 3" if the format has
 * no lines; _row_name stands in a sentence, "line 4" or "row 3". "": no such row. */
const char *gd_table_place(const gd_table *table, int64_t row, char place[32]);
const char *gd_table_row_name(const gd_table *table, int64_t row, char name[32]);

/* Selects a list of columns, separated by commas: names; numbers from 1; ranges 3-7, 3- (to the
 * last); patterns with * ? [..]. An existing name takes precedence. A name with a comma stands in
 * double quotes. chosen [columns] becomes true for each selected column, else stays as it is.
 * GD_ERROR_ARGUMENT for an item that matches nothing: `chosen` is unchanged, and the message
 * proposes a name. */
gd_status gd_table_select(const gd_table *table, const char *list, bool *chosen);

/* The name closest to `word`, for "did you mean ..?". name_at gives the names 0, 1, .. and then
 * NULL. The distance counts insertions, deletions, replacements and swaps of neighbouring bytes
 * (Damerau and Levenshtein); the first of equally close names is returned. NULL: all names differ
 * by more than a third of the word (rounded up), or the word has more than 63 bytes. */
const char *gd_nearest_name(const char *word,
                            const char *(*name_at)(const void *context, int index),
                            const void *context);

/* Selects the target columns of the format: the last column; arff: as many first or last ones as
 * MEKA's option -C in the relation's name states; libsvm, fasttext, idx and npz: the labels; none
 * for images [N,rows,columns..] without labels. chosen [columns] becomes true for each. */
void gd_table_default_targets(const gd_table *table, bool *chosen);

/* The type of a column. WORDS: each cell is a line of words. */
typedef enum gd_column_kind { GD_COLUMN_NUMBERS, GD_COLUMN_TEXTS, GD_COLUMN_WORDS } gd_column_kind;

gd_column_kind gd_table_kind(const gd_table *table, int column);
int64_t gd_table_missing(const gd_table *table, int column); /* number of missing cells */

/* The first row whose cell is a text: neither missing nor a number. Numbers with a decimal comma
 * or with commas between thousands count only if there are no other texts. -1: none. */
int64_t gd_table_first_text(const gd_table *table, int column);

/* The cell of a row and a column; NaN, -1 or "" if there is none. The text is as it was read. In a
 * column that kept only numbers, it is the shortest text that is read as the same number, and may
 * be in `buffer`. */
double gd_table_number(const gd_table *table, int64_t row, int column);
int64_t gd_table_code(const gd_table *table, int64_t row, int column); /* its level */
enum { GD_NUMBER_TEXT = 32 }; /* bytes of a number's text, with its closing 0 */
const char *gd_table_text(const gd_table *table, int64_t row, int column,
                          char buffer[GD_NUMBER_TEXT]);

/* The shortest decimal text of a finite number that is read back as the same double, or as the
 * same float if `single`. Written into `buffer`, which is returned. */
const char *gd_number_text(double value, bool single, char buffer[GD_NUMBER_TEXT]);

/* The levels of a column: ordered by value if all are numbers, else by their bytes; in order of
 * occurrence if there are more than 65536. Equal numbers are one level, with the shortest text,
 * unless the column is verbatim: 0, 0.0 and 1 are two levels. -1: the column kept only numbers. */
int64_t gd_table_level_count(const gd_table *table, int column);
/* NULL and NaN: no such level; NaN also for a level that is not a number. */
const char *gd_table_level(const gd_table *table, int column, int64_t level);
double gd_table_level_number(const gd_table *table, int column, int64_t level);

/* Columns first .. first + count - 1 as [rows, count] of float32 or float64, correctly rounded,
 * yours. NULL and a gd_message(): GD_ERROR_FORMAT, with the place of the first cell that is missing
 * or not a finite number of dtype; GD_ERROR_ARGUMENT (no such columns, another dtype);
 * GD_ERROR_MEMORY. */
gd_tensor *gd_table_numbers(const gd_table *table, int first, int count, gd_dtype dtype);

/* The level of each row as class numbers [rows] of int64, from 0, yours. NULL and a gd_message():
 * GD_ERROR_FORMAT, with the place of the first missing cell; GD_ERROR_ARGUMENT (no such column, or
 * one that kept only numbers); GD_ERROR_MEMORY. */
gd_tensor *gd_table_classes(const gd_table *table, int column);

/* Writes rows ([n] int64; NULL: all) in a format: csv, tsv, arff, libsvm, fasttext or npy. Reading
 * the file gives the same rows.
 *     names      csv and tsv keep them if the table has a header, arff always. In the other
 *                formats, columns get the names that reading gives them; names such as "3" and
 *                "label_3" are kept in libsvm, and the labels in fasttext
 *     targets    the default targets become the labels of libsvm and fasttext
 *     npy        an array [n,columns]: of the tensor's dtype if the table is one, else of int64 if
 *                all numbers are whole, else of float64; NaN where a cell is missing
 *     delimiter  of csv and tsv; 0: a comma, a tab
 * GD_ERROR_VALUE, before anything is written: the format cannot hold the table (texts in libsvm and
 * npy, missing cells in libsvm, invalid labels or several columns of words in fasttext, more
 * columns than gd_table_read accepts). GD_ERROR_ARGUMENT: an unknown row, or a format that is not
 * written. GD_ERROR_IO, GD_ERROR_MEMORY. */
gd_status gd_table_write(const gd_table *table, FILE *file, const char *format,
                         const gd_tensor *rows, char delimiter);

/* Writes `prefix` and a text as one field of CSV, in quotes if `quoted`, or if a reader would
 * otherwise take the text for another text, several fields or a missing value. Errors are those of
 * the file (ferror). */
void gd_csv_write_field(FILE *file, const char *prefix, const char *text, bool quoted,
                        char delimiter);

/* Whether gd_table_write writes the format. false: gd_message() lists the formats. NULL is allowed:
 * false. */
bool gd_table_can_write(const char *format);

/* The format of a file name by its ending, without .gz: "csv" for t.csv.gz. NULL: none. */
const char *gd_table_format_of(const char *path);

/* ---- features ----------------------------------------------------------------------------- */

/* Turns the columns of a table into float32 features for a model. The encoder is learnt on
 * training rows and saved in the model file, so that later tables are encoded in the same way:
 *     numbers   (x - mean) / deviation, with the standard deviation of the population. A missing
 *               number becomes the mean. Numbers are clipped to the range of the training numbers
 *               without outliers, extended by its own width on both sides. Outliers are further
 *               from the middle 90 % of the numbers than five times the width of that middle; if
 *               they are more than 1 % of the numbers (and more than one), none of them counts as
 *               one. Mean and deviation are those of the clipped numbers, with the mean for
 *               missing ones
 *     texts     one-hot encoding: one feature for each level that occurs in at least two rows, at
 *               most for the 1000 most frequent ones
 *     words     (GD_COLUMN_WORDS) bag of words: one feature for each word that occurs in at least
 *               two rows, at most for the 5000 most frequent ones
 *     missing   one more feature of 0 and 1 for a column of numbers or texts with missing cells
 * Later tables need not have a column without features: all its values are equal or missing, or no
 * text occurs twice. */
typedef struct gd_encoder gd_encoder;

/* Each list is [columns], true for the selected columns; NULL: none. Columns in no list are encoded
 * by their type. */
typedef struct gd_encoder_options {
    /* Free text. Columns of several words per cell, hardly any text repeated, are treated so
     * without this list, too. */
    const bool *words;
    const bool *categorical; /* texts, even if they look like numbers: "7" and "007" differ */
    const bool *numeric;     /* numbers: any other text is an error */
} gd_encoder_options;

/* Learns an encoder from rows ([n] int64; NULL: all) of the columns for which features [columns]
 * is true. Yours. options NULL: all defaults. NULL and a gd_message(): GD_ERROR_FORMAT (a text in a
 * numeric column, with its place if known), GD_ERROR_VALUE (an unknown row), GD_ERROR_ARGUMENT (no
 * rows, a column in two lists), GD_ERROR_MEMORY. */
gd_encoder *gd_encoder_fit(const gd_table *table, const bool *features, const gd_tensor *rows,
                           const gd_encoder_options *options);
void gd_encoder_destroy(gd_encoder *encoder); /* NULL is allowed */

int64_t gd_encoder_width(const gd_encoder *encoder); /* number of features */
/* The name of a feature: "age", "age missing", "sex=male". NULL past the last one. */
const char *gd_encoder_feature(const gd_encoder *encoder, int64_t index);
/* What was learnt of a column. */
typedef enum gd_encoded_kind {
    GD_ENCODED_NUMBER, /* one feature, (x - mean) / deviation, clipped to [least, most] */
    GD_ENCODED_LEVELS, /* one feature of 0 or 1 per level, a text compared byte for byte */
    GD_ENCODED_WORDS,  /* one feature of 0 or 1 per word */
    GD_ENCODED_MISSING /* one feature of 0 or 1: whether the value is missing */
} gd_encoded_kind;

typedef struct gd_encoded_column {
    const char *name;
    gd_encoded_kind kind;
    bool missing;                        /* its last feature is 1 where the value is missing */
    double mean, deviation, least, most; /* of numbers */
    int64_t levels;                      /* how many levels or words */
    int64_t first, features;             /* the index of its first feature, and how many it has */
} gd_encoded_column;

/* Column `index` of those that the encoder reads; false past the last one. Read later tables with
 * the texts of levels and words kept (gd_table_options.verbatim). */
bool gd_encoder_column(const gd_encoder *encoder, int64_t index, gd_encoded_column *column);
/* A level or word of column `index`, in the order of the features. NULL past the last one. */
const char *gd_encoder_level(const gd_encoder *encoder, int64_t index, int64_t level);
/* Notes for the user about columns, such as `"name": its levels (9) are not used: each is in one
 * row only, as is "Ann"; ..`. NULL past the last one. */
const char *gd_encoder_note(const gd_encoder *encoder, int64_t index);

/* The features of rows ([n] int64; NULL: all): [n,width] float32, yours. Columns are found by
 * name, in any order; other columns are ignored. A column that is absent from a sparse table is 0
 * if the encoder was learnt on a sparse one. An unknown level gives zeros. A text in a column
 * learnt as numbers counts as missing. *unknown (may be NULL) gets the number of such levels and
 * texts. Levels are compared byte for byte: "1" is not "1.0". NULL and a gd_message():
 * GD_ERROR_ARGUMENT (absent columns, by name), GD_ERROR_VALUE (an unknown row), GD_ERROR_MEMORY. */
gd_tensor *gd_encoder_apply(const gd_encoder *encoder, const gd_table *table, const gd_tensor *rows,
                            int64_t *unknown);

/* The number of cells in rows ([n] int64, existing ones; NULL: all) whose numbers are clipped,
 * infinite ones included. *row and *column: the first such cell. */
int64_t gd_encoder_cut_off(const gd_encoder *encoder, const gd_table *table, const gd_tensor *rows,
                           int64_t *row, int *column);

/* The encoder as JSON, yours to gd_encoder_json_destroy, and back: the features have the same
 * bits. The text is checked: NULL and a gd_message() that names the fault. */
char *gd_encoder_json(const gd_encoder *encoder);
void gd_encoder_json_destroy(char *text); /* NULL is allowed */
gd_encoder *gd_encoder_from_json(const char *text);

/* ---- rows --------------------------------------------------------------------------------- */

/* Labels and groups are lists [N] of int64 numbers from 0, as gd_table_classes gives them. Errors
 * of the functions below: GD_ERROR_ARGUMENT (not such a list, no stream), GD_ERROR_VALUE (a number
 * that is negative or at least both 2^20 and N; and what a prototype adds), GD_ERROR_MEMORY. */

/* Splits rows at random, stratified by class. test_fraction (in (0,1)) of all rows, rounded, goes
 * to *test, the rest to *train: row numbers [n] of int64 in random order, yours; NULL on failure.
 * Each class contributes test_fraction of its rows, to within one row, by the largest remainder;
 * ties are broken at random. GD_ERROR_VALUE also if one part would be empty. */
gd_status gd_split_stratified(const gd_tensor *labels, double test_fraction, gd_rng *rng,
                              gd_tensor **train, gd_tensor **test);

/* The same, but all rows of a group (a patient, a document) stay together. The groups are taken in
 * random order, each if it brings the size of *test closer to test_fraction; no part is empty. Row
 * numbers are in order. GD_ERROR_VALUE also if there is only one group. */
gd_status gd_split_grouped(const gd_tensor *groups, double test_fraction, gd_rng *rng,
                           gd_tensor **train, gd_tensor **test);

/* k folds for cross-validation: the fold of each row, [N] int64 in [0,k), yours. Stratified: each
 * class is spread evenly over the folds, to within one row, and so are all rows. Grouped: a group
 * is in one fold; the largest remaining group goes to the smallest fold. NULL and a gd_message(),
 * also if k is below 2 or above the number of rows or groups. */
gd_tensor *gd_folds_stratified(const gd_tensor *labels, int k, gd_rng *rng);
gd_tensor *gd_folds_grouped(const gd_tensor *groups, int k, gd_rng *rng);
/* The rows of a fold (*test) and all others (*train), in order: [n] int64, yours; NULL on failure.
 * GD_ERROR_VALUE: an empty fold. */
gd_status gd_fold_rows(const gd_tensor *folds, int64_t fold, gd_tensor **train, gd_tensor **test);

/* The rows x[indices[0]], x[indices[1]], .. of x [N,..] as a new tensor [n,..] of the same dtype,
 * yours; indices [n] int64, each in [0,N). NULL and a gd_message(): GD_ERROR_ARGUMENT,
 * GD_ERROR_VALUE (an unknown row), GD_ERROR_MEMORY. */
gd_tensor *gd_take_rows(const gd_tensor *x, const gd_tensor *indices);

/* ---- batches ------------------------------------------------------------------------------ */

/* Iterates over rows of several tensors together, batch after batch:
 *     const gd_tensor *tensors[] = {x, y};
 *     gd_loader *loader = gd_loader_create(2, tensors, &(gd_loader_options){.shuffle = true});
 *     for (int epoch = 0; epoch < epochs; ++epoch)
 *         for (gd_tensor *batch[2]; gd_loader_next(loader, batch);)
 *             ... batch[0], batch[1] ...
 */
typedef struct gd_loader gd_loader;

typedef struct gd_loader_options {
    int64_t batch_size; /* 0: 32 */
    bool shuffle;       /* a new order in each epoch, determined by seed and epoch */
    uint64_t seed;
    bool drop_last;        /* skip a last batch of fewer than batch_size rows */
    const gd_tensor *rows; /* [n] int64, copied: only these rows, as from a split; NULL: all */
} gd_loader_options;

/* Creates a loader for `count` tensors [N,..] of any dtypes with the same N, which must outlive it.
 * It allocates all its memory now. options NULL: all defaults. NULL and a gd_message():
 * GD_ERROR_SHAPE (N differs), GD_ERROR_VALUE (an unknown row), GD_ERROR_ARGUMENT,
 * GD_ERROR_MEMORY. */
gd_loader *gd_loader_create(int count, const gd_tensor *const *tensors,
                            const gd_loader_options *options);
void gd_loader_destroy(gd_loader *loader); /* NULL is allowed */

/* batch [count] gets the next rows of each tensor, which the loader owns: views if all rows are
 * taken in order, else copies. The next call changes them in place, so that a backward pass that
 * needs the previous rows is refused. false: the epoch has ended; the next call begins another. */
bool gd_loader_next(gd_loader *loader, gd_tensor **batch);
int64_t gd_loader_batches(const gd_loader *loader); /* per epoch */

/* The position of the loader, for a checkpoint: [2] int64, epoch and row. Write to it to move the
 * loader. A row past the end is the end of the epoch. */
gd_tensor *gd_loader_state(gd_loader *loader);

/* ---- standardisation ---------------------------------------------------------------------- */

/* Mean and standard deviation (of the population, as scikit-learn's StandardScaler) of each column
 * of x [N,D], float32 or float64, N > 0: new tensors [D] of x's dtype, yours; NULL on failure. The
 * deviation of a constant column is 1. GD_ERROR_ARGUMENT, GD_ERROR_MEMORY. */
gd_status gd_standardize_fit(const gd_tensor *x, gd_tensor **mean, gd_tensor **deviation);

/* x = (x - mean) / deviation in place, by column: x [N,D] of float32 or float64, mean and deviation
 * [D] of the same dtype or float64. If the numbers of a float32 column differ little compared with
 * their mean, a float32 mean is too coarse: for 10000.000, 10000.001, .. it may be off by half a
 * thousandth. Fit on a float64 copy then. GD_ERROR_SHAPE: other shapes or dtypes; x is
 * unchanged. */
gd_status gd_standardize(gd_tensor *x, const gd_tensor *mean, const gd_tensor *deviation);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
