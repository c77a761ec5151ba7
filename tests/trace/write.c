/* Traces as they are written: what is in them. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"
#include "writing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the sample ---- */

#line 1 "tiny.c"
#include <gradus.h>
/* a is used twice. */
static gd_tensor *tiny(gd_tape *t, gd_tensor *a, gd_tensor *b)
{
#line 4
    gd_tensor *s = gd_add(t, a, b);
    gd_tensor *loss = gd_sum(t, gd_mul(t, a, s), GD_ALL_DIMS, false);
    return loss;
}
#line 24 "write.c"

/* The sample of docs/trace.md, byte for byte. */
static void test_sample(void **state)
{
    gd_tape *t = *state;
    float a_numbers[] = {2, -1}, b_number = 0.1F;
    gd_tensor *a = gd_tensor_create_borrowed(GD_F32, a_numbers, GD_DIMS(2));
    gd_tensor *b = gd_tensor_create_borrowed(GD_F32, &b_number, 0, NULL);
    a->requires_grad = b->requires_grad = true;
    gd_trace *trace = trace_of(t, &(gd_trace_options){.program = "/far/away/tiny.c",
                                                      .source = GD_TESTS_DIR "/trace/sources"});
    gd_tensor *loss = tiny(t, a, b);
#line 7 "tiny.c"
    gd_backward(t, loss);
#line 40 "write.c"
    gd_recording_destroy(recording_of_closed(trace));
    char *written = contents(writing_path());
    char *expected = contents(GD_TESTS_DIR "/trace/sources/tiny.trace");
    assert_string_equal(written, expected);
    free(written);
    free(expected);
    gd_tensor_destroy(a);
    gd_tensor_destroy(b);
}

/* ---- attributes ---- */

static gd_tape *tape;

/* Equal bytes, which in the samples have no pointers. */
static void check_attributes(const gd_op *op)
{
    calls c = {.row = op->samples};
    while (op->attributes_size > 0 && next_call(&c)) {
        operands o = operands_create(op, &c.call, GD_F64, 3);
        gd_trace *trace = trace_of(tape, NULL);
        if (gd_apply(tape, op, o.x, o.n, c.call.attributes) == NULL)
            fail_msg("%s", gd_tape_message(tape));
        gd_recording *r = recording_of_closed(trace);
        assert_ptr_equal(r->nodes[0].op, op);
        if (memcmp(r->nodes[0].attributes, c.call.attributes, op->attributes_size) != 0)
            fail_msg("%s is read back with other attributes", call_text(op, &c.call));
        gd_recording_destroy(r);
        gd_tape_reset(tape);
        operands_destroy(&o);
    }
}

static void test_attributes_of_every_sample(void **state)
{
    tape = *state;
    each_op(check_attributes);
}

/* ---- values ---- */

/* The bits of all elements come back, and the strides. */
static void assert_comes_back(gd_tape *t, gd_tensor *x)
{
    gd_trace *trace = trace_of(t, NULL);
    gd_tensor *copy = gd_clone(t, x); /* contiguous */
    gd_recording *r = recording_of_closed(trace);
    const gd_recorded_event *leaf = event_of(r, GD_RECORDED_LEAF, 0);
    const gd_recorded_event *op = event_of(r, GD_RECORDED_OP, 0);
    const gd_recorded_tensor *read = &r->tensors[leaf->tensor];
    size_t size = (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype);
    assert_true(leaf->values.whole && op->values.whole);
    assert_int_equal(read->dtype, x->dtype);
    assert_int_equal(read->ndim, x->ndim);
    assert_memory_equal(read->shape, x->shape, (size_t)x->ndim * sizeof *x->shape);
    assert_memory_equal(read->stride, x->stride, (size_t)x->ndim * sizeof *x->stride);
    if (size > 0)
        assert_memory_equal(leaf->values.x->data, copy->data, size);
    if (size > 0)
        assert_memory_equal(op->values.x->data, copy->data, size);
    gd_recording_destroy(r);
    gd_tape_reset(t);
}

static void test_values_of_each_dtype(void **state)
{
    float singles[] = {
        0.1F,          -0.0F,    0,        (float)NAN, (float)HUGE_VAL, -(float)HUGE_VAL, 1e-45F,
        3.4028235e38F, 16777216, 1.0F / 3, 1e6F,       -123456.78F};
    double doubles[] = {0.1,    -0.0,     0,       (double)NAN, HUGE_VAL, -HUGE_VAL,
                        5e-324, 1.8e-308, 1.0 / 3, 0x1p53 + 1,  1e6,      1.7976931348623157e308};
    int64_t integers[] = {0, -1, INT64_MAX, INT64_MIN, ((int64_t)1 << 53) + 1, 7};
    uint8_t truths[] = {0, 1, 1, 0}, bytes[] = {0, 255, 1, 128};
    gd_tensor *all[] = {gd_tensor_create_from_data(GD_F32, singles, GD_DIMS(3, 4)),
                        gd_tensor_create_from_data(GD_F64, doubles, GD_DIMS(12)),
                        gd_tensor_create_from_data(GD_I64, integers, GD_DIMS(2, 3)),
                        gd_tensor_create_from_data(GD_BOOL, truths, GD_DIMS(4)),
                        gd_tensor_create_from_data(GD_U8, bytes, GD_DIMS(2, 2)),
                        gd_tensor_create_full(GD_F32, 0.3, 0, NULL),
                        gd_tensor_create(GD_F32, GD_DIMS(3, 0, 2))};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
        assert_comes_back(*state, all[i]);
        gd_tensor_destroy(all[i]);
    }
}

/* Numbers of any bits. */
static void test_random_bits(void **state)
{
    enum { N = 4000 };
    uint64_t bits = 1;
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(N)), *y = gd_tensor_create(GD_F64, GD_DIMS(N));
    for (int i = 0; i < N; ++i) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        uint32_t high = (uint32_t)(bits >> 32);
        memcpy((float *)x->data + i, &high, sizeof high);
        memcpy((double *)y->data + i, &bits, sizeof bits);
        if (isnan(((float *)x->data)[i])) /* there is one NaN in a trace */
            ((float *)x->data)[i] = (float)NAN;
        if (isnan(((double *)y->data)[i]))
            ((double *)y->data)[i] = (double)NAN;
    }
    assert_comes_back(*state, x);
    assert_comes_back(*state, y);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
}

static void test_strides(void **state)
{
    gd_tensor *base = gd_tensor_create_arange(GD_F64, 0, 24, 1);
    gd_tensor cube = gd_tensor_reshape(base, GD_DIMS(2, 3, 4)), one = cube;
    gd_tensor turned = gd_tensor_permute(&cube, GD_DIMS(2, 0, 1));
    gd_tensor every_second = gd_tensor_slice(&cube, 2, 1, 4, 2);
    gd_tensor row = gd_tensor_slice(&cube, 1, 0, 1, 1);
    gd_tensor repeated = gd_tensor_expand(&row, GD_DIMS(2, 5, 4));
    one.ndim = 1;
    one.shape[0] = 3;
    one.stride[0] = 0;
    gd_tensor *views[] = {&turned, &every_second, &repeated, &one};
    for (size_t i = 0; i < sizeof views / sizeof *views; ++i)
        assert_comes_back(*state, views[i]);
    gd_tensor_destroy(base);
}

/* Large results are windows with statistics of all elements. */
static void test_windows(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_tensor_create_arange(GD_F32, -10, 90, 1);
    ((float *)x->data)[57] = (float)HUGE_VAL;
    gd_tensor square = gd_tensor_reshape(x, GD_DIMS(2, 5, 10));
    gd_trace *trace = trace_of(t, &(gd_trace_options){.full = 99, .full_leaf = 100});
    gd_clone(t, &square);
    gd_recording *r = recording_of_closed(trace);
    const gd_recorded_values *leaf = &event_of(r, GD_RECORDED_LEAF, 0)->values;
    const gd_recorded_values *y = &event_of(r, GD_RECORDED_OP, 0)->values;
    assert_true(leaf->whole && !y->whole);
    assert_int_equal(y->x->ndim, 2);
    assert_true(y->x->shape[0] == 5 && y->x->shape[1] == 8);
    for (int i = 0; i < 40; ++i)
        assert_true(((float *)y->x->data)[i] == (float)(i / 8 * 10 + i % 8 - 10));
    assert_true(y->min == -10 && y->max == HUGE_VAL && y->norm == HUGE_VAL);
    assert_true(y->zeros == 1 && y->nonfinite == 57);
    gd_recording_destroy(r);
    gd_tape_reset(t);
    ((float *)x->data)[57] = 3e38F;
    trace = trace_of(t, &(gd_trace_options){.full = 10});
    gd_clone(t, x);
    r = recording_of_closed(trace);
    y = &event_of(r, GD_RECORDED_OP, 0)->values;
    assert_true(y->x->shape[0] == 1 && y->x->shape[1] == 8);
    assert_true(fabs(y->norm / (double)3e38F - 1) < 1e-12 && y->nonfinite == -1);
    gd_recording_destroy(r);
    gd_tensor_destroy(x);
}

/* Statistics without NaN, of the first element that is not finite, and without overflow. */
static void test_statistics(void **state)
{
    gd_tape *t = *state;
    double large[20] = {3e300, 4e300}, odd[20] = {(double)NAN, 5, (double)NAN, -HUGE_VAL};
    gd_tensor *x = gd_from_data(t, GD_F64, large, GD_DIMS(20));
    gd_tensor *y = gd_from_data(t, GD_F64, odd, GD_DIMS(20));
    gd_trace *trace = trace_of(t, &(gd_trace_options){.full = 8, .full_leaf = 8});
    gd_clone(t, x);
    gd_clone(t, y);
    gd_recording *r = recording_of_closed(trace);
    const gd_recorded_values *a = &event_of(r, GD_RECORDED_OP, 0)->values;
    const gd_recorded_values *b = &event_of(r, GD_RECORDED_OP, 1)->values;
    assert_true(fabs(a->norm / 5e300 - 1) < 1e-15 && a->zeros == 18 && a->nonfinite == -1);
    assert_true(b->min == -HUGE_VAL && b->max == 5 && isnan(b->norm));
    assert_true(b->zeros == 16 && b->nonfinite == 0);
    gd_recording_destroy(r);
}

/* The dimensions along which an operand was repeated, and no others. */
static void test_summed(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(2, 1, 3)), *row = gd_ones(t, GD_F32, GD_DIMS(4, 1));
    x->requires_grad = row->requires_grad = true;
    gd_trace *trace = trace_of(t, NULL);
    gd_backward(t, gd_sum(t, gd_add(t, x, row), GD_ALL_DIMS, false)); /* [2,4,3] */
    gd_recording *r = recording_of_closed(trace);
    assert_int_equal(event_of(r, GD_RECORDED_ADD, 0)->summed, 0); /* of sum itself: its rule */
    assert_int_equal(event_of(r, GD_RECORDED_ADD, 1)->summed, 1 << 1);
    assert_int_equal(event_of(r, GD_RECORDED_ADD, 2)->summed, 1 << 0 | 1 << 2);
    gd_recording_destroy(r);
    gd_tape_reset(t);
    x = gd_ones(t, GD_F32, GD_DIMS(1, 3)), row = gd_ones(t, GD_F32, GD_DIMS(3));
    x->requires_grad = row->requires_grad = true;
    trace = trace_of(t, NULL);
    gd_backward(t, gd_sum(t, gd_add(t, x, row), GD_ALL_DIMS, false)); /* [1,3] */
    r = recording_of_closed(trace);
    assert_int_equal(event_of(r, GD_RECORDED_ADD, 1)->summed, 0);      /* not along a size of 1 */
    assert_int_equal(event_of(r, GD_RECORDED_ADD, 2)->summed, 1 << 0); /* that row does not have */
    gd_recording_destroy(r);
}

/* ---- leaves ---- */

/* A leaf is written again when its bytes, its strides or its wish for a gradient change. */
static void test_leaf_that_changes(void **state)
{
    gd_tape *t = *state;
    double numbers[] = {1, 2, 3, 4};
    gd_tensor *x = gd_tensor_create_borrowed(GD_F64, numbers, GD_DIMS(2, 2));
    gd_trace *trace = trace_of(t, NULL);
    gd_exp(t, x);
    gd_exp(t, x); /* the same */
    numbers[3] = 5;
    gd_exp(t, x);
    x->stride[0] = 1, x->stride[1] = 2;
    gd_exp(t, x);
    x->requires_grad = true;
    gd_exp(t, x);
    gd_exp(t, x);
    gd_recording *r = recording_of_closed(trace);
    assert_int_equal(event_of(r, GD_RECORDED_LEAF, 3)->tensor, 0);
    assert_int_equal(r->n_events, 6 + 4);
    assert_true(((double *)event_of(r, GD_RECORDED_LEAF, 1)->values.x->data)[3] == 5);
    assert_true(r->tensors[0].wants_gradient);
    gd_recording_destroy(r);
    x->stride[0] = 2, x->stride[1] = 1;
    gd_tensor_destroy(x);
}

/* Tensors of a step are gone after it: another one may lie where a result lay. */
static void test_tensors_of_a_step(void **state)
{
    gd_tape *t = *state;
    gd_trace *trace = trace_of(t, NULL);
    gd_exp(t, gd_ones(t, GD_F64, GD_DIMS(2)));
    gd_tape_reset(t);
    gd_exp(t, gd_ones(t, GD_F64, GD_DIMS(2)));
    gd_tape_reset(t); /* headers alternate between two places */
    gd_zeros(t, GD_F64, GD_DIMS(2));
    gd_exp(t, gd_zeros(t, GD_F64, GD_DIMS(2)));
    gd_recording *r = recording_of_closed(trace);
    assert_int_equal(r->n_tensors, 6);
    assert_true(((double *)event_of(r, GD_RECORDED_LEAF, 2)->values.x->data)[0] == 0);
    gd_recording_destroy(r);
}

/* Of gd_name, of the parameters, of the call. */
static void test_names(void **state)
{
    gd_tape *t = *state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *w = gd_parameters_add(p, "layer.weight", GD_F64, GD_DIMS(2));
    gd_tensor *x = gd_ones(t, GD_F64, GD_DIMS(2)), *named = gd_ones(t, GD_F64, GD_DIMS(2));
    gd_tensor *target = gd_zeros(t, GD_I64, GD_DIMS(2)), *other = gd_ones(t, GD_F64, GD_DIMS(2));
    gd_tensor *logits = gd_ones(t, GD_F64, GD_DIMS(2, 2));
    gd_name(t, named, "the \"input\"");
    gd_trace *trace = trace_of(t, NULL);
    assert_int_equal(gd_trace_watch(trace, p), GD_OK);
    gd_tensor *h = gd_name(t, gd_mul(t, gd_add(t, x, named), w), "hidden");
    gd_cross_entropy(t, logits, target, NULL);
    gd_name(t, gd_exp(t, h), "never used again");
    (gd_neg)(t, other); /* of no call in the source */
    gd_tensor *late = gd_ones(t, GD_F64, GD_DIMS(2));
    (gd_neg)(t, late);
    (gd_neg)(t, gd_name(t, late, "late"));
    gd_recording *r = recording_of_closed(trace);
    static const char *const names[] = {"x",  "the \"input\"", NULL, "layer.weight", "hidden", NULL,
                                        NULL, "target"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (names[i] != NULL &&
            (r->tensors[i].name == NULL || strcmp(r->tensors[i].name, names[i]) != 0))
            fail_msg("tensor %zu is %s, not %s", i, r->tensors[i].name, names[i]);
    assert_string_equal(r->tensors[9].name, "never used again");
    assert_string_equal(r->tensors[12].name, "late");
    assert_null(r->tensors[10].name);
    gd_recording_destroy(r);
    gd_parameters_destroy(p);
}

/* Updates, by hand or by an optimiser, show at the reset and at the end. */
static void test_updates(void **state)
{
    gd_tape *t = *state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *w = gd_parameters_add(p, "w", GD_F64, GD_DIMS(2));
    gd_parameters_add(p, "unused", GD_F64, GD_DIMS(2));
    gd_optimizer *sgd = gd_sgd_create(p, &(gd_sgd_options){.learning_rate = GD_SOME(0.5)});
    gd_trace *trace = trace_of(t, NULL);
    gd_trace_watch(trace, p);
    for (int step = 0; step < 2; ++step) {
        gd_tape_reset(t);
        gd_optimizer_zero_grad(sgd);
        gd_backward(t, gd_sum(t, w, GD_ALL_DIMS, false));
        gd_optimizer_step(sgd);
    }
    ((double *)w->data)[0] = 7; /* by hand, since the last update */
    gd_recording *r = recording_of_closed(trace);
    assert_int_equal(r->steps, 2);
    const gd_recorded_event *first = event_of(r, GD_RECORDED_UPDATE, 0);
    assert_int_equal(first->step, 1);
    assert_true(((double *)first->values.x->data)[1] == -0.5);
    const gd_recorded_event *last = event_of(r, GD_RECORDED_UPDATE, 1);
    assert_true(last->step == 2 && ((double *)last->values.x->data)[0] == 7);
    assert_true(((double *)last->values.x->data)[1] == -1);
    for (int i = 0; i < 2; ++i) /* zero_grad: each step begins with an empty gradient */
        assert_null(event_of(r, GD_RECORDED_ADD, i)->before.x);
    int64_t events = r->n_events;
    assert_int_equal(events, 1 + 2 * 5 + 1); /* leaf; op, backward, node, add, update; step */
    gd_recording_destroy(r);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
}

/* ---- other events ---- */

static void test_recorded_backward(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_scalar(t, 3, GD_F64), *g, *unused = gd_scalar(t, 1, GD_F64), *grads[2];
    x->requires_grad = unused->requires_grad = true;
    gd_trace *trace = trace_of(t, NULL);
    gd_tensor *y = gd_mul(t, gd_mul(t, x, x), x);
    gd_grad(t, y, &x, 1, &g, &(gd_grad_options){.create_graph = true});
    gd_grad(t, g, (gd_tensor *[]){x, unused}, 2, grads, &(gd_grad_options){.allow_unused = true});
    assert_true(gd_item(g) == 27 && gd_item(grads[0]) == 18);
    gd_recording *r = recording_of_closed(trace);
    const gd_recorded_event *first = event_of(r, GD_RECORDED_BACKWARD, 0);
    const gd_recorded_event *second = event_of(r, GD_RECORDED_BACKWARD, 1);
    assert_true(first->is_grad && first->create_graph && first->n_inputs == 1);
    assert_true(second->is_grad && !second->create_graph && second->n_inputs == 2);
    assert_int_equal(first->inputs[0], 0);
    assert_string_equal(first->file, "write.c");
    assert_int_equal(second->source_line, first->source_line + 1);
    int of_rules = 0;
    for (int64_t i = 0; i < r->n_nodes; ++i)
        of_rules += r->nodes[i].of_node >= 0;
    assert_true(of_rules >= 4 && r->nodes[2].of_node == 1); /* the last mul's rule comes first */
    assert_int_equal(r->nodes[2].line, r->nodes[1].line);
    for (int64_t i = 0; i < r->n_nodes; ++i) /* rule i multiplies dy by the other operand */
        if (r->nodes[i].of_node == 1 && strcmp(r->nodes[i].op_name, "mul") == 0)
            assert_int_equal(r->nodes[i].in[1], r->nodes[1].in[1 - r->nodes[i].of_operand]);
    gd_recording_destroy(r);
}

static gd_tensor *square(gd_tape *t, gd_tensor *x)
{
    return gd_mul(t, x, x);
}

static void test_marks(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_scalar(t, 3, GD_F64);
    x->requires_grad = true;
    gd_trace *trace = trace_of(t, NULL);
    gd_tensor *y = square(t, x);
    gd_mark mark = gd_tape_mark(t);
    for (int i = 0; i < 2; ++i) {
        gd_exp(t, square(t, y));
        gd_tape_release(t, mark);
    }
    gd_backward(t, square(t, y));
    gd_recording *r = recording_of_closed(trace);
    assert_int_equal(event_of(r, GD_RECORDED_RELEASE, 0)->node, 1);
    assert_int_equal(event_of(r, GD_RECORDED_RELEASE, 1)->node, 3);
    assert_int_equal(event_of(r, GD_RECORDED_NODE, 0)->node, 5); /* their serials go on */
    assert_int_equal(event_of(r, GD_RECORDED_NODE, 1)->node, 0);
    gd_recording_destroy(r);
}

/* An error of a call, one of a backward, and ops without places. */
static void test_errors(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_ones(t, GD_F64, GD_DIMS(2)), *w = gd_ones(t, GD_F64, GD_DIMS(3));
    x->requires_grad = true;
    gd_trace *trace = trace_of(t, NULL);
#line 50 "/far/away/folder/model.c"
    gd_matmul(t, x, w);
#line 352 "write.c"
    gd_tape_reset(t);
    x = gd_ones(t, GD_F64, GD_DIMS(2));
    x->requires_grad = true;
    gd_tensor *y = (gd_sum)(t, (gd_mul)(t, x, x), GD_ALL_DIMS, false);
    ((double *)x->data)[0] = 2;
    gd_tensor_modified(x);
    gd_backward(t, y);
    gd_recording *r = recording_of_closed(trace);
    const gd_recorded_event *first = event_of(r, GD_RECORDED_ERROR, 0);
    assert_string_equal(first->message, "matmul: [2] x [3]: inner dimensions 2 and 3 differ");
    assert_string_equal(first->file, "model.c");
    assert_int_equal(first->source_line, 50);
    const gd_recorded_event *second = event_of(r, GD_RECORDED_ERROR, 1);
    assert_int_equal(second->step, 2);
    assert_non_null(strstr(second->message, "was changed in place"));
    char *text = contents(writing_path());
    assert_null(strstr(text, "/far"));
    free(text);
    gd_recording_destroy(r);
}

/* What was recorded before the trace was attached is in it, too. */
static void test_attached_late(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_scalar(t, 3, GD_F64);
    x->requires_grad = true;
    gd_tensor *y = gd_exp(t, x);
    gd_trace *trace = trace_of(t, NULL);
    gd_backward(t, gd_mul(t, y, y));
    gd_recording *r = recording_of_closed(trace);
    assert_int_equal(r->n_nodes, 2);
    assert_int_equal(event_of(r, GD_RECORDED_ADD, 2)->tensor, 0);
    gd_recording_destroy(r);
}

int write_tests(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, writing_setup, writing_teardown)
        TEST(test_sample),
        TEST(test_attributes_of_every_sample),
        TEST(test_values_of_each_dtype),
        TEST(test_random_bits),
        TEST(test_strides),
        TEST(test_windows),
        TEST(test_statistics),
        TEST(test_summed),
        TEST(test_leaf_that_changes),
        TEST(test_tensors_of_a_step),
        TEST(test_names),
        TEST(test_updates),
        TEST(test_recorded_backward),
        TEST(test_marks),
        TEST(test_errors),
        TEST(test_attached_late),
#undef TEST
    };
    return cmocka_run_group_tests_name("written traces", tests, NULL, NULL);
}
