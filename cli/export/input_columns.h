/* The inputs of a model, column by column, for exporters. */
#ifndef CLI_SCHEMA_H
#define CLI_SCHEMA_H

#include "data/json.h"

#include <gradus/data.h>

/* Values of a cell of a level column that are not levels. */
enum { CLI_MISSING = -1, CLI_UNKNOWN = -2 };

typedef enum cli_column_kind {
    CLI_COLUMN_NUMBER,  /* one feature, (x - mean) / deviation, clipped; 0 if missing */
    CLI_COLUMN_LEVELS,  /* one-hot: 0 or 1 for each level */
    CLI_COLUMN_WORDS,   /* bag of words: 0 or 1 for each word */
    CLI_COLUMN_MISSING, /* only the missing-value indicator */
    CLI_COLUMN_KINDS
} cli_column_kind;

typedef struct cli_column {
    const char *name;
    cli_column_kind kind;
    bool missing; /* has a missing-value indicator, the last feature */
    double mean, deviation;
    double least, most;     /* bounds to which (x - mean) / deviation is clipped */
    bool bounded;           /* where numbers may be */
    bool fine;              /* a float would round off the differences between the numbers */
    const gd__json *levels; /* levels or words, in the order of the features */
    int64_t level_count;
    int64_t first; /* feature */
} cli_column;

typedef struct cli_schema {
    int count;
    cli_column *columns;
    int64_t width;  /* features */
    gd__json *json; /* of the encoder; owns the texts */
} cli_schema;

/* An exit code, with a message. */
int cli_schema_read(cli_schema *schema, const gd_encoder *encoder);
void cli_schema_free(cli_schema *schema);

const char *cli_level(const cli_column *column, int64_t level);

/* Test rows for a schema: numbers around the means, each level, unknown levels, missing values.
 * The same schema gives the same rows. */
typedef struct cli_probes {
    /* [n,columns] float64, by column kind: a number (exactly a float unless the column is fine) or
     * NaN; a level, CLI_MISSING or CLI_UNKNOWN; the first word or CLI_MISSING; 1 or 0. */
    gd_tensor *cells;
    gd_tensor *features; /* [n,width] float32, as the encoder has them */
} cli_probes;

/* An exit code, with a message. */
int cli_probes_make(cli_probes *probes, const cli_schema *schema);
void cli_probes_free(cli_probes *probes);

/* Word i of the text of a words cell. The last word is not in the model's list. NULL: no more
 * words. */
const char *cli_probe_word(const cli_column *column, double cell, int i);

#endif
