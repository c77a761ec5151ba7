/* softmax and log_softmax over one dimension.
 *
 * A row x of numbers along the dimension has the maximum m and
 *     rest = sum of e^(x_j - m) over all j but the (first) one where x_j = m.
 * The sum of all e^(x_j - m) is 1 + rest, and log_sum = ln(1 + rest) by log1p stays exact where
 * one probability is nearly 1:
 *     log_softmax_j = x_j - m - log_sum,   softmax_j = e to that. */
#include "autograd/ops/common.h"
#include "tensor/parallel.h"

static bool softmax_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_floats(tape, n) ||
        gd_check_dim(tape, n->in[0], ((const gd_along *)n->attributes)->dim) < 0)
        return false;
    gd__set_like(n->out, n->in[0]);
    return true;
}

/* The sums of the current row and of some behind it, which are computed together. */
typedef struct row_sums {
    int count, used;
    double max[GD__SHORT_ROWS], log_sum[GD__SHORT_ROWS];
} row_sums;

/* Of the current row of `tensor`; *s is what the row before has left. */
static gd_log_softmax_row sum_row(row_sums *s, const gd__kernels *kernels, const gd__rows *r,
                                  int tensor)
{
    if (s->used == s->count) {
        int64_t rest = r->row.length <= GD__SHORT_ROW ? r->firsts.length - r->at : 1;
        s->used = 0;
        s->count = rest < GD__SHORT_ROWS ? (int)rest : GD__SHORT_ROWS;
        kernels->row_sums(s->count, r->row.length, r->row.data[tensor], r->row.step[tensor],
                          r->firsts.step[tensor], s->max, s->log_sum);
    }
    ++s->used;
    return (gd_log_softmax_row){s->max[s->used - 1], s->log_sum[s->used - 1]};
}

static const gd_sample samples[] = {{"[2,3]", &(const gd_along){-1}},
                                    {"[2,3]; [3]", &(const gd_along){0}},
                                    {"[2,3,2]; [1,3]; [0,3]; [2,0]", &(const gd_along){1}},
                                    {"[3,0,2]", &(const gd_along){2}},
                                    {NULL, NULL}};

static const gd_sample refused[] = {{"[2,3]", &(const gd_along){2}},
                                    {"[2,3]", &(const gd_along){-3}},
                                    {"[]; -", &(const gd_along){0}},
                                    {NULL, NULL}};

/* y_j = e^x_j / sum of e^x   =>   dx_j = y_j (dy_j - sum of y_i dy_i)
 *
 * As the y_i sum to 1, a number taken from all dy changes nothing. With the dy of the largest y,
 * call it y_k, that one's own term is 0:
 *     d_j = dy_j - dy_k,   dx_j = y_j (d_j - sum of y_i d_i),
 * and dx_k keeps the small y_i, which dy_k - y_k dy_k would lose where y_k rounds to 1. */
static void softmax_part(void *context, int part, gd__rows *r)
{
    const gd__kernels *kernels = context;
    const gd__walk *row = &r->row;
    row_sums sums = {.count = 0};
    (void)part;
    while (gd__rows_next(r)) {
        gd_log_softmax_row s = sum_row(&sums, kernels, r, 1);
        kernels->softmax_row(row->length, row->data[0], row->step[0], row->data[1], row->step[1],
                             s.max, s.log_sum, false, false);
    }
}

static bool softmax_forward(gd_tape *tape, const gd_node *n)
{
    gd__rows r =
        gd__rows_begin(2, (const gd_tensor *[]){n->out, n->in[0]}, 1u << gd__along(n, n->out));
    gd__parallel_rows(tape->pool, &r, GD__GRAIN, softmax_part,
                      (void *)gd__kernels_for(n->out->dtype));
    return true;
}

static gd_tensor *softmax_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    int dim = gd__along(n, n->out);
    gd_tensor *y = n->out;
    if (gd_tensor_numel(y) == 0)
        return dy;
    gd_tensor *of_largest = gd_gather(tape, dy, dim, gd_argmax(tape, y, dim, true));
    gd_tensor *d = gd_sub(tape, dy, of_largest);
    gd_tensor *mean = gd_sum(tape, gd_mul(tape, y, d), GD_DIMS(dim), true);
    return gd_mul(tape, y, gd_sub(tape, d, mean));
}

const gd_op gd_op_softmax = {
    .name = "softmax",
    GD_OPERANDS("input"),
    .formula = "e^input / sum(dim: e^input)",
    .gradient = "dinput = y * (dy - sum(dim: dy * y))",
    .shapes = "input -> input",
    GD__ALONG_DIM,
    .check = softmax_check,
    .forward = softmax_forward,
    .grad = softmax_grad,
    .reads = {GD_READS_OUT},
    .samples = samples,
    .refused = refused,
    .may_cancel = true,
};

gd_tensor *gd_softmax(gd_tape *tape, gd_tensor *input, int dim)
{
    return gd_apply(tape, &gd_op_softmax, &input, 1, &(gd_along){dim});
}

/* y_j = x_j - ln sum of e^x   =>   dx_j = dy_j - p_j sum of dy,   p = softmax(x) = e^y
 *
 * Where p_j rounds to 1 and dy_j is most of the sum, that loses the small probabilities. With the
 * sum of the other dy it does not:
 *     dx_j = dy_j (1 - p_j) - p_j (sum of dy - dy_j),   1 - p_j = -(e^y_j - 1) by expm1.
 * Where all of a row's dy are 0 its p is not looked at: a row of NaN that was not used has the
 * gradient 0. Each row's m and log_sum are kept: they have digits that y has not. */
static size_t log_softmax_saved(const gd_node *n)
{
    int64_t size = n->out->shape[gd__along(n, n->out)];
    return size > 0 ? (size_t)(gd_tensor_numel(n->out) / size) * sizeof(gd_log_softmax_row) : 0;
}

static void log_softmax_part(void *context, int part, gd__rows *r)
{
    const gd_node *n = context;
    const gd__kernels *kernels = gd__kernels_for(n->out->dtype);
    const gd__walk *row = &r->row;
    gd_log_softmax_row *saved = n->saved;
    row_sums sums = {.count = 0};
    (void)part;
    while (row->length > 0 && gd__rows_next(r)) {
        gd_log_softmax_row s = saved[r->number] = sum_row(&sums, kernels, r, 1);
        kernels->log_softmax_row(row->length, row->data[0], row->step[0], row->data[1],
                                 row->step[1], s.max, s.log_sum);
    }
}

static bool log_softmax_forward(gd_tape *tape, const gd_node *n)
{
    gd__rows r =
        gd__rows_begin(2, (const gd_tensor *[]){n->out, n->in[0]}, 1u << gd__along(n, n->out));
    gd__parallel_rows(tape->pool, &r, GD__GRAIN, log_softmax_part, (void *)n);
    return true;
}

static gd_tensor *log_softmax_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    int dim = gd__along(n, n->out);
    if (gd_tensor_numel(dy) == 0)
        return dy;
    gd_tensor *sum = gd_sum(tape, dy, GD_DIMS(dim), true);
    gd_tensor *largest = gd_max(tape, gd_abs(tape, dy), GD_DIMS(dim), true);
    gd_tensor *unused = gd_eq(tape, largest, gd_scalar_like(tape, 0, dy));
    gd_tensor *x = gd_masked_fill(tape, n->in[i], unused, 0);
    gd_tensor *y = gd_masked_fill(tape, n->out, unused, 0);
    return gd_sub(tape, gd_mul(tape, gd_softmax(tape, x, dim), gd_sub(tape, dy, sum)),
                  gd_mul(tape, dy, gd_expm1(tape, y)));
}

typedef struct adding {
    const gd_node *node;
    bool accumulate;
} adding;

static void log_softmax_grad_part(void *context, int part, gd__rows *r)
{
    const adding *a = context;
    const gd__kernels *kernels = gd__kernels_for(a->node->out->dtype);
    const gd_log_softmax_row *sums = a->node->saved;
    const gd__walk *row = &r->row;
    (void)part;
    while (row->length > 0 && gd__rows_next(r))
        kernels->log_softmax_grad_row(row->length, row->data[0], row->step[0], row->data[1],
                                      row->step[1], row->data[2], row->step[2], sums[r->number].max,
                                      sums[r->number].log_sum, a->accumulate);
}

static bool log_softmax_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                                  gd_tensor *dst, bool accumulate)
{
    gd__rows r =
        gd__rows_begin(3, (const gd_tensor *[]){dst, dy, n->in[i]}, 1u << gd__along(n, n->out));
    gd__parallel_rows(tape->pool, &r, GD__GRAIN, log_softmax_grad_part, &(adding){n, accumulate});
    return true;
}

const gd_op gd_op_log_softmax = {
    .name = "log_softmax",
    GD_OPERANDS("input"),
    .formula = "input - ln(sum(dim: e^input))",
    .gradient = "dinput = dy - e^y * sum(dim: dy)",
    .shapes = "input -> input",
    GD__ALONG_DIM,
    .check = softmax_check,
    .saved_size = log_softmax_saved,
    .forward = log_softmax_forward,
    .grad = log_softmax_grad,
    .grad_into = log_softmax_grad_into,
    .reads = {GD_READS(0) | GD_READS_OUT},
    .samples = samples,
    .refused = refused,
    .may_cancel = true,
};

gd_tensor *gd_log_softmax(gd_tape *tape, gd_tensor *input, int dim)
{
    return gd_apply(tape, &gd_op_log_softmax, &input, 1, &(gd_along){dim});
}
