/* The numbers of a trace; those that it has no more than a window of come from a replay. */
#include "cli/trace/step/step.h"

/* The first time that a number is not in the trace, it is run again. NULL: that cannot be. */
static const gd_replay *replay_of(step_session *s)
{
    if (!s->has_tried_replay)
        s->replay = gd_trace_replay(s->r, NULL);
    s->has_tried_replay = true;
    return s->replay;
}

gd_explanation *step_explain(step_session *s, int64_t event, int64_t element)
{
    gd_explanation *x = gd_recording_explain(s->r, NULL, event, element);
    bool is_missing = x == NULL && gd_message_status() == GD_ERROR_VALUE;
    return is_missing && replay_of(s) != NULL
               ? gd_recording_explain(s->r, s->replay, event, element)
               : x;
}

bool step_number(step_session *s, int64_t event, bool sum, int64_t element, double *value)
{
    const gd_recorded_event *e = &s->r->events[event];
    bool adds = e->kind == GD_RECORDED_ADD;
    const gd_recorded_values *v = !adds ? &e->values : sum ? &e->after : &e->gives;
    const gd_tensor *x = v->x;
    if (x == NULL || !v->whole) {
        const gd_replay *replay = replay_of(s);
        x = replay == NULL ? NULL
            : adds && sum  ? gd_replay_after(replay, event)
                           : gd_replay_value(replay, event);
    }
    if (x != NULL)
        *value = gd_tensor_at(x, element);
    return x != NULL;
}
