/* Writes nodes, constants, inputs and outputs of an ONNX graph. Field numbers are those of
 * onnx.proto. */
#include "cli/export/onnx.h"

#include <string.h>

/* ---- nodes ---- */

void cli_onnx_begin(cli_onnx_node *node, cli_message *graph, const char *op,
                    const char *const *inputs, const char *output)
{
    node->graph = graph;
    cli_message_begin(&node->message);
    for (; *inputs != NULL; ++inputs)
        cli_field_text(&node->message, 1, *inputs);
    cli_field_text(&node->message, 2, output);
    cli_field_text(&node->message, 3, output); /* the node's own name */
    cli_field_text(&node->message, 4, op);
}

void cli_onnx_end(cli_onnx_node *node, const char *domain)
{
    if (domain != NULL)
        cli_field_text(&node->message, 7, domain);
    cli_message_end(&node->message, node->graph, 1);
}

void cli_onnx_simple(cli_message *graph, const char *op, const char *a, const char *b,
                     const char *output)
{
    cli_onnx_node node;
    cli_onnx_begin(&node, graph, op, (const char *const[]){a, b, NULL}, output);
    cli_onnx_end(&node, NULL);
}

/* ---- attributes ---- */

enum { INT = 2, STRING = 3, INTS = 7, STRINGS = 8 }; /* what an attribute is */

static void begin_attribute(cli_message *attribute, const char *name, int type)
{
    cli_message_begin(attribute);
    cli_field_text(attribute, 1, name);
    cli_field_int(attribute, 20, type);
}

static void end_attribute(cli_message *attribute, cli_onnx_node *node)
{
    cli_message_end(attribute, &node->message, 5);
}

void cli_onnx_int(cli_onnx_node *node, const char *name, int64_t value)
{
    cli_message attribute;
    begin_attribute(&attribute, name, INT);
    cli_field_int(&attribute, 3, value);
    end_attribute(&attribute, node);
}

void cli_onnx_text(cli_onnx_node *node, const char *name, const char *value)
{
    cli_message attribute;
    begin_attribute(&attribute, name, STRING);
    cli_field_text(&attribute, 4, value);
    end_attribute(&attribute, node);
}

void cli_onnx_range(cli_onnx_node *node, const char *name, int64_t count)
{
    cli_message attribute;
    begin_attribute(&attribute, name, INTS);
    for (int64_t i = 0; i < count; ++i)
        cli_field_int(&attribute, 8, i);
    end_attribute(&attribute, node);
}

void cli_onnx_texts(cli_onnx_node *node, const char *name, const cli_column *column,
                    const char *last)
{
    cli_message attribute;
    begin_attribute(&attribute, name, STRINGS);
    for (int64_t i = 0; i < column->e.levels; ++i)
        cli_field_text(&attribute, 9, cli_level(column, i));
    if (last != NULL)
        cli_field_text(&attribute, 9, last);
    end_attribute(&attribute, node);
}

/* ---- constants, inputs and outputs ---- */

void cli_onnx_constant(cli_message *graph, const char *name, int type, int64_t rows,
                       int64_t columns, const void *values)
{
    cli_message tensor;
    cli_message_begin(&tensor);
    if (rows > 0)
        cli_field_int(&tensor, 1, rows);
    if (columns > 0)
        cli_field_int(&tensor, 1, columns);
    int64_t count = (rows > 0 ? rows : 1) * (columns > 0 ? columns : 1);
    cli_field_int(&tensor, 2, type);
    cli_field_text(&tensor, 8, name);
    cli_field_bytes(&tensor, 9, values,
                    (size_t)count * (type == CLI_ONNX_FLOAT ? sizeof(float) : sizeof(double)));
    cli_message_end(&tensor, graph, 5);
}

static void put_dimension(cli_message *shape, int64_t size)
{
    cli_message dimension;
    cli_message_begin(&dimension);
    if (size > 0)
        cli_field_int(&dimension, 1, size);
    else
        cli_field_text(&dimension, 2, "N");
    cli_message_end(&dimension, shape, 1);
}

void cli_onnx_value(cli_message *graph, int field, const char *name, int type, int64_t columns,
                    const char *comment)
{
    cli_message value, kind, tensor, shape;
    cli_message_begin(&value);
    cli_field_text(&value, 1, name);
    cli_message_begin(&kind);
    cli_message_begin(&tensor);
    cli_field_int(&tensor, 1, type);
    cli_message_begin(&shape);
    put_dimension(&shape, 0);
    put_dimension(&shape, columns);
    cli_message_end(&shape, &tensor, 2);
    cli_message_end(&tensor, &kind, 1);
    cli_message_end(&kind, &value, 2);
    cli_field_text(&value, 3, comment);
    cli_message_end(&value, graph, field);
}
