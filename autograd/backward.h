/* The sweep over the record that gd_backward and gd_grad both are. */
#ifndef GRADUS_AUTOGRAD_BACKWARD_H
#define GRADUS_AUTOGRAD_BACKWARD_H

#include "autograd/internal.h"

/* One backward: where from, and what is to become of the gradients. */
typedef struct gd__sweep {
    gd_tape *tape;
    bool create_graph;
    bool to_leaves; /* gd_backward: gradients go to the leaves' own grad */
    /* gd_grad: n inputs and their gradients, NULL before the first contribution. */
    int n;
    gd_tensor *const *inputs;
    gd_tensor **results;
    gd_tensor **memory; /* [n] without create_graph: what results[i] will be */
} gd__sweep;

/* The start of a function that differentiates. */
gd_status gd__begin(gd_tape *tape, const char *function);

/* root can be differentiated, with this gradient (NULL: 1). */
bool gd__check_root(gd_tape *tape, const gd_tensor *root, const gd_tensor *gradient);

/* Whether a gradient is to go to x or, through the call that made it, further back. */
bool gd__is_needed(const gd__sweep *s, const gd_tensor *x);

/* Runs the sweep from root, on the pool or recording, and puts the tape back as it was. */
bool gd__sweep_run(const gd__sweep *s, gd_tensor *root, gd_tensor *gradient);

#endif
