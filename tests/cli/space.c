/* Without the address space that BLAS needs. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <string.h>

/* OpenBLAS waits for ever for a buffer that it does not get: each command says so instead, or
 * needs none. */
static void test_little_address_space(void **state)
{
    (void)state;
    bool none_runs = takes_buffers_at_load();
    static const struct {
        int code;
        const char *line;
    } commands[] = {
        {CLI_RUNTIME, "train two.csv --model logreg --epochs 1 -q -o out.st"},
        {CLI_RUNTIME, "train two.csv --model mlp --epochs 1 --threads 2 -q -o out.st"},
        {CLI_RUNTIME, "predict two.st two.csv -o out.csv"},
        {CLI_RUNTIME, "eval two.st two.csv --report out.html"},
        {CLI_RUNTIME, "export two.st -o out.c"},
        {CLI_OK, "inspect two.csv"},
        {CLI_OK, "inspect two.st"},
        {CLI_OK, "convert two.csv other.arff"},
        {CLI_OK, "split two.csv --fractions 0.5,0.5 --out other.1.csv,other.2.csv"},
        {CLI_OK, "version"},
        {CLI_OK, "help"},
        {CLI_USAGE, "nosuch"},
        {CLI_USAGE, ""},
    };
    write_two_classes("two.csv", 40);
    assert_int_equal(run("gradus train two.csv --model mlp --epochs 2 -o two.st -q").code, 0);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        outcome o = run("unset OPENBLAS_NUM_THREADS; ulimit -v 150000; timeout -k 1 60 gradus %s",
                        commands[i].line);
        if (none_runs) {
            assert_int_equal(o.code, CLI_RUNTIME);
            assert_says(o.err, " of BLAS need about ");
            continue;
        }
        if (o.code != commands[i].code)
            fail_msg("%s: exit code %d: %s", commands[i].line, o.code, o.err);
        if (o.code == CLI_RUNTIME)
            assert_string_equal(o.err,
                                "gradus: 1 thread of BLAS needs about 128 MiB of address space, "
                                "which cannot be had; raise the limit (ulimit -v)\n");
        assert_string_equal(run("ls | grep out").out, "");
    }
}

/* There is room for one thread, not for three. */
static void test_threads_without_room(void **state)
{
    (void)state;
    if (takes_buffers_at_load())
        skip(); /* for each processor, whatever is asked for */
    outcome o = run("ulimit -s 8192; ulimit -v 300000; timeout -k 1 60 gradus train two.csv "
                    "--model logreg --epochs 1 -q -o out.st --threads 3");
    assert_int_equal(o.code, CLI_RUNTIME);
    assert_says(o.err, "gradus: 2 threads of BLAS need about 272 MiB of address space");
    assert_int_equal(run("ulimit -v 300000; timeout -k 1 60 gradus train two.csv --model logreg "
                         "--epochs 1 -q -o out.st")
                         .code,
                     0);
}

/* OpenBLAS has its threads, which the environment asks for, before main. */
static void test_threads_of_the_environment(void **state)
{
    (void)state;
    if (takes_buffers_at_load())
        skip();
    for (int threads = 2; threads <= 64; threads *= 32) {
        outcome o = run("export OPENBLAS_NUM_THREADS=%d; ulimit -v 150000; timeout -k 1 60 gradus "
                        "train two.csv --model logreg --epochs 1 -q -o out.st",
                        threads);
        assert_int_equal(o.code, CLI_RUNTIME);
        assert_says(o.err, "gradus: 1 thread of BLAS needs about 128 MiB of address space");
        assert_int_equal(run("export OPENBLAS_NUM_THREADS=%d; ulimit -v 150000; timeout -k 1 60 "
                             "gradus inspect two.csv",
                             threads)
                             .code,
                         CLI_OK);
        assert_int_equal(run("export OPENBLAS_NUM_THREADS=%d; ulimit -v 300000; timeout -k 1 60 "
                             "gradus train two.csv --model logreg --epochs 1 -q -o out.st",
                             threads)
                             .code,
                         CLI_OK);
    }
}

int space_tests(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0; /* which reserve terabytes */
#else
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_little_address_space),
                                       cmocka_unit_test(test_threads_without_room),
                                       cmocka_unit_test(test_threads_of_the_environment)};
    return cmocka_run_group_tests_name("space", tests, enter_folder, leave_folder);
#endif
}
