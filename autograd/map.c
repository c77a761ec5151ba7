/* Elementwise loops over strided tensors. */
#include "autograd/kernels.h"
#include "tensor/walk.h"

GD__KERNEL_TABLES(gd__op_kernels, gd__autograd_kernels, gd__op_kernels)

/* Whether x has y's shape and, like y, row-major order: then one run reaches every element. */
static bool lies_alike(const gd_tensor *x, const gd_tensor *y)
{
    bool alike = x->ndim == y->ndim;
    for (int i = 0; alike && i < y->ndim; ++i)
        alike = x->shape[i] == y->shape[i] && (x->stride[i] == y->stride[i] || x->shape[i] == 1);
    return alike;
}

void gd__map1(gd__unary f, gd_tensor *y, const gd_tensor *x)
{
    const gd__op_kernels *kernels = gd__op_kernels_for(y->dtype);
    if (lies_alike(x, y)) {
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
    const gd__op_kernels *kernels = gd__op_kernels_for(y->dtype);
    if (lies_alike(a, y) && lies_alike(b, y)) {
        kernels->binary[f](gd_tensor_numel(y), y->data, a->data, 1, b->data, 1);
        return;
    }
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){y, a, b});
    do
        kernels->binary[f](w.length, w.data[0], w.data[1], w.step[1], w.data[2], w.step[2]);
    while (gd__walk_next(&w));
}
