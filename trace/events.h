/* Questions about the events of a recording. */
#ifndef GRADUS_TRACE_EVENTS_H
#define GRADUS_TRACE_EVENTS_H

#include <gradus/trace.h>

/* Whether the event is part of a gd_grad, whose gradients are its own: they are not added to a
 * leaf's. */
bool gd__is_of_grad(const gd_recording *r, int64_t event);

#endif
