/* A model as an ONNX graph: what its two files share. */
#ifndef CLI_EXPORT_ONNX_H
#define CLI_EXPORT_ONNX_H

#include "cli/export/export.h"
#include "cli/export/onnx_graph.h"

#define CLI_ONNX_OWN "gradus/" /* names of what is between inputs and outputs begin with it */

enum { CLI_ONNX_NAME = 48 }; /* bytes of such a name */

typedef struct cli_onnx_writer {
    const cli_export *export;
    cli_message graph;
    int64_t *features;            /* the encoder's feature of each of the graph's, -1: always 0 */
    int64_t width;                /* of those */
    char (*parts)[CLI_ONNX_NAME]; /* [part_count]: what is concatenated to them */
    int part_count;
} cli_onnx_writer;

/* Whether the column is one of the input "numbers". */
static inline bool cli_onnx_is_number(const cli_column *column)
{
    return column->e.kind == GD_ENCODED_NUMBER || column->e.kind == GD_ENCODED_MISSING;
}

/* Inputs, and nodes that make the value "gradus/features" of them. */
void cli_onnx_features(cli_onnx_writer *writer);

#endif
