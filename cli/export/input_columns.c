/* The input columns of a model, and test rows for them. */
#include "cli/export/input_columns.h"
#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A float is off by up to 2^-24 of a number: by 2e-6 deviations where the mean is so many from 0.
 * */
static const double fine = 32;

void cli_schema_read(cli_schema *schema, const gd_encoder *encoder)
{
    gd_encoded_column e;
    *schema = (cli_schema){.width = gd_encoder_width(encoder)};
    while (gd_encoder_column(encoder, schema->count, &e))
        ++schema->count;
    schema->columns = cli_calloc((size_t)schema->count + 1, sizeof *schema->columns);
    for (int i = 0; i < schema->count; ++i) {
        gd_encoder_column(encoder, i, &e);
        bool number = e.kind == GD_ENCODED_NUMBER;
        schema->columns[i] = (cli_column){.e = e,
                                          .bounded = number && e.most < 1e30,
                                          .fine = number && fabs(e.mean) > fine * e.deviation,
                                          .encoder = encoder,
                                          .index = i};
    }
}

void cli_schema_free(cli_schema *schema)
{
    free(schema->columns);
    *schema = (cli_schema){.count = 0};
}

/* ---- probes ---- */

enum { LEAST_PROBES = 12, MOST_CELLS = 20000 };

/* As many as it takes to show each level, where that is no more than can be looked at. */
static int64_t count_probes(const cli_schema *schema)
{
    int64_t wanted = LEAST_PROBES;
    for (int j = 0; j < schema->count; ++j)
        if (schema->columns[j].e.levels + 2 > wanted)
            wanted = schema->columns[j].e.levels + 2;
    int64_t most = MOST_CELLS / schema->count;
    return wanted <= most ? wanted : most > LEAST_PROBES ? most : LEAST_PROBES;
}

/* deviations: of a number from its mean. */
static double probe_cell(const cli_column *column, int64_t row, int index, double deviations)
{
    int64_t turn = row + index;
    double number = column->e.mean + deviations * column->e.deviation;
    switch (column->e.kind) {
    case GD_ENCODED_NUMBER:
        return turn % 6 == 0 ? (double)NAN : column->fine ? number : (double)(float)number;
    case GD_ENCODED_MISSING:
        return (double)(turn % 2);
    default:
        turn %= column->e.levels + 2;
        return (double)(turn < column->e.levels ? turn : turn - column->e.levels - 2);
    }
}

enum { WORDS = 3 };

const char *cli_probe_word(const cli_column *column, double cell, int i)
{
    int known = cell >= 0 ? WORDS : 0;
    if (i < known)
        return cli_level(column, ((int64_t)cell + i * i) % column->e.levels);
    return i == known && cell != (double)CLI_MISSING ? "\1" : NULL;
}

static void probe_features(float *x, const cli_column *column, double cell)
{
    int64_t n = column->e.levels;
    switch (column->e.kind) {
    case GD_ENCODED_NUMBER:
        if (!isnan(cell))
            x[0] = (float)fmin(fmax((cell - column->e.mean) / column->e.deviation, column->e.least),
                               column->e.most);
        else if (column->e.missing)
            x[1] = 1;
        break;
    case GD_ENCODED_LEVELS:
        if (cell >= 0)
            x[(int64_t)cell] = 1;
        else if (cell == (double)CLI_MISSING && column->e.missing)
            x[n] = 1;
        break;
    case GD_ENCODED_WORDS:
        for (int i = 0; cell >= 0 && i < WORDS; ++i)
            x[((int64_t)cell + i * i) % n] = 1;
        break;
    default:
        x[0] = (float)cell;
    }
}

void cli_probes_make(cli_probes *probes, const cli_schema *schema)
{
    int64_t n = count_probes(schema);
    gd_rng rng = {.key = 1};
    probes->cells = gd_tensor_create(GD_F64, GD_DIMS(n, schema->count));
    probes->features = gd_tensor_create(GD_F32, GD_DIMS(n, schema->width));
    double *cell = probes->cells->data;
    gd_tensor_uniform(probes->cells, &rng, -2, 2);
    for (int64_t row = 0; row < n; ++row)
        for (int j = 0; j < schema->count; ++j, ++cell) {
            const cli_column *column = &schema->columns[j];
            *cell = probe_cell(column, row, j, *cell);
            probe_features((float *)probes->features->data + row * schema->width + column->e.first,
                           column, *cell);
        }
}

void cli_probes_free(cli_probes *probes)
{
    gd_tensor_destroy(probes->cells);
    gd_tensor_destroy(probes->features);
    *probes = (cli_probes){.cells = NULL};
}
