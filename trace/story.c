/* What happened, as sentences: one for each event. */
#include "trace/story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- what is counted ---- */

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

/* Whether nothing that was recorded before is infinite or NaN. */
static bool is_first_nonfinite(const gd_recording *r, int64_t event)
{
    for (int64_t i = 0; i < event; ++i)
        if (gd__nonfinite(&r->events[i]) >= 0)
            return false;
    return gd__nonfinite(&r->events[event]) >= 0;
}

/* ---- parts of sentences ---- */

static void tell_nonfinite(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_tensor *t = &r->tensors[e->tensor];
    char index[GD__INDEX];
    if (!is_first_nonfinite(r, event))
        return;
    gd__index_text(gd__nonfinite(e), t->ndim, t->shape, index);
    gd__string_add(text, "; the first that is not finite%s%s", index[0] != '\0' ? ", at " : "",
                   index);
}

static void tell_tensor_values(gd__string *text, const gd_recording *r, int64_t tensor,
                               const gd_recorded_values *values)
{
    gd__tell_values(text, values, r->tensors[tensor].ndim, r->tensors[tensor].shape);
}

static void tell_call(gd__string *text, const gd_recording *r, int64_t node)
{
    char name[128];
    gd_recording_call_name(r, node, name, sizeof name);
    gd__string_add(text, "%s", name);
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
    tell_tensor_values(text, r, e->tensor, &e->values);
    if (!again && t->wants_gradient)
        gd__string_add(text, "; it wants a gradient");
    tell_nonfinite(text, r, event);
}

static void tell_op(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_node *node = &r->nodes[e->node];
    bool named = r->tensors[e->tensor].name != NULL;
    if (node->of_node >= 0) {
        gd__string_add(text, "In the gradient rule of ");
        tell_call(text, r, node->of_node);
        gd__string_add(text, ", ");
    }
    size_t begin = text->length;
    tell_call(text, r, e->node);
    gd__string_add(text, " makes ");
    if (named) {
        gd__tell_name(text, r, e->tensor);
        gd__string_add(text, " = ");
    }
    if (gd__tell_formula(text, r, node))
        gd__string_add(text, " = ");
    else {
        gd__string_cut(text, begin);
        tell_call(text, r, e->node);
        gd__string_add(text, " reads ");
        tell_operands(text, r, node);
        gd__string_add(text, " and makes ");
        if (named)
            gd__tell_name(text, r, e->tensor);
        gd__string_add(text, named ? " = " : "");
    }
    tell_tensor_values(text, r, e->tensor, &e->values);
    tell_use(text, r, e->node);
    if (!node->recorded)
        gd__string_add(text, "; no gradient passes");
    tell_nonfinite(text, r, event);
}

/* ---- backward ---- */

static void tell_backward(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    gd__string_add(text, "%s starts at ", e->is_grad ? "grad" : "backward");
    gd__tell_name(text, r, e->tensor);
    gd__string_add(text, ", with gradient ");
    tell_tensor_values(text, r, e->tensor, &e->values);
    if (e->is_grad)
        gd__string_add(text, ", and asks for the gradient of ");
    for (int i = 0; i < e->n_inputs; ++i) {
        gd__tell_between(text, i, e->n_inputs);
        gd__tell_name(text, r, e->inputs[i]);
    }
    if (e->create_graph)
        gd__string_add(text, "; what it computes is recorded, too");
    tell_nonfinite(text, r, event);
}

static void tell_node(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_node *node = &r->nodes[e->node];
    tell_call(text, r, e->node);
    gd__string_add(text, " is reached; ");
    if (r->tensors[node->out].name != NULL) {
        gd__string_add(text, "the gradient of ");
        gd__tell_name(text, r, node->out);
    } else
        gd__string_add(text, "its gradient");
    gd__string_add(text, " is ");
    tell_tensor_values(text, r, node->out, &e->values);
    if (is_first_nonfinite(r, event))
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
        tell_tensor_values(text, r, e->tensor, &e->before);
        gd__string_add(text, " from before");
    }
    if ((last && total > 1) || (number == 1 && e->before.x != NULL)) {
        gd__string_add(text, total > 1 && last ? "; they sum to " : "; the sum is ");
        tell_tensor_values(text, r, e->tensor, &e->after);
    }
}

/* Whether a leaf had a gradient in an earlier step, which is empty now: zero_grad. */
static bool was_emptied(const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    if (r->tensors[e->tensor].node >= 0 || e->before.x != NULL)
        return false;
    for (int64_t i = event - 1; i >= 0; --i)
        if (r->events[i].kind == GD_RECORDED_ADD && r->events[i].tensor == e->tensor)
            return r->events[i].step < e->step;
    return false;
}

static void tell_add(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_node *node = &r->nodes[e->node];
    tell_call(text, r, e->node);
    gd__string_add(text, " gives ");
    if (e->way == GD_WAY_THROUGH) {
        tell_tensor_values(text, r, e->tensor, &e->gives);
        gd__string_add(text, " straight to ");
        gd__tell_name(text, r, e->tensor);
        gd__string_add(text, ", past ");
        int64_t first = node->n_in > 0 ? node->in[0] : -1;
        int64_t maker = first >= 0 ? r->tensors[first].node : -1;
        if (maker >= 0)
            tell_call(text, r, maker);
        else
            gd__string_add(text, "its operand");
    } else {
        gd__tell_name(text, r, e->tensor);
        if (e->summed != 0)
            tell_summed(text, r, event);
        else
            gd__string_add(text, " ");
        tell_tensor_values(text, r, e->tensor, &e->gives);
    }
    tell_number(text, r, event);
    if (was_emptied(r, event))
        gd__string_add(text, "; zero_grad had emptied its gradient");
    tell_nonfinite(text, r, event);
}

/* ---- the rest ---- */

static void tell_update(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    gd__tell_name(text, r, e->tensor);
    gd__string_add(text, " is updated to ");
    tell_tensor_values(text, r, e->tensor, &e->values);
    tell_nonfinite(text, r, event);
}

static void tell_release(gd__string *text, const gd_recording *r, int64_t event)
{
    const gd_recorded_event *e = &r->events[event];
    gd__string_add(text, "The tape is released to a mark; its calls");
    if (e->node >= 0 && e->node < r->n_nodes)
        gd__string_add(text, " from ");
    if (e->node >= 0 && e->node < r->n_nodes)
        tell_call(text, r, e->node);
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
        tell_backward(text, r, event);
        break;
    case GD_RECORDED_NODE:
        tell_node(text, r, event);
        break;
    case GD_RECORDED_ADD:
        tell_add(text, r, event);
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
