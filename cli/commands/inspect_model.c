/* gradus inspect: what a model takes in, what it is made of, what it says, and how it came about.
 * */
#include "cli/commands/inspect.h"
#include "cli/model.h"
#include "cli/system/print.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_is_model(const char *path)
{
    char head[9] = "";  /* of .safetensors: the header's length, then the header, which is JSON */
    struct stat status; /* bytes of a pipe can be read only once */
    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool model = file >= 0 && read(file, head, 9) == 9 && head[7] == '\0' && head[8] == '{';
    if (file >= 0)
        close(file);
    return model;
}

/* ---- the report ---- */

/* {"0.weight": [64,4], ...}; *count of all elements. */
static gd__json *shapes_object(const gd_parameters *parameters, int64_t *count)
{
    gd__json *object = gd__json_object();
    *count = 0;
    for (int i = 0; i < gd_parameters_count(parameters); ++i) {
        const gd_tensor *x = gd_parameters_at(parameters, i);
        gd__json *shape = gd__json_array();
        for (int d = 0; d < x->ndim; ++d)
            gd__json_append(shape, gd__json_integer(x->shape[d]));
        gd__json_set(object, gd_parameters_name(parameters, i), shape);
        *count += gd_tensor_numel(x);
    }
    return object;
}

/* Adds how many parameters there are, and their shapes. */
static gd__json *network_object(const gd_model *model, const gd__json *network)
{
    int64_t count;
    gd__json *object = gd__json_copy(network);
    gd__json *shapes = shapes_object(gd_model_parameters(model), &count);
    gd__json_set(object, "parameters", gd__json_integer(count));
    gd__json_set(object, "shapes", shapes);
    return object;
}

/* {"setosa": 0.5, ...}: of labels, or of the second of two classes. */
static gd__json *thresholds_object(const gd_model *model)
{
    const gd_target *target = gd_model_target(model);
    gd__json *object = gd__json_object();
    for (int64_t i = gd_target_task(target) == GD_BINARY; i < gd_target_width(target); ++i)
        gd__json_set(object, gd_target_label(target, i),
                     gd__json_real(gd_model_thresholds(model)[i]));
    return object;
}

static gd__json *report_of(const gd_model *model, const char *path)
{
    static const char *const copied[] = {"ids", "missing"};
    gd_task task = gd_target_task(gd_model_target(model));
    gd__json *json = cli_model_json(model), *report = gd__json_object();
    gd__json_set(report, "path", gd__json_string(path));
    gd__json_set(report, "target", gd__json_copy(gd__json_get(json, "target")));
    gd__json_set(report, "columns",
                 gd__json_copy(gd__json_get(gd__json_get(json, "encoder"), "columns")));
    gd__json_set(report, "network", network_object(model, gd__json_get(json, "network")));
    gd__json_set(report, "training", gd__json_copy(gd__json_get(json, "training")));
    if (task == GD_BINARY || task == GD_MULTILABEL)
        gd__json_set(report, "thresholds", thresholds_object(model));
    for (int i = 0; i < 2; ++i)
        if (gd__json_get(json, copied[i]) != NULL)
            gd__json_set(report, copied[i], gd__json_copy(gd__json_get(json, copied[i])));
    gd__json_destroy(json);
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

static void print_list(const gd__json *texts)
{
    size_t i;
    gd__json *text;
    for (i = 0; (text = gd__json_at(texts, i)) != NULL; ++i) {
        if (i == MOST_SHOWN)
            break;
        cli_print(stdout, "%s%.40s", i > 0 ? ", " : "", gd__json_string_of(text));
    }
    if (gd__json_size(texts) > MOST_SHOWN)
        cli_print(stdout, ", ... (%zu)", gd__json_size(texts));
}

static void print_columns(const gd__json *columns)
{
    size_t i;
    gd__json *column;
    cli_print(stdout, "\n%zu columns\n", gd__json_size(columns));
    for (i = 0; i < MOST_LISTED && (column = gd__json_at(columns, i)) != NULL; ++i) {
        const gd__json *mean = gd__json_get(column, "mean"),
                       *levels = gd__json_get(column, "levels");
        cli_print(stdout, "  %-24s %-9s", gd__json_string_at(column, "name"),
                  gd__json_string_at(column, "kind"));
        if (mean != NULL)
            cli_print(stdout, " mean %.6g, deviation %.6g", gd__json_number_of(mean),
                      gd__json_number_of(gd__json_get(column, "deviation")));
        else if (levels != NULL)
            putchar(' '), print_list(levels);
        puts(gd__json_is_true(gd__json_get(column, "missing")) ? "; may be missing" : "");
    }
    print_more(gd__json_size(columns));
}

static void print_network(const gd__json *network)
{
    const gd__json *hidden = gd__json_get(network, "hidden"),
                   *shapes = gd__json_get(network, "shapes");
    cli_print(stdout, "\n%" PRId64 " features",
              gd__json_integer_of(gd__json_get(network, "inputs")));
    for (size_t i = 0; i < gd__json_size(hidden); ++i)
        cli_print(stdout, " -> %" PRId64 " %s", gd__json_integer_of(gd__json_at(hidden, i)),
                  gd__json_string_at(network, "act"));
    cli_print(stdout, " -> %" PRId64 ", %" PRId64 " parameters\n",
              gd__json_integer_of(gd__json_get(network, "outputs")),
              gd__json_integer_of(gd__json_get(network, "parameters")));
    for (size_t k = 0; k < gd__json_size(shapes); ++k) {
        const gd__json *shape = gd__json_at(shapes, k);
        cli_print(stdout, "  %-24s", gd__json_key(shapes, k));
        for (size_t i = 0; i < gd__json_size(shape); ++i)
            cli_print(stdout, " %s%" PRId64, i > 0 ? "x " : "",
                      gd__json_integer_of(gd__json_at(shape, i)));
        putchar('\n');
    }
}

/* Members that are numbers or texts, a line each. */
static void print_members(const gd__json *object)
{
    for (size_t i = 0; i < gd__json_size(object) && i < MOST_LISTED; ++i) {
        const char *key = gd__json_key(object, i);
        const gd__json *value = gd__json_at(object, i);
        if (gd__json_is(value, GD__JSON_STRING))
            cli_print(stdout, "  %-32s %s\n", key, gd__json_string_of(value));
        else if (gd__json_is(value, GD__JSON_INTEGER))
            cli_print(stdout, "  %-32s %" PRId64 "\n", key, gd__json_integer_of(value));
        else if (gd__json_is(value, GD__JSON_REAL))
            cli_print(stdout, "  %-32s %.4g\n", key, gd__json_number_of(value));
    }
    print_more(gd__json_size(object));
}

static void print_report(const gd__json *report)
{
    const gd__json *target = gd__json_get(report, "target"),
                   *classes = gd__json_get(target, "classes"),
                   *training = gd__json_get(report, "training");
    cli_print(stdout, "%s: a model that predicts ", gd__json_string_at(report, "path"));
    print_list(gd__json_get(target, "columns"));
    cli_print(stdout, " (%s%s", gd__json_string_at(target, "task"), classes != NULL ? ": " : "");
    print_list(classes);
    puts(")");
    print_columns(gd__json_get(report, "columns"));
    if (gd__json_get(report, "missing") != NULL)
        cli_print(stdout, "other missing values: %s\n", gd__json_string_at(report, "missing"));
    print_network(gd__json_get(report, "network"));
    if (gd__json_get(report, "thresholds") != NULL)
        puts("\nthresholds");
    print_members(gd__json_get(report, "thresholds"));
    puts("\ntraining");
    print_members(training);
    if (gd__json_get(training, "scores") != NULL)
        puts("\nscores on the validation rows");
    print_members(gd__json_get(training, "scores"));
}

int cli_inspect_model(const cli_options *options)
{
    gd_model *model;
    int code = cli_model_load(&model, options->operands[0]);
    if (code != CLI_OK)
        return code;
    gd__json *report = report_of(model, options->operands[0]);
    gd_model_destroy(model);
    if (options->json)
        code = cli_print_json(report);
    else if (gd__json_check(report) != GD_OK)
        code = cli_error(CLI_RUNTIME, "%s", gd_message());
    else
        print_report(report);
    gd__json_destroy(report);
    return code;
}
