#include "autograd/ops/common.h"

#include <math.h>

const gd_sample gd__unary_samples[] = {{.shapes = "[2,3]; []; [0,2]; [2,1,3]; [1,2,1,2,1,2]"},
                                       {.shapes = NULL}};

const gd_sample gd__binary_samples[] = {
    {.shapes = "[2,3] [2,3]; [2,3] [3]; [3] [2,3]; [2,1] [1,3]; [] [2]; [2,2] []; [] []; [2,1,3] "
               "[4,1]; [0,3] [3]; [0] [1]; [1] [1,2,1,1,1,2]"},
    {.shapes = NULL}};

const gd_sample gd__binary_refused[] = {
    {.shapes = "[2,3] [2]; [2] [3]; [0] [2]; [2,2] [3,2,1,3]; - [2]; [2] -"}, {.shapes = NULL}};

gd_tensor *gd__apply1(gd_tape *tape, const gd_op *op, gd_tensor *x)
{
    return gd_apply(tape, op, &x, 1, NULL);
}

gd_tensor *gd__apply2(gd_tape *tape, const gd_op *op, gd_tensor *a, gd_tensor *b)
{
    return gd_apply(tape, op, (gd_tensor *[]){a, b}, 2, NULL);
}

bool gd__forward_unary(gd_tape *tape, const gd_node *n)
{
    gd__map1(tape->pool, (gd__unary)n->op->kernel, n->out, n->in[0]);
    return true;
}

bool gd__forward_binary(gd_tape *tape, const gd_node *n)
{
    gd__map2(tape->pool, (gd__binary)n->op->kernel, n->out, n->in[0], n->in[1]);
    return true;
}

bool gd__forward_with_number(gd_tape *tape, const gd_node *n)
{
    double memory, value = *(const double *)n->attributes;
    gd_tensor number = gd__number(n->out->dtype, &memory, value);
    gd__map2(tape->pool, (gd__binary)n->op->kernel, n->out, n->in[0], &number);
    return true;
}

gd_tensor *gd__pass_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)tape, (void)n, (void)i;
    return dy;
}

typedef struct in_double {
    int operands;
    void (*f)(int64_t n, double *y, double (*x)[GD__CHUNK]);
} in_double;

static void compute_part(void *context, int part, gd__walk *w)
{
    const in_double *d = context;
    double x[4][GD__CHUNK], y[GD__CHUNK];
    (void)part;
    for (gd__chunks c = gd__chunks_begin(w); gd__chunks_next(&c);) {
        for (int k = 0; k < d->operands; ++k)
            gd__chunks_load(&c, 1 + k, x[k]);
        d->f(c.n, y, x);
        gd__chunks_store(&c, y);
    }
}

void gd__forward_in_double(gd_tape *tape, const gd_node *node,
                           void (*f)(int64_t n, double *y, double (*x)[GD__CHUNK]))
{
    const gd_tensor *tensors[5] = {node->out};
    for (int k = 0; k < node->n_in; ++k)
        tensors[1 + k] = node->in[k];
    gd__walk w = gd__walk_begin(1 + node->n_in, tensors);
    gd__parallel_walk(tape->pool, &w, GD__GRAIN, compute_part, &(in_double){node->n_in, f});
}

int gd__along(const gd_node *n, const gd_tensor *x)
{
    return gd__dimension(((const gd_along *)n->attributes)->dim, x->ndim);
}

bool gd__add_dimension(gd_tape *tape, gd_tensor *x, int *dim)
{
    if (x->ndim == GD_MAX_DIMS)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "there are %d dimensions, the most there can be",
                            GD_MAX_DIMS);
    gd_tensor wide = *x;
    wide.shape[wide.ndim++] = 1; /* a last dimension may be the new one, too */
    *dim = gd_check_dim(tape, &wide, *dim);
    if (*dim >= 0)
        gd__insert_dimension(x, *dim);
    return *dim >= 0;
}

gd_tensor gd__number(gd_dtype dtype, double *memory, double value)
{
    gd__kernels_for(dtype)->store(1, memory, &value);
    return (gd_tensor){.data = memory, .dtype = dtype};
}

gd_tensor *gd__zeros_like(gd_tape *tape, const gd_tensor *x)
{
    return gd_zeros(tape, x->dtype, x->ndim, x->shape);
}

gd__scaled gd__times(gd__scaled product, double x)
{
    int exponent;
    double fraction = frexp(x, &exponent); /* of infinity and NaN: itself, with any exponent */
    return (gd__scaled){product.fraction * fraction,
                        product.exponent + (isfinite(x) ? exponent : 0)};
}

gd__scaled gd__over(gd__scaled product, double x)
{
    int exponent;
    double fraction = frexp(x, &exponent);
    return (gd__scaled){product.fraction / fraction,
                        product.exponent - (isfinite(x) ? exponent : 0)};
}

double gd__scaled_value(gd__scaled product)
{
    return ldexp(product.fraction, product.exponent);
}

void gd__set_like(gd_tensor *out, const gd_tensor *x)
{
    out->dtype = x->dtype;
    out->ndim = x->ndim;
    for (int i = 0; i < x->ndim; ++i)
        out->shape[i] = x->shape[i];
}

bool gd__set_rows(gd_tape *tape, gd_tensor *out, const gd_tensor *index, int64_t size)
{
    if (index->ndim == GD_MAX_DIMS)
        return gd_tape_fail(tape, GD_ERROR_SHAPE,
                            "an index of %d dimensions leaves none for the rows", GD_MAX_DIMS);
    gd__set_like(out, index);
    out->shape[out->ndim++] = size;
    return true;
}
