/* The parts of an ONNX graph (onnx.proto), as messages. */
#ifndef CLI_ONNX_H
#define CLI_ONNX_H

#include "cli/export/input_columns.h"

#include "cli/export/protobuf.h"

enum {
    CLI_ONNX_FLOAT = 1,
    CLI_ONNX_INT64 = 7,
    CLI_ONNX_STRING = 8,
    CLI_ONNX_DOUBLE = 11
}; /* element types */

/* One node with one output: inputs end with NULL. Attributes are added before it ends. */
typedef struct cli_onnx_node {
    cli_message message, *graph;
} cli_onnx_node;

void cli_onnx_begin(cli_onnx_node *node, cli_message *graph, const char *op,
                    const char *const *inputs, const char *output);
void cli_onnx_int(cli_onnx_node *node, const char *name, int64_t value);
void cli_onnx_text(cli_onnx_node *node, const char *name, const char *value);
void cli_onnx_range(cli_onnx_node *node, const char *name, int64_t count); /* 0, 1, .. */
/* The list, and one more where `last` is not NULL. */
void cli_onnx_texts(cli_onnx_node *node, const char *name, const cli_column *column,
                    const char *last);
/* domain: NULL, or of an operator that is not ONNX's own. */
void cli_onnx_end(cli_onnx_node *node, const char *domain);

/* A node without attributes of one or two inputs (b NULL: one). */
void cli_onnx_simple(cli_message *graph, const char *op, const char *a, const char *b,
                     const char *output);

/* A constant of float, double or int64 elements; columns 0: it has one dimension, rows 0: none. */
void cli_onnx_constant(cli_message *graph, const char *name, int type, int64_t rows,
                       int64_t columns, const void *values);

/* [N,columns]; field: 11 an input, 12 an output. */
void cli_onnx_value(cli_message *graph, int field, const char *name, int type, int64_t columns,
                    const char *comment);

#endif
