/* A wrong rule turns its proof red on the page of a trace: each op of the programs of
 * tests/trace/programs, for each operand that it gives a gradient. The page's data is looked at;
 * and what is shown, where chromium is installed: trace_page.js. */
#include "browser.h"
#include "cli/trace/page/page.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool there; /* Chromium */

static const gd_op *original;
static int mutated; /* which operand's gradient */

/* Not negated: two such rules on one way would give the right number. */
static gd_tensor *twice(gd_tape *tape, gd_tensor *g)
{
    return g != NULL ? gd_add(tape, g, g) : NULL;
}

static gd_tensor *mutant_grad(gd_tape *tape, const gd_node *node, gd_tensor *dy, int i)
{
    gd_tensor *g = original->grad(tape, node, dy, i);
    return i == mutated ? twice(tape, g) : g;
}

static gd_tensor *mutant_through(gd_tape *tape, const gd_node *node, gd_tensor *dy)
{
    return twice(tape, original->through->grad(tape, node, dy));
}

/* ---- what is wrong, by the trace ---- */

static bool is_of_mutant(const gd_recording *r, int64_t i)
{
    const gd_recorded_event *e = &r->events[i];
    return e->kind == GD_RECORDED_ADD && e->operand == mutated &&
           strcmp(r->nodes[e->node].op_name, original->name) == 0;
}

/* The last contribution of this backward to the gradient to which event i adds. */
static int64_t completing(const gd_recording *r, int64_t i)
{
    int64_t last = i, tensor = r->events[i].tensor;
    while (++i < r->n_events && r->events[i].kind != GD_RECORDED_BACKWARD)
        if (r->events[i].kind == GD_RECORDED_ADD && r->events[i].tensor == tensor)
            last = i;
    return last;
}

/* ---- the page ---- */

static void put_page(const gd_recording *r)
{
    trace_view view;
    FILE *file = fopen("mutant.html", "wb");
    assert_non_null(file);
    trace_view_create(&view, r);
    trace_put_page(file, &view);
    trace_view_destroy(&view);
    assert_int_equal(fclose(file), 0);
}

/* The page's data, to be json_decref'd. */
static json_t *data_of_page(void)
{
    static const char opening[] = "<script type=\"application/json\" id=\"data\">";
    const char *data = strstr(read_file("mutant.html"), opening);
    assert_non_null(data);
    data += strlen(opening);
    json_error_t error;
    json_t *parsed = json_loadb(data, (size_t)(strstr(data, "</script>") - data), 0, &error);
    if (parsed == NULL)
        fail_msg("the page's data: %s", error.text);
    return parsed;
}

static bool is_red(const json_t *proofs, int64_t line)
{
    char key[32];
    snprintf(key, sizeof key, "%lld", (long long)line);
    const json_t *list = json_object_get(proofs, key);
    for (size_t i = 0; i < json_array_size(list); ++i) {
        const json_t *verdict = json_object_get(json_array_get(list, i), "verdict");
        if (strcmp(json_string_value(verdict), "wrong") == 0)
            return true;
    }
    return false;
}

static void check_shown(const char *program, int64_t line, bool dark)
{
    char check[64];
    snprintf(check, sizeof check, "checkWrong(%lld)", (long long)line);
    browser_open("mutant.html", 1200, dark);
    json_decref(browser_value(read_file(GD_TESTS_DIR "/cli/trace_page.js")));
    json_t *faults = browser_value(check);
    if (json_array_size(faults) > 0)
        fail_msg("%s, %s of %d: %s", program, original->name, mutated,
                 json_string_value(json_array_get(faults, 0)));
    json_decref(faults);
    assert_int_equal(browser_complaints(), 0);
}

/* ---- each rule ---- */

/* Reads the trace with one rule wrong, and looks at its page. */
static void check_mutant(const char *program, const char *trace)
{
    gd_op mutant = *original;
    mutant.grad = mutant_grad;
    mutant.grad_into = NULL;
    gd_pass_through through;
    if (original->through != NULL) {
        through = *original->through;
        through.grad = mutant_through;
        through.grad_into = NULL;
        mutant.through = &through;
    }
    const gd_op *const ops[] = {&mutant};
    gd_recording *r = gd_trace_read(trace, &(gd_trace_read_options){.ops = ops, .n_ops = 1});
    assert_non_null(r);
    put_page(r);
    json_t *data = data_of_page(), *proofs = json_object_get(data, "proofs");
    int64_t shown = 0;
    for (int64_t i = 0; i < r->n_events; ++i) {
        if (!is_of_mutant(r, i) || !(r->events[i].gives.norm > 1e-3))
            continue;
        int64_t line = r->events[completing(r, i)].line;
        if (!is_red(proofs, line))
            fail_msg("%s: %s gives operand %d twice its gradient, and line %lld is not red",
                     program, original->name, mutated, (long long)line);
        shown = shown > 0 ? shown : line;
    }
    if (shown == 0)
        fail_msg("%s: no gradient by %s of operand %d", program, original->name, mutated);
    if (there)
        check_shown(program, shown, mutated % 2 != 0);
    json_decref(data);
    gd_recording_destroy(r);
}

/* Whether an event before this one is by the same rule. */
static bool is_known(const gd_recording *r, int64_t event)
{
    for (int64_t i = 0; i < event; ++i)
        if (is_of_mutant(r, i))
            return true;
    return false;
}

/* rules: of how many operands the program goes back by. */
static void check_program(const char *program, int rules)
{
    char trace[64];
    snprintf(trace, sizeof trace, "%s.trace", program);
    assert_int_equal(run(SH_BUILD "/tests/traced/%s %s", program, trace).code, 0);
    gd_recording *r = gd_trace_read(trace, NULL);
    assert_non_null(r);
    int count = 0;
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        if (e->kind != GD_RECORDED_ADD)
            continue;
        original = r->nodes[e->node].op;
        mutated = e->operand;
        if (is_known(r, i))
            continue;
        check_mutant(program, trace);
        ++count;
    }
    gd_recording_destroy(r);
    assert_int_equal(count, rules);
}

static void test_logistic_regression(void **state)
{
    (void)state;
    check_program("logistic_regression", 3);
}

static void test_mlp(void **state)
{
    (void)state;
    check_program("mlp", 8);
}

static void test_cross_entropy(void **state)
{
    (void)state;
    check_program("cross_entropy", 3);
}

static void test_sigmoid_at_20(void **state)
{
    (void)state;
    check_program("sigmoid_at_20", 4);
}

static void test_masked(void **state)
{
    (void)state;
    check_program("masked", 4);
}

static void test_second_derivative(void **state)
{
    (void)state;
    check_program("second_derivative", 5);
}

static void test_large_mlp(void **state)
{
    (void)state;
    check_program("large_mlp", 5);
}

static int start(void **state)
{
    there = browser_start();
    return enter_folder(state);
}

static int stop(void **state)
{
    browser_stop();
    return leave_folder(state);
}

int trace_mutants_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logistic_regression),
        cmocka_unit_test(test_mlp),
        cmocka_unit_test(test_cross_entropy),
        cmocka_unit_test(test_sigmoid_at_20),
        cmocka_unit_test(test_masked),
        cmocka_unit_test(test_second_derivative),
        cmocka_unit_test(test_large_mlp),
    };
    return cmocka_run_group_tests_name("wrong rules on pages", tests, start, stop);
}
