/* gradus inspect: what a model takes in, what it is made of, what it says, and how it came about. */
#include "cli/inspect.h"
#include "cli/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool cli_is_model(const char *path)
{
    char head[9] = ""; /* of .safetensors: the header's length, then the header, which is JSON */
    FILE *file = strcmp(path, "-") != 0 ? fopen(path, "rb") : NULL;
    bool model = file != NULL && fread(head, 1, 9, file) == 9 && head[7] == '\0' && head[8] == '{';
    if (file != NULL)
        fclose(file);
    return model;
}

/* ---- the report ---- */

/* {"0.weight": [64,4], ...}; *count of all elements. */
static json_t *shapes_object(const gd_parameters *parameters, int64_t *count)
{
    json_t *object = json_object();
    *count = 0;
    for (int i = 0; i < gd_parameters_count(parameters); ++i) {
        const gd_tensor *x = gd_parameters_at(parameters, i);
        json_t *shape = json_array();
        for (int d = 0; d < x->ndim; ++d)
            json_array_append_new(shape, json_integer(x->shape[d]));
        json_object_set_new(object, gd_parameters_name(parameters, i), shape);
        *count += gd_tensor_numel(x);
    }
    return object;
}

static json_t *network_object(const cli_network *network)
{
    int64_t count;
    json_t *object = cli_architecture_json(&network->architecture);
    json_t *shapes = shapes_object(network->parameters, &count);
    json_object_set_new(object, "parameters", json_integer(count));
    json_object_set_new(object, "shapes", shapes);
    return object;
}

/* {"setosa": 0.5, ...}: of labels, or of the second of two classes; NULL where none is asked. */
static json_t *thresholds_object(const cli_model *model)
{
    const cli_target *target = &model->target;
    if (target->task != CLI_BINARY && target->task != CLI_MULTILABEL)
        return NULL;
    json_t *object = json_object();
    for (int64_t i = target->task == CLI_BINARY; i < cli_target_width(target); ++i)
        json_object_set_new(object, cli_target_label(target, i), json_real(model->thresholds[i]));
    return object;
}

static json_t *report_of(const cli_model *model, const char *path)
{
    char *text = gd_encoder_json(model->encoder);
    json_t *encoder = text != NULL ? json_loads(text, 0, NULL) : NULL;
    gd_encoder_json_destroy(text);
    json_t *report =
        json_pack("{s:s, s:o, s:O, s:o, s:O}", "path", path, "target",
                  cli_target_json(&model->target), "columns", json_object_get(encoder, "columns"),
                  "network", network_object(&model->network), "training", model->training);
    json_object_set_new(report, "thresholds", thresholds_object(model));
    json_object_set(report, "ids", model->ids);
    if (model->missing != NULL)
        json_object_set(report, "missing", model->missing);
    json_decref(encoder);
    return report;
}

/* ---- as text ---- */

enum { MOST_SHOWN = 6 };

static void print_list(const json_t *texts)
{
    size_t i;
    json_t *text;
    json_array_foreach(texts, i, text)
    {
        if (i == MOST_SHOWN)
            break;
        printf("%s%.40s", i > 0 ? ", " : "", json_string_value(text));
    }
    if (json_array_size(texts) > MOST_SHOWN)
        printf(", ... (%zu)", json_array_size(texts));
}

static void print_columns(const json_t *columns)
{
    size_t i;
    json_t *column;
    printf("\n%zu columns\n", json_array_size(columns));
    json_array_foreach(columns, i, column)
    {
        const json_t *mean = json_object_get(column, "mean"),
                     *levels = json_object_get(column, "levels");
        printf("  %-24s %-9s", json_string_value(json_object_get(column, "name")),
               json_string_value(json_object_get(column, "kind")));
        if (mean != NULL)
            printf(" mean %.6g, deviation %.6g", json_number_value(mean),
                   json_number_value(json_object_get(column, "deviation")));
        else if (levels != NULL)
            putchar(' '), print_list(levels);
        puts(json_is_true(json_object_get(column, "missing")) ? "; may be missing" : "");
    }
}

static void print_network(const json_t *network)
{
    const char *name;
    json_t *shape, *size;
    size_t i;
    printf("\n%" JSON_INTEGER_FORMAT " features",
           json_integer_value(json_object_get(network, "inputs")));
    json_array_foreach(json_object_get(network, "hidden"), i, size)
        printf(" -> %" JSON_INTEGER_FORMAT " %s", json_integer_value(size),
               json_string_value(json_object_get(network, "act")));
    printf(" -> %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT " parameters\n",
           json_integer_value(json_object_get(network, "outputs")),
           json_integer_value(json_object_get(network, "parameters")));
    json_object_foreach(json_object_get(network, "shapes"), name, shape)
    {
        printf("  %-24s", name);
        json_array_foreach(shape, i, size)
            printf(" %s%" JSON_INTEGER_FORMAT, i > 0 ? "x " : "", json_integer_value(size));
        putchar('\n');
    }
}

/* Members that are numbers or texts, a line each. */
static void print_members(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_string(value))
            printf("  %-32s %s\n", key, json_string_value(value));
        else if (json_is_integer(value))
            printf("  %-32s %" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value));
        else if (json_is_real(value))
            printf("  %-32s %.4g\n", key, json_real_value(value));
    }
}

static void print_report(const json_t *report)
{
    const json_t *target = json_object_get(report, "target"),
                 *classes = json_object_get(target, "classes"),
                 *training = json_object_get(report, "training");
    printf("%s: a model that predicts ", json_string_value(json_object_get(report, "path")));
    print_list(json_object_get(target, "columns"));
    printf(" (%s%s", json_string_value(json_object_get(target, "task")),
           classes != NULL ? ": " : "");
    print_list(classes);
    puts(")");
    print_columns(json_object_get(report, "columns"));
    if (json_object_get(report, "missing") != NULL)
        printf("also missing: %s\n", json_string_value(json_object_get(report, "missing")));
    print_network(json_object_get(report, "network"));
    if (json_object_get(report, "thresholds") != NULL)
        puts("\nthresholds");
    print_members(json_object_get(report, "thresholds"));
    puts("\ntraining");
    print_members(training);
    if (json_object_get(training, "scores") != NULL)
        puts("\nscores of the validation rows");
    print_members(json_object_get(training, "scores"));
}

int cli_inspect_model(const cli_options *options)
{
    cli_model model;
    int code = cli_model_load(&model, options->operands[0]);
    if (code != CLI_OK)
        return code;
    json_t *report = report_of(&model, options->operands[0]);
    cli_model_free(&model);
    if (report == NULL || options->json)
        return cli_print_json(report); /* which takes it, and says so where there is none */
    print_report(report);
    json_decref(report);
    return CLI_OK;
}
