/* gradus inspect: describes a table as a JSON object. inspect_text.c prints it as text;
 * inspect_model.c describes a model. */
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
static gd_json *levels_object(const gd_table *table, int column)
{
    int64_t levels = gd_table_level_count(table, column), *counts = cli_count_levels(table, column);
    gd_json *object = gd_json_object();
    for (int64_t i = 0; i < levels; ++i)
        gd_json_set(object, gd_table_level(table, column, i), gd_json_integer(counts[i]));
    free(counts);
    return object;
}

/* JSON has no infinity. */
static gd_json *finite_or_null(double number)
{
    return isfinite(number) ? gd_json_real(number) : gd_json_null();
}

/* Least, largest and mean of the cells that are numbers. */
static void add_range(const gd_table *table, int column, gd_json *object)
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
    gd_json_set(object, "min", finite_or_null(least));
    gd_json_set(object, "max", finite_or_null(most));
    gd_json_set(object, "mean", finite_or_null(sum / (double)count));
}

static gd_json *column_object(const gd_table *table, int column, bool target)
{
    gd_column_kind kind = gd_table_kind(table, column);
    int64_t levels = gd_table_level_count(table, column);
    gd_json *object = gd_json_object();
    gd_json_set(object, "name", gd_json_string(gd_table_name(table, column)));
    gd_json_set(object, "type", gd_json_string(type_name(kind)));
    gd_json_set(object, "missing", gd_json_integer(gd_table_missing(table, column)));
    gd_json_set(object, "target", gd_json_boolean(target));
    if (kind == GD_COLUMN_NUMBERS)
        add_range(table, column, object);
    if (levels >= 0)
        gd_json_set(object, "distinct", gd_json_integer(levels));
    if (levels >= 0 && levels <= MOST_COUNTED && kind != GD_COLUMN_WORDS)
        gd_json_set(object, "levels", levels_object(table, column));
    return object;
}

/* ---- labels ---- */

/* Of several targets of 0 and 1: how many labels a row has, and how many rows have none. Missing
 * ones do not count. NULL: the targets are no labels. */
static gd_json *labels_object(const gd_table *table, const bool *targets)
{
    int64_t rows = gd_table_rows(table), positives = 0, none = 0, observed = 0;
    int labels = 0;
    for (int i = 0; i < gd_table_columns(table); ++i)
        labels += targets[i];
    for (int64_t row = 0; row < rows && labels > 1; ++row) {
        int64_t before = positives;
        for (int i = 0; i < gd_table_columns(table); ++i) {
            double number = targets[i] ? gd_table_number(table, row, i) : NAN;
            bool known = number == 0 || number == 1;
            if (targets[i] && !known &&
                gd_table_text(table, row, i, (char[GD_NUMBER_TEXT]){0})[0] != '\0')
                return NULL;
            positives += number == 1;
            observed += known;
        }
        none += positives == before;
    }
    if (labels < 2)
        return NULL;
    double all = (double)rows, ones = (double)positives, known = (double)observed;
    gd_json *object = gd_json_object();
    gd_json_set(object, "count", gd_json_integer(labels));
    gd_json_set(object, "cardinality", gd_json_real(rows > 0 ? ones / all : 0));
    gd_json_set(object, "density", gd_json_real(observed > 0 ? ones / known : 0));
    gd_json_set(object, "observed", gd_json_real(rows > 0 ? known / (all * labels) : 0));
    gd_json_set(object, "rows_without", gd_json_integer(none));
    return object;
}

/* ---- the report ---- */

gd_json *cli_table_report(const gd_table *table, const bool *targets, const bool *used)
{
    gd_json *report = gd_json_object(), *columns = gd_json_array(), *warnings = gd_json_array();
    for (int i = 0; i < gd_table_columns(table); ++i)
        gd_json_append(columns, column_object(table, i, targets[i]));
    cli_find_warnings(table, targets, used, warnings);
    gd_json_set(report, "path", gd_json_string(gd_table_path(table)));
    gd_json_set(report, "rows", gd_json_integer(gd_table_rows(table)));
    gd_json_set(report, "header", gd_json_boolean(gd_table_has_header(table)));
    gd_json_set(report, "columns", columns);
    gd_json_set(report, "warnings", warnings);
    gd_json *labels = labels_object(table, targets);
    if (labels != NULL)
        gd_json_set(report, "labels", labels);
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
    gd_json *report = targets != NULL ? cli_table_report(table, targets, NULL) : NULL;
    if (targets == NULL)
        code = CLI_DATA;
    else if (options->json)
        code = cli_print_json(report);
    else
        cli_print_report(report);
    gd_json_destroy(report);
    free(targets);
    gd_table_destroy(table);
    return code;
}
