/* Elementwise loops over strided tensors. */
#include "autograd/kernels.h"
#include "tensor/parallel.h"

GD__KERNEL_TABLES(gd__op_kernels, gd__autograd_kernels, gd__op_kernels)

/* Whether x has y's shape and, like y, row-major order: then one run reaches every element. */
static bool lies_alike(const gd_tensor *x, const gd_tensor *y)
{
    bool alike = x->ndim == y->ndim;
    for (int i = 0; alike && i < y->ndim; ++i)
        alike = x->shape[i] == y->shape[i] && (x->stride[i] == y->stride[i] || x->shape[i] == 1);
    return alike;
}

/* f(x) or f(a, b) for a part of the elements. */
typedef struct map {
    void (*unary)(int64_t n, void *y, const void *x, int64_t x_step);
    void (*binary)(int64_t n, void *y, const void *a, int64_t a_step, const void *b,
                   int64_t b_step);
} map;

static void map_part(void *context, int part, gd__walk *w)
{
    const map *m = context;
    (void)part;
    do
        if (w->n == 2)
            m->unary(w->length, w->data[0], w->data[1], w->step[1]);
        else
            m->binary(w->length, w->data[0], w->data[1], w->step[1], w->data[2], w->step[2]);
    while (gd__walk_next(w));
}

void gd__map1(gd_pool *pool, gd__unary f, gd_tensor *y, const gd_tensor *x)
{
    map m = {.unary = gd__op_kernels_for(y->dtype)->unary[f]};
    int64_t numel = gd_tensor_numel(y);
    if (numel < GD__GRAIN && lies_alike(x, y)) {
        m.unary(numel, y->data, x->data, 1);
        return;
    }
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){y, x});
    gd__parallel_walk(pool, &w, GD__GRAIN, map_part, &m);
}

void gd__map2(gd_pool *pool, gd__binary f, gd_tensor *y, const gd_tensor *a, const gd_tensor *b)
{
    map m = {.binary = gd__op_kernels_for(y->dtype)->binary[f]};
    int64_t numel = gd_tensor_numel(y);
    if (numel < GD__GRAIN && lies_alike(a, y) && lies_alike(b, y)) {
        m.binary(numel, y->data, a->data, 1, b->data, 1);
        return;
    }
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){y, a, b});
    gd__parallel_walk(pool, &w, GD__GRAIN, map_part, &m);
}
