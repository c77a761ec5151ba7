/* Reductions one result at a time: every element of y with the elements of x that go into it, read
 * as doubles, as often as needed. For what a plain sum cannot do. */
#ifndef GRADUS_TENSOR_GROUPS_H
#define GRADUS_TENSOR_GROUPS_H

#include "tensor/chunks.h"

typedef struct gd__groups {
    const gd__kernels *kernels; /* x's */
    int64_t x_size, y_size;     /* bytes of an element */
    gd__walk results;           /* over y and, for each of its elements, the first of x */
    int64_t at;                 /* in the run of `results` */
    gd__walk whole, members;    /* over one group's elements: from the start, and where it is */
    int64_t member;             /* in the run of `members` */
    bool started, at_end;
} gd__groups;

/* y is contiguous with x's number of dimensions, each size x's or 1; x is float. Then
 *     while (gd__groups_next(&g)) {
 *         gd__group_rewind(&g);                      // before each pass over the group
 *         while ((n = gd__group_read(&g, values)) > 0)
 *             ... values[j], j < n ...
 *         ... gd__group_result(&g) ...               // where this group's result goes
 *     } */
gd__groups gd__groups_begin(const gd_tensor *y, const gd_tensor *x);
bool gd__groups_next(gd__groups *groups);
void gd__group_rewind(gd__groups *groups);
int64_t gd__group_read(gd__groups *groups, double values[GD__CHUNK]);
void *gd__group_result(const gd__groups *groups);

#endif
