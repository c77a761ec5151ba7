/* Recordings that are run again: the same bits as were recorded. */
#include "../cmocka_all.h"
#include "tests.h"
#include "traced.h"

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

/* The numbers of the sample in float64; float32 has rounded 0.1, which is what was computed with.
 * */
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

/* ---- what programs may do ---- */

/* An op of the user's own, y = x^2. */
static bool square_check(gd_tape *tape, gd_node *n)
{
    return gd_check_elementwise(tape, n);
}

static bool square_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    for (int64_t i = 0; i < gd_tensor_numel(n->out); ++i)
        if (n->out->dtype == GD_F32)
            ((float *)n->out->data)[i] =
                ((const float *)n->in[0]->data)[i] * ((const float *)n->in[0]->data)[i];
        else
            ((double *)n->out->data)[i] =
                ((const double *)n->in[0]->data)[i] * ((const double *)n->in[0]->data)[i];
    return true;
}

static gd_tensor *square_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_mul(tape, gd_scalar_like(tape, 2, dy), gd_mul(tape, dy, n->in[i]));
}

static const gd_op square = {.name = "square",
                             GD_OPERANDS("input"),
                             .formula = "input^2",
                             .gradient = "dinput = 2 dy input",
                             .check = square_check,
                             .forward = square_forward,
                             .grad = square_grad};

static void run_own_op(gd_tape *t, void *context)
{
    (void)context;
    gd_tensor *x = gd_tensor_create_full(GD_F32, 3, GD_DIMS(2));
    x->requires_grad = true;
    gd_tensor *y = gd_apply(t, &square, &x, 1, NULL);
    gd_backward(t, gd_sum(t, y, GD_ALL_DIMS, false));
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

static void test_own_op(void **state)
{
    (void)state;
    gd_recording *r = record(run_own_op, NULL, NULL);
    assert_null(gd_trace_replay(r, NULL));
    assert_int_equal(gd_message_status(), GD_ERROR_VALUE);
    assert_non_null(strstr(gd_message(), "(square, replay.c:"));
    gd_recording_destroy(r);
    const gd_op *const ops[] = {&square};
    r = record(run_own_op, NULL, &(gd_trace_read_options){.ops = ops, .n_ops = 1});
    assert_int_equal(count_other_bits(r, "an op of the user's own"), 0);
    verdicts v = prove(r, 1, "an op of the user's own");
    assert_int_equal(v.wrong + v.unchecked + v.rounded, 0);
    gd_recording_destroy(r);
}

/* A rule that gives another shape is no gradient. */
static gd_tensor *wide_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    gd_tensor *g = square_grad(tape, n, dy, i);
    return gd_concat(tape, (gd_tensor *[]){g, g}, 2, 0);
}

static void test_rule_of_another_shape(void **state)
{
    (void)state;
    gd_op wide = square;
    wide.grad = wide_grad;
    const gd_op *const ops[] = {&wide};
    gd_recording *r = record(run_own_op, NULL, &(gd_trace_read_options){.ops = ops, .n_ops = 1});
    assert_null(gd_trace_replay(r, NULL));
    assert_int_equal(gd_message_status(), GD_ERROR_VALUE);
    assert_non_null(strstr(gd_message(), "its rule does not give one of its shape"));
    gd_recording_destroy(r);
}

/* Marks, an error, recording off, optional operands, a leaf that is changed between its uses, one
 * of stride 0, and int64 and bool results in between. */
static void run_odd(gd_tape *t, void *context)
{
    (void)context;
    float numbers[] = {0.5F, -1, 2, 1};
    gd_tensor *x = gd_tensor_create_borrowed(GD_F32, numbers, GD_DIMS(2, 2));
    gd_tensor *row = gd_tensor_create_ones(GD_F32, GD_DIMS(1, 2));
    gd_tensor wide = gd_tensor_expand(row, GD_DIMS(3, 2));
    x->requires_grad = wide.requires_grad = true;
    gd_mark mark = gd_tape_mark(t);
    for (int k = 0; k < 2; ++k) {
        gd_sum(t, gd_exp(t, x), GD_ALL_DIMS, false);
        gd_tape_release(t, mark);
    }
    gd_tape_set_recording(t, false);
    gd_tensor *constant = gd_tanh(t, x);
    gd_tape_set_recording(t, true);
    gd_tensor *y = gd_linear(t, &wide, x, NULL); /* [3,2] */
    gd_tensor *best = gd_argmax(t, y, 1, true);
    gd_tensor *z = gd_where(t, gd_gt(t, y, gd_scalar_like(t, 0, y)), y, gd_neg(t, y));
    gd_tensor *rows = gd_concat(t, (gd_tensor *[]){z, constant}, 2, 0);
    gd_tensor *at = gd_concat(t, (gd_tensor *[]){best, gd_argmax(t, constant, 1, true)}, 2, 0);
    gd_tensor *picked = gd_gather(t, rows, 1, at);
    gd_backward(t, gd_sum(t, gd_cast(t, picked, GD_F64), GD_ALL_DIMS, false));
    numbers[0] = 7;
    gd_tensor_modified(x);
    gd_mul(t, x, x);
    gd_add(t, x, gd_zeros(t, GD_F32, GD_DIMS(3))); /* refused */
    gd_tape_reset(t);
    gd_tensor_destroy(x);
    gd_tensor_destroy(&wide);
    gd_tensor_destroy(row);
}

static void test_odd(void **state)
{
    (void)state;
    gd_recording *r = record(run_odd, NULL, NULL);
    int64_t kinds[GD_RECORDED_STEP + 1] = {0};
    for (int64_t i = 0; i < r->n_events; ++i)
        ++kinds[r->events[i].kind];
    assert_true(kinds[GD_RECORDED_RELEASE] == 2 && kinds[GD_RECORDED_ERROR] == 1 &&
                kinds[GD_RECORDED_BACKWARD] == 1);
    assert_int_equal(count_other_bits(r, "an odd program"), 0);
    verdicts v = prove(r, 1, "an odd program");
    assert_int_equal(v.wrong + v.unchecked + v.rounded, 0);
    gd_recording_destroy(r);
}

/* Comparisons in float64 would come out otherwise: 0.1F is more than 0.1. What was chosen is held
 * fixed. */
static void run_choice(gd_tape *t, void *context)
{
    (void)context;
    gd_tensor *x = gd_tensor_create_full(GD_F32, 0.1, GD_DIMS(1));
    x->requires_grad = true;
    gd_tensor *third = gd_div(t, x, gd_scalar_like(t, 3, x));
    gd_tensor *again = gd_mul(t, third, gd_scalar_like(t, 3, x));
    gd_tensor *is_same =
        gd_eq(t, again, x); /* true in float32, not so in float64, or the other way */
    gd_tensor *y = gd_where(t, is_same, x, gd_mul(t, x, gd_scalar_like(t, 5, x)));
    gd_backward(t, gd_sum(t, y, GD_ALL_DIMS, false));
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

static void test_choices_are_held(void **state)
{
    (void)state;
    gd_recording *r = record(run_choice, NULL, NULL);
    gd_replay *replay = replay_of(r, (gd_replay_options){.float64 = true});
    int n = 0;
    for (int64_t i = 0; i < r->n_events; ++i)
        if (r->events[i].kind == GD_RECORDED_OP && r->events[i].values.x->dtype == GD_BOOL) {
            assert_int_equal(*(uint8_t *)gd_replay_value(replay, i)->data,
                             *(uint8_t *)r->events[i].values.x->data);
            ++n;
        }
    assert_int_equal(n, 1);
    gd_replay_destroy(replay);
    gd_recording_destroy(r);
}

/* ---- what cannot be replayed ---- */

static gd_recording *recording_with(const char *lines)
{
    FILE *file = fopen("replay_test.trace", "w");
    fprintf(file, "{\"gradus_trace\":1,\"program\":\"p.c\",\"full\":4}\n%s", lines);
    fclose(file);
    gd_recording *r = gd_trace_read("replay_test.trace", NULL);
    remove("replay_test.trace");
    if (r->damage != NULL)
        fail_msg("%s", r->damage);
    return r;
}

static void assert_not_replayed(const char *lines, gd_status status, const char *message)
{
    gd_recording *r = recording_with(lines);
    assert_null(gd_trace_replay(r, NULL));
    assert_int_equal(gd_message_status(), status);
    assert_string_equal(gd_message(), message);
    gd_recording_destroy(r);
}

#define LEAF                                                                                       \
    "{\"e\":\"leaf\",\"id\":0,\"name\":\"x\",\"dtype\":\"float32\",\"shape\":[2],\"values\":[1,2]" \
    ",\"wants\":true}\n"

static void test_cannot(void **state)
{
    (void)state;
    assert_not_replayed(
        "{\"e\":\"leaf\",\"id\":0,\"name\":\"x\",\"dtype\":\"float32\",\"shape\":[9],"
        "\"values\":[1],\"window\":[1,1],\"stats\":{\"min\":1,\"max\":1,\"norm\":3,"
        "\"zeros\":0},\"wants\":true}\n",
        GD_ERROR_VALUE, "replay: the leaf x (tensor 0) was not written whole");
    assert_not_replayed(LEAF "{\"e\":\"op\",\"node\":0,\"op\":\"exp\",\"in\":[0],\"out\":1,"
                             "\"shape\":[3],\"values\":[1,2,3]}\n",
                        GD_ERROR_VALUE,
                        "replay: node 0 (exp) gives another shape or dtype than recorded");
    assert_not_replayed(
        LEAF "{\"e\":\"op\",\"node\":0,\"op\":\"sum\",\"in\":[0],\"attr\":{\"dims\":"
             "[5]},\"out\":1,\"shape\":[],\"values\":[3]}\n",
        GD_ERROR_SHAPE,
        "replay: node 0 (sum): sum: dimensions [5] of [2]: each must exist and be named "
        "once");
    assert_not_replayed(
        "{\"e\":\"leaf\",\"id\":0,\"name\":\"x\",\"dtype\":\"float32\",\"shape\":[2],"
        "\"stride\":[1000000000000],\"values\":[1,2],\"wants\":true}\n",
        GD_ERROR_MEMORY, "replay: it needs more than the 1073741824 bytes that it may take");
    gd_recording *r = gd_trace_read(SAMPLE, NULL);
    assert_null(gd_trace_replay(r, &(gd_replay_options){.bytes = 100}));
    assert_int_equal(gd_message_status(), GD_ERROR_MEMORY);
    assert_null(gd_trace_replay(r, &(gd_replay_options){.step = 2}));
    assert_int_equal(gd_message_status(), GD_ERROR_ARGUMENT);
    assert_null(gd_trace_replay(NULL, NULL));
    gd_recording_destroy(r);
}

int replay_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_float64),
        cmocka_unit_test(test_own_op),
        cmocka_unit_test(test_rule_of_another_shape),
        cmocka_unit_test(test_odd),
        cmocka_unit_test(test_choices_are_held),
        cmocka_unit_test(test_cannot),
    };
    return cmocka_run_group_tests_name("replaying a trace", tests, NULL, NULL);
}
