/* Threads that wait for work. */
#include "tensor/internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* A run is open while its indices are being given out. A worker that wakes too late for it finds
 * it closed, and nobody waits for that worker. */
struct gd_pool {
    int workers; /* besides the caller */
    atomic_bool in_use;
    atomic_int_fast64_t next; /* index of this run that nobody has taken yet */
    int64_t count;            /* of this run's indices */
    void (*task)(void *context, int64_t index);
    void *context;

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t begun, ended;
    uint64_t runs; /* so far */
    bool is_open, is_ending;
    int working;         /* workers in this run */
    pthread_t threads[]; /* [workers] */
};

/* Whether this thread runs a task of a pool. */
static _Thread_local bool inside_task;

static size_t size_for(int workers)
{
    return sizeof(gd_pool) + (size_t)workers * sizeof(pthread_t);
}

/* Runs the indices that nobody has taken, until there are none left. */
static void work(gd_pool *pool)
{
    inside_task = true;
    for (int64_t i; (i = atomic_fetch_add(&pool->next, 1)) < pool->count;)
        pool->task(pool->context, i);
    inside_task = false;
}

static void *worker(void *argument)
{
    gd_pool *pool = argument;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->mutex);
    while (!pool->is_ending) {
        if (!pool->is_open || pool->runs == seen) {
            pthread_cond_wait(&pool->begun, &pool->mutex);
            continue;
        }
        seen = pool->runs;
        ++pool->working;
        pthread_mutex_unlock(&pool->mutex);
        work(pool);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->working == 0)
            pthread_cond_signal(&pool->ended);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* Signals are for the program's own threads: a worker inherits that all are blocked. */
static int start_workers(gd_pool *pool, int workers)
{
    sigset_t all, before;
    int failed = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->workers < workers && failed == 0) {
        failed = pthread_create(&pool->threads[pool->workers], NULL, worker, pool);
        pool->workers += failed == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static void end_workers(gd_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->is_ending = true;
    pthread_mutex_unlock(&pool->mutex);
    pthread_cond_broadcast(&pool->begun);
    for (int i = 0; i < pool->workers; ++i)
        pthread_join(pool->threads[i], NULL);
}

static void free_pool(gd_pool *pool, int workers)
{
    pthread_cond_destroy(&pool->ended);
    pthread_cond_destroy(&pool->begun);
    pthread_mutex_destroy(&pool->mutex);
    gd_free(pool, size_for(workers));
}

gd_pool *gd_pool_create(int threads)
{
    if (threads < 1 || threads > GD_MOST_THREADS)
        return gd__fail_null("pool_create: %d threads; 1 to %d are possible", threads,
                             (int)GD_MOST_THREADS);
    int workers = threads - 1;
    gd_pool *pool = gd_allocate(size_for(workers));
    if (pool == NULL)
        return gd__fail_memory("pool_create: no memory");
    *pool = (gd_pool){.count = 0};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->begun, NULL);
    pthread_cond_init(&pool->ended, NULL);
    if (start_workers(pool, workers) == 0)
        return pool;
    int started = pool->workers;
    end_workers(pool);
    free_pool(pool, workers);
    return gd__fail_memory("pool_create: the system has started %d of %d threads; ask for fewer, "
                           "or raise the limits (ulimit -u, ulimit -v)",
                           started, workers);
}

void gd_pool_destroy(gd_pool *pool)
{
    if (pool == NULL)
        return;
    end_workers(pool);
    free_pool(pool, pool->workers);
}

int gd_pool_threads(const gd_pool *pool)
{
    return pool != NULL ? pool->workers + 1 : 1;
}

void gd_pool_run(gd_pool *pool, int64_t count, void (*task)(void *context, int64_t index),
                 void *context)
{
    if (count < 2 || gd_pool_threads(pool) == 1 || inside_task ||
        atomic_exchange(&pool->in_use, true)) {
        for (int64_t i = 0; i < count; ++i)
            task(context, i);
        return;
    }
    pthread_mutex_lock(&pool->mutex);
    pool->task = task;
    pool->context = context;
    pool->count = count;
    pool->next = 0;
    pool->is_open = true;
    ++pool->runs;
    pthread_mutex_unlock(&pool->mutex);
    pthread_cond_broadcast(&pool->begun);
    work(pool);
    pthread_mutex_lock(&pool->mutex);
    pool->is_open = false;
    while (pool->working > 0)
        pthread_cond_wait(&pool->ended, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
    atomic_store(&pool->in_use, false);
}
