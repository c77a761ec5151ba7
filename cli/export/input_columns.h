/* The inputs of a model, column by column, for exporters. */
#ifndef CLI_SCHEMA_H
#define CLI_SCHEMA_H

#include <gradus/data.h>

/* Values of a cell of a level column that are not levels. */
enum { CLI_MISSING = -1, CLI_UNKNOWN = -2 };

/* An input column: its encoding, and what exporters need besides. */
typedef struct cli_column {
    gd_encoded_column e;
    bool bounded; /* where numbers may be */
    bool fine;    /* a float would round off the differences between the numbers */
    const gd_encoder *encoder;
    int64_t index;
} cli_column;

typedef struct cli_schema {
    int count;
    cli_column *columns;
    int64_t width; /* features */
} cli_schema;

void cli_schema_read(cli_schema *schema, const gd_encoder *encoder);
void cli_schema_free(cli_schema *schema);

/* A level or word, in the order of their features; NULL past the last one. */
static inline const char *cli_level(const cli_column *column, int64_t level)
{
    return gd_encoder_level(column->encoder, column->index, level);
}

/* Test rows for a schema: numbers around the means, each level, unknown levels, missing values.
 * The same schema gives the same rows. */
typedef struct cli_probes {
    /* [n,columns] float64, by column kind: a number (exactly a float unless the column is fine) or
     * NaN; a level, CLI_MISSING or CLI_UNKNOWN; the first word or CLI_MISSING; 1 or 0. */
    gd_tensor *cells;
    gd_tensor *features; /* [n,width] float32, as the encoder has them */
} cli_probes;

void cli_probes_make(cli_probes *probes, const cli_schema *schema);
void cli_probes_free(cli_probes *probes);

/* Word i of the text of a words cell. The last word is not in the model's list. NULL: no more
 * words. */
const char *cli_probe_word(const cli_column *column, double cell, int i);

#endif
