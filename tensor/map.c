/* Elementwise kernels and sums over strided tensors. */
#include "tensor/kernels.h"
#include "tensor/rows.h"

#include <math.h>

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

double gd__scale_for(double largest)
{
    int exponent;
    frexp(largest, &exponent);
    return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}

enum { SIDE_BY_SIDE = 256 }; /* sums at a time: 4 KiB of them on the stack */

/* value[0] to value[n-1] become the sums over the rows of x that begin at `from` and at the n - 1
 * elements behind it. Rows side by side are summed together, so that memory is read in its
 * order. */
static void sum_rows(const gd__kernels *kernels, const gd__walk *row, int64_t n, char *from,
                     double *value)
{
    double high[SIDE_BY_SIDE], low[SIDE_BY_SIDE];
    gd__exact_sum one = {0, 0};
    gd__walk w = *row;
    w.data[0] = from;
    for (int64_t j = 0; j < n; ++j)
        high[j] = low[j] = 0;
    do
        if (n == 1)
            kernels->sum_run(w.length, w.data[0], w.step[0], &one);
        else
            for (int64_t i = 0; i < w.length; ++i)
                kernels->sum_side_by_side(n, w.data[0] + i * w.step[0] * w.size[0], high, low);
    while (gd__walk_next(&w));
    for (int64_t j = 0; j < n; ++j)
        value[j] = gd__exact_sum_value(n == 1 ? one : (gd__exact_sum){high[j], low[j]});
}

void gd__sum_into(gd_tensor *y, const gd_tensor *x, double divisor, bool accumulate)
{
    if (gd_tensor_numel(y) == 0)
        return;
    const gd__kernels *kernels = gd__kernels_for(x->dtype);
    gd__rows r = gd__rows_reduced(x, y);
    gd__walk *w = &r.firsts;
    double value[SIDE_BY_SIDE], old[SIDE_BY_SIDE];
    char *to = y->data;
    do {
        int64_t j = 0;
        while (j < w->length) {
            int64_t left = w->length - j, n = left < SIDE_BY_SIDE ? left : SIDE_BY_SIDE;
            if (w->step[0] != 1)
                n = 1;
            sum_rows(kernels, &r.row, n, w->data[0] + j * w->step[0] * w->size[0], value);
            for (int64_t k = 0; k < n; ++k)
                value[k] /= divisor;
            if (accumulate)
                kernels->load(n, old, to, 1);
            for (int64_t k = 0; accumulate && k < n; ++k)
                value[k] += old[k];
            kernels->store(n, to, value);
            j += n;
            to += n * w->size[1];
        }
    } while (gd__walk_next(w));
}
