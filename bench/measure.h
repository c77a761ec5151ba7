/* How long the steps of a case take. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/cases.h"

typedef struct result {
    double us, us_min; /* microseconds a step: the median of the repetitions, and the least */
    double limit_us;   /* the least of the limit; 0: the case has none */
    double ratio;      /* of the leasts of the case and of its limit, which were run in turn */
    double first_us, rss_mb, rss_import_mb, loss, allocs_per_step;
    int n, reps; /* steps in a repetition; repetitions */
} result;

/* Measures a case in this process. A limit whose value is another than the case's ends it. */
result measure(const bench_case *c);

/* What other programs did meanwhile. */
typedef struct machine {
    double seconds, others; /* since boot: of the clock; of processors, by other processes */
} machine;

machine machine_now(void);

/* Processors that other programs kept busy between the two, 0 to the machine's number; -1: this
 * system does not tell. */
double machine_others(const machine *before, const machine *after);

#endif
