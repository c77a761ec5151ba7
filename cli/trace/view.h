/* A recording as the page shows it: its steps, the sums that gradients are, the values over time.
 *
 * A step of the page is an event, but leaves that are used for the first time one after another
 * are one step. A training step is a range of steps. */
#ifndef CLI_TRACE_VIEW_H
#define CLI_TRACE_VIEW_H

#include <gradus/trace.h>

typedef struct trace_step {
    int64_t first, last; /* events: several leaves; else one */
} trace_step;

/* A gradient: the contributions to it, in their order, from an empty one on. */
typedef struct trace_sum {
    int64_t tensor;
    int64_t first, last; /* events: ADD, or the BACKWARD that it starts with */
    int64_t count;       /* of contributions */
} trace_sum;

typedef struct trace_view {
    const gd_recording *r;
    trace_step *steps;
    int64_t n_steps;
    int64_t *step_of; /* [n_events]; -1: the event is no step */
    int64_t *from;    /* [training steps + 1]: the first step of each, then n_steps */
    trace_sum *sums;
    int64_t n_sums;
    int64_t *sum_of; /* [n_events]; -1: the event adds to no gradient */
    int64_t *next;   /* [n_events]: the next event of its sum; -1: it is the last */
    char **names;    /* [n_tensors]: the tensors' names in sentences and pictures */
    char **calls;    /* [nodes]: the calls' names, "mul2": the same everywhere */
} trace_view;

void trace_view_create(trace_view *view, const gd_recording *recording);
void trace_view_destroy(trace_view *view);

/* The training step, from 0, of a step. */
int64_t trace_training_step(const trace_view *view, int64_t step);

/* Which of its sum's contributions the event is, from 0. */
int64_t trace_place_in_sum(const trace_view *view, int64_t event);

/* The latest event, up to this one, that added to a tensor's gradient; -1: none. */
int64_t trace_added_at(const trace_view *view, int64_t tensor, int64_t event);

/* The sum that a tensor's gradient is at an event: the latest that has begun; -1: none. */
int64_t trace_sum_at(const trace_view *view, int64_t tensor, int64_t event);

/* The first event of a step that wrote a number that is not finite; -1: all are. */
int64_t trace_first_nonfinite(const trace_view *view);

/* The event that wrote the value which a tensor has at a step; -1: it has none yet. */
int64_t trace_value_at(const trace_view *view, int64_t tensor, int64_t step);

#endif
