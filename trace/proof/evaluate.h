/* A replayed program as a function of one of its tensors. */
#ifndef GRADUS_TRACE_EVALUATE_H
#define GRADUS_TRACE_EVALUATE_H

#include "trace/replay/replay.h"

/* L(x): the roots of some backwards, each weighted by its gradient, where tensor x has other values
 * than it had. What needs no gradient stays as it was, choices among it. */
typedef struct gd__function {
    gd_replay *replay; /* in float64 */
    int64_t tensor;
    const gd_recorded_event *const *roots; /* [n_roots] BACKWARD events */
    int n_roots;

    gd_tape *tape;         /* for the calls that are run again */
    gd_tensor *x;          /* the tensor's values, contiguous; to be changed */
    const gd_tensor *base; /* what they were */
    int64_t *calls;        /* [n_calls] nodes that depend on x and lead to a root, in order */
    int64_t n_calls;
    gd_tensor **results;               /* [n_tensors] NULL: it does not depend on x */
    gd_tensor *unchanged;              /* the operands that do not, of all calls, in order */
    gd_tensor **operands;              /* of one call */
    int64_t n_operands, most_operands; /* of all calls; of one */
    double noise;                      /* of gd__function_noise; negative: not known yet */
    double jitter; /* each result becomes smaller by this part, at random; 0: none */
    gd_rng rng;
    bool has_failed; /* there was no memory for a value, which is then NaN */
} gd__function;

/* False after a message: no memory. *why: why it is no function of x; NULL: it is one. */
bool gd__function_begin(gd__function *f, gd_replay *replay, int64_t tensor,
                        const gd_recorded_event *const *roots, int n_roots, const char **why);
void gd__function_end(gd__function *f);

/* L for the values that f->x has now. NaN where an op refuses them. */
double gd__function_value(gd__function *f);

/* About how much of L is rounding: how far it is off where each result on the way is off by a unit
 * in the last place. Infinite where an op refuses such results. */
double gd__function_noise(gd__function *f);

/* Whether one of the calls is at a kink of its own (kink.c). */
bool gd__function_meets_kink(gd__function *f);

#endif
