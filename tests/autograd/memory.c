/* Memory: every allocation may fail, none is lost, and a warm step makes none. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "step.h"
#include "tests.h"

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    allocations c = {0};
    gd_set_allocator(counting_allocator, &c);
    bool reached_the_end = false;
    for (long k = 1; !reached_the_end; ++k) {
        c = (allocations){.fail_at = k};
        model m;
        if (!model_create(&m)) {
            assert_int_equal(c.live, 0);
            continue;
        }
        gd_status status = model_step(&m);
        reached_the_end = c.calls < k;
        assert_int_equal(status, reached_the_end ? GD_OK : GD_ERROR_MEMORY);
        c.fail_at = 0; /* with memory again, the same tape goes on */
        assert_int_equal(model_step(&m), GD_OK);
        model_destroy(&m);
        assert_int_equal(c.live, 0);
        assert_true(k < 1000);
    }
    gd_set_allocator(NULL, NULL);
}

static void test_a_warm_step_allocates_nothing(void **state)
{
    (void)state;
#ifndef NDEBUG
    skip(); /* debug builds never use headers again */
#endif
    allocations c = {0};
    gd_set_allocator(counting_allocator, &c);
    model m;
    assert_true(model_create(&m));
    for (int i = 0; i < 4; ++i)
        assert_int_equal(model_step(&m), GD_OK);
    long before = c.calls;
    for (int i = 0; i < 100; ++i)
        assert_int_equal(model_step(&m), GD_OK);
    assert_int_equal(c.calls, before);
    model_destroy(&m);
    gd_set_allocator(NULL, NULL);
}

static void test_memory_does_not_grow(void **state)
{
    (void)state;
    model m;
    assert_true(model_create(&m));
    model_step(&m);
    size_t bytes = gd_tape_bytes(m.tape), peak = gd_tape_peak_bytes(m.tape);
    assert_true(bytes > 0 && peak >= bytes);
    for (int i = 0; i < 5; ++i)
        model_step(&m);
    assert_int_equal(gd_tape_bytes(m.tape), bytes);
    assert_int_equal(gd_tape_peak_bytes(m.tape), peak);
    model_destroy(&m);
}

/* However long the chain, a backward holds few gradients at a time: the pool gets them back. */
static void test_backward_gives_gradients_back(void **state)
{
    (void)state;
    enum { N = 10000, LENGTH = 50 };
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_full(GD_F32, 1e-20, GD_DIMS(N));
    x->requires_grad = true;
    gd_tensor *y = x;
    for (int i = 0; i < LENGTH; ++i) {
        gd_tensor *product = gd_mul(t, y, y);
        y = gd_add(t, gd_add(t, y, y), product);
    }
    gd_tensor *loss = gd_sum(t, y, GD_ALL_DIMS, false);
    size_t before = gd_tape_peak_bytes(t);
    assert_int_equal(gd_backward(t, loss), GD_OK);
#ifdef NDEBUG /* a debug build keeps headers until the reset */
    assert_int_equal(gd_tape_bytes(t), before);
#endif
    size_t gradients = (gd_tape_peak_bytes(t) - before) / (N * sizeof(float));
    assert_true(gradients <= 6);
    gd_tape_destroy(t);
    gd_tensor_destroy(x);
}

/* The same where rules return views of what they have computed. */
static void test_views_give_gradients_back(void **state)
{
    (void)state;
    enum { N = 100, LENGTH = 50 };
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_full(GD_F32, 1e-20, GD_DIMS(N, N));
    x->requires_grad = true;
    gd_tensor *y = x;
    for (int i = 0; i < LENGTH; ++i)
        y = gd_neg(t, gd_transpose(t, gd_exp(t, y), 0, 1));
    gd_tensor *loss = gd_sum(t, y, GD_ALL_DIMS, false);
    size_t before = gd_tape_peak_bytes(t);
    assert_int_equal(gd_backward(t, loss), GD_OK);
    size_t gradients = (gd_tape_peak_bytes(t) - before) / (N * N * sizeof(float));
    assert_true(gradients <= 6);
    gd_tape_destroy(t);
    gd_tensor_destroy(x);
}

/* The most memory is remembered through a release, and what came after it was less. */
static void test_peak_outlasts_releases(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_mark mark = gd_tape_mark(t);
    for (int i = 0; i < 3; ++i) {
        gd_zeros(t, GD_F32, GD_DIMS(i == 0 ? 100000 : 10));
        gd_tape_release(t, mark);
        assert_true(gd_tape_peak_bytes(t) >= 400000);
        assert_true(gd_tape_bytes(t) < 100000);
    }
    gd_tape_destroy(t);
}

enum { SCRATCH = 1 << 20 };

static bool same_check(gd_tape *tape, gd_node *node)
{
    return gd_check_elementwise(tape, node);
}

static bool same_forward(gd_tape *tape, const gd_node *node)
{
    (void)tape;
    return gd_tensor_copy(node->out, node->in[0]) == GD_OK;
}

static gd_tensor *same_grad(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    (void)node, (void)i;
    return gd_tape_scratch(tape, SCRATCH) != NULL ? dy : NULL;
}

/* Scratch memory of a rule is given back before the next rule runs. */
static void test_scratch_of_rules_is_given_back(void **state)
{
    (void)state;
    const gd_op same = {.name = "same",
                        .least_operands = 1,
                        .most_operands = 1,
                        .check = same_check,
                        .forward = same_forward,
                        .grad = same_grad};
    gd_tape *t = gd_tape_create();
    gd_tensor *y = gd_full(t, GD_F64, 1, 0, NULL);
    y->requires_grad = true;
    for (int i = 0; i < 20; ++i)
        y = gd_apply(t, &same, &y, 1, NULL);
    assert_int_equal(gd_backward(t, y), GD_OK);
    assert_true(gd_tape_peak_bytes(t) < 2 * SCRATCH);
    gd_tape_destroy(t);
}

/* A large tensor after a release, where blocks that are too small for it follow. */
static void test_blocks_of_all_sizes(void **state)
{
    (void)state;
    allocations c = {0};
    gd_set_allocator(counting_allocator, &c);
    gd_tape *t = gd_tape_create();
    gd_zeros(t, GD_F32, GD_DIMS(100));
    gd_mark mark = gd_tape_mark(t);
    for (int i = 0; i < 20; ++i)
        gd_zeros(t, GD_F32, GD_DIMS(5000));
    gd_tape_release(t, mark);
    gd_tensor *large = gd_ones(t, GD_F32, GD_DIMS(1000000)), *more[20];
    for (int i = 0; i < 20; ++i)
        more[i] = gd_full(t, GD_F32, i, GD_DIMS(5000));
    assert_true(((float *)large->data)[999999] == 1);
    for (int i = 0; i < 20; ++i)
        assert_true(((float *)more[i]->data)[0] == (float)i &&
                    ((float *)more[i]->data)[4999] == (float)i);
    gd_tape_destroy(t);
    assert_int_equal(c.live, 0);
    gd_set_allocator(NULL, NULL);
}

int memory_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_may_fail),
                                       cmocka_unit_test(test_a_warm_step_allocates_nothing),
                                       cmocka_unit_test(test_memory_does_not_grow),
                                       cmocka_unit_test(test_backward_gives_gradients_back),
                                       cmocka_unit_test(test_views_give_gradients_back),
                                       cmocka_unit_test(test_peak_outlasts_releases),
                                       cmocka_unit_test(test_scratch_of_rules_is_given_back),
                                       cmocka_unit_test(test_blocks_of_all_sizes)};
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
