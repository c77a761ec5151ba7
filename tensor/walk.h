/* Walking strided tensors together: the one loop below every elementwise kernel. */
#ifndef GRADUS_TENSOR_WALK_H
#define GRADUS_TENSOR_WALK_H

#include "tensor/internal.h"

enum { GD__WALK_MAX = 8 };

/* A position in up to GD__WALK_MAX tensors that are broadcast to one shape. Each step of the walk
 * is a run: `length` elements, in tensor k from data[k] on, step[k] elements apart (0 where
 * broadcast). */
typedef struct gd__walk {
    int64_t numel; /* of all runs */
    int64_t length;
    char *data[GD__WALK_MAX];
    int64_t step[GD__WALK_MAX];
    int64_t size[GD__WALK_MAX]; /* bytes of an element */
    /* The run and the dimensions around it, innermost first: those of size 1 are left out, and
     * neighbours are merged where that is possible. */
    int n, ndim;
    int64_t shape[GD_MAX_DIMS], index[GD_MAX_DIMS];
    int64_t stride[GD__WALK_MAX][GD_MAX_DIMS]; /* bytes */
} gd__walk;

/* Begins a walk along those dimensions of tensors[0] whose bits are set in `dims`. The other
 * tensors must be broadcastable to its shape (not checked here). */
gd__walk gd__walk_along(int n, const gd_tensor *const *tensors, unsigned dims);

/* The same along all of them. An empty shape gives one run of length 0:
 *     gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){y, x});
 *     do
 *         kernel(w.length, w.data[0], w.data[1], w.step[1]);
 *     while (gd__walk_next(&w)); */
static inline gd__walk gd__walk_begin(int n, const gd_tensor *const *tensors)
{
    return gd__walk_along(n, tensors, ~0u);
}

bool gd__walk_next(gd__walk *walk);

#endif
