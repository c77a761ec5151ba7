/* Where results go: standard output that fails, files that are replaced. */
#include "cli/files/output.h"

#include "cli/cli.h"
#include "cli/system/signals.h"
#include "run.h"
#include "tests.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_closed_pipe(void **state)
{
    (void)state;
    /* A pipe with a name has no reader but the one that has closed it; of `|` the shell itself
     * may still be one. */
    outcome o =
        run("mkfifo pipe; { : <pipe; : >closed; } & "
            "{ until [ -e closed ]; do sleep 0.01; done; gradus help; echo $? >code; } >pipe; "
            "wait; cat code");
    assert_string_equal(o.out, "141\n"); /* SIGPIPE, as any other program */
    assert_string_equal(o.err, "");
    o = run("gradus help help | head -n 1");
    assert_string_equal(o.out, "usage: gradus help [OPTION]... [COMMAND]\n");
    assert_string_equal(o.err, "");
}

static void test_full_disk(void **state)
{
    (void)state;
    assert_fails(CLI_RUNTIME, "gradus help >/dev/full",
                 "gradus: standard output: No space left on device\n");
    assert_fails(CLI_RUNTIME, "gradus version --json >/dev/full",
                 "gradus: standard output: No space left on device\n");
    assert_fails(CLI_RUNTIME, "gradus help >&-", "gradus: standard output: Bad file descriptor\n");
}

static int write_output(const char *path, const char *text)
{
    cli_output output;
    if (!cli_output_open(&output, path))
        return -1;
    fputs(text, output.file);
    return cli_output_commit(cli_output_finish(&output));
}

/* Whatever a command writes goes where a link leads, and the link stays: to a file, to none yet,
 * through another folder. */
static void test_links(void **state)
{
    (void)state;
    static const char *const commands[] = {"gradus train t.csv -q --model logreg -o %s",
                                           "gradus convert t.csv --to csv %s"};
    run("mkdir links links/far; printf 'x,y\\n1,a\\n2,b\\n1,a\\n2,b\\n' > t.csv");
    for (size_t i = 0; i < 2; ++i) {
        char line[200];
        run("cd links; rm -f *.l far/*; echo old > far/old; ln -s far/old old.l; ln -s far/new "
            "new.l; ln -s ../new.l far/again; ln -s far/again again.l; ln -s loop.l loop.l");
        snprintf(line, sizeof line, commands[i], "links/old.l");
        assert_int_equal(run("%s", line).code, 0);
        snprintf(line, sizeof line, commands[i], "links/again.l");
        assert_int_equal(run("%s", line).code, 0);
        outcome o = run("cd links; ls; find . -type l | sort; cmp far/old far/new");
        assert_string_equal(o.out, "again.l\nfar\nloop.l\nnew.l\nold.l\n./again.l\n./far/again\n"
                                   "./loop.l\n./new.l\n./old.l\n");
        snprintf(line, sizeof line, commands[i], "links/loop.l");
        assert_fails(CLI_RUNTIME, line, "links/loop.l: Too many levels of symbolic links\n");
        assert_string_equal(run("ls links/far").out, "again\nnew\nold\n");
    }
}

static void test_file_is_replaced(void **state)
{
    (void)state;
    struct stat status;
    assert_int_equal(write_output("a", "one"), 0);
    assert_string_equal(read_file("a"), "one");
    assert_int_equal(run("chmod 600 a; ln -s a link; mkdir folder; ls > before").code, 0);
    assert_int_equal(write_output("link", "two"), 0); /* through the link */
    assert_string_equal(read_file("a"), "two");
    assert_int_equal(lstat("link", &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(stat("a", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    cli_output output;
    assert_true(cli_output_open(&output, "a"));
    fputs("three", output.file);
    fflush(output.file);
    assert_string_equal(read_file("a"), "two"); /* until it is committed */
    cli_output_discard(&output);
    assert_string_equal(read_file("a"), "two");
    assert_int_equal(run("ls | cmp - before").code, 0); /* nothing is left behind */
    assert_int_equal(write_output("/dev/null", "four"), 0);
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
}

static void check_fails(const char *path, const char *message)
{
    keep_stderr();
    bool fine = cli_output_check(path);
    assert_string_equal(kept_stderr(), message);
    assert_false(fine);
}

static int write_output_kept(const char *path, const char *text)
{
    keep_stderr();
    return write_output(path, text);
}

static void test_check(void **state)
{
    (void)state;
    assert_int_equal(run("mkdir -p folder; mkfifo pipe; ls > before").code, 0);
    assert_true(cli_output_check("new") && cli_output_check(NULL) && cli_output_check("-"));
    assert_true(cli_output_check("/dev/null") && cli_output_check("pipe")); /* and does not wait */
    assert_int_equal(run("ls | cmp - before").code, 0);
    check_fails("folder", "gradus: folder: Is a directory\n");
    check_fails("nowhere/a", "gradus: nowhere/a: No such file or directory\n");
    assert_int_equal(write_output_kept("/dev/full", "text"), CLI_RUNTIME);
    assert_string_equal(kept_stderr(), "gradus: /dev/full: No space left on device\n");
}

/* A signal ends the program and leaves neither the file nor a temporary one. */
static void test_signals(void **state)
{
    (void)state;
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (int i = 0; i < 3; ++i) {
        pid_t child = fork();
        if (child == 0) {
            cli_output output;
            cli_prepare_signals();
            if (cli_output_open(&output, "signalled"))
                raise(signals[i]);
            _exit(77);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
        assert_string_equal(run("ls | grep signalled").out, "");
    }
}

/* A limit of size is a failure like a full disk. Of several files there is none then. */
static void test_limit_of_size(void **state)
{
    (void)state;
    assert_int_equal(run("{ echo x,y; seq 30000 | sed 's/$/,1/'; } >big.csv; mkdir limited").code,
                     0);
    assert_fails(CLI_RUNTIME, "ulimit -f 64; gradus convert big.csv limited/out.csv",
                 "limited/out.csv: File too large\n");
    assert_fails(CLI_RUNTIME,
                 "ulimit -f 64; gradus split big.csv --fractions 0.05,0.95 --out "
                 "limited/a.csv,limited/b.csv",
                 "limited/b.csv: File too large\n");
    assert_string_equal(run("ls limited").out, "");
}

/* Their numbers are not those of files that are opened later. */
static void test_closed_streams(void **state)
{
    (void)state;
    write_file("streams.csv", "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n");
    outcome o =
        run("gradus train streams.csv --model logreg --epochs 1 --folds 2 --log streams.log "
            "-o streams.st <&- 2>&- >&-; echo $?; grep -vc '^{.*}$' streams.log");
    assert_string_equal(o.out, "1\n0\n"); /* the report could not be written */
    assert_fails(CLI_RUNTIME, "gradus predict streams.st <&-", "Bad file descriptor\n");
    assert_int_equal(run("gradus predict streams.st streams.csv -o streams.out 2>&- <&-").code, 0);
    assert_string_equal(run("head -n 1 streams.out").out, "prediction\n");
}

int output_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_pipe),      cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_signals),          cmocka_unit_test(test_limit_of_size),
        cmocka_unit_test(test_closed_streams),   cmocka_unit_test(test_links),
        cmocka_unit_test(test_file_is_replaced), cmocka_unit_test(test_check)};
    return cmocka_run_group_tests_name("output", tests, enter_folder, leave_folder);
}
