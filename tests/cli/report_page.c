/* What headless Chromium shows of a report, against eval --json: skipped where chromium is not installed. With GRADUS_SCREENSHOTS=FOLDER
 * pictures of the pages are left there. */
#include "browser.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Four tasks, each a page of eval: FOLDER/t.csv, m.st, r.html. */
static const char *const folders[] = {"binary", "classes", "labels", "numbers"};
static bool there; /* Chromium */

/* For the pages' own numbers: cells of a table by its caption, points of a drawn line in the units of its axes. */
static const char tools[] =
    "function table(caption) { return [...document.querySelectorAll('table')].find(t => "
    "t.caption.textContent.startsWith(caption)); }"
    "function rows(caption) { return [...table(caption).tBodies[0].rows].map(r => "
    "[...r.cells].map(c => {"
    "  const d = c.querySelector('data'); return d ? +d.value : c.textContent; })); }"
    "function column(caption, i) { return rows(caption).map(r => r[i]); }"
    "function sum(list) { return list.reduce((a, b) => a + b, 0); }"
    "function mean(list) { return sum(list) / list.length; }"
    "function chart(id) { return document.querySelector(`svg[aria-labelledby^=\"${id}-t \"]`); }"
    "function scale(svg, end, along) {" /* by the first and last label of an axis */
    "  const of = t => ({v: parseFloat(t.textContent) * (t.textContent.endsWith('k') ? 1000 : 1),"
    "    at: +t.getAttribute(along) - (along == 'y' ? 4 : 0)});"
    "  const all = [...svg.querySelectorAll(`text[text-anchor=${end}]`)].filter(t => "
    "!isNaN(parseFloat(t.textContent))).map(of);"
    "  const a = all[0], b = all[all.length - 1]; return at => a.v + (at - a.at) / (b.at - a.at) * "
    "(b.v - a.v); }"
    "function points(id, i) { const svg = chart(id), x = scale(svg, 'middle', 'x'), y = scale(svg, "
    "'end', 'y');"
    "  return "
    "svg.querySelectorAll('.series')[i].querySelector('path').getAttribute('d').slice(1).split(/"
    "[ML]/).map(p => p.split(',').map(Number)).map(p => [x(p[0]), y(p[1])]); }"
    "function area(list) { let a = 0; for (let i = 1; i < list.length; ++i)"
    "  a += (list[i][0] - list[i - 1][0]) * (list[i][1] + list[i - 1][1]) / 2; return a; }"
    "function light(colour) { const c = colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / "
    "255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);"
    "  return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]; }"
    "function contrast(a, b) { const x = light(a), y = light(b); return (Math.max(x, y) + 0.05) / "
    "(Math.min(x, y) + 0.05); }"
    "true";

static void open_page(const char *path, int width, bool dark)
{
    if (!there)
        skip();
    browser_open(path, width, dark);
    json_decref(browser_value(tools));
}

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", found, expected);
}

/* The scores of eval --json beside an open page. */
static json_t *open_with_scores(const char *folder)
{
    char path[64], line[128];
    snprintf(path, sizeof path, "%s/r.html", folder);
    open_page(path, 1000, false);
    snprintf(line, sizeof line, "cd %s && gradus eval m.st t.csv --json", folder);
    return run_json(line);
}

static void assert_scores_shown(const json_t *scores)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)scores, key, value)
    {
        char expression[200];
        if (strcmp(key, "majority_accuracy") == 0 || json_is_null(value))
            continue;
        snprintf(expression, sizeof expression, "rows('Scores').find(r => r[0] == '%s')[1]", key);
        assert_near(browser_number(expression), json_number_value(value), 0);
    }
}

static void test_classes(void **state)
{
    (void)state;
    json_t *scores = open_with_scores("classes");
    assert_scores_shown(scores);
    assert_near(browser_number("mean(column('Each class', 1))"), number_at(scores, "macro_f1"),
                1e-12);
    assert_near(browser_number("mean(column('Each class', 3))"),
                number_at(scores, "balanced_accuracy"), 1e-12);
    assert_near(browser_number("sum(column('Each class', 4))"), number_at(scores, "rows"), 0);
    assert_near(browser_number("sum(rows('Rows of each class').map((r, i) => r[i + 1])) / "
                               "sum(rows('Rows of each class').map(r => sum(r.slice(1))))"),
                number_at(scores, "accuracy"), 1e-12);
    /* the mean of the areas is the score, and the areas are those under what is drawn */
    assert_near(browser_number("mean(column('True positives', 1))"), number_at(scores, "roc_auc"),
                1e-12);
    for (int i = 0; i < 3; ++i) {
        char expression[200];
        snprintf(expression, sizeof expression,
                 "area(points('roc%d', 0)) - rows('True positives')[%d][1]", i, i);
        assert_near(browser_number(expression), 0, 2e-3);
        snprintf(expression, sizeof expression,
                 "area(points('pr%d', 0)) - rows('The best precision')[%d][1]", i, i);
        assert_near(browser_number(expression), 0, 2e-3);
    }
    /* a bar is as long as its number */
    assert_true(browser_is(
        "[...table('Each class').querySelectorAll('.bar')].every(c => c.style.backgroundImage"
        ".includes(' ' + (100 * c.querySelector('data').value).toFixed(2) + '%'))"));
    json_decref(scores);
}

static void test_binary(void **state)
{
    (void)state;
    json_t *scores = open_with_scores("binary");
    assert_scores_shown(scores);
    assert_near(browser_number("column('True positives', 1)[0]"), number_at(scores, "roc_auc"),
                1e-12);
    assert_near(browser_number("area(points('roc0', 0))"), number_at(scores, "roc_auc"), 2e-3);
    assert_true(browser_is("chart('roc1') == null"));
    assert_true(browser_is("rows('Weights').every((r, i, all) => i == 0 || "
                           "Math.abs(all[i - 1][1]) >= Math.abs(r[1]))"));
    assert_true(browser_is(
        "rows('Weights').length == 6")); /* x1, x2, c of three and missing; z is constant */
    assert_true(
        browser_is("document.querySelector('#warnings + ul').textContent.includes('constant') || "
                   "document.querySelector('#warnings + ul').textContent.includes('every row')"));
    json_decref(scores);
}

static void test_labels(void **state)
{
    (void)state;
    json_t *scores = open_with_scores("labels");
    assert_scores_shown(scores);
    assert_near(browser_number("mean(column('Each label', 1))"), number_at(scores, "macro_f1"),
                1e-12);
    assert_true(browser_is("column('Each label', 0).join('|') == 'a|b|c, d'"));
    assert_true(browser_is("column('Each label', 5).every(t => t == 0.5)"));
    assert_near(browser_number("area(points('pr2', 0)) - rows('The best precision')[2][1]"), 0,
                2e-3);
    assert_true(browser_is("column('Importance', 1).length == 2")); /* of x1 and x2 */
    json_decref(scores);
}

static void test_numbers(void **state)
{
    (void)state;
    json_t *scores = open_with_scores("numbers");
    assert_scores_shown(scores);
    assert_near(browser_number("Math.sqrt(mean(rows('Predictions').map(r => (r[1] - r[2]) ** 2)))"),
                number_at(scores, "rmse"), 1e-9);
    /* as many dots as rows, in their places */
    assert_true(browser_is("chart('scatter').querySelector('.series "
                           "path').getAttribute('d').split('M').length - 1 == 80"));
    assert_near(browser_number("rows('How far off')[0][1]"),
                browser_number("Math.min(...rows('Predictions').map(r => r[2] - r[1]))"), 1e-9);
    assert_true(browser_is("document.getElementById('curves') == null"));
    json_decref(scores);
}

/* The curves of training are those of its table, and its table is the log. */
/* Of more than ten classes each has the ten features that it goes by, with the weights that are exported. */
static void test_weights_of_many_classes(void **state)
{
    (void)state;
    open_page("many/r.html", 1000, false);
    json_t *shown = browser_value("rows('The largest weights of each')");
    json_t *model = run_json("cd many && gradus export m.st --to json -o -");
    const json_t *weights =
        json_object_get(json_array_get(json_object_get(model, "layers"), 0), "weight");
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
        assert_near(weight, json_number_value(json_array_get(of, feature)), 1e-6);
        assert_int_equal(larger, i % 10);
    }
    json_decref(model);
    json_decref(shown);
}

static void test_training(void **state)
{
    (void)state;
    open_page("classes/train.html", 1000, false);
    json_t *log = browser_value("rows('After each epoch')");
    assert_int_equal(json_array_size(log), 6);
    outcome o = run(
        "grep -c '\"mlp\"' classes/log.jsonl; sed -n "
        "'6s/.*valid_loss\":\\([^,]*\\),\"accuracy\":\\([^,]*\\),.*/\\1 \\2/p' classes/log.jsonl");
    double epochs, loss, accuracy;
    assert_int_equal(sscanf(o.out, "%lf %lf %lf", &epochs, &loss, &accuracy), 3);
    assert_near(epochs, 6, 0);
    assert_near(browser_number("rows('After each epoch')[5][2]"), loss, 1e-8);
    assert_near(browser_number("rows('After each epoch')[5][3]"), accuracy, 1e-8);
    assert_near(browser_number("points('loss', 1)[5][1]"), loss,
                0.01 * browser_number("Math.max(...column('After each epoch', 2))"));
    assert_near(browser_number("points('loss', 0)[0][1]"),
                browser_number("rows('After each epoch')[0][1]"),
                0.01 * browser_number("Math.max(...column('After each epoch', 2))"));
    assert_near(browser_number("points('score', 0)[5][1]"), accuracy, 0.01);
    json_decref(log);
}

static void leave_picture(const char *name, int width, bool dark)
{
    const char *folder = getenv("GRADUS_SCREENSHOTS");
    char path[512];
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s-%d-%s.png", folder, name, width, dark ? "dark" : "light");
    browser_screenshot(path);
}

/* Whatever the window and the light. */
static void assert_readable(const char *path, const char *name, int width, bool dark)
{
    open_page(path, width, dark);
    leave_picture(name, width, dark);
    assert_int_equal(browser_requests(), 0);
    assert_int_equal(browser_complaints(), 0);
    assert_true(
        browser_is("document.documentElement.scrollWidth <= innerWidth")); /* nothing sticks out */
    assert_true(browser_is("(light(getComputedStyle(document.body).backgroundColor) < 0.1)") ==
                dark);
    /* WCAG 2: text 4.5, what is drawn 3 */
    assert_true(browser_is("[...document.querySelectorAll('p, dt, dd, a, caption, th, td, summary, "
                           "h1, h2')].every(e =>"
                           " contrast(getComputedStyle(e).color, "
                           "getComputedStyle(document.body).backgroundColor) >= 4.5)"));
    assert_true(browser_is("[...document.querySelectorAll('svg text, svg .series')].every(e =>"
                           " contrast(getComputedStyle(e).color, "
                           "getComputedStyle(document.body).backgroundColor) >= 3)"));
    assert_true(browser_is(
        "[...document.querySelectorAll('svg')].every(s => s.getBoundingClientRect().width > 200 &&"
        " s.getBoundingClientRect().right <= innerWidth)"));
    /* letters in pictures are at least as large as 9 pixels */
    assert_true(browser_is("[...document.querySelectorAll('svg')].every(s => 12 * "
                           "s.getBoundingClientRect().width / s.viewBox.baseVal.width >= 9)"));
}

static void test_light_and_dark_wide_and_narrow(void **state)
{
    (void)state;
    char path[64];
    for (int i = 0; i < 4; ++i)
        for (int k = 0; k < 4; ++k) {
            snprintf(path, sizeof path, "%s/%s.html", folders[i], i == 1 ? "train" : "r");
            assert_readable(path, folders[i], k % 2 == 0 ? 1000 : 360, k / 2 != 0);
        }
}

/* Names that a screen reader says, and numbers for every picture. */
static void test_text_alternatives(void **state)
{
    (void)state;
    for (int i = 0; i < 4; ++i) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s.html", folders[i], i == 1 ? "train" : "r");
        open_page(path, 1000, false);
        assert_true(browser_is(
            "[...document.querySelectorAll('svg')].every(s => s.getAttribute('role') == 'img' &&"
            " s.getAttribute('aria-labelledby').split(' ').every(id => "
            "document.getElementById(id).textContent.length > 0))"));
        assert_true(browser_is("[...document.querySelectorAll('.charts')].every(c => "
                               "c.nextElementSibling.querySelector('table') != null)"));
        assert_true(browser_is("[...document.querySelectorAll('table')].every(t => t.caption != "
                               "null && t.querySelector('th[scope=col]') != null)"));
        assert_true(
            browser_is("(ids => ids.length == new "
                       "Set(ids).size)([...document.querySelectorAll('[id]')].map(e => e.id))"));
        assert_true(browser_is("document.documentElement.lang == 'en' && "
                               "document.querySelectorAll('h1').length == 1"));
    }
}

/* Every link, fold and scrolling table is reached by Tab, shows it, and Enter works. */
static void test_keyboard(void **state)
{
    (void)state;
    open_page("classes/train.html", 360, false);
    int stops = (int)browser_number("[...document.querySelectorAll('a, summary, "
                                    ".scroll')].filter(e => e.checkVisibility()).length");
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
    assert_true(browser_is("[...document.querySelectorAll('nav a')].every(a => "
                           "document.querySelector(a.hash) != null)"));
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
    assert_true(browser_is(
        "document.title.startsWith('m.st') && document.querySelector('script, img') == null"));
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
        run("mkdir -p %s many", folders[i]);
    write_two_classes("two.csv", 120);
    write_labels("labels/t.csv", 90);
    write_numbers("numbers/t.csv", 80);
    outcome o = run(
        "set -e; sed 's/$/,1/; 1s/1$/z/' two.csv >binary/t.csv; cp " GD_DATA_DIR
        "/iris.csv classes/t.csv\n"
        "cd binary; gradus train t.csv --target y -o m.st --model logreg --quiet --categorical c\n"
        "cd ../classes; gradus train t.csv -o m.st --model mlp --epochs 6 --quiet --report "
        "train.html --log log.jsonl\n"
        "cd ../labels; gradus train t.csv --targets a,b,'\"c, d\"' --id id -o m.st --model mlp "
        "--epochs 20 "
        "--quiet\n"
        "cd ../many; awk 'BEGIN { for (k = 1; k <= 15; ++k) printf \"x%%d,\", k; print \"c\"\n"
        "for (i = 0; i < 240; ++i) { for (k = 1; k <= 15; ++k) printf \"%%d,\", (i * k * 7919 %% "
        "31) "
        "+ 40 * (k == i %% 12 + 1); print \"c\" i %% 12 } }' >t.csv; gradus train t.csv -o m.st "
        "--model logreg --quiet\n"
        "cd ../numbers; gradus train t.csv -o m.st --model mlp --epochs 20 --quiet\n"
        "cd ..; for i in */; do (cd $i; gradus eval m.st t.csv --report r.html >out); done");
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
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_weights_of_many_classes),
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_light_and_dark_wide_and_narrow),
        cmocka_unit_test(test_text_alternatives),
        cmocka_unit_test(test_keyboard),
        cmocka_unit_test(test_hostile_names),
    };
    return cmocka_run_group_tests_name("report_page", tests, start, stop);
}
