/* Every op's samples, traced: a replay gives the same bits, rules are proven, and each mutant of a
 * rule is caught. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"
#include "traced.h"

#include <math.h>

typedef struct call {
    const gd_op *op;
    gd_sample sample;
    gd_dtype dtype;
} call;

/* The call, and a backward from a random gradient. */
static void run_call(gd_tape *tape, void *context)
{
    const call *c = context;
    operands o = operands_create(c->op, &c->sample, c->dtype, 7);
    gd_tensor *y = gd_apply(tape, c->op, o.x, o.n, c->sample.attributes);
    if (y == NULL)
        fail_msg("%s", gd_tape_message(tape));
    if (gd_node_of(tape, y) != NULL) {
        gd_rng rng = {.key = 3};
        gd_tensor *weights = gd_zeros(tape, y->dtype, y->ndim, y->shape);
        gd_tensor_uniform(weights, &rng, 0.5, 1.5);
        gd_backward_options options = {.gradient = weights};
        assert_int_equal(gd_backward_with(tape, y, &options), GD_OK);
    }
    gd_tape_reset(tape); /* while the operands are there */
    operands_destroy(&o);
}

static int failures;

static void check_bits(const gd_op *op)
{
    for (calls k = {.row = op->samples}; next_call(&k);)
        for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
            call c = {op, k.call, dtype};
            gd_recording *r = record(run_call, &c, NULL);
            failures += count_other_bits(r, call_text(op, &k.call));
            gd_recording_destroy(r);
        }
}

static void test_bits(void **state)
{
    (void)state;
    failures = 0;
    each_op(check_bits);
    assert_int_equal(failures, 0);
}

static void check_proofs(const gd_op *op)
{
    for (calls k = {.row = op->samples}; next_call(&k);)
        for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
            call c = {op, k.call, dtype};
            gd_recording *r = record(run_call, &c, NULL);
            verdicts v = prove(r, 1, call_text(op, &k.call));
            failures += v.wrong + v.unchecked + v.rounded;
            gd_recording_destroy(r);
        }
}

static void test_proofs(void **state)
{
    (void)state;
    failures = 0;
    each_op(check_proofs);
    assert_int_equal(failures, 0);
}

int replay_ops_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_proofs),
    };
    return cmocka_run_group_tests_name("every op, replayed", tests, NULL, NULL);
}
