/* The picture of a graph, as SVG. */
#ifndef CLI_TRACE_DRAW_H
#define CLI_TRACE_DRAW_H

#include "cli/trace/graph/graph.h"

#include <stdio.h>

typedef enum trace_way { TRACE_WIDE, TRACE_NARROW } trace_way; /* left to right; top to bottom */

/* For a page: one picture of all steps, in its frame. A part has data-k, its name in trace_mark; data-at, the
 * step from which on it is no longer "not yet"; data-in="3 7", the steps 3 to 6 at which it is
 * seen. page.js puts it into the state of a step. */
void trace_draw(FILE *file, const trace_view *view, int64_t training, trace_way way);

/* A picture of one step, which needs nothing else. */
void trace_draw_step(FILE *file, const trace_view *view, int64_t step);

/* The arrowheads that pictures of a page share. */
void trace_draw_arrows(FILE *file);

/* The symbol of an op, "+"; "": it has none. */
const char *trace_symbol(const char *op);

#endif
