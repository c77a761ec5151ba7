/* The programs in programs/: their traces are read, replayed bit for bit, and proven. */
#include "../cmocka_all.h"
#include "tests.h"
#include "traced.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The last event of a kind, and of a tensor of this name; NULL: any. */
static int64_t last_event(const gd_recording *r, gd_recorded_kind kind, const char *name)
{
    for (int64_t i = r->n_events - 1; i >= 0; --i) {
        const gd_recorded_event *e = &r->events[i];
        const char *own = e->tensor >= 0 ? r->tensors[e->tensor].name : NULL;
        if (e->kind == kind && (name == NULL || (own != NULL && strcmp(own, name) == 0)))
            return i;
    }
    fail_msg("no such event of %s", name);
    return -1;
}

static void check_proven(const char *program, int64_t steps)
{
    gd_recording *r = recording_of_program(program);
    assert_int_equal(r->steps, steps);
    assert_int_equal(count_other_bits(r, program), 0);
    for (int64_t step = 1; step <= steps; ++step) {
        verdicts v = prove(r, step, program);
        assert_int_equal(v.wrong + v.rounded + v.unchecked, 0);
        assert_true(v.right > 3);
    }
    gd_recording_destroy(r);
}

static void test_proven(void **state)
{
    (void)state;
    check_proven("logistic_regression", 3);
    check_proven("mlp", 3);
    check_proven("cross_entropy", 1);
    check_proven("masked", 1);
    check_proven("second_derivative", 1);
    check_proven("large_mlp", 3);
}

/* The gradient that gd_grad has recorded is proven as well: 3 x^2 of x = 1, -2, 0.5. */
static void test_recorded_gradient(void **state)
{
    (void)state;
    static const double slopes[] = {3, 12, 0.75};
    gd_recording *r = recording_of_program("second_derivative");
    gd_proof *proofs;
    int64_t count, found = 0, end = 0;
    while (r->events[end].kind != GD_RECORDED_BACKWARD || r->events[end].is_grad)
        ++end;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    for (int64_t i = 0; i < count && proofs[i].event < end; ++i) {
        const char *name = r->tensors[proofs[i].tensor].name;
        if (name == NULL || strcmp(name, "x") != 0)
            continue;
        assert_int_equal(proofs[i].verdict, GD_RIGHT);
        assert_true(proofs[i].recorded == slopes[proofs[i].element]);
        assert_true(fabs(proofs[i].difference - slopes[proofs[i].element]) < 1e-6);
        ++found;
    }
    assert_int_equal(found, 3);
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
}

/* sigmoid(20) is 1 in float32, of which the loss makes its limit, 100; the truth is 20. Its
 * gradient goes past the sigmoid and is right. */
static void test_sigmoid_at_20(void **state)
{
    (void)state;
    gd_recording *r = recording_of_program("sigmoid_at_20");
    assert_int_equal(count_other_bits(r, "sigmoid_at_20"), 0);
    gd_proof *proofs;
    int64_t count, lost = 0;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    for (int64_t i = 0; i < count; ++i) {
        const gd_proof *p = &proofs[i];
        const gd_recorded_event *e = &r->events[p->event];
        const char *name = r->tensors[p->tensor].name;
        assert_int_not_equal(p->verdict, GD_WRONG);
        bool is_value = e->kind == GD_RECORDED_OP;
        bool is_lost =
            is_value && name != NULL && (strcmp(name, "lost") == 0 || strcmp(name, "loss") == 0);
        if (p->verdict != (is_lost ? GD_ROUNDED : GD_RIGHT))
            fail_msg("line %lld: verdict %d: %s", (long long)e->line, p->verdict, p->message);
        if (is_lost)
            assert_string_equal(p->message, "float32 lost this");
        if (is_value && strcmp(name, "lost") == 0)
            assert_true(p->recorded == 100 && fabs(p->rule - 20) < 1e-6);
        lost += is_lost;
    }
    assert_int_equal(lost, 2);
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
}

/* ---- what is broken on purpose ---- */

/* The gradient after the last contribution to a tensor of this name. */
static double broken_gradient(const gd_recording *r, gd_break broken, const char *name, int64_t i)
{
    gd_replay *replay = gd_trace_replay(r, &(gd_replay_options){.broken = broken});
    if (replay == NULL)
        fail_msg("%s", gd_message());
    const gd_tensor *after = gd_replay_after(replay, last_event(r, GD_RECORDED_ADD, name));
    double value = (double)((const float *)after->data)[i];
    gd_replay_destroy(replay);
    return value;
}

static void test_breaks(void **state)
{
    (void)state;
    gd_recording *r = recording_of_program("sigmoid_at_20");
    /* Both losses give z the slope sigmoid(20) - 0 = 1. */
    assert_true(broken_gradient(r, GD_BREAK_NOTHING, "z", 0) == 2);
    assert_true(broken_gradient(r, GD_BREAK_ACCUMULATION, "z", 0) == 1);
    /* By the rules of both: dp = (1 - 0) / 2^-25, times sigmoid's slope e^-20. */
    double by_rules = 0x1p25 * exp(-20);
    assert_true(fabs(broken_gradient(r, GD_BREAK_PASS_THROUGH, "z", 0) - (1 + by_rules)) < 1e-6);
    gd_recording_destroy(r);

    /* The last of three steps without emptying: the sum of what each of them gave. */
    r = recording_of_program("logistic_regression");
    double sum = 0, last = 0;
    for (int64_t i = 0; i < r->n_events; ++i)
        if (r->events[i].kind == GD_RECORDED_ADD &&
            strcmp(r->tensors[r->events[i].tensor].name, "bias") == 0)
            sum += last = (double)((const float *)r->events[i].gives.x->data)[0];
    assert_true(broken_gradient(r, GD_BREAK_NOTHING, "bias", 0) == last);
    assert_true(fabs(broken_gradient(r, GD_BREAK_ZERO_GRAD, "bias", 0) - sum) < 1e-8);
    assert_true(fabs(sum - last) > 1e-5);
    gd_recording_destroy(r);
}

int programs_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proven),
        cmocka_unit_test(test_recorded_gradient),
        cmocka_unit_test(test_sigmoid_at_20),
        cmocka_unit_test(test_breaks),
    };
    return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
