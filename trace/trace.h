/* gradus/trace.h - what happened on a tape, written to a file, read back, and run again.
 *
 * Purpose    A trace records every op, gradient, contribution and update of a few training steps,
 *            with the lines of your source. `gradus trace` makes a page of it, `gradus step` walks
 *            through it in a terminal. docs/trace.md has the file format.
 * Ownership  What a function returns is yours to destroy and owns what it gives out. A tape and the
 *            parameters that a trace follows stay yours and must outlive gd_trace_close.
 * Errors     A gd_status, or NULL, and a gd_message(): "run.trace:12: expected .., found ..".
 *
 *     gd_trace *trace = gd_trace_create("run.trace", NULL);
 *     gd_trace_attach(trace, tape);                 // before the first op
 *     gd_trace_watch(trace, parameters);            // optional: shows their updates, too
 *     .. train as before ..
 *     if (gd_trace_close(trace) != GD_OK)           // the one place to check
 *         return fail(gd_message());
 *
 * A traced program computes the same bits as an untraced one. */
#ifndef GRADUS_TRACE_H
#define GRADUS_TRACE_H

#include <gradus/losses.h>
#include <gradus/nn.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
