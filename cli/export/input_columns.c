/* The schema comes from the encoder's JSON, which is the public form of what it has learnt. */
#include "cli/export/input_columns.h"
#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"number", "category", "words", "missing"};

/* A float is off by up to 2^-24 of a number: by 2e-6 deviations where the mean is so many from 0. */
static const double fine = 32;

static void read_column(cli_column *column, const gd__json *json, int64_t first)
{
    const char *kind = gd__json_string_at(json, "kind");
    *column = (cli_column){.name = gd__json_string_at(json, "name"),
                           .missing = gd__json_is_true(gd__json_get(json, "missing")),
                           .mean = gd__json_number_of(gd__json_get(json, "mean")),
                           .deviation = gd__json_number_of(gd__json_get(json, "deviation")),
                           .least = gd__json_number_of(gd__json_get(json, "least")),
                           .most = gd__json_number_of(gd__json_get(json, "most")),
                           .levels = gd__json_get(json, "levels"),
                           .first = first};
    column->level_count = (int64_t)gd__json_size(column->levels);
    while (column->kind < CLI_COLUMN_KINDS && strcmp(kind, kinds[column->kind]) != 0)
        ++column->kind;
    column->bounded = column->kind == CLI_COLUMN_NUMBER && column->most < 1e30;
    column->fine =
        column->kind == CLI_COLUMN_NUMBER && fabs(column->mean) > fine * column->deviation;
}

int cli_schema_read(cli_schema *schema, const gd_encoder *encoder)
{
    *schema = (cli_schema){.json = cli_encoder_json(encoder)};
    const gd__json *columns = gd__json_get(schema->json, "columns");
    size_t count = gd__json_size(columns);
    schema->columns = cli_calloc(count + 1, sizeof *schema->columns);
    if (schema->json == NULL || schema->columns == NULL)
        return cli_error(CLI_RUNTIME, "no memory for the model's columns");
    for (size_t i = 0; i < count; ++i) {
        cli_column *column = &schema->columns[schema->count++];
        read_column(column, gd__json_at(columns, i), schema->width);
        schema->width +=
            column->level_count + (column->kind == CLI_COLUMN_NUMBER) + (column->missing ? 1 : 0);
    }
    return CLI_OK;
}

void cli_schema_free(cli_schema *schema)
{
    gd__json_destroy(schema->json);
    free(schema->columns);
    *schema = (cli_schema){.count = 0};
}

const char *cli_level(const cli_column *column, int64_t level)
{
    return gd__json_string_of(gd__json_at(column->levels, (size_t)level));
}

/* ---- probes ---- */

enum { LEAST_PROBES = 12, MOST_CELLS = 20000 };

/* As many as it takes to show each level, where that is no more than can be looked at. */
static int64_t count_probes(const cli_schema *schema)
{
    int64_t wanted = LEAST_PROBES;
    for (int j = 0; j < schema->count; ++j)
        if (schema->columns[j].level_count + 2 > wanted)
            wanted = schema->columns[j].level_count + 2;
    int64_t most = MOST_CELLS / schema->count;
    return wanted <= most ? wanted : most > LEAST_PROBES ? most : LEAST_PROBES;
}

/* deviations: of a number from its mean. */
static double probe_cell(const cli_column *column, int64_t row, int index, double deviations)
{
    int64_t turn = row + index;
    double number = column->mean + deviations * column->deviation;
    switch (column->kind) {
    case CLI_COLUMN_NUMBER:
        return turn % 6 == 0 ? (double)NAN : column->fine ? number : (double)(float)number;
    case CLI_COLUMN_MISSING:
        return (double)(turn % 2);
    default:
        turn %= column->level_count + 2;
        return (double)(turn < column->level_count ? turn : turn - column->level_count - 2);
    }
}

enum { WORDS = 3 };

const char *cli_probe_word(const cli_column *column, double cell, int i)
{
    int known = cell >= 0 ? WORDS : 0;
    if (i < known)
        return cli_level(column, ((int64_t)cell + i * i) % column->level_count);
    return i == known && cell != (double)CLI_MISSING ? "\1" : NULL;
}

static void probe_features(float *x, const cli_column *column, double cell)
{
    int64_t n = column->level_count;
    switch (column->kind) {
    case CLI_COLUMN_NUMBER:
        if (!isnan(cell))
            x[0] = (float)fmin(fmax((cell - column->mean) / column->deviation, column->least),
                               column->most);
        else if (column->missing)
            x[1] = 1;
        break;
    case CLI_COLUMN_LEVELS:
        if (cell >= 0)
            x[(int64_t)cell] = 1;
        else if (cell == (double)CLI_MISSING && column->missing)
            x[n] = 1;
        break;
    case CLI_COLUMN_WORDS:
        for (int i = 0; cell >= 0 && i < WORDS; ++i)
            x[((int64_t)cell + i * i) % n] = 1;
        break;
    default:
        x[0] = (float)cell;
    }
}

int cli_probes_make(cli_probes *probes, const cli_schema *schema)
{
    int64_t n = count_probes(schema);
    gd_rng rng = {.key = 1};
    probes->cells = gd_tensor_create(GD_F64, GD_DIMS(n, schema->count));
    probes->features = gd_tensor_create(GD_F32, GD_DIMS(n, schema->width));
    if (probes->cells == NULL || probes->features == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    double *cell = probes->cells->data;
    gd_tensor_uniform(probes->cells, &rng, -2, 2);
    for (int64_t row = 0; row < n; ++row)
        for (int j = 0; j < schema->count; ++j, ++cell) {
            const cli_column *column = &schema->columns[j];
            *cell = probe_cell(column, row, j, *cell);
            probe_features((float *)probes->features->data + row * schema->width + column->first,
                           column, *cell);
        }
    return CLI_OK;
}

void cli_probes_free(cli_probes *probes)
{
    gd_tensor_destroy(probes->cells);
    gd_tensor_destroy(probes->features);
    *probes = (cli_probes){.cells = NULL};
}
