/* What an update did to a parameter: new = old + change, beside the gradient. */
#ifndef CLI_TRACE_UPDATE_H
#define CLI_TRACE_UPDATE_H

#include "cli/system/memory.h"
#include "cli/trace/view.h"

#include <stdio.h>

/* "updates":{..}, by the line of the event: [rate or "", the key of the old values, of the gradient,
 * "" where there is none, the change of each shown element, ..]. */
void trace_put_updates(FILE *file, const trace_view *view);

/* What kind of update it was: "Plain SGD with a learning rate of 0.5 does this." */
void trace_print_update(cli_bytes *text, const trace_view *view, int64_t event);

#endif
