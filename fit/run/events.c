/* Events of lanes, in their order. */
#include "fit/run/side_by_side.h"

#include <string.h>

/* The callback may call the library: the message of a failure is restored. Called without the
 * lock. */
static bool call_back(const gd__lanes *l, const gd_fit_event *event)
{
    gd__failure before = {.status = gd_message_status()};
    if (before.status != GD_OK)
        gd__keep_failure(&before);
    bool goes_on = l->watch(l->context, event);
    if (before.status != GD_OK)
        gd__fail_again(&before);
    return goes_on;
}

/* The next event, if it is its turn. */
static bool take_event(gd__lanes *l, gd_fit_event *event)
{
    while (l->front < l->count) {
        gd__lane *lane = &l->lanes[l->front];
        if (lane->delivered < lane->count) {
            gd__told *told = &lane->told[lane->delivered];
            *event = told->event;
            if (--told->times == 0 && ++lane->delivered == lane->count)
                lane->delivered = lane->count = 0;
            return true;
        }
        if (!lane->done || lane->failure.status != GD_OK)
            return false;
        ++l->front;
    }
    return false;
}

/* Whether the callback is to receive the event: after it has asked for the end, only what belongs
 * to a run that it knows of, or to a file. */
static bool is_wanted(gd__lanes *l, gd_fit_kind kind)
{
    bool file = kind == GD_FIT_SAVE || kind == GD_FIT_SAVED;
    bool wanted = !l->stopped || file || (kind == GD_FIT_END && l->begun);
    if (wanted && !file)
        l->begun = kind != GD_FIT_END;
    return wanted;
}

void gd__lanes_deliver(gd__lanes *l)
{
    gd_fit_event event;
    while (take_event(l, &event)) {
        if (!is_wanted(l, event.kind))
            continue;
        pthread_mutex_unlock(&l->mutex);
        bool goes_on = call_back(l, &event);
        pthread_mutex_lock(&l->mutex);
        l->stopped |= !goes_on;
    }
}

static bool make_room(gd__lane *lane)
{
    enum { FIRST = 16 };
    if (lane->count < lane->room)
        return true;
    size_t room = lane->room > 0 ? 2 * lane->room : FIRST;
    gd__told *told = gd_allocate(room * sizeof *told);
    if (told == NULL)
        return false;
    if (lane->count > 0)
        memcpy(told, lane->told, lane->count * sizeof *told);
    gd_free(lane->told, lane->room * sizeof *told);
    lane->told = told;
    lane->room = room;
    return true;
}

/* A tape that other threads may be using is not shown. */
static void tell(gd__lane *lane, const gd_fit_event *event, gd_fit_kind kind)
{
    gd__lanes *l = lane->lanes;
    bool again = kind == GD_FIT_STEP && lane->delivered < lane->count &&
                 lane->told[lane->count - 1].event.kind == kind;
    if (again) {
        ++lane->told[lane->count - 1].times;
    } else if (make_room(lane)) {
        gd__told *told = &lane->told[lane->count++];
        *told = (gd__told){.event = *event, .times = 1};
        told->event.kind = kind;
        told->event.stage = lane->state.recipe->name;
        if (l->threads > 1) {
            told->event.tape = NULL;
            told->event.parameters = NULL;
        }
    } else {
        lane->is_lost = true;
    }
    if (gd__is_caller(l))
        gd__lanes_deliver(l);
}

void gd__lane_tell(gd__lane *lane, const gd_fit_event *event, gd_fit_kind kind)
{
    gd__lanes *l = lane->lanes;
    if (l->watch == NULL)
        return;
    pthread_mutex_lock(&l->mutex);
    tell(lane, event, kind);
    pthread_mutex_unlock(&l->mutex);
}

bool gd__lane_step(gd__lane *lane)
{
    gd__lanes *l = lane->lanes;
    pthread_mutex_lock(&l->mutex);
    if (l->watch != NULL)
        tell(lane, &(gd_fit_event){.epoch = 0}, GD_FIT_STEP);
    bool goes_on = !l->stopped && lane - l->lanes <= l->failed;
    pthread_mutex_unlock(&l->mutex);
    return goes_on;
}
