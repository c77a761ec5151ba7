/* The small graph of gradients alone. */
#ifndef CLI_TRACE_SMALL_H
#define CLI_TRACE_SMALL_H

#include "cli/trace/graph/draw.h"
#include "cli/trace/page/breaks.h"

/* With the gradients that a break makes, or as recorded: both have the same places. */
void trace_draw_small(FILE *file, const trace_view *view, int64_t training, const trace_break *b,
                      bool is_broken);

#endif
