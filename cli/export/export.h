/* gradus export: a model in forms that need no Gradus. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli/cli.h"
#include "cli/export/input_columns.h"
#include "cli/model.h"
#include "cli/system/output.h"

typedef struct cli_export {
    const cli_options *options;
    cli_model model; /* with the weights that are written */
    cli_schema schema;
    cli_probes probes;
    gd_tensor *expected; /* what the model says of the probes: [n,width] float64 */
    char loss[200];      /* what --int8 changed, in words; "": it was not asked for */
} cli_export;

/* Each writes the files of one form and says on standard output what they are; an exit code. */
int cli_export_c(const cli_export *export);
int cli_export_onnx(const cli_export *export);

/* Rounds the weights to 8 bits, each row by its scale, and finds out what that costs; an exit code. */
int cli_int8(cli_export *export);
/* What a row's weights are multiples of: the largest is 127 of it. */
float cli_int8_scale(const float *row, int64_t n);

/* Weights and biases of layer i: [outputs,inputs], [outputs]. */
static inline const gd_tensor *cli_weight_of(const cli_export *export, int layer)
{
    return gd_parameters_at(export->model.network.parameters, 2 * layer);
}

static inline const gd_tensor *cli_bias_of(const cli_export *export, int layer)
{
    return gd_parameters_at(export->model.network.parameters, 2 * layer + 1);
}

static inline int cli_layers(const cli_export *export)
{
    return export->model.network.architecture.hidden_count + 1;
}

#endif
