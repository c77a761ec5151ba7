/* Proofs: rules against differences, and what float32 lost. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

#define SAMPLE GD_TESTS_DIR "/trace/corpus/tiny.trace"

/* Worked out by hand: d loss / d a = b + 2 a, d loss / d b = sum of a, d loss / d s = a; one of
 * each element, one of each op. */
static void test_sample(void **state)
{
    (void)state;
    static const double expected[][3] = {/* tensor, element, gradient */
                                         {4, 0, 1},  {3, 0, 1},   {3, 1, 1},    {2, 0, 2},
                                         {2, 1, -1}, {0, 0, 4.1}, {0, 1, -1.9}, {1, 0, 1}};
    gd_recording *r = gd_trace_read(SAMPLE, NULL);
    gd_proof *proofs;
    int64_t count, n = 0;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    for (int64_t i = 0; i < count; ++i) {
        const gd_proof *p = &proofs[i];
        if (p->verdict != GD_RIGHT)
            fail_msg("event %lld, element %lld: %s", (long long)p->event, (long long)p->element,
                     p->message);
        if (r->events[p->event].kind == GD_RECORDED_OP)
            continue;
        assert_int_equal(p->tensor, (int64_t)expected[n][0]);
        assert_int_equal(p->element, (int64_t)expected[n][1]);
        assert_true(fabs(p->rule - expected[n][2]) < 1e-7);
        assert_true(fabs(p->difference - expected[n][2]) < 1e-7);
        assert_true(fabs(p->recorded - expected[n][2]) < 1e-6);
        assert_false(p->at_kink);
        ++n;
    }
    assert_int_equal(n, sizeof expected / sizeof *expected);
    assert_int_equal(count, n + 3);
    gd_proofs_destroy(proofs);
    gd_proofs_destroy(NULL);
    gd_recording_destroy(r);
}

int prove_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
    };
    return cmocka_run_group_tests_name("proving gradients", tests, NULL, NULL);
}
