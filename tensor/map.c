/* Elementwise kernels and sums over strided tensors. */
#include "tensor/kernels.h"
#include "tensor/parallel.h"

#include <math.h>

static void add_part(void *context, int part, gd__walk *w)
{
    const gd__kernels *kernels = context;
    (void)part;
    do
        kernels->add_into(w->length, w->data[0], w->data[1], w->step[1]);
    while (gd__walk_next(w));
}

void gd__add_into(gd_pool *pool, gd_tensor *y, const gd_tensor *x)
{
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){y, x});
    gd__parallel_walk(pool, &w, GD__GRAIN, add_part, (void *)gd__kernels_for(y->dtype));
}

static void select_part(void *context, int part, gd__walk *w)
{
    const gd__kernels *kernels = context;
    (void)part;
    do
        kernels->select(w->length, w->data[0], (const uint8_t *)w->data[1], w->step[1], w->data[2],
                        w->step[2], w->data[3], w->step[3]);
    while (gd__walk_next(w));
}

void gd__select(gd_pool *pool, gd_tensor *y, const gd_tensor *condition, const gd_tensor *a,
                const gd_tensor *b)
{
    gd__walk w = gd__walk_begin(4, (const gd_tensor *[]){y, condition, a, b});
    gd__parallel_walk(pool, &w, GD__GRAIN, select_part, (void *)gd__kernels_for(y->dtype));
}

double gd__scale_for(double largest)
{
    int exponent;
    frexp(largest, &exponent);
    return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}
