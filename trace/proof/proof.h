/* Proofs, one by one. */
#ifndef GRADUS_TRACE_PROOF_H
#define GRADUS_TRACE_PROOF_H

#include "trace/proof/derivative.h"
#include "trace/proof/rounding.h"

typedef struct gd__proofs {
    gd__array list;   /* gd_proof */
    int64_t elements; /* larger tensors have one proof of a direction */
    gd__rounding rounding;
} gd__proofs;

/* A gradient that is complete, and the program as a function of its tensor. */
typedef struct gd__gradient {
    int64_t event, tensor;
    const gd_tensor *recorded, *rule;
    const gd_tensor *start; /* of an earlier step, which the recorded one was added to; or NULL */
    const char *why;        /* it cannot be checked; NULL: it can */
    gd__function f;
} gd__gradient;

/* Each adds proofs. False: no memory. */
bool gd__prove_gradient(gd__proofs *proofs, gd__gradient *g);
bool gd__prove_value(gd__proofs *proofs, int64_t event);

#endif
