/* The one row of numbers that a box of the graph has room for. */
#ifndef CLI_TRACE_ROW_H
#define CLI_TRACE_ROW_H

#include "cli/trace/numbers.h"
#include "cli/trace/view.h"

enum { ROW_CELLS = 4, ROW_REF = 64 };

typedef enum row_kind {
    ROW_ALL,   /* all elements of a small tensor */
    ROW_RANGE, /* the least and the greatest */
    ROW_FIRST  /* the first of several, or the first two */
} row_kind;

typedef struct trace_row {
    row_kind kind;
    int n;
    char text[ROW_CELLS][TRACE_NUMBER];
    char ref[ROW_CELLS][ROW_REF]; /* where the number stands in the trace: "4.values[0]" */
} trace_row;

typedef enum trace_field { TRACE_VALUES, TRACE_GIVES, TRACE_BEFORE, TRACE_AFTER } trace_field;

/* What an event wrote there, with the name that the line has for it. */
const gd_recorded_values *trace_values(const gd_recorded_event *event, trace_field field);
const char *trace_field_name(const gd_recorded_event *event, trace_field field);

/* Whether the line has min, max and norm of them. */
bool trace_has_stats(const gd_recorded_tensor *tensor, const gd_recorded_values *values);

trace_row trace_row_of(const gd_recording *recording, int64_t event, trace_field field);

/* The characters of its longest cell. */
int trace_row_cell(const trace_row *row);

#endif
