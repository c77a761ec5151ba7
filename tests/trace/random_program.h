/* Programs that are made at random: a seed is a program. */
#ifndef TESTS_TRACE_RANDOM_PROGRAM_H
#define TESTS_TRACE_RANDOM_PROGRAM_H

#include <gradus.h>

/* Ops of every kind over operands that are shared, broadcast, and views, a loss, and a backward or
 * two; some train two steps, and some differentiate a gradient. */
typedef struct random_program_options {
    uint64_t seed;
    gd_dtype dtype;
} random_program_options;

/* context: the options. */
void random_program(gd_tape *tape, void *context);

#endif
