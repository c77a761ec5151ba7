/* A model as an ONNX graph: from the bytes of a protocol buffer to the features of the model. */
#ifndef CLI_ONNX_H
#define CLI_ONNX_H

#include "cli/export/export.h"

/* ---- protocol buffers: the fields of a message, one after the other ---- */

/* A message being written. It is in memory, because in another message its length comes first. */
typedef cli_bytes cli_message;

void cli_message_begin(cli_message *message);
/* Adds the message as a field of another one, which fails if this one has failed. */
void cli_message_end(cli_message *message, cli_message *parent, int field);

void cli_field_int(cli_message *message, int field, int64_t value);
void cli_field_bytes(cli_message *message, int field, const void *bytes, size_t size);
void cli_field_text(cli_message *message, int field, const char *text);

/* ---- the parts of a graph (onnx.proto), as messages ---- */

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

/* ---- the graph of a model ---- */

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
