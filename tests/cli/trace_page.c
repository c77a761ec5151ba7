/* What headless Chromium shows of a trace's page, against the trace itself: skipped where chromium
 * is not installed. The checks run in the page: trace_page.js. With GRADUS_SCREENSHOTS=FOLDER
 * pictures of the pages are left there. */
#include "trace_page.h"
#include "browser.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool there; /* Chromium */

bool trace_page_browser(void)
{
    return there;
}

static const char tiny[] = SH_TESTS "/trace/corpus/tiny.trace";

static void evaluate(const char *expression)
{
    json_decref(browser_value(expression));
}

/* Text as known.NAME. */
static void tell_text(const char *name, const char *text)
{
    json_t *string = json_string(text);
    char *literal = json_dumps(string, JSON_ENCODE_ANY);
    size_t size = strlen(literal) + 64;
    char *expression = malloc(size);
    assert_non_null(expression);
    snprintf(expression, size, "known.%s = %s; true", name, literal);
    evaluate(expression);
    free(expression);
    free(literal);
    json_decref(string);
}

/* NAME.html of NAME.trace, at a step. */
void open_page(const char *name, int width, bool dark)
{
    static const char *const scripts[] = {"trace_page.js", "trace_graph.js"};
    char page[64], trace[64], script[512];
    if (!there)
        skip();
    snprintf(page, sizeof page, "%s.html", name);
    snprintf(trace, sizeof trace, "%s.trace", name);
    browser_open(page, width, dark);
    for (int i = 0; i < 2; ++i) {
        snprintf(script, sizeof script, GD_TESTS_DIR "/cli/%s", scripts[i]);
        evaluate(read_file(script));
    }
    tell_text("trace", read_file(trace));
}

void make_page(const char *name)
{
    if (there)
        assert_int_equal(run("gradus trace %s.trace -o %s.html", name, name).code, 0);
}

int trace_page_faults(const char *check)
{
    json_t *faults = browser_value(check);
    assert_true(json_is_array(faults));
    int count = (int)json_array_size(faults);
    for (int i = 0; i < count; ++i)
        print_error("%s\n", json_string_value(json_array_get(faults, (size_t)i)));
    json_decref(faults);
    return count;
}

void assert_no_fault(const char *check)
{
    assert_int_equal(trace_page_faults(check), 0);
}

static void leave_picture(const char *name, int width, bool dark)
{
    const char *folder = getenv("GRADUS_SCREENSHOTS");
    char path[512];
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/trace-%s-%d-%s.png", folder, name, width,
             dark ? "dark" : "light");
    browser_screenshot(path);
}

/* All that holds of the page of any trace. */
static void check_page(const char *name)
{
    for (int k = 0; k < 4; ++k) {
        bool dark = k / 2 != 0;
        int width = k % 2 == 0 ? 1200 : 360;
        open_page(name, width, dark);
        assert_no_fault("checkWidth()");
        assert_no_fault("checkContrast()");
        assert_no_fault(k == 0 ? "checkNumbers(true)" : "checkNumbers(false)");
        assert_no_fault("checkContrast()"); /* at the last step */
        assert_no_fault("checkScrubber()");
        assert_no_fault("checkPictures()");
        assert_no_fault("checkTotals()");
        assert_no_fault("checkStory()");
        assert_no_fault("checkSource()");
        if (k == 0)
            assert_no_fault("checkWhy()");
        if (k == 0)
            assert_no_fault("checkBreaks()");
        assert_no_fault("checkTop()");
        if (k < 2)
            assert_no_fault("checkStill()");
        if (k == 0)
            assert_no_fault("checkPanels()");
        assert_no_fault("checkKeys()");
        leave_picture(name, width, dark);
        assert_int_equal(browser_requests(), 0);
        assert_int_equal(browser_complaints(), 0);
    }
}

static void test_sample(void **state)
{
    (void)state;
    if (there)
        assert_int_equal(run("cp %s tiny.trace", tiny).code, 0);
    make_page("tiny");
    check_page("tiny");
    assert_no_fault("checkOverlaps()");
}

/* ---- the programs of tests/trace/programs ---- */

static void check_program(const char *name, int64_t most_bytes)
{
    struct stat page;
    char path[64];
    if (!there)
        skip();
    assert_int_equal(run(SH_BUILD "/tests/traced/%s %s.trace", name, name).code, 0);
    make_page(name);
    snprintf(path, sizeof path, "%s.html", name);
    assert_int_equal(stat(path, &page), 0);
    assert_in_range(page.st_size, 1, most_bytes);
    check_page(name);
}

static void test_logistic_regression(void **state)
{
    (void)state;
    check_program("logistic_regression", 1000000);
    assert_no_fault("checkVerdicts('right')");
}

static void test_mlp(void **state)
{
    (void)state;
    check_program("mlp", 2000000);
    assert_no_fault("checkVerdicts('right')");
}

static void test_cross_entropy(void **state)
{
    (void)state;
    check_program("cross_entropy", 1000000);
    assert_no_fault("checkVerdicts('right')");
}

/* What float32 lost is amber: the value of the loss of the probability, at z = 20. */
static void test_sigmoid_at_20(void **state)
{
    (void)state;
    check_program("sigmoid_at_20", 1000000);
    assert_no_fault("checkVerdicts('right', 'rounded')");
    assert_true(browser_is("Object.values(data.proofs).flat().some(p => p.verdict == 'rounded')"));
    evaluate("const lost = data.tensors.find(t => (data.proofs[t[3]] || [])"
             ".some(p => p.verdict == 'rounded')); go(lost[4]); true");
    assert_true(browser_is("document.querySelector('.rounded').innerText"
                           ".startsWith('float32 lost digits')"));
    evaluate("lost[2] = 'float64'; go(lost[4]); true");
    assert_true(browser_is("document.querySelector('.rounded').innerText"
                           ".startsWith('float64 lost digits')"));
}

static void test_masked(void **state)
{
    (void)state;
    check_program("masked", 1000000);
    assert_no_fault("checkVerdicts('right')");
}

static void test_second_derivative(void **state)
{
    (void)state;
    check_program("second_derivative", 1000000);
    assert_no_fault("checkVerdicts('right')");
}

static void test_large_mlp(void **state)
{
    (void)state;
    check_program("large_mlp", 5000000);
    assert_no_fault("checkVerdicts('right')");
    assert_no_fault("checkWhy()");
    assert_true(browser_is("unfinished > 0")); /* its page does not explain every element */
}

/* A deep link leads to its step; a step that there is not, to the last. */
static void test_deep_link(void **state)
{
    (void)state;
    open_page("tiny", 1200, false);
    evaluate("location.hash = '#step=8'; dispatchEvent(new HashChangeEvent('hashchange')); true");
    assert_int_equal(browser_number("stepShown()"), 8);
    evaluate("location.hash = '#step=99'; dispatchEvent(new HashChangeEvent('hashchange')); true");
    assert_int_equal(browser_number("stepShown()"), 12);
    assert_true(
        browser_is("document.querySelector('.ledger tfoot').textContent.includes('complete')"));
}

/* The sum that the sample is about: what was there before, what each use adds, what is there
 * after. */
static void test_ledger(void **state)
{
    (void)state;
    open_page("tiny", 1200, false);
    evaluate("press('Home'); for (let i = 0; i < 8; ++i) press('ArrowRight'); true");
    assert_true(
        browser_is("document.querySelector('.ledger').innerText.replace(/\\s+/g, ' ').trim() == "
                   "'[0] [1] 1st: mul, line 5this step 2.1 -0.9 2nd: add, line 4waits for "
                   "step 11 – – daso far 2.1 -0.9'"));
    evaluate("for (let i = 0; i < 3; ++i) press('ArrowRight'); true");
    assert_true(
        browser_is("document.querySelector('.ledger').innerText.replace(/\\s+/g, ' ').trim() == "
                   "'[0] [1] 1st: mul, line 5step 8 2.1 -0.9 2nd: add, line 4this step + 2 + "
                   "-1 dacomplete 4.1 -1.9'"));
}

/* ---- traces that mean no good ---- */

static void test_names_are_inert(void **state)
{
    (void)state;
    if (there)
        assert_int_equal(
            run("sed -e 's|\"name\":\"a\"|\"name\":\"</script><script>window.ran = 1</script>\"|' "
                "-e 's|\"name\":\"b\"|\"name\":\"\\\\\"><img src=x "
                "onerror=window.ran=2>\\\\u0007\"|' "
                "-e 's|tiny[.]c|</title><b>`${1}.c|g' -e 's|return loss|</script>--><!-- "
                "<script>|' "
                "%s >hostile.trace",
                tiny)
                .code,
            0);
    make_page("hostile");
    check_page("hostile");
    assert_true(
        browser_is("window.ran === undefined && document.querySelectorAll('img').length == 0 && "
                   "document.querySelectorAll('script').length == 2"));
    assert_true(browser_is("document.querySelector('h1').textContent == '</title><b>`${1}.c'"));
    assert_true(browser_is("document.body.innerText.includes('</script>--><!-- <script>')"));
}

static void test_damage(void **state)
{
    (void)state;
    if (!there)
        skip();
    assert_int_equal(run("head -c 900 %s >damaged.trace", tiny).code, 0);
    outcome o = run("gradus trace damaged.trace -o damaged.html");
    assert_int_equal(o.code, 0);
    assert_says(o.err, "damaged.trace:");
    open_page("damaged", 1200, false);
    assert_no_fault("checkNumbers(false)");
    assert_true(
        browser_is("document.querySelector('.notice').textContent.includes('damaged.trace:')"));
}

/* A trace that ends as it was told to is no alarm. */
static void test_end(void **state)
{
    (void)state;
    if (there)
        assert_int_equal(
            run("sed '/\"e\":\"source\"/i {\"e\":\"stopped\",\"why\":\"1 training step "
                "was recorded\"}' %s >end.trace",
                tiny)
                .code,
            0);
    make_page("end");
    open_page("end", 1200, false);
    assert_true(browser_is("document.querySelector('.notice').innerText == 'The trace ends before "
                           "the program did: 1 training step was recorded.'"));
    assert_true(
        browser_is("getComputedStyle(document.querySelector('.notice')).borderLeftWidth == '0px'"));
    assert_no_fault("checkContrast()");
}

static void test_changed_source(void **state)
{
    (void)state;
    if (!there)
        skip();
    assert_int_equal(
        run("mkdir -p other && printf '\\n\\n\\n\\nint x;\\n' >other/tiny.c && cp %s "
            "changed.trace && gradus trace changed.trace --source other -o changed.html",
            tiny)
            .code,
        0);
    open_page("changed", 1200, false);
    evaluate("press('Home'); press('ArrowRight'); true");
    assert_true(browser_is("document.getElementById('changed').innerText.includes('The source has "
                           "changed')"));
}

/* ---- the command ---- */

static void test_picture_of_a_step(void **state)
{
    (void)state;
    outcome o = run("gradus trace %s --svg 11", tiny);
    assert_int_equal(o.code, 0);
    assert_says(o.out, "<svg ");
    assert_says(o.out, ">gives</text>");
    assert_says(o.out, "data-ref=\"17.after[0]\">4.1</text>");
    assert_null(strstr(o.out, "data-in"));
    run("gradus trace %s --svg 1 >one.svg", tiny);
    assert_null(strstr(read_file("one.svg"), "4.1"));
    assert_says(read_file("one.svg"), "ghost");
    o = run("gradus trace %s --svg 13", tiny);
    assert_int_equal(o.code, 2);
    assert_says(o.err, "0 to 12");
}

static void test_errors(void **state)
{
    (void)state;
    assert_int_equal(run("gradus trace missing.trace -o x.html").code, 1);
    assert_int_equal(run("printf 'no trace\\n' >no.trace; gradus trace no.trace -o x.html").code,
                     4);
    assert_int_equal(run("gradus trace -o x.html").code, 2);
    assert_false(file_exists("x.html"));
    assert_int_equal(run("cp %s in.trace && gradus trace in.trace -o in.trace", tiny).code, 2);
    assert_int_equal(run("head -1 %s >empty.trace; gradus trace empty.trace -o x.html", tiny).code,
                     4);
    assert_false(file_exists("x.html"));
}

int trace_page_start(void **state)
{
    there = browser_start();
    return enter_folder(state);
}

int trace_page_stop(void **state)
{
    browser_stop();
    return leave_folder(state);
}

int trace_page_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_logistic_regression),
        cmocka_unit_test(test_mlp),
        cmocka_unit_test(test_cross_entropy),
        cmocka_unit_test(test_sigmoid_at_20),
        cmocka_unit_test(test_masked),
        cmocka_unit_test(test_second_derivative),
        cmocka_unit_test(test_large_mlp),
        cmocka_unit_test(test_deep_link),
        cmocka_unit_test(test_ledger),
        cmocka_unit_test(test_names_are_inert),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_changed_source),
        cmocka_unit_test(test_picture_of_a_step),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, trace_page_start, trace_page_stop);
}
