/* Random numbers for the library's own code, beside the functions of <gradus/tensor.h>. */
#ifndef GRADUS_TENSOR_RANDOM_H
#define GRADUS_TENSOR_RANDOM_H

#include <gradus/tensor.h>

/* The next n of the stream: 1 with probability p, else 0. */
void gd__bernoulli(gd_rng *rng, double p, int64_t n, double *out);

#endif
