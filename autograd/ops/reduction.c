/* sum, mean, var, logsumexp over any dimensions. */
#include "autograd/ops/reduction.h"
#include "tensor/chunks.h"
#include "tensor/parallel.h"

#include <inttypes.h>
#include <math.h>

gd__dims gd__dims_of(int ndim, const int64_t *dims, bool keepdim)
{
    gd__dims r = {.ndim = ndim, .keepdim = keepdim};
    if (ndim < 0 || ndim > GD_MAX_DIMS || (ndim > 0 && dims == NULL))
        return (gd__dims){.ndim = 1, .dims = {GD_MAX_DIMS}}; /* refused by the check */
    for (int i = 0; i < ndim; ++i)
        r.dims[i] = dims[i];
    return r;
}

/* Which dimensions of x go; false where dims names one twice or one that x does not have. */
static bool reduced_dims(const gd__dims *r, const gd_tensor *x, bool *reduced)
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
static int64_t kept_shape(const gd__dims *r, const gd_tensor *x, int64_t *shape)
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

bool gd__dims_check(gd_tape *tape, gd_node *n)
{
    const gd__dims *r = n->attributes;
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

gd_tensor gd__dims_out(const gd_node *n)
{
    gd_tensor y = *n->out;
    kept_shape(n->attributes, n->in[0], y.shape);
    y.ndim = n->in[0]->ndim;
    gd__set_contiguous(&y);
    return y;
}

int64_t gd__count_in_dims(const gd_node *n)
{
    int64_t shape[GD_MAX_DIMS];
    return kept_shape(n->attributes, n->in[0], shape);
}

gd_tensor *gd__keep_dims(gd_tape *tape, const gd_node *n, gd_tensor *y)
{
    int64_t shape[GD_MAX_DIMS];
    kept_shape(n->attributes, n->in[0], shape);
    return gd_reshape(tape, y, n->in[0]->ndim, shape);
}

gd_tensor *gd__apply_over(gd_tape *tape, const gd_op *op, gd_tensor *input, gd__dims r)
{
    return gd_apply(tape, op, &input, 1, &r);
}

static const gd_sample reduction_samples[] = {
    {"[2,3]; []", &(const gd__dims){.ndim = 0}},
    {"[2,3]", &(const gd__dims){.ndim = 0, .keepdim = true}},
    {"[2,3]; [3,0]", &(const gd__dims){.dims = {0}, .ndim = 1}},
    {"[2,3]", &(const gd__dims){.dims = {-1}, .ndim = 1}},
    {"[2,3,2]", &(const gd__dims){.dims = {2, 0}, .ndim = 2}},
    {"[2,3,2]", &(const gd__dims){.dims = {1}, .ndim = 1, .keepdim = true}},
    {"[2,1,3]", &(const gd__dims){.dims = {1}, .ndim = 1}},
    {NULL, NULL}};

static const gd_sample reduction_refused[] = {
    {"[2,3]", &(const gd__dims){.dims = {2}, .ndim = 1}},
    {"[2,3]", &(const gd__dims){.dims = {-3}, .ndim = 1}},
    {"[2,3]", &(const gd__dims){.dims = {0, -2}, .ndim = 2}},
    {"[]", &(const gd__dims){.dims = {0}, .ndim = 1}},
    {"-", &(const gd__dims){.ndim = 0}},
    {NULL, NULL}};

/* y = sum x   =>   dx = dy, repeated along what was summed; mean: both divided by the count */
static bool sum_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor y = gd__dims_out(n);
    gd__sum_into(tape->pool, &y, n->in[0], n->op == &gd_op_mean ? (double)gd__count_in_dims(n) : 1,
                 false);
    return true;
}

static gd_tensor *sum_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    const gd_tensor *x = n->in[i];
    if (n->op == &gd_op_mean)
        dy = gd_div(tape, dy, gd_scalar_like(tape, (double)gd__count_in_dims(n), dy));
    return gd_expand(tape, gd__keep_dims(tape, n, dy), x->ndim, x->shape);
}

const gd_op gd_op_sum = {
    .name = "sum",
    .formula = "sum(dims: input)",
    .gradient = "dinput = dy",
    GD__OVER_DIMS,
    .check = gd__dims_check,
    .forward = sum_forward,
    .grad = sum_grad,
    .samples = reduction_samples,
    .refused = reduction_refused,
};

gd_tensor *gd_sum(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim)
{
    return gd__apply_over(tape, &gd_op_sum, input, gd__dims_of(ndim, dims, keepdim));
}

const gd_op gd_op_mean = {
    .name = "mean",
    .formula = "mean(dims: input)",
    .gradient = "dinput = dy / count(dims)",
    GD__OVER_DIMS,
    .check = gd__dims_check,
    .forward = sum_forward,
    .grad = sum_grad,
    .samples = reduction_samples,
    .refused = reduction_refused,
};

gd_tensor *gd_mean(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim)
{
    return gd__apply_over(tape, &gd_op_mean, input, gd__dims_of(ndim, dims, keepdim));
}

/* With N elements and their mean m:  y = sum of (x - m)^2 / (N - c)
 *   =>   dx = dy 2 (x - m) / (N - c)
 *
 * What m contributes is dy 2 / (N - c) * sum of (x - m) = 0. The mean is taken in double, before
 * the squares: sum of x^2 - N m^2 would cancel. As in PyTorch N - c counts as 0 where negative,
 * which gives NaN or infinity. */
static double divisor(const gd_node *n)
{
    double left = (double)gd__count_in_dims(n);
    left -= (double)((const gd__dims *)n->attributes)->correction;
    return left > 0 ? left : 0;
}

/* The sum over x of (scale x - mean)^2, or of scale x. */
static double row_sum(gd__rows *r, double scale, double mean, bool squared)
{
    double x[GD__CHUNK];
    gd__exact_sum sum = {0, 0};
    for (gd__chunks c = gd__chunks_begin(&r->row); gd__chunks_next(&c);) {
        gd__chunks_load(&c, 0, x);
        for (int64_t j = 0; j < c.n; ++j) {
            double distance = scale * x[j] - mean;
            gd__exact_sum_add(&sum, squared ? distance * distance : distance);
        }
    }
    return gd__exact_sum_value(sum);
}

static double largest_of(gd__rows *r)
{
    double x[GD__CHUNK], largest = 0;
    for (gd__chunks c = gd__chunks_begin(&r->row); gd__chunks_next(&c);) {
        gd__chunks_load(&c, 0, x);
        for (int64_t j = 0; j < c.n; ++j)
            largest = fmax(largest, fabs(x[j]));
    }
    return largest;
}

static double scaled_variance(gd__rows *r, double scale, double count, double by)
{
    double mean = row_sum(r, scale, 0, false) / count;
    return row_sum(r, scale, mean, true) / by / scale / scale;
}

/* Where sums or squares have left the range of double the variance may be in it. */
static double variance_of(gd__rows *r, double count, double by)
{
    double value = scaled_variance(r, 1, count, by);
    if (isfinite(value) && value > 0x1p-900)
        return value;
    double largest = largest_of(r);
    return largest > 0 && isfinite(largest) ? scaled_variance(r, gd__scale_for(largest), count, by)
                                            : value;
}

static void var_part(void *context, int part, gd__rows *r)
{
    const gd_node *n = context;
    double count = (double)gd__count_in_dims(n), by = divisor(n);
    (void)part;
    while (gd__rows_next(r))
        gd__set_float_at(n->out->dtype, r->row.data[1], 0, variance_of(r, count, by));
}

static bool var_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor y = gd__dims_out(n);
    gd__rows r = gd__rows_reduced(n->in[0], &y);
    gd__parallel_rows(tape->pool, &r, GD__GRAIN, var_part, (void *)n);
    return true;
}

/* In double: m rounded to float32 may be off by more than x - m is, and x - m may leave the range
 * of float32. */
static gd_tensor *var_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    const gd__dims *r = n->attributes;
    gd_tensor *x = gd_cast(tape, n->in[i], GD_F64);
    gd_tensor *distance = gd_sub(tape, x, gd_mean(tape, x, r->ndim, r->dims, true));
    gd_tensor *scale = gd_cast(tape, gd__keep_dims(tape, n, dy), GD_F64);
    gd_tensor *dx = gd__ratio(tape, scale, distance, gd_scalar(tape, divisor(n), GD_F64),
                              gd_scalar(tape, 0.5, GD_F64));
    return gd_cast(tape, dx, dy->dtype);
}

const gd_op gd_op_var = {
    .name = "var",
    .formula = "sum(dims: (input - mean(dims: input))^2) / max(count(dims) - correction, 0)",
    .gradient = "dinput = dy * 2 * (input - mean(dims: input)) / max(count(dims) - correction, 0)",
    GD__OVER_DIMS,
    .check = gd__dims_check,
    .forward = var_forward,
    .grad = var_grad,
    .reads = {GD_READS(0)},
    .samples =
        GD_SAMPLES({"[2,3]", &(const gd__dims){.correction = 1}},
                   {"[2,3]", &(const gd__dims){.keepdim = true}},
                   {"[2,3]; [3,0]", &(const gd__dims){.dims = {0}, .ndim = 1, .correction = 1}},
                   {"[2,3,2]", &(const gd__dims){.dims = {2, 0}, .ndim = 2, .correction = 1}},
                   {"[2,3,2]", &(const gd__dims){.dims = {1}, .ndim = 1, .keepdim = true}}),
    .refused = reduction_refused,
};

gd_tensor *gd_var(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim,
                  int64_t correction)
{
    gd__dims r = gd__dims_of(ndim, dims, keepdim);
    r.correction = correction;
    return gd_apply(tape, &gd_op_var, &input, 1, &r);
}

/* y = ln sum of e^x = m + ln(1 + rest), with m the maximum and rest the sum of e^(x - m) over the
 * others, which keeps it however small it is   =>   dx = dy e^(x - y)
 *
 * y is rounded, and where it is large that is much of x - y; as the e^(x - y) add up to 1,
 * dividing them by their sum takes the rounding out.
 *
 * m stands for the result where it is infinite, as x - m would be NaN. */
static double log_sum_exp(gd__rows *r)
{
    double x[GD__CHUNK], m = -(double)INFINITY;
    gd__exact_sum rest = {0, 0};
    for (gd__chunks c = gd__chunks_begin(&r->row); gd__chunks_next(&c);) {
        gd__chunks_load(&c, 0, x);
        for (int64_t j = 0; j < c.n; ++j)
            m = x[j] > m || isnan(x[j]) ? x[j] : m;
    }
    if (!isfinite(m))
        return m;
    bool left_out = false; /* the first element that equals m */
    for (gd__chunks c = gd__chunks_begin(&r->row); gd__chunks_next(&c);) {
        gd__chunks_load(&c, 0, x);
        for (int64_t j = 0; j < c.n; ++j)
            if (x[j] == m && !left_out)
                left_out = true;
            else
                gd__exact_sum_add(&rest, exp(x[j] - m));
    }
    return m + log1p(gd__exact_sum_value(rest));
}

static void logsumexp_part(void *context, int part, gd__rows *r)
{
    const gd_node *n = context;
    (void)part;
    while (gd__rows_next(r))
        gd__set_float_at(n->out->dtype, r->row.data[1], 0, log_sum_exp(r));
}

static bool logsumexp_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor y = gd__dims_out(n);
    gd__rows r = gd__rows_reduced(n->in[0], &y);
    gd__parallel_rows(tape->pool, &r, GD__GRAIN, logsumexp_part, (void *)n);
    return true;
}

static gd_tensor *logsumexp_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *y = gd__keep_dims(tape, n, n->out);
    const gd__dims *r = n->attributes;
    gd_tensor *exponent = gd_sub(tape, n->in[i], y), *part = gd_exp(tape, exponent);
    gd_tensor *sum = gd_sum(tape, part, r->ndim, r->dims, true); /* 1 but for rounding, or NaN */
    sum = gd_masked_fill(tape, sum, gd_isnan(tape, sum), 1);
    gd_tensor *scaled = gd__exp_times(tape, gd__keep_dims(tape, n, dy), exponent);
    return gd_div(tape, scaled, sum);
}

const gd_op gd_op_logsumexp = {
    .name = "logsumexp",
    .formula = "ln(sum(dims: e^input))",
    .gradient = "dinput = dy * e^(input - y)",
    GD__OVER_DIMS,
    .check = gd__dims_check,
    .forward = logsumexp_forward,
    .grad = logsumexp_grad,
    .reads = {GD_READS(0) | GD_READS_OUT},
    .samples = reduction_samples,
    .refused = reduction_refused,
};

gd_tensor *gd_logsumexp(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims,
                        bool keepdim)
{
    return gd__apply_over(tape, &gd_op_logsumexp, input, gd__dims_of(ndim, dims, keepdim));
}
