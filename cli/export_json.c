/* A model as JSON. */
#include "cli/export.h"

#include <stdlib.h>
#include <string.h>

static json_t *feature_names(const cli_export *e)
{
    json_t *names = json_array();
    for (int64_t i = 0; i < e->schema.width; ++i)
        json_array_append_new(names, json_string(gd_encoder_feature(e->model.encoder, i)));
    return names;
}

json_t *cli_export_description(const cli_export *e)
{
    json_t *thresholds = json_array();
    for (int64_t i = 0; i < cli_target_width(&e->model.target); ++i)
        json_array_append_new(thresholds, json_real(e->model.thresholds[i]));
    return json_pack("{s:s, s:o, s:O, s:o, s:o, s:o}", "gradus", gd_version(), "target",
                     cli_target_json(&e->model.target), "columns",
                     json_object_get(e->schema.json, "columns"), "features", feature_names(e),
                     "thresholds", thresholds, "network",
                     cli_architecture_json(&e->model.network.architecture));
}

/* Nested lists. A float is exact in double. */
static json_t *list_of(const float *values, int64_t rows, int64_t columns)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < rows; ++i)
        json_array_append_new(list, columns > 0 ? list_of(values + i * columns, columns, 0)
                                                : json_real((double)values[i]));
    return list;
}

int cli_export_json(const cli_export *e)
{
    json_t *json = cli_export_description(e), *layers = json_array();
    for (int i = 0; i < cli_layers(e); ++i) {
        const gd_tensor *w = cli_weight_of(e, i), *b = cli_bias_of(e, i);
        json_array_append_new(layers, json_pack("{s:o, s:o}", "weight",
                                                list_of(w->data, w->shape[0], w->shape[1]), "bias",
                                                list_of(b->data, b->shape[0], 0)));
    }
    cli_output output;
    if (json_object_set_new(json, "layers", layers) != 0 ||
        json_array_size(layers) != (size_t)cli_layers(e)) {
        json_decref(json);
        return cli_error(CLI_RUNTIME, "no memory");
    }
    if (!cli_output_open(&output, e->options->output)) {
        json_decref(json);
        return CLI_RUNTIME;
    }
    json_dumpf(json, output.file, JSON_COMPACT);
    fputc('\n', output.file);
    json_decref(json);
    return cli_output_commit(&output);
}
