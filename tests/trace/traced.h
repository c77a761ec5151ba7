/* Programs that are traced, and what is read back. */
#ifndef TESTS_TRACE_TRACED_H
#define TESTS_TRACE_TRACED_H

#include <gradus.h>

/* A program, which may train several steps on the tape. */
typedef void (*traced_program)(gd_tape *tape, void *context);

/* Runs the program under a trace and reads that. */
gd_recording *record(traced_program program, void *context, const gd_trace_read_options *options);

/* What a program of programs/ writes. */
gd_recording *recording_of_program(const char *program);

/* How many tensors a replay in the trace's dtypes gives other bits for than were recorded; each is
 * printed after the label. */
int count_other_bits(const gd_recording *r, const char *label);

/* How many proofs of a step have this verdict; those that have not are printed after the label,
 * unless that is NULL. */
typedef struct verdicts {
    int unchecked, right, wrong, rounded;
} verdicts;
verdicts prove(const gd_recording *r, int64_t step, const char *label);

#endif
