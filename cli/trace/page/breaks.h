/* The same backward with one thing done wrong. */
#ifndef CLI_TRACE_BREAKS_H
#define CLI_TRACE_BREAKS_H

#include "cli/trace/view.h"

#include <stdio.h>

enum { TRACE_BREAKS = 3 };

typedef struct trace_break {
    const char *name;    /* of the switch */
    const char *title;   /* of the picture */
    const char *does;    /* "da = gives" */
    const char *message; /* what comes of it */
    const char *sign;    /* where contributions meet */
    gd_replay *replay;
    int64_t first;   /* the event at which a gradient first parts from the recorded one */
    int64_t element; /* the one that parts */
} trace_break;

/* Those that make a difference to the recording; their number. */
int trace_find_breaks(const gd_recording *recording, trace_break breaks[TRACE_BREAKS]);
void trace_free_breaks(trace_break *breaks, int n);

/* The sum at an event, as the break has it; NULL: it was not run. */
const gd_tensor *trace_broken_sum(const trace_break *b, int64_t event);

/* Whether an element of the recorded sum differs; of its line, with its index in the tensor. */
bool trace_parts(const gd_recording *recording, const trace_break *b, int64_t event,
                 int64_t in_line, int64_t element);

/* The section's content; nothing where there are no breaks. */
void trace_put_breaks(FILE *file, const trace_view *view);

#endif
