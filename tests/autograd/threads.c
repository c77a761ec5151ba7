/* Many tapes, one model: gd_grad reads the parameters from several threads at once. */
#include "../cmocka_all.h"
#include "step.h"
#include "tests.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 4 };

typedef struct job {
    const model *m;
    float gradient[16 * 30];
    bool ok;
} job;

static void *work(void *context)
{
    job *j = context;
    const model *m = j->m;
    gd_tape *t = gd_tape_create();
    j->ok = t != NULL;
    for (int i = 0; j->ok && i < 20; ++i) {
        gd_tape_reset(t);
        gd_tensor *hidden = gd_relu(t, gd_linear(t, m->x, m->w1, m->b1)), *g;
        gd_tensor *logits = gd_linear(t, hidden, m->w2, m->b2), *w1 = m->w1;
        gd_tensor *loss = gd_binary_cross_entropy_with_logits(t, logits, m->y, NULL);
        j->ok = gd_grad(t, loss, &w1, 1, &g, NULL) == GD_OK;
        if (j->ok)
            memcpy(j->gradient, g->data, sizeof j->gradient);
    }
    gd_tape_destroy(t);
    return NULL;
}

static void test_tapes_share_a_model(void **state)
{
    (void)state;
    model m;
    assert_true(model_create(&m));
    static job jobs[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; ++i) {
        jobs[i] = (job){.m = &m};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; ++i)
        pthread_join(threads[i], NULL);
    float zero[16 * 30] = {0};
    for (int i = 0; i < THREADS; ++i) {
        assert_true(jobs[i].ok);
        assert_memory_equal(jobs[i].gradient, jobs[0].gradient, sizeof zero);
    }
    assert_memory_not_equal(jobs[0].gradient, zero, sizeof zero);
    assert_null(m.w1->grad);
    model_destroy(&m);
}

int threads_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tapes_share_a_model)};
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
