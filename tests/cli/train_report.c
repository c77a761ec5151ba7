/* train and eval --report: the page says what eval --json says, escapes what it is given, and is
 * well formed. What a browser shows of it is in report_page.c. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number in the first cell behind the row's name, from `at` on. */
static double cell_after(const char *at, const char *row)
{
    char head[128];
    snprintf(head, sizeof head, "<th scope=\"row\">%s</th>", row);
    at = strstr(at, head);
    at = at != NULL ? strstr(at, "<data value=\"") : NULL;
    if (at == NULL)
        fail_msg("the page has no number for %s", row);
    return strtod(at + strlen("<data value=\""), NULL);
}

static void assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", found, expected);
}

static void assert_page_has_scores(const char *page, const json_t *scores)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)scores, key, value)
    {
        if (json_is_number(value) && strcmp(key, "majority_accuracy") != 0)
            assert_near(cell_after(page, key), json_number_value(value), 0);
    }
}

static void test_scores(void **state)
{
    (void)state;
    static const struct {
        int outputs;
        const char *name, *target;
    } cases[] = {
        {1, "binary",
         "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"],\"shares\":[0.5,"
         "0.5]}"},
        {3, "three",
         "{\"task\":\"multiclass\",\"columns\":[\"y\"],\"classes\":[\"a\",\"b\",\"c\"],"
         "\"shares\":[0.2,0.4,0.4]}"},
        {4, "masked",
         "{\"task\":\"multilabel\",\"columns\":[\"red\",\"green\",\"blue\",\"none\"]}"},
        {1, "numbers", "{\"task\":\"regression\",\"columns\":[\"y\"],\"mean\":0,\"deviation\":1}"}};
    for (int i = 0; i < 4; ++i) {
        char line[512];
        write_model("m.st", cases[i].outputs, cases[i].target);
        snprintf(line, sizeof line,
                 "gradus eval m.st " SH_TESTS "/fixtures/scores/%s.csv --json --report r.html",
                 cases[i].name);
        json_t *scores = run_json(line);
        const char *page = read_file("r.html");
        assert_page_has_scores(page, scores);
        assert_near(cell_after(strstr(page, "id=\"features\""), "x0"), 1, 0); /* the weight */
        json_decref(scores);
    }
}

static void test_text_report_stays(void **state)
{
    (void)state;
    write_two_classes("t.csv", 60);
    outcome o = run("gradus train t.csv -o m.st --model logreg --report r.html 2>/dev/null >a.txt; "
                    "gradus train t.csv -o m.st --model logreg 2>/dev/null | cmp - a.txt");
    assert_int_equal(o.code, 0);
    const char *page = read_file("r.html");
    assert_says(page, "<title>m.st – Gradus report</title>");
    assert_says(page,
                "Cross-validated with 5 folds: each of the 60 rows was scored by a model that was "
                "not trained on it.");
    assert_says(page, ">loss (logreg-");
    assert_says(page, "<th scope=\"row\">c=red</th>");
    assert_says(page, "No likely problems found.");
}

/* y = 3 x + 1: rows that get another's x are off by 3 (x' - x), whose standard deviation is 3
 * sqrt(2) that of x, here 1. */
static void test_importance(void **state)
{
    (void)state;
    write_numbers("t.csv", 300);
    assert_int_equal(
        run("awk -F, -v OFS=, 'NR == 1 { print $0, \"z\" } NR > 1 { print $0, (NR * 7919) %% "
            "101 }' t.csv >n.csv && gradus train n.csv --target y -o m.st --model mlp --quiet "
            "--valid-frac 0.3 --report r.html")
            .code,
        0);
    const char *features = strstr(read_file("r.html"), "id=\"features\"");
    assert_non_null(features);
    assert_says(features, "increase in RMSE");
    assert_near(cell_after(features, "x"), 3 * sqrt(2), 0.6);
    assert_near(cell_after(features, "z"), 0, 0.2);
    assert_true(strstr(features, ">x</th>") < strstr(features, ">z</th>"));
}

static double printed(const char *file, const char *loss)
{
    outcome o = run("t=%s; %s", file, loss);
    char *end;
    double value = strtod(o.out, &end);
    if (o.code != 0 || end == o.out)
        fail_msg("%s: %s", loss, o.err);
    return value;
}

/* Dealing the cells of two rows out anew changes their places or does not: three times make a
 * rise of 0, 1, 2 or 3 thirds of what the change does to the loss, and the deviation that goes
 * with it. Returns how many. */
static int assert_rise_of_two_rows(const char *page, const char *name, int column, const char *loss)
{
    const char *features = strstr(page, "id=\"features\"");
    double rise = cell_after(features, name);
    char head[64];
    snprintf(head, sizeof head, "<th scope=\"row\">%s</th>", name);
    const char *cell = strstr(strstr(features, head), "</td>");
    double deviation = strtod(strstr(cell, "value=\"") + strlen("value=\""), NULL);
    run("awk -F, -v OFS=, -v k=%d 'NR == 1 { print } NR == 2 { first = $0; cell = $k } NR == 3 { "
        "other = $k; $k = cell; second = $0; $0 = first; $k = other; print; print second }' "
        "two.csv >changed.csv",
        column);
    double change = printed("changed.csv", loss) - printed("two.csv", loss);
    int times = (int)lround(3 * rise / change);
    assert_true(times >= 0 && times <= 3 && fabs(change) > 1e-4);
    assert_near(rise, times * change / 3, 1e-6);
    assert_near(deviation, fabs(change) * sqrt(times / 3.0 * (1 - times / 3.0)), 1e-6);
    return times;
}

#define SCORE(name) "gradus eval m.st $t --json | sed 's/.*\"" name "\": \\([^,}]*\\).*/\\1/'"

/* The mean over known cells of -log of what is said of them: columns 3 and 4 of the table, 3 and
 * 4 of the prediction. */
static const char loss_of_labels[] =
    "gradus predict m.st $t --prob | paste -d, $t - | awk -F, 'NR > 1 { for (k = 3; k < 5; ++k) if "
    "($k != \"\") { s -= log($k == 1 ? $(k + 4) : 1 - $(k + 4)); ++n } } END { printf "
    "\"%.12g\\n\", s / n }'";

static void test_importance_of_two_rows(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *train, *loss, *columns[4];
    } cases[] = {
        {"c,x,z,y\nb,1,5,4\n,-1,90,-2.5\n",
         "t.csv --target y --categorical c",
         SCORE("rmse"),
         {"c", "x", "z"}},
        {"c,x,z,y\nb,1,5,high\n,-1,90,low\n",
         "classes.csv --target y --categorical c",
         SCORE("log_loss"),
         {"c", "x", "z"}},
        {"x,z,a,b\n1,5,1,\n-1,90,0,1\n", "labels.csv --targets a,b", loss_of_labels, {"x", "z"}}};
    write_numbers("n.csv", 200);
    run("awk -F, -v OFS=, 'NR == 1 { print \"c,x,z,y\" } NR > 1 { "
        "print substr(\"abc\", NR %% 4 + 1, 1), $1, (NR * 7919) %% 101, $2 }' n.csv >t.csv; "
        "awk -F, -v OFS=, 'NR > 1 { $4 = $4 < 0 ? \"low\" : \"high\" } { print }' t.csv "
        ">classes.csv; "
        "awk -F, -v OFS=, 'NR == 1 { print \"x,z,a,b\" } NR > 1 { "
        "print $2, $3, ($4 > 1), NR %% 3 ? ($3 > 50) : \"\" }' t.csv >labels.csv");
    for (int i = 0; i < 3; ++i) {
        int mixed = 0;
        write_file("two.csv", cases[i].rows);
        outcome o = run("gradus train %s -o m.st --model mlp --epochs 5 --quiet && gradus eval "
                        "m.st two.csv --report r.html && cp r.html again && gradus eval m.st "
                        "two.csv --report r.html && cmp r.html again",
                        cases[i].train);
        assert_int_equal(o.code, 0);
        for (int k = 0; cases[i].columns[k] != NULL; ++k) {
            int times = assert_rise_of_two_rows(read_file("r.html"), cases[i].columns[k], k + 1,
                                                cases[i].loss);
            mixed += times > 0 && times < 3;
        }
        assert_true(mixed > 0); /* else the deviation is always 0 */
    }
}

/* Whatever the numbers, what is drawn has places. */
static void test_large_numbers(void **state)
{
    (void)state;
    static const char *const deviations[] = {"1", "1e308"}; /* of which 3 are infinite */
    write_file("t.csv", "x0,y\n1,1e308\n2,-1e308\n3,3\n");
    for (int i = 0; i < 2; ++i) {
        char target[128];
        snprintf(target, sizeof target,
                 "{\"task\":\"regression\",\"columns\":[\"y\"],\"mean\":0,\"deviation\":%s}",
                 deviations[i]);
        write_model("m.st", 1, target);
        assert_int_equal(run("gradus eval m.st t.csv --report r.html").code, 0);
        assert_null(strstr(read_file("r.html"), "no better")); /* its rmse is not known */
        const char *dots = strstr(read_file("r.html"), "<g class=\"series");
        assert_non_null(dots);
        assert_null(strstr(dots, "nan"));
        assert_null(strstr(dots, "inf"));
    }
}

static void test_escaping(void **state)
{
    (void)state;
    FILE *file = fopen("<i>.csv", "w");
    assert_non_null(file);
    fputs("\"<b>x\"\"&\",\"</td>\",\"<script>alert(1)</script>&\"\"'\"\n", file);
    for (int i = 0; i < 40; ++i)
        fprintf(file, "%d,%s,%s\n", i % 7, i % 3 ? "</table>" : "&amp;",
                i % 2 ? "<script>alert(1)</script>" : "\"\"\"'&<\"");
    fclose(file);
    assert_int_equal(
        run("gradus train '<i>.csv' -o '<m>.st' --model logreg --quiet --report r.html; "
            "gradus eval '<m>.st' '<i>.csv' --report e.html >/dev/null")
            .code,
        0);
    for (int i = 0; i < 2; ++i) {
        const char *page = read_file(i == 0 ? "r.html" : "e.html");
        assert_says(page, "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_says(page, "&lt;/td&gt;=&lt;/table&gt;");
        assert_says(page, "<title>&lt;m&gt;.st");
        assert_null(strstr(page, "<script"));
        assert_null(strstr(page, "<b>"));
        assert_null(strstr(page, "<i>"));
    }
    outcome o = run("command -v xmllint >/dev/null || exit 77; xmllint --noout r.html e.html");
    if (o.code == 77)
        skip();
    assert_string_equal(o.err, "");
}

/* Columns that say nothing of what is to be predicted. */
static void test_no_better_than_the_baseline(void **state)
{
    (void)state;
    static const char sentence[] =
        "he model is no better than the baseline, which ignores the features: ";
    outcome o =
        run("awk 'BEGIN { print \"x,y\"; for (i = 0; i < 60; ++i) print i %% 7 \",\" (i * i %% "
            "5 < 2 ? \"yes\" : \"no\") }' >noise.csv; gradus train noise.csv --model mlp "
            "--progress none --report noise.html 2>/dev/null");
    assert_int_equal(o.code, 0);
    assert_says(o.out, sentence);
    assert_says(read_file("noise.html"), sentence);
    write_two_classes("t.csv", 200);
    o = run("gradus train t.csv --progress none --report good.html 2>/dev/null");
    assert_null(strstr(o.out, sentence));
    assert_null(strstr(read_file("good.html"), sentence));
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)) != NULL; ++text)
        ++n;
    return n;
}

/* a, b and c are alike, and d is the target: nobody is told to leave out what the model does not
 * use. */
static void test_warnings_of_what_is_left_out(void **state)
{
    (void)state;
    assert_int_equal(
        run("awk 'BEGIN { print \"a,b,c,d,x,y\"; for (i = 0; i < 60; ++i) { t = \"t\" i %% "
            "40; print t \",\" t \",\" t \",\" i %% 2 \",\" i %% 7 \",\" "
            "(i %% 2 ? \"p\" : \"q\") } }' >t.csv; "
            "gradus train t.csv -o m.st --model logreg --quiet --id a --drop b,d "
            "--report r.html && gradus eval m.st t.csv --report e.html >e.txt")
            .code,
        0);
    for (int i = 0; i < 2; ++i) {
        const char *page = read_file(i == 0 ? "r.html" : "e.html");
        assert_int_equal(count(page, " has 40 different texts in 60 rows"), 1); /* c */
        assert_int_equal(count(page, " alone determines the target "), 0);
    }
    const char *all = run("gradus inspect t.csv").out;
    assert_int_equal(count(all, " has 40 different texts in 60 rows"), 3);
    assert_int_equal(count(all, " alone determines the target "), 1);
}

static void test_refused(void **state)
{
    (void)state;
    write_two_classes("t.csv", 60);
    assert_fails(CLI_RUNTIME, "gradus train t.csv -o m.st --log l.jsonl --report none/r.html",
                 "none/r.html: No such file or directory\n");
    assert_string_equal(read_file("l.jsonl"), ""); /* before the first epoch */
    assert_fails(CLI_USAGE, "gradus train t.csv -o m.st --report -", "--report takes a file");
    assert_fails(CLI_USAGE, "gradus train t.csv -o m.st --report t.csv",
                 "--report would overwrite t.csv, which is an input");
    assert_fails(CLI_USAGE, "rm -f m.st; gradus train t.csv -o m.st --report m.st",
                 "--output and --report would both write m.st\n");
    assert_fails(CLI_USAGE, "gradus train t.csv --log m.st --report m.st",
                 "--log and --report would both write m.st\n");
    assert_fails(CLI_USAGE, "touch m.st; gradus train t.csv -o m.st --log ./m.st",
                 "--output and --log would both write m.st\n");
}

int train_report_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_text_report_stays),
        cmocka_unit_test(test_importance),
        cmocka_unit_test(test_importance_of_two_rows),
        cmocka_unit_test(test_large_numbers),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_no_better_than_the_baseline),
        cmocka_unit_test(test_warnings_of_what_is_left_out),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("train_report", tests, enter_folder, leave_folder);
}
