/* Ops whose result is bool and has no gradient: comparisons, logical ops, isnan. */
#include "autograd/ops/common.h"
#include "tensor/walk.h"

static int order_of_ints(int64_t a, int64_t b)
{
    return a < b ? GD__LESS : a == b ? GD__EQUAL : GD__GREATER;
}

static bool comparison_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_same_dtype(tape, n, 0, 1) || !gd_check_broadcast(tape, n))
        return false;
    n->out->dtype = GD_BOOL;
    return true;
}

static void compare_ints(const gd__walk *w, gd_dtype dtype, int orders)
{
    int64_t size = (int64_t)gd_dtype_size(dtype);
    for (int64_t j = 0; j < w->length; ++j) {
        const char *a = w->data[1] + j * w->step[1] * size;
        const char *b = w->data[2] + j * w->step[2] * size;
        w->data[0][j] =
            (order_of_ints(gd__integer_at(dtype, a), gd__integer_at(dtype, b)) & orders) != 0;
    }
}

/* y = whether the order of a and b is one of those in op->kernel: an op is a set of them. */
static void compare_part(void *context, int part, gd__walk *w)
{
    const gd_node *n = context;
    gd_dtype dtype = n->in[0]->dtype;
    (void)part;
    do
        if (gd_dtype_is_float(dtype))
            gd__kernels_for(dtype)->compare(w->length, (uint8_t *)w->data[0], w->data[1],
                                            w->step[1], w->data[2], w->step[2], n->op->kernel);
        else
            compare_ints(w, dtype, n->op->kernel);
    while (gd__walk_next(w));
}

static bool comparison_forward(gd_tape *tape, const gd_node *n)
{
    const gd_tensor *other = n->in[n->n_in - 1];
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){n->out, n->in[0], other});
    gd__parallel_walk(tape->pool, &w, GD__GRAIN, compare_part, (void *)n);
    return true;
}

#define COMPARISON(orders)                                                                         \
    GD_OPERANDS("input", "other"), .check = comparison_check, .forward = comparison_forward,       \
                                   .kernel = (orders), .samples = gd__binary_samples,              \
                                   .refused = gd__binary_refused, .any_dtype = true

const gd_op gd_op_eq = {
    .name = "eq",
    .formula = "input == other",
    COMPARISON(GD__EQUAL),
};

const gd_op gd_op_ne = {
    .name = "ne",
    .formula = "input != other",
    COMPARISON(GD__LESS | GD__GREATER | GD__UNORDERED),
};

const gd_op gd_op_lt = {
    .name = "lt",
    .formula = "input < other",
    COMPARISON(GD__LESS),
};

const gd_op gd_op_le = {
    .name = "le",
    .formula = "input <= other",
    COMPARISON(GD__LESS | GD__EQUAL),
};

const gd_op gd_op_gt = {
    .name = "gt",
    .formula = "input > other",
    COMPARISON(GD__GREATER),
};

const gd_op gd_op_ge = {
    .name = "ge",
    .formula = "input >= other",
    COMPARISON(GD__GREATER | GD__EQUAL),
};

/* ---- of truth values ---- */

static bool logical_check(gd_tape *tape, gd_node *n)
{
    for (int i = 0; i < n->n_in; ++i)
        if (!gd_check_dtype(tape, n, i, GD_BOOL))
            return false;
    n->out->dtype = GD_BOOL;
    return gd_check_broadcast(tape, n);
}

/* y = whether the number of true ones among a and b is in the set op->kernel; not: of x and x */
enum { NONE = 1 << 0, ONE = 1 << 1, TWO = 1 << 2 };

static void count_part(void *context, int part, gd__walk *w)
{
    const gd_node *n = context;
    (void)part;
    do
        for (int64_t j = 0; j < w->length; ++j) {
            int a = w->data[1][j * w->step[1]] != 0, b = w->data[2][j * w->step[2]] != 0;
            w->data[0][j] = (n->op->kernel >> (a + b)) & 1;
        }
    while (gd__walk_next(w));
}

static bool logical_forward(gd_tape *tape, const gd_node *n)
{
    const gd_tensor *other = n->in[n->n_in - 1];
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){n->out, n->in[0], other});
    gd__parallel_walk(tape->pool, &w, GD__GRAIN, count_part, (void *)n);
    return true;
}

#define LOGICAL(counts)                                                                            \
    GD_OPERANDS("input", "other"),                                                                 \
        .check = logical_check, .forward = logical_forward, .kernel = (counts),                    \
        .samples = GD_CALLS("b[2,3] b[2,3]; b[2,1] b[3]; b[] b[2]; b[0,3] b[3]"),                  \
        .refused = GD_CALLS("b[2] b[3]; b[2] [2]; i[2] b[2]; b[2] -")

const gd_op gd_op_logical_and = {
    .name = "logical_and",
    .formula = "input and other",
    LOGICAL(TWO),
};

const gd_op gd_op_logical_or = {
    .name = "logical_or",
    .formula = "input or other",
    LOGICAL(ONE | TWO),
};

const gd_op gd_op_logical_not = {
    .name = "logical_not",
    GD_OPERANDS("input"),
    .formula = "not input",
    .check = logical_check,
    .forward = logical_forward,
    .kernel = NONE,
    .samples = GD_CALLS("b[2,3]; b[]; b[0,2]"),
    .refused = GD_CALLS("[2]; i[2]"),
};

/* x is NaN where x and x have no order. */
static bool isnan_check(gd_tape *tape, gd_node *n)
{
    if (!gd_check_elementwise(tape, n))
        return false;
    n->out->dtype = GD_BOOL;
    return true;
}

const gd_op gd_op_isnan = {
    .name = "isnan",
    GD_OPERANDS("input"),
    .formula = "input != input",
    .check = isnan_check,
    .forward = comparison_forward,
    .kernel = GD__UNORDERED,
    .samples = gd__unary_samples,
};
