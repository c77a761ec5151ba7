/* Proofs: rules against differences, and what float32 lost. */
#include "../cmocka_all.h"
#include "tests.h"
#include "traced.h"

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

/* ---- kinks, and what cannot be checked ---- */

static gd_tensor *leaf(int n, const double *numbers, gd_dtype dtype)
{
    gd_tensor *x = gd_tensor_create(dtype, 1, (const int64_t[]){n});
    for (int i = 0; i < n; ++i)
        if (dtype == GD_F32)
            ((float *)x->data)[i] = (float)numbers[i];
        else
            ((double *)x->data)[i] = numbers[i];
    x->requires_grad = true;
    return x;
}

/* A root of a leaf of these numbers, gone through backward. */
typedef struct small_program {
    gd_tensor *(*root)(gd_tape *tape, gd_tensor *x);
    double numbers[4];
    int n;
    gd_dtype dtype;
} small_program;

static void run_small(gd_tape *t, void *context)
{
    const small_program *p = context;
    gd_tensor *x = leaf(p->n, p->numbers, p->dtype);
    gd_backward(t, p->root(t, x));
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

/* The proof of an element of the first leaf's gradient. */
static gd_proof proof_of(const small_program *program, int64_t element)
{
    small_program copy = *program;
    gd_recording *r = record(run_small, &copy, NULL);
    gd_proof *proofs, found = {.event = -1};
    int64_t count;
    if (gd_trace_prove(r, 1, 0, &proofs, &count) != GD_OK)
        fail_msg("%s", gd_message());
    for (int64_t i = 0; i < count; ++i)
        if (proofs[i].tensor == 0 && proofs[i].element == element)
            found = proofs[i];
    assert_true(found.event >= 0);
    assert_int_equal(r->events[found.event].kind, GD_RECORDED_ADD);
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
    return found;
}

static gd_tensor *sum_of_relu(gd_tape *t, gd_tensor *x)
{
    return gd_sum(t, gd_relu(t, x), GD_ALL_DIMS, false);
}

static gd_tensor *largest_of_all(gd_tape *t, gd_tensor *x)
{
    return gd_max(t, x, GD_ALL_DIMS, false);
}

static void test_kinks(void **state)
{
    (void)state;
    small_program relu = {sum_of_relu, {0, 1e-5, -1e-5, 3}, 4, GD_F32};
    gd_proof p = proof_of(&relu, 0);
    assert_true(p.at_kink && p.verdict == GD_RIGHT && p.rule == 0);
    assert_true(fabs(p.difference - 0.5) < 1e-9); /* slopes 0 and 1 */
    assert_non_null(p.message);
    for (int i = 1; i < 4; ++i) { /* near a kink is not at one */
        p = proof_of(&relu, i);
        assert_true(!p.at_kink && p.verdict == GD_RIGHT && p.rule == (i == 2 ? 0 : 1));
        assert_true(p.error < 1e-8);
        assert_null(p.message);
    }
    /* Of two largest elements each has half the gradient: between 0 and 1. */
    small_program tie = {largest_of_all, {2, 2, -1}, 3, GD_F32};
    p = proof_of(&tie, 1);
    assert_true(p.at_kink && p.verdict == GD_RIGHT && p.rule == 0.5);
}

/* The rules of both ops, as no way leads through a reshape. */
static gd_tensor *loss_of_sigmoid(gd_tape *t, gd_tensor *x)
{
    gd_tensor *p = gd_reshape(t, gd_sigmoid(t, x), 1, x->shape);
    return gd_binary_cross_entropy(t, p, gd_zeros(t, x->dtype, 1, x->shape), NULL);
}

/* ln(1 - p) near p = 1 rounds so much that the slopes of both sides part, as at a kink, unless the
 * step is large. The gradient is 1. */
static void test_rounding_is_no_kink(void **state)
{
    (void)state;
    for (double x = 17.5; x <= 22; x += 0.5) {
        small_program program = {loss_of_sigmoid, {x}, 1, GD_F32};
        gd_proof p = proof_of(&program, 0);
        assert_true(fabs(p.rule - 1) < 1e-6 && fabs(p.difference - 1) < 1e-6);
        assert_true(!p.at_kink && p.verdict != GD_WRONG);
    }
}

static gd_tensor *constant(gd_tape *t, gd_tensor *x)
{
    gd_tensor *c = gd_full(t, x->dtype, 2, 1, x->shape);
    return gd_sum(t, gd_maximum(t, gd_minimum(t, x, c), c), GD_ALL_DIMS, false);
}

/* max(min(x, 2), 2) is 2, and has no slope; at 2 each of the two rules halves the gradient. */
static void test_kinks_of_several_ops(void **state)
{
    (void)state;
    small_program program = {constant, {2, 2.5}, 2, GD_F32};
    gd_proof p = proof_of(&program, 0);
    assert_int_equal(p.verdict, GD_UNCHECKED);
    assert_true(p.rule == 0.25 && p.difference == 0 && !p.at_kink);
    assert_string_equal(p.message,
                        "ops on the way are at kinks, where the chain rule need not hold");
    p = proof_of(&program, 1);
    assert_true(p.verdict == GD_RIGHT && p.rule == 0);
}

static gd_tensor *negated_max_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return gd_neg(tape, gd_op_find("max")->grad(tape, n, dy, i));
}

/* At a tie -1/2 is no slope between 0 and 1. */
static void test_wrong_at_a_kink(void **state)
{
    (void)state;
    small_program tie = {largest_of_all, {2, 2, -1}, 3, GD_F32};
    gd_op mutant = *gd_op_find("max");
    mutant.grad = negated_max_grad;
    const gd_op *const ops[] = {&mutant};
    gd_recording *r = record(run_small, &tie, &(gd_trace_read_options){.ops = ops, .n_ops = 1});
    gd_proof *proofs;
    int64_t count, n = 0;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    for (int64_t i = 0; i < count; ++i)
        if (proofs[i].tensor == 0 && proofs[i].element < 2) {
            assert_true(proofs[i].at_kink && proofs[i].verdict != GD_RIGHT);
            ++n;
        }
    assert_int_equal(n, 2);
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
}

static gd_tensor *not_finite(gd_tape *t, gd_tensor *x)
{
    return gd_sum(t, gd_log(t, x), GD_ALL_DIMS, false);
}

static gd_tensor *saturated(gd_tape *t, gd_tensor *x)
{
    gd_tensor *y = gd_zeros(t, x->dtype, 1, x->shape);
    return gd_binary_cross_entropy(t, gd_sigmoid(t, x), y, NULL);
}

static gd_tensor *beside(gd_tape *t, gd_tensor *x)
{
    gd_tensor *y = gd_full(t, x->dtype, 0.25, 1, x->shape), *p = gd_sigmoid(t, gd_mul(t, x, x));
    return gd_add(t, gd_binary_cross_entropy(t, p, y, NULL), gd_mean(t, p, GD_ALL_DIMS, false));
}

static void test_unchecked(void **state)
{
    (void)state;
    gd_proof p = proof_of(&(small_program){not_finite, {1, -1}, 2, GD_F32}, 0);
    assert_int_equal(p.verdict, GD_UNCHECKED);
    assert_true(isnan(p.difference));
    assert_string_equal(p.message, "the loss, or the loss nearby, is not a finite number");
    /* sigmoid(40) is 1 in float64, too: the loss stays 100 nearby, but its gradient is 1. */
    p = proof_of(&(small_program){saturated, {40}, 1, GD_F32}, 0);
    assert_int_equal(p.verdict, GD_UNCHECKED);
    assert_string_equal(p.message, "float64 rounds the loss too much to take differences of it");
    p = proof_of(&(small_program){saturated, {20}, 1, GD_F32}, 0);
    assert_int_equal(p.verdict, GD_RIGHT);
    p = proof_of(&(small_program){saturated, {-40}, 1, GD_F32}, 0);
    assert_int_equal(p.verdict, GD_RIGHT);
}

static gd_tensor *lost_beside_nan(gd_tape *t, gd_tensor *x)
{
    return gd_sum(t, gd_log(t, gd_sub(t, gd_exp(t, x), gd_full(t, x->dtype, 1, 1, x->shape))),
                  GD_ALL_DIMS, false);
}

/* The proof of the value that the call `op` gave. */
static gd_proof value_proof_of(small_program program, const char *op)
{
    gd_recording *r = record(run_small, &program, NULL);
    gd_proof *proofs, found = {.event = -1};
    int64_t count;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    for (int64_t i = 0; i < count; ++i) {
        const gd_recorded_event *e = &r->events[proofs[i].event];
        if (e->kind == GD_RECORDED_OP && strcmp(r->nodes[e->node].op_name, op) == 0)
            found = proofs[i];
    }
    assert_true(found.event >= 0);
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
    return found;
}

/* log(-1) is NaN in float64, too: nothing is right about it. exp(1e-9) - 1 is 0 in float32, whose
 * logarithm is -inf where ln(1e-9) is right: that is told before a NaN beside it. */
static void test_not_finite_values(void **state)
{
    (void)state;
    gd_proof p = value_proof_of((small_program){not_finite, {1, -1}, 2, GD_F32}, "log");
    assert_int_equal(p.verdict, GD_UNCHECKED);
    assert_int_equal(p.element, 1);
    assert_string_equal(p.message, "not finite in float64 either: rounding is not the reason");
    p = value_proof_of((small_program){not_finite, {1, 2}, 2, GD_F32}, "log");
    assert_int_equal(p.verdict, GD_RIGHT);
    p = value_proof_of((small_program){lost_beside_nan, {-1, 1e-9}, 2, GD_F32}, "log");
    assert_int_equal(p.verdict, GD_ROUNDED);
    assert_int_equal(p.element, 1);
    assert_true(p.recorded == -(double)INFINITY && fabs(p.rule - log(1e-9)) < 1e-6);
}

/* The loss's own part of d loss / d p goes past the sigmoid. */
static void test_passed(void **state)
{
    (void)state;
    small_program program = {beside, {0.5, -1}, 2, GD_F64};
    gd_recording *r = record(run_small, &program, NULL);
    gd_proof *proofs;
    int64_t count, passed = 0;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    for (int64_t i = 0; i < count; ++i) {
        bool is_sum = r->events[proofs[i].event].kind == GD_RECORDED_ADD;
        int64_t maker = r->tensors[proofs[i].tensor].node;
        bool is_p = is_sum && maker >= 0 && strcmp(r->nodes[maker].op_name, "sigmoid") == 0;
        assert_int_equal(proofs[i].verdict, is_p ? GD_UNCHECKED : GD_RIGHT);
        passed += is_p;
    }
    assert_int_equal(passed, 2);
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
}

/* A gradient that an earlier step has begun: of both steps. */
static void run_two_steps(gd_tape *t, void *context)
{
    (void)context;
    gd_tensor *x = leaf(2, (const double[]){0.5, -1}, GD_F32);
    for (int step = 0; step < 2; ++step) {
        gd_tape_reset(t);
        gd_backward(t, gd_sum(t, gd_mul(t, x, x), GD_ALL_DIMS, false));
    }
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

static void test_gradient_of_two_steps(void **state)
{
    (void)state;
    gd_recording *r = record(run_two_steps, NULL, NULL);
    gd_proof *proofs;
    int64_t count, n = 0;
    assert_int_equal(gd_trace_prove(r, 2, 0, &proofs, &count), GD_OK);
    for (int64_t i = 0; i < count; ++i)
        if (proofs[i].tensor == 0) {
            assert_int_equal(proofs[i].verdict, GD_RIGHT);
            assert_true(proofs[i].rule == (proofs[i].element == 0 ? 2 : -4)); /* twice 2 x */
            ++n;
        }
    assert_int_equal(n, 2);
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
}

/* A gradient of an earlier step that was written as a window: what is added to it cannot be
 * checked, all else can. */
static void test_window_of_a_gradient(void **state)
{
    (void)state;
    gd_recording *r = gd_trace_read(GD_TESTS_DIR "/trace/corpus/events.trace", NULL);
    assert_non_null(r);
    assert_null(r->damage);
    assert_int_equal(r->steps, 2);
    for (int64_t step = 1; step <= 2; ++step) {
        gd_proof *proofs;
        int64_t count, unchecked = 0;
        if (gd_trace_prove(r, step, 0, &proofs, &count) != GD_OK)
            fail_msg("%s", gd_message());
        for (int64_t i = 0; i < count; ++i)
            if (proofs[i].verdict != GD_RIGHT) {
                assert_int_equal(proofs[i].verdict, GD_UNCHECKED);
                assert_string_equal(proofs[i].message,
                                    "it was added to a gradient that was not written whole");
                assert_string_equal(r->tensors[proofs[i].tensor].name, "wide");
                /* each of the two steps has given the same */
                assert_true(fabs(proofs[i].recorded - 2 * proofs[i].rule) < 1e-12);
                ++unchecked;
            }
        assert_int_equal(unchecked, step == 1 ? 0 : 12);
        gd_proofs_destroy(proofs);
    }
    gd_recording_destroy(r);
}

/* Two roots whose gradients nearly cancel: the rounding of the first must not be taken for an
 * error of the rule. */
static void run_two_roots(gd_tape *t, void *context)
{
    (void)context;
    gd_tensor *x = leaf(1, (const double[]){0.5}, GD_F32);
    gd_backward(
        t, gd_mul(t, gd_sum(t, gd_exp(t, x), GD_ALL_DIMS, false), gd_scalar(t, 12345.678, GD_F32)));
    gd_backward(
        t, gd_mul(t, gd_sum(t, gd_exp(t, x), GD_ALL_DIMS, false), gd_scalar(t, -12345, GD_F32)));
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

/* What is needed has been changed: the backward fails when it comes to the product. */
static void run_failing(gd_tape *t, void *context)
{
    (void)context;
    gd_tensor *x = leaf(1, (const double[]){0.5}, GD_F32);
    gd_tensor *y = gd_exp(t, x), *z = gd_mul(t, y, y);
    gd_tensor *root = gd_sum(t, z, GD_ALL_DIMS, false);
    gd_tensor_fill(y, 3);
    assert_int_equal(gd_backward(t, root), GD_ERROR_STATE);
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

static void test_roots(void **state)
{
    (void)state;
    gd_recording *r = record(run_two_roots, NULL, NULL);
    assert_int_equal(prove(r, 1, "two roots").wrong, 0);
    gd_recording_destroy(r);
    r = record(run_failing, NULL, NULL);
    gd_proof *proofs;
    int64_t count;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    assert_int_equal(count, 3); /* the values of three ops */
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
}

/* 200 ops in a row, of 32 elements: those far from the root have one proof each, the leaf has one
 * for each of its elements. */
static void run_long(gd_tape *t, void *context)
{
    (void)context;
    gd_rng rng = {.key = 1};
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(4, 8)), *y = x;
    gd_tensor_uniform(x, &rng, -1, 1);
    x->requires_grad = true;
    for (int i = 0; i < 200; ++i)
        y = i % 2 ? gd_tanh(t, y) : gd_add(t, y, x);
    gd_backward(t, gd_mean(t, y, GD_ALL_DIMS, false));
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

static void test_long(void **state)
{
    (void)state;
    gd_recording *r = record(run_long, NULL, NULL);
    gd_proof *proofs;
    int64_t count, of_leaf = 0, of_directions = 0, of_elements = 0;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    for (int64_t i = 0; i < count; ++i) {
        const gd_proof *p = &proofs[i];
        assert_int_equal(p->verdict, GD_RIGHT);
        bool is_sum = r->events[p->event].kind == GD_RECORDED_ADD;
        of_leaf += is_sum && p->tensor == 0;
        of_directions += is_sum && p->element < 0;
        of_elements += is_sum && p->tensor != 0 && p->element >= 0;
    }
    assert_int_equal(of_leaf, 32);
    assert_true(of_directions > 50 && of_directions < 100);
    assert_true(of_elements > 100 * 32);
    gd_proofs_destroy(proofs);
    gd_recording_destroy(r);
}

/* A backward that the trace ends in has no complete gradient. */
static void test_cut(void **state)
{
    (void)state;
    static char text[1 << 14];
    FILE *file = fopen(SAMPLE, "rb");
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    char *cut = strstr(text, "{\"e\":\"node\",\"node\":0");
    file = fopen("prove_test.trace", "wb");
    fwrite(text, 1, (size_t)(cut - text) + 5, file);
    fclose(file);
    gd_recording *r = gd_trace_read("prove_test.trace", NULL);
    remove("prove_test.trace");
    assert_non_null(r->damage);
    gd_proof *proofs;
    int64_t count;
    assert_int_equal(gd_trace_prove(r, 1, 0, &proofs, &count), GD_OK);
    assert_int_equal(count, 3); /* the values of three ops */
    gd_proofs_destroy(proofs);
    assert_int_equal(gd_trace_prove(r, 2, 0, &proofs, &count), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_trace_prove(NULL, 1, 0, &proofs, &count), GD_ERROR_ARGUMENT);
    gd_recording_destroy(r);
}

int prove_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_kinks),
        cmocka_unit_test(test_rounding_is_no_kink),
        cmocka_unit_test(test_kinks_of_several_ops),
        cmocka_unit_test(test_wrong_at_a_kink),
        cmocka_unit_test(test_unchecked),
        cmocka_unit_test(test_not_finite_values),
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_window_of_a_gradient),
        cmocka_unit_test(test_passed),
        cmocka_unit_test(test_gradient_of_two_steps),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests_name("proving gradients", tests, NULL, NULL);
}
