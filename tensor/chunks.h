/* Reading float (and bool) tensors as doubles, a few hundred elements at a time: for code that
 * computes in double whatever the dtype, without a copy of the whole. */
#ifndef GRADUS_TENSOR_CHUNKS_H
#define GRADUS_TENSOR_CHUNKS_H

#include "tensor/kernels.h"
#include "tensor/rows.h"

enum { GD__CHUNK = 320 }; /* elements: 2.5 KiB a tensor, which stays in the first-level cache */

/* Elements first .. first + n - 1 in row-major order, of tensors walked together. */
typedef struct gd__chunks {
    gd__walk walk;
    const gd__kernels *kernels; /* of the first tensor's dtype */
    int64_t first;              /* of this chunk, counted in all that is walked over */
    int64_t n;                  /* elements in this chunk */
    int64_t at;                 /* of this chunk, counted in the walk's run */
    bool in_run;
} gd__chunks;

/* As gd__walk_begin; all tensors of the first one's float dtype, or bool. Then, with
 * double x[GD__CHUNK],
 *     while (gd__chunks_next(&c)) {
 *         gd__chunks_load(&c, k, x);      // of tensor k
 *         for (int64_t j = 0; j < c.n; ++j)
 *             ... x[j] ...
 *     } */
gd__chunks gd__chunks_begin(int n, const gd_tensor *const *tensors);
bool gd__chunks_next(gd__chunks *chunks);
void gd__chunks_load(const gd__chunks *chunks, int k, double values[GD__CHUNK]);

/* Where this chunk of tensor k lies. */
void *gd__chunks_data(const gd__chunks *chunks, int k);

/* Writes this chunk of the first tensor, which is contiguous. */
void gd__chunks_store(const gd__chunks *chunks, const double *values);

/* The elements of the current row. */
gd__chunks gd__chunks_of_row(const gd__rows *rows);

#endif
