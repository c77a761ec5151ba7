/* How headless Chromium draws the graphs of a trace's page: trace_graph.js. Also of programs that
 * are made at random: GRADUS_RANDOM_PAGES=200 takes as many of them. */
#include "../trace/random_program.h"
#include "browser.h"
#include "run.h"
#include "tests.h"
#include "trace_page.h"

#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 150 }; /* that are looked at, of a trace */

static const struct {
    int width;
    bool is_phone;
} windows[] = {{1200, false}, {360, true}};

static void check_graphs(const char *name, bool has_breaks)
{
    for (int k = 0; k < 2; ++k) {
        char check[64];
        open_page(name, windows[k].width, false);
        snprintf(check, sizeof check, "checkGraphs(%d)", STEPS);
        assert_no_fault(check);
        assert_no_fault("checkStill(60)");
        if (windows[k].is_phone)
            assert_no_fault("checkThumb()");
        if (has_breaks)
            assert_no_fault("checkBroken(60)");
    }
}

static void check_program(const char *name, bool has_breaks)
{
    if (!trace_page_browser())
        skip();
    assert_int_equal(run(SH_BUILD "/tests/traced/%s %s.trace", name, name).code, 0);
    make_page(name);
    check_graphs(name, has_breaks);
}

static void test_sample(void **state)
{
    (void)state;
    if (!trace_page_browser())
        skip();
    assert_int_equal(run("cp " SH_TESTS "/trace/corpus/tiny.trace tiny.trace").code, 0);
    make_page("tiny");
    check_graphs("tiny", true);
}

/* Wider than a window, and with breaks. */
static void test_long_graphs(void **state)
{
    (void)state;
    check_program("mlp", true);
    open_page("mlp", 1200, false);
    assert_no_fault("checkOverview()");
    open_page("mlp", 360, false);
    assert_no_fault("checkOverview()");
    check_program("second_derivative", true);
    check_program("masked", false);
}

static void test_large_tensors(void **state)
{
    (void)state;
    check_program("logistic_regression", true);
    check_program("cross_entropy", false);
}

/* ---- programs made at random ---- */

static void trace_random_program(uint64_t seed, const char *path)
{
    gd_tape *tape = gd_tape_create();
    gd_trace *trace =
        gd_trace_create(path, &(gd_trace_options){.source = GD_TESTS_DIR "/trace", .steps = 3});
    random_program_options options = {seed, seed % 4 == 3 ? GD_F64 : GD_F32};
    assert_int_equal(gd_trace_attach(trace, tape), GD_OK);
    random_program(tape, &options);
    assert_int_equal(gd_trace_close(trace), GD_OK);
    gd_tape_destroy(tape);
}

static void test_random_programs(void **state)
{
    (void)state;
    const char *wanted = getenv("GRADUS_RANDOM_PAGES");
    int n = wanted != NULL ? atoi(wanted) : 4, faults = 0;
    if (!trace_page_browser())
        skip();
    for (int seed = 0; seed < n; ++seed) {
        trace_random_program((uint64_t)seed, "random.trace");
        make_page("random");
        for (int k = 0; k < 2; ++k) {
            open_page("random", windows[k].width, false);
            int found = trace_page_faults("checkGraphs(40)") +
                        trace_page_faults("checkBroken(30)") + trace_page_faults("checkWidth()") +
                        trace_page_faults("checkPictures()");
            found += k == 0 ? trace_page_faults("checkNumbers(false)") : 0;
            if (found > 0)
                print_error("program %d, %d px: %d faults\n", seed, windows[k].width, found);
            faults += found;
        }
        if (wanted != NULL)
            print_message("program %d: %d faults so far\n", seed, faults);
    }
    assert_int_equal(faults, 0);
}

int trace_graph_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_long_graphs),
        cmocka_unit_test(test_large_tensors),
        cmocka_unit_test(test_random_programs),
    };
    return cmocka_run_group_tests(tests, trace_page_start, trace_page_stop);
}
