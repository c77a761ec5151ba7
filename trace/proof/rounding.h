/* How large the numbers are that each value and gradient was summed from, which says how far off
 * rounding may make it. */
#ifndef GRADUS_TRACE_ROUNDING_H
#define GRADUS_TRACE_ROUNDING_H

#include "trace/replay/replay.h"

typedef struct gd__rounding {
    const gd_recording *recording;
    int64_t step;
    gd_replay *exact, *own; /* in float64; in the trace's dtypes, made when first needed */
    bool has_tried;         /* to make it */
    double unit;            /* half a unit in the last place of the coarsest dtype */
    double allowed;         /* error in terms of the largest number that went in */

    /* [n_tensors] of values and of gradients: the largest number that went in, and by how much
     * the tensor's own numbers stand for larger ones: 1, or more where all digits are lost. */
    double *terms, *factor, *gradient_terms, *gradient_factor;
    double dy; /* the largest element of the gradient that the backward is at */
} gd__rounding;

/* False after a message. `exact` is the replay of the step in float64. */
bool gd__rounding_begin(gd__rounding *r, gd_replay *exact);
void gd__rounding_end(gd__rounding *r);

/* Takes in what an event of the step has done. */
void gd__rounding_event(gd__rounding *r, int64_t event);

/* What an event wrote: as recorded or, where that is a window, in a replay in the trace's own
 * dtypes. NULL: that cannot be had. is_after: of ADD the sum. */
const gd_tensor *gd__rounding_recorded(gd__rounding *r, int64_t event, bool is_after);

#endif
