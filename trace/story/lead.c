/* What a reader should know of a step before anything else. */
#include "trace/story/story.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_in_step(const gd_recording *r, int64_t node, int64_t step)
{
    return r->events[r->nodes[node].event].step == step && r->nodes[node].of_node < 0;
}

/* How often the step's recorded calls use the tensor. */
static int64_t uses_of(const gd_recording *r, int64_t step, int64_t tensor)
{
    int64_t count = 0;
    for (int64_t n = 0; n < r->n_nodes; ++n)
        for (int i = 0; is_in_step(r, n, step) && r->nodes[n].recorded && i < r->nodes[n].n_in; ++i)
            count += r->nodes[n].in[i] == tensor;
    return count;
}

/* How many contributions the gradient of the tensor gets in the step's first backward. */
static int64_t contributions_to(const gd_recording *r, int64_t step, int64_t tensor)
{
    int64_t count = 0, backwards = 0;
    for (int64_t i = 0; i < r->n_events && backwards < 2; ++i) {
        const gd_recorded_event *e = &r->events[i];
        if (e->step != step)
            continue;
        backwards += e->kind == GD_RECORDED_BACKWARD;
        count += backwards < 2 && e->kind == GD_RECORDED_ADD && e->tensor == tensor;
    }
    return count;
}

/* ", in lines 4 and 5" */
static void tell_lines(gd__string *text, const gd_recording *r, int64_t step, int64_t tensor)
{
    enum { MOST = 6 };
    int lines[MOST], count = 0;
    for (int64_t n = 0; n < r->n_nodes; ++n)
        for (int i = 0; is_in_step(r, n, step) && i < r->nodes[n].n_in; ++i) {
            int line = r->nodes[n].line;
            bool known = line <= 0;
            for (int k = 0; k < count; ++k)
                known |= lines[k] == line;
            if (r->nodes[n].in[i] == tensor && !known && count < MOST)
                lines[count++] = line;
        }
    for (int k = 0; k < count; ++k) {
        gd__string_add(text, k > 0 ? "" : count > 1 ? ", in lines " : ", in line ");
        gd__tell_between(text, k, count);
        gd__string_add(text, "%d", lines[k]);
    }
}

/* Whether a result or a gradient of the step is not finite. */
static bool is_any_computed(const gd_recording *r, int64_t step)
{
    for (int64_t i = 0; i < r->n_events; ++i)
        if (r->events[i].step == step && r->events[i].kind != GD_RECORDED_LEAF &&
            gd_recorded_nonfinite(&r->events[i]) >= 0)
            return true;
    return false;
}

static void tell_nonfinite_leaf(gd__string *text, const gd_recording *r, const gd_recorded_event *e)
{
    const gd_recorded_tensor *t = &r->tensors[e->tensor];
    char index[GD__INDEX];
    gd__tell_name(text, r, e->tensor);
    gd__string_add(text, " has a number that is not finite");
    gd__index_text(gd_recorded_nonfinite(e), t->ndim, t->shape, index);
    gd__string_add(text, "%s%s", index[0] != '\0' ? ", at " : "", index);
    gd__string_add(text, is_any_computed(r, e->step) ? "; others follow from it."
                                                     : "; no result and no gradient has one.");
}

/* ": 1 / 0 is inf", if it is the formula's number, and short. */
static void tell_why_nonfinite(gd__string *text, const gd_recording *r, const gd_recorded_event *e)
{
    enum { LONGEST = 64 };
    int64_t element = gd_recorded_nonfinite(e);
    gd_explanation *x = gd_recording_explain(r, NULL, e - r->events, element);
    char number[GD__SHORT];
    text->failed |= x == NULL && gd_message_status() == GD_ERROR_MEMORY;
    if (x != NULL && !isfinite(x->value) && strlen(x->numbers) <= LONGEST) {
        gd__short_number(x->value, number);
        if (strcmp(x->numbers, number) != 0)
            gd__string_add(text, ": %s is %s", x->numbers, number);
    }
    gd_explanation_destroy(x);
}

static void tell_nonfinite_call(gd__string *text, const gd_recording *r, const gd_recorded_event *e)
{
    char name[128];
    gd_recording_call_name(r, e->node, name, sizeof name);
    gd__string_add(text, "The first number that is not finite comes from %s%s",
                   e->kind == GD_RECORDED_ADD ? "the gradient rule of " : "", name);
    if (r->nodes[e->node].line > 0)
        gd__string_add(text, ", in line %d", r->nodes[e->node].line);
    tell_why_nonfinite(text, r, e);
    gd__string_add(text, ".");
}

/* The first number that is not finite, if it comes in this step. Returns its event, else -1. */
static int64_t tell_nonfinite(gd__string *text, const gd_recording *r, int64_t step)
{
    int64_t i = 0;
    while (i < r->n_events && gd_recorded_nonfinite(&r->events[i]) < 0)
        ++i;
    if (i == r->n_events || r->events[i].step != step)
        return -1;
    if (r->events[i].node < 0)
        tell_nonfinite_leaf(text, r, &r->events[i]);
    else
        tell_nonfinite_call(text, r, &r->events[i]);
    return i;
}

/* The last contribution to the tensor's gradient in the step's first backward. */
static int64_t last_contribution(const gd_recording *r, int64_t step, int64_t tensor)
{
    int64_t last = -1, backwards = 0;
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        if (e->step != step)
            continue;
        backwards += e->kind == GD_RECORDED_BACKWARD;
        if (backwards < 2 && e->kind == GD_RECORDED_ADD && e->tensor == tensor)
            last = i;
    }
    return last;
}

/* The tensor with a gradient that is used the most, a leaf before others. Returns the event that
 * completes the sum; -1: none is a sum. */
static int64_t tell_shared(gd__string *text, const gd_recording *r, int64_t step)
{
    int64_t best = -1, most = 1;
    for (int64_t t = 0; t < r->n_tensors; ++t) {
        int64_t parts = r->tensors[t].wants_gradient || r->tensors[t].node >= 0
                            ? contributions_to(r, step, t)
                            : 0;
        bool leaf_wins = best >= 0 && r->tensors[t].node < 0 && r->tensors[best].node >= 0;
        bool leaf_loses = best >= 0 && r->tensors[t].node >= 0 && r->tensors[best].node < 0;
        if (parts >= 2 && (leaf_wins || (parts > most && !leaf_loses))) {
            best = t;
            most = parts;
        }
    }
    if (best < 0)
        return -1;
    int64_t uses = uses_of(r, step, best);
    gd__tell_name(text, r, best);
    gd__string_add(text, " is used ");
    if (uses == 2)
        gd__string_add(text, "twice");
    else {
        gd__tell_count(text, uses);
        gd__string_add(text, " times");
    }
    tell_lines(text, r, step, best);
    gd__string_add(text, "; its gradient is a sum of ");
    gd__tell_count(text, most);
    gd__string_add(text, uses == most ? ", one from each use." : ".");
    return last_contribution(r, step, best);
}

static void tell_size(gd__string *text, const gd_recording *r, int64_t step)
{
    int64_t calls = 0, reached = 0, root = -1;
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        if (e->step != step)
            continue;
        calls += e->kind == GD_RECORDED_OP && r->nodes[e->node].of_node < 0;
        reached += e->kind == GD_RECORDED_NODE;
        root = root < 0 && e->kind == GD_RECORDED_BACKWARD ? e->tensor : root;
    }
    gd__tell_count(text, calls);
    if (text->length > 0)
        text->text[0] = (char)(text->text[0] >= 'a' ? text->text[0] - 'a' + 'A' : text->text[0]);
    gd__string_add(text, calls == 1 ? " op makes " : " ops make ");
    if (root >= 0)
        gd__tell_name(text, r, root);
    if (root < 0) {
        gd__string_add(text, "the values; there is no backward.");
        return;
    }
    bool all = reached == calls && calls > 0;
    gd__string_add(text, "; backward goes through ");
    if (!all)
        gd__tell_count(text, reached);
    gd__string_add(text, !all         ? " of them"
                         : calls == 1 ? "it"
                         : calls == 2 ? "both"
                                      : "all of them");
    gd__string_add(
        text, reached > 1 ? ", the last one first: each needs the gradient of its result." : ".");
}

/* Where the step's first backward starts; -1: there is none. */
static int64_t first_backward(const gd_recording *r, int64_t step)
{
    for (int64_t i = 0; i < r->n_events; ++i)
        if (r->events[i].step == step && r->events[i].kind == GD_RECORDED_BACKWARD)
            return i;
    return -1;
}

int gd_recording_lead(const gd_recording *r, int64_t step, char *buffer, size_t size,
                      int64_t *event)
{
    gd__string text = {.text = NULL};
    int64_t about = tell_nonfinite(&text, r, step);
    if (about < 0)
        about = tell_shared(&text, r, step);
    if (about < 0) {
        tell_size(&text, r, step);
        about = first_backward(r, step);
    }
    if (event != NULL)
        *event = about;
    return gd__give_text(&text, buffer, size);
}
