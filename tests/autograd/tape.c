/* The tape's life and its errors. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <string.h>

static void assert_message(const gd_tape *tape, int line, const char *text)
{
    char expected[400];
    snprintf(expected, sizeof expected, "tests/autograd/tape.c:%d: %s", line, text);
    assert_string_equal(gd_tape_message(tape), expected);
}

static int setup(void **state)
{
    *state = gd_tape_create();
    return *state == NULL;
}

static int teardown(void **state)
{
    gd_tape_destroy(*state);
    return 0;
}

static void test_error_has_place_and_shapes(void **state)
{
    gd_tape *t = *state;
    gd_tensor *a = gd_zeros(t, GD_F32, GD_DIMS(32, 30)), *b = gd_zeros(t, GD_F32, GD_DIMS(31, 1));
    int line = __LINE__ + 1;
    gd_tensor *y = gd_matmul(t, a, b);
    assert_null(y);
    assert_int_equal(gd_tape_status(t), GD_ERROR_SHAPE);
    assert_message(t, line, "matmul: [32,30] x [31,1]: inner dimensions 30 and 31 differ");
}

static void test_first_error_is_kept_through_nested_calls(void **state)
{
    gd_tape *t = *state;
    gd_tensor *a = gd_zeros(t, GD_F32, GD_DIMS(2)), *b = gd_zeros(t, GD_F32, GD_DIMS(3));
    int line = __LINE__ + 1;
    gd_tensor *y = gd_relu(t, gd_add(t, a, b));
    assert_null(gd_sum(t, y, GD_ALL_DIMS, false));
    assert_int_equal(gd_backward(t, y), GD_ERROR_SHAPE);
    assert_message(t, line, "add: [2] and [3] cannot be broadcast together");
    gd_tape_reset(t);
    assert_int_equal(gd_tape_status(t), GD_OK);
    assert_string_equal(gd_tape_message(t), "");
    assert_non_null(gd_zeros(t, GD_F32, GD_DIMS(2)));
}

static void test_vector_forms_show_the_users_shapes(void **state)
{
    gd_tape *t = *state;
    gd_tensor *a = gd_zeros(t, GD_F32, GD_DIMS(3)), *b = gd_zeros(t, GD_F32, GD_DIMS(2, 4));
    int line = __LINE__ + 1;
    gd_matmul(t, a, b);
    assert_message(t, line, "matmul: [3] x [2,4]: inner dimensions 3 and 2 differ");
}

static void test_null_is_an_error(void **state)
{
    gd_tape *t = *state;
    assert_null(gd_relu(t, NULL));
    assert_int_equal(gd_tape_status(t), GD_ERROR_ARGUMENT);
    gd_tape_reset(t);
    assert_int_equal(gd_backward(t, NULL), GD_ERROR_ARGUMENT);
    assert_null(gd_relu(NULL, NULL));
    gd_tape_reset(NULL);
    gd_tape_release(NULL, gd_tape_mark(NULL));
    assert_false(gd_tape_set_recording(NULL, true));
    assert_int_equal(gd_backward(NULL, NULL), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_tape_message(NULL), "the tape is NULL");
}

static void test_use_after_reset(void **state)
{
    gd_tape *t = *state;
    gd_tensor *old = gd_ones(t, GD_F32, GD_DIMS(2));
    gd_tape_reset(t);
    gd_tensor *other = gd_ones(t, GD_F32, GD_DIMS(2));
    int line = __LINE__ + 1;
    assert_null(gd_add(t, other, old));
    assert_int_equal(gd_tape_status(t), GD_ERROR_STATE);
    assert_message(t, line,
                   "add: other was made before the tape was reset or released: it is gone");
}

static void test_use_of_another_tape(void **state)
{
    gd_tape *t = *state, *other = gd_tape_create();
    gd_tensor *x = gd_ones(other, GD_F32, GD_DIMS(2));
    assert_null(gd_neg(t, x));
    assert_int_equal(gd_tape_status(t), GD_ERROR_STATE);
    assert_non_null(strstr(gd_tape_message(t), "input is of another tape"));
    gd_tape_destroy(other);
}

static void test_mark_and_release(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_full(t, GD_F64, 3, GD_DIMS(100));
    size_t before = gd_tape_bytes(t);
    assert_true(before >= 800);
    for (int i = 0; i < 3; ++i) { /* nested, as often as one likes, in the same memory */
        gd_mark outer = gd_tape_mark(t);
        gd_tensor *y = gd_mul(t, x, x);
        gd_mark inner = gd_tape_mark(t);
        gd_tensor *z = gd_sum(t, y, GD_ALL_DIMS, false);
        assert_true(gd_item(z) == 900);
        gd_tape_release(t, inner);
        assert_true(gd_item(gd_mean(t, y, GD_ALL_DIMS, false)) == 9);
        gd_tape_release(t, outer);
#ifdef NDEBUG /* a debug build keeps headers until the reset */
        assert_int_equal(gd_tape_bytes(t), before);
#endif
        gd_tensor *gone = gd_neg(t, y);
        assert_null(gone);
        assert_int_equal(gd_tape_status(t), GD_ERROR_STATE);
        gd_tape_reset(t);
        x = gd_full(t, GD_F64, 3, GD_DIMS(100));
    }
    gd_mark old = gd_tape_mark(t);
    gd_tape_reset(t);
    gd_tape_release(t, old);
    assert_int_equal(gd_tape_status(t), GD_ERROR_STATE);
}

static void test_release_forgets_the_record(void **state)
{
    gd_tape *t = *state;
    gd_tensor *w = gd_tensor_create_full(GD_F64, 2, GD_DIMS(1));
    w->requires_grad = true;
    gd_tensor *y = gd_mul(t, w, w);
    gd_mark mark = gd_tape_mark(t);
    for (int i = 0; i < 1000; ++i)
        gd_exp(t, y);
    gd_tape_release(t, mark);
    assert_int_equal(gd_backward(t, y), GD_OK);
    assert_true(gd_item(w->grad) == 4);
    gd_tensor_destroy(w);
}

static void test_recording_off(void **state)
{
    gd_tape *t = *state;
    gd_tensor *w = gd_tensor_create_ones(GD_F32, GD_DIMS(2));
    w->requires_grad = true;
    assert_true(gd_tape_set_recording(t, false));
    gd_tensor *y = gd_sum(t, gd_mul(t, w, w), GD_ALL_DIMS, false);
    assert_false(gd_tape_set_recording(t, true));
    assert_false(y->requires_grad);
    assert_true(gd_item(y) == 2);
    assert_int_equal(gd_backward(t, y), GD_ERROR_STATE);
    assert_non_null(strstr(gd_tape_message(t), "was not recorded"));
    gd_tensor_destroy(w);
}

static void test_creation_on_a_tape(void **state)
{
    gd_tape *t = *state;
    const int64_t values[] = {5, 6};
    assert_true(gd_item(gd_scalar(t, 2.5, GD_F64)) == 2.5);
    gd_tensor *a = gd_arange(t, GD_I64, 1, 8, 3), *b = gd_from_data(t, GD_I64, values, GD_DIMS(2));
    assert_int_equal(a->shape[0], 3);
    assert_int_equal(((int64_t *)a->data)[2], 7);
    assert_int_equal(((int64_t *)b->data)[1], 6);
    assert_null(gd_full(t, GD_BOOL, 2, GD_DIMS(1)));
    assert_non_null(strstr(gd_tape_message(t), "full: 2 is not a value of bool"));
    gd_tape_reset(t);
    assert_null(gd_zeros(t, GD_F32, GD_DIMS(INT64_MAX / 2, 8)));
    assert_int_equal(gd_tape_status(t), GD_ERROR_SHAPE);
    gd_tape_reset(t);
    assert_null(gd_arange(t, GD_F32, 0, 1, 0));
    assert_int_equal(gd_tape_status(t), GD_ERROR_VALUE);
}

static void test_functions_have_addresses(void **state)
{
    gd_tensor *(*op)(gd_tape *, gd_tensor *) = gd_relu;
    gd_tape *t = *state;
    assert_non_null(op(t, gd_ones(t, GD_F32, GD_DIMS(2))));
}

/* Refuses every call with GD_ERROR_ARGUMENT and this in the message. */
static void check_refused(const gd_op *op, gd_tensor *const *operands, int n, const char *message)
{
    gd_tape *tape = gd_tape_create();
    assert_null(gd_apply(tape, op, operands, n, NULL));
    assert_int_equal(gd_tape_status(tape), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_tape_message(tape), message));
    gd_tape_destroy(tape);
}

static void test_bad_ops_of_users(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create(GD_F64, GD_DIMS(2));
    gd_op op = {.name = "mine", .most_operands = 1};
    check_refused(&op, &x, 1, "mine: it has no check");
    op.check = gd_check_elementwise;
    check_refused(&op, &x, 1, "mine: it has no forward, and its check made no view");
    check_refused(&op, NULL, 1, "mine: its operands are missing");
    check_refused(&op, &x, 2, "mine: 2 operands are given; it has 0 to 1");
    op.attributes_size = 8;
    check_refused(&op, &x, 1, "mine: its attributes are missing");
    gd_tensor_destroy(x);
}

/* A function made of ops names itself in errors, and the outermost of nested ones wins, also for
 * errors of the constants that it makes. */
static gd_tensor *inner(gd_tape *t, gd_tensor *a, gd_tensor *b)
{
    const char *outer = gd_call_begin(t, "inner");
    return gd_call_end(t, outer, gd_add(t, a, b));
}

static gd_tensor *around(gd_tape *t, gd_tensor *a, gd_tensor *b)
{
    const char *outer = gd_call_begin(t, "around");
    gd_tensor *twice = gd_mul(t, a, gd_scalar_like(t, 2, a));
    return gd_call_end(t, outer, inner(t, twice, b));
}

static void test_functions_of_ops_name_themselves(void **state)
{
    gd_tape *t = *state;
    const char *expected[] = {"inner: [2] and [3]", "around: [2] and [3]", "mul: [2] and [3]"};
    for (int k = 0; k < 3; ++k) {
        gd_tape_reset(t);
        gd_tensor *a = gd_ones(t, GD_F32, GD_DIMS(2)), *b = gd_ones(t, GD_F32, GD_DIMS(3));
        assert_non_null(around(t, a, a));
        assert_null(k == 0 ? inner(t, a, b) : k == 1 ? around(t, a, b) : gd_mul(t, a, b));
        assert_non_null(strstr(gd_tape_message(t), expected[k]));
    }
    gd_tape_reset(t);
    const char *outer = gd_call_begin(t, "around");
    assert_null(gd_call_end(t, outer, gd_scalar_like(t, 1, NULL)));
    assert_int_equal(gd_tape_status(t), GD_OK);
    int64_t bad[GD_MAX_DIMS + 1] = {0};
    outer = gd_call_begin(t, "around");
    assert_null(gd_call_end(t, outer, gd_zeros(t, GD_F32, GD_MAX_DIMS + 1, bad)));
    assert_non_null(strstr(gd_tape_message(t), "around: "));
    gd_tape_reset(t);
    assert_null(gd_transpose(t, gd_ones(t, GD_F32, GD_DIMS(2)), 0, 1)); /* named once */
    assert_non_null(strstr(gd_tape_message(t), ": transpose: "));
    assert_null(strstr(strstr(gd_tape_message(t), "transpose: ") + 1, "transpose: "));
    assert_null(gd_call_begin(NULL, "around"));
    assert_null(gd_call_end(NULL, NULL, NULL));
}

int tape_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_error_has_place_and_shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_first_error_is_kept_through_nested_calls, setup,
                                        teardown),
        cmocka_unit_test(test_bad_ops_of_users),
        cmocka_unit_test_setup_teardown(test_functions_of_ops_name_themselves, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vector_forms_show_the_users_shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_null_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_use_after_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_use_of_another_tape, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mark_and_release, setup, teardown),
        cmocka_unit_test_setup_teardown(test_release_forgets_the_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recording_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_creation_on_a_tape, setup, teardown),
        cmocka_unit_test_setup_teardown(test_functions_have_addresses, setup, teardown),
    };
    return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
