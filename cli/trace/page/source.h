/* The source of the traced program: the statement and the call of each step. */
#ifndef CLI_TRACE_SOURCE_H
#define CLI_TRACE_SOURCE_H

#include "cli/trace/view.h"

#include <stdio.h>

typedef struct trace_spot {
    int source;      /* index in the recording's sources; -1: there is none */
    int first, last; /* lines of the statement */
    int64_t at;      /* byte in the text where the call's name begins; -1: it is not there */
    int length;      /* of the name */
} trace_spot;

/* Of a call at a place. call and text may be NULL: not known. */
trace_spot trace_find_call(const gd_recording *recording, const char *file, int line,
                           const char *call, const char *text);

/* Of an event. */
trace_spot trace_spot_of(const gd_recording *recording, int64_t event);

/* Writes all sources, each line an element with data-l="file.line", and the calls of `spots` in it
 * with data-c="file.byte". */
void trace_put_sources(FILE *file, const gd_recording *recording, const trace_spot *spots,
                       int64_t n);

#endif
