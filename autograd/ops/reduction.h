/* What reductions over any dimensions share. */
#ifndef GRADUS_AUTOGRAD_OPS_REDUCTION_H
#define GRADUS_AUTOGRAD_OPS_REDUCTION_H

#include "autograd/ops/common.h"

/* The attributes of an op over dimensions. */
typedef struct gd__dims {
    int64_t dims[GD_MAX_DIMS];
    int ndim; /* of dims; 0: all dimensions */
    bool keepdim;
    int64_t correction; /* of var */
} gd__dims;

/* Which dimensions are meant; a list that no tensor has where ndim or dims make no sense. */
gd__dims gd__dims_of(int ndim, const int64_t *dims, bool keepdim);

bool gd__dims_check(gd_tape *tape, gd_node *n);

/* out with size 1 in the place of each dimension that has gone; how many elements go into one. */
gd_tensor gd__dims_out(const gd_node *n);
int64_t gd__count_in_dims(const gd_node *n);

/* y of out's shape, seen with size 1 where a dimension has gone: it broadcasts with x. */
gd_tensor *gd__keep_dims(gd_tape *tape, const gd_node *n, gd_tensor *y);

gd_tensor *gd__apply_over(gd_tape *tape, const gd_op *op, gd_tensor *input, gd__dims r);

/* In the block of an op over dimensions; of a reduction. */
#define GD__DIMS_FIELDS                                                                            \
    GD_FIELDS(gd__dims,                                                                            \
              {.name = "dims",                                                                     \
               .kind = GD_FIELD_LIST,                                                              \
               .count_offset = offsetof(gd__dims, ndim),                                           \
               .zero = "all"},                                                                     \
              GD_FIELD(gd__dims, keepdim),                                                         \
              {.name = "correction",                                                               \
               .kind = GD_FIELD_INT64,                                                             \
               .offset = offsetof(gd__dims, correction),                                           \
               .zero = ""})
#define GD__OVER_DIMS                                                                              \
    GD_OPERANDS("input"), .shapes = "input -> input without dims, or with size 1 there",           \
                          GD__DIMS_FIELDS

#endif
