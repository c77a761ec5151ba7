/* What the engine promises to an op of a user's: scratch memory, changes in place, the first
 * error. Expected values are closed forms. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"

#include <limits.h>
#include <string.h>

/* ---- scratch memory ---- */

enum { N = 24 }; /* more than one alignment unit */

static void write_bytes(unsigned char *to, int value)
{
    memset(to, value, N);
}

static bool holds(const unsigned char *bytes, int value)
{
    for (int i = 0; i < N; ++i)
        if (bytes[i] != value)
            return false;
    return true;
}

static int scratch_calls; /* how often use_scratch has found everything in place */

/* Takes scratch memory before and after a call of another op, which takes some itself. */
static gd_tensor *use_scratch(gd_tape *tape, gd_tensor *x,
                              gd_tensor *(*inner)(gd_tape *, gd_tensor *))
{
    unsigned char *first = gd_tape_scratch(tape, N);
    if (first == NULL)
        return NULL;
    write_bytes(first, 1);
    gd_tensor *y = inner(tape, x);
    unsigned char *second = gd_tape_scratch(tape, N);
    if (second == NULL)
        return NULL;
    write_bytes(second, 2);
    gd_tensor *z = gd_add(tape, y, y);
    if (z != NULL && gd_item(gd_sum(tape, z, GD_ALL_DIMS, false)) == 0)
        gd_tape_fail(tape, GD_ERROR_VALUE, "zeros");
    assert_true(holds(first, 1) && holds(second, 2));
    assert_true((uintptr_t)first % 64 == 0 && (uintptr_t)second % 64 == 0);
    ++scratch_calls;
    return z;
}

static bool copy_to(const gd_tensor *from, gd_tensor *to)
{
    return from != NULL && gd_tensor_copy(to, from) == GD_OK;
}

static bool inner_forward(gd_tape *tape, const gd_node *n)
{
    return copy_to(use_scratch(tape, n->in[0], gd_neg), n->out);
}

/* -2 x */
static const gd_op inner_op = {.name = "inner",
                               .least_operands = 1,
                               .most_operands = 1,
                               .check = gd_check_elementwise,
                               .forward = inner_forward};

static gd_tensor *inner(gd_tape *tape, gd_tensor *x)
{
    return gd_apply(tape, &inner_op, &x, 1, NULL);
}

/* -4 x */
static bool outer_forward(gd_tape *tape, const gd_node *n)
{
    return copy_to(use_scratch(tape, n->in[0], inner), n->out);
}

static gd_tensor *outer_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)i;
    return use_scratch(tape, dy, inner);
}

static bool outer_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dy, int i,
                            gd_tensor *dst, bool accumulate)
{
    (void)n, (void)i;
    gd_tensor *dx =
        use_scratch(tape, gd_from_data(tape, GD_F64, dy->data, dy->ndim, dy->shape), inner);
    return !accumulate && copy_to(dx, dst);
}

static void check_scratch(bool grad_into, bool create_graph)
{
    static gd_op op; /* a node refers to its op */
    op = (gd_op){.name = "outer",
                 .least_operands = 1,
                 .most_operands = 1,
                 .check = gd_check_elementwise,
                 .forward = outer_forward,
                 .grad = outer_grad,
                 .grad_into = grad_into ? outer_grad_into : NULL};
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_full(t, GD_F64, 3, GD_DIMS(5)), *g;
    x->requires_grad = true;
    scratch_calls = 0;
    gd_tensor *y = gd_apply(t, &op, &x, 1, NULL);
    assert_true(element(y, 4) == -12);
    gd_grad_options options = {.gradient = gd_ones(t, GD_F64, GD_DIMS(5)),
                               .create_graph = create_graph};
    assert_int_equal(gd_grad(t, y, &x, 1, &g, &options), GD_OK);
    assert_true(element(g, 4) == -4);
    assert_int_equal(scratch_calls, 4); /* outer and inner, in the value and in the gradient */
    assert_true(element(y, 4) == -12);
    gd_tape_destroy(t);
}

static void test_scratch_nests(void **state)
{
    (void)state;
    check_scratch(false, false);
    check_scratch(true, false);
    check_scratch(false, true);
}

/* What a forward applies belongs to its call: it is not recorded, and the call's errors have its
 * own name. */
static void test_a_forward_of_ops_is_one_call(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_ones(t, GD_F64, GD_DIMS(2)), *zeros = gd_zeros(t, GD_F64, GD_DIMS(2));
    x->requires_grad = true;
    gd_tensor *y = gd_mul(t, inner(t, x), x); /* inner has no gradient: y = -2 x, -2 a constant */
    assert_int_equal(gd_backward(t, gd_sum(t, y, GD_ALL_DIMS, false)), GD_OK);
    assert_true(element(x->grad, 0) == -2 && element(x->grad, 1) == -2);
    assert_null(inner(t, zeros));
    assert_non_null(strstr(gd_tape_message(t), ": inner: zeros"));
    gd_tape_destroy(t);
}

static bool too_much_forward(gd_tape *tape, const gd_node *n)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 63, SIZE_MAX / 2,
                                   (size_t)PTRDIFF_MAX};
    size_t which = (size_t)((const double *)n->in[0]->data)[0];
    void *memory = gd_tape_scratch(tape, sizes[which]);
    assert_null(memory);
    return memory != NULL;
}

static void test_too_much_scratch(void **state)
{
    (void)state;
    static const gd_op op = {.name = "too_much",
                             .least_operands = 1,
                             .most_operands = 1,
                             .check = gd_check_elementwise,
                             .forward = too_much_forward};
    gd_tape *t = gd_tape_create();
    for (int k = 0; k < 5; ++k) {
        gd_tape_reset(t);
        gd_tensor *which = gd_scalar(t, k, GD_F64);
        assert_null(gd_apply(t, &op, &which, 1, NULL));
        assert_int_equal(gd_tape_status(t), GD_ERROR_MEMORY);
        assert_non_null(strstr(gd_tape_message(t), "too_much: no memory for "));
    }
    gd_tape_destroy(t);
}

/* ---- lists of operands ---- */

enum { LIST = 40 };

/* The sum of a list of scalars; what its gradient is said to read is up to the test. */
static bool total_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    double sum = 0;
    for (int i = 0; i < n->n_in; ++i)
        sum += gd_item(n->in[i]);
    return gd_tensor_fill(n->out, sum) == GD_OK;
}

static gd_tensor *total_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)tape, (void)n, (void)i;
    return dy;
}

/* The status of a backward before which operand `changed` (LIST: the result) was changed in
 * place. */
static gd_status backward_after_change(unsigned reads, int changed)
{
    gd_op op = {.name = "total",
                .least_operands = 1,
                .most_operands = INT_MAX,
                .check = gd_check_elementwise,
                .forward = total_forward,
                .grad = total_grad};
    for (int i = 0; i < GD_OP_OPERANDS; ++i)
        op.reads[i] = reads;
    gd_tape *t = gd_tape_create();
    gd_tensor *x[LIST];
    for (int i = 0; i < LIST; ++i) {
        x[i] = gd_scalar(t, i, GD_F64);
        x[i]->requires_grad = true;
    }
    gd_tensor *y = gd_apply(t, &op, x, LIST, NULL);
    assert_true(gd_item(y) == 780);
    gd_tensor_fill(changed == LIST ? y : x[changed], 5);
    gd_status status = gd_backward(t, y);
    if (status == GD_OK)
        assert_true(gd_item(x[0]->grad) == 1 && gd_item(x[LIST - 1]->grad) == 1);
    gd_tape_destroy(t);
    return status;
}

static void test_reads_of_a_list(void **state)
{
    (void)state;
    for (int k = 0; k <= LIST; ++k) {
        bool is_out = k == LIST;
        assert_int_equal(backward_after_change(0, k), GD_OK);
        assert_int_equal(backward_after_change(GD_READS(0), k), k == 0 ? GD_ERROR_STATE : GD_OK);
        assert_int_equal(backward_after_change(GD_READS(1) | GD_READS_OUT, k),
                         k == 1 || is_out ? GD_ERROR_STATE : GD_OK);
        assert_int_equal(backward_after_change(GD_READS_OUT, k), is_out ? GD_ERROR_STATE : GD_OK);
        /* Operand 30 and all that follow share a bit. */
        assert_int_equal(backward_after_change(GD_READS(30), k),
                         k >= 30 && !is_out ? GD_ERROR_STATE : GD_OK);
        assert_int_equal(backward_after_change(GD_READS(35), k),
                         k >= 30 && !is_out ? GD_ERROR_STATE : GD_OK);
        assert_int_equal(backward_after_change(UINT_MAX, k), GD_ERROR_STATE);
    }
}

/* A list as long as this through the library's own ops. */
static void test_long_lists(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x[LIST];
    for (int i = 0; i < LIST; ++i) {
        x[i] = gd_full(t, GD_F64, i, GD_DIMS(1));
        x[i]->requires_grad = true;
    }
    gd_tensor *weights = gd_arange(t, GD_F64, 0, LIST, 1);
    gd_tensor *joined = gd_concat(t, x, LIST, 0);
    gd_tensor *stacked = gd_reshape(t, gd_stack(t, x, LIST, 0), GD_DIMS(LIST));
    for (int i = 0; i < LIST; ++i)
        gd_tensor_fill(x[i], -1); /* neither gradient reads an operand */
    gd_tensor *loss = gd_sum(t, gd_mul(t, gd_add(t, joined, stacked), weights), GD_ALL_DIMS, false);
    assert_int_equal(gd_backward(t, loss), GD_OK);
    for (int i = 0; i < LIST; ++i)
        assert_true(gd_item(x[i]->grad) == 2 * i);
    gd_tape_destroy(t);
}

/* ---- the first error ---- */

static bool failing_twice(gd_tape *tape, gd_node *n)
{
    (void)n;
    gd_tape_fail(tape, GD_ERROR_VALUE, "the first reason");
    return gd_tape_fail(tape, GD_ERROR_SHAPE, "the second reason");
}

static void test_the_first_error_is_kept(void **state)
{
    (void)state;
    static const gd_op op = {
        .name = "twice", .least_operands = 1, .most_operands = 1, .check = failing_twice};
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_scalar(t, 1, GD_F64);
    int line = __LINE__ + 1;
    assert_null(gd_apply(t, &op, &x, 1, NULL));
    assert_int_equal(gd_tape_status(t), GD_ERROR_VALUE);
    assert_false(gd_tape_fail(t, GD_ERROR_MEMORY, "a third, from outside"));
    assert_int_equal(gd_tape_status(t), GD_ERROR_VALUE);
    char expected[200];
    snprintf(expected, sizeof expected, "tests/autograd/user_ops.c:%d: twice: the first reason",
             line);
    assert_string_equal(gd_tape_message(t), expected);
    gd_tape_destroy(t);
}

int user_ops_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scratch_nests),
        cmocka_unit_test(test_a_forward_of_ops_is_one_call),
        cmocka_unit_test(test_too_much_scratch),
        cmocka_unit_test(test_reads_of_a_list),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_the_first_error_is_kept),
    };
    return cmocka_run_group_tests_name("ops of users", tests, NULL, NULL);
}
