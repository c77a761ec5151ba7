/* sum and mean over any dimensions. */
#include "autograd/ops/common.h"

#include <inttypes.h>

typedef struct reduction {
    int64_t dims[GD_MAX_DIMS];
    int ndim; /* of dims; 0: all dimensions */
    bool keepdim;
} reduction;

/* Which dimensions of x go; false where dims names one twice or one that x does not have. */
static bool reduced_dims(const reduction *r, const gd_tensor *x, bool *reduced)
{
    for (int i = 0; i < x->ndim; ++i)
        reduced[i] = r->ndim == 0;
    for (int i = 0; i < r->ndim; ++i) {
        int dim = gd__dimension(r->dims[i], x->ndim);
        if (dim < 0 || reduced[dim])
            return false;
        reduced[dim] = true;
    }
    return true;
}

/* x's shape with size 1 in the place of what goes; returns how many elements go into one sum. */
static int64_t kept_shape(const reduction *r, const gd_tensor *x, int64_t *shape)
{
    bool reduced[GD_MAX_DIMS];
    int64_t count = 1;
    reduced_dims(r, x, reduced);
    for (int i = 0; i < x->ndim; ++i) {
        shape[i] = reduced[i] ? 1 : x->shape[i];
        count *= reduced[i] ? x->shape[i] : 1;
    }
    return count;
}

static bool reduction_check(gd_tape *tape, gd_node *n)
{
    const reduction *r = n->attributes;
    const gd_tensor *x = n->in[0];
    bool reduced[GD_MAX_DIMS];
    if (!gd_check_floats(tape, n))
        return false;
    if (!reduced_dims(r, x, reduced)) {
        char shape[GD__SHAPE_TEXT], dims[GD__SHAPE_TEXT];
        return gd_tape_fail(
            tape, GD_ERROR_SHAPE, "dimensions %s of %s: each must exist and be named once",
            gd__shape_text(dims, r->ndim, r->dims), gd__shape_text(shape, x->ndim, x->shape));
    }
    n->out->ndim = 0;
    for (int i = 0; i < x->ndim; ++i)
        if (!reduced[i] || r->keepdim)
            n->out->shape[n->out->ndim++] = reduced[i] ? 1 : x->shape[i];
    return true;
}

/* out = the sum over the dimensions, or the mean. */
static void reduce(const gd_node *n, bool mean)
{
    gd_tensor *x = n->in[0], y = *n->out;
    int64_t count = kept_shape(n->attributes, x, y.shape);
    y.ndim = x->ndim;
    gd__set_contiguous(&y);
    gd__sum(&y, x, mean ? (double)count : 1.0, false);
}

static int reduction_print(char *buffer, size_t size, const void *attributes)
{
    const reduction *r = attributes;
    char dims[GD__SHAPE_TEXT];
    return snprintf(buffer, size, "dims=%s%s",
                    r->ndim > 0 ? gd__shape_text(dims, r->ndim, r->dims) : "all",
                    r->keepdim ? ", keepdim" : "");
}

static gd_tensor *apply_reduction(gd_tape *tape, const gd_op *op, gd_tensor *x, int ndim,
                                  const int64_t *dims, bool keepdim)
{
    reduction r = {.ndim = ndim, .keepdim = keepdim};
    if (ndim < 0 || ndim > GD_MAX_DIMS || (ndim > 0 && dims == NULL))
        r = (reduction){.ndim = 1, .dims = {GD_MAX_DIMS}}; /* refused by the check */
    else
        for (int i = 0; i < ndim; ++i)
            r.dims[i] = dims[i];
    return gd_apply(tape, op, &x, 1, &r);
}

/* dy seen in x's shape: each element of dy stands for all that were summed into it. */
static gd_tensor *spread(gd_tape *tape, const gd_node *n, gd_tensor *dy)
{
    const gd_tensor *x = n->in[0];
    int64_t shape[GD_MAX_DIMS];
    kept_shape(n->attributes, x, shape);
    return gd_expand(tape, gd_reshape(tape, dy, x->ndim, shape), x->ndim, x->shape);
}

static const gd_sample samples[] = {
    {"[2,3]", &(const reduction){.ndim = 0}},
    {"[2,3]", &(const reduction){.ndim = 0, .keepdim = true}},
    {"[2,3]", &(const reduction){.dims = {0}, .ndim = 1}},
    {"[2,3]", &(const reduction){.dims = {-1}, .ndim = 1}},
    {"[2,3,2]", &(const reduction){.dims = {2, 0}, .ndim = 2}},
    {"[2,3,2]", &(const reduction){.dims = {1}, .ndim = 1, .keepdim = true}},
    {"[2,1,3]", &(const reduction){.dims = {1}, .ndim = 1}},
    {"[]", &(const reduction){.ndim = 0}},
    {"[3,0]", &(const reduction){.dims = {0}, .ndim = 1}},
    {NULL, NULL}};

static const gd_sample refused[] = {{"[2,3]", &(const reduction){.dims = {2}, .ndim = 1}},
                                    {"[2,3]", &(const reduction){.dims = {-3}, .ndim = 1}},
                                    {"[2,3]", &(const reduction){.dims = {0, -2}, .ndim = 2}},
                                    {"[]", &(const reduction){.dims = {0}, .ndim = 1}},
                                    {"-", &(const reduction){.ndim = 0}},
                                    {NULL, NULL}};

/* y = sum x   =>   dx = dy, repeated along what was summed */
static bool sum_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    reduce(n, false);
    return true;
}

static gd_tensor *sum_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return spread(tape, n, dy);
}

const gd_op gd__op_sum = {
    .name = "sum",
    .formula = "sum of x over dims",
    .gradient = "dx = dy, repeated along dims",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(reduction),
    .check = reduction_check,
    .forward = sum_forward,
    .grad = sum_grad,
    .print_attributes = reduction_print,
    .samples = samples,
    .refused = refused,
};

gd_tensor *gd_sum(gd_tape *tape, gd_tensor *x, int ndim, const int64_t *dims, bool keepdim)
{
    return apply_reduction(tape, &gd__op_sum, x, ndim, dims, keepdim);
}

/* y = (sum x) / count   =>   dx = dy / count, repeated */
static bool mean_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    reduce(n, true);
    return true;
}

static gd_tensor *mean_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    int64_t shape[GD_MAX_DIMS];
    double count = (double)kept_shape(n->attributes, n->in[0], shape);
    return spread(tape, n, gd_div(tape, dy, gd_scalar(tape, count, dy->dtype)));
}

const gd_op gd__op_mean = {
    .name = "mean",
    .formula = "mean of x over dims",
    .gradient = "dx = dy / count, repeated along dims",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(reduction),
    .check = reduction_check,
    .forward = mean_forward,
    .grad = mean_grad,
    .print_attributes = reduction_print,
    .samples = samples,
    .refused = refused,
};

gd_tensor *gd_mean(gd_tape *tape, gd_tensor *x, int ndim, const int64_t *dims, bool keepdim)
{
    return apply_reduction(tape, &gd__op_mean, x, ndim, dims, keepdim);
}
