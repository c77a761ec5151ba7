/* What headless Chromium shows of a report, against what eval --json, predict and inspect say,
 * and the model's file of the same model and table: skipped where chromium is not installed. The
 * checks themselves run in the page: report_page.js, report_reading.js. With
 * GRADUS_SCREENSHOTS=FOLDER pictures of the pages are left there. */
#include "browser.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <gradus/data.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Four tasks, each a page of eval: FOLDER/t.csv, m.st, r.html; of classes also of train. */
static const char *const folders[] = {"binary", "classes", "labels", "numbers"};
static const char *const pages[] = {"binary/r.html", "classes/r.html", "classes/train.html",
                                    "labels/r.html", "numbers/r.html"};
enum { PAGES = sizeof pages / sizeof *pages };
static bool there; /* Chromium */

/* ---- the page ---- */

static void run_script(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, GD_TESTS_DIR "/cli/%s", name);
    const char *script = read_file(path);
    assert_true(script[0] != '\0');
    json_decref(browser_value(script));
}

static void open_page(const char *path, int width, bool dark)
{
    if (!there)
        skip();
    browser_open(path, width, dark);
    run_script("report_page.js");
    run_script("report_reading.js");
}

/* A text for the page's checks. */
static void tell_text(const char *name, const char *said)
{
    json_t *text = json_string(said);
    char *literal = json_dumps(text, JSON_ENCODE_ANY), *expression;
    size_t size = strlen(literal) + 64;
    assert_non_null(expression = malloc(size));
    snprintf(expression, size, "known.%s = %s; true", name, literal);
    json_decref(browser_value(expression));
    free(expression);
    free(literal);
    json_decref(text);
}

/* What a line prints. */
static void tell_page(const char *name, const char *folder, const char *line)
{
    outcome o = run("cd %s && %s", folder, line);
    if (o.code != 0)
        fail_msg("%s: %s", line, o.err);
    tell_text(name, o.out);
}

/* [outputs][inputs] */
static json_t *weights_of(const gd_tensor *weight)
{
    json_t *rows = json_array();
    for (int64_t o = 0; o < weight->shape[0]; ++o) {
        json_t *row = json_array();
        for (int64_t i = 0; i < weight->shape[1]; ++i)
            json_array_append_new(
                row, json_real((double)((const float *)weight->data)[o * weight->shape[1] + i]));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* What a model's file says: target, columns, features, and the weights of its first layer. */
static json_t *model_of(const char *path)
{
    gd_safetensors *file = gd_safetensors_open(path);
    assert_non_null(file);
    json_t *model = json_loads(gd_safetensors_metadata(file, "model"), 0, NULL),
           *encoder = json_object_get(model, "encoder"), *features = json_array();
    char *text = json_dumps(encoder, 0);
    gd_encoder *read = gd_encoder_from_json(text);
    assert_non_null(read);
    for (int64_t i = 0; i < gd_encoder_width(read); ++i)
        json_array_append_new(features, json_string(gd_encoder_feature(read, i)));
    json_object_set_new(model, "features", features);
    json_object_set(model, "columns", json_object_get(encoder, "columns"));
    json_object_set_new(model, "weights", weights_of(gd_safetensors_find(file, "0.weight")));
    gd_encoder_destroy(read);
    free(text);
    gd_safetensors_close(file);
    return model;
}

static void tell_model(const char *folder)
{
    char path[64];
    snprintf(path, sizeof path, "%s/m.st", folder);
    json_t *model = model_of(path);
    char *text = json_dumps(model, 0);
    tell_text("model", text);
    free(text);
    json_decref(model);
}

/* thresholds: "--threshold X", as the page has been made, and as a list. */
static void open_with_numbers(const char *folder, const char *options, const char *thresholds)
{
    char text[256];
    snprintf(text, sizeof text, "%s/r.html", folder);
    open_page(text, 1000, false);
    tell_page("truth", folder, "cat t.csv");
    tell_model(folder);
    tell_page("inspected", folder, "gradus inspect m.st --json");
    snprintf(text, sizeof text, "gradus eval m.st t.csv --json %s", options);
    tell_page("scores", folder, text);
    snprintf(text, sizeof text, "gradus eval m.st t.csv %s", options);
    tell_page("text", folder, text);
    snprintf(text, sizeof text, "gradus predict m.st t.csv %s %s",
             browser_is("target().task == 'regression'") ? "" : "--prob", options);
    tell_page("said", folder, text);
    snprintf(text, sizeof text, "known.thresholds = [%s]", thresholds);
    json_decref(browser_value(text));
}

static void assert_no_fault(const char *check)
{
    json_t *faults = browser_value(check);
    assert_true(json_is_array(faults));
    if (json_array_size(faults) > 0)
        fail_msg("%s: %zu faults, the first: %s", check, json_array_size(faults),
                 json_string_value(json_array_get(faults, 0)));
    json_decref(faults);
}

/* ---- its numbers ---- */

static void test_binary(void **state)
{
    (void)state;
    open_with_numbers("binary", "--threshold yes=0.4", "0.4");
    tell_page("table", "binary", "gradus inspect t.csv --target y --json");
    assert_no_fault("checkHead()");
    assert_no_fault("checkScores()");
    assert_no_fault("checkClasses()");
    assert_no_fault("checkConfusion()");
    assert_no_fault("checkCurves()");
    assert_no_fault("checkWeights()");
    assert_no_fault("checkData(['\"z\": its values are not used: all are the same'])");
    assert_true(browser_is("rows('Weights').some(r => r[1] < 0)")); /* bars to the left, too */
}

static void test_classes(void **state)
{
    (void)state;
    open_with_numbers("classes", "", "");
    tell_page("table", "classes", "gradus inspect t.csv --json");
    assert_no_fault("checkHead()");
    assert_no_fault("checkScores()");
    assert_no_fault("checkClasses()");
    assert_no_fault("checkConfusion()");
    assert_no_fault("checkCurves()");
    assert_no_fault("checkImportances()");
    assert_no_fault("checkData()");
    assert_false(browser_is("document.getElementById('features').textContent.includes(trainedOn)"));
}

static void test_labels(void **state)
{
    (void)state;
    open_with_numbers("labels", "--threshold b=0.3", "0.5, 0.3, 0.5");
    tell_page("table", "labels", "gradus inspect t.csv --targets a,b,'\"c, d\"' --json");
    assert_no_fault("checkHead()");
    assert_no_fault("checkScores()");
    assert_no_fault("checkClasses()");
    assert_no_fault("checkCurves()");
    assert_no_fault("checkImportances()");
    assert_no_fault("checkData()");
}

static void test_numbers(void **state)
{
    (void)state;
    open_with_numbers("numbers", "", "");
    tell_page("table", "numbers", "gradus inspect t.csv --json");
    assert_no_fault("checkHead()");
    assert_no_fault("checkScores()");
    assert_no_fault("checkPredictions()");
    assert_no_fault("checkImportances()");
    assert_no_fault("checkData()");
    assert_true(browser_is("document.getElementById('curves') == null"));
}

/* A weight for each feature and class. */
static void test_linear_classes(void **state)
{
    (void)state;
    open_with_numbers("linear", "", "");
    assert_no_fault("checkWeights()");
    assert_true(browser_is("heads('Weights').length == 4 && rows('Weights').length == 4"));
}

/* Curves of more points than pixels, and of many rows that are equally likely. */
static void test_many_rows(void **state)
{
    (void)state;
    for (int ties = 0; ties < 2; ++ties) {
        if (there)
            write_two_classes("many/t.csv", 4000);
        if (there && ties)
            run("cd many && awk -F, -v OFS=, 'NR > 1 { $1 = int($1); $2 = int($2) } "
                "{ print $0, 1 }' t.csv | sed '1s/1$/z/' >ties.csv && mv ties.csv t.csv");
        if (there)
            assert_int_equal(run("cd many && gradus eval m.st t.csv --report r.html >out").code, 0);
        open_with_numbers("many", "", "0.5");
        assert_no_fault("checkCurves()");
        assert_no_fault("checkClasses()");
        assert_true((browser_number("points('roc0', 0).length") < 200) == (ties != 0));
        assert_true(browser_is("points('roc0', 0).length < 1500"));
    }
}

/* Of more rows than are drawn, some of them without a target: each point says which row it is. */
static void test_many_numbers(void **state)
{
    (void)state;
    if (there) {
        write_numbers("sampled/all.csv", 2500);
        assert_int_equal(
            run("cd sampled && awk -F, 'NR %% 50 == 3 { $2 = \"\" } { print $1 \",\" $2 "
                "}' all.csv >t.csv && gradus eval m.st t.csv --report r.html >out")
                .code,
            0);
    }
    open_with_numbers("sampled", "", "");
    assert_no_fault("checkPredictions()");
    assert_true(browser_is("rows('Predictions').length == 1000"));
}

/* Of more than ten classes each has its ten most important features, with the weights in the
 * model. */
static void test_weights_of_many_classes(void **state)
{
    (void)state;
    open_page("twelve/r.html", 1000, false);
    assert_no_fault("checkAlternatives()");
    json_t *shown = browser_value("rows('Largest weights of each')");
    json_t *model = model_of("twelve/m.st");
    const json_t *weights = json_object_get(model, "weights");
    const json_t *classes = json_object_get(json_object_get(model, "target"), "classes");
    assert_int_equal(json_array_size(shown), 12 * 10);
    for (size_t i = 0; i < 120; ++i) {
        const json_t *row = json_array_get(shown, i), *of = json_array_get(weights, i / 10);
        double weight = json_number_value(json_array_get(row, 2));
        size_t feature = strtoul(json_string_value(json_array_get(row, 1)) + 1, NULL, 10) - 1;
        int larger = 0;
        for (size_t k = 0; k < 15; ++k)
            larger += fabs(json_number_value(json_array_get(of, k))) > fabs(weight) + 1e-6;
        assert_string_equal(json_string_value(json_array_get(row, 0)),
                            json_string_value(json_array_get(classes, i / 10)));
        assert_true(fabs(weight - json_number_value(json_array_get(of, feature))) <= 1e-6);
        assert_int_equal(larger, i % 10);
    }
    json_decref(model);
    json_decref(shown);
}

static void test_training(void **state)
{
    (void)state;
    open_page("classes/train.html", 1000, false);
    tell_page("log", "classes", "cat log.jsonl");
    assert_no_fault("checkTraining('mlp')");
    assert_true(browser_is("rows('After each epoch').length == 6"));
    assert_true(browser_is("document.getElementById('features').textContent.includes(trainedOn)"));
}

/* ---- how it is read ---- */

static void leave_picture(const char *page, int width, bool dark)
{
    const char *folder = getenv("GRADUS_SCREENSHOTS");
    char path[512], name[32];
    if (folder == NULL)
        return;
    snprintf(name, sizeof name, "%s", page);
    for (char *at = name; *at != '\0'; ++at)
        *at = *at == '/' || *at == '.' ? '-' : *at;
    snprintf(path, sizeof path, "%s/%s-%d-%s.png", folder, name, width, dark ? "dark" : "light");
    browser_screenshot(path);
}

static void test_light_and_dark_wide_and_narrow(void **state)
{
    (void)state;
    for (int i = 0; i < PAGES; ++i)
        for (int k = 0; k < 4; ++k) {
            bool dark = k / 2 != 0;
            int width = k % 2 == 0 ? 1000 : 360;
            open_page(pages[i], width, dark);
            leave_picture(pages[i], width, dark);
            assert_int_equal(browser_requests(), 0);
            assert_int_equal(browser_complaints(), 0);
            assert_no_fault("checkWidth()");
            assert_no_fault(dark ? "checkContrast(true)" : "checkContrast(false)");
        }
}

static void test_text_alternatives(void **state)
{
    (void)state;
    for (int i = 0; i < PAGES; ++i) {
        open_page(pages[i], 1000, false);
        assert_no_fault("checkAlternatives()");
        assert_no_fault("checkClosed()");
    }
}

/* Every link, fold and scrolling table is reached by Tab, shows it, and Enter works. */
static void test_keyboard(void **state)
{
    (void)state;
    open_page("classes/train.html", 360, false);
    int stops = (int)browser_number("all('a, summary, .scroll').filter(e => "
                                    "e.checkVisibility()).length");
    json_decref(browser_value("window.seen = new Set(); true"));
    for (int i = 0; i < stops; ++i) {
        browser_press("Tab");
        assert_true(browser_is("getComputedStyle(document.activeElement).outlineStyle == 'solid'"));
        json_decref(browser_value("seen.add(document.activeElement); true"));
    }
    assert_int_equal((int)browser_number("seen.size"), stops);
    assert_true(browser_is("document.querySelector('details:not([open]) summary').focus(), "
                           "window.fold = document.activeElement.parentNode, !fold.open"));
    browser_press("Enter");
    assert_true(browser_is("fold.open && table('After each epoch').checkVisibility()"));
    assert_true(browser_is("document.querySelector('nav a[href=\"#data\"]').focus(), true"));
    browser_press("Enter");
    assert_true(browser_is("location.hash == '#data' && scrollY > 0"));
}

/* A page that tries to run and to load things is not one of ours: these names do. */
static void test_hostile_names(void **state)
{
    (void)state;
    if (!there)
        skip();
    assert_int_equal(run("mkdir -p evil && cd evil && printf 'x,\"<img src=http://example.org/a "
                         "onerror=alert(1)>\",y\\n' >t.csv && "
                         "for i in $(seq 30); do echo \"$i,$((i %% "
                         "3)),<script>document.title=1</script>$((i %% 2))\"; done >>t.csv && "
                         "gradus train t.csv -o m.st --model logreg --quiet --report r.html")
                         .code,
                     0);
    open_page("evil/r.html", 1000, false);
    assert_int_equal(browser_requests(), 0);
    assert_no_fault("checkClosed()");
    assert_true(browser_is("document.title.startsWith('m.st')"));
    assert_true(
        browser_is("document.body.textContent.includes('<script>document.title=1</script>0')"));
}

/* ---- the pages ---- */

static int start(void **state)
{
    if (enter_folder(state) != 0)
        return -1;
    there = browser_start();
    if (!there) {
        print_message("chromium is not installed: what it shows of a report is not tested\n");
        return 0;
    }
    for (int i = 0; i < 4; ++i)
        run("mkdir %s", folders[i]);
    write_two_classes("two.csv", 120);
    write_labels("labels/t.csv", 90);
    write_numbers("numbers/t.csv", 80);
    outcome o = run(
        "set -e; sed 's/$/,1/; 1s/1$/z/' two.csv >binary/t.csv; cp " SH_DATA
        "/iris.csv classes/t.csv\n"
        "cd binary; gradus train t.csv --target y -o m.st --model logreg --quiet --categorical c\n"
        "gradus eval m.st t.csv --threshold yes=0.4 --report r.html >out\n"
        "cd ../classes; gradus train t.csv -o m.st --model mlp --epochs 6 --quiet --report "
        "train.html --log log.jsonl; gradus eval m.st t.csv --report r.html >out\n"
        "cd ../labels; gradus train t.csv --targets a,b,'\"c, d\"' --id id -o m.st --model mlp "
        "--epochs 20 "
        "--quiet; gradus eval m.st t.csv --threshold b=0.3 --report r.html >out\n"
        "mkdir ../twelve; cd ../twelve; awk 'BEGIN { for (k = 1; k <= 15; ++k) printf \"x%%d,\", "
        "k; print \"c\"\n"
        "for (i = 0; i < 240; ++i) { for (k = 1; k <= 15; ++k) printf \"%%d,\", (i * k * 7919 %% "
        "31) "
        "+ 40 * (k == i %% 12 + 1); print \"c\" i %% 12 } }' >t.csv; gradus train t.csv -o m.st "
        "--model logreg --quiet\n"
        "gradus eval m.st t.csv --report r.html >out\n"
        "cd ../numbers; gradus train t.csv -o m.st --model mlp --epochs 20 --quiet\n"
        "gradus eval m.st t.csv --report r.html >out; mkdir ../linear ../many ../sampled; cp m.st "
        "../sampled; cp ../binary/m.st "
        "../many; cp ../classes/t.csv ../linear\n"
        "cd ../linear; gradus train t.csv -o m.st --model logreg --quiet; gradus eval m.st t.csv "
        "--report r.html >out");
    if (o.code != 0)
        print_error("%s", o.err);
    return o.code == 0 ? 0 : -1;
}

static int stop(void **state)
{
    browser_stop();
    return leave_folder(state);
}

int report_page_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_linear_classes),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_many_numbers),
        cmocka_unit_test(test_weights_of_many_classes),
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_light_and_dark_wide_and_narrow),
        cmocka_unit_test(test_text_alternatives),
        cmocka_unit_test(test_keyboard),
        cmocka_unit_test(test_hostile_names),
    };
    return cmocka_run_group_tests_name("report_page", tests, start, stop);
}
