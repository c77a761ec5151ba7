/* The limits: what the steps of the cases cost in plain C with the same accuracy. They have no
 * tape, no checks and no choice of shapes, but the same two passes: one writes the values, one the
 * gradients. The time of a case is printed as a multiple of its limit's. The chains have none:
 * they measure the tape itself. */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include "bench/cases.h"

typedef struct bench_limit {
    void *(*setup)(const bench_case *c); /* draws the numbers that the case's setup draws */
    double (*step)(void *arrays);        /* the value that the case's step has as its loss */
} bench_limit;

/* NULL: none for this case, or for this processor (float arithmetic needs fused multiply-add). */
const bench_limit *limit_of(const bench_case *c);

#endif
