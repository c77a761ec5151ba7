/* Files of one run come together: all of them are new, or none is. And what a signal leaves. */
#include "cli/cli.h"
#include "cli/files/output.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Files of `names` hold "old" before and after; nothing else is there. */
static void assert_nothing_done(int code, const char *line, const char *names, const char *message)
{
    assert_int_equal(
        run("rm -rf to; mkdir to; cd to; for f in %s; do echo old >$f; done", names).code, 0);
    outcome o = run("%s", line);
    if (o.code != code)
        fail_msg("%s: exit code %d: %s", line, o.code, o.err);
    assert_says(o.err, message);
    o = run(
        "cd to; { ls; for f in %s; do [ \"$(cat $f)\" = old ] || echo $f is new; done; } >../got;"
        "for f in %s; do echo $f; done | sort | diff - ../got",
        names, names);
    if (o.code != 0)
        fail_msg("%s: %s", line, o.out);
}

/* The limit of size lets the first file through, and not the second. */
static void test_one_of_several_fails(void **state)
{
    (void)state;
    write_two_classes("two.csv", 200);
    assert_int_equal(run("gradus train two.csv --model logreg --epochs 1 -q -o two.st").code, 0);
    assert_nothing_done(CLI_RUNTIME,
                        "ulimit -f 16; gradus train two.csv --model logreg --epochs 1 -q "
                        "-o to/m.st --report to/r.html",
                        "m.st r.html", "to/r.html: File too large\n");
    assert_nothing_done(CLI_RUNTIME,
                        "ulimit -f 1; gradus train two.csv --model logreg --epochs 1 -q "
                        "-o to/m.st",
                        "m.st", "gradus: to/m.st: File too large\n");
    assert_nothing_done(CLI_RUNTIME, "ulimit -f 4; gradus eval two.st two.csv --report to/r.html",
                        "r.html", "to/r.html: File too large\n");
    assert_nothing_done(CLI_RUNTIME, "ulimit -f 4; gradus export two.st -o to/m.c", "m.c m.h",
                        "to/m.c: File too large\n");
    assert_nothing_done(CLI_RUNTIME, "ulimit -f 1; gradus export two.st -o to/m.onnx", "m.onnx",
                        "to/m.onnx: File too large\n");
    assert_nothing_done(CLI_RUNTIME,
                        "ulimit -f 1; gradus predict two.st two.csv --prob -o to/p.csv", "p.csv",
                        "to/p.csv: File too large\n");
    assert_nothing_done(CLI_RUNTIME,
                        "ulimit -f 1; gradus split two.csv --fractions 0.1,0.9 --out "
                        "to/a.csv,to/b.csv",
                        "a.csv b.csv", "to/b.csv: File too large\n");
    assert_nothing_done(CLI_RUNTIME,
                        "gradus train two.csv --model logreg --epochs 1 -q -o to/m.st "
                        "--log /dev/full --report to/r.html",
                        "m.st r.html", "/dev/full: the log could not be written completely\n");
    /* Pipes and devices are written straight: what was written before them stays as it was. */
    assert_nothing_done(CLI_RUNTIME,
                        "gradus train two.csv --model logreg --epochs 1 -q -o to/m.st "
                        "--report /dev/full",
                        "m.st", "/dev/full: No space left on device\n");
}

static void write_finished(const char *path)
{
    cli_output output;
    assert_true(cli_output_open(&output, path));
    fputs("new", output.file);
    assert_int_equal(cli_output_finish(&output), CLI_OK);
}

/* Three files, of which the last one becomes a folder before the end: the code. */
static int end_with(int code, bool folder)
{
    pid_t child = fork();
    if (child == 0) {
        write_finished("to/a");
        write_finished("to/b");
        write_finished("to/c");
        if (folder)
            mkdir("to/c", 0777);
        _exit(cli_output_end(code));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void test_the_end(void **state)
{
    (void)state;
    const int with[] = {CLI_OK, CLI_SIGNALLED + 15, CLI_DATA, CLI_DIVERGED, CLI_OK};
    const int ends[] = {CLI_OK, CLI_SIGNALLED + 15, CLI_DATA, CLI_DIVERGED, CLI_RUNTIME};
    const char *const left[] = {"a new\nb new\nc new\n", "a new\nb new\nc new\n", "a old\n",
                                "a old\n", "a old\nc folder\n"};
    for (int i = 0; i < 5; ++i) {
        run("rm -rf to; mkdir to; printf old >to/a");
        keep_stderr();
        int code = end_with(with[i], i == 4);
        assert_string_equal(kept_stderr(), i == 4 ? "gradus: to/c: Is a directory\n" : "");
        assert_int_equal(code, ends[i]);
        assert_string_equal(run("cd to; for f in *; do if [ -d $f ]; then echo $f folder; "
                                "else echo $f $(cat $f); fi; done")
                                .out,
                            left[i]);
    }
}

int together_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_of_several_fails),
                                       cmocka_unit_test(test_the_end)};
    return cmocka_run_group_tests_name("together", tests, enter_folder, leave_folder);
}
