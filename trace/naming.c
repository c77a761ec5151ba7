/* What a tensor of a recording is called. */
#include "trace/text.h"

#include <gradus/trace.h>

#include <inttypes.h>
#include <stdio.h>

/* A number that the program has put on the tape. */
static bool is_number(const gd_recording *r, int64_t tensor, double *value)
{
    const gd_recorded_tensor *t = &r->tensors[tensor];
    const gd_tensor *x = t->ndim == 0 && t->node < 0 ? r->events[t->event].values.x : NULL;
    if (x == NULL || !gd_dtype_is_float(x->dtype))
        return false;
    *value = gd_item(x);
    return true;
}

int gd_recording_name(const gd_recording *r, int64_t tensor, char *buffer, size_t size)
{
    const gd_recorded_tensor *t = &r->tensors[tensor];
    char text[GD__SHORT];
    double value;
    if (t->name != NULL)
        return snprintf(buffer, size, "%s", t->name);
    if (t->node >= 0)
        return snprintf(buffer, size, "%s", r->nodes[t->node].op_name);
    if (is_number(r, tensor, &value))
        return snprintf(buffer, size, "%s", gd__short_number(value, text));
    return snprintf(buffer, size, "leaf %" PRId64, tensor);
}
