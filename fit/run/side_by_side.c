#include "fit/run/side_by_side.h"

#include <time.h>

/* ---- between epochs, by one thread for a lane ---- */

static bool begin_run(gd__lane *lane)
{
    const gd_run *run = NULL;
    const gd_recipe *recipe = NULL;
    if (!lane->begin(lane->context, &run, &recipe))
        return false;
    lane->ended = run == NULL;
    if (lane->ended)
        return true;
    if (!gd__run_check(run, recipe))
        return false;
    lane->runs = true;
    bool ok = gd__run_create(&lane->state, run, recipe);
    lane->state.lane = lane;
    lane->trainers = lane->state.count;
    lane->failures = ok ? gd__zeros((size_t)lane->trainers, sizeof *lane->failures) : NULL;
    return lane->failures != NULL;
}

static void free_run(gd__lane *lane)
{
    gd_free(lane->failures, (size_t)lane->trainers * sizeof *lane->failures);
    gd__run_destroy(&lane->state);
    lane->failures = NULL;
    lane->runs = false;
}

static bool end_run(gd__lane *lane, bool ok)
{
    gd_run_result result;
    gd_status status = gd__run_finish(&lane->state, gd__status(ok), &result);
    free_run(lane);
    ok = lane->end(lane->context, status, &result);
    gd_run_result_free(&result);
    return ok && status == GD_OK;
}

/* The failure of the first of the trainers, whichever was the first in time. */
static bool check_trainers(const gd__lane *lane)
{
    for (int k = 0; k < lane->trainers; ++k)
        if (lane->failures[k].status != GD_OK)
            return gd__fail_again(&lane->failures[k]);
    return !lane->is_lost || (gd__fail_memory("no memory for the events of training"), false);
}

/* Ends the epoch that all trainers have come to the end of, and with it perhaps the run; then
 * begins the next run. */
static bool settle(gd__lane *lane)
{
    bool ok = true;
    if (lane->runs) {
        ok = check_trainers(lane) && gd__run_end_epoch(&lane->state);
        if (ok && !gd__run_is_done(&lane->state))
            return true;
        ok = end_run(lane, ok);
    }
    while (ok && !lane->ended) {
        ok = begin_run(lane);
        if (!ok || lane->ended)
            break;
        ok = gd__run_start(&lane->state);
        if (ok && !gd__run_is_done(&lane->state))
            return true;
        ok = end_run(lane, ok);
    }
    return ok;
}

static void take_settling(gd__lanes *l, gd__lane *lane)
{
    lane->settles = true;
    pthread_mutex_unlock(&l->mutex);
    bool ok = settle(lane);
    if (!ok)
        gd__keep_failure(&lane->failure);
    if (!ok && lane->runs)
        free_run(lane);
    pthread_mutex_lock(&l->mutex);
    lane->settles = lane->has_failed = false;
    lane->next = 0;
    lane->done = lane->ended || !ok;
    if (!ok && lane - l->lanes < l->failed)
        l->failed = (int)(lane - l->lanes);
    pthread_cond_broadcast(&l->changed);
}

/* ---- epochs ---- */

static void take_trainer(gd__lanes *l, gd__lane *lane)
{
    int k = lane->next++;
    ++lane->working;
    pthread_mutex_unlock(&l->mutex);
    bool ok = gd__run_epoch(&lane->state, k);
    if (!ok)
        gd__keep_failure(&lane->failures[k]);
    pthread_mutex_lock(&l->mutex);
    lane->has_failed |= !ok;
    if (--lane->working == 0)
        pthread_cond_broadcast(&l->changed);
}

/* ---- what to do next ---- */

/* Takes the first thing that can be done; false: there is none now. Checkpoints are written by the
 * calling thread, which tells the callback before and after. */
static bool take(gd__lanes *l)
{
    for (int i = 0; i < l->count && i <= l->failed; ++i) {
        gd__lane *lane = &l->lanes[i];
        if (lane->done)
            continue;
        bool free = !lane->settles;
        if (free && lane->runs && !lane->has_failed && lane->next < lane->trainers) {
            take_trainer(l, lane);
            return true;
        }
        if (free && lane->working == 0 && (!l->one_by_one || gd__is_caller(l))) {
            take_settling(l, lane);
            return true;
        }
        if (l->one_by_one)
            return false;
    }
    return false;
}

static bool is_over(const gd__lanes *l)
{
    for (int i = 0; i < l->count && i <= l->failed; ++i)
        if (!l->lanes[i].done)
            return false;
    return true;
}

/* The calling thread looks after events from time to time. */
static void wait_for_change(gd__lanes *l)
{
    enum { NANOSECONDS = 10000000 };
    struct timespec until;
    if (!gd__is_caller(l)) {
        pthread_cond_wait(&l->changed, &l->mutex);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += NANOSECONDS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&l->changed, &l->mutex, &until);
}

/* The pool's threads that there is no work for. */
static void wait_for_end(gd__lanes *l)
{
    while (!is_over(l))
        pthread_cond_wait(&l->over, &l->mutex);
}

/* Until all is done, so that no thread of the pool takes the calling thread's place. */
static void work(void *lanes, int64_t index)
{
    gd__lanes *l = lanes;
    (void)index;
    pthread_mutex_lock(&l->mutex);
    if (!gd__is_caller(l) && ++l->workers >= l->threads)
        wait_for_end(l);
    while (!is_over(l)) {
        if (gd__is_caller(l))
            gd__lanes_deliver(l);
        if (!take(l) && !is_over(l))
            wait_for_change(l);
    }
    pthread_cond_broadcast(&l->changed);
    pthread_cond_broadcast(&l->over);
    pthread_mutex_unlock(&l->mutex);
}

/* ---- all lanes ---- */

static void create(gd__lanes *l)
{
    int threads = gd_pool_threads(l->pool);
    l->threads = threads < l->widest ? threads : l->widest;
    l->failed = l->count;
    l->caller = pthread_self();
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->changed, NULL);
    pthread_cond_init(&l->over, NULL);
    for (int i = 0; i < l->count; ++i)
        l->lanes[i].lanes = l;
}

static void release(gd__lanes *l)
{
    for (int i = 0; i < l->count; ++i) {
        if (l->lanes[i].runs)
            free_run(&l->lanes[i]);
        gd_free(l->lanes[i].told, l->lanes[i].room * sizeof *l->lanes[i].told);
    }
    pthread_cond_destroy(&l->over);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mutex);
}

bool gd__run_lanes(gd__lanes *l)
{
    create(l);
    if (l->threads > 1)
        gd_pool_run(l->pool, gd_pool_threads(l->pool), work, l);
    else
        work(l, 0); /* outside a task of the pool: large steps are cut */
    pthread_mutex_lock(&l->mutex);
    gd__lanes_deliver(l);
    pthread_mutex_unlock(&l->mutex);
    release(l);
    return l->failed == l->count || gd__fail_again(&l->lanes[l->failed].failure);
}

/* ---- other tasks ---- */

typedef struct tasks {
    bool (*task)(void *context, int index);
    void *context;
    gd__failure *failures;
} tasks;

static void run_task(void *context, int64_t index)
{
    tasks *t = context;
    if (!t->task(t->context, (int)index))
        gd__keep_failure(&t->failures[index]);
}

bool gd__run_tasks(gd_pool *pool, int count, bool (*task)(void *context, int index), void *context)
{
    tasks t = {task, context, gd__zeros((size_t)count, sizeof *t.failures)};
    bool ok = t.failures != NULL;
    if (ok)
        gd_pool_run(pool, count, run_task, &t);
    for (int i = 0; ok && i < count; ++i)
        ok = t.failures[i].status == GD_OK || gd__fail_again(&t.failures[i]);
    gd_free(t.failures, (size_t)count * sizeof *t.failures);
    return ok;
}
