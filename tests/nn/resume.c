/* A training run that is killed, again and again, and goes on from its checkpoint ends in the
 * same bits as one that was let alone. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ROWS = 96,
    IN = 10,
    CLASSES = 3,
    BATCH = 16,
    EPOCHS = 10,
    BATCHES = ROWS / BATCH,
    MOST = 1 << 16
};

/* ---- files in a folder of their own ---- */

static int enter_folder(void **state)
{
    static char folder[64];
    strcpy(folder, "/tmp/gradus_resume_XXXXXX");
    *state = folder;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

/* Checkpoints, and what was beside them when a process was killed. */
static int empty_folder(void **state)
{
    (void)state;
    DIR *folder = opendir(".");
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            remove(entry->d_name);
    return closedir(folder);
}

static int leave_folder(void **state)
{
    return empty_folder(state) != 0 || chdir("/") != 0 || rmdir(*state) != 0;
}

static size_t read_file(const char *path, char *bytes)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    size_t length = fread(bytes, 1, MOST, file);
    fclose(file);
    return length;
}

/* ---- the process that trains ---- */

typedef struct run {
    gd_parameters *parameters;
    gd_module *model;
    gd_optimizer *optimizer;
    gd_schedule schedule;
    gd_tensor *x, *y;
    gd_loader *loader;
    gd_tape *tape;
    int64_t epoch;
    gd_state_dict *state;
} run;

/* Its seed is not that of the run that goes on: what it draws is all in the checkpoint. */
static bool make_run(run *r, uint64_t seed)
{
    gd_rng rng = {.key = 7};
    *r = (run){.parameters = gd_parameters_create(), .tape = gd_tape_create()};
    *gd_parameters_rng(r->parameters) = (gd_rng){.key = seed};
    r->model = gd_mlp_create(r->parameters, "", GD_DIMS(IN, 16, 16, CLASSES),
                             &(gd_mlp_options){.dropout = 0.2});
    r->optimizer = gd_adamw_create(r->parameters, NULL);
    r->schedule = (gd_schedule){.kind = GD_SCHEDULE_COSINE,
                                .learning_rate = 0.01,
                                .warmup_steps = 10,
                                .steps = (int64_t)EPOCHS * BATCHES};
    r->x = gd_tensor_create(GD_F32, GD_DIMS(ROWS, IN));
    r->y = gd_tensor_create(GD_I64, GD_DIMS(ROWS));
    gd_tensor_normal(r->x, &rng, 0, 1);
    for (int64_t i = 0; i < ROWS; ++i)
        ((int64_t *)r->y->data)[i] = i % CLASSES;
    r->loader = gd_loader_create(2, (const gd_tensor *[]){r->x, r->y},
                                 &(gd_loader_options){.batch_size = BATCH, .shuffle = true});
    gd_state_dict *s = r->state = gd_state_dict_create();
    return gd_state_dict_add_parameters(s, r->parameters) == GD_OK &&
           gd_state_dict_add_optimizer(s, "optimizer", r->optimizer) == GD_OK &&
           gd_state_dict_add_schedule(s, "schedule", &r->schedule) == GD_OK &&
           gd_state_dict_add_rng(s, "rng", gd_parameters_rng(r->parameters)) == GD_OK &&
           gd_state_dict_add(s, "loader", gd_loader_state(r->loader)) == GD_OK &&
           gd_state_dict_add_integers(s, "epoch", &r->epoch, 1) == GD_OK;
}

static bool train_batch(run *r, gd_tensor *const *batch)
{
    gd_tape_reset(r->tape);
    gd_optimizer_zero_grad(r->optimizer);
    gd_tensor *logits = gd_module_forward(r->tape, r->model, batch[0]);
    return gd_backward(r->tape, gd_cross_entropy(r->tape, logits, batch[1], NULL)) == GD_OK &&
           gd_schedule_step(&r->schedule, r->optimizer) == GD_OK &&
           gd_optimizer_step(r->optimizer) == GD_OK;
}

static void kill_myself(int number)
{
    (void)number;
    kill(getpid(), SIGKILL);
}

/* From now on SIGKILL comes when a file has this many bytes. */
static void die_at_byte(rlim_t bytes)
{
    struct sigaction action = {.sa_handler = kill_myself};
    struct rlimit limit = {bytes, RLIM_INFINITY};
    sigaction(SIGXFSZ, &action, NULL);
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* How a process ends before its time. */
typedef struct death {
    int epoch;    /* while this one's checkpoint is written (0: of none), ... */
    rlim_t bytes; /* ... when so many bytes are there; 0: when it is there */
} death;

static const death never = {0, 0};

/* Trains to the end, from `path` on if that is there. A byte a batch goes to `ticks`. */
static bool train(const char *path, uint64_t seed, death d, int ticks)
{
    run r;
    if (!make_run(&r, seed) ||
        (access(path, F_OK) == 0 && gd_state_dict_load(r.state, path, false) != GD_OK))
        return false;
    while (r.epoch < EPOCHS) {
        for (gd_tensor *batch[2]; gd_loader_next(r.loader, batch);)
            if (!train_batch(&r, batch) || (ticks >= 0 && write(ticks, "", 1) != 1))
                return false;
        ++r.epoch;
        if (d.bytes > 0 && r.epoch == d.epoch)
            die_at_byte(d.bytes);
        if (gd_state_dict_save(r.state, path, 0, NULL) != GD_OK)
            return false;
        if (r.epoch == d.epoch)
            kill_myself(0);
    }
    return true;
}

/* ---- the process that kills ---- */

/* Trains in another process, which is killed after so many batches (-1: not) and microseconds.
 * Whether it reached its end. */
static bool train_elsewhere(const char *path, uint64_t seed, death d, int batches, unsigned pause)
{
    int ticks[2], status;
    assert_int_equal(pipe(ticks), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ticks[0]);
        bool ok = train(path, seed, d, ticks[1]);
        if (!ok)
            fprintf(stderr, "%s\n", gd_message());
        _exit(ok ? 0 : 1);
    }
    assert_true(child > 0);
    close(ticks[1]);
    for (char tick; batches != 0 && read(ticks[0], &tick, 1) == 1; --batches)
        ;
    if (batches == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 1000L * pause}, NULL);
        kill(child, SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ticks[0]);
    if (WIFSIGNALED(status))
        assert_int_equal(WTERMSIG(status), SIGKILL);
    else
        assert_int_equal(WEXITSTATUS(status), 0);
    return !WIFSIGNALED(status);
}

static void assert_like_uninterrupted(const char *path)
{
    static char expected[MOST], found[MOST];
    if (access("whole", F_OK) != 0)
        assert_true(train_elsewhere("whole", 1, never, -1, 0));
    size_t length = read_file("whole", expected);
    assert_true(length > 5000 && length < MOST);
    assert_int_equal(read_file(path, found), length);
    assert_memory_equal(found, expected, length);
}

/* Ten epochs are five, SIGKILL, and five from the file. */
static void test_five_and_five(void **state)
{
    (void)state;
    assert_false(train_elsewhere("t", 1, (death){5, 0}, -1, 0));
    assert_true(train_elsewhere("t", 2, never, -1, 0));
    assert_like_uninterrupted("t");
}

/* Killed at this byte of the checkpoint of an epoch: the one before it is as it was. */
static void test_killed_while_writing(void **state)
{
    (void)state;
    static char before[MOST], after[MOST];
    const rlim_t bytes[] = {1, 8, 9, 1000, 6000, 8600};
    const int epochs[] = {1, 2, 6, 10};
    for (size_t e = 0; e < sizeof epochs / sizeof *epochs; ++e)
        for (size_t k = 0; k < sizeof bytes / sizeof *bytes; ++k) {
            remove("t");
            if (epochs[e] > 1)
                assert_false(train_elsewhere("t", 1, (death){epochs[e] - 1, 0}, -1, 0));
            size_t length = read_file("t", before);
            assert_false(
                train_elsewhere("t", epochs[e] > 1 ? 2 : 1, (death){epochs[e], bytes[k]}, -1, 0));
            assert_int_equal(read_file("t", after), length);
            assert_memory_equal(after, before, length);
            assert_true(train_elsewhere("t", epochs[e] > 1 ? 3 : 1, never, -1, 0));
            assert_like_uninterrupted("t");
        }
}

/* Killed at any moments, again and again. Only the first process draws the first weights. */
static void test_killed_at_random(void **state)
{
    (void)state;
    gd_rng rng = {.key = 11};
    int kills = 0;
    for (int round = 0; round < 8; ++round) {
        gd_tensor *random = gd_tensor_create(GD_F64, GD_DIMS(2));
        remove("t");
        for (bool done = false; !done;) {
            gd_tensor_uniform(random, &rng, 0, 1);
            const double *u = random->data;
            bool begun = access("t", F_OK) == 0;
            int batches = round % 2 == 0 ? BATCHES * (1 + (int)(2 * u[0])) : (int)(20 * u[0]);
            done = train_elsewhere("t", begun ? 2 : 1, never, batches, (unsigned)(4000 * u[1]));
            kills += !done;
        }
        assert_like_uninterrupted("t");
        gd_tensor_destroy(random);
    }
    assert_true(kills > 8);
}

#define TEST(name) cmocka_unit_test_teardown(name, empty_folder)

int resume_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_five_and_five), TEST(test_killed_while_writing),
                                       TEST(test_killed_at_random)};
    return cmocka_run_group_tests_name("resume", tests, enter_folder, leave_folder);
}
