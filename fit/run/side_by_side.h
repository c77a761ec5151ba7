/* Runs side by side, on the threads of a pool: the one place where the work of a fit is cut.
 *
 * A lane is a sequence of runs, each of which may depend on the one before it. Lanes do not depend
 * on each other. What a thread takes at a time is one epoch of one trainer of the current run of a
 * lane, or the end of an epoch, for which all of its trainers are needed. So nothing that is
 * computed depends on which thread takes it, or when.
 *
 * The callback is called by the calling thread alone, and receives all events of the first lane,
 * then those of the second one: what comes too early is kept for it. */
#ifndef GRADUS_FIT_RUN_SIDE_BY_SIDE_H
#define GRADUS_FIT_RUN_SIDE_BY_SIDE_H

#include "fit/run/run.h"

#include <pthread.h>

/* An event, so many times. */
typedef struct gd__told {
    gd_fit_event event;
    int64_t times;
} gd__told;

typedef struct gd__lane {
    /* Sets the next run and its recipe, which must stay until it has ended; *run NULL: there is
     * none. false and a message: the lane has failed. */
    bool (*begin)(void *context, const gd_run **run, const gd_recipe **recipe);
    /* Takes the result of a run, GD_OK or GD_STOPPED or a failure, whose message is there. false
     * and a message, also where the status was not GD_OK: the lane has failed. */
    bool (*end)(void *context, gd_status status, gd_run_result *result);
    void *context;

    /* Of gd__run_lanes. */
    struct gd__lanes *lanes;
    gd__run_state state;
    bool settles; /* a thread ends an epoch, or begins a run: the next three are its own */
    bool runs;    /* the state is that of a run */
    bool ended;   /* there is no further run */
    gd__failure failure;
    bool done;             /* it has ended or failed */
    int next, working;     /* the trainer to be taken next; how many are being taken care of */
    gd__failure *failures; /* [trainers] of the current epoch */
    int trainers;
    bool has_failed; /* a trainer */
    gd__told *told;  /* events in order; [delivered,count) are still to be delivered */
    size_t delivered, count, room;
    bool is_lost; /* there was no memory for an event */
} gd__lane;

typedef struct gd__lanes {
    gd__lane *lanes; /* [count] */
    int count;
    int widest; /* at most this many trainers can be at work at the same time */
    gd_pool *pool;
    bool one_by_one; /* the second lane begins after the first: checkpoints are written */
    bool (*watch)(void *context, const gd_fit_event *event); /* NULL: none */
    void *context;
    bool stopped; /* may be set before */

    /* Of gd__run_lanes. */
    int failed;           /* the first lane that has failed; count: none */
    int front;            /* the lane whose events are being delivered */
    bool begun;           /* the callback knows of a run that has not ended */
    int threads, workers; /* to be used; that have come, besides the calling one */
    pthread_t caller;
    pthread_mutex_t mutex; /* of all of this, and of lanes, but for a state that is being used */
    pthread_cond_t changed, over;
} gd__lanes;

/* Runs all lanes to their end. false and a message: that of the first lane that has failed. */
bool gd__run_lanes(gd__lanes *lanes);

static inline bool gd__is_caller(const gd__lanes *lanes)
{
    return pthread_equal(lanes->caller, pthread_self());
}

/* An event for the callback. */
void gd__lane_tell(gd__lane *lane, const gd_fit_event *event, gd_fit_kind kind);
/* The optimiser has made a step; false: it was the last one. */
bool gd__lane_step(gd__lane *lane);
/* Calls the callback for each event whose turn it is: by the calling thread, with the lock, which
 * it gives away for the calls. */
void gd__lanes_deliver(gd__lanes *lanes);

/* Runs tasks [count] that do not depend on each other. false and a message: that of the first one,
 * by its index, that has failed. */
bool gd__run_tasks(gd_pool *pool, int count, bool (*task)(void *context, int index), void *context);

#endif
