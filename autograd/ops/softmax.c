/* softmax and log_softmax over one dimension.
 *
 * A row x of numbers along the dimension has the maximum m and
 *     rest = sum of e^(x_j - m) over all j but the (first) one where x_j = m.
 * The sum of all e^(x_j - m) is 1 + rest, and log_sum = ln(1 + rest) by log1p stays exact where one
 * probability is nearly 1:
 *     log_softmax_j = x_j - m - log_sum,   softmax_j = e to that. */
#include "autograd/ops/common.h"
#include "tensor/walk.h"

#include <math.h>

static bool softmax_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_floats(tape, n) ||
        gd__check_dim(tape, n->in[0], ((const gd__along *)n->attributes)->dim) < 0)
        return false;
    gd__set_like(n->out, n->in[0]);
    return true;
}

/* What a row amounts to, in double whatever the dtype. */
typedef struct row_sum {
    double m, log_sum;
} row_sum;

/* Walks the rows of up to three tensors of one shape together. */
typedef struct rows {
    gd__walk walk;        /* over the first elements of the rows */
    int64_t in_run;       /* which of the walk's run */
    int64_t number, size; /* of the row; elements in it */
    int64_t element_size;
    int64_t step[3]; /* within a row */
    char *data[3];   /* the row's first element in each tensor */
} rows;

static rows rows_begin(const gd_node *n, int count, const gd_tensor *const *tensors)
{
    gd_tensor firsts[3];
    const gd_tensor *pointers[3];
    int dim = gd__dimension(((const gd__along *)n->attributes)->dim, n->out->ndim);
    rows r = {.number = -1,
              .in_run = -1,
              .size = n->out->shape[dim],
              .element_size = (int64_t)gd_dtype_size(n->out->dtype)};
    for (int k = 0; k < count; ++k) {
        firsts[k] = *tensors[k];
        r.step[k] = firsts[k].shape[dim] == 1 ? 0 : firsts[k].stride[dim];
        firsts[k].shape[dim] = 1;
        pointers[k] = &firsts[k];
    }
    r.walk = gd__walk_begin(count, pointers);
    return r;
}

static bool rows_next(rows *r)
{
    if (++r->in_run == r->walk.length) {
        if (r->walk.length == 0 || !gd__walk_next(&r->walk))
            return false;
        r->in_run = 0;
    }
    ++r->number;
    for (int k = 0; k < r->walk.n; ++k)
        r->data[k] = r->walk.data[k] + r->in_run * r->walk.step[k] * r->element_size;
    return r->size > 0;
}

static row_sum sum_row(const gd__kernels *kernels, const rows *r, int tensor)
{
    row_sum s;
    double rest;
    kernels->row_sum(r->size, r->data[tensor], r->step[tensor], &s.m, &rest);
    s.log_sum = log1p(rest);
    return s;
}

static const gd_sample samples[] = {{"[2,3]", &(const gd__along){-1}},
                                    {"[2,3]", &(const gd__along){0}},
                                    {"[2,3,2]", &(const gd__along){1}},
                                    {"[3]", &(const gd__along){0}},
                                    {"[1,3]", &(const gd__along){1}},
                                    {"[0,3]", &(const gd__along){1}},
                                    {"[3,0,2]", &(const gd__along){2}},
                                    {"[2,0]", &(const gd__along){1}},
                                    {NULL, NULL}};

static const gd_sample refused[] = {{"[2,3]", &(const gd__along){2}},
                                    {"[2,3]", &(const gd__along){-3}},
                                    {"[]", &(const gd__along){0}},
                                    {"-", &(const gd__along){0}},
                                    {NULL, NULL}};

/* y_j = e^x_j / sum of e^x   =>   dx = y (dy - sum of dy y) */
static bool softmax_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    const gd__kernels *kernels = gd__kernels_for(n->out->dtype);
    rows r = rows_begin(n, 2, (const gd_tensor *[]){n->out, n->in[0]});
    while (rows_next(&r)) {
        row_sum s = sum_row(kernels, &r, 1);
        kernels->softmax_row(r.size, r.data[0], r.step[0], r.data[1], r.step[1], s.m, s.log_sum);
    }
    return true;
}

static gd_tensor *softmax_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    int64_t dim = ((const gd__along *)n->attributes)->dim;
    gd_tensor *y = n->out, *mean = gd_sum(tape, gd_mul(tape, dy, y), GD_DIMS(dim), true);
    return gd_mul(tape, y, gd_sub(tape, dy, mean));
}

const gd_op gd__op_softmax = {
    .name = "softmax",
    .formula = "e^x / sum of e^x over dim",
    .gradient = "dx = y * (dy - sum of dy * y over dim)",
    .shapes = "x -> x",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(gd__along),
    .check = softmax_check,
    .forward = softmax_forward,
    .grad = softmax_grad,
    .reads = {GD_READS_OUT},
    .print_attributes = gd__along_print,
    .samples = samples,
    .refused = refused,
};

gd_tensor *gd_softmax(gd_tape *tape, gd_tensor *x, int dim)
{
    return gd_apply(tape, &gd__op_softmax, &x, 1, &(gd__along){dim});
}

/* y_j = x_j - ln sum of e^x   =>   dx = dy - softmax(x) sum of dy
 *
 * x is read again and each row's sum kept, so that y may be forgotten. */
static size_t log_softmax_saved(const gd_node *n)
{
    int dim = gd__dimension(((const gd__along *)n->attributes)->dim, n->out->ndim);
    int64_t size = n->out->shape[dim];
    return size > 0 ? (size_t)(gd_tensor_numel(n->out) / size) * sizeof(row_sum) : 0;
}

static bool log_softmax_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    const gd__kernels *kernels = gd__kernels_for(n->out->dtype);
    row_sum *sums = n->saved;
    rows r = rows_begin(n, 2, (const gd_tensor *[]){n->out, n->in[0]});
    while (rows_next(&r)) {
        row_sum s = sums[r.number] = sum_row(kernels, &r, 1);
        kernels->log_softmax_row(r.size, r.data[0], r.step[0], r.data[1], r.step[1], s.m,
                                 s.log_sum);
    }
    return true;
}

static gd_tensor *log_softmax_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    int dim = ((const gd__along *)n->attributes)->dim;
    gd_tensor *sum = gd_sum(tape, dy, GD_DIMS(dim), true);
    return gd_sub(tape, dy, gd_mul(tape, gd_softmax(tape, n->in[i], dim), sum));
}

static bool log_softmax_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                                  gd_tensor *dst, bool accumulate)
{
    (void)tape;
    const gd__kernels *kernels = gd__kernels_for(dst->dtype);
    const row_sum *sums = n->saved;
    rows r = rows_begin(n, 3, (const gd_tensor *[]){dst, dy, n->in[i]});
    while (rows_next(&r))
        kernels->log_softmax_grad_row(r.size, r.data[0], r.step[0], r.data[1], r.step[1], r.data[2],
                                      r.step[2], sums[r.number].m, sums[r.number].log_sum,
                                      accumulate);
    return true;
}

const gd_op gd__op_log_softmax = {
    .name = "log_softmax",
    .formula = "x - ln sum of e^x over dim",
    .gradient = "dx = dy - softmax(x) * sum of dy over dim",
    .shapes = "x -> x",
    .least_operands = 1,
    .most_operands = 1,
    .attributes_size = sizeof(gd__along),
    .check = softmax_check,
    .saved_size = log_softmax_saved,
    .forward = log_softmax_forward,
    .grad = log_softmax_grad,
    .grad_into = log_softmax_grad_into,
    .reads = {GD_READS(0)},
    .print_attributes = gd__along_print,
    .samples = samples,
    .refused = refused,
};

gd_tensor *gd_log_softmax(gd_tape *tape, gd_tensor *x, int dim)
{
    return gd_apply(tape, &gd__op_log_softmax, &x, 1, &(gd__along){dim});
}
