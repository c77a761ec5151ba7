/* gd_pool: every index once, on any number of threads. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 100000 };

typedef struct work {
    int calls[MOST];    /* of each index */
    pthread_t by[MOST]; /* who ran it */
    gd_pool *pool;      /* for tasks that run tasks */
    struct work *inner;
    atomic_int waiting, sum;
} work;

static work outer, inner[8];

static void count_call(void *context, int64_t index)
{
    work *w = context;
    ++w->calls[index];
    w->by[index] = pthread_self();
}

static void assert_each_once(const work *w, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        assert_int_equal(w->calls[i], 1);
    for (int64_t i = count; i < MOST; ++i)
        assert_int_equal(w->calls[i], 0);
}

static void test_every_index_once(void **state)
{
    (void)state;
    const int64_t counts[] = {0, 1, 2, 7, 1000, MOST};
    for (int threads = 1; threads <= 8; ++threads) {
        gd_pool *pool = gd_pool_create(threads);
        assert_non_null(pool);
        assert_int_equal(gd_pool_threads(pool), threads);
        for (size_t k = 0; k < sizeof counts / sizeof *counts; ++k) {
            memset(&outer, 0, sizeof outer);
            gd_pool_run(pool, counts[k], count_call, &outer);
            assert_each_once(&outer, counts[k]);
        }
        memset(&outer, 0, sizeof outer);
        gd_pool_run(pool, -3, count_call, &outer);
        assert_each_once(&outer, 0);
        gd_pool_destroy(pool);
    }
}

/* Runs that follow each other closely: what a run has written is there when it returns. */
static void test_runs_follow_each_other(void **state)
{
    (void)state;
    gd_pool *pool = gd_pool_create(4);
    for (int run = 1; run <= 5000; ++run) {
        int64_t count = run % 9;
        memset(&outer, 0, sizeof *outer.calls * 9);
        gd_pool_run(pool, count, count_call, &outer);
        for (int64_t i = 0; i < 9; ++i)
            assert_int_equal(outer.calls[i], i < count);
    }
    gd_pool_destroy(pool);
}

static void add_order(void *context, int64_t index)
{
    work *w = context;
    assert_true(pthread_equal(pthread_self(), w->by[MOST - 1]));
    assert_int_equal(w->sum, index);
    w->sum = (int)index + 1;
}

/* No pool, or a pool of one: in order, on the calling thread. */
static void test_one_thread(void **state)
{
    (void)state;
    gd_pool *one = gd_pool_create(1), *pools[] = {NULL, one};
    assert_int_equal(gd_pool_threads(NULL), 1);
    for (int k = 0; k < 2; ++k) {
        memset(&outer, 0, sizeof outer);
        outer.by[MOST - 1] = pthread_self();
        gd_pool_run(pools[k], 50, add_order, &outer);
        assert_int_equal(outer.sum, 50);
    }
    gd_pool_destroy(one);
    gd_pool_destroy(NULL);
}

/* Returns when as many threads as the pool has are in it at once: all of them work. */
static void wait_for_others(void *context, int64_t index)
{
    work *w = context;
    (void)index;
    ++w->waiting;
    while (w->waiting < gd_pool_threads(w->pool))
        sched_yield();
}

static void test_all_threads_work(void **state)
{
    (void)state;
    for (int threads = 2; threads <= 8; ++threads) {
        memset(&outer, 0, sizeof outer);
        outer.pool = gd_pool_create(threads);
        gd_pool_run(outer.pool, threads, wait_for_others, &outer);
        assert_int_equal(outer.waiting, threads);
        gd_pool_destroy(outer.pool);
    }
}

/* A task of the outer run: a run of its own, of the same pool or another. */
static void run_inner(void *context, int64_t index)
{
    work *w = context;
    count_call(w, index);
    gd_pool_run(w->pool, 100, count_call, &w->inner[index]);
}

static void test_nested_runs_stay_on_their_thread(void **state)
{
    (void)state;
    gd_pool *pool = gd_pool_create(4), *other = gd_pool_create(3), *pools[] = {pool, other};
    for (int k = 0; k < 2; ++k) {
        memset(&outer, 0, sizeof outer);
        memset(inner, 0, sizeof inner);
        outer.pool = pools[k];
        outer.inner = inner;
        gd_pool_run(pool, 8, run_inner, &outer);
        assert_each_once(&outer, 8);
        for (int i = 0; i < 8; ++i) {
            assert_each_once(&inner[i], 100);
            for (int j = 0; j < 100; ++j)
                assert_true(pthread_equal(inner[i].by[j], outer.by[i]));
        }
    }
    /* Behind a nested run the thread may cut again. */
    memset(&outer, 0, sizeof outer);
    outer.pool = pool;
    gd_pool_run(pool, 4, wait_for_others, &outer);
    assert_int_equal(outer.waiting, 4);
    gd_pool_destroy(other);
    gd_pool_destroy(pool);
}

static void *use_pool(void *context)
{
    work *w = context;
    for (int run = 0; run < 200; ++run) {
        memset(w->calls, 0, sizeof *w->calls * 50);
        gd_pool_run(w->pool, 50, count_call, w);
        for (int i = 0; i < 50; ++i)
            w->sum += w->calls[i] == 1;
    }
    return NULL;
}

/* Two threads with one pool: the one that finds it in use runs its own tasks. */
static void test_pool_in_use(void **state)
{
    (void)state;
    gd_pool *pool = gd_pool_create(3);
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i) {
        memset(&inner[i], 0, sizeof inner[i]);
        inner[i].pool = pool;
        assert_int_equal(pthread_create(&threads[i], NULL, use_pool, &inner[i]), 0);
    }
    for (int i = 0; i < 2; ++i) {
        pthread_join(threads[i], NULL);
        assert_int_equal(inner[i].sum, 200 * 50);
    }
    gd_pool_destroy(pool);
}

static void test_create_and_destroy(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; ++i) {
        gd_pool *pool = gd_pool_create(1 + i % 4);
        assert_non_null(pool);
        memset(outer.calls, 0, sizeof *outer.calls * 8);
        if (i % 2 == 0)
            gd_pool_run(pool, 8, count_call, &outer);
        for (int j = 0; j < 8; ++j)
            assert_int_equal(outer.calls[j], i % 2 == 0);
        gd_pool_destroy(pool);
    }
}

static void test_refusals_and_memory(void **state)
{
    (void)state;
    assert_null(gd_pool_create(0));
    assert_string_equal(gd_message(), "pool_create: 0 threads; 1 to 1024 are possible");
    assert_int_equal(gd_message_status(), GD_ERROR_ARGUMENT);
    assert_null(gd_pool_create(-1));
    assert_null(gd_pool_create(GD_MOST_THREADS + 1));

    allocations counter = {.fail_at = 1};
    gd_set_allocator(counting_allocator, &counter);
    assert_null(gd_pool_create(4));
    assert_int_equal(gd_message_status(), GD_ERROR_MEMORY);
    counter = (allocations){.fail_at = 0};
    gd_pool *pool = gd_pool_create(4);
    assert_non_null(pool);
    long calls = counter.calls;
    memset(&outer, 0, sizeof outer);
    gd_pool_run(pool, 1000, count_call, &outer);
    assert_int_equal(counter.calls, calls);
    gd_pool_destroy(pool);
    assert_int_equal(counter.live, 0);
    gd_set_allocator(NULL, NULL);
}

/* Where the system starts no more threads, those that it has started end. */
static void test_too_many_threads(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* they need terabytes of address space */
#endif
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {(rlim_t)400 << 20, (rlim_t)400 << 20};
        bool ok = setrlimit(RLIMIT_AS, &limit) == 0 && gd_pool_create(GD_MOST_THREADS) == NULL &&
                  gd_message_status() == GD_ERROR_MEMORY &&
                  strstr(gd_message(), "of 1023 threads") != NULL;
        gd_pool *pool = gd_pool_create(2); /* there is room again */
        _exit(ok && pool != NULL ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int pool_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_index_once),
        cmocka_unit_test(test_runs_follow_each_other),
        cmocka_unit_test(test_one_thread),
        cmocka_unit_test(test_all_threads_work),
        cmocka_unit_test(test_nested_runs_stay_on_their_thread),
        cmocka_unit_test(test_pool_in_use),
        cmocka_unit_test(test_create_and_destroy),
        cmocka_unit_test(test_refusals_and_memory),
        cmocka_unit_test(test_too_many_threads),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
