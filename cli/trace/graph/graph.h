/* The graph of a training step: a box for each tensor, with the op that made it; a line for each
 * use of a tensor by an op, and for each pass-through. */
#ifndef CLI_TRACE_GRAPH_H
#define CLI_TRACE_GRAPH_H

#include "cli/trace/graph/layout.h"
#include "cli/trace/view.h"

typedef struct graph_use {
    int64_t node;
    int operand;
    bool is_past;      /* a gradient's way past the op that made the operand: no value goes here */
    int64_t first_add; /* the event at which a gradient first went along it; -1: none did */
} graph_use;

typedef struct trace_graph {
    const trace_view *view;
    int64_t training;    /* the training step, from 0 */
    int64_t from, until; /* its steps */
    layout l;
    int64_t *tensors; /* [l.n_boxes] */
    int *box_of;      /* [n_tensors]; -1: none */
    graph_use *uses;  /* [l.n_lines] */
} trace_graph;

/* Without sizes and places. */
void trace_graph_create(trace_graph *graph, const trace_view *view, int64_t training);
/* Leaves out all lines along which no gradient goes, and all boxes that have none. */
void trace_graph_keep_gradients(trace_graph *graph);
void trace_graph_destroy(trace_graph *graph);

/* The line along which an ADD gives its gradient; -1: none. */
int trace_line_of(const trace_graph *graph, const gd_recorded_event *add);

/* The step at which a box's value is first there; steps before count as the first. */
int64_t trace_made_at(const trace_graph *graph, int box);

/* The first step at which something is given to the box's gradient; -1: never. */
int64_t trace_gradient_at(const trace_graph *graph, int box);

/* How many lines bring gradients to the box. */
int trace_givers(const trace_graph *graph, int box);

/* ---- what happens now ---- */

/* A part of the picture that takes part in a step: a box, "b" and the tensor; a line on which a
 * value, "f", or a gradient, "g", goes, and its number; a sum, "p" and the tensor. */
typedef struct trace_mark {
    char part;
    int64_t number;
    const char *state; /* a class of graph.css */
    const char *verb;  /* "gives"; "": none */
} trace_mark;

enum { TRACE_MARKS = 64 };

/* Fills in `marks`; their number. Of many operands the first are marked. */
int trace_marks(const trace_graph *graph, int64_t step, trace_mark marks[TRACE_MARKS]);

#endif
