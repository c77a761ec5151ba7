/* The loops of the elementwise ops: one for each row UNARY, BINARY or LOOP of ops/op_list.h. */
#ifndef GRADUS_AUTOGRAD_KERNELS_H
#define GRADUS_AUTOGRAD_KERNELS_H

#include "autograd/ops/op_list.h"
#include "tensor/kernels.h"

#define GD__NO_OP(name)
#define GD__NO_LOOP(name, value)
#define GD__NAME(name, value) GD__UNARY_##name,
typedef enum gd__unary {
    GD__AUTOGRAD_OPS(GD__NO_OP, GD__NO_OP, GD__NO_OP, GD__NAME, GD__NO_LOOP, GD__NO_LOOP,
                     GD__NO_SECTION)
    /* Not of the list: these have loops of their own. */
    GD__UNARY_exp,
    GD__UNARY_tanh,
    GD__UNARY_sigmoid,
    GD__UNARY_COUNT
} gd__unary;
#undef GD__NAME

#define GD__NAME(name, value) GD__BINARY_##name,
typedef enum gd__binary {
    GD__AUTOGRAD_OPS(GD__NO_OP, GD__NO_OP, GD__NO_OP, GD__NO_LOOP, GD__NAME, GD__NAME,
                     GD__NO_SECTION) GD__BINARY_COUNT
} gd__binary;
#undef GD__NAME

/* A run is n elements, `step` apart (1: dense, 0: one value repeated); results are dense. Pointers
 * are to the table's real type. */
typedef struct gd__op_kernels {
    void (*unary[GD__UNARY_COUNT])(int64_t n, void *y, const void *x, int64_t x_step);
    void (*binary[GD__BINARY_COUNT])(int64_t n, void *y, const void *a, int64_t a_step,
                                     const void *b, int64_t b_step);
} gd__op_kernels;

const gd__op_kernels *gd__op_kernels_for(gd_dtype dtype);
const gd__op_kernels *gd__op_kernels_at(gd__level level, gd_dtype dtype);

/* y = f(x), y = f(a, b): operands broadcast to y, which is contiguous; all of one float dtype. */
void gd__map1(gd_pool *pool, gd__unary f, gd_tensor *y, const gd_tensor *x);
void gd__map2(gd_pool *pool, gd__binary f, gd_tensor *y, const gd_tensor *a, const gd_tensor *b);

#endif
