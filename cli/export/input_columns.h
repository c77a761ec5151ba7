/* What a model takes in, column by column, for those who write it down in another form. */
#ifndef CLI_SCHEMA_H
#define CLI_SCHEMA_H

#include "data/json.h"

#include <gradus/data.h>

/* What a cell of a column of levels can be beside a level. */
enum { CLI_MISSING = -1, CLI_UNKNOWN = -2 };

typedef enum cli_column_kind {
    CLI_COLUMN_NUMBER,  /* one feature, (x - mean) / deviation, cut off; a missing one is 0 */
    CLI_COLUMN_LEVELS,  /* a 0 or 1 for each level */
    CLI_COLUMN_WORDS,   /* a 0 or 1 for each word that a text has */
    CLI_COLUMN_MISSING, /* whether there is no value */
    CLI_COLUMN_KINDS
} cli_column_kind;

typedef struct cli_column {
    const char *name;
    cli_column_kind kind;
    bool missing; /* one feature more, the last: 1 where there is no value */
    double mean, deviation;
    double least, most;     /* what (x - mean) / deviation is cut off at */
    bool bounded;           /* where numbers may be */
    bool fine;              /* numbers so far from 0 that a float rounds off what they differ by */
    const gd__json *levels; /* or words, in the order of their features */
    int64_t level_count;
    int64_t first; /* feature */
} cli_column;

typedef struct cli_schema {
    int count;
    cli_column *columns;
    int64_t width;  /* features */
    gd__json *json; /* the encoder's, which the texts are of */
} cli_schema;

/* An exit code, with a message. */
int cli_schema_read(cli_schema *schema, const gd_encoder *encoder);
void cli_schema_free(cli_schema *schema);

const char *cli_level(const cli_column *column, int64_t level);

/* Rows that try what the schema has: numbers around the means, each level, unknown ones, missing values. The same for
 * one schema. */
typedef struct cli_probes {
    gd_tensor *
        cells; /* [n,columns] float64. A number (exactly a float where it is not fine) or NaN; a level, CLI_MISSING or CLI_UNKNOWN; the
                         first word or CLI_MISSING; 1 or 0 of a column of kind missing */
    gd_tensor *features; /* [n,width] float32, as the encoder has them */
} cli_probes;

/* An exit code, with a message. */
int cli_probes_make(cli_probes *probes, const cli_schema *schema);
void cli_probes_free(cli_probes *probes);

/* Word number i of the text that a cell of words stands for, of which the last is no word that was learnt; NULL: that
 * was all. */
const char *cli_probe_word(const cli_column *column, double cell, int i);

#endif
