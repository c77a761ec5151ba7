/* max, min, argmax: the largest and the smallest over dimensions. A gradient goes to what was
 * chosen. */
#include "autograd/ops/reduction.h"
#include "tensor/chunks.h"
#include "tensor/parallel.h"

#include <math.h>

static bool extremum_check(gd_tape *tape, gd_node *n)
{
    if (!gd__dims_check(tape, n))
        return false;
    if (gd__count_in_dims(n) > 0)
        return true;
    char text[GD__SHAPE_TEXT];
    return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s: nothing has no extremum",
                        gd__shape_text(text, n->in[0]->ndim, n->in[0]->shape));
}

/* y = sign times the largest of sign times x, NaN if one is; op->kernel is the sign. */
static void extremum_part(void *context, int part, gd__rows *r)
{
    const gd_node *n = context;
    double sign = n->op->kernel;
    (void)part;
    while (gd__rows_next(r)) {
        double x[GD__CHUNK], best = -(double)INFINITY;
        for (gd__chunks c = gd__chunks_begin(&r->row); gd__chunks_next(&c);) {
            gd__chunks_load(&c, 0, x);
            for (int64_t j = 0; j < c.n; ++j)
                best = sign * x[j] > best || isnan(x[j]) ? sign * x[j] : best;
        }
        gd__set_float_at(n->out->dtype, r->row.data[1], 0, sign * best);
    }
}

static bool extremum_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor y = gd__dims_out(n);
    gd__rows r = gd__rows_reduced(n->in[0], &y);
    gd__parallel_rows(tape->pool, &r, GD__GRAIN, extremum_part, (void *)n);
    return true;
}

/* y = max x   =>   dx = dy / (number of maxima) where x = y, else 0. The same for min. With a NaN
 * no element is chosen, and all get 0 / 0 = NaN. */
static gd_tensor *extremum_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    const gd__dims *r = n->attributes;
    gd_tensor *x = n->in[i], *y = gd__keep_dims(tape, n, n->out);
    gd_tensor *chosen = gd_eq(tape, x, y);
    gd_tensor *count = gd_sum(tape, gd_cast(tape, chosen, x->dtype), r->ndim, r->dims, true);
    gd_tensor *share = gd_div(tape, gd__keep_dims(tape, n, dy), count);
    gd_tensor *nothing = gd_div(tape, gd_scalar_like(tape, 0, x), count);
    return gd_where(tape, chosen, share, nothing);
}

static const gd_sample extremum_samples[] = {
    {"[2,3]; []", &(const gd__dims){.ndim = 0}},
    {"[2,3]", &(const gd__dims){.ndim = 0, .keepdim = true}},
    {"[2,3]", &(const gd__dims){.dims = {0}, .ndim = 1}},
    {"[2,3,2]", &(const gd__dims){.dims = {2, 0}, .ndim = 2}},
    {"[2,3,2]", &(const gd__dims){.dims = {1}, .ndim = 1, .keepdim = true}},
    {"[2,1,3]; [0,3]", &(const gd__dims){.dims = {1}, .ndim = 1}},
    {NULL, NULL}};

static const gd_sample extremum_refused[] = {
    {"[3,0]", &(const gd__dims){.dims = {1}, .ndim = 1}},
    {"[0]; -", &(const gd__dims){.ndim = 0}},
    {"[2,3]", &(const gd__dims){.dims = {2}, .ndim = 1}},
    {"[2,3]", &(const gd__dims){.dims = {0, -2}, .ndim = 2}},
    {NULL, NULL}};

const gd_op gd_op_max = {
    .name = "max",
    .formula = "max(dims: input)",
    .gradient = "dinput = (dy where input == y, else 0) / sum(dims: 1 where input == y, else 0)",
    .ties = "shared evenly among equals",
    GD__OVER_DIMS,
    .check = extremum_check,
    .forward = extremum_forward,
    .kernel = 1,
    .grad = extremum_grad,
    .reads = {GD_READS(0) | GD_READS_OUT},
    .samples = extremum_samples,
    .refused = extremum_refused,
};

gd_tensor *gd_max(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim)
{
    return gd__apply_over(tape, &gd_op_max, input, gd__dims_of(ndim, dims, keepdim));
}

const gd_op gd_op_min = {
    .name = "min",
    .formula = "min(dims: input)",
    .gradient = "dinput = (dy where input == y, else 0) / sum(dims: 1 where input == y, else 0)",
    .ties = "shared evenly among equals",
    GD__OVER_DIMS,
    .check = extremum_check,
    .forward = extremum_forward,
    .kernel = -1,
    .grad = extremum_grad,
    .reads = {GD_READS(0) | GD_READS_OUT},
    .samples = extremum_samples,
    .refused = extremum_refused,
};

gd_tensor *gd_min(gd_tape *tape, gd_tensor *input, int ndim, const int64_t *dims, bool keepdim)
{
    return gd__apply_over(tape, &gd_op_min, input, gd__dims_of(ndim, dims, keepdim));
}

/* y = the place of the first maximum along dim; no gradient. NaN counts as largest. */
static bool argmax_check(gd_tape *tape, gd_node *n)
{
    if (!extremum_check(tape, n))
        return false;
    n->out->dtype = GD_I64;
    return true;
}

static void argmax_part(void *context, int part, gd__rows *r)
{
    (void)context, (void)part;
    while (gd__rows_next(r)) {
        double x[GD__CHUNK], best = 0;
        int64_t place = -1;
        for (gd__chunks c = gd__chunks_begin(&r->row); gd__chunks_next(&c);) {
            gd__chunks_load(&c, 0, x);
            for (int64_t j = 0; j < c.n; ++j)
                if (place < 0 || x[j] > best || (isnan(x[j]) && !isnan(best))) {
                    place = c.first + j;
                    best = x[j];
                }
        }
        *(int64_t *)(void *)r->row.data[1] = place;
    }
}

static bool argmax_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor y = gd__dims_out(n);
    gd__rows r = gd__rows_reduced(n->in[0], &y);
    gd__parallel_rows(tape->pool, &r, GD__GRAIN, argmax_part, NULL);
    return true;
}

const gd_op gd_op_argmax = {
    .name = "argmax",
    GD_OPERANDS("input"),
    .formula = "the place of the largest input along dim, the first of equals; int64",
    GD__DIMS_FIELDS,
    .shapes = "input -> input without dim, or with size 1 there",
    .check = argmax_check,
    .forward = argmax_forward,
    .samples = GD_SAMPLES({"[2,3]; [0,3]", &(const gd__dims){.dims = {1}, .ndim = 1}},
                          {"[2,3]", &(const gd__dims){.dims = {0}, .ndim = 1}},
                          {"[2,3,2]", &(const gd__dims){{-2}, .ndim = 1, .keepdim = true}}),
    .refused = GD_SAMPLES({"[2,0]", &(const gd__dims){.dims = {1}, .ndim = 1}},
                          {"[2,3]", &(const gd__dims){.dims = {2}, .ndim = 1}},
                          {"[]; -", &(const gd__dims){.dims = {0}, .ndim = 1}}),
};

gd_tensor *gd_argmax(gd_tape *tape, gd_tensor *input, int dim, bool keepdim)
{
    gd__dims r = gd__dims_of(GD_DIMS(dim), keepdim);
    return gd_apply(tape, &gd_op_argmax, &input, 1, &r);
}
