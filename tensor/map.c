/* Elementwise kernels and sums over strided tensors. */
#include "tensor/kernels.h"
#include "tensor/walk.h"

#include <math.h>

/* Whether every element of x is reached by one run of step 1, in y's order. */
static bool is_dense(const gd_tensor *x, const gd_tensor *y)
{
    return gd__same_shape(x, y) && gd_tensor_is_contiguous(x);
}

void gd__map1(gd__unary f, gd_tensor *y, const gd_tensor *x)
{
    const gd__kernels *kernels = gd__kernels_for(y->dtype);
    if (is_dense(x, y)) {
        kernels->unary[f](gd_tensor_numel(y), y->data, x->data, 1);
        return;
    }
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){y, x});
    do
        kernels->unary[f](w.length, w.data[0], w.data[1], w.step[1]);
    while (gd__walk_next(&w));
}

void gd__map2(gd__binary f, gd_tensor *y, const gd_tensor *a, const gd_tensor *b)
{
    const gd__kernels *kernels = gd__kernels_for(y->dtype);
    if (is_dense(a, y) && is_dense(b, y)) {
        kernels->binary[f](gd_tensor_numel(y), y->data, a->data, 1, b->data, 1);
        return;
    }
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){y, a, b});
    do
        kernels->binary[f](w.length, w.data[0], w.data[1], w.step[1], w.data[2], w.step[2]);
    while (gd__walk_next(&w));
}

void gd__add_into(gd_tensor *y, const gd_tensor *x)
{
    const gd__kernels *kernels = gd__kernels_for(y->dtype);
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){y, x});
    do
        kernels->add_into(w.length, w.data[0], w.data[1], w.step[1]);
    while (gd__walk_next(&w));
}

void gd__select(gd_tensor *y, const gd_tensor *condition, const gd_tensor *a, const gd_tensor *b)
{
    const gd__kernels *kernels = gd__kernels_for(y->dtype);
    gd__walk w = gd__walk_begin(4, (const gd_tensor *[]){y, condition, a, b});
    do
        kernels->select(w.length, w.data[0], (const uint8_t *)w.data[1], w.step[1], w.data[2],
                        w.step[2], w.data[3], w.step[3]);
    while (gd__walk_next(&w));
}

enum { CHUNK = 256 }; /* accumulators on the stack: 4 KiB */

/* What a sum needs beside its two walks. */
typedef struct summing {
    const gd__kernels *kernels;
    gd__walk reduced; /* over the dimensions that are summed, from x's first element on */
    double divisor;
    bool accumulate;
} summing;

static void write_sums(const summing *s, int64_t n, char *y, const double *high, const double *low)
{
    double value[CHUNK], old[CHUNK];
    for (int64_t j = 0; j < n; ++j)
        value[j] = gd__sum_value(high[j], low[j]) / s->divisor;
    if (s->accumulate) {
        s->kernels->load(n, old, y, 1);
        for (int64_t j = 0; j < n; ++j)
            value[j] += old[j];
    }
    s->kernels->store(n, y, value);
}

/* One sum: over all runs of the summed dimensions, from x on. */
static void sum_one(const summing *s, char *y, char *x)
{
    gd__walk w = s->reduced;
    double high = 0.0, low = 0.0;
    w.data[0] = x;
    do
        s->kernels->sum_run(w.length, w.data[0], w.step[0], &high, &low);
    while (gd__walk_next(&w));
    write_sums(s, 1, y, &high, &low);
}

/* n <= CHUNK sums side by side, x_step elements apart: whole rows are added, so that memory is read
 * in its order. */
static void sum_side_by_side(const summing *s, int64_t n, char *y, char *x, int64_t x_step,
                             int64_t size)
{
    gd__walk w = s->reduced;
    double high[CHUNK] = {0}, low[CHUNK] = {0};
    w.data[0] = x;
    do
        for (int64_t i = 0; i < w.length; ++i)
            s->kernels->sum_rows(n, w.data[0] + i * w.step[0] * size, x_step, high, low);
    while (gd__walk_next(&w));
    write_sums(s, n, y, high, low);
}

double gd__scale_for(double largest)
{
    int exponent;
    frexp(largest, &exponent);
    return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}

void gd__sum(gd_tensor *y, const gd_tensor *x, double divisor, bool accumulate)
{
    if (gd_tensor_numel(y) == 0)
        return;
    gd_tensor kept = *x, reduced = *x;
    for (int i = 0; i < x->ndim; ++i)
        if (y->shape[i] == 1)
            kept.shape[i] = 1;
        else
            reduced.shape[i] = 1;
    int64_t size = (int64_t)gd_dtype_size(x->dtype);
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){y, &kept});
    summing s = {gd__kernels_for(x->dtype), gd__walk_begin(1, (const gd_tensor *[]){&reduced}),
                 divisor, accumulate};
    do {
        for (int64_t j = 0; j < w.length;) {
            int64_t left = w.length - j, n = left < CHUNK ? left : CHUNK;
            char *to = w.data[0] + j * size, *from = w.data[1] + j * w.step[1] * size;
            if (w.step[1] == 1 && n > 1) {
                sum_side_by_side(&s, n, to, from, 1, size);
                j += n;
            } else {
                sum_one(&s, to, from);
                ++j;
            }
        }
    } while (gd__walk_next(&w));
}
