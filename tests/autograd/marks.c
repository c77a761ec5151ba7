/* Marks: what a release forgets and what it leaves, and which marks it refuses. Expected values
 * are closed forms. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "../operands.h"
#include "tests.h"

#include "autograd/internal.h"

#include <string.h>

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

static gd_tensor *filled(gd_tape *t, double value)
{
    return gd_full(t, GD_F64, value, GD_DIMS(64));
}

static gd_tensor *total(gd_tape *t, gd_tensor *x)
{
    return gd_sum(t, x, GD_ALL_DIMS, false);
}

static bool all_are(const gd_tensor *x, double value)
{
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (element(x, i) != value)
            return false;
    return true;
}

/* The tape has refused because of its state, with this in the message; it goes on after a reset.
 * */
static void assert_refused(gd_tape *t, const char *text)
{
    assert_int_equal(gd_tape_status(t), GD_ERROR_STATE);
    if (strstr(gd_tape_message(t), text) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", gd_tape_message(t), text);
    gd_tape_reset(t);
}

/* ---- which marks ---- */

static void test_mark_of_another_tape(void **state)
{
    gd_tape *a = *state, *b = gd_tape_create();
    gd_tensor *x = filled(a, 3);
    gd_mark mark = gd_tape_mark(a), own = gd_tape_mark(b);
    gd_tensor *kept = filled(b, 4);
    gd_tape_release(b, mark);
    assert_int_equal(gd_tape_status(a), GD_OK);
    assert_non_null(gd_neg(a, x));
    assert_true(all_are(kept, 4)); /* nothing was forgotten */
    assert_refused(b, "marks.c:");
    gd_tape_release(b, own); /* of the step before */
    assert_refused(b, "tape_release: the mark is gone");
    gd_tape_release(b, mark);
    assert_refused(b, "tape_release: the mark is of another tape");
    gd_tape_release(b, (gd_mark){.tape = b});
    assert_refused(b, "gone");
    gd_tape_destroy(b);
}

static void test_order_of_releases(void **state)
{
    gd_tape *t = *state;
    for (int apart = 0; apart <= 1; ++apart) { /* marks at two places, and at one */
        gd_mark first = gd_tape_mark(t);
        if (apart)
            filled(t, 1);
        gd_mark second = gd_tape_mark(t);
        if (apart)
            filled(t, 2);
        gd_mark third = gd_tape_mark(t);
        gd_tape_release(t, third);
        gd_tape_release(t, second);
        gd_tape_release(t, second); /* as often as one likes */
        assert_int_equal(gd_tape_status(t), GD_OK);
        gd_tape_release(t, third);
        assert_refused(t, "gone");
        first = gd_tape_mark(t);
        if (apart)
            filled(t, 1);
        second = gd_tape_mark(t);
        gd_tape_release(t, first);
        assert_int_equal(gd_tape_status(t), GD_OK);
        third = gd_tape_mark(t);
        gd_tape_release(t, third);
        gd_tape_release(t, first);
        assert_int_equal(gd_tape_status(t), GD_OK);
        gd_tape_release(t, second);
        assert_refused(t, "gone");
    }
}

/* However many marks are set and released one after the other, they are at one place. */
static void test_many_marks(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = filled(t, 2);
    gd_mark first = gd_tape_mark(t), last = first;
    for (int i = 0; i < 1000; ++i) {
        last = gd_tape_mark(t);
        assert_true(all_are(gd_neg(t, x), -2));
        gd_tape_release(t, last);
    }
    assert_int_equal(t->state_count, 1);
    gd_tape_release(t, first);
    assert_int_equal(gd_tape_status(t), GD_OK);
    gd_tape_release(t, last);
    assert_refused(t, "gone");
}

/* An op may mark and release what it does itself, and no more. */
static gd_mark callers, left_open;

static bool marking_forward(gd_tape *tape, const gd_node *n)
{
    double sum = 0;
    for (int i = 0; i < 3; ++i) {
        gd_mark mark = gd_tape_mark(tape);
        sum += gd_item(total(tape, n->in[0]));
        gd_tape_release(tape, mark);
    }
    left_open = gd_tape_mark(tape);
    filled(tape, 7);
    if (sum == 0)
        gd_tape_release(tape, callers);
    return gd_tensor_fill(n->out, sum) == GD_OK;
}

static const gd_op marking = {.name = "marking",
                              .least_operands = 1,
                              .most_operands = 1,
                              .check = gd_check_elementwise,
                              .forward = marking_forward};

static void test_marks_in_an_op(void **state)
{
    gd_tape *t = *state;
    callers = gd_tape_mark(t);
    gd_tensor *x = filled(t, 2), *y = gd_apply(t, &marking, &x, 1, NULL);
    assert_true(all_are(y, 3 * 128));
    assert_true(all_are(gd_add(t, x, y), 3 * 128 + 2));
    gd_tape_release(t, left_open); /* it went with its op */
    assert_refused(t, "gone");
    callers = gd_tape_mark(t);
    x = filled(t, 0);
    assert_null(gd_apply(t, &marking, &x, 1, NULL));
    assert_refused(t, "the mark is of an op's caller");
}

/* ---- what is gone ---- */

static void test_use_after_release(void **state)
{
    gd_tape *t = *state;
    for (int use = 0; use < 7; ++use) {
        gd_tensor *w = filled(t, 1), *g;
        w->requires_grad = true;
        gd_mark mark = gd_tape_mark(t);
        gd_tensor *x = gd_mul(t, w, filled(t, 5)), *root = total(t, x);
        gd_tensor view = gd_tensor_slice(x, 0, 0, 32, 1);
        gd_tape_release(t, mark);
        gd_tensor *y = gd_mul(t, w, filled(t, 9)); /* in the same memory */
        if (use == 0)
            assert_null(gd_neg(t, x));
        else if (use == 1)
            assert_null(gd_neg(t, &view));
        else if (use == 2)
            assert_null(gd_add(t, y, x));
        else if (use == 3)
            assert_int_equal(gd_backward(t, root), GD_ERROR_STATE);
        else if (use == 4)
            assert_int_equal(gd_backward_with(t, y, &(gd_backward_options){.gradient = x}),
                             GD_ERROR_STATE);
        else if (use == 5)
            assert_int_equal(gd_grad(t, total(t, y), &x, 1, &g, NULL), GD_ERROR_STATE);
        else
            assert_int_equal(gd_retain_grad(t, x), GD_ERROR_STATE);
        assert_refused(t, "it is gone");
    }
}

static const gd_tensor *kept_dy;

static gd_tensor *keeping_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)i;
    kept_dy = gd_neg(tape, dy);
    return dy;
}

static bool copy_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    return gd_tensor_copy(n->out, n->in[0]) == GD_OK;
}

/* What a rule has made is gone with its backward. */
static void test_use_after_backward(void **state)
{
    static const gd_op op = {.name = "keeping",
                             .least_operands = 1,
                             .most_operands = 1,
                             .check = gd_check_elementwise,
                             .forward = copy_forward,
                             .grad = keeping_grad};
    gd_tape *t = *state;
    gd_tensor *x = filled(t, 1);
    x->requires_grad = true;
    assert_int_equal(gd_backward(t, total(t, gd_apply(t, &op, &x, 1, NULL))), GD_OK);
    filled(t, 8);
    assert_null(gd_neg(t, (gd_tensor *)(uintptr_t)kept_dy));
    assert_refused(t, "it is gone");
}

/* ---- what stays ---- */

static void test_gradients_outlive_marks(void **state)
{
    gd_tape *t = *state;
    gd_tensor *leaf = filled(t, 3);
    leaf->requires_grad = true;
    gd_tensor *h = gd_mul(t, leaf, leaf), *loss = total(t, gd_mul(t, h, h));
    gd_mark outer = gd_tape_mark(t);
    gd_tensor *inside = filled(t, 2);
    gd_mark inner = gd_tape_mark(t);
    assert_int_equal(gd_retain_grad(t, h), GD_OK);
    gd_tape_release(t, inner);
    gd_tensor *v = gd_zeros(t, GD_F64, GD_DIMS(64));
    assert_int_equal(gd_backward(t, loss), GD_OK);
    assert_true(all_are(v, 0) && all_are(inside, 2));
    assert_true(all_are(h->grad, 18) && all_are(leaf->grad, 108));
    gd_tape_release(t, outer);
    v = filled(t, -1);
    assert_true(all_are(h->grad, 18) && all_are(leaf->grad, 108));
    assert_true(all_are(gd_add(t, leaf->grad, h->grad), 126)); /* both can be used */
    /* And they add up over backwards inside of marks. */
    for (int i = 1; i <= 3; ++i) {
        gd_mark mark = gd_tape_mark(t);
        assert_int_equal(gd_backward(t, total(t, gd_mul(t, leaf, filled(t, 2)))), GD_OK);
        gd_tape_release(t, mark);
        assert_true(all_are(leaf->grad, 108 + 2 * i) && all_are(v, -1));
    }
}

/* The gradient of a tensor that is gone goes, too. */
static void test_gradients_of_what_is_gone(void **state)
{
    gd_tape *t = *state;
    size_t before = gd_tape_bytes(t), peak = 0;
    gd_mark mark = gd_tape_mark(t);
    for (int i = 0; i < 100; ++i) {
        gd_tensor *leaf = gd_full(t, GD_F64, 2, GD_DIMS(10000));
        leaf->requires_grad = true;
        gd_mark inner = gd_tape_mark(t);
        assert_int_equal(gd_backward(t, total(t, gd_mul(t, leaf, leaf))), GD_OK);
        gd_tensor *gradient = leaf->grad;
        gd_tape_release(t, inner);
        assert_true(all_are(gradient, 4));
        gd_tape_release(t, mark);
        assert_int_equal(gd_tape_bytes(t), before);
        peak = i == 0 ? gd_tape_peak_bytes(t) : peak;
        if (i == 99)
            assert_null(gd_neg(t, gradient));
    }
    assert_true(gd_tape_peak_bytes(t) < peak + 100 * 20 * 256); /* headers, for 20 tensors each */
    assert_refused(t, "it is gone");
}

/* A gradient of a gradient, and that of a view: as long as what they are of. */
static void test_gradients_of_gradients_outlive_marks(void **state)
{
    gd_tape *t = *state;
    gd_tensor *leaf = filled(t, 3);
    leaf->requires_grad = true;
    gd_tensor view = gd_tensor_slice(leaf, 0, 0, 32, 1);
    view.requires_grad = true;
    gd_mark mark = gd_tape_mark(t);
    assert_int_equal(gd_backward(t, total(t, gd_mul(t, leaf, leaf))), GD_OK);
    leaf->grad->requires_grad = true;
    assert_int_equal(gd_backward(t, total(t, gd_mul(t, leaf->grad, filled(t, 5)))), GD_OK);
    assert_int_equal(gd_backward(t, total(t, gd_mul(t, &view, &view))), GD_OK);
    gd_tape_release(t, mark);
    for (int i = 0; i < 10; ++i)
        filled(t, 9);
    assert_true(all_are(leaf->grad, 6) && all_are(leaf->grad->grad, 5) && all_are(view.grad, 6));
    assert_non_null(gd_neg(t, view.grad));
}

static bool step(gd_tape *t, gd_tensor *w)
{
    gd_tape_reset(t);
    gd_zero_grad(w);
    gd_tensor *h = gd_mul(t, w, w), *g;
    for (int i = 0; i < 20; ++i) {
        gd_mark mark = gd_tape_mark(t);
        gd_tensor *y = total(t, gd_exp(t, h));
        gd_mark inner = gd_tape_mark(t);
        gd_retain_grad(t, h);
        gd_grad(t, y, &w, 1, &g, NULL);
        gd_tape_release(t, inner);
        gd_backward(t, y);
        gd_tape_release(t, mark);
    }
    return gd_tape_status(t) == GD_OK;
}

static void test_warm_steps_with_marks_allocate_nothing(void **state)
{
    (void)state;
#ifndef NDEBUG
    skip(); /* debug builds never use headers again */
#endif
    allocations c = {0};
    gd_set_allocator(counting_allocator, &c);
    gd_tape *t = gd_tape_create();
    gd_tensor *w = gd_tensor_create_full(GD_F64, 0.5, GD_DIMS(64));
    w->requires_grad = true;
    for (int i = 0; i < 4; ++i)
        assert_true(step(t, w));
    long before = c.calls;
    for (int i = 0; i < 20; ++i)
        assert_true(step(t, w));
    assert_int_equal(c.calls, before);
    gd_tape_destroy(t);
    gd_tensor_destroy(w);
    assert_int_equal(c.live, 0);
    gd_set_allocator(NULL, NULL);
}

/* Memory may end anywhere between marks; with memory again the same tape goes on. */
static void test_every_allocation_may_fail_between_marks(void **state)
{
    (void)state;
    allocations c = {0};
    gd_set_allocator(counting_allocator, &c);
    gd_tensor *w = gd_tensor_create_full(GD_F64, 0.5, GD_DIMS(5000));
    w->requires_grad = true;
    bool reached_the_end = false;
    for (long k = 1; !reached_the_end; ++k) {
        gd_tape *t = gd_tape_create();
        c.fail_at = c.calls + k;
        bool done = step(t, w);
        reached_the_end = c.calls < c.fail_at;
        assert_true(done == reached_the_end);
        assert_int_equal(gd_tape_status(t), done ? GD_OK : GD_ERROR_MEMORY);
        c.fail_at = 0;
        assert_true(step(t, w));
        assert_true(step(t, w));
        gd_tape_destroy(t);
        assert_true(k < 100);
    }
    gd_tensor_destroy(w);
    assert_int_equal(c.live, 0);
    gd_set_allocator(NULL, NULL);
}

static void test_no_memory_for_a_mark(void **state)
{
    (void)state;
    allocations c = {0};
    gd_set_allocator(counting_allocator, &c);
    gd_tape *t = gd_tape_create();
    c.fail_at = c.calls + 1;
    gd_mark mark = gd_tape_mark(t);
    assert_int_equal(gd_tape_status(t), GD_ERROR_MEMORY);
    c.fail_at = 0;
    gd_tape_reset(t);
    gd_tape_release(t, mark);
    assert_refused(t, "gone");
    gd_tape_destroy(t);
    assert_int_equal(c.live, 0);
    gd_set_allocator(NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int marks_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mark_of_another_tape),
        TEST(test_order_of_releases),
        TEST(test_many_marks),
        TEST(test_marks_in_an_op),
        TEST(test_use_after_release),
        TEST(test_use_after_backward),
        TEST(test_gradients_outlive_marks),
        TEST(test_gradients_of_what_is_gone),
        TEST(test_gradients_of_gradients_outlive_marks),
        cmocka_unit_test(test_warm_steps_with_marks_allocate_nothing),
        cmocka_unit_test(test_every_allocation_may_fail_between_marks),
        cmocka_unit_test(test_no_memory_for_a_mark),
    };
    return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
