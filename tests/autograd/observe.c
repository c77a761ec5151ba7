/* Looking at a tape: the record, names, the text and the graph, and what an observer is told. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "step.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int setup(void **state)
{
    *state = gd_tape_create();
    return *state == NULL;
}

static int teardown(void **state)
{
    gd_tape_destroy(*state);
    return 0;
}

static gd_tensor *leaf(gd_tape *t, double value, int n)
{
    gd_tensor *x = n > 0 ? gd_full(t, GD_F64, value, GD_DIMS(n)) : gd_scalar(t, value, GD_F64);
    x->requires_grad = true;
    return x;
}

/* ---- the record ---- */

static void test_record(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = leaf(t, 2, 3), *constant = gd_exp(t, gd_scalar(t, 1, GD_F64));
    assert_int_equal(gd_tape_node_count(t), 0); /* no gradient passes: not recorded */
    gd_tensor *y = gd_mul(t, x, constant);
    int line = __LINE__ - 1;
    assert_int_equal(gd_tape_node_count(t), 1);
    const gd_node *node = gd_tape_node(t, 0);
    assert_string_equal(node->op->name, "mul");
    assert_ptr_equal(node->in[0], x);
    assert_ptr_equal(node->in[1], constant);
    assert_ptr_equal(node->out, y);
    assert_int_equal(node->line, line);
    assert_string_equal(node->text, "mul(x, constant)");
    assert_ptr_equal(gd_node_of(t, y), node);
    assert_null(gd_node_of(t, x));
    assert_null(gd_node_of(t, constant));
    assert_null(gd_tape_node(t, 1));
    assert_null(gd_tape_node(t, -1));
    gd_tape_reset(t);
    assert_int_equal(gd_tape_node_count(t), 0);
    assert_null(gd_node_of(t, y)); /* it is gone */
}

static void test_names(void **state)
{
    gd_tape *t = *state;
    gd_tensor *own = gd_tensor_create_ones(GD_F64, GD_DIMS(2));
    gd_tensor *x = leaf(t, 1, 2);
    char text[] = "hidden";
    gd_tensor *y = gd_name(t, gd_relu(t, x), text);
    text[0] = 'X'; /* it was copied */
    assert_ptr_equal(gd_name(t, own, "input"), own);
    assert_string_equal(gd_tape_name(t, y), "hidden");
    assert_null(gd_tape_name(t, x));
    gd_mark mark = gd_tape_mark(t);
    gd_tensor *z = gd_name(t, gd_relu(t, y), "later");
    assert_string_equal(gd_tape_name(t, z), "later");
    gd_tape_release(t, mark);
    assert_null(gd_tape_name(t, z));
    assert_string_equal(gd_tape_name(t, y), "hidden");
    gd_name(t, y, "again"); /* the newest counts */
    assert_string_equal(gd_tape_name(t, y), "again");
    gd_tape_reset(t);
    assert_null(gd_tape_name(t, y));
    assert_string_equal(gd_tape_name(t, own), "input"); /* yours: as long as the tape */
    gd_name(t, own, "other");
    assert_string_equal(gd_tape_name(t, own), "other");
    assert_null(gd_name(t, y, "gone"));
    assert_int_equal(gd_tape_status(t), GD_ERROR_STATE);
    gd_tape_reset(t);
    assert_null(gd_name(t, own, NULL));
    assert_int_equal(gd_tape_status(t), GD_ERROR_ARGUMENT);
    assert_null(gd_name(NULL, own, "x"));
    gd_tensor_destroy(own);
}

/* ---- text and graph ---- */

static char *written(gd_tape *t, gd_status (*write)(const gd_tape *, FILE *))
{
    char *memory = NULL;
    size_t size;
    FILE *file = open_memstream(&memory, &size);
    assert_non_null(file);
    assert_int_equal(write(t, file), GD_OK);
    fclose(file);
    return memory;
}

/* Two uses of one leaf, a name, an optional operand that is left out, more elements than are
 * shown. */
static void make_program(gd_tape *t)
{
    gd_tensor *x = gd_arange(t, GD_F64, 0, 8, 1), *w = leaf(t, 0.5, 8);
    gd_tensor *row = gd_reshape(t, x, GD_DIMS(1, 8));
    gd_tensor *z = gd_linear(t, row, gd_reshape(t, w, GD_DIMS(1, 8)), NULL);
#line 7 "some/where/program.c"
    gd_tensor *loss = gd_sum(t, gd_mul(t, gd_name(t, z, "the \"score\""), z), GD_ALL_DIMS, false);
    gd_retain_grad(t, z);
    assert_int_equal(gd_backward(t, loss), GD_OK);
}
#line 116 "observe.c"

static void test_print(void **state)
{
    make_program(*state);
    char *text = written(*state, gd_tape_print);
    /* z = sum of 0.5 i = 14; loss = z^2 = 196; d/dz = 28; d/dw = 28 i */
    const char *ends[] = {
        "w                                    float64 [8]    0.5 0.5 0.5 0.5 0.5 0.5 ..  "
        "gradient 0 28 56 84 112 140 ..\n",
        "%0 = reshape(w, shape=[1,8])         float64 [1,8]  0.5 0.5 0.5 0.5 0.5 0.5 ..\n",
        "row                                  float64 [1,8]  0 1 2 3 4 5 ..\n",
        "%1 the \"score\" = linear(row, %0, -)  float64 [1,1]  14                          "
        "gradient 28\n",
        "program.c:7    %2 = mul(the \"score\", the \"score\")   float64 [1,1]  196\n",
        "program.c:7    %3 = sum(%2, dims=all)               float64 []     196\n"};
    const char *at = text;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; ++i) {
        const char *end = strchr(at, '\n');
        assert_non_null(end);
        size_t length = strlen(ends[i]), line = (size_t)(end + 1 - at);
        if (line < length || memcmp(end + 1 - length, ends[i], length) != 0)
            fail_msg("row %zu is\n%.*sand should end with\n%s", i, (int)line, at, ends[i]);
        at = end + 1;
    }
    assert_string_equal(at, "");
    free(text);
}

static void test_dot(void **state)
{
    gd_tape *t = *state;
#line 3 "program.c"
    gd_tensor *x = leaf(t, 1, 2), *y = gd_name(t, gd_mul(t, x, x), "the \"square\"");
    gd_sum(t, y, GD_ALL_DIMS, false);
#line 151 "observe.c"
    char *text = written(t, gd_tape_dot);
    assert_string_equal(text, "digraph tape {\n"
                              "  node0 [shape=ellipse, label=\"mul\\n[2]\\nprogram.c:3\"];\n"
                              "  leaf0_0 [shape=box, label=\"x\\n[2]\"];\n"
                              "  leaf0_0 -> node0;\n"
                              "  leaf0_0 -> node0;\n"
                              "  node1 [shape=ellipse, label=\"sum\\n[]\\nprogram.c:4\"];\n"
                              "  node0 -> node1;\n"
                              "}\n");
    free(text);
}

/* ---- events ---- */

typedef struct story {
    char text[4096];
    size_t length;
} story;

static void tell(story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(story *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    s->length +=
        (size_t)vsnprintf(s->text + s->length, sizeof s->text - s->length, format, arguments);
    va_end(arguments);
    assert_true(s->length < sizeof s->text);
}

static void tell_numbers(story *s, const char *what, const gd_tensor *x)
{
    tell(s, " %s", what);
    for (int64_t i = 0; x != NULL && i < gd_tensor_numel(x); ++i)
        tell(s, " %g", element(x, i));
    tell(s, x == NULL ? " none" : "");
}

static void tell_event(void *context, const gd_event *e)
{
    static const char *const ways[] = {"rule", "direct", "through"};
    story *s = context;
    gd_tape *t = e->tape;
    const char *op = e->node != NULL ? e->node->op->name : "";
    switch (e->kind) {
    case GD_EVENT_RESET:
        tell(s, "reset %d", gd_tape_node_count(t));
        break;
    case GD_EVENT_RELEASE:
        tell(s, "release %d", e->count);
        break;
    case GD_EVENT_OP:
        tell(s, "op %s %d", op, e->node->number);
        tell_numbers(s, "is", e->tensor);
        if (e->rule != NULL)
            tell(s, " of %s %d", e->rule->op->name, e->rule_operand);
        break;
    case GD_EVENT_PLACE:
        tell(s, "place %d %s", e->line, e->text);
        break;
    case GD_EVENT_ERROR:
        tell(s, "error %s", gd_tape_message(t));
        break;
    case GD_EVENT_BACKWARD:
        tell_numbers(s, "backward", e->tensor);
        tell_numbers(s, "gradient", e->gradient);
        tell(s, e->inputs != NULL ? " of %d%s" : "", e->count, e->create_graph ? " recorded" : "");
        break;
    case GD_EVENT_NODE:
        tell(s, "node %s", op);
        tell_numbers(s, "dy", e->gradient);
        break;
    case GD_EVENT_ADD:
        tell(s, "add %s %d %s", op, e->operand, ways[e->way]);
        tell_numbers(s, "gives", gd_event_gives(e, e->way));
        tell_numbers(s, "before", e->gradient);
        break;
    case GD_EVENT_ADDED:
        tell(s, "added %s", ways[e->way]);
        tell_numbers(s, "after", e->gradient);
        break;
    case GD_EVENT_END:
        tell(s, "end %d", gd_tape_status(t));
        break;
    }
    tell(s, "\n");
}

/* a [2] is used twice; b is broadcast. */
static void test_events(void **state)
{
    gd_tape *t = *state;
    double a_numbers[] = {2, -1}, b_number = 0.1;
    gd_tensor *a = gd_tensor_create_borrowed(GD_F64, a_numbers, GD_DIMS(2));
    gd_tensor *b = gd_tensor_create_borrowed(GD_F64, &b_number, 0, NULL);
    a->requires_grad = b->requires_grad = true;
    story s = {.length = 0};
    gd_tape_observe(t, tell_event, &s);
#line 4 "tiny.c"
    gd_tensor *sum = gd_add(t, a, b);
    gd_tensor *loss = gd_sum(t, gd_mul(t, a, sum), GD_ALL_DIMS, false);
    gd_backward(t, loss);
#line 238 "observe.c"
    gd_tape_reset(t);
    gd_tape_observe(t, NULL, NULL);
    gd_exp(t, b); /* nobody is told */
    assert_string_equal(s.text, "op add 0 is 2.1 -0.9\n"
                                "place 4 add(a, b)\n"
                                "op mul 1 is 4.2 0.9\n"
                                "place 5 mul(a, sum)\n"
                                "op sum 2 is 5.1\n"
                                "place 5 sum(gd_mul(t, a, sum), GD_ALL_DIMS, false)\n"
                                " backward 5.1 gradient 1\n"
                                "node sum dy 1\n"
                                "add sum 0 rule gives 1 1 before none\n"
                                "added rule after 1 1\n"
                                "node mul dy 1 1\n"
                                "add mul 0 direct gives 2.1 -0.9 before none\n"
                                "added direct after 2.1 -0.9\n"
                                "add mul 1 direct gives 2 -1 before none\n"
                                "added direct after 2 -1\n"
                                "node add dy 2 -1\n"
                                "add add 0 rule gives 2 -1 before 2.1 -0.9\n"
                                "added rule after 4.1 -1.9\n"
                                "add add 1 rule gives 1 before none\n"
                                "added rule after 1\n"
                                "end 0\n"
                                "place 6 backward(loss)\n"
                                "reset 3\n");
    gd_tensor_destroy(a);
    gd_tensor_destroy(b);
}

static void count_event(void *context, const gd_event *e)
{
    int *counts = context;
    counts[0] += e->kind == GD_EVENT_NODE;
    counts[1] += e->kind == GD_EVENT_ADD;
}

/* gd_grad goes only where an input lies, whatever an earlier one was asked for. */
static void test_grad_goes_where_inputs_lie(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = leaf(t, 2, 0), *w = leaf(t, 3, 0), *g;
    gd_tensor *p = gd_sigmoid(t, gd_exp(t, x)), *y = gd_full(t, GD_F64, 1, 0, NULL);
    gd_tensor *loss = gd_binary_cross_entropy(t, p, y, NULL), *root = gd_mul(t, loss, w);
    int counts[2] = {0};
    gd_tape_observe(t, count_event, counts);
    assert_int_equal(gd_grad(t, root, &x, 1, &g, NULL), GD_OK); /* mul, loss, (sigmoid) exp */
    assert_true(counts[0] == 3 && counts[1] == 3);
    assert_int_equal(gd_grad(t, root, &w, 1, &g, NULL), GD_OK); /* mul */
    assert_true(counts[0] == 4 && counts[1] == 4);
    assert_int_equal(gd_grad(t, root, &p, 1, &g, NULL), GD_OK); /* mul, loss, besides its pass */
    assert_true(counts[0] == 6 && counts[1] == 5);
}

/* The ways: a product adds straight into the sum, BCE passes through a sigmoid; in a recorded
 * backward the ops of rules, and sums, are told of with the node that they belong to. */
static void test_ways(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = leaf(t, 2, 0), *y = gd_scalar(t, 1, GD_F64), *g;
    story s = {.length = 0};
    gd_tape_observe(t, tell_event, &s);
    gd_tensor *z = (gd_mul)(t, x, x);
    gd_tensor *row = (gd_reshape)(t, z, GD_DIMS(1, 1));
    gd_tensor *loss = (gd_binary_cross_entropy)(t, (gd_sigmoid)(t, (gd_matmul)(t, row, row)),
                                                (gd_reshape)(t, y, GD_DIMS(1, 1)), NULL);
    gd_backward(t, loss);
    /* the sigmoid of 16 is passed by: s(16) - 1 = -1.12535e-07, and 4 times that, twice */
    const char *expected = "add binary_cross_entropy 0 through gives -1.12535e-07 before none\n"
                           "added through after -1.12535e-07\n"
                           "node matmul dy -1.12535e-07\n"
                           "add matmul 0 direct gives -4.50141e-07 before none\n"
                           "added direct after -4.50141e-07\n"
                           "add matmul 1 direct gives -4.50141e-07 before -4.50141e-07\n"
                           "added direct after -9.00281e-07\n"
                           "node reshape dy -9.00281e-07\n";
    if (strstr(s.text, expected) == NULL)
        fail_msg("%s", s.text);
    gd_tape_reset(t);
    x = leaf(t, 2, 0);
    s = (story){.length = 0};
    z = (gd_mul)(t, x, x);
    gd_grad(t, z, &x, 1, &g, &(gd_grad_options){.create_graph = true});
    gd_tape_observe(t, NULL, NULL);
    expected = "op mul 0 is 4\n"
               " backward 4 gradient 1 of 1 recorded\n"
               "node mul dy 1\n"
               "add mul 0 rule gives 2 before none\n"
               "op mul 1 is 2 of mul 0\n"
               "added rule after 2\n"
               "add mul 1 rule gives 2 before 2\n"
               "op mul 2 is 2 of mul 1\n"
               "op add 3 is 4 of mul 1\n"
               "added rule after 4\n"
               "end 0\n";
    if (strstr(s.text, expected) == NULL)
        fail_msg("%s", s.text);
}

/* Marks, a call that is refused, recording off. */
static void test_other_events(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = leaf(t, 2, 2), *w = leaf(t, 1, 3);
    story s = {.length = 0};
    gd_tape_observe(t, tell_event, &s);
    gd_mark mark = gd_tape_mark(t);
    (gd_neg)(t, x);
    (gd_tape_release)(t, mark);
    gd_tape_set_recording(t, false);
    (gd_softmax)(t, x, 0); /* its parts are not told of */
    gd_tape_set_recording(t, true);
#line 9 "tiny.c"
    gd_matmul(t, x, w);
#line 310 "observe.c"
    gd_tape_observe(t, NULL, NULL);
    assert_string_equal(s.text, "op neg 0 is -2 -2\n"
                                "release 0\n"
                                "op softmax -1 is 0.5 0.5\n"
                                "error matmul: [2] x [3]: inner dimensions 2 and 3 differ\n"
                                "place 9 matmul(x, w)\n");
}

/* A rule that fails, which gd_event_gives meets before the backward does. */
static gd_tensor *refuse_gradient(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)n, (void)dy, (void)i;
    gd_tape_fail(tape, GD_ERROR_VALUE, "no gradient today");
    return NULL;
}

static bool copy_number(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    return gd_tensor_copy(n->out, n->in[0]) == GD_OK;
}

static const gd_op refusing = {.name = "refusing",
                               GD_OPERANDS("input"),
                               .check = gd_check_elementwise,
                               .forward = copy_number,
                               .grad = refuse_gradient};

/* An error is told once, by the backward, and never inside another event. */
static void watch_error(void *context, const gd_event *e)
{
    static int depth;
    int *errors = context;
    assert_int_equal(depth, 0);
    ++depth;
    if (e->kind == GD_EVENT_ADD) {
        assert_null(gd_event_gives(e, e->way));
        assert_int_equal(gd_tape_status(e->tape), GD_OK);
        assert_int_equal(*errors, 0);
    }
    *errors += e->kind == GD_EVENT_ERROR;
    --depth;
}

static void test_error_inside_an_event_is_not_told(void **state)
{
    gd_tape *t = *state;
    int errors = 0;
    gd_tensor *x = leaf(t, 2, 0);
    gd_tape_observe(t, watch_error, &errors);
    gd_tensor *y = gd_apply(t, &refusing, &x, 1, NULL);
    assert_int_equal(gd_backward(t, y), GD_ERROR_VALUE);
    assert_int_equal(errors, 1);
}

/* ---- observing changes nothing ---- */

/* Looks at everything: what is given by each way, and gradients in between. */
static void look(void *context, const gd_event *e)
{
    ++*(int *)context;
    if (e->kind == GD_EVENT_OP && e->node->number >= 0 && gd_dtype_is_float(e->tensor->dtype))
        gd_retain_grad(e->tape, e->tensor);
    if (e->kind != GD_EVENT_ADD)
        return;
    for (int way = GD_WAY_RULE; way <= GD_WAY_THROUGH; ++way) {
        const gd_tensor *gives = gd_event_gives(e, (gd_way)way);
        assert_true(gives != NULL || way == GD_WAY_THROUGH);
    }
}

static void train(model *m, int *events)
{
    assert_true(model_create(m));
    if (events != NULL)
        gd_tape_observe(m->tape, look, events);
    for (int step = 0; step < 50; ++step)
        assert_int_equal(model_step(m), GD_OK);
}

static void test_observing_changes_no_bit(void **state)
{
    (void)state;
    model plain, observed;
    int events = 0;
    train(&plain, NULL);
    train(&observed, &events);
    assert_true(events > 1000);
    for (int i = 0; i < 4; ++i) {
        const gd_tensor *a = (gd_tensor *[]){plain.w1, plain.b1, plain.w2, plain.b2}[i];
        const gd_tensor *b = (gd_tensor *[]){observed.w1, observed.b1, observed.w2, observed.b2}[i];
        size_t size = (size_t)gd_tensor_numel(a) * gd_dtype_size(a->dtype);
        assert_memory_equal(a->data, b->data, size);
        assert_memory_equal(a->grad->data, b->grad->data, size);
    }
    model_destroy(&plain);
    model_destroy(&observed);
}

/* After each contribution the sum is what it was and what was given. */
static void check_sum(void *context, const gd_event *e)
{
    static double expected[1024];
    if (e->kind == GD_EVENT_ADD) {
        const gd_tensor *gives = gd_event_gives(e, e->way);
        for (int64_t i = 0; i < gd_tensor_numel(gives); ++i)
            expected[i] = element(gives, i) + (e->gradient != NULL ? element(e->gradient, i) : 0);
    }
    if (e->kind != GD_EVENT_ADDED)
        return;
    ++*(int *)context;
    for (int64_t i = 0; i < gd_tensor_numel(e->gradient); ++i)
        if (!(fabs(element(e->gradient, i) - expected[i]) <= 1e-6 * (1 + fabs(expected[i]))))
            fail_msg("%s operand %d: %g instead of %g", e->node->op->name, e->operand,
                     element(e->gradient, i), expected[i]);
}

static void test_what_is_given_is_added(void **state)
{
    (void)state;
    model m;
    int contributions = 0;
    assert_true(model_create(&m));
    gd_tape_observe(m.tape, check_sum, &contributions);
    for (int step = 0; step < 3; ++step)
        assert_int_equal(model_step(&m), GD_OK);
    assert_true(contributions > 3 * 20);
    model_destroy(&m);
}

/* 1 + 2^-30 + 2^-30 in a float: rounded once, at the end; and what is refused. */
static void test_add_gradient(void **state)
{
    (void)state;
    float start[] = {-1}, rows[] = {1, 0x1p-30F, 0x1p-30F};
    gd_tensor *sum = gd_tensor_create_borrowed(GD_F32, start, GD_DIMS(1)),
              *gradient = gd_tensor_create_borrowed(GD_F32, rows, GD_DIMS(3, 1)),
              *wide = gd_tensor_create_ones(GD_F64, GD_DIMS(3, 1)),
              *two = gd_tensor_create_ones(GD_F32, GD_DIMS(2));
    assert_int_equal(gd_add_gradient(sum, gradient, true), GD_OK);
    assert_true(start[0] == 0x1p-29F);
    assert_int_equal(gd_add_gradient(sum, gradient, false), GD_OK);
    assert_true(start[0] == 1);
    assert_int_equal(gd_add_gradient(sum, wide, true), GD_ERROR_DTYPE);
    assert_int_equal(gd_add_gradient(two, gradient, true), GD_ERROR_SHAPE);
    assert_int_equal(gd_add_gradient(NULL, gradient, true), GD_ERROR_ARGUMENT);
    gd_tensor_destroy(sum);
    gd_tensor_destroy(gradient);
    gd_tensor_destroy(wide);
    gd_tensor_destroy(two);
}

int observe_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_print, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ways, setup, teardown),
        cmocka_unit_test_setup_teardown(test_grad_goes_where_inputs_lie, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error_inside_an_event_is_not_told, setup, teardown),
        cmocka_unit_test(test_observing_changes_no_bit),
        cmocka_unit_test(test_what_is_given_is_added),
        cmocka_unit_test(test_add_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
