/* Reading, replaying and proving where any one allocation fails: refused, with a message, and
 * nothing is left behind. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus.h>

#include <string.h>

/* The whole way from a file to its proofs; true: no allocation failed. */
static bool try(const char *path)
{
    gd_proof *proofs = NULL;
    int64_t count = 0;
    gd_recording *r = gd_trace_read(path, NULL);
    gd_replay *replay = r != NULL ? gd_trace_replay(r, NULL) : NULL;
    bool ok = replay != NULL && gd_trace_prove(r, 1, 0, &proofs, &count) == GD_OK;
    if (!ok)
        assert_int_equal(gd_message_status(), GD_ERROR_MEMORY);
    if (r != NULL)
        assert_null(r->damage);
    gd_proofs_destroy(proofs);
    gd_replay_destroy(replay);
    gd_recording_destroy(r);
    return ok;
}

static void fail_each(const char *path)
{
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    assert_true(try(path));
    assert_int_equal(a.live, 0);
    long calls = a.calls;
    assert_true(calls > 100);
    for (long k = 1; k <= calls; ++k) {
        a = (allocations){.fail_at = k};
        bool ok = try(path);
        if (a.live != 0)
            fail_msg("%s: %ld blocks are left after call %ld failed", path, a.live, k);
        if (ok)
            fail_msg("%s: call %ld failed, and nobody noticed", path, k);
    }
    gd_set_allocator(NULL, NULL);
}

static void test_each_allocation_may_fail(void **state)
{
    (void)state;
    fail_each(GD_TESTS_DIR "/trace/corpus/tiny.trace");
    fail_each(GD_TESTS_DIR "/trace/corpus/second_derivative.trace");
}

int memory_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("memory of traces", tests, NULL, NULL);
}
