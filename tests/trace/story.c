/* What recordings tell: the sample's story word for word, and what must hold for any program. */
#include "../cmocka_all.h"
#include "tests.h"
#include "traced.h"

#include <math.h>
#include <string.h>

enum { SENTENCE = 2000, RANDOM_PROGRAMS = 200, VALUES = 6, OPS = 8 };

static const char *const sample_story[] = {
    "a is a leaf, [2, -1]; it wants a gradient.",
    "b is a leaf, 0.1; it wants a gradient.",
    "add makes s = a + b = [2.1, -0.9].",
    "mul makes a * s = [4.2, 0.9], the second use of a.",
    "sum reads mul and makes loss = 5.1.",
    "backward starts at loss, with gradient 1.",
    "sum is reached; the gradient of loss is 1.",
    "sum gives mul [1, 1].",
    "mul is reached; its gradient is [1, 1].",
    "mul gives a [2.1, -0.9], the first of two.",
    "mul gives s [2, -1].",
    "add is reached; the gradient of s is [2, -1].",
    "add gives a [2, -1], the second; they sum to [4.1, -1.9].",
    "add gives b the sum over both elements, 2 - 1 = 1."};

static void test_sample(void **state)
{
    (void)state;
    gd_recording *r = gd_trace_read(GD_TESTS_DIR "/trace/corpus/tiny.trace", NULL);
    char text[SENTENCE];
    assert_int_equal(r->n_events, sizeof sample_story / sizeof *sample_story);
    for (int64_t i = 0; i < r->n_events; ++i) {
        assert_int_equal(gd_recording_tell(r, i, text, sizeof text), strlen(sample_story[i]));
        assert_string_equal(text, sample_story[i]);
        assert_int_equal(gd_recording_tell(r, i, NULL, 0), strlen(sample_story[i]));
    }
    int64_t event = 0;
    gd_recording_lead(r, 1, text, sizeof text, &event);
    assert_string_equal(
        text,
        "a is used twice, in lines 4 and 5; its gradient is a sum of two, one from each use.");
    assert_string_equal(sample_story[event],
                        "add gives a [2, -1], the second; they sum to [4.1, -1.9].");
    assert_int_equal(gd_recording_tell(r, r->n_events, text, sizeof text), 0);
    assert_int_equal(gd_recording_tell(r, -1, text, sizeof text), 0);
    gd_recording_destroy(r);
}

/* ---- what must hold for any ---- */

static void check_sentence(const gd_recording *r, int64_t i)
{
    const gd_recorded_event *e = &r->events[i];
    char text[SENTENCE], name[128];
    int length = gd_recording_tell(r, i, text, sizeof text);
    assert_in_range(length, 10, SENTENCE - 1);
    int64_t tensor = e->kind == GD_RECORDED_NODE ? r->nodes[e->node].out : e->tensor;
    bool has_name = tensor >= 0 && (r->tensors[tensor].name != NULL || e->kind != GD_RECORDED_OP);
    if (has_name) {
        gd_recording_name(r, tensor, name, sizeof name);
        if (strstr(text, name) == NULL)
            fail_msg("\"%s\" does not name %s", text, name);
    }
    if (text[length - 1] != '.' || strstr(text, "(null)") != NULL || strstr(text, "  ") != NULL ||
        strstr(text, "..") == text + length - 2)
        fail_msg("\"%s\" is no sentence", text);
}

static double element_of(const gd_tensor *x, int64_t i)
{
    return x->dtype == GD_F32 ? (double)((const float *)x->data)[i] : ((const double *)x->data)[i];
}

/* How many formulas give what was recorded. float32 rounds each number on the way: the terms of a
 * sum may be larger than it. */
static int64_t check_formulas(const gd_recording *r, int64_t i)
{
    const gd_recorded_event *e = &r->events[i];
    const gd_recorded_values *v = e->kind == GD_RECORDED_ADD ? &e->gives : &e->values;
    int64_t right = 0;
    bool has = (e->kind == GD_RECORDED_OP || e->kind == GD_RECORDED_ADD) && v->x != NULL &&
               v->whole && gd_dtype_is_float(v->x->dtype);
    for (int64_t k = 0; has && k < gd_tensor_numel(v->x) && k < 40; ++k) {
        gd_explanation *x = gd_recording_explain(r, NULL, i, k);
        double wanted = element_of(v->x, k), size = 1 + fabs(wanted);
        if (x == NULL)
            continue;
        for (int64_t j = 0; j < x->n_reads; ++j)
            size += fabs(x->reads[j].value);
        bool same = x->value == wanted || (isnan(x->value) && isnan(wanted));
        if (!same && !(fabs(x->value - wanted) <= 1e-5 * size))
            fail_msg("%s of event %d: %s = %s = %g, not %g", r->nodes[e->node].op_name, (int)i,
                     x->names, x->numbers, x->value, wanted);
        gd_explanation_destroy(x);
        ++right;
    }
    return right;
}

/* The contributions to a gradient sum to it. */
static void check_contributions(const gd_recording *r, int64_t i)
{
    enum { MOST = 64 };
    const gd_recorded_event *e = &r->events[i];
    int64_t events[MOST];
    if (e->kind != GD_RECORDED_NODE || e->values.x == NULL || !e->values.whole)
        return;
    int64_t count = gd_recording_contributions(r, i, events, MOST);
    assert_in_range(count, 1, MOST);
    for (int64_t k = 0; k < gd_tensor_numel(e->values.x); ++k) {
        double sum = 0, size = 1, wanted = element_of(e->values.x, k);
        for (int64_t c = 0; c < count; ++c) {
            const gd_recorded_event *from = &r->events[events[c]];
            double part =
                element_of(from->kind == GD_RECORDED_ADD ? from->gives.x : from->values.x, k);
            sum += part;
            size += fabs(part);
        }
        if (!(fabs(sum - wanted) <= 1e-5 * size) && isfinite(wanted))
            fail_msg("event %d: the contributions sum to %g, not %g", (int)i, sum, wanted);
    }
}

static int64_t check_recording(const gd_recording *r)
{
    int64_t right = 0;
    char text[SENTENCE];
    for (int64_t i = 0; i < r->n_events; ++i) {
        check_sentence(r, i);
        check_contributions(r, i);
        right += check_formulas(r, i);
    }
    for (int64_t step = 1; step <= r->steps; ++step)
        assert_in_range(gd_recording_lead(r, step, text, sizeof text, NULL), 10, SENTENCE - 1);
    return right;
}

static void test_programs(void **state)
{
    (void)state;
    static const char *const names[] = {"logistic_regression", "mlp",    "cross_entropy",
                                        "sigmoid_at_20",       "masked", "second_derivative"};
    for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
        gd_recording *r = recording_of_program(names[k]);
        int64_t right = check_recording(r);
        assert_true(right > 5);
        gd_recording_destroy(r);
    }
}

/* The leads of the programs, and a program that divides by 0. */
static void makes_infinity(gd_tape *t, void *context)
{
    gd_tensor *a = context;
    gd_tensor *q = gd_div(t, gd_scalar_like(t, 1, a), a);
    gd_backward(t, gd_sum(t, q, GD_ALL_DIMS, false));
}

/* Its value is 0, and only its gradient is infinite. */
static void makes_infinite_gradient(gd_tape *t, void *context)
{
    gd_backward(t, gd_sum(t, gd_sqrt(t, context), GD_ALL_DIMS, false));
}

static void check_lead(gd_recording *r, const char *lead)
{
    char text[SENTENCE];
    gd_recording_lead(r, 1, text, sizeof text, NULL);
    assert_string_equal(text, lead);
    gd_recording_destroy(r);
}

static void test_leads(void **state)
{
    (void)state;
    float zero = 0;
    gd_tensor a = {.data = &zero, .dtype = GD_F32, .requires_grad = true};
    check_lead(recording_of_program("logistic_regression"),
               "Two ops make loss; backward goes through both, the last one first: each needs the "
               "gradient of its result.");
    check_lead(recording_of_program("mlp"), "shared is used twice, in lines 39 and 41; its "
                                            "gradient is a sum of two, one from each use.");
    check_lead(recording_of_program("masked"),
               "x has a number that is not finite, at [0,3]; no result and no gradient has one.");
    gd_recording *r = record(makes_infinity, &a, NULL);
    char line[200];
    snprintf(line, sizeof line,
             "The first number that is not finite comes from div, in line %d: 1 / 0 is inf.",
             r->nodes[0].line);
    check_lead(r, line);
    r = record(makes_infinite_gradient, &a, NULL);
    snprintf(
        line, sizeof line,
        "The first number that is not finite comes from the gradient rule of sqrt, in line %d: "
        "1 / (2 * 0) is inf.",
        r->nodes[0].line);
    check_lead(r, line);
    gd_tensor_destroy(a.grad);
}

/* ---- random programs ---- */

static int draw(gd_rng *rng, int n)
{
    double u;
    gd_tensor one = {.data = &u, .dtype = GD_F64};
    gd_tensor_uniform(&one, rng, 0, 1);
    return (int)(u * n);
}

static gd_tensor *apply_any(gd_tape *t, gd_rng *rng, gd_tensor *a, gd_tensor *b)
{
    switch (draw(rng, 12)) {
    case 0:
        return gd_add(t, a, b);
    case 1:
        return gd_mul(t, a, b);
    case 2:
        return gd_sub(t, b, a);
    case 3:
        return gd_tanh(t, a);
    case 4:
        return gd_relu(t, a);
    case 5:
        return gd_sigmoid(t, a);
    case 6:
        return gd_log_softmax(t, gd_reshape(t, a, GD_DIMS(1, -1)), -1);
    case 7:
        return gd_maximum(t, a, gd_scalar_like(t, 0.1, a));
    case 8:
        return gd_mean(t, a, GD_ALL_DIMS, false);
    case 9:
        return gd_expand(t, gd_sum(t, a, GD_ALL_DIMS, false), GD_DIMS(2, 3));
    case 10:
        return gd_matmul(t, gd_reshape(t, a, GD_DIMS(1, -1)), gd_reshape(t, a, GD_DIMS(-1, 1)));
    default:
        return gd_dropout(t, a, 0.25, rng);
    }
}

static void random_program(gd_tape *t, void *context)
{
    gd_rng rng = {.key = *(const uint64_t *)context};
    gd_tensor *x[VALUES + OPS], *leaves[VALUES];
    const int64_t shape[] = {2, 3};
    int n = 0;
    for (; n < VALUES; ++n) {
        x[n] = leaves[n] = gd_tensor_create(GD_F32, n % 3, shape + 2 - n % 3);
        gd_tensor_uniform(x[n], &rng, -2, 2);
        x[n]->requires_grad = n != 0;
    }
    gd_tensor *total = gd_scalar(t, 0, GD_F32);
    for (int i = 0; i < OPS; ++i) {
        gd_tensor *a = x[draw(&rng, n)], *b = x[draw(&rng, n)];
        gd_tensor *y = apply_any(t, &rng, a, b);
        if (y == NULL) /* refused: shapes that do not broadcast */
            break;
        x[n++] = y;
        total = gd_add(t, total, gd_sum(t, y, GD_ALL_DIMS, false));
    }
    if (gd_tape_status(t) == GD_OK)
        gd_backward(t, total);
    for (int i = 0; i < VALUES; ++i)
        gd_name(t, leaves[i], "leaf");
    gd_tape_reset(t);
    for (int i = 0; i < VALUES; ++i)
        gd_tensor_destroy(leaves[i]);
}

static void test_random_programs(void **state)
{
    (void)state;
    int64_t right = 0;
    for (uint64_t seed = 1; seed <= RANDOM_PROGRAMS; ++seed) {
        gd_recording *r = record(random_program, &seed, NULL);
        assert_non_null(r);
        right += check_recording(r);
        gd_recording_destroy(r);
    }
    assert_true(right > 10 * RANDOM_PROGRAMS);
}

int story_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample), cmocka_unit_test(test_programs),
        cmocka_unit_test(test_leads), cmocka_unit_test(test_random_programs)};
    return cmocka_run_group_tests_name("the story of a recording", tests, NULL, NULL);
}
