/* linear: a layer's product and bias in one op. */
#include "autograd/ops/common.h"

#include <limits.h>

static bool refuse(gd_tape *tape, const gd_node *n, const char *needed)
{
    char texts[3][GD__SHAPE_TEXT] = {"", "", "none"};
    for (int i = 0; i < 3; ++i)
        if (n->in[i] != NULL)
            gd__shape_text(texts[i], n->in[i]->ndim, n->in[i]->shape);
    return gd_tape_fail(tape, GD_ERROR_SHAPE, "x %s, weight %s, bias %s: %s", texts[0], texts[1],
                        texts[2], needed);
}

/* The rows of x [..,size]: all leading dimensions as one. */
static int64_t rows_of(const gd_tensor *x)
{
    int64_t rows = 1;
    for (int i = 0; i < x->ndim - 1; ++i)
        rows *= x->shape[i];
    return rows;
}

static bool linear_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *x = n->in[0], *weight = n->in[1], *bias = n->in[2];
    gd_tensor *out = n->out;
    if (!gd_check_floats(tape, n))
        return false;
    if (x->ndim == 0 || weight->ndim != 2 || x->shape[x->ndim - 1] != weight->shape[1])
        return refuse(tape, n, "x [..,in] and weight [out,in] are needed");
    if (bias != NULL && (bias->ndim != 1 || bias->shape[0] != weight->shape[0]))
        return refuse(tape, n, "weight [out,in] and bias [out] are needed");
    gd__set_like(out, x);
    out->shape[out->ndim - 1] = weight->shape[0];
    if (rows_of(x) > INT_MAX || weight->shape[0] > INT_MAX || weight->shape[1] > INT_MAX)
        return refuse(tape, n, "more rows or columns than BLAS takes");
    return true;
}

/* x [..,size] as one matrix [rows,size]; a copy in scratch memory where strides cannot say
 * that. */
static bool as_matrix(gd_tape *tape, const gd_tensor *x, gd_tensor *matrix)
{
    *matrix = *x;
    if (x->ndim == 2)
        return true;
    int64_t size = x->shape[x->ndim - 1], rows = rows_of(x);
    *matrix = gd_tensor_reshape(x, GD_DIMS(rows, size));
    if (matrix->ndim >= 0)
        return true;
    gd_tensor copy;
    if (!gd__copy_to_scratch(tape, x, &copy))
        return false;
    *matrix = gd_tensor_reshape(&copy, GD_DIMS(rows, size));
    return true;
}

/* Y = X W^T + 1 b^T   =>   dX = dY W,   dW = dY^T X,   db = dY^T 1
 * with X [rows,in], all leading dimensions as one; W [out,in]; b [out]. */
static bool linear_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor x, y, weight_t = gd_tensor_transpose(n->in[1], 0, 1);
    if (!as_matrix(tape, n->in[0], &x) ||
        !as_matrix(tape, n->out, &y)) /* out is contiguous: y is never a copy */
        return false;
    if (n->in[2] != NULL)
        gd__copy(tape->pool, &y, n->in[2]);
    return gd__multiply(tape, &y, &x, &weight_t, n->in[2] != NULL);
}

static gd_tensor *linear_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[0], *weight = n->in[1];
    if (i == 0)
        return gd_matmul(tape, dy, weight);
    if (i == 2)
        return dy;
    int64_t in = weight->shape[1], out = weight->shape[0], rows = rows_of(x);
    gd_tensor *dy_t = gd_transpose(tape, gd_reshape(tape, dy, GD_DIMS(rows, out)), 0, 1);
    return gd_matmul(tape, dy_t, gd_reshape(tape, x, GD_DIMS(rows, in)));
}

static bool linear_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                             gd_tensor *dst, bool accumulate)
{
    gd_tensor dy_matrix, x, dx, db = *dst;
    if (!as_matrix(tape, dy, &dy_matrix))
        return false;
    if (i == 2) {
        gd__insert_dimension(&db, 0);
        gd__sum_into(tape->pool, &db, &dy_matrix, 1.0, accumulate);
        return true;
    }
    if (i == 0)
        return as_matrix(tape, dst, &dx) &&
               gd__multiply(tape, &dx, &dy_matrix, n->in[1], accumulate);
    gd_tensor dy_t = gd_tensor_transpose(&dy_matrix, 0, 1);
    return as_matrix(tape, n->in[0], &x) && gd__multiply(tape, dst, &dy_t, &x, accumulate);
}

const gd_op gd_op_linear = {
    .name = "linear",
    .operands = {"input", "weight", "bias"},
    .least_operands = 2,
    .most_operands = 3,
    .formula = "input @ weight^T + bias",
    .gradient = "dinput = dy @ weight, dweight = dy^T @ input, dbias = sum of dy over rows",
    .element = "y[..,o] = sum(i: input[..,i] * weight[o,i]) + bias[o]",
    .element_gradient = "dinput[..,i] = sum(o: dy[..,o] * weight[o,i]), dweight[o,i] = sum(..: "
                        "dy[..,o] * input[..,i]), dbias[o] = sum(..: dy[..,o])",
    .shapes = "[..,in] [out,in] [out] -> [..,out]",
    .check = linear_check,
    .forward = linear_forward,
    .grad = linear_grad,
    .grad_into = linear_grad_into,
    .reads = {GD_READS(1), GD_READS(0)},
    .samples = GD_CALLS("[3,4] [2,4] [2]; [3,4] [1,4] [1]; [3,4] [2,4] -; [4] [2,4] [2]; [2,1,3] "
                        "[2,3] [2]; [2,3,2,4] [3,4] [3]; [0,3] [2,3] [2]; [2,0] [3,0] [3]"),
    .refused = GD_CALLS("[3,4] [4,2] [2]; [3,4] [2,4] [4]; [3,4] [2,4] [1,2]; [3,4] [4] -; [] "
                        "[2,4] -; [3,4] - [2]"),
};

gd_tensor *gd_linear(gd_tape *tape, gd_tensor *input, gd_tensor *weight, gd_tensor *bias)
{
    return gd_apply(tape, &gd_op_linear, (gd_tensor *[]){input, weight, bias}, 3, NULL);
}
