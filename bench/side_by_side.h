/* The limits' threads: one part of the elements for each, in plain C. */
#ifndef BENCH_SIDE_BY_SIDE_H
#define BENCH_SIDE_BY_SIDE_H

#include <stdint.h>

enum { MOST_PARTS = 64 };

extern int bench_threads; /* 1: the calling thread alone; MOST_PARTS at most count */

/* Calls f for all of n elements, a part of them on each of bench_threads threads. */
void side_by_side(int64_t n, void (*f)(void *arrays, int64_t begin, int64_t end), void *arrays);

#endif
