/* gradus step: commands from a pipe, and at a terminal. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "run.h"
#include "tests.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TINY SH_TESTS "/trace/corpus/tiny.trace"

static outcome step(const char *commands)
{
    write_file("commands", commands);
    return run("gradus step " TINY " <commands");
}

/* The output of the commands, without that of the first step. */
static const char *output_of(const char *commands)
{
    outcome o = step(commands);
    if (o.code != 0 || o.err[0] != '\0')
        fail_msg("exit code %d: %s", o.code, o.err);
    const char *rest = strstr(o.out, "b is a leaf, 0.1; it wants a gradient.\n");
    assert_non_null(rest);
    return strchr(rest, '\n') + 1;
}

static void assert_same(const char *commands, const char *others)
{
    char *first = strdup(output_of(commands));
    assert_non_null(first);
    assert_string_equal(first, output_of(others));
    free(first);
}

static const char first_step[] = "step 0 of 12, forward\n"
                                 "a is a leaf, [2, -1]; it wants a gradient.\n"
                                 "b is a leaf, 0.1; it wants a gradient.\n";

static const char step_1[] =
    "step 1 of 12, forward                                                   tiny.c:4\n"
    "add makes s = a + b = [2.1, -0.9].\n"
    ">    4      gd_tensor *s = gd_add(t, a, b);\n"
    "  s[0] = a[0] + b = 2 + 0.1 = 2.1\n"
    "  s[1] = a[1] + b = -1 + 0.1 = -0.9\n";

static const char step_11[] =
    "step 11 of 12, backward                                                 tiny.c:4\n"
    "add gives a [2, -1], the second; they sum to [4.1, -1.9].\n"
    ">    4      gd_tensor *s = gd_add(t, a, b);\n"
    "  da[0] = dy[0] = 2\n"
    "  da[1] = dy[1] = -1\n";

static void test_going(void **state)
{
    (void)state;
    char text[1000];
    outcome o = step("");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.out, first_step);
    assert_string_equal(output_of("next\n"), step_1);
    assert_string_equal(output_of("n"), step_1);
    assert_same("n 12\nb 1\n", "goto 12\nback\n");
    assert_string_equal(output_of("goto 11\nquit\nnext\n"), step_11);
    snprintf(text, sizeof text, "This is the first step.\n%s", first_step);
    assert_string_equal(output_of("back\n"), text);
    assert_says(output_of("goto 12\n next \n"), "This is the last step.\nstep 12 of 12");
    /* an empty line repeats going, and nothing else */
    assert_same("n\n\n\n", "n\nn\nn\n");
    assert_same("n 2\n\n", "n 2\nn 2\n");
    assert_same("p a\n\n", "p a\n");
    assert_string_equal(output_of("# a remark\n"), "");
}

static void test_printing(void **state)
{
    (void)state;
    assert_string_equal(output_of("p a\np b\n"), "a: float32 [2], a leaf\n"
                                                 "  value     [ 2. -1.]\n"
                                                 "  no gradient yet\n"
                                                 "b: float32 [], a leaf\n"
                                                 "  value     0.1\n"
                                                 "  no gradient yet\n");
    assert_says(output_of("g 8\np a\n"), "  gradient  [ 2.1 -0.9]\n  1 of 2 contributions\n");
    assert_says(output_of("g 11\np a\n"), "  gradient  [ 4.1 -1.9]\n  2 of 2 contributions\n");
    assert_says(output_of("g 11\np a[1]\n"), "  a[1] = -1\n  da[1] = -1.9\n");
    assert_says(output_of("g 11\np da[0]\n"), "\n  da[0] = 4.1\n");
    assert_says(output_of("g 3\np mul\n"), "mul: float32 [2], mul\n  value     [4.2 0.9]\n");
}

/* The tree of the mock: 4.1 = 2.1 (mul: dy * s[0]) + 2 (add <- mul: dy * a[0]). */
static void test_why(void **state)
{
    (void)state;
    assert_string_equal(strstr(output_of("g 12\nwhy a[0]\n"), "da[0] = 4.1"),
                        "da[0] = 4.1, the sum of 2 contributions:\n"
                        "  2.1 = dy[0] * s[0] = 1 * 2.1: mul gives a, tiny.c:5\n"
                        "    dmul[0] = 1 = dy: sum gives mul, tiny.c:5\n"
                        "      dloss = 1: backward starts here, tiny.c:7\n"
                        "    s[0] = 2.1 = a[0] + b = 2 + 0.1: add, tiny.c:4\n"
                        "      a[0] = 2: a leaf\n"
                        "      b = 0.1: a leaf\n"
                        "  2 = dy[0]: add gives a, tiny.c:4\n"
                        "    ds[0] = 2 = dy[0] * a[0] = 1 * 2: mul gives s, tiny.c:5\n"
                        "      dmul[0] = 1: sum gives mul, tiny.c:5, see above\n"
                        "      a[0] = 2: a leaf, see above\n");
    assert_says(output_of("g 8\nwhy a[0]\n"), "\nda[0] = 2.1 = dy[0] * s[0] = 1 * 2.1: mul gives");
    assert_says(output_of("g 3\nw loss\n"), "\nloss = 5.1 = mul[0] + mul[1] = 4.2 + 0.9: sum, tin");
    assert_says(output_of("g 3\nw dloss\n"), "\ndloss is not there yet\n");
}

static void test_list(void **state)
{
    (void)state;
    assert_says(output_of("n\nlist\n"), "     3  gd_tensor *tiny(gd_tape *t, gd_tensor *a, gd_tens"
                                        "or *b) {\n"
                                        ">    4      gd_tensor *s = gd_add(t, a, b);\n"
                                        "     5      gd_tensor *loss = ");
    assert_string_equal(output_of("list\n"), "The source of this step is not in the trace.\n");
}

static void test_stops(void **state)
{
    (void)state;
    const char *out = output_of("watch a\nc\n\n");
    assert_says(out, "the gradient of a changes\nstep 8 of 12, backward");
    assert_says(out, step_11);
    assert_says(output_of("break 5\nc\n"), "step 2 of 12");
    assert_says(output_of("break tiny.c:4\nc\nc\n"), "step 10 of 12");
    assert_says(output_of("break other.c:4\nc\n"), "This is the last step.\nstep 12 of 12");
    assert_says(output_of("break nan\nc\n"), "This is the last step.\nstep 12 of 12");
    assert_says(output_of("break 5\ndelete\nc\n"), "This is the last step.\nstep 12 of 12");
    run("sed 's/\"values\":\\[4.2,0.9\\]/\"values\":[\"nan\",0.9]/' " TINY " >nan.trace");
    assert_says(run("printf 'break nan\\nc\\n' | gradus step nan.trace").out, "step 2 of 12");
}

/* Commands that make no sense: a message, the next command is run, and exit code 2. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *command, *message;
    } cases[] = {{"jump", "There is no command \"jump\""},
                 {"wa", "watch takes the name of a tensor; there is no \"\""},
                 {"goto", "goto takes the number of a step, 0 to 12"},
                 {"goto 13", "not \"13\""},
                 {"goto -1", "not \"-1\""},
                 {"goto 99999999999999999999", "goto takes"},
                 {"next two", "not \"two\""},
                 {"next -1", "not \"-1\""},
                 {"print", "print takes the name of a tensor"},
                 {"print c", "There is no tensor \"c\" at this step"},
                 {"print s", "There is no tensor \"s\" at this step"},
                 {"print a[2]", "There is no element [2] of a"},
                 {"print a[0", "There is no element [0 of a"},
                 {"print a[0]]", "There is no"},
                 {"print a[]", "There is no element [] of a"},
                 {"print b[0]", "There is no element [0] of b"},
                 {"why", "why takes the name of an element"},
                 {"why a", "a has 2 elements: say which, as in a[0]"},
                 {"watch q", "there is no \"q\""},
                 {"break x", "break takes a line, FILE:LINE or nan"},
                 {"break 0", "break takes a line"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char commands[100];
        snprintf(commands, sizeof commands, "%s\nnext\n", cases[i].command);
        outcome o = step(commands);
        assert_int_equal(o.code, 2);
        assert_says(o.out, cases[i].message);
        assert_says(o.out, step_1);
    }
    assert_says(run("head -c 900 " TINY " >cut.trace; gradus step cut.trace </dev/null").err,
                "cut.trace:");
    assert_int_equal(run("gradus step no.trace </dev/null").code, 1);
    assert_int_equal(run("gradus step </dev/null").code, 2);
    assert_int_equal(run("gradus step " TINY " </dev/null >/dev/full").code, 1);
}

/* Nothing is wider than a terminal, and nothing but text comes on a pipe. */
static void test_width(void **state)
{
    (void)state;
    outcome o = run("for i in 1 2 3 4 5 6; do printf 'n\\nl\\np s\\nwhy s[0]\\n'; done | "
                    "gradus step " TINY "; echo help | gradus step " TINY);
    const char *line = o.out;
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        if (length > 80 || memchr(line, '\033', length) != NULL ||
            strncmp(line, "(step)", 6) == 0 || (length > 0 && line[length - 1] == ' '))
            fail_msg("\"%.*s\"", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/* Numbers that the trace has a window of come from a replay. */
static void test_large(void **state)
{
    (void)state;
    assert_int_equal(run(SH_BUILD "/tests/traced/large_mlp large.trace").code, 0);
    outcome o = run("printf 'g 20\\nw dw1[3,400]\\np dw1[3,400]\\np hidden[63,127]\\n' | "
                    "gradus step large.trace");
    assert_int_equal(o.code, 0);
    assert_null(strchr(o.out, '?'));
    assert_says(o.out, "\ndw1[3,400] = -0.00313655 = dy[0,3] * x[0,400] + dy[1,3] * x[1,400] +");
    assert_says(o.out, "(64 terms, the");
    assert_says(o.out, "There is more: ask why of one of these.\n");
    assert_says(o.out, "\n  dw1[3,400] = -0.0031365515\n  hidden[63,127] = ");
}

/* Another folder's source is shown in place of the trace's. */
static void test_source(void **state)
{
    (void)state;
    run("mkdir -p there; printf '1\\n2\\n3\\n    gd_tensor *s = gd_add(t, a, b); // new\\n' "
        ">there/tiny.c");
    assert_says(run("echo next | gradus step --source there " TINY).out, "gd_add(t, a, b); // new");
}

/* ---- at a terminal ---- */

static int terminal;
static char seen[20000];

/* What the program has written up to the next prompt, or its end. */
static const char *until_prompt(void)
{
    size_t length = 0;
    struct pollfd poll_terminal = {.fd = terminal, .events = POLLIN};
    seen[0] = '\0';
    while (length < sizeof seen - 1 && poll(&poll_terminal, 1, 5000) > 0) {
        ssize_t n = read(terminal, seen + length, sizeof seen - 1 - length);
        if (n <= 0)
            break;
        length += (size_t)n;
        seen[length] = '\0';
        if (length >= 7 && strcmp(seen + length - 7, "(step) ") == 0)
            break;
    }
    return seen;
}

static void type(const char *keys)
{
    assert_int_equal(write(terminal, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static pid_t start_at_terminal(void)
{
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0) /* as in a root without /dev/pts */
        skip();
    assert_true(grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    char name[100];
    snprintf(name, sizeof name, "%s", ptsname(terminal));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        setsid();
        int slave = open(name, O_RDWR); /* becomes the session's terminal */
        for (int fd = 0; fd < 3; ++fd)
            dup2(slave, fd);
        execlp("gradus", "gradus", "step", GD_TESTS_DIR "/trace/corpus/tiny.trace", (char *)NULL);
        _exit(99);
    }
    return child;
}

static int end_of(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    close(terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_terminal(void **state)
{
    (void)state;
    pid_t child = start_at_terminal();
    assert_says(until_prompt(), "step 0 of 12, forward");
    type("n\n");
    assert_says(until_prompt(), "add makes s = a + b = [2.1, -0.9].");
    type("\n");
    assert_says(until_prompt(), "step 2 of 12");
    type("goto 1\003"); /* Ctrl-C: the line is forgotten, the program goes on */
    assert_null(strstr(until_prompt(), "step 1 of 12"));
    type("w s[0]\n");
    assert_says(until_prompt(), "s[0] = 2.1 = a[0] + b = 2 + 0.1: add, tiny.c:4");
    type("what\n");
    assert_says(until_prompt(), "There is no command \"what\"");
    type("q\n");
    until_prompt();
    assert_int_equal(end_of(child), 0); /* a typing error is none of the program */
}

static void test_end_of_terminal(void **state)
{
    (void)state;
    pid_t child = start_at_terminal();
    until_prompt();
    type("\004"); /* Ctrl-D */
    until_prompt();
    assert_int_equal(end_of(child), 0);
}

int step_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_going),
                                       cmocka_unit_test(test_printing),
                                       cmocka_unit_test(test_why),
                                       cmocka_unit_test(test_list),
                                       cmocka_unit_test(test_stops),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_width),
                                       cmocka_unit_test(test_source),
                                       cmocka_unit_test(test_large),
                                       cmocka_unit_test(test_terminal),
                                       cmocka_unit_test(test_end_of_terminal)};
    return cmocka_run_group_tests_name("gradus step", tests, enter_folder, leave_folder);
}
