/* How elements came to be: of all that the page shows, and of what these were made of, down to the
 * leaves. */
#ifndef CLI_TRACE_EXPLAIN_H
#define CLI_TRACE_EXPLAIN_H

#include "cli/trace/view.h"

#include <stdio.h>

/* "why":{..}, as data.h says. */
void trace_put_explanations(FILE *file, const trace_view *view);

#endif
