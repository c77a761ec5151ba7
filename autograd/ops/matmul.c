/* matmul and linear: products of matrices, by BLAS. A transposed view is handed over as a flag, not copied. */
#include "autograd/ops/common.h"

#include <inttypes.h>
#include <limits.h>

/* x [..,rows,columns], or a copy of it in scratch memory where BLAS cannot read it as it lies (a repeated
 * row, a step in both directions). false: no memory. */
static bool make_dense(gd_tape *tape, const gd_tensor *x, gd_tensor *dense)
{
    *dense = *x;
    if (gd__matrix_is_dense(x))
        return true;
    dense->data = gd_tape_scratch(tape, (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype));
    gd__set_contiguous(dense);
    if (dense->data != NULL)
        gd__copy(dense, x);
    return dense->data != NULL;
}

/* c = a b, or c += a b; a and b of any strides. */
static bool multiply(gd_tape *tape, gd_tensor *c, const gd_tensor *a, const gd_tensor *b,
                     bool accumulate)
{
    gd_tensor dense_a, dense_b;
    if (!make_dense(tape, a, &dense_a) || !make_dense(tape, b, &dense_b))
        return false;
    gd__matmul(c, &dense_a, &dense_b, accumulate);
    return true;
}

/* The dimension of b that a's last one is summed against. */
static int64_t inner_of(const gd_tensor *b)
{
    return b->shape[b->ndim > 1 ? b->ndim - 2 : 0];
}

static bool sizes_fit_blas(gd_tape *tape, const gd_tensor *a, const gd_tensor *b)
{
    const int64_t sizes[] = {a->shape[a->ndim - 2], a->shape[a->ndim - 1], b->shape[b->ndim - 1]};
    for (int i = 0; i < 3; ++i)
        if (sizes[i] > INT_MAX)
            return gd_tape_fail(tape, GD_ERROR_SHAPE, "size %" PRId64 " is more than BLAS takes",
                                sizes[i]);
    return true;
}

static bool matmul_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *a = n->in[0], *b = n->in[1];
    gd_tensor *out = n->out;
    char left[GD__SHAPE_TEXT], right[GD__SHAPE_TEXT];
    gd__shape_text(left, a->ndim, a->shape);
    gd__shape_text(right, b->ndim, b->shape);
    if (!gd_check_floats(tape, n))
        return false;
    if (a->ndim == 0 || b->ndim == 0)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s x %s: a scalar is not a matrix (use gd_mul)",
                            left, right);
    if (a->shape[a->ndim - 1] != inner_of(b))
        return gd_tape_fail(tape, GD_ERROR_SHAPE,
                            "%s x %s: inner dimensions %" PRId64 " and %" PRId64 " differ", left,
                            right, a->shape[a->ndim - 1], inner_of(b));
    if (!sizes_fit_blas(tape, a, b))
        return false;
    out->ndim = a->ndim > b->ndim ? a->ndim : b->ndim;
    out->shape[out->ndim - 2] = a->shape[a->ndim - 2];
    out->shape[out->ndim - 1] = b->shape[b->ndim - 1];
    for (int i = 3; i <= out->ndim; ++i) { /* leading dimensions broadcast, from the end */
        int64_t of_a = i <= a->ndim ? a->shape[a->ndim - i] : 1;
        int64_t of_b = i <= b->ndim ? b->shape[b->ndim - i] : 1;
        if (of_a != of_b && of_a != 1 && of_b != 1)
            return gd_tape_fail(tape, GD_ERROR_SHAPE,
                                "%s x %s: leading dimensions cannot be broadcast together", left,
                                right);
        out->shape[out->ndim - i] = of_a == 1 ? of_b : of_a;
    }
    return true;
}

/* C = A B   =>   dA = dC B^T,   dB = A^T dC */
static bool matmul_forward(gd_tape *tape, const gd_node *n)
{
    return multiply(tape, n->out, n->in[0], n->in[1], false);
}

static gd_tensor *matmul_grad(gd_tape *tape, const gd_node *n, gd_tensor *dc, int i)
{
    return i == 0 ? gd_matmul(tape, dc, gd_transpose(tape, n->in[1], -1, -2))
                  : gd_matmul(tape, gd_transpose(tape, n->in[0], -1, -2), dc);
}

static bool matmul_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dc, int i,
                             gd_tensor *dst, bool accumulate)
{
    for (int k = 0; k < dc->ndim - 2;
         ++k) /* a matrix that was repeated needs a sum: the rule's way */
        if (dst->ndim != dc->ndim || dst->shape[k] != dc->shape[k])
            return false;
    gd_tensor other = gd_tensor_transpose(n->in[1 - i], -1, -2);
    return i == 0 ? multiply(tape, dst, dc, &other, accumulate)
                  : multiply(tape, dst, &other, dc, accumulate);
}

const gd_op gd__op_matmul = {
    .name = "matmul",
    .formula = "a @ b",
    .gradient = "da = dy @ b^T, db = a^T @ dy",
    .least_operands = 2,
    .most_operands = 2,
    .check = matmul_check,
    .forward = matmul_forward,
    .grad = matmul_grad,
    .grad_into = matmul_grad_into,
    .reads = {GD_READS(1), GD_READS(0)},
    .samples = (const gd_sample[]){{.shapes = "[2,3] [3,4]"},
                                   {.shapes = "[1,3] [3,1]"},
                                   {.shapes = "[2,2,3] [3,2]"},
                                   {.shapes = "[2,3] [2,3,2]"},
                                   {.shapes = "[2,1,2,3] [3,3,2]"},
                                   {.shapes = "[2,2,3] [2,3,2]"},
                                   {.shapes = "[2,0] [0,3]"},
                                   {.shapes = "[0,2] [2,3]"},
                                   {.shapes = NULL}},
    .refused = (const gd_sample[]){{.shapes = "[32,30] [31,1]"},
                                   {.shapes = "[] [2]"},
                                   {.shapes = "[2,2] []"},
                                   {.shapes = "[2,2,3] [3,3,2]"},
                                   {.shapes = "[2,3] -"},
                                   {.shapes = "- [2,3]"},
                                   {.shapes = NULL}},
};

/* Vectors are recorded as reshapes around the product of matrices: a as one row, b as one column. */
gd_tensor *gd_matmul(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    bool row = a != NULL && b != NULL && a->ndim == 1 && b->ndim > 0;
    bool column = a != NULL && b != NULL && b->ndim == 1 && a->ndim > 0;
    /* A refusal shows the shapes that the user knows. */
    if ((!row && !column) || a->shape[a->ndim - 1] != inner_of(b))
        return gd__apply2(tape, &gd__op_matmul, a, b);
    if (row)
        a = gd_reshape(tape, a, GD_DIMS(1, a->shape[0]));
    if (column)
        b = gd_reshape(tape, b, GD_DIMS(b->shape[0], 1));
    gd_tensor *y = gd__apply2(tape, &gd__op_matmul, a, b);
    if (y == NULL)
        return NULL;
    int64_t shape[GD_MAX_DIMS];
    int ndim = 0;
    for (int i = 0; i < y->ndim; ++i)
        if (!(row && i == y->ndim - 2) && !(column && i == y->ndim - 1))
            shape[ndim++] = y->shape[i];
    return gd_reshape(tape, y, ndim, shape);
}

/* ---- linear ---- */

static bool linear_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *x = n->in[0], *weight = n->in[1], *bias = n->in[2];
    char texts[3][GD__SHAPE_TEXT];
    gd__shape_text(texts[0], x->ndim, x->shape);
    gd__shape_text(texts[1], weight->ndim, weight->shape);
    if (!gd_check_floats(tape, n))
        return false;
    if (x->ndim == 0 || weight->ndim != 2 || x->shape[x->ndim - 1] != weight->shape[1])
        return gd_tape_fail(tape, GD_ERROR_SHAPE,
                            "x %s and weight %s: [..,in] and [out,in] are needed", texts[0],
                            texts[1]);
    if (bias != NULL && (bias->ndim != 1 || bias->shape[0] != weight->shape[0]))
        return gd_tape_fail(tape, GD_ERROR_SHAPE,
                            "weight %s and bias %s: [out,in] and [out] are needed", texts[1],
                            gd__shape_text(texts[2], bias->ndim, bias->shape));
    gd_tensor *out = n->out;
    out->ndim = x->ndim;
    for (int i = 0; i < x->ndim; ++i)
        out->shape[i] = x->shape[i];
    out->shape[out->ndim - 1] = weight->shape[0];
    if (weight->shape[0] > INT_MAX || weight->shape[1] > INT_MAX ||
        gd_tensor_numel(x) > (int64_t)INT_MAX * (weight->shape[1] > 0 ? weight->shape[1] : 1))
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "x %s, weight %s: more than BLAS takes", texts[0],
                            texts[1]);
    return true;
}

/* x [..,size] as one matrix [rows,size]; a copy in scratch memory where strides cannot say that. */
static bool as_matrix(gd_tape *tape, const gd_tensor *x, gd_tensor *matrix)
{
    int64_t size = x->shape[x->ndim - 1], rows = 1;
    for (int i = 0; i < x->ndim - 1; ++i)
        rows *= x->shape[i];
    gd_tensor view = gd_tensor_reshape(x, GD_DIMS(rows, size)), copy = *x;
    if (view.ndim >= 0)
        return make_dense(tape, &view, matrix);
    copy.data = gd_tape_scratch(tape, (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype));
    if (copy.data == NULL)
        return false;
    gd__set_contiguous(&copy);
    gd__copy(&copy, x);
    *matrix = gd_tensor_reshape(&copy, GD_DIMS(rows, size));
    return true;
}

/* Y = X W^T + 1 b^T   =>   dX = dY W,   dW = dY^T X,   db = dY^T 1
 * with X [rows,in], all leading dimensions as one; W [out,in]; b [out]. */
static bool linear_forward(gd_tape *tape, const gd_node *n)
{
    gd_tensor x, y, weight_t = gd_tensor_transpose(n->in[1], 0, 1);
    if (!as_matrix(tape, n->in[0], &x) || !as_matrix(tape, n->out, &y))
        return false;
    if (n->in[2] != NULL)
        gd__copy(&y, n->in[2]);
    return multiply(tape, &y, &x, &weight_t, n->in[2] != NULL);
}

static gd_tensor *linear_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *x = n->in[0], *weight = n->in[1];
    if (i == 0)
        return gd_matmul(tape, dy, weight);
    if (i == 2)
        return dy;
    int64_t in = weight->shape[1], out = weight->shape[0], rows = 1;
    for (int k = 0; k < x->ndim - 1; ++k)
        rows *= x->shape[k];
    gd_tensor *dy_t = gd_transpose(tape, gd_reshape(tape, dy, GD_DIMS(rows, out)), 0, 1);
    return gd_matmul(tape, dy_t, gd_reshape(tape, x, GD_DIMS(rows, in)));
}

static bool linear_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                             gd_tensor *dst, bool accumulate)
{
    gd_tensor dy_matrix, x, dx;
    if (i == 2 || !as_matrix(tape, dy, &dy_matrix))
        return false;
    if (i == 0)
        return as_matrix(tape, dst, &dx) && multiply(tape, &dx, &dy_matrix, n->in[1], accumulate);
    gd_tensor dy_t = gd_tensor_transpose(&dy_matrix, 0, 1);
    return as_matrix(tape, n->in[0], &x) && multiply(tape, dst, &dy_t, &x, accumulate);
}

const gd_op gd__op_linear = {
    .name = "linear",
    .formula = "x @ weight^T + bias",
    .gradient = "dx = dy @ weight, dweight = dy^T @ x, dbias = sum of dy over rows",
    .least_operands = 2,
    .most_operands = 3,
    .check = linear_check,
    .forward = linear_forward,
    .grad = linear_grad,
    .grad_into = linear_grad_into,
    .reads = {GD_READS(1), GD_READS(0)},
    .samples = (const gd_sample[]){{.shapes = "[3,4] [2,4] [2]"},
                                   {.shapes = "[3,4] [1,4] [1]"},
                                   {.shapes = "[3,4] [2,4] -"},
                                   {.shapes = "[4] [2,4] [2]"},
                                   {.shapes = "[2,1,3] [2,3] [2]"},
                                   {.shapes = "[2,3,2,4] [3,4] [3]"},
                                   {.shapes = "[0,3] [2,3] [2]"},
                                   {.shapes = "[2,0] [3,0] [3]"},
                                   {.shapes = NULL}},
    .refused = (const gd_sample[]){{.shapes = "[3,4] [4,2] [2]"},
                                   {.shapes = "[3,4] [2,4] [4]"},
                                   {.shapes = "[3,4] [2,4] [1,2]"},
                                   {.shapes = "[3,4] [4] -"},
                                   {.shapes = "[] [2,4] -"},
                                   {.shapes = "[3,4] - [2]"},
                                   {.shapes = NULL}},
};

gd_tensor *gd_linear(gd_tape *tape, gd_tensor *x, gd_tensor *weight, gd_tensor *bias)
{
    return gd_apply(tape, &gd__op_linear, (gd_tensor *[]){x, weight, bias}, 3, NULL);
}
