/* gradus train that is stopped: by SIGKILL, after which it goes on bit for bit, and by SIGINT,
 * which it obeys. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <string.h>

/* Long enough to be killed in the middle, in several stages. */
#define TRAIN                                                                                      \
    "gradus train two.csv --hidden 64,64 --epochs 120 --patience 99 --folds 3 --batch 8 -q --log " \
    "log "

static void test_kill_and_resume(void **state)
{
    (void)state;
    write_two_classes("two.csv", 150);
    /* First as soon as there is something to go on from, then after longer and longer times. */
    outcome o = run("set -e; " TRAIN "-o whole.st; " TRAIN "-o parts.st --checkpoint folder &"
                    "until [ -e folder/mlp.safetensors ]; do sleep 0.005; done;"
                    "kill -9 $!; if wait $!; then echo not killed; fi; kills=0;"
                    "until " TRAIN "-o parts.st --checkpoint folder --resume & "
                    "sleep $((kills / 8)).$((1 + kills %% 8)); kill -9 $! 2>/dev/null; wait $!; do"
                    "  kills=$((kills + 1)); [ $kills -lt 40 ]; done;"
                    "cmp whole.st parts.st; ls folder/*.safetensors | wc -l");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.out, "2\n"); /* of the validation and of the final training */
    /* What is done is not done again. */
    o = run("wc -l <log >a; " TRAIN
            "-o again.st --checkpoint folder --resume; wc -l <log | cmp a -;"
            "cmp whole.st again.st");
    assert_string_equal(o.out, "");
    assert_int_equal(o.code, 0);
}

/* A line of the log that was being written when the run was killed. */
static void test_torn_log(void **state)
{
    (void)state;
    write_two_classes("two.csv", 150);
    outcome o = run("set -e; rm -rf log torn; " TRAIN "-o part.st --checkpoint torn; cp log whole;"
                    "printf '{\"stage\":\"fin' >>log; " TRAIN
                    "-o part.st --checkpoint torn --resume; cmp whole log; printf '{' >log; " TRAIN
                    "-o part.st --checkpoint torn --resume; [ ! -s log ]");
    assert_string_equal(o.err, "");
    assert_string_equal(o.out, "");
    assert_int_equal(o.code, 0);
}

static void test_interrupt(void **state)
{
    (void)state;
    write_two_classes("two.csv", 150);
    outcome o = run("set -m; " TRAIN "-o whole.st; rm -f part.st log;" TRAIN
                    "-o part.st --checkpoint folder2 & until [ -s log ]; do sleep 0.02; done;"
                    "kill -INT $!; wait $!");
    assert_int_equal(o.code, CLI_INTERRUPTED);
    assert_string_equal(o.err, "gradus: interrupted; part.st has the model trained so far\n");
    json_t *model = run_json("gradus inspect part.st --json");
    assert_true(json_is_true(json_object_get(json_object_get(model, "training"), "interrupted")));
    json_decref(model);
    o = run("gradus predict part.st two.csv | wc -l");
    assert_string_equal(o.out, "151\n");
    o = run(TRAIN "-o part.st --checkpoint folder2 --resume; cmp whole.st part.st");
    assert_string_equal(o.out, "");
    assert_int_equal(o.code, 0);
}

/* Any of the signals that ask a program to end; nohup's is ignored. */
static void test_other_signals(void **state)
{
    (void)state;
    const char *const names[] = {"TERM", "HUP"};
    const int codes[] = {143, 129};
    write_two_classes("two.csv", 150);
    for (int i = 0; i < 2; ++i) {
        outcome o = run("set -m; rm -f log part.st; " TRAIN
                        "-o part.st & until [ -s log ]; do sleep 0.02; done; kill -%s $!; wait $!",
                        names[i]);
        assert_int_equal(o.code, codes[i]);
        assert_string_equal(o.err, "gradus: interrupted; part.st has the model trained so far\n");
    }
    outcome o = run("trap '' HUP; set -m; rm -f log part.st; " TRAIN
                    "-o part.st & until [ -s log ]; do sleep 0.02; done; kill -HUP $!; wait $!");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "");
}

static void test_other_runs(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
#define START "gradus train two.csv -o m.st -q --hidden 4 --epochs 2 --checkpoint c "
    assert_int_equal(run(START).code, 0);
    assert_fails(CLI_DATA, START "--resume --lr 0.5",
                 "gradus: c/mlp.safetensors: the checkpoint belongs to another run: lr was not "
                 "given, but is now 0.5\n");
    assert_fails(CLI_DATA, START "--resume --seed 3",
                 "the checkpoint belongs to another run: seed was 0, but is now 3\n");
    assert_int_equal(run(START "--resume --threads 2 --progress none").code, 0);
    assert_int_equal(run("sed -i '2s/^-*[0-9]/9/' two.csv").code, 0);
    assert_fails(CLI_DATA, START "--resume", "belongs to another run: table contents was \"");
    assert_int_equal(run("head -c 200 c/mlp.safetensors >x && mv x c/mlp.safetensors").code, 0);
    assert_fails(CLI_DATA, START "--resume", "gradus: c/mlp.safetensors: ");
    assert_int_equal(run("cp m.st c/mlp.safetensors").code, 0);
    assert_fails(CLI_DATA, START "--resume",
                 "gradus: c/mlp.safetensors: not a checkpoint of gradus train\n");
    assert_int_equal(run(START).code, 0); /* anew */
    assert_int_equal(run("rm -r c; " START "--resume").code, 0);
#undef START
}

int train_resume_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kill_and_resume), cmocka_unit_test(test_torn_log),
        cmocka_unit_test(test_interrupt), cmocka_unit_test(test_other_signals),
        cmocka_unit_test(test_other_runs)};
    return cmocka_run_group_tests_name("train: resume", tests, enter_folder, leave_folder);
}
