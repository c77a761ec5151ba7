/* gradus inspect: what a table holds, before anything is trained on it. A model has its own file. */
#include "cli/inspect.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_COUNTED = 20 }; /* levels that are listed */

/* ---- columns ---- */

static const char *type_name(gd_column_kind kind)
{
    return kind == GD_COLUMN_NUMBERS ? "number" : kind == GD_COLUMN_TEXTS ? "text" : "words";
}

/* How often each level comes, [levels], yours to free; NULL: no memory. */
static int64_t *count_levels(const gd_table *table, int column)
{
    int64_t levels = gd_table_level_count(table, column);
    int64_t *counts = calloc((size_t)levels + 1, sizeof *counts);
    for (int64_t row = 0; counts != NULL && row < gd_table_rows(table); ++row) {
        int64_t code = gd_table_code(table, row, column);
        if (code >= 0)
            ++counts[code];
    }
    return counts;
}

/* {"setosa": 50, ...} of a column with few levels. */
static json_t *levels_object(const gd_table *table, int column)
{
    int64_t levels = gd_table_level_count(table, column), *counts = count_levels(table, column);
    json_t *object = counts != NULL ? json_object() : NULL;
    for (int64_t i = 0; object != NULL && i < levels; ++i)
        json_object_set_new(object, gd_table_level(table, column, i), json_integer(counts[i]));
    free(counts);
    return object;
}

/* Least, largest and mean of the cells that are numbers. */
static void add_range(const gd_table *table, int column, json_t *object)
{
    double least = INFINITY, most = -INFINITY, sum = 0;
    int64_t count = 0;
    for (int64_t row = 0; row < gd_table_rows(table); ++row) {
        double number = gd_table_number(table, row, column);
        if (isnan(number))
            continue;
        least = fmin(least, number);
        most = fmax(most, number);
        sum += number;
        ++count;
    }
    if (count == 0)
        return;
    json_object_set_new(object, "min", json_real(least));
    json_object_set_new(object, "max", json_real(most));
    json_object_set_new(object, "mean", json_real(sum / (double)count));
}

static json_t *column_object(const gd_table *table, int column, bool target)
{
    gd_column_kind kind = gd_table_kind(table, column);
    int64_t levels = gd_table_level_count(table, column);
    json_t *object = json_pack("{s:s, s:s, s:I, s:b}", "name", gd_table_name(table, column), "type",
                               type_name(kind), "missing",
                               (json_int_t)gd_table_missing(table, column), "target", target);
    if (object == NULL)
        return NULL;
    if (kind == GD_COLUMN_NUMBERS)
        add_range(table, column, object);
    if (levels >= 0)
        json_object_set_new(object, "distinct", json_integer(levels));
    if (levels >= 0 && levels <= MOST_COUNTED && kind != GD_COLUMN_WORDS)
        json_object_set_new(object, "levels", levels_object(table, column));
    return object;
}

/* ---- labels ---- */

/* Of several targets: how many labels a row has, and how many rows have none. Missing ones do not count. */
static json_t *labels_object(const gd_table *table, const bool *targets)
{
    int64_t rows = gd_table_rows(table), positives = 0, none = 0, observed = 0;
    int labels = 0;
    for (int i = 0; i < gd_table_columns(table); ++i)
        labels += targets[i];
    for (int64_t row = 0; row < rows; ++row) {
        int64_t before = positives;
        for (int i = 0; i < gd_table_columns(table); ++i) {
            double number = targets[i] ? gd_table_number(table, row, i) : NAN;
            positives += number == 1;
            observed += !isnan(number);
        }
        none += positives == before;
    }
    return json_pack("{s:i, s:f, s:f, s:f, s:I}", "count", labels, "cardinality",
                     rows > 0 ? (double)positives / (double)rows : 0.0, "density",
                     observed > 0 ? (double)positives / (double)observed : 0.0, "observed",
                     rows > 0 ? (double)observed / ((double)rows * labels) : 0.0, "rows_without",
                     (json_int_t)none);
}

/* Whether there are several targets, all of 0 and 1. */
static bool has_labels(const gd_table *table, const bool *targets)
{
    int count = 0;
    for (int i = 0; i < gd_table_columns(table); ++i) {
        if (!targets[i])
            continue;
        ++count;
        for (int64_t row = 0; row < gd_table_rows(table); ++row) {
            double number = gd_table_number(table, row, i);
            if (number != 0 && number != 1 &&
                gd_table_text(table, row, i, (char[32]){0})[0] != '\0')
                return false;
        }
    }
    return count > 1;
}

/* ---- the report ---- */

json_t *cli_table_report(const gd_table *table, const bool *targets, const bool *used)
{
    json_t *columns = json_array(), *warnings = json_array();
    json_t *report =
        json_pack("{s:s, s:I, s:b, s:o, s:o}", "path", gd_table_path(table), "rows",
                  (json_int_t)gd_table_rows(table), "header", gd_table_has_header(table), "columns",
                  columns, "warnings", warnings);
    if (report == NULL)
        return NULL;
    bool whole = true;
    for (int i = 0; whole && i < gd_table_columns(table); ++i)
        whole = json_array_append_new(columns, column_object(table, i, targets[i])) == 0;
    if (whole && has_labels(table, targets))
        whole = json_object_set_new(report, "labels", labels_object(table, targets)) == 0;
    if (whole && cli_find_warnings(table, targets, used, warnings))
        return report;
    json_decref(report);
    return NULL;
}

int cli_inspect(const cli_options *options)
{
    int code;
    if (cli_is_model(options->operands[0]))
        return cli_inspect_model(options);
    gd_table *table = cli_read_table(options, options->operands[0], NULL, &code);
    if (table == NULL)
        return code;
    bool *targets = cli_choose_targets(options, table);
    json_t *report = targets != NULL ? cli_table_report(table, targets, NULL) : NULL;
    if (targets == NULL)
        code = CLI_DATA;
    else if (report == NULL || options->json)
        code = cli_print_json(report); /* which takes it, and says so where there is none */
    else {
        cli_print_report(report);
        json_decref(report);
    }
    free(targets);
    gd_table_destroy(table);
    return code;
}
