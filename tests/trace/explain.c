/* Formulas with numbers, of recordings: the sample's by hand, and those of wrong or strange
 * formulas. */
#include "../cmocka_all.h"
#include "tests.h"
#include "traced.h"

#include <gradus.h>
#include <math.h>
#include <string.h>

#define SAMPLE GD_TESTS_DIR "/trace/corpus/tiny.trace"

/* Events of the sample. */
enum { ADD_OP = 2, MUL_OP, SUM_OP, START, SUM_NODE, TO_MUL, MUL_NODE, TO_A, TO_S, ADD_NODE, TO_A2 };
enum { TO_B = TO_A2 + 1 };
enum { A, B, S, MUL, LOSS }; /* its tensors */

static void check(const gd_recording *r, int64_t event, int64_t element, const char *names,
                  const char *numbers, double value)
{
    gd_explanation *x = gd_recording_explain(r, NULL, event, element);
    if (x == NULL)
        fail_msg("%s", gd_message());
    assert_string_equal(x->names, names);
    assert_string_equal(x->numbers, numbers);
    assert_true(fabs(x->value - value) < 1e-6); /* float32's 0.1 is not 0.1 */
    gd_explanation_destroy(x);
}

static void test_sample(void **state)
{
    (void)state;
    gd_recording *r = gd_trace_read(SAMPLE, NULL);
    assert_non_null(r);
    check(r, ADD_OP, 1, "a[1] + b", "-1 + 0.1", -0.9);
    check(r, MUL_OP, 0, "a[0] * s[0]", "2 * 2.1", 4.2);
    check(r, SUM_OP, 0, "mul[0] + mul[1]", "4.2 + 0.9", 5.1);
    check(r, START, 0, "1", "1", 1);
    check(r, TO_MUL, 1, "dy", "1", 1);
    check(r, TO_A, 0, "dy[0] * s[0]", "1 * 2.1", 2.1);
    check(r, TO_S, 1, "dy[1] * a[1]", "1 * -1", -1);
    check(r, TO_A2, 0, "dy[0]", "2", 2);
    check(r, TO_B, 0, "dy[0] + dy[1]", "2 - 1", 1);
    assert_null(gd_recording_explain(r, NULL, SUM_NODE, 0));
    assert_null(gd_recording_explain(r, NULL, TO_A, 2));
    assert_null(gd_recording_explain(r, NULL, TO_A, -1));
    assert_null(gd_recording_explain(r, NULL, r->n_events, 0));
    gd_recording_destroy(r);
}

static void test_replayed(void **state)
{
    (void)state;
    gd_recording *r = gd_trace_read(SAMPLE, NULL);
    gd_replay *replay = gd_trace_replay(r, &(gd_replay_options){.float64 = true});
    assert_non_null(replay);
    gd_explanation *x = gd_recording_explain(r, replay, TO_A, 0);
    assert_non_null(x);
    double b = (double)0.1f; /* as float64 has it */
    assert_true(x->value == 2 + b);
    gd_explanation_destroy(x);
    gd_replay_destroy(replay);
    gd_recording_destroy(r);
}

/* What da[0] of mul was made of: dy[0], the gradient of mul's result, and s[0]. */
static void test_reads(void **state)
{
    (void)state;
    gd_recording *r = gd_trace_read(SAMPLE, NULL);
    gd_explanation *x = gd_recording_explain(r, NULL, TO_A, 0);
    assert_non_null(x);
    assert_int_equal(x->n_reads, 2);
    const gd_read *s = &x->reads[0], *dy = &x->reads[1];
    assert_int_equal(s->tensor, S);
    assert_false(s->is_gradient);
    assert_int_equal(s->element, 0);
    assert_int_equal(s->event, ADD_OP);
    assert_true(s->value == (double)2.1f);
    assert_int_equal(dy->tensor, MUL);
    assert_true(dy->is_gradient);
    assert_int_equal(dy->event, MUL_NODE);
    assert_true(dy->value == 1);
    gd_explanation_destroy(x);
    gd_recording_destroy(r);
}

static void test_contributions(void **state)
{
    (void)state;
    gd_recording *r = gd_trace_read(SAMPLE, NULL);
    int64_t events[4];
    assert_int_equal(gd_recording_contributions(r, TO_A2, events, 4), 2);
    assert_int_equal(events[0], TO_A);
    assert_int_equal(events[1], TO_A2);
    assert_int_equal(gd_recording_contributions(r, TO_A, events, 4), 1);
    assert_int_equal(events[0], TO_A);
    assert_int_equal(gd_recording_contributions(r, MUL_NODE, events, 4), 1);
    assert_int_equal(events[0], TO_MUL);
    assert_int_equal(gd_recording_contributions(r, SUM_NODE, events, 4), 1);
    assert_int_equal(events[0], START);
    assert_int_equal(gd_recording_contributions(r, TO_A2, NULL, 0), 2);
    assert_int_equal(gd_recording_contributions(r, ADD_OP, events, 4), 0);
    assert_int_equal(gd_recording_contributions(r, -1, events, 4), 0);
    assert_int_equal(gd_recording_contributions(r, r->n_events, events, 4), 0);
    gd_recording_destroy(r);
}

static void test_names(void **state)
{
    (void)state;
    gd_recording *r = gd_trace_read(SAMPLE, NULL);
    char name[16];
    assert_int_equal(gd_recording_name(r, MUL, name, sizeof name), 3);
    assert_string_equal(name, "mul");
    assert_int_equal(gd_recording_name(r, B, NULL, 0), 1);
    gd_recording_destroy(r);
}

/* The event of kind that comes n-th, from 0. */
static int64_t nth_event(const gd_recording *r, gd_recorded_kind kind, int n)
{
    int64_t i = 0;
    while (i < r->n_events && !(r->events[i].kind == kind && n-- == 0))
        ++i;
    assert_true(i < r->n_events);
    return i;
}

/* Sums of more than 6 terms are cut; what is read twice is one read; calls have numbers. */
static void sums_eight(gd_tape *t, void *context)
{
    gd_tensor *a = context;
    gd_tensor *squares = gd_mul(t, a, a);
    gd_tensor *total = gd_sum(t, gd_mul(t, squares, a), GD_ALL_DIMS, false);
    (void)total;
}

static void test_long_sum(void **state)
{
    (void)state;
    float numbers[8] = {1, -2, 0.5, 3, 0, 1, -1, 2};
    gd_tensor *a = gd_tensor_create_from_data(GD_F32, numbers, GD_DIMS(8));
    gd_recording *r = record(sums_eight, a, NULL);
    check(r, nth_event(r, GD_RECORDED_OP, 2), 0,
          "mul2[0] + mul2[1] + mul2[2] + .. (8 terms, the largest mul2[1] + mul2[3] + mul2[7])",
          "1 - 8 + 0.125 + .. (8 terms, the largest -8 + 27 + 8)", 28.125);
    gd_explanation *x = gd_recording_explain(r, NULL, nth_event(r, GD_RECORDED_OP, 0), 1);
    assert_int_equal(x->n_reads, 1);
    assert_true(x->reads[0].value == -2 && isinf(x->reads[0].share));
    gd_explanation_destroy(x);
    x = gd_recording_explain(r, NULL, nth_event(r, GD_RECORDED_OP, 2), 0);
    assert_int_equal(x->n_reads, 8);
    assert_true(x->reads[1].share == 8 && x->reads[3].share == 27 && x->reads[4].share == 0);
    gd_explanation_destroy(x);
    char name[16];
    gd_recording_call_name(r, 1, name, sizeof name);
    assert_string_equal(name, "mul2");
    gd_recording_destroy(r);
    gd_tensor_destroy(a);
}

/* A gd_grad between two backwards has a sum of its own. */
static void adds_twice(gd_tape *t, void *context)
{
    gd_tensor *a = context, *g;
    gd_backward(t, gd_mul(t, a, a));
    gd_grad(t, gd_exp(t, a), &a, 1, &g, NULL);
    gd_backward(t, gd_neg(t, a));
}

static void test_contributions_of_several(void **state)
{
    (void)state;
    float number = 3;
    gd_tensor *a = gd_tensor_create_from_data(GD_F32, &number, 0, NULL);
    a->requires_grad = true;
    gd_recording *r = record(adds_twice, a, NULL);
    int64_t events[8];
    int64_t of_grad = nth_event(r, GD_RECORDED_ADD, 2), last = nth_event(r, GD_RECORDED_ADD, 3);
    assert_int_equal(gd_recording_contributions(r, of_grad, events, 8), 1);
    assert_int_equal(events[0], of_grad);
    assert_int_equal(gd_recording_contributions(r, last, events, 8), 3);
    assert_int_equal(events[0], nth_event(r, GD_RECORDED_ADD, 0));
    assert_int_equal(events[1], nth_event(r, GD_RECORDED_ADD, 1));
    assert_int_equal(events[2], last);
    gd_recording_destroy(r);
    gd_tensor_destroy(a);
}

/* Of a large tensor the trace has a window: what is in it can be explained. */
static void test_window(void **state)
{
    (void)state;
    gd_recording *r = recording_of_program("large_mlp");
    int64_t relu = nth_event(r, GD_RECORDED_OP, 1);
    assert_string_equal(r->nodes[r->events[relu].node].op_name, "relu");
    assert_false(r->events[relu].values.whole);
    gd_explanation *x = gd_recording_explain(r, NULL, relu, 7 * 128 + 7);
    assert_non_null(x);
    assert_string_equal(x->names, "max(linear[7,7], 0)");
    gd_explanation_destroy(x);
    assert_null(gd_recording_explain(r, NULL, relu, 8));
    assert_int_equal(gd_message_status(), GD_ERROR_VALUE);
    assert_null(gd_recording_explain(r, NULL, relu, 8 * 128));
    gd_recording_destroy(r);
}

/* ---- formulas of a user's own op ---- */

/* The sample's, with another op in the place of mul. */
static gd_explanation *explain_with(const char *element, const char *gradient, int64_t event)
{
    gd_op op = *gd_op_find("mul");
    op.element = element;
    op.element_gradient = gradient;
    const gd_op *own = &op;
    gd_recording *r = gd_trace_read(SAMPLE, &(gd_trace_read_options){.ops = &own, .n_ops = 1});
    assert_non_null(r);
    gd_explanation *x = gd_recording_explain(r, NULL, event, 1);
    gd_recording_destroy(r);
    return x;
}

static void check_refused(const char *element, const char *message)
{
    assert_null(explain_with(element, NULL, MUL_OP));
    if (strstr(gd_message(), message) == NULL)
        fail_msg("\"%s\": \"%s\" does not say \"%s\"", element, gd_message(), message);
    assert_null(explain_with("input * other", element, TO_A));
}

static void test_nonsense(void **state)
{
    (void)state;
    check_refused("", "no formula");
    check_refused("input +", "expected a number, a name or \"(\" at its end");
    check_refused("(input", "expected \")\" at its end");
    check_refused("input other", "expected an operator at other");
    check_refused("input * * other", "a number, a name or \"(\" at * other");
    check_refused("input * strange", "mul: \"input * strange\" is no formula of an element");
    check_refused("strange(input)", "a known function before \"(\"");
    check_refused("max(input)", "\",\" and a second argument");
    check_refused("sum(k: input)", "an index that the sum can go over");
    check_refused("sum(input)", "a known function");
    check_refused("input[0", "\"]\"");
    check_refused("input[0,0]", "as many indices as the tensor has dimensions");
    check_refused("y[..,i,j] = input", "more indices than dimensions");
    check_refused("input where", "a number, a name");
    check_refused("input where input > 0", "\", else\"");
    check_refused("where + 1", "before \"where\"");
    check_refused("q, q = q", "defined by itself");
    check_refused("q, q = p, p = q + 1", "defined by itself");
    check_refused("((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((input",
                  "fewer brackets");
    check_refused("\x01", "a number");
    check_refused("nth(nobody: input)", "the name of an operand");
    check_refused("input[dim: 0", "\"]\"");
}

/* Right as texts, but not for these operands: refused when evaluated, or 0. */
static void test_misfits(void **state)
{
    (void)state;
    const char *const texts[] = {"swap(input, dim0, dim1)",
                                 "input[dim: 0]",
                                 "input[# 7]",
                                 "input[1.5]",
                                 "input[# -1]",
                                 "nth(input: other)",
                                 "before(input)",
                                 "per_class(input)",
                                 "noise",
                                 "u",
                                 "reduced(input)",
                                 "at(dim)",
                                 "at(classes)",
                                 "size(input, dims)",
                                 "count(dims)",
                                 "1 / 0",
                                 "ln(-1)",
                                 "given(nothing, 3)",
                                 "2^2^2^2^2",
                                 "-input^2",
                                 "input[#] + input[# 0]",
                                 "sum(..: input)",
                                 "max(dims: input)",
                                 "1e999",
                                 "1e-999",
                                 "0.1e"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; ++k) {
        gd_explanation_destroy(explain_with(texts[k], NULL, MUL_OP));
        gd_explanation_destroy(explain_with("input * other", texts[k], TO_A));
    }
}

/* Every text that differs by one byte from a right one is understood or refused. */
static void test_every_byte(void **state)
{
    (void)state;
    const char *const right =
        "sum(k: input[k] * e^-other[0] where 0 <= k and k != 1, else 0) + q, q = max(input, 0.5)";
    char text[128];
    gd_explanation *x = explain_with(right, NULL, MUL_OP);
    assert_non_null(x);
    gd_explanation_destroy(x);
    for (size_t i = 0; right[i] != '\0'; ++i)
        for (const char *c = "aq(),:[].*^-=<k0e# \x80"; *c != '\0'; ++c) {
            strcpy(text, right);
            text[i] = *c;
            gd_explanation_destroy(explain_with(text, NULL, MUL_OP));
            text[i] = '\0';
            gd_explanation_destroy(explain_with(text, NULL, MUL_OP));
        }
}

int explain_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sample),
                                       cmocka_unit_test(test_replayed),
                                       cmocka_unit_test(test_reads),
                                       cmocka_unit_test(test_contributions),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_long_sum),
                                       cmocka_unit_test(test_contributions_of_several),
                                       cmocka_unit_test(test_window),
                                       cmocka_unit_test(test_nonsense),
                                       cmocka_unit_test(test_misfits),
                                       cmocka_unit_test(test_every_byte)};
    return cmocka_run_group_tests_name("formulas with numbers", tests, NULL, NULL);
}
