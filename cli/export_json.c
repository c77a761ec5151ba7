/* A model as JSON. */
#include "cli/export.h"

#include <stdlib.h>
#include <string.h>

static gd__json *feature_names(const cli_export *e)
{
    gd__json *names = gd__json_array();
    for (int64_t i = 0; i < e->schema.width; ++i)
        gd__json_append(names, gd__json_string(gd_encoder_feature(e->model.encoder, i)));
    return names;
}

gd__json *cli_export_description(const cli_export *e)
{
    gd__json *thresholds = gd__json_array();
    for (int64_t i = 0; i < cli_target_width(&e->model.target); ++i)
        gd__json_append(thresholds, gd__json_real(e->model.thresholds[i]));
    gd__json *json = gd__json_object();
    gd__json_set(json, "gradus", gd__json_string(gd_version()));
    gd__json_set(json, "target", cli_target_json(&e->model.target));
    gd__json_set(json, "columns", gd__json_copy(gd__json_get(e->schema.json, "columns")));
    gd__json_set(json, "features", feature_names(e));
    gd__json_set(json, "thresholds", thresholds);
    gd__json_set(json, "network", cli_architecture_json(&e->model.network.architecture));
    return json;
}

/* Nested lists. A float is exact in double. */
static gd__json *list_of(const float *values, int64_t rows, int64_t columns)
{
    gd__json *list = gd__json_array();
    for (int64_t i = 0; i < rows; ++i)
        gd__json_append(list, columns > 0 ? list_of(values + i * columns, columns, 0)
                                          : gd__json_real((double)values[i]));
    return list;
}

int cli_export_json(const cli_export *e)
{
    gd__json *json = cli_export_description(e), *layers = gd__json_array();
    for (int i = 0; i < cli_layers(e); ++i) {
        const gd_tensor *w = cli_weight_of(e, i), *b = cli_bias_of(e, i);
        gd__json *layer = gd__json_object();
        gd__json_set(layer, "weight", list_of(w->data, w->shape[0], w->shape[1]));
        gd__json_set(layer, "bias", list_of(b->data, b->shape[0], 0));
        gd__json_append(layers, layer);
    }
    gd__json_set(json, "layers", layers);
    char *text = gd__json_text(json, false);
    gd__json_destroy(json);
    cli_output output;
    int code = text != NULL ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
    if (code == CLI_OK && !cli_output_open(&output, e->options->output))
        code = CLI_RUNTIME;
    if (code == CLI_OK) {
        fprintf(output.file, "%s\n", text);
        code = cli_output_finish(&output);
    }
    gd__json_text_destroy(text);
    return code;
}
