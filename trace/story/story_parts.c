/* Parts of sentences that several kinds of events have. */
#include "trace/story/story.h"

/* Whether nothing that was recorded before is infinite or NaN. */
bool gd__is_first_nonfinite(const gd_recording *r, int64_t event)
{
    for (int64_t i = 0; i < event; ++i)
        if (gd_recorded_nonfinite(&r->events[i]) >= 0)
            return false;
    return gd_recorded_nonfinite(&r->events[event]) >= 0;
}

void gd__tell_nonfinite(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_tensor *t = &r->tensors[e->tensor];
    char index[GD__INDEX];
    if (!gd__is_first_nonfinite(r, event))
        return;
    gd__index_text(gd_recorded_nonfinite(e), t->ndim, t->shape, index);
    gd__string_add(text, "; the first that is not finite%s%s", index[0] != '\0' ? ", at " : "",
                   index);
}

void gd__tell_tensor_values(gd__string *text, const gd_recording *r, int64_t tensor,
                            const gd_recorded_values *values)
{
    gd__tell_values(text, values, r->tensors[tensor].ndim, r->tensors[tensor].shape);
}

void gd__tell_call(gd__string *text, const gd_recording *r, int64_t node)
{
    char name[128];
    gd_recording_call_name(r, node, name, sizeof name);
    gd__string_add(text, "%s", name);
}
