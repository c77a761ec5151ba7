/* One model in training, several threads with a tape each: noise comes from the tapes' own
 * streams, or one thread alone may train. Meant for ThreadSanitizer, too. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <pthread.h>
#include <string.h>

enum { THREADS = 4, STEPS = 50, IN = 5, ROWS = 6, WEIGHTS = 4 * IN };

typedef struct job {
    gd_module *model;
    gd_tensor *weight; /* of the first layer, [4,IN] */
    bool own_stream;
    gd_rng rng;
    int done, refused; /* steps */
    float gradient[WEIGHTS];
    char message[200]; /* the first */
    pthread_barrier_t *start;
} job;

static gd_status step(job *j, gd_tape *t)
{
    gd_tensor *g;
    gd_tape_reset(t);
    gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(ROWS, IN));
    gd_tensor *y = gd_module_forward(t, j->model, x);
    gd_tensor *loss = gd_sum(t, gd_mul(t, y, y), GD_ALL_DIMS, false);
    gd_status status = gd_grad(t, loss, &j->weight, 1, &g, NULL);
    if (status == GD_OK)
        memcpy(j->gradient, g->data, sizeof j->gradient);
    return status;
}

static void *work(void *context)
{
    job *j = context;
    gd_tape *t = gd_tape_create();
    if (j->own_stream)
        gd_tape_set_rng(t, &j->rng);
    if (j->start != NULL)
        pthread_barrier_wait(j->start);
    for (int i = 0; i < STEPS; ++i)
        if (step(j, t) == GD_OK)
            ++j->done;
        else if (j->refused++ == 0)
            snprintf(j->message, sizeof j->message, "%s", gd_tape_message(t));
    gd_tape_destroy(t);
    return NULL;
}

static void run(job *jobs)
{
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; ++i) {
        jobs[i].start = &start;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; ++i)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
}

static gd_module *dropout_model(gd_parameters *p)
{
    *gd_parameters_rng(p) = (gd_rng){.key = 3};
    return gd_mlp_create(p, "m", GD_DIMS(IN, 4, 2), &(gd_mlp_options){.dropout = 0.5});
}

/* Each thread gets what it gets alone. */
static void test_streams_of_tapes(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_module *model = dropout_model(p);
    gd_rng before = *gd_parameters_rng(p);
    job jobs[THREADS], alone[THREADS];
    for (int i = 0; i < THREADS; ++i)
        jobs[i] = alone[i] = (job){.model = model,
                                   .weight = gd_parameters_at(p, 0),
                                   .own_stream = true,
                                   .rng = {.key = 100 + (uint64_t)i}};
    run(jobs);
    for (int i = 0; i < THREADS; ++i) {
        work(&alone[i]);
        assert_int_equal(jobs[i].done, STEPS);
        assert_int_equal(jobs[i].rng.counter, STEPS * ROWS * 4);
        assert_memory_equal(jobs[i].gradient, alone[i].gradient, sizeof jobs[i].gradient);
        if (i > 0)
            assert_memory_not_equal(jobs[i].gradient, jobs[0].gradient, sizeof jobs[i].gradient);
    }
    assert_memory_equal(gd_parameters_rng(p), &before, sizeof before);
    gd_parameters_destroy(p);
}

/* Of those that would change what the model keeps one thread alone goes on; the others are told.
 * */
static void check_one_trainer(gd_parameters *p, gd_module *model, const char *message, job *trainer)
{
    job jobs[THREADS];
    int trainers = 0;
    for (int i = 0; i < THREADS; ++i)
        jobs[i] = (job){.model = model, .weight = gd_parameters_at(p, 0)};
    run(jobs);
    for (int i = 0; i < THREADS; ++i) {
        trainers += jobs[i].done > 0;
        if (jobs[i].done > 0)
            *trainer = jobs[i];
        assert_int_equal(jobs[i].done > 0 ? jobs[i].done : jobs[i].refused, STEPS);
        if (jobs[i].refused > 0 && strstr(jobs[i].message, message) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", jobs[i].message, message);
    }
    assert_int_equal(trainers, 1);
}

static void test_stream_of_the_model(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create(), *q = gd_parameters_create();
    gd_module *model = dropout_model(p);
    uint64_t counter = gd_parameters_rng(p)->counter;
    job trainer, alone = {.model = dropout_model(q), .weight = gd_parameters_at(q, 0)};
    check_one_trainer(p, model,
                      "another thread trains this model, and in training \"m.2\" changes what the "
                      "model keeps",
                      &trainer);
    assert_int_equal(gd_parameters_rng(p)->counter, counter + STEPS * ROWS * 4);
    work(&alone); /* the same bits as without the others */
    assert_memory_equal(trainer.gradient, alone.gradient, sizeof alone.gradient);
    /* It is handed on. */
    job later = {.model = model, .weight = gd_parameters_at(p, 0)};
    gd_parameters_set_training(p, true);
    work(&later);
    assert_int_equal(later.done, STEPS);
    gd_parameters_destroy(p);
    gd_parameters_destroy(q);
}

static void test_running_statistics(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_linear_layer *first = gd_linear_layer_create(p, "first", IN, 4, NULL);
    gd_batch_norm_layer *norm = gd_batch_norm_layer_create(p, "norm", 4, NULL);
    gd_module *model =
        &gd_sequential_create(p, "", 2, (gd_module *[]){&first->module, &norm->module})->module;
    job trainer;
    check_one_trainer(p, model, "in training \"norm\" changes what the model keeps", &trainer);
    assert_true(*(int64_t *)norm->num_batches_tracked->data == STEPS);
    /* All may evaluate. */
    gd_parameters_set_training(p, false);
    job jobs[THREADS];
    for (int i = 0; i < THREADS; ++i)
        jobs[i] = (job){.model = model, .weight = gd_parameters_at(p, 0)};
    run(jobs);
    for (int i = 0; i < THREADS; ++i)
        assert_int_equal(jobs[i].done, STEPS);
    gd_parameters_destroy(p);
}

/* A summary is no training, and takes the model from nobody. */
static void test_summary_between(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_module *model = dropout_model(p);
    job other = {.model = model, .weight = gd_parameters_at(p, 0)}, mine = other;
    char text[1000];
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, work, &other), 0);
    pthread_join(thread, NULL);
    assert_int_equal(other.done, STEPS);
    gd_parameters_set_training(p, true);
    work(&mine);
    assert_int_equal(mine.done, STEPS);
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(1, IN));
    assert_true(gd_summary_format(text, sizeof text, model, x) > 0);
    other = (job){.model = model, .weight = gd_parameters_at(p, 0)};
    assert_int_equal(pthread_create(&thread, NULL, work, &other), 0);
    pthread_join(thread, NULL);
    assert_int_equal(other.refused, STEPS);
    gd_tensor_destroy(x);
    gd_parameters_destroy(p);
}

int threads_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_of_tapes), cmocka_unit_test(test_stream_of_the_model),
        cmocka_unit_test(test_running_statistics), cmocka_unit_test(test_summary_between)};
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
