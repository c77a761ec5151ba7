/* gradus/data.h - tables of data, and what is done with them before training.
 *
 * Purpose    Reads tables, hands out their columns as tensors or as features for a model, splits rows,
 *            standardises numbers. Knows tensors, not the tape.
 * Ownership  What a function returns as gd_table * or gd_tensor * is yours: gd_table_destroy,
 *            gd_tensor_destroy. Names belong to the table.
 * Errors     NULL or a gd_status, with gd_message(); about a file it is "path:line:column: what was
 *            expected". Nothing depends on the locale.
 *
 *     gd_table *table = gd_table_read("iris.csv", NULL);
 *     if (table == NULL)
 *         return fail(gd_message());                         // iris.csv:7:12: 5 fields are ...
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

/* Rows of cells in columns that have names. A cell is a number, a text or missing. What a column is shows while it
 * is read: each begins with a list of its different texts, its levels. One of numbers alone (or missing cells) that
 * has more levels than classes are likely to be (1024, or 64 where they are not whole, or where thousands of columns have many) keeps
 * just the numbers. A text that comes later in such a column counts as missing until it is asked for numbers. */
typedef struct gd_table gd_table;

typedef enum gd_header { GD_HEADER_AUTO, GD_HEADER_YES, GD_HEADER_NO } gd_header;

typedef struct gd_table_options {
    /* "csv", "tsv", "arff", "libsvm", "fasttext", "idx", "npy", "npz"; NULL: by content, else by the file's
     * name, else `likely_format`, else csv. */
    const char *format;
    const char *likely_format;
    /* Of csv; 0: the first of tab ; , | that stands equally often in each of the first lines. `likely_delimiter` comes before these;
     * where it does not stand in the lines, another is found in two lines or more, else it is the delimiter. */
    char delimiter;
    char likely_delimiter;
    /* Of csv: what stands before decimals, '.' or ',' (and what does not stands between thousands: 1,234.5 or 1.234,5). 0: a
     * point, unless all texts of a column are numbers with commas: these are then what fits all its cells. Where both fit (8,137),
     * they are what `likely_decimal` says, or what they are in another column, or decimal where the delimiter is ;. A column of
     * such numbers gets texts with a decimal point. */
    char decimal;
    char likely_decimal;
    /* Whether the first line names the columns. AUTO: it does where a text of it stands above numbers alone. Else it does not
     * where a field is a number or stands for nothing, two are equal, all are empty, or most occur below; unless one stands
     * above texts that all come again and again, itself does not, and no number of the line is among those below it. */
    gd_header header;
    /* Further texts that stand for a missing value, separated by commas, also in quotes; without quotes: of csv, tsv, npy and npz ?, NA, N/A,
     * n/a, NaN, nan, null, NULL, None, unless this list begins with an empty item; of arff ?, NaN, nan. The empty text always
     * does. */
    const char *missing;
    /* A list of columns, as gd_table_select reads it, whose texts are kept byte for byte, whatever numbers they look like; those
     * that there are not are passed over. */
    const char *verbatim;
    bool spelling; /* numbers keep the texts that they were read from, in columns of any length */
} gd_table_options;

/* Reads a file, or standard input for "-"; gzip is known by its first bytes. options NULL: all defaults. NULL and
 * a gd_message(): GD_ERROR_IO's, _FORMAT's ("file:line:column: what is expected, found"), _ARGUMENT's or _MEMORY's. Memory is
 * that of the cells (8 bytes a number, 4 a level) and levels, not of the text. A small file that asks for a lot of it is refused: one that
 * becomes more than 50 times as long when it is decompressed, from 64 MiB on; more than 131072 columns that have less than 16 bytes each.
 *
 * csv, tsv: RFC 4180 with any delimiter: quotes, doubled quotes, line ends in quotes. Lines end with LF, CRLF or CR; empty
 * ones are skipped. Blanks around a field do not belong to it unless they are quoted. UTF-8, with or without
 * a byte order mark. All rows have as many fields.
 *
 * arff: dense and sparse rows. A nominal column's declared values are its levels, whether they come or not; others are errors.
 * Dates are texts. Weights of rows and relational attributes are refused, and so are sparse rows as of libsvm.
 *
 * libsvm: a column of numbers for each index that comes, called by it, in their order, and behind them the labels: "label" if
 * each row has exactly one, else a column of 0 and 1 for each, "label_3". Queries (qid) are refused, and so is a table that would
 * have more than 2^25 cells of which less than one in 100 is given: they are all kept.
 *
 * fasttext: the column "text" of a line's words, with a blank between, and the labels: "label" if each line has exactly one, else a
 * column of 0 and 1 for each, called by it. Empty lines are passed over, unless the first line with words has no label in front:
 * then they are rows without words.
 *
 * idx, npy, npz: an array [N,..] of N rows, whose numbers are not copied; columns "1", "2", .. An idx file of images-idx3 has the column
 * "label" if labels-idx1 lies beside it. npz: the array X (or x, data, features; or the only one) and, if it is there, y (or Y, target,
 * labels): "target" if it has one column, else "label1", "label2", .. Only targets and verbatim columns have levels,
 * if their numbers may be classes or come twice. npy and npz also have arrays of texts (U, S), whose cells are read as csv's are; other
 * dtypes than these and gd_tensor_load_npy's are refused. */
gd_table *gd_table_read(const char *path, const gd_table_options *options);
void gd_table_destroy(gd_table *table); /* NULL is allowed */

/* A new table of these rows ([n] int64), yours: what reading gives where the file has no others. Its columns' kinds and
 * levels follow from these rows; lines are those of the file. NULL and a gd_message(): a row that there is not, no memory. */
gd_table *gd_table_take_rows(const gd_table *table, const gd_tensor *rows);

/* As messages name it: the path, or "standard input". */
const char *gd_table_path(const gd_table *table);
int64_t gd_table_rows(const gd_table *table);
int gd_table_columns(const gd_table *table);
bool gd_table_has_header(const gd_table *table);
/* Of csv and tsv, as given or found out; 0: of another format. */
char gd_table_delimiter(const gd_table *table);
/* "1", "2", .. without a header, or where it is empty. NULL: there is no such column. */
const char *gd_table_name(const gd_table *table, int column);
int gd_table_find(const gd_table *table, const char *name); /* its column; -1: there is none */
/* What reading has decided although it might be otherwise, "t.csv:1: the line is read as a row: ..": a note for each decision,
 * and what it is about. NULL past the last one. */
typedef enum gd_guess {
    GD_GUESS_HEADER,        /* the first line names the columns; GD_HEADER_NO says otherwise */
    GD_GUESS_NO_HEADER,     /* it is a row; GD_HEADER_YES */
    GD_GUESS_DECIMAL_COMMA, /* numbers have one; decimal '.' makes commas marks between thousands */
    GD_GUESS_THOUSANDS /* commas stand between thousands; decimal ',' makes them decimal commas */
} gd_guess;
const char *gd_table_note(const gd_table *table, int64_t index, gd_guess *guess);
/* A column that another such file has and this one has not is all 0. */
bool gd_table_is_sparse(const gd_table *table);
/* Where a row begins, from 1; 0: the format has no lines. */
int64_t gd_table_line(const gd_table *table, int64_t row);
/* A row of the file as messages name it behind the path, ":4", or ", row 3" where the format has no lines; and in a sentence, "line 4" or
 * "row 3". "": there is no such row. */
const char *gd_table_place(const gd_table *table, int64_t row, char place[32]);
const char *gd_table_row_name(const gd_table *table, int64_t row, char name[32]);

/* A list of columns, separated by commas: names; numbers from 1; ranges 3-7, 3- (to the last); patterns with * ? [..].
 * A name that is there wins over all else. One with a comma stands in double quotes. chosen [columns] gets
 * true for each, else stays as it is. GD_ERROR_ARGUMENT for an item that fits nothing: nothing is chosen, the message proposes a name. */
gd_status gd_table_select(const gd_table *table, const char *list, bool *chosen);

/* "Is .. meant?": of the names that name_at gives for 0, 1, .. until NULL, the one that differs from `word` by the fewest
 * insertions, deletions, replacements and swaps of neighbouring bytes (Damerau and Levenshtein), the first of equals.
 * NULL: all differ by more than a third of the word (rounded up), or it has more than 63 bytes. */
const char *gd_nearest_name(const char *word,
                            const char *(*name_at)(const void *context, int index),
                            const void *context);

/* The columns that the format makes targets: the last one; of arff as many first or last ones as MEKA's option -C
 * in the relation's name says; of libsvm, fasttext, idx and npz the labels; none of images [N,rows,columns..] without labels.
 * chosen [columns] gets true for each. */
void gd_table_default_targets(const gd_table *table, bool *chosen);

/* WORDS: each cell is a line of words. */
typedef enum gd_column_kind { GD_COLUMN_NUMBERS, GD_COLUMN_TEXTS, GD_COLUMN_WORDS } gd_column_kind;

gd_column_kind gd_table_kind(const gd_table *table, int column);
int64_t gd_table_missing(const gd_table *table, int column); /* how many cells are */

/* The first row whose cell is neither missing nor a number, also not one with a decimal comma or commas between thousands; where
 * there are only such, the first of these. -1: there is none. */
int64_t gd_table_first_text(const gd_table *table, int column);

/* The cell of a row and a column. What there is not is NaN, -1 or "". The text is as it was read; of a column that kept
 * just numbers it is the shortest that is read as the same number, and may be in `buffer`. */
double gd_table_number(const gd_table *table, int64_t row, int column);
int64_t gd_table_code(const gd_table *table, int64_t row, int column); /* its level */
const char *gd_table_text(const gd_table *table, int64_t row, int column, char buffer[32]);

/* A column's levels: by value where all are numbers, else by their bytes; more than 65536 as they came. Equal numbers are one
 * level, whose text is the shortest, unless the column is verbatim: of 0, 0.0 and 1 there are two. -1: it has kept just
 * numbers. */
int64_t gd_table_level_count(const gd_table *table, int column);
/* NULL and NaN: there is none; NaN, too, of a level that is no number. */
const char *gd_table_level(const gd_table *table, int column, int64_t level);
double gd_table_level_number(const gd_table *table, int column, int64_t level);

/* Columns first .. first + count - 1 as [rows, count] of float32 or float64, rounded correctly, yours. A cell that is not a number in
 * the range of dtype is an error with its place. */
gd_tensor *gd_table_numbers(const gd_table *table, int first, int count, gd_dtype dtype);

/* A column's levels as class numbers [rows] of int64, yours. A missing cell is an error with its place. */
gd_tensor *gd_table_classes(const gd_table *table, int column);

/* Writes rows ([n] int64; NULL: all rows) in a format: csv, tsv, arff, libsvm, fasttext or npy. Reading the file gives the
 * same rows. GD_ERROR_VALUE, before anything is written, of a table that the format cannot hold: texts in libsvm and npy;
 * missing cells in libsvm; invalid labels or several columns of words in fasttext. Default targets become labels in libsvm
 * and fasttext. csv and tsv keep the columns' names if the table has a header, arff always; in the other formats columns
 * get the names that reading gives them, except "3" and "label_3" in libsvm and the labels in fasttext. npy is an array
 * [n,columns]: of the tensor's dtype if the table is one, else of int64 if all numbers are whole, else of float64, with NaN
 * where a cell is missing. delimiter: of csv and tsv; 0 is the format's own. GD_ERROR_IO, _MEMORY; GD_ERROR_ARGUMENT for
 * unknown rows and for a format that is not written. */
gd_status gd_table_write(const gd_table *table, FILE *file, const char *format,
                         const gd_tensor *rows, char delimiter);

/* Writes a text as a field of CSV, `prefix` in front of it: in quotes where they are asked for, or reading would take it for another
 * text, several, or a missing value. */
void gd_csv_write_field(FILE *file, const char *prefix, const char *text, bool quoted,
                        char delimiter);

/* Whether gd_table_write writes this format. False with a message that lists the formats that it writes. */
bool gd_table_can_write(const char *format);

/* The format that a path tells by its ending, which .gz may follow: "csv" of t.csv.gz. NULL: none. */
const char *gd_table_format_of(const char *path);

/* ---- features ----------------------------------------------------------------------------- */

/* Turns a table's columns into the float32 features of a model. What that takes is learnt on training rows and
 * goes into the model's file, so that every other table is treated the same:
 *     numbers    (x - mean) / deviation; a missing one is the mean. The deviation is the population's, with
 *                missing numbers as the mean. Numbers that lie more than five times the width
 *                of the middle 90 % beyond these are far out, if they are at most 1 % (or one). Numbers are cut
 *                off, also for mean and deviation, as far beyond the others as these reach: a single odd value
 *                spoils no model
 *     texts      a feature of 0 and 1 for each level that at least two rows have, the 1000 most frequent
 *     words      (GD_COLUMN_WORDS) likewise for each word, the 5000 most frequent
 *     missing    one more feature of 0 and 1 for a column of numbers or texts of which some are missing
 * A column without a feature (all values the same, all missing, no text twice) need not be there later. */
typedef struct gd_encoder gd_encoder;

/* Both are [columns], true for those that are meant; NULL: none. Others are what they hold. */
typedef struct gd_encoder_options {
    const bool
        *words; /* lines of words; NULL: texts of several words each that hardly come again */
    const bool
        *categorical;    /* texts, even if they look like numbers: "7" and "007" are two levels */
    const bool *numeric; /* to be taken as numbers: a text that is none is an error */
} gd_encoder_options;

/* Learns from rows ([n] int64; NULL: all) of the columns for which features [columns] is true. Yours. NULL and
 * a gd_message(): no number (with its place, as far as it is known), no rows or one that there is not, both
 * options for one column or one of them for words, no memory. */
gd_encoder *gd_encoder_fit(const gd_table *table, const bool *features, const gd_tensor *rows,
                           const gd_encoder_options *options);
void gd_encoder_destroy(gd_encoder *encoder); /* NULL is allowed */

int64_t gd_encoder_width(const gd_encoder *encoder); /* how many features */
/* A feature's name: "age", "age missing", "sex=male". NULL past the last one. */
const char *gd_encoder_feature(const gd_encoder *encoder, int64_t index);
/* The columns that features come from: the name of number `index`, and as *kind how its cells are read: as
 * numbers, as texts that are looked up byte for byte, or as words. NULL past the last one. A later table is to be read
 * with the texts of the last two kept (gd_table_options.verbatim). */
const char *gd_encoder_column(const gd_encoder *encoder, int64_t index, gd_column_kind *kind);
/* What a user should hear of what was learnt, such as "name": its levels (9) are not used: each is in one row only, as is "Ann"; ..
 * NULL past the last one. */
const char *gd_encoder_note(const gd_encoder *encoder, int64_t index);

/* The features of rows ([n] int64; NULL: all): [n,width] float32, yours. Columns are found by name, in any order
 * and among others; one that is absent from a sparse table is 0 if the encoder has learnt from a sparse one. A
 * level that is no feature is all zeros, a text where numbers were learnt counts as missing; *unknown (NULL is
 * allowed) is how many such cells there are. Levels are texts, compared byte for byte: "1" is not "1.0". NULL
 * and a gd_message(): columns that are missing, by name; a row that there is not; no memory. */
gd_tensor *gd_encoder_apply(const gd_encoder *encoder, const gd_table *table, const gd_tensor *rows,
                            int64_t *unknown);

/* How many cells of rows ([n] int64, such as there are; NULL: all) hold numbers that are cut off: so far out, or too large for a
 * double. *row and *column: the first row with one, and where. */
int64_t gd_encoder_cut_off(const gd_encoder *encoder, const gd_table *table, const gd_tensor *rows,
                           int64_t *row, int *column);

/* All of it as JSON, yours to gd_encoder_json_destroy, and back: the features have the same bits. A text is not
 * trusted: NULL and a gd_message() that says what is wrong with it. */
char *gd_encoder_json(const gd_encoder *encoder);
void gd_encoder_json_destroy(char *text); /* NULL is allowed */
gd_encoder *gd_encoder_from_json(const char *text);

/* ---- rows --------------------------------------------------------------------------------- */

/* Below, labels and groups are lists [N] of int64 numbers that count from 0, as gd_table_classes gives them: a
 * number that is negative, or above a million and the number of rows, is refused. */

/* Splits rows at random so that each class keeps its share: test_fraction (in (0,1)) of all rows, rounded, goes to
 * *test, the rest to *train: row numbers, int64, in random order, yours. Each class gives test_fraction of its rows,
 * to within one row: by the largest remainder, and of equal ones chance decides. GD_ERROR_VALUE, too: there
 * are too few rows, so that one part would have none. */
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

/* x = (x - mean) / deviation in place, column by column: x [N,D], mean and deviation [D] of x's float dtype or
 * float64. Where the numbers of a float32 column differ by little beside their mean, a float32 mean is too coarse:
 * of 10000.000, 10000.001, .. it may be off by half a thousandth. Fit on a float64 copy then. */
gd_status gd_standardize(gd_tensor *x, const gd_tensor *mean, const gd_tensor *deviation);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
