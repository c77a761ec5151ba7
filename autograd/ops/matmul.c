/* matmul: products of matrices, by BLAS. A transposed view is passed as a flag, not copied. */
#include "autograd/ops/common.h"

#include <inttypes.h>
#include <limits.h>

bool gd__copy_to_scratch(gd_tape *tape, const gd_tensor *x, gd_tensor *copy)
{
    *copy = *x;
    gd__set_contiguous(copy);
    copy->data = gd_tape_scratch(tape, (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype));
    if (copy->data != NULL)
        gd__copy(tape->pool, copy, x);
    return copy->data != NULL;
}

bool gd__multiply(gd_tape *tape, gd_tensor *c, const gd_tensor *a, const gd_tensor *b,
                  bool accumulate)
{
    gd_tensor dense_a = *a, dense_b = *b;
    if (gd__blas_prepare() != GD_OK)
        return gd_tape_fail(tape, GD_ERROR_MEMORY, "%s", gd_message());
    if ((!gd__matrix_is_dense(a) && !gd__copy_to_scratch(tape, a, &dense_a)) ||
        (!gd__matrix_is_dense(b) && !gd__copy_to_scratch(tape, b, &dense_b)))
        return false;
    gd__multiply_dense(tape->pool, c, &dense_a, &dense_b, accumulate);
    return true;
}

/* The dimension of b that a's last one is summed against. */
static int64_t inner_of(const gd_tensor *b)
{
    return b->shape[b->ndim > 1 ? b->ndim - 2 : 0];
}

static bool sizes_fit_blas(const gd_tensor *a, const gd_tensor *b)
{
    return a->shape[a->ndim - 2] <= INT_MAX && a->shape[a->ndim - 1] <= INT_MAX &&
           b->shape[b->ndim - 1] <= INT_MAX;
}

static bool refuse(gd_tape *tape, const gd_tensor *a, const gd_tensor *b, const char *why)
{
    char left[GD__SHAPE_TEXT], right[GD__SHAPE_TEXT];
    return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s x %s: %s",
                        gd__shape_text(left, a->ndim, a->shape),
                        gd__shape_text(right, b->ndim, b->shape), why);
}

static bool refuse_inner(gd_tape *tape, const gd_tensor *a, const gd_tensor *b)
{
    char why[96];
    snprintf(why, sizeof why, "inner dimensions %" PRId64 " and %" PRId64 " differ",
             a->shape[a->ndim - 1], inner_of(b));
    return refuse(tape, a, b, why);
}

static bool matmul_check(gd_tape *tape, gd_node *n)
{
    const gd_tensor *a = n->in[0], *b = n->in[1];
    gd_tensor *out = n->out;
    if (!gd_check_floats(tape, n))
        return false;
    if (a->ndim == 0 || b->ndim == 0)
        return refuse(tape, a, b, "a scalar is not a matrix (use gd_mul)");
    if (a->shape[a->ndim - 1] != inner_of(b))
        return refuse_inner(tape, a, b);
    if (!sizes_fit_blas(a, b))
        return refuse(tape, a, b, "a size is more than BLAS takes");
    out->ndim = a->ndim > b->ndim ? a->ndim : b->ndim;
    out->shape[out->ndim - 2] = a->shape[a->ndim - 2];
    out->shape[out->ndim - 1] = b->shape[b->ndim - 1];
    for (int i = 3; i <= out->ndim; ++i) { /* leading dimensions broadcast, from the end */
        int64_t of_a = i <= a->ndim ? a->shape[a->ndim - i] : 1;
        int64_t of_b = i <= b->ndim ? b->shape[b->ndim - i] : 1;
        if (of_a != of_b && of_a != 1 && of_b != 1)
            return refuse(tape, a, b, "leading dimensions cannot be broadcast together");
        out->shape[out->ndim - i] = of_a == 1 ? of_b : of_a;
    }
    return true;
}

/* C = A B   =>   dA = dC B^T,   dB = A^T dC */
static bool matmul_forward(gd_tape *tape, const gd_node *n)
{
    return gd__multiply(tape, n->out, n->in[0], n->in[1], false);
}

static gd_tensor *matmul_grad(gd_tape *tape, const gd_node *n, gd_tensor *dc, int i)
{
    return i == 0 ? gd_matmul(tape, dc, gd_transpose(tape, n->in[1], -1, -2))
                  : gd_matmul(tape, gd_transpose(tape, n->in[0], -1, -2), dc);
}

static bool matmul_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dc, int i,
                             gd_tensor *dst, bool accumulate)
{
    for (int k = 0; k < dc->ndim - 2; ++k) /* a repeated matrix needs a sum: take the rule */
        if (dst->ndim != dc->ndim || dst->shape[k] != dc->shape[k])
            return false;
    gd_tensor other = gd_tensor_transpose(n->in[1 - i], -1, -2);
    return i == 0 ? gd__multiply(tape, dst, dc, &other, accumulate)
                  : gd__multiply(tape, dst, &other, dc, accumulate);
}

const gd_op gd_op_matmul = {
    .name = "matmul",
    GD_OPERANDS("input", "other"),
    .formula = "input @ other",
    .gradient = "dinput = dy @ other^T, dother = input^T @ dy",
    .element = "y[..,i,j] = sum(k: input[..,i,k] * other[..,k,j])",
    .element_gradient = "dinput[..,i,k] = sum(j: dy[..,i,j] * other[..,k,j]), dother[..,k,j] = "
                        "sum(i: dy[..,i,j] * input[..,i,k])",
    .shapes = "[..,m,k] [..,k,n] -> [..,m,n]; 1-d: one row, one column",
    .check = matmul_check,
    .forward = matmul_forward,
    .grad = matmul_grad,
    .grad_into = matmul_grad_into,
    .reads = {GD_READS(1), GD_READS(0)},
    .samples = GD_CALLS("[2,3] [3,4]; [1,3] [3,1]; [2,2,3] [3,2]; [2,3] [2,3,2]; [2,1,2,3] "
                        "[3,3,2]; [2,2,3] [2,3,2]; [2,0] [0,3]; [0,2] [2,3]"),
    .refused = GD_CALLS("[32,30] [31,1]; [] [2]; [2,2] []; [2,2,3] [3,3,2]; [2,3] -; - [2,3]"),
};

/* Vectors are recorded as reshapes around the product of matrices: one row, one column. */
gd_tensor *gd_matmul(gd_tape *tape, gd_tensor *input, gd_tensor *other)
{
    bool row = input != NULL && other != NULL && input->ndim == 1 && other->ndim > 0;
    bool column = input != NULL && other != NULL && other->ndim == 1 && input->ndim > 0;
    /* A refusal shows the shapes that the user knows. */
    if ((!row && !column) || input->shape[input->ndim - 1] != inner_of(other))
        return gd__apply2(tape, &gd_op_matmul, input, other);
    if (row)
        input = gd_reshape(tape, input, GD_DIMS(1, input->shape[0]));
    if (column)
        other = gd_reshape(tape, other, GD_DIMS(other->shape[0], 1));
    gd_tensor *y = gd__apply2(tape, &gd_op_matmul, input, other);
    if (y == NULL)
        return NULL;
    int64_t shape[GD_MAX_DIMS];
    int ndim = 0;
    for (int i = 0; i < y->ndim; ++i)
        if (!(row && i == y->ndim - 2) && !(column && i == y->ndim - 1))
            shape[ndim++] = y->shape[i];
    return gd_reshape(tape, y, ndim, shape);
}
