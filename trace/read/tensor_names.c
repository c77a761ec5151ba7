/* What a tensor of a recording is called. */
#include "trace/text.h"

#include <gradus/trace.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* How many calls of the same op there were before in the step. */
static int64_t calls_before(const gd_recording *r, int64_t node)
{
    int64_t step = r->events[r->nodes[node].event].step, count = 0;
    for (int64_t n = node - 1; n >= 0 && r->events[r->nodes[n].event].step == step; --n)
        count += strcmp(r->nodes[n].op_name, r->nodes[node].op_name) == 0;
    return count;
}

int gd_recording_call_name(const gd_recording *r, int64_t node, char *buffer, size_t size)
{
    int64_t before = calls_before(r, node);
    return before > 0 ? snprintf(buffer, size, "%s%" PRId64, r->nodes[node].op_name, before + 1)
                      : snprintf(buffer, size, "%s", r->nodes[node].op_name);
}

int gd_recording_name(const gd_recording *r, int64_t tensor, char *buffer, size_t size)
{
    const gd_recorded_tensor *t = &r->tensors[tensor];
    char text[GD__SHORT];
    double value;
    if (t->name != NULL)
        return snprintf(buffer, size, "%s", t->name);
    if (t->node >= 0)
        return gd_recording_call_name(r, t->node, buffer, size);
    if (is_number(r, tensor, &value))
        return snprintf(buffer, size, "%s", gd__short_number(value, text));
    return snprintf(buffer, size, "leaf %" PRId64, tensor);
}
