/* gradus plot: what is drawn is what the logs say. */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

#define LINE(stage, epoch, train, rest)                                                            \
    "{\"stage\":\"" stage "\",\"epoch\":" #epoch ",\"train_loss\":" #train rest                    \
    ",\"learning_rate\":0.1,\"seconds\":0.5}\n"
#define VALID(loss, score) ",\"valid_loss\":" #loss ",\"accuracy\":" #score

/* A stage that validates for two epochs, one for three, one for four without validation. */
static const char three_stages[] = LINE("linear", 1, 9, VALID(9, 0.9))
    LINE("linear", 2, 9, VALID(9, 0.9)) LINE("mlp", 1, 2, VALID(1.5, 0))
        LINE("mlp", 2, 1, VALID(1, 0.5)) LINE("mlp", 3, 0, VALID(0.5, 1)) LINE("final", 1, 7, "")
            LINE("final", 2, 7, "") LINE("final", 3, 7, "") LINE("final", 4, 7, "");

/* Losses from 0 to 2 and epochs from 1 to 3 fill the plot, which is 652 by 358 at (52,30). */
static void test_svg(void **state)
{
    (void)state;
    write_file("run.jsonl", three_stages);
    outcome o = run("gradus plot run.jsonl -o curves.svg");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "");
    assert_string_equal(o.out, "");
    const char *svg = read_file("curves.svg");
    assert_says(svg, ">loss (mlp)</title>");
    assert_says(svg, "d=\"M52.0,30.0L378.0,209.0L704.0,388.0\"");
    assert_says(svg, "d=\"M52.0,119.5L378.0,209.0L704.0,298.5\"");
    assert_says(svg, ">validation accuracy</title>");
    assert_says(svg, "d=\"M52.0,388.0L378.0,209.0L704.0,30.0\"");
    assert_says(svg, "training: from 2 after epoch 1 to 0 after epoch 3; minimum 0 after epoch 3, "
                     "maximum 2 after epoch 1. validation: from 1.5 after epoch 1");
    assert_says(svg, "@media (prefers-color-scheme:dark)");
    assert_null(strstr(strstr(svg, "http") + 1, "href")); /* nothing is loaded */
    assert_int_equal(run("gradus plot run.jsonl | cmp - curves.svg").code, 0);
}

/* By any XML parser; that of libxml2, where it is installed. */
static void test_names_are_escaped(void **state)
{
    (void)state;
    write_file("a<b>&\"c.jsonl", three_stages);
    write_file("\xff\xc3\xa9.jsonl", three_stages);
    assert_int_equal(
        run("mkdir -p x y; cp a*.jsonl x/run.jsonl; cp a*.jsonl y/run.jsonl; "
            "gradus plot a*.jsonl \"$(printf '\\377\\303\\251.jsonl')\" x/run.jsonl y/run.jsonl "
            "-o curves.svg")
            .code,
        0);
    const char *svg = read_file("curves.svg");
    assert_says(svg, "a&lt;b&gt;&amp;&quot;c.jsonl (mlp), \xEF\xBF\xBD\xC3\xA9.jsonl (mlp), "
                     "x/run.jsonl (mlp), y/run.jsonl (mlp)</title>");
    assert_says(svg, ">a&lt;b&gt;&amp;&quot;c.jsonl (mlp), training</text>");
    outcome o =
        run("if command -v xmllint >/dev/null; then xmllint --noout curves.svg; else exit 77; fi");
    if (o.code == 77)
        skip();
    assert_string_equal(o.err, "");
}

/* Of 74 columns epoch 2 is at 37. Training falls from row 0 by 15 / 2 / 37 rows a column: 3
 * columns are in the row, then 5 in each; validation from row 3.75 by half of that. */
#define SPACES_71                                                                                  \
    "                                        "                                                     \
    "                               "
static const char expected[] = "loss (mlp)\n"
                               "2.0 +aaa\n"
                               "    |   aaaaa\n"
                               "    |        aaaaa\n"
                               "    |             aaaaa\n"
                               "1.5 +AAAAAAAA          aaaaa\n"
                               "    |        AAAAAAAAAA     aaaaa\n"
                               "    |                  AAAAAAAAAAaaaaa\n";

static void test_ascii(void **state)
{
    (void)state;
    write_file("run.jsonl", three_stages);
    outcome o = run("gradus plot --ascii run.jsonl");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "");
    char head[sizeof expected] = "";
    memcpy(head, o.out, strlen(o.out) < sizeof expected ? strlen(o.out) : sizeof expected - 1);
    assert_string_equal(head, expected);
    assert_says(o.out, "\n0.0 +" SPACES_71 "aaa\n    +-----");
    assert_says(o.out, "     epoch\n     a  training\n     A  validation\n\nvalidation accuracy");
    assert_int_equal(run("gradus plot run.jsonl --ascii -o chart.txt && gradus plot run.jsonl "
                         "--ascii | cmp - chart.txt")
                         .code,
                     0);
}

static void assert_widest(const char *text, size_t columns)
{
    size_t widest = 0;
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\r\n");
        widest = length > widest ? length : widest;
    }
    assert_int_equal(widest, columns);
}

static void test_width(void **state)
{
    (void)state;
    write_file("run.jsonl", three_stages);
    assert_widest(run("gradus plot --ascii run.jsonl").out, 79);
    outcome o = run("script -qec true /dev/null || exit 77; "
                    "script -qc 'stty cols 50; gradus plot --ascii run.jsonl' /dev/null");
    if (o.code == 77)
        skip(); /* there is no terminal to be had */
    assert_widest(o.out, 49);
}

static void test_stages(void **state)
{
    (void)state;
    /* a killed run repeats what it had not saved: what came last counts */
    write_file("run.jsonl", LINE("a", 1, 4, "") LINE("a", 2, 4, "") LINE("a", 3, 4, "")
                                LINE("a", 2, 2, "") LINE("a", 3, 0, "") LINE("b", 1, 1, ""));
    outcome o = run("gradus plot run.jsonl");
    assert_says(o.out, ">loss (a)</title>");
    assert_says(o.out, "d=\"M52.0,30.0L378.0,209.0L704.0,388.0\"");
    assert_null(strstr(o.out, "validation"));
    /* one epoch is a point in the middle */
    o = run("grep '\"b\"' run.jsonl | gradus plot -");
    assert_says(o.out, ">loss (b)</title>");
    assert_says(o.out, "d=\"M378.0,209.0\"");
    /* of equal ones the first */
    write_file("run.jsonl", LINE("a", 1, 4, "") LINE("b", 1, 4, ""));
    assert_says(run("gradus plot run.jsonl").out, ">loss (a)</title>");
}

/* However little numbers differ, their axis tells them apart, and has the room for it. */
static void test_labels_of_axes(void **state)
{
    (void)state;
    write_file("t.jsonl", LINE("a", 1, 1700002000, "") LINE("a", 2, 1700010000, ""));
    outcome o = run("gradus plot --ascii t.jsonl");
    assert_says(o.out, "1.700004e+09 +");
    assert_says(o.out, "1.700002e+09 +");
    o = run("gradus plot t.jsonl");
    assert_says(o.out, "d=\"M94.0,365.0"); /* 12 letters and one of 7 pixels, and 3 */
    assert_says(o.out, "<text x=\"88.0\" y=\"369.0\" text-anchor=\"end\">1.700002e+09</text>");
    write_file("t.jsonl", LINE("a", 1, 1.0000002, "") LINE("a", 2, 1.0000006, ""));
    assert_says(run("gradus plot --ascii t.jsonl").out, "\n1.0000002 +");
    write_file("t.jsonl", LINE("a", 1, 1234500, "") LINE("a", 2, 1234900, ""));
    assert_says(run("gradus plot --ascii t.jsonl").out, "\n1234500 +");
    write_file("t.jsonl", LINE("a", 1, 250e6, "") LINE("a", 2, 100e6, ""));
    assert_says(run("gradus plot --ascii t.jsonl").out, "\n100M +");
    write_file("t.jsonl", LINE("a", 1, 12000, "") LINE("a", 2, 20000, ""));
    assert_says(run("gradus plot --ascii t.jsonl").out, "\n12k +");
}

/* Runs whose scores are not the same have charts of their own. */
static void test_several_scores(void **state)
{
    (void)state;
    write_file("a.jsonl", three_stages);
    assert_int_equal(run("sed s/accuracy/rmse/ a.jsonl >b.jsonl").code, 0);
    outcome o = run("gradus plot --ascii a.jsonl b.jsonl");
    assert_says(o.out, "     b  b.jsonl (mlp), training\n     B  b.jsonl (mlp), "
                       "validation\n\nvalidation accuracy");
    assert_says(o.out, "     A  a.jsonl (mlp), validation\n\nvalidation rmse\n");
    /* and those that have the same share one, in which each is its own */
    assert_int_equal(run("sed 's/\"accuracy\":1,/\"accuracy\":0.25,/' a.jsonl >c.jsonl").code, 0);
    o = run("gradus plot a.jsonl c.jsonl");
    const char *score = strstr(o.out, ">validation accuracy</title>");
    assert_says(score, "a.jsonl (mlp), validation: from 0 after epoch 1 to 1 after epoch 3");
    assert_says(score, "c.jsonl (mlp), validation: from 0 after epoch 1 to 0.25 after epoch 3");
    assert_says(score, "d=\"M52.0,388.0L378.0,209.0L704.0,30.0\"");
    assert_says(score, "d=\"M52.0,388.0L378.0,209.0L704.0,298.5\"");
}

static void test_refused(void **state)
{
    (void)state;
    assert_fails(CLI_USAGE, "touch kept.jsonl; gradus plot kept.jsonl -o kept.jsonl",
                 "--output would overwrite kept.jsonl, which is an input\n");
    write_file("a.jsonl", LINE("a", 1, 4, "") "\n{\"stage\":\"a\",\"epoch\":1}\n");
    assert_fails(CLI_DATA, "gradus plot a.jsonl",
                 "gradus: a.jsonl:3: expected a log line of gradus train: \"train_loss\", a number "
                 "below 1e100, is missing\n");
    write_file("a.jsonl", LINE("a", 1, 1e200, ""));
    assert_fails(CLI_DATA, "gradus plot a.jsonl", "a.jsonl:1: ");
    write_file("a.jsonl", LINE("a", 0, 1, ""));
    assert_fails(CLI_DATA, "gradus plot a.jsonl", "\"epoch\", a whole number from 1 on");
    write_file("a.jsonl", LINE("a", 1, 1, ",\"valid_loss\":\"x\""));
    assert_fails(CLI_DATA, "gradus plot a.jsonl", "a number below 1e100 as \"valid_loss\"");
    write_file("a.jsonl", "{\"epoch\":1}\n");
    assert_fails(CLI_DATA, "gradus plot a.jsonl", "\"stage\", a text, is missing\n");
    write_file("a.jsonl", "[]\n");
    assert_fails(CLI_DATA, "gradus plot a.jsonl", "expected an object\n");
    write_file("a.jsonl", "sepal,petal\n");
    assert_fails(CLI_DATA, "gradus plot a.jsonl", "a.jsonl:1: ");
    write_file("a.jsonl", "\n");
    assert_fails(CLI_DATA, "gradus plot a.jsonl", "gradus: a.jsonl: the log is empty\n");
    assert_fails(CLI_DATA,
                 "printf '{\"stage\":\"a\",\"epoch\":1,\"train_loss\":1}\\n\\0\\n' | gradus plot -",
                 "gradus: -:2: expected a log line");
    assert_fails(CLI_DATA,
                 "printf '{\"stage\":\"a\",\"epoch\":1,\"train_loss\":1}\\0,\\n' | gradus plot -",
                 "gradus: -:1: expected a log line");
    assert_fails(CLI_RUNTIME, "gradus plot none.jsonl", "none.jsonl: No such file or directory\n");
    assert_fails(CLI_USAGE, "gradus plot", "gradus plot: LOG... is missing\n");
    assert_fails(CLI_USAGE, "gradus plot $(seq 27)", "one chart takes at most 26 logs\n");
    write_file("a.jsonl", three_stages);
    assert_fails(CLI_RUNTIME, "gradus plot a.jsonl -o none/a.svg", "none/a.svg: No such file");
    assert_fails(CLI_USAGE, "gradus plot a.jsonl -o ./a.jsonl",
                 "gradus plot: --output would overwrite a.jsonl, which is an input\n");
    assert_string_equal(read_file("a.jsonl"), three_stages);
}

static void test_log_of_train(void **state)
{
    (void)state;
    assert_int_equal(run("gradus train " SH_DATA "/iris.csv -o m.st --log run.jsonl --quiet "
                         "--model mlp --epochs 12 --valid-frac 0.2")
                         .code,
                     0);
    outcome o = run("gradus plot run.jsonl");
    assert_int_equal(o.code, 0);
    assert_says(o.out, ">loss (mlp)</title>");
    assert_says(o.out, "after epoch 12; ");
}

int plot_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svg),
        cmocka_unit_test(test_names_are_escaped),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_labels_of_axes),
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_several_scores),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_log_of_train),
    };
    return cmocka_run_group_tests_name("plot", tests, enter_folder, leave_folder);
}
