/* Export to ONNX: the model with its preprocessing. The graph has the features in another order
 * than the encoder; the weights of the first layer are arranged in the same order. */
#include "cli/export/onnx.h"
#include "cli/system/memory.h"

#include <stdlib.h>
#include <string.h>

enum { IR = 9, OPSET = 20, ML_OPSET = 3 }; /* versions of the format and of operators */

static const char *output_name(const cli_onnx_writer *w)
{
    return gd_target_task(gd_model_target(w->export->model)) == GD_REGRESSION ? "prediction"
                                                                              : "probabilities";
}

static int check_names(const cli_onnx_writer *w)
{
    const cli_schema *s = &w->export->schema;
    for (int j = 0; j < s->count; ++j) {
        const char *name = s->columns[j].e.name;
        if (!cli_onnx_is_number(&s->columns[j]) &&
            (strncmp(name, CLI_ONNX_OWN, strlen(CLI_ONNX_OWN)) == 0 ||
             strcmp(name, "numbers") == 0 || strcmp(name, output_name(w)) == 0 || name[0] == '\0'))
            return cli_error(
                CLI_DATA,
                "a text column cannot have the name \"%s\" in ONNX, where columns are inputs",
                name);
    }
    return CLI_OK;
}

/* ---- the network ---- */

/* The first layer's weights in the order of the graph's features. */
static float *arrange(const cli_onnx_writer *w, const gd_tensor *weight)
{
    int64_t outputs = weight->shape[0], inputs = weight->shape[1];
    float *arranged = cli_calloc((size_t)(outputs * w->width), sizeof *arranged);
    for (int64_t o = 0; o < outputs; ++o)
        for (int64_t i = 0; i < w->width; ++i)
            if (w->features[i] >= 0)
                arranged[o * w->width + i] =
                    ((const float *)weight->data)[o * inputs + w->features[i]];
    return arranged;
}

static void put_activation(cli_onnx_writer *w, int layer, const char *input, const char *output)
{
    static const struct {
        const char *name, *op;
    } ops[] = {{"relu", "Relu"},
               {"tanh", "Tanh"},
               {"sigmoid", "Sigmoid"},
               {"gelu", "Gelu"},
               {"softplus", "Softplus"}};
    const char *act = gd_model_architecture(w->export->model)->act;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; ++i)
        if (strcmp(act, ops[i].name) == 0)
            cli_onnx_simple(&w->graph, ops[i].op, input, NULL, output);
    if (strcmp(act, "silu") == 0) {
        char gate[CLI_ONNX_NAME];
        snprintf(gate, sizeof gate, CLI_ONNX_OWN "gate%d", layer + 1);
        cli_onnx_simple(&w->graph, "Sigmoid", input, NULL, gate);
        cli_onnx_simple(&w->graph, "Mul", input, gate, output);
    }
}

static void put_layer(cli_onnx_writer *w, int layer)
{
    const gd_tensor *weight = cli_weight_of(w->export, layer),
                    *bias = cli_bias_of(w->export, layer);
    char x[CLI_ONNX_NAME], names[2][CLI_ONNX_NAME], sum[CLI_ONNX_NAME], y[CLI_ONNX_NAME];
    snprintf(x, CLI_ONNX_NAME, layer == 0 ? CLI_ONNX_OWN "features" : CLI_ONNX_OWN "hidden%d",
             layer);
    snprintf(y, CLI_ONNX_NAME, CLI_ONNX_OWN "hidden%d", layer + 1);
    snprintf(sum, CLI_ONNX_NAME, CLI_ONNX_OWN "sum%d", layer + 1);
    snprintf(names[0], CLI_ONNX_NAME, CLI_ONNX_OWN "weight%d", layer + 1);
    snprintf(names[1], CLI_ONNX_NAME, CLI_ONNX_OWN "bias%d", layer + 1);
    float *arranged = layer == 0 ? arrange(w, weight) : NULL;
    cli_onnx_constant(&w->graph, names[0], CLI_ONNX_FLOAT, weight->shape[0],
                      layer == 0 ? w->width : weight->shape[1],
                      layer == 0 ? arranged : weight->data);
    free(arranged);
    cli_onnx_constant(&w->graph, names[1], CLI_ONNX_FLOAT, bias->shape[0], 0, bias->data);
    bool last = layer + 1 == cli_layers(w->export);
    cli_onnx_node node;
    cli_onnx_begin(&node, &w->graph, "Gemm", (const char *const[]){x, names[0], names[1], NULL},
                   last ? CLI_ONNX_OWN "logits" : sum);
    cli_onnx_int(&node, "transB", 1);
    cli_onnx_end(&node, NULL);
    if (!last)
        put_activation(w, layer, sum, y);
}

static void put_output(cli_onnx_writer *w)
{
    const gd_target *target = gd_model_target(w->export->model);
    const char *output = output_name(w), *z = CLI_ONNX_OWN "logits";
    int64_t width = gd_target_width(target);
    if (gd_target_task(target) == GD_REGRESSION) {
        cli_onnx_constant(&w->graph, CLI_ONNX_OWN "unit", CLI_ONNX_FLOAT, 0, 0,
                          &(float){(float)gd_target_deviation(target)});
        cli_onnx_constant(&w->graph, CLI_ONNX_OWN "origin", CLI_ONNX_FLOAT, 0, 0,
                          &(float){(float)gd_target_mean(target)});
        cli_onnx_simple(&w->graph, "Mul", z, CLI_ONNX_OWN "unit", CLI_ONNX_OWN "scaled");
        cli_onnx_simple(&w->graph, "Add", CLI_ONNX_OWN "scaled", CLI_ONNX_OWN "origin", output);
    } else if (gd_model_architecture(w->export->model)->outputs < width) { /* of two classes */
        cli_onnx_simple(&w->graph, "Neg", z, NULL, CLI_ONNX_OWN "opposite");
        cli_onnx_node node;
        cli_onnx_begin(&node, &w->graph, "Concat",
                       (const char *const[]){CLI_ONNX_OWN "opposite", z, NULL},
                       CLI_ONNX_OWN "both");
        cli_onnx_int(&node, "axis", 1);
        cli_onnx_end(&node, NULL);
        cli_onnx_simple(&w->graph, "Sigmoid", CLI_ONNX_OWN "both", NULL, output);
    } else
        cli_onnx_simple(&w->graph, cli_has_classes(target) ? "Softmax" : "Sigmoid", z, NULL,
                        output);
    gd_json *labels = gd_json_array();
    for (int64_t i = 0; i < width; ++i)
        gd_json_append(labels, gd_json_string(gd_target_label(target, i)));
    char *names = gd_json_text(labels, false);
    gd_json_destroy(labels);
    cli_onnx_value(&w->graph, 12, output, CLI_ONNX_FLOAT, width, names);
    gd_json_text_destroy(names);
}

/* ---- the model ---- */

static void put_graph(cli_onnx_writer *w)
{
    cli_field_text(&w->graph, 2, "gradus");
    cli_onnx_features(w);
    for (int layer = 0; layer < cli_layers(w->export); ++layer)
        put_layer(w, layer);
    put_output(w);
}

static void put_opset(cli_message *model, const char *domain, int version)
{
    cli_message opset;
    cli_message_begin(&opset);
    cli_field_text(&opset, 1, domain);
    cli_field_int(&opset, 2, version);
    cli_message_end(&opset, model, 8);
}

/* Target, columns, features, network and thresholds: all of the model but the weights. */
static gd_json *describe(const cli_export *e)
{
    static const char *const copied[] = {"thresholds", "network"};
    gd_json *json = gd_json_object(), *features = gd_json_array(),
            *model = cli_model_json(e->model);
    for (int64_t i = 0; i < e->schema.width; ++i)
        gd_json_append(features, gd_json_string(gd_encoder_feature(gd_model_encoder(e->model), i)));
    gd_json_set(json, "gradus", gd_json_string(gd_version()));
    gd_json_set(json, "target", gd_json_copy(gd_json_get(model, "target")));
    gd_json_set(json, "columns",
                gd_json_copy(gd_json_get(gd_json_get(model, "encoder"), "columns")));
    gd_json_set(json, "features", features);
    for (int i = 0; i < 2; ++i)
        gd_json_set(json, copied[i], gd_json_copy(gd_json_get(model, copied[i])));
    gd_json_destroy(model);
    return json;
}

static void put_description(cli_message *model, const cli_export *e)
{
    gd_json *json = describe(e);
    char *text = gd_json_text(json, false);
    cli_message entry;
    cli_message_begin(&entry);
    cli_field_text(&entry, 1, "description");
    cli_field_text(&entry, 2, text);
    cli_message_end(&entry, model, 14);
    gd_json_destroy(json);
    gd_json_text_destroy(text);
}

static void put_model(cli_onnx_writer *w, cli_message *model)
{
    cli_field_int(model, 1, IR);
    cli_field_text(model, 2, "gradus");
    cli_field_text(model, 3, gd_version());
    cli_message_begin(&w->graph);
    put_graph(w);
    cli_message_end(&w->graph, model, 7);
    put_opset(model, "", OPSET);
    put_opset(model, "ai.onnx.ml", ML_OPSET);
    put_description(model, w->export);
}

static int write_model(cli_onnx_writer *w)
{
    cli_message model;
    cli_output output;
    cli_message_begin(&model);
    put_model(w, &model);
    int code = CLI_RUNTIME;
    if (cli_output_open(&output, w->export->options->output)) {
        cli_output_write(&output, model.data, model.size);
        code = cli_output_finish(&output);
    }
    free(model.data);
    return code;
}

int cli_export_onnx(const cli_export *e)
{
    cli_onnx_writer w = {.export = e};
    int code = check_names(&w);
    if (code != CLI_OK)
        return code;
    size_t columns = (size_t)e->schema.count;
    w.features = cli_calloc((size_t)e->schema.width + 2 * columns, sizeof *w.features);
    w.parts = cli_calloc(columns + 2, sizeof *w.parts);
    code = write_model(&w);
    free(w.features);
    free(w.parts);
    return code;
}
