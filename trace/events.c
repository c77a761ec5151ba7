#include "trace/events.h"

bool gd__is_of_grad(const gd_recording *r, int64_t event)
{
    while (event >= 0 && r->events[event].kind != GD_RECORDED_BACKWARD)
        --event;
    return event >= 0 && r->events[event].is_grad;
}
