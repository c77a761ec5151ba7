/* Loops over one operand, with a scalar function; and exp, tanh and sigmoid, which in float go in
 * blocks. For files that are compiled for each float type and instruction set. */
#ifndef GRADUS_TENSOR_UNARY_KERNELS_H
#define GRADUS_TENSOR_UNARY_KERNELS_H

#include "tensor/elementary.h"
#include "tensor/real.h"

/* Inlined into each kernel with its own f; the dense case stands apart so that it vectorises. */
static inline __attribute__((always_inline)) void
unary_loop(int64_t n, real *restrict y, const real *restrict x, int64_t x_step, real (*f)(real))
{
    if (x_step == 1)
        for (int64_t i = 0; i < n; ++i)
            y[i] = f(x[i]);
    else
        for (int64_t i = 0; i < n; ++i)
            y[i] = f(x[i * x_step]);
}

static inline real sigmoid_of(real x)
{
    return (real)sigmoid_((double)x);
}

#ifdef GD__FLOAT_MATHS
/* The last elements, and scattered ones, are filled up to a block, so that a value does not depend
 * on where it stands. */
static inline __attribute__((always_inline)) void
block_loop(int64_t n, float *y, const float *x, int64_t x_step,
           void (*block)(float *restrict, const float *restrict))
{
    _Alignas(64) float in[ELEMENTS_BLOCK] = {0}, out[ELEMENTS_BLOCK];
    for (int64_t i = 0; i < n; i += ELEMENTS_BLOCK) {
        int64_t left = n - i < ELEMENTS_BLOCK ? n - i : ELEMENTS_BLOCK;
        if (x_step == 1 && left == ELEMENTS_BLOCK) {
            block(y + i, x + i);
            continue;
        }
        for (int64_t j = 0; j < left; ++j)
            in[j] = x[(i + j) * x_step];
        block(out, in);
        memcpy(y + i, out, (size_t)left * sizeof *y);
    }
}

static inline void exp_run(int64_t n, void *y, const void *x, int64_t x_step)
{
    block_loop(n, y, x, x_step, exp_block);
}

static inline void tanh_run(int64_t n, void *y, const void *x, int64_t x_step)
{
    block_loop(n, y, x, x_step, tanh_block);
}

/* Where some x of a block are too large for sigmoid_block, those in double. */
static inline void whole_sigmoid_block(float *restrict y, const float *restrict x)
{
    if (sigmoid_block(y, x))
        return;
    for (int i = 0; i < ELEMENTS_BLOCK; ++i) {
        float other = sigmoid_of(x[i]);
        y[i] = fabsf(x[i]) <= SIGMOID_LIMIT ? y[i] : other;
    }
}

static inline void sigmoid_run(int64_t n, void *y, const void *x, int64_t x_step)
{
    block_loop(n, y, x, x_step, whole_sigmoid_block);
}
#else
static inline real exp_of(real x)
{
    return (real)exp_((double)x);
}

static inline real tanh_of(real x)
{
    return (real)tanh_((double)x);
}

static inline void exp_run(int64_t n, void *y, const void *x, int64_t x_step)
{
    unary_loop(n, y, x, x_step, exp_of);
}

static inline void tanh_run(int64_t n, void *y, const void *x, int64_t x_step)
{
    unary_loop(n, y, x, x_step, tanh_of);
}

static inline void sigmoid_run(int64_t n, void *y, const void *x, int64_t x_step)
{
    unary_loop(n, y, x, x_step, sigmoid_of);
}
#endif

#endif
