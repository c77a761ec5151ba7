/* Reading, replaying, proving and telling where any one allocation fails: refused, with a
 * message, and nothing is left behind. */
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

/* The story, and the formula of the first element of each event; true: no allocation failed. */
static bool tell(const char *path)
{
    gd_recording *r = gd_trace_read(path, NULL);
    bool ok = r != NULL;
    char text[2000];
    for (int64_t i = 0; ok && i < r->n_events; ++i) {
        gd_recording_tell(r, i, text, sizeof text);
        ok = strcmp(text, "(no memory for this sentence)") != 0;
        gd_explanation *x = ok ? gd_recording_explain(r, NULL, i, 0) : NULL;
        ok = ok && (x != NULL || gd_message_status() != GD_ERROR_MEMORY);
        gd_explanation_destroy(x);
    }
    if (ok) {
        gd_recording_lead(r, 1, text, sizeof text, NULL);
        ok = strcmp(text, "(no memory for this sentence)") != 0;
    }
    gd_recording_destroy(r);
    return ok;
}

static void fail_each(bool (*way)(const char *path), const char *path)
{
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    assert_true(way(path));
    assert_int_equal(a.live, 0);
    long calls = a.calls;
    assert_true(calls > 100);
    for (long k = 1; k <= calls; ++k) {
        a = (allocations){.fail_at = k};
        bool ok = way(path);
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
    fail_each(try, GD_TESTS_DIR "/trace/corpus/tiny.trace");
    fail_each(try, GD_TESTS_DIR "/trace/corpus/second_derivative.trace");
    fail_each(tell, GD_TESTS_DIR "/trace/corpus/tiny.trace");
    fail_each(tell, GD_TESTS_DIR "/trace/corpus/second_derivative.trace");
    fail_each(tell, GD_TESTS_DIR "/trace/corpus/cross_entropy.trace");
}

int memory_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("memory of traces", tests, NULL, NULL);
}
