/* The same work with several numbers of threads, and without a pool. */
#ifndef TESTS_SAME_BITS_H
#define TESTS_SAME_BITS_H

#include <gradus/tensor.h>

/* Elements that are enough for work to be cut: more than twice GD__GRAIN of tensor/parallel.h. */
enum { ENOUGH_TO_CUT = 150000 };

/* Runs `work` without a pool and with pools of 1, 2, 3, 4 and 7 threads (under ThreadSanitizer,
 * which takes its time: 3). It makes one tensor after the other; NULL ends them. Fails the test,
 * which is called `name`, unless their bits are the same each time. `work` is called with i = 0,
 * 1, ... and i = 0 begins anew; results are valid until the next call with i = 0. */
void same_bits(const char *name, const gd_tensor *(*work)(void *context, gd_pool *pool, int i),
               void *context);

#endif
