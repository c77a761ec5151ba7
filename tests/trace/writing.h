/* A trace in a file of its own, for tests that write one. */
#ifndef TESTS_TRACE_WRITING_H
#define TESTS_TRACE_WRITING_H

#include <gradus.h>

/* Around each test: makes a tape, *state, and the file; removes them. */
int writing_setup(void **state);
int writing_teardown(void **state);
const char *writing_path(void);

/* A trace of the tape. */
gd_trace *trace_of(gd_tape *tape, const gd_trace_options *options);

/* Closes the trace and reads it; it must be whole. */
gd_recording *recording_of_closed(gd_trace *trace);

/* All of a file; the caller's to free. */
char *contents(const char *path);

/* The line number `i`, from 0, that begins with `beginning`; NULL: there is none. Valid until the
 * next call. */
const char *line_of(const char *text, const char *beginning, int i);

/* The event number `i`, from 0, of its kind; fails where there is none. */
const gd_recorded_event *event_of(const gd_recording *r, gd_recorded_kind kind, int i);

#endif
