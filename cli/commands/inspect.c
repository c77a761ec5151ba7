/* gradus inspect: what a table holds, before anything is trained on it. A model has its own file.
 * */
#include "cli/commands/inspect.h"
#include "cli/system/memory.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_COUNTED = 20 }; /* levels that are listed */

/* ---- columns ---- */

static const char *type_name(gd_column_kind kind)
{
    return kind == GD_COLUMN_NUMBERS ? "number" : kind == GD_COLUMN_TEXTS ? "text" : "words";
}

/* {"setosa": 50, ...} of a column with few levels. */
static gd__json *levels_object(const gd_table *table, int column)
{
    int64_t levels = gd_table_level_count(table, column), *counts = cli_count_levels(table, column);
    gd__json *object = gd__json_object();
    for (int64_t i = 0; i < levels; ++i)
        gd__json_set(object, gd_table_level(table, column, i), gd__json_integer(counts[i]));
    free(counts);
    return object;
}

/* JSON has no infinity. */
static gd__json *finite_or_null(double number)
{
    return isfinite(number) ? gd__json_real(number) : gd__json_null();
}

/* Least, largest and mean of the cells that are numbers. */
static void add_range(const gd_table *table, int column, gd__json *object)
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
    gd__json_set(object, "min", finite_or_null(least));
    gd__json_set(object, "max", finite_or_null(most));
    gd__json_set(object, "mean", finite_or_null(sum / (double)count));
}

static gd__json *column_object(const gd_table *table, int column, bool target)
{
    gd_column_kind kind = gd_table_kind(table, column);
    int64_t levels = gd_table_level_count(table, column);
    gd__json *object = gd__json_object();
    gd__json_set(object, "name", gd__json_string(gd_table_name(table, column)));
    gd__json_set(object, "type", gd__json_string(type_name(kind)));
    gd__json_set(object, "missing", gd__json_integer(gd_table_missing(table, column)));
    gd__json_set(object, "target", gd__json_boolean(target));
    if (kind == GD_COLUMN_NUMBERS)
        add_range(table, column, object);
    if (levels >= 0)
        gd__json_set(object, "distinct", gd__json_integer(levels));
    if (levels >= 0 && levels <= MOST_COUNTED && kind != GD_COLUMN_WORDS)
        gd__json_set(object, "levels", levels_object(table, column));
    return object;
}

/* ---- labels ---- */

/* Of several targets: how many labels a row has, and how many rows have none. Missing ones do not
 * count. */
static gd__json *labels_object(const gd_table *table, const bool *targets)
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
    double all = (double)rows, ones = (double)positives, known = (double)observed;
    gd__json *object = gd__json_object();
    gd__json_set(object, "count", gd__json_integer(labels));
    gd__json_set(object, "cardinality", gd__json_real(rows > 0 ? ones / all : 0));
    gd__json_set(object, "density", gd__json_real(observed > 0 ? ones / known : 0));
    gd__json_set(object, "observed", gd__json_real(rows > 0 ? known / (all * labels) : 0));
    gd__json_set(object, "rows_without", gd__json_integer(none));
    return object;
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

gd__json *cli_table_report(const gd_table *table, const bool *targets, const bool *used)
{
    gd__json *report = gd__json_object(), *columns = gd__json_array(), *warnings = gd__json_array();
    for (int i = 0; i < gd_table_columns(table); ++i)
        gd__json_append(columns, column_object(table, i, targets[i]));
    cli_find_warnings(table, targets, used, warnings);
    gd__json_set(report, "path", gd__json_string(gd_table_path(table)));
    gd__json_set(report, "rows", gd__json_integer(gd_table_rows(table)));
    gd__json_set(report, "header", gd__json_boolean(gd_table_has_header(table)));
    gd__json_set(report, "columns", columns);
    gd__json_set(report, "warnings", warnings);
    if (has_labels(table, targets))
        gd__json_set(report, "labels", labels_object(table, targets));
    return report;
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
    gd__json *report = targets != NULL ? cli_table_report(table, targets, NULL) : NULL;
    if (targets == NULL)
        code = CLI_DATA;
    else if (options->json)
        code = cli_print_json(report);
    else if (gd__json_check(report) != GD_OK)
        code = cli_error(CLI_RUNTIME, "%s", gd_message());
    else
        cli_print_report(report);
    gd__json_destroy(report);
    free(targets);
    gd_table_destroy(table);
    return code;
}
