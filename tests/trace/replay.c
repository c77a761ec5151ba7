/* Recordings that are run again: the same bits as were recorded. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <string.h>

#define SAMPLE GD_TESTS_DIR "/trace/corpus/tiny.trace"

static gd_replay *replay_of(const gd_recording *r, gd_replay_options options)
{
    gd_replay *replay = gd_trace_replay(r, &options);
    if (replay == NULL)
        fail_msg("%s", gd_message());
    return replay;
}

static double element(const gd_tensor *x, int64_t i)
{
    return x->dtype == GD_F64 ? ((const double *)x->data)[i] : (double)((const float *)x->data)[i];
}

/* The numbers of the sample in float64; float32 has rounded 0.1, which is what was computed with. */
static void test_float64(void **state)
{
    (void)state;
    gd_recording *r = gd_trace_read(SAMPLE, NULL);
    gd_replay *replay = replay_of(r, (gd_replay_options){.float64 = true});
    double b = (double)0.1F;
    const gd_tensor *loss = gd_replay_value(replay, 4), *after = gd_replay_after(replay, 12);
    assert_int_equal(loss->dtype, GD_F64);
    assert_true(element(loss, 0) == 2 * (2 + b) + -1 * (-1 + b));
    assert_true(element(after, 0) == 2 + (2 + b) && element(after, 1) == -1 + (-1 + b));
    assert_null(gd_replay_value(replay, -1));
    assert_null(gd_replay_value(replay, r->n_events));
    assert_null(gd_replay_after(replay, 0));
    gd_replay_destroy(replay);
    gd_recording_destroy(r);
}

int replay_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_float64),
    };
    return cmocka_run_group_tests_name("replaying a trace", tests, NULL, NULL);
}
