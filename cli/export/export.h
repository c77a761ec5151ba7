/* gradus export: a model in formats that do not need Gradus. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli/cli.h"
#include "cli/export/input_columns.h"
#include "cli/files/model.h"
#include "cli/files/output.h"

typedef struct cli_export {
    const cli_options *options;
    gd_model *model; /* with the exported weights */
    cli_schema schema;
    cli_probes probes;
    gd_tensor *expected; /* the predictions for the probes: [n,width] float64 */
    char loss[200];      /* the effect of --int8, in words; "": not given */
} cli_export;

/* Each writes the files of one format and prints a summary on standard output; an exit code. */
int cli_export_c(const cli_export *export);
int cli_export_onnx(const cli_export *export);

/* Quantises the weights to 8 bits, with one scale per row, and measures the effect; an exit
 * code. */
int cli_int8(cli_export *export);
/* The scale of a row: its largest weight is 127 times the scale. */
float cli_int8_scale(const float *row, int64_t n);

/* Weights and biases of layer i: [outputs,inputs], [outputs]. */
static inline const gd_tensor *cli_weight_of(const cli_export *export, int layer)
{
    return gd_parameters_at(gd_model_parameters(export->model), 2 * layer);
}

static inline const gd_tensor *cli_bias_of(const cli_export *export, int layer)
{
    return gd_parameters_at(gd_model_parameters(export->model), 2 * layer + 1);
}

static inline int cli_layers(const cli_export *export)
{
    return gd_model_architecture(export->model)->hidden_count + 1;
}

#endif
