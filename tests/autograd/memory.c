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
                                       cmocka_unit_test(test_blocks_of_all_sizes)};
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
