/* The way back, in sentences: where it starts, which op is reached, what it gives to whom. */
#include "trace/events.h"
#include "trace/story/story.h"

#include <inttypes.h>

/* Contributions to a tensor in one backward: the number of ADD `event` among them, and how many
 * there are. */
static int64_t contributions_of(const gd_recording *r, int64_t event, int64_t *total)
{
    int64_t first = event, number = 0;
    while (first > 0 && r->events[first].kind != GD_RECORDED_BACKWARD)
        --first;
    *total = 0;
    for (int64_t i = first; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        if (i > first && (e->kind == GD_RECORDED_BACKWARD || e->kind == GD_RECORDED_STEP))
            break;
        *total += e->kind == GD_RECORDED_ADD && e->tensor == r->events[event].tensor;
        number = i == event ? *total : number;
    }
    return number;
}

void gd__story_backward(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    gd__string_add(text, "%s starts at ", e->is_grad ? "grad" : "backward");
    gd__tell_name(text, r, e->tensor);
    gd__string_add(text, ", with gradient ");
    gd__tell_tensor_values(text, r, e->tensor, &e->values);
    if (e->is_grad)
        gd__string_add(text, ", and asks for the gradient of ");
    for (int i = 0; i < e->n_inputs; ++i) {
        gd__tell_between(text, i, e->n_inputs);
        gd__tell_name(text, r, e->inputs[i]);
    }
    if (e->create_graph)
        gd__string_add(text, "; what it computes is recorded, too");
    gd__tell_nonfinite(text, r, event);
}

void gd__story_node(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_node *node = &r->nodes[e->node];
    gd__tell_call(text, r, e->node);
    gd__string_add(text, " is reached; ");
    if (r->tensors[node->out].name != NULL) {
        gd__string_add(text, "the gradient of ");
        gd__tell_name(text, r, node->out);
    } else
        gd__string_add(text, "its gradient");
    gd__string_add(text, " is ");
    gd__tell_tensor_values(text, r, node->out, &e->values);
    if (gd__is_first_nonfinite(r, event))
        gd__string_add(text, "; the first that is not finite");
}

/* "the sum over both elements, 2 - 1 = 1": b was broadcast. */
static void tell_summed(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_tensor *out = &r->tensors[r->nodes[e->node].out];
    int dims = __builtin_popcount(e->summed), told = 0;
    int64_t count = 1;
    for (int k = 0; k < out->ndim; ++k)
        count *= (e->summed >> k & 1) != 0 ? out->shape[k] : 1;
    gd__string_add(text, " the sum over ");
    if (r->tensors[e->tensor].ndim == 0 || dims == out->ndim) {
        gd__string_add(text, count == 2 ? "both elements" : "all ");
        if (count != 2)
            gd__string_add(text, "%" PRId64 " elements", count);
    } else
        for (int k = 0; k < out->ndim; ++k)
            if ((e->summed >> k & 1) != 0) {
                gd__string_add(text, told > 0 ? "" : dims > 1 ? "dimensions " : "dimension ");
                gd__tell_between(text, told++, dims);
                gd__string_add(text, "%d", k);
            }
    gd__string_add(text, ", ");
    bool is_short = gd__numel(r->tensors[e->tensor].ndim, r->tensors[e->tensor].shape) == 1 &&
                    count <= 4 && e->gives.x != NULL;
    gd_explanation *x = is_short ? gd_recording_explain(r, NULL, event, 0) : NULL;
    text->failed |= is_short && x == NULL && gd_message_status() == GD_ERROR_MEMORY;
    if (x != NULL)
        gd__string_add(text, "%s = ", x->numbers);
    gd_explanation_destroy(x);
}

/* ", the first of two", ", the second; they sum to [4.1, -1.9]" */
static void tell_number(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    int64_t total, number = contributions_of(r, event, &total);
    bool last = number == total;
    if (total > 1) {
        gd__string_add(text, ", the ");
        gd__tell_ordinal(text, number);
        gd__string_add(text, last ? "" : " of ");
        if (!last)
            gd__tell_count(text, total);
    }
    if (number == 1 && e->before.x != NULL) {
        gd__string_add(text, ", onto ");
        gd__tell_tensor_values(text, r, e->tensor, &e->before);
        gd__string_add(text, " from before");
    }
    if ((last && total > 1) || (number == 1 && e->before.x != NULL)) {
        gd__string_add(text, total > 1 && last ? "; they sum to " : "; the sum is ");
        gd__tell_tensor_values(text, r, e->tensor, &e->after);
    }
}

/* Whether a leaf had a gradient in an earlier step, which is empty now: zero_grad. */
static bool was_emptied(const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    if (r->tensors[e->tensor].node >= 0 || e->before.x != NULL || gd__is_of_grad(r, event))
        return false;
    for (int64_t i = event - 1; i >= 0; --i)
        if (r->events[i].kind == GD_RECORDED_ADD && r->events[i].tensor == e->tensor &&
            !gd__is_of_grad(r, i))
            return r->events[i].step < e->step;
    return false;
}

void gd__story_add(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_node *node = &r->nodes[e->node];
    gd__tell_call(text, r, e->node);
    gd__string_add(text, " gives ");
    if (e->way == GD_WAY_THROUGH) {
        gd__tell_tensor_values(text, r, e->tensor, &e->gives);
        gd__string_add(text, " straight to ");
        gd__tell_name(text, r, e->tensor);
        gd__string_add(text, ", past ");
        int64_t first = node->n_in > 0 ? node->in[0] : -1;
        int64_t maker = first >= 0 ? r->tensors[first].node : -1;
        if (maker >= 0)
            gd__tell_call(text, r, maker);
        else
            gd__string_add(text, "its operand");
    } else {
        gd__tell_name(text, r, e->tensor);
        if (e->summed != 0)
            tell_summed(text, r, event);
        else
            gd__string_add(text, " ");
        gd__tell_tensor_values(text, r, e->tensor, &e->gives);
    }
    tell_number(text, r, event);
    if (was_emptied(r, event))
        gd__string_add(text, "; zero_grad had emptied its gradient");
    gd__tell_nonfinite(text, r, event);
}
