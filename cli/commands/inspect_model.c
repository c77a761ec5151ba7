/* gradus inspect: describes a model, as a JSON object or as text. */
#include "cli/commands/inspect.h"
#include "cli/files/model.h"
#include "cli/system/print.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- the report ---- */

/* {"0.weight": [64,4], ...}; *count of all elements. */
static gd_json *shapes_object(const gd_parameters *parameters, int64_t *count)
{
    gd_json *object = gd_json_object();
    *count = 0;
    for (int i = 0; i < gd_parameters_count(parameters); ++i) {
        const gd_tensor *x = gd_parameters_at(parameters, i);
        gd_json *shape = gd_json_array();
        for (int d = 0; d < x->ndim; ++d)
            gd_json_append(shape, gd_json_integer(x->shape[d]));
        gd_json_set(object, gd_parameters_name(parameters, i), shape);
        *count += gd_tensor_numel(x);
    }
    return object;
}

/* Adds how many parameters there are, and their shapes. */
static gd_json *network_object(const gd_model *model, const gd_json *network)
{
    int64_t count;
    gd_json *object = gd_json_copy(network);
    gd_json *shapes = shapes_object(gd_model_parameters(model), &count);
    gd_json_set(object, "parameters", gd_json_integer(count));
    gd_json_set(object, "shapes", shapes);
    return object;
}

/* {"setosa": 0.5, ...}: of labels, or of the second of two classes. */
static gd_json *thresholds_object(const gd_model *model)
{
    const gd_target *target = gd_model_target(model);
    gd_json *object = gd_json_object();
    for (int64_t i = gd_target_task(target) == GD_BINARY; i < gd_target_width(target); ++i)
        gd_json_set(object, gd_target_label(target, i),
                    gd_json_real(gd_model_thresholds(model)[i]));
    return object;
}

static gd_json *report_of(const gd_model *model, const char *path)
{
    static const char *const copied[] = {"ids", "missing"};
    gd_task task = gd_target_task(gd_model_target(model));
    gd_json *json = cli_model_json(model), *report = gd_json_object();
    gd_json_set(report, "path", gd_json_string(path));
    gd_json_set(report, "target", gd_json_copy(gd_json_get(json, "target")));
    gd_json_set(report, "columns",
                gd_json_copy(gd_json_get(gd_json_get(json, "encoder"), "columns")));
    gd_json_set(report, "network", network_object(model, gd_json_get(json, "network")));
    gd_json_set(report, "training", gd_json_copy(gd_json_get(json, "training")));
    if (task == GD_BINARY || task == GD_MULTILABEL)
        gd_json_set(report, "thresholds", thresholds_object(model));
    for (int i = 0; i < 2; ++i)
        if (gd_json_get(json, copied[i]) != NULL)
            gd_json_set(report, copied[i], gd_json_copy(gd_json_get(json, copied[i])));
    gd_json_destroy(json);
    return report;
}

/* ---- as text ---- */

enum { MOST_SHOWN = 6, MOST_LISTED = 100 /* lines of a list */ };

/* The end of a list of so many lines. */
static void print_more(size_t count)
{
    if (count > MOST_LISTED)
        cli_print(stdout, "  and %zu more (--json lists all)\n", count - MOST_LISTED);
}

static void print_list(const gd_json *texts)
{
    size_t i;
    gd_json *text;
    for (i = 0; (text = gd_json_at(texts, i)) != NULL; ++i) {
        if (i == MOST_SHOWN)
            break;
        cli_print(stdout, "%s%.40s", i > 0 ? ", " : "", gd_json_string_of(text));
    }
    if (gd_json_size(texts) > MOST_SHOWN)
        cli_print(stdout, ", ... (%zu)", gd_json_size(texts));
}

static void print_columns(const gd_json *columns)
{
    size_t i;
    gd_json *column;
    cli_print(stdout, "\n%zu columns\n", gd_json_size(columns));
    for (i = 0; i < MOST_LISTED && (column = gd_json_at(columns, i)) != NULL; ++i) {
        const gd_json *mean = gd_json_get(column, "mean"), *levels = gd_json_get(column, "levels");
        cli_print(stdout, "  %-24s %-9s", gd_json_string_at(column, "name"),
                  gd_json_string_at(column, "kind"));
        if (mean != NULL)
            cli_print(stdout, " mean %.6g, deviation %.6g", gd_json_number_of(mean),
                      gd_json_number_of(gd_json_get(column, "deviation")));
        else if (levels != NULL)
            putchar(' '), print_list(levels);
        puts(gd_json_is_true(gd_json_get(column, "missing")) ? "; may be missing" : "");
    }
    print_more(gd_json_size(columns));
}

static void print_network(const gd_json *network)
{
    const gd_json *hidden = gd_json_get(network, "hidden"),
                  *shapes = gd_json_get(network, "shapes");
    cli_print(stdout, "\n%" PRId64 " features", gd_json_integer_of(gd_json_get(network, "inputs")));
    for (size_t i = 0; i < gd_json_size(hidden); ++i)
        cli_print(stdout, " -> %" PRId64 " %s", gd_json_integer_of(gd_json_at(hidden, i)),
                  gd_json_string_at(network, "act"));
    cli_print(stdout, " -> %" PRId64 ", %" PRId64 " parameters\n",
              gd_json_integer_of(gd_json_get(network, "outputs")),
              gd_json_integer_of(gd_json_get(network, "parameters")));
    for (size_t k = 0; k < gd_json_size(shapes); ++k) {
        const gd_json *shape = gd_json_at(shapes, k);
        cli_print(stdout, "  %-24s", gd_json_key(shapes, k));
        for (size_t i = 0; i < gd_json_size(shape); ++i)
            cli_print(stdout, " %s%" PRId64, i > 0 ? "x " : "",
                      gd_json_integer_of(gd_json_at(shape, i)));
        putchar('\n');
    }
}

/* Members that are numbers or texts, a line each. */
static void print_members(const gd_json *object)
{
    for (size_t i = 0; i < gd_json_size(object) && i < MOST_LISTED; ++i) {
        const char *key = gd_json_key(object, i);
        const gd_json *value = gd_json_at(object, i);
        if (gd_json_is(value, GD_JSON_STRING))
            cli_print(stdout, "  %-32s %s\n", key, gd_json_string_of(value));
        else if (gd_json_is(value, GD_JSON_INTEGER))
            cli_print(stdout, "  %-32s %" PRId64 "\n", key, gd_json_integer_of(value));
        else if (gd_json_is(value, GD_JSON_REAL))
            cli_print(stdout, "  %-32s %.4g\n", key, gd_json_number_of(value));
    }
    print_more(gd_json_size(object));
}

static void print_report(const gd_json *report)
{
    const gd_json *target = gd_json_get(report, "target"),
                  *classes = gd_json_get(target, "classes"),
                  *training = gd_json_get(report, "training");
    cli_print(stdout, "%s: a model that predicts ", gd_json_string_at(report, "path"));
    print_list(gd_json_get(target, "columns"));
    cli_print(stdout, " (%s%s", gd_json_string_at(target, "task"), classes != NULL ? ": " : "");
    print_list(classes);
    puts(")");
    print_columns(gd_json_get(report, "columns"));
    if (gd_json_get(report, "missing") != NULL)
        cli_print(stdout, "other missing values: %s\n", gd_json_string_at(report, "missing"));
    print_network(gd_json_get(report, "network"));
    if (gd_json_get(report, "thresholds") != NULL)
        puts("\nthresholds");
    print_members(gd_json_get(report, "thresholds"));
    puts("\ntraining");
    print_members(training);
    if (gd_json_get(training, "scores") != NULL)
        puts("\nscores on the validation rows");
    print_members(gd_json_get(training, "scores"));
}

int cli_inspect_model(const cli_options *options)
{
    gd_model *model;
    int code = cli_model_load(&model, options);
    if (code != CLI_OK)
        return code;
    gd_json *report = report_of(model, options->operands[0]);
    gd_model_destroy(model);
    if (options->json)
        code = cli_print_json(report);
    else
        print_report(report);
    gd_json_destroy(report);
    return code;
}
