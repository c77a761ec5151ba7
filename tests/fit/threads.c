/* Several fits at once, and a fit on several threads: each gives what it gives alone. */
#include "tests.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct work {
    const char *table;
    const char *targets;
    char path[32];
    gd_status status;
} work;

static void *fit(void *context)
{
    work *w = context;
    gd_model *model = NULL;
    gd_table *table = gd_table_read(w->table, NULL);
    w->status = table != NULL
                    ? gd_fit(table,
                             &(gd_fit_options){
                                 .targets = w->targets, .epochs = GD_SOME(4), .folds = GD_SOME(2)},
                             &model)
                    : GD_ERROR_IO;
    if (w->status == GD_OK)
        w->status = gd_model_save(model, w->path);
    gd_model_destroy(model);
    gd_table_destroy(table);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    enum { EACH = 2, COUNT = 4 * EACH };
    work alone[4], together[COUNT];
    pthread_t threads[COUNT];
    for (int i = 0; i < COUNT; ++i) {
        work w = {.table = table_names[i % 4], .targets = i % 4 == 2 ? "a,b,d" : NULL};
        together[i] = w;
        snprintf(together[i].path, sizeof together[i].path, "together%d.st", i);
        if (i >= 4)
            continue;
        alone[i] = w;
        snprintf(alone[i].path, sizeof alone[i].path, "alone%d.st", i);
        fit(&alone[i]);
        assert_int_equal(alone[i].status, GD_OK);
    }
    for (int i = 0; i < COUNT; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, fit, &together[i]), 0);
    for (int i = 0; i < COUNT; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < COUNT; ++i) {
        assert_int_equal(together[i].status, GD_OK);
        assert_true(are_same(together[i].path, alone[i % 4].path));
    }
}

/* ---- on the threads of a pool: all that a fit gives is what it gives without one ---- */

typedef struct listener {
    char *text; /* the events in order; steps as their number */
    size_t size, steps;
    FILE *file;
    pthread_t caller;
    int epochs_left; /* until it asks for the end; negative: never */
} listener;

static bool listen_to(void *context, const gd_fit_event *e)
{
    listener *l = context;
    assert_true(pthread_equal(l->caller, pthread_self()));
    if (e->kind == GD_FIT_STEP) {
        ++l->steps;
        return l->epochs_left != 0;
    }
    fprintf(l->file, "%d %s %s %d/%d %a %a %a %a %d after %zu steps\n", (int)e->kind,
            e->stage != NULL ? e->stage : "-", e->message != NULL ? e->message : "-", (int)e->epoch,
            (int)e->epochs, e->train_loss, e->valid_loss, e->score, e->learning_rate,
            (int)e->patience, l->steps);
    l->steps = 0;
    if (e->kind == GD_FIT_EPOCH && l->epochs_left > 0)
        --l->epochs_left;
    return l->epochs_left != 0;
}

/* What a fit has given: its status and message, events, and the model's file. */
typedef struct outcome {
    gd_status status;
    char message[512];
    listener heard;
} outcome;

static outcome fit_with(const char *table_name, gd_fit_options o, int threads, int epochs,
                        const char *path)
{
    outcome out = {.heard = {.caller = pthread_self(), .epochs_left = epochs}};
    gd_model *model = NULL;
    gd_table *table = must_read(table_name);
    gd_pool *pool = threads > 0 ? gd_pool_create(threads) : NULL;
    out.heard.file = open_memstream(&out.heard.text, &out.heard.size);
    o.targets = strcmp(table_name, "labels.csv") == 0 ? "a,b,d" : NULL;
    o.pool = pool;
    o.watch = listen_to;
    o.context = &out.heard;
    out.status = gd_fit(table, &o, &model);
    if (out.status != GD_OK)
        snprintf(out.message, sizeof out.message, "%s", gd_message());
    else
        assert_int_equal(gd_model_save(model, path), GD_OK);
    fclose(out.heard.file);
    gd_model_destroy(model);
    gd_pool_destroy(pool);
    gd_table_destroy(table);
    return out;
}

enum { OPTIONS = 6 };

static gd_fit_options options_number(int which)
{
    const gd_fit_options all[OPTIONS] = {
        {.epochs = GD_SOME(4), .folds = GD_SOME(3)},
        {.epochs = GD_SOME(30), .folds = GD_SOME(2), .patience = GD_SOME(2), .lr = GD_SOME(0.05)},
        {.epochs = GD_SOME(3), .valid_frac = GD_SOME(0.25)},
        {.epochs = GD_SOME(3), .model = "mlp", .dropout = GD_SOME(0.3), .clip = GD_SOME(0.5)},
        {.epochs = GD_SOME(3), .model = "logreg", .optim = "sgd"},
        {.epochs = GD_SOME(3), .hidden = "5,4", .schedule = "plateau", .batch = GD_SOME(7)}};
    return all[which];
}

static void test_any_number_of_threads(void **state)
{
    (void)state;
    for (int which = 0; which < OPTIONS; ++which)
        for (int k = 0; k < 4; ++k) {
            gd_fit_options o = options_number(which);
            outcome alone = fit_with(table_names[k], o, 0, -1, "alone.st");
            assert_int_equal(alone.status, GD_OK);
            for (int threads = 1; threads <= 4; ++threads) {
                outcome side = fit_with(table_names[k], o, threads, -1, "side.st");
                assert_int_equal(side.status, GD_OK);
                assert_string_equal(side.heard.text, alone.heard.text);
                assert_true(are_same("side.st", "alone.st"));
                free(side.heard.text);
            }
            free(alone.heard.text);
        }
}

/* The text up to its last line that tells of an epoch, and without numbers of steps: those of an
 * epoch that has failed are not known. */
static void assert_same_epochs(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
        const char *end = strstr(a, " after ");
        assert_non_null(end);
        assert_memory_equal(a, b, (size_t)(end - a));
        a += n + (a[n] == '\n');
        b += m + (b[m] == '\n');
    }
}

/* Several networks fail, each for itself: the message is that of the first one. */
static void test_first_failure(void **state)
{
    (void)state;
    gd_fit_options o = {.epochs = GD_SOME(5), .optim = "sgd", .lr = GD_SOME(1e30)};
    for (int k = 0; k < 4; ++k) {
        outcome alone = fit_with(table_names[k], o, 0, -1, "alone.st");
        assert_int_equal(alone.status, GD_ERROR_DIVERGED);
        for (int threads = 2; threads <= 4; ++threads)
            for (int tries = 0; tries < 5; ++tries) {
                outcome side = fit_with(table_names[k], o, threads, -1, "side.st");
                assert_int_equal(side.status, alone.status);
                assert_string_equal(side.message, alone.message);
                assert_same_epochs(side.heard.text, alone.heard.text);
                free(side.heard.text);
            }
        free(alone.heard.text);
    }
}

/* Stopped again and again with 3 threads and with 1, a fit comes to the model of one that was not
 * stopped. */
static void test_stopped_side_by_side(void **state)
{
    (void)state;
    for (int k = 0; k < 4; ++k) {
        gd_fit_options o = {.epochs = GD_SOME(4), .folds = GD_SOME(3), .dropout = GD_SOME(0.2)};
        outcome whole = fit_with(table_names[k], o, 0, -1, "whole.st");
        free(whole.heard.text);
        assert_int_equal(mkdir("ck", 0777), 0);
        o.checkpoint = "ck";
        int stops = 0;
        for (gd_status status = GD_STOPPED; status == GD_STOPPED; ++stops) {
            outcome part = fit_with(table_names[k], o, stops % 3 == 0 ? 1 : 3, 1, "part.st");
            status = part.status;
            assert_true(status == GD_OK || status == GD_STOPPED);
            assert_true(stops < 100);
            o.resume = true;
            free(part.heard.text);
        }
        assert_true(stops > 3);
        assert_true(are_same("part.st", "whole.st"));
        assert_int_equal(system("rm -r ck"), 0);
    }
}

/* No file is there yet when its first writing is announced, and it is there after that. */
static bool watch_files(void *context, const gd_fit_event *e)
{
    char path[64];
    int *saves = context;
    snprintf(path, sizeof path, "ck/%s.safetensors", e->stage != NULL ? e->stage : "");
    if (e->kind == GD_FIT_SAVE && e->epoch == 1)
        assert_int_equal(access(path, F_OK), -1);
    if (e->kind == GD_FIT_SAVED) {
        assert_int_equal(access(path, F_OK), 0);
        ++*saves;
    }
    return true;
}

static void test_files_are_announced(void **state)
{
    (void)state;
    int saves = 0;
    gd_model *model;
    gd_pool *pool = gd_pool_create(3);
    gd_table *table = must_read("classes.csv");
    assert_int_equal(mkdir("ck", 0777), 0);
    gd_fit_options o = {.epochs = GD_SOME(3),
                        .checkpoint = "ck",
                        .pool = pool,
                        .watch = watch_files,
                        .context = &saves};
    assert_int_equal(gd_fit(table, &o, &model), GD_OK);
    assert_true(saves > 3);
    assert_int_equal(system("rm -r ck"), 0);
    gd_model_destroy(model);
    gd_table_destroy(table);
    gd_pool_destroy(pool);
}

/* Without checkpoints all lanes are stopped, too. */
static void test_stop_without_checkpoint(void **state)
{
    (void)state;
    gd_fit_options o = {
        .epochs = GD_SOME(100000), .folds = GD_SOME(3), .patience = GD_SOME(100000)};
    outcome out = fit_with("classes.csv", o, 3, 2, "stopped.st");
    assert_int_equal(out.status, GD_STOPPED);
    assert_string_equal(out.message, "training was stopped");
    free(out.heard.text);
}

int thread_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads),
                                       cmocka_unit_test(test_any_number_of_threads),
                                       cmocka_unit_test(test_first_failure),
                                       cmocka_unit_test(test_stopped_side_by_side),
                                       cmocka_unit_test(test_files_are_announced),
                                       cmocka_unit_test(test_stop_without_checkpoint)};
    return cmocka_run_group_tests_name("threads", tests, enter_folder, leave_folder);
}
