/* Signals at any time, and descriptors that are closed, for each command that writes files. */
#include "cli/system/signals.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each writes below to/. */
static const char *const commands[] = {
    "train two.csv --model logreg --epochs 3 --folds 2 --progress plain -o to/m.st "
    "--report to/r.html --log to/l "
    "--checkpoint to/c",
    "predict two.st two.csv --prob -o to/p.csv",
    "eval two.st two.csv --report to/r.html",
    "export two.st -o to/m.c",
    "export two.st -o to/m.onnx",
    "convert two.csv to/t.arff",
    "split two.csv --fractions 0.5,0.5 --out to/a.csv,to/b.csv",
    "plot two.log -o to/l.svg",
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void make_files(void)
{
    write_two_classes("two.csv", 60);
    outcome o = run("gradus train two.csv --model mlp --epochs 2 -o two.st --log two.log -q");
    if (o.code != 0)
        fail_msg("%s", o.err);
}

static void *wait_for_ever(void *none)
{
    for (;;)
        pause();
    return none;
}

/* A signal that another thread is given, as BLAS may have one, waits until the temporary file is
 * known. */
static void test_other_threads(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        cli_prepare_signals();
        if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
            _exit(77);
        cli_hold_signals(true);
        write_file("unknown", "");
        kill(getpid(), SIGTERM);
        poll(NULL, 0, 200);
        cli_remember_temporary("unknown");
        cli_hold_signals(false);
        poll(NULL, 0, 5000);
        _exit(78);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    assert_false(file_exists("unknown"));
}

static void test_at_any_time(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"INT", 2}, {"TERM", 15}, {"HUP", 1}, {"TERM", 15}, {"INT", 2}};
    make_files();
    for (int i = 0; i < COMMANDS; ++i)
        for (int k = 0; k < 5; ++k) {
            outcome o =
                run("rm -rf to; mkdir to; timeout --preserve-status -k 5 -s %s 0.0%d gradus %s",
                    signals[k].name, 2 * k + 1, commands[i]);
            if (o.code != 0 && o.code != 128 + signals[k].number)
                fail_msg("SIG%s of gradus %s: exit code %d: %s", signals[k].name, commands[i],
                         o.code, o.err);
            assert_string_equal(run("find to -name '*.tmp.*'").out, "");
        }
}

/* The last file is a pipe, which waits for a reader when the files before it are written: none of
 * them stays. */
static void test_between_files(void **state)
{
    (void)state;
    static const struct {
        const char *pipe, *line;
    } cases[] = {
        {"to/r.html",
         "train two.csv --model logreg --epochs 1 --folds 2 -q -o to/m.st --report to/r.html"},
        {"to/m.c", "export two.st -o to/m.c"},
        {"to/b.csv", "split two.csv --fractions 0.5,0.5 --out to/a.csv,to/b.csv --format csv"},
    };
    static const struct {
        const char *name;
        int code;
    } signals[] = {{"INT", 130}, {"TERM", 143}, {"HUP", 129}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        for (int k = 0; k < 3; ++k) {
            outcome o = run(
                "rm -rf to; mkdir to; mkfifo %s; timeout --preserve-status -s %s 20 gradus %s & "
                "for i in $(seq 200); do sleep 0.05; ls to | grep -q tmp && break; done; "
                "sleep 0.5; ls to | grep -c tmp; kill -%s $!; wait $!; echo $?; ls to",
                cases[i].pipe, signals[k].name, cases[i].line, signals[k].name);
            char expected[64];
            snprintf(expected, sizeof expected, "1\n%d\n%s\n", signals[k].code, cases[i].pipe + 3);
            assert_string_equal(o.out, expected);
        }
}

/* Files are as with open ones: no message has come into them, and no file is taken for a standard
 * stream. */
static void test_closed_streams(void **state)
{
    (void)state;
    static const char *const closed[] = {"<&-",      ">&-",      "2>&-",        "<&- >&-",
                                         "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"};
    const char *normal =
        "sed -i 's/\"seconds\":.*//' to/l 2>/dev/null; rm -rf to/c; cat to/* | cksum";
    for (int i = 0; i < COMMANDS; ++i) {
        outcome o = run("rm -rf to; mkdir to; gradus %s >/dev/null; %s", commands[i], normal);
        assert_int_equal(o.code, 0);
        char *whole = strdup(o.out);
        for (size_t k = 0; k < sizeof closed / sizeof *closed; ++k) {
            o = run("rm -rf to; mkdir to; gradus %s >/dev/null %s; %s", commands[i], closed[k],
                    normal);
            if (strcmp(o.out, whole) != 0)
                fail_msg("gradus %s %s: %s", commands[i], closed[k], o.out);
        }
        free(whole);
    }
}

int signals_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_threads), cmocka_unit_test(test_at_any_time),
        cmocka_unit_test(test_between_files), cmocka_unit_test(test_closed_streams)};
    return cmocka_run_group_tests_name("signals", tests, enter_folder, leave_folder);
}
