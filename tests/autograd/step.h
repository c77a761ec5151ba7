/* A training step of a small model, as a user writes it. */
#ifndef TESTS_STEP_H
#define TESTS_STEP_H

#include <gradus.h>

typedef struct model {
    gd_tensor *x, *y; /* [32,30], [32,1] */
    gd_parameters *parameters;
    gd_tensor *w1, *b1, *w2, *b2;
    gd_optimizer *sgd;
    gd_tape *tape;
} model;

/* False, with nothing left behind, where memory runs out. */
bool model_create(model *m);
void model_destroy(model *m);

/* reset, zero_grad, forward, loss, backward, a second-order gradient, optimiser. */
gd_status model_step(model *m);

#endif
