/* The workloads: what one step does. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include <stdbool.h>

/* A workload that has been set up; it lives until the process ends. */
typedef struct workload workload;

/* What a step can be compared with: see limit.h. */
typedef enum limit_kind {
    NO_LIMIT,
    LIMIT_TRAINING,
    LIMIT_BCEL,
    LIMIT_CE,
    LIMIT_MASKED_SELECT,
    LIMIT_MASKED_BCEL,
    LIMIT_ELEMENTWISE,
    LIMIT_ADAM,
    LIMIT_EXP,
    LIMIT_TANH,
    LIMIT_SIGMOID,
    LIMIT_MATMUL,
    LIMIT_KINDS
} limit_kind;

enum { BATCHES = 16, MAX_LAYERS = 9 }; /* of the training cases */

typedef struct bench_case {
    const char *name;
    int ops; /* of one step, where the time of one op is the point; otherwise 0 */
    workload *(*setup)(const struct bench_case *c);
    void (*step)(workload *w);
    double (*loss)(const workload *w); /* a value of the last step: a sign that work was done */
    limit_kind limit;
    /* What the setup reads: sizes, and which of a family. */
    int sizes[MAX_LAYERS + 2]; /* of layers, or of a tensor; 0 ends them */
    int batch;
    double momentum; /* of SGD */
    bool adam;       /* instead of SGD */
    int variant;
} bench_case;

struct gd_parameters *workload_parameters(workload *w); /* of a training case */

/* The threads that every case's tape and optimiser use; NULL: one. */
extern struct gd_pool *bench_pool;

extern const bench_case bench_cases[];
extern const int bench_case_count;
extern const bench_case sweep_cases[]; /* one network in many sizes */
extern const int sweep_case_count;

#endif
