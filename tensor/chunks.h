/* Reading float (and bool) tensors as doubles, a few hundred elements at a time: for code that
 * computes in double whatever the dtype, without a copy of the whole. */
#ifndef GRADUS_TENSOR_CHUNKS_H
#define GRADUS_TENSOR_CHUNKS_H

#include "tensor/kernels.h"
#include "tensor/walk.h"

enum { GD__CHUNK = 320 }; /* elements: 2.5 KiB a tensor, which stays in the first-level cache */

/* Elements first .. first + n - 1 of those that are walked over, in row-major order. */
typedef struct gd__chunks {
    gd__walk *walk;
    int64_t first, n;
    int64_t at; /* of this chunk, in the walk's run */
    bool in_run;
} gd__chunks;

/* All that `walk` goes over, from its beginning, where it is again at the end. Tensors are of the
 * first one's float dtype, or bool. With double x[GD__CHUNK],
 *     while (gd__chunks_next(&c)) {
 *         gd__chunks_load(&c, k, x);      // of tensor k
 *         for (int64_t j = 0; j < c.n; ++j)
 *             ... x[j] ...
 *     } */
static inline gd__chunks gd__chunks_begin(gd__walk *walk)
{
    return (gd__chunks){.walk = walk};
}
bool gd__chunks_next(gd__chunks *chunks);
void gd__chunks_load(const gd__chunks *chunks, int k, double values[GD__CHUNK]);

/* Where this chunk of tensor k lies. */
void *gd__chunks_data(const gd__chunks *chunks, int k);

/* Writes this chunk of the first tensor, which is contiguous. */
void gd__chunks_store(const gd__chunks *chunks, const double *values);

#endif
