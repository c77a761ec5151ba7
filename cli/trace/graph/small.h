/* The small graph of gradients alone. */
#ifndef CLI_TRACE_SMALL_H
#define CLI_TRACE_SMALL_H

#include "cli/trace/graph/draw.h"
#include "cli/trace/page/breaks.h"

/* With the gradients that a break makes; NULL: as recorded. */
void trace_draw_small(FILE *file, const trace_view *view, int64_t training, trace_way way,
                      const trace_break *b);

#endif
