/* What cases and limits work on: random numbers that depend on a seed alone. */
#ifndef BENCH_DRAW_H
#define BENCH_DRAW_H

#include <gradus/tensor.h>

/* The result, unless it is NULL: a benchmark has nobody to report to, and ends with the library's
 * own words. */
void *must(void *result);

gd_tensor *draw_normal(int ndim, const int64_t *shape, uint64_t seed); /* float32 */

/* [rows,columns], float32: 1 with probability 0.3, else 0. */
gd_tensor *draw_labels(int64_t rows, int64_t columns, uint64_t seed);

/* [rows], int64: a class of `count` for each row, all equally likely. */
gd_tensor *draw_classes(int64_t rows, int64_t count, uint64_t seed);

/* bool, true with probability 1/2. */
gd_tensor *draw_mask(int ndim, const int64_t *shape, uint64_t seed);

/* Layer i of a network, as torch.nn.Linear begins (so that losses can be compared): weight
 * [out,in] and bias [out], uniform in +-1 / sqrt(in). */
void draw_layer(gd_tensor *weight, gd_tensor *bias, int i);

/* Batch i of a training case: x [batch,features] in [0,1). */
gd_tensor *draw_batch(int64_t batch, int64_t features, int i);

#endif
