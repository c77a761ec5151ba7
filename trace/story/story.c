/* What happened, as sentences: one for each event. */
#include "trace/story/story.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_step_of(const gd_recording *r, int64_t node, int64_t step)
{
    return r->events[r->nodes[node].event].step == step;
}

/* In how many places up to `node` your recorded calls of its step have used a tensor. */
static int64_t uses_until(const gd_recording *r, int64_t node, int64_t tensor)
{
    int64_t step = r->events[r->nodes[node].event].step, count = 0;
    for (int64_t n = node; n >= 0 && is_step_of(r, n, step); --n)
        for (int i = 0; i < r->nodes[n].n_in && r->nodes[n].recorded; ++i)
            count += r->nodes[n].in[i] == tensor && r->nodes[n].of_node < 0;
    return count;
}

/* ", the second use of a" */
static void tell_use(gd__string *text, const gd_recording *r, int64_t n)
{
    const gd_recorded_node *node = &r->nodes[n];
    for (int i = 0; i < node->n_in && node->recorded && node->of_node < 0; ++i) {
        int64_t tensor = node->in[i], uses = tensor >= 0 ? uses_until(r, n, tensor) : 0;
        if (uses < 2 || !r->tensors[tensor].wants_gradient)
            continue;
        gd__string_add(text, ", the ");
        gd__tell_ordinal(text, uses);
        gd__string_add(text, " use of ");
        gd__tell_name(text, r, tensor);
        return;
    }
}

static void tell_operands(gd__string *text, const gd_recording *r, const gd_recorded_node *node)
{
    int count = 0, told = 0;
    for (int i = 0; i < node->n_in; ++i)
        count += node->in[i] >= 0;
    for (int i = 0; i < node->n_in; ++i)
        if (node->in[i] >= 0) {
            gd__tell_between(text, told++, count);
            gd__tell_name(text, r, node->in[i]);
        }
}

/* ---- forward ---- */

static void tell_leaf(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_tensor *t = &r->tensors[e->tensor];
    bool again = t->event != event;
    gd__tell_name(text, r, e->tensor);
    if (t->name == NULL && t->ndim == 0 && !t->wants_gradient) { /* its name is its value */
        gd__string_add(text, " is a constant");
        return;
    }
    gd__string_add(text, again ? " has changed to " : " is a leaf, ");
    gd__tell_tensor_values(text, r, e->tensor, &e->values);
    if (!again && t->wants_gradient)
        gd__string_add(text, "; it wants a gradient");
    gd__tell_nonfinite(text, r, event);
}

static void tell_op(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_node *node = &r->nodes[e->node];
    bool named = r->tensors[e->tensor].name != NULL;
    if (node->of_node >= 0) {
        gd__string_add(text, "In the gradient rule of ");
        gd__tell_call(text, r, node->of_node);
        gd__string_add(text, ", ");
    }
    size_t begin = text->length;
    gd__tell_call(text, r, e->node);
    gd__string_add(text, " makes ");
    if (named) {
        gd__tell_name(text, r, e->tensor);
        gd__string_add(text, " = ");
    }
    if (gd__tell_formula(text, r, node))
        gd__string_add(text, " = ");
    else {
        gd__string_cut(text, begin);
        gd__tell_call(text, r, e->node);
        gd__string_add(text, " reads ");
        tell_operands(text, r, node);
        gd__string_add(text, " and makes ");
        if (named)
            gd__tell_name(text, r, e->tensor);
        gd__string_add(text, named ? " = " : "");
    }
    gd__tell_tensor_values(text, r, e->tensor, &e->values);
    tell_use(text, r, e->node);
    if (!node->recorded)
        gd__string_add(text, "; no gradient passes");
    gd__tell_nonfinite(text, r, event);
}

/* ---- the rest ---- */

static void tell_update(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    gd__tell_name(text, r, e->tensor);
    gd__string_add(text, " is updated to ");
    gd__tell_tensor_values(text, r, e->tensor, &e->values);
    gd__tell_nonfinite(text, r, event);
}

static void tell_release(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    gd__string_add(text, "The tape is released to a mark; its calls");
    if (e->node >= 0 && e->node < r->n_nodes)
        gd__string_add(text, " from ");
    if (e->node >= 0 && e->node < r->n_nodes)
        gd__tell_call(text, r, e->node);
    gd__string_add(text, " on are gone");
}

static void tell(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    switch (e->kind) {
    case GD_RECORDED_LEAF:
        tell_leaf(text, r, event);
        break;
    case GD_RECORDED_OP:
        tell_op(text, r, event);
        break;
    case GD_RECORDED_BACKWARD:
        gd__story_backward(text, r, event);
        break;
    case GD_RECORDED_NODE:
        gd__story_node(text, r, event);
        break;
    case GD_RECORDED_ADD:
        gd__story_add(text, r, event);
        break;
    case GD_RECORDED_UPDATE:
        tell_update(text, r, event);
        break;
    case GD_RECORDED_RELEASE:
        tell_release(text, r, event);
        break;
    case GD_RECORDED_ERROR:
        gd__string_add(text, "A call is refused");
        if (e->file != NULL)
            gd__string_add(text, ", in %s:%d", e->file, e->source_line);
        gd__string_add(text, ": %s", e->message != NULL ? e->message : "no reason is known");
        break;
    default:
        gd__string_add(text, "Step %" PRId64 " begins; the tape was reset", e->step);
    }
    gd__string_add(text, ".");
}

int gd_recording_tell(const gd_recording *r, int64_t i, char *buffer, size_t size)
{
    gd__string text = {.text = NULL};
    if (i < 0 || i >= r->n_events)
        return snprintf(buffer, size, "%s", "");
    tell(&text, r, i);
    return gd__give_text(&text, buffer, size);
}
