/* gradus export: writes a model as C or ONNX. */
#include "cli/export/export.h"

#include <string.h>

typedef struct export_form {
    const char *name;
    int (*write)(const cli_export *export);
} export_form;

static const export_form forms[] = {{"c", cli_export_c}, {"onnx", cli_export_onnx}};

/* By --to, or by how the file's name ends; NULL: neither. */
static const export_form *find_form(const cli_options *options)
{
    const char *dot = strrchr(options->output, '.');
    const char *name = options->to != NULL ? options->to : dot != NULL ? dot + 1 : "";
    for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i)
        if (strcmp(name, forms[i].name) == 0)
            return &forms[i];
    return NULL;
}

static int prepare(cli_export *e)
{
    gd_prediction prediction = {.values = NULL};
    cli_schema_read(&e->schema, gd_model_encoder(e->model));
    cli_probes_make(&e->probes, &e->schema);
    int code = e->options->int8 ? cli_int8(e) : CLI_OK;
    if (code == CLI_OK)
        code = cli_check(gd_model_predict_features(e->model, e->probes.features, &prediction));
    e->expected = prediction.values;
    return code;
}

static int export(const cli_options *options, const export_form *form)
{
    cli_export e = {.options = options};
    int code = cli_model_load(&e.model, options);
    if (code == CLI_OK)
        code = prepare(&e);
    if (code == CLI_OK)
        code = form->write(&e);
    gd_tensor_destroy(e.expected);
    cli_probes_free(&e.probes);
    cli_schema_free(&e.schema);
    gd_model_destroy(e.model);
    return code;
}

int cli_export_model(const cli_options *options)
{
    if (options->output == NULL)
        return cli_usage_error(options, "--output is missing: name the file to write");
    const export_form *form = find_form(options);
    if (form == NULL)
        return cli_usage_error(options,
                               "--to is missing, and the name of %s does not determine the format",
                               options->output);
    if (form->write != cli_export_c &&
        (options->int8 || options->no_libm || options->name != NULL || options->data != NULL))
        return cli_usage_error(options, "--int8, --no-libm, --name and --data apply only to C");
    if (options->data != NULL && !options->int8)
        return cli_usage_error(options, "--data requires --int8");
    if (cli_check_output(options, "output", options->output) != CLI_OK)
        return CLI_USAGE;
    if (!cli_output_check(options->output))
        return CLI_RUNTIME;
    return export(options, form);
}
