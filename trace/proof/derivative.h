/* Derivatives of a replayed program by differences, without any gradient rule. */
#ifndef GRADUS_TRACE_DERIVATIVE_H
#define GRADUS_TRACE_DERIVATIVE_H

#include "trace/proof/evaluate.h"

typedef struct gd__derivative {
    double value;       /* central; NaN: there is none */
    double left, right; /* one-sided; they part at a kink */
    double step;        /* of the difference that was taken */
    bool is_kink;
} gd__derivative;

/* Of f along a direction: element `element` of f->x, or f->x + t direction, which has its shape
 * (contiguous, float64). f->x is as before afterwards. */
gd__derivative gd__derivative_of(gd__function *f, int64_t element, const gd_tensor *direction);

#endif
