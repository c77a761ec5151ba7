/* Where any one allocation fails, in whatever library: code 0 means what it means undisturbed,
 * byte for byte; otherwise there is a message about memory, code 1, and no temporary file. Some
 * positions of each command; all of them, which takes minutes, of the commands that have the text
 * GRADUS_EVERY_ALLOCATION in them ("": of all). */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POSITIONS = 24 };

/* Files that are written begin with "out". */
static const char *const commands[] = {
    "train two.csv --model logreg --epochs 2 --folds 2 -o out.st",
    ("train two.csv --model mlp --epochs 2 --valid valid.csv -o out.st --report out.html "
     "--log /dev/null --checkpoint out.folder"),
    "train numbers.csv --model mlp --epochs 2 --folds 2 --json -q >/dev/null",
    "train labels.csv --targets 4- --epochs 1 --folds 2 -o out.st --report out.html -q",
    "predict two.st two.csv --prob --passthrough c -o out.csv",
    "predict labels.st - --prob <labels.csv",
    "eval two.st two.csv --report out.html",
    "eval labels.st labels.csv --json",
    "export two.st -o out.c",
    "export two.st -o out.onnx",
    "export two.st -o out.int8.c --int8",
    "inspect two.csv",
    "inspect labels.csv --targets 4- --json",
    "inspect two.st",
    "convert two.csv out.arff",
    "convert numbers.csv out.npy",
    "convert " SH_TESTS "/fixtures/formats/deflated.npz out.csv",
    "convert numbers.csv.gz out.svm",
    "split two.csv --fractions 0.5,0.5 --out out.1.csv,out.2.csv",
    "plot two.log -o out.svg",
    "plot two.log --ascii",
};

static void make_files(void)
{
    write_two_classes("two.csv", 40);
    write_two_classes("valid.csv", 30);
    write_labels("labels.csv", 40);
    write_numbers("numbers.csv", 30);
    outcome o = run("gradus train two.csv --model mlp --epochs 2 -o two.st --log two.log -q &&"
                    "gradus train labels.csv --targets 4- --model mlp --epochs 2 -o labels.st -q &&"
                    "gzip -k numbers.csv &&"
                    "cp " SH_BUILD "/tests/failing_malloc.so ."); /* LD_PRELOAD takes no spaces */
    if (o.code != 0)
        fail_msg("%s", o.err);
}

/* What the command writes: standard output, the files' names and sums. Allocation number
 * `position` fails; 0: none does. */
static outcome disturbed(const char *command, long position)
{
    return run("rm -rf out.*; export OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell;"
               "FAILING_MALLOC=%ld FAILING_MALLOC_COUNT=count "
               "LD_PRELOAD=./failing_malloc.so "
               "gradus %s; code=$?; ls; cksum out.*[!r]; exit $code",
               position, command);
}

/* "train.c:41": a line of our source. "out.c: " is an output. */
static bool names_a_line(const char *text)
{
    for (const char *at = text; (at = strstr(at, ".c:")) != NULL; ++at)
        if (at[3] >= '0' && at[3] <= '9')
            return true;
    return false;
}

static void assert_survives(const char *command, long position, const char *whole)
{
    outcome o = disturbed(command, position);
    if (o.code == 0 ? strcmp(o.out, whole) != 0
                    : o.code != CLI_RUNTIME || strstr(o.out, ".tmp.") != NULL ||
                          (strstr(o.err, "memory") == NULL && strstr(o.err, "Malloc") == NULL) ||
                          names_a_line(o.err))
        fail_msg("allocation %ld of gradus %s: code %d: %s\n%s", position, command, o.code, o.err,
                 o.out);
}

static void test_one_allocation_fails(void **state)
{
    (void)state;
    const char *every = getenv("GRADUS_EVERY_ALLOCATION");
    make_files();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        if (every != NULL && strstr(commands[i], every) == NULL)
            continue;
        outcome o = disturbed(commands[i], 0);
        if (o.code != 0)
            fail_msg("gradus %s: %s", commands[i], o.err);
        char *whole = strdup(o.out);
        long count = atol(read_file("count"));
        assert_true(count > POSITIONS);
        assert_string_equal(disturbed(commands[i], 0).out, whole); /* nothing else differs */
        for (long k = 1; k <= count; k += every != NULL ? 1 : count / POSITIONS + (long)i % 2)
            assert_survives(commands[i], k, whole);
        free(whole);
    }
}

int memory_tests(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0; /* which replace malloc, too */
#else
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_allocation_fails)};
    return cmocka_run_group_tests_name("memory", tests, enter_folder, leave_folder);
#endif
}
