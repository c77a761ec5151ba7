/* What happens on the tape, as lines. Start at gd__trace_observe, at the end. */
#include "trace/write/writer.h"

#include <string.h>

/* The serial of a recorded node; -1: it is not known. */
static int64_t serial_of(const gd_trace *t, const gd_node *node)
{
    const int64_t *serials = t->serials.items;
    return node->number >= 0 && node->number < t->serials.count ? serials[node->number] : -1;
}

static void put_key(gd__string *out, const char *key, int64_t value)
{
    gd__out_text(out, key);
    gd__out_integer(out, value);
}

/* ---- ops and their places ---- */

static void put_operands(gd_trace *t, const gd_node *node)
{
    gd__out_text(&t->pending, ",\"in\":[");
    for (int i = 0; i < node->n_in; ++i) {
        gd__out_text(&t->pending, i > 0 ? "," : "");
        if (node->in[i] == NULL)
            gd__out_text(&t->pending, "null");
        else
            gd__out_integer(&t->pending, gd__trace_id(t, node->in[i]));
    }
    gd__out_text(&t->pending, "]");
}

static void put_result(gd_trace *t, const gd_tensor *y)
{
    gd__string *out = &t->pending;
    put_key(out, ",\"out\":", gd__trace_result(t, y));
    if (y->dtype != GD_F32)
        gd__out_member(out, "dtype", gd_dtype_name(y->dtype));
    gd__out_text(out, ",\"shape\":");
    gd__out_list(out, y->ndim, y->shape);
    gd__write_values(out, "values", y, t->options.full);
}

static void add_serial(gd_trace *t, gd__array *serials)
{
    int64_t *serial = gd__trace_add(t, serials);
    if (serial != NULL)
        *serial = t->nodes;
}

void gd__trace_op(gd_trace *t, const gd_node *node, const gd_event *event)
{
    gd__string *out = &t->pending;
    for (int i = 0; i < node->n_in; ++i) /* their lines come first */
        if (node->in[i] != NULL)
            gd__trace_tensor(t, node->in[i], node->op, i);
    put_key(out, "{\"e\":\"op\",\"node\":", t->nodes);
    gd__out_member(out, "op", node->op->name);
    put_operands(t, node);
    gd__write_attributes(out, node->op, node->attributes);
    put_result(t, node->out);
    if (node->number < 0)
        gd__out_text(out, ",\"recorded\":false");
    if (event != NULL && event->rule != NULL) {
        put_key(out, ",\"of\":{\"node\":", serial_of(t, event->rule));
        put_key(out, ",\"operand\":", event->rule_operand);
        gd__out_text(out, "}");
    }
    gd__out_text(out, "}\n");
    if (node->number >= 0)
        add_serial(t, &t->serials);
    if (event == NULL || event->rule == NULL)
        add_serial(t, &t->unplaced);
    ++t->nodes;
}

/* Splits "mul(a, b)". */
static void take_call(gd_trace *t, const char *text)
{
    const char *open = text != NULL ? strchr(text, '(') : NULL, *close = text;
    gd__string_cut(&t->call, 0);
    gd__string_cut(&t->arguments, 0);
    if (open == NULL || (close = strrchr(open, ')')) == NULL)
        return;
    gd__string_put(&t->call, text, (size_t)(open - text));
    gd__string_put(&t->arguments, open + 1, (size_t)(close - open - 1));
}

static void put_place(gd_trace *t, const gd_event *e)
{
    gd__string *out = &t->pending;
    const char *name = gd__trace_file(t, e->file);
    if (name == NULL || (t->unplaced.count == 0 && !t->waits))
        return;
    gd__out_text(out, "{\"e\":\"place\",\"nodes\":[");
    for (int64_t i = 0; i < t->unplaced.count; ++i)
        put_key(out, i > 0 ? "," : "", ((const int64_t *)t->unplaced.items)[i]);
    gd__out_text(out, "]");
    gd__out_member(out, "file", name);
    put_key(out, ",\"line\":", e->line);
    if (t->call.length > 0 && !t->call.failed && !t->arguments.failed) {
        gd__out_member(out, "call", t->call.text);
        gd__out_member(out, "text", t->arguments.text);
    }
    gd__out_text(out, "}\n");
}

static void tell_place(gd_trace *t, const gd_event *e)
{
    take_call(t, e->text);
    put_place(t, e);
    gd__trace_flush(t);
    gd__string_cut(&t->call, 0);
    gd__string_cut(&t->arguments, 0);
    t->unplaced.count = 0;
    t->waits = false;
}

/* ---- a backward ---- */

static void tell_backward(gd_trace *t, const gd_event *e)
{
    gd__string *out = &t->pending;
    gd__trace_tensor(t, e->tensor, NULL, 0);
    for (int i = 0; i < e->count; ++i)
        gd__trace_tensor(t, e->inputs[i], NULL, 0);
    put_key(out, "{\"e\":\"backward\",\"root\":", gd__trace_id(t, e->tensor));
    gd__write_values(out, "gives", e->gradient, t->options.full);
    if (e->inputs != NULL) {
        gd__out_text(out, ",\"inputs\":[");
        for (int i = 0; i < e->count; ++i)
            put_key(out, i > 0 ? "," : "", gd__trace_id(t, e->inputs[i]));
        gd__out_text(out, "]");
    }
    gd__out_text(out, e->create_graph ? ",\"create_graph\":true}\n" : "}\n");
    t->waits = t->has_backward = true;
}

static void tell_node(gd_trace *t, const gd_event *e)
{
    put_key(&t->pending, "{\"e\":\"node\",\"node\":", serial_of(t, e->node));
    gd__write_values(&t->pending, "dy", e->gradient, t->options.full);
    gd__out_text(&t->pending, "}\n");
}

/* What is given, and the sum before; by which way is known when it has been added. */
static void begin_add(gd_trace *t, const gd_event *e)
{
    const gd_tensor *gives = gd_event_gives(e, e->way);
    gd__string_cut(&t->part, 0);
    t->is_given = gives != NULL;
    if (gives != NULL)
        gd__write_values(&t->part, "gives", gives, t->options.full);
    if (e->gradient != NULL)
        gd__write_values(&t->part, "before", e->gradient, t->options.full);
    else
        gd__out_text(&t->part, ",\"before\":null");
}

/* The dimensions of the result along which an operand was repeated. */
static void put_summed(gd__string *out, const gd_event *e)
{
    const gd_tensor *x = e->tensor, *y = e->node->out;
    const char *shapes = e->node->op->shapes;
    bool broadcasts = shapes == NULL || strstr(shapes, "broadcast") != NULL, begun = false;
    int added = y->ndim - x->ndim;
    if (e->way == GD_WAY_THROUGH || !broadcasts || added < 0)
        return;
    for (int i = 0; i < y->ndim; ++i) {
        if (i >= added && (x->shape[i - added] != 1 || y->shape[i] == 1))
            continue;
        put_key(out, begun ? "," : ",\"summed\":[", i);
        begun = true;
    }
    gd__out_text(out, begun ? "]" : "");
}

static void end_add(gd_trace *t, const gd_event *e)
{
    static const char *const ways[] = {
        [GD_WAY_RULE] = "rule", [GD_WAY_DIRECT] = "direct", [GD_WAY_THROUGH] = "through"};
    gd__string *out = &t->pending;
    if (!t->is_given) { /* only memory can have been missing, as the rule has not failed */
        gd__trace_fail_memory(t);
        return;
    }
    put_key(out, "{\"e\":\"add\",\"node\":", serial_of(t, e->node));
    put_key(out, ",\"operand\":", e->operand);
    put_key(out, ",\"to\":", gd__trace_id(t, e->tensor));
    gd__out_member(out, "way", ways[e->way]);
    put_summed(out, e);
    gd__string_put(out, t->part.text, t->part.length);
    gd__write_values(out, "after", e->gradient, t->options.full);
    gd__out_text(out, "}\n");
}

/* ---- the rest ---- */

static void tell_release(gd_trace *t, const gd_event *e)
{
    const int64_t *serials = t->serials.items;
    bool are_gone = e->count < t->serials.count;
    put_key(&t->pending, "{\"e\":\"release\",\"from\":", are_gone ? serials[e->count] : t->nodes);
    gd__out_text(&t->pending, "}\n");
    t->serials.count = are_gone ? e->count : t->serials.count;
}

static void tell_error(gd_trace *t, const gd_event *e)
{
    gd__out_text(&t->pending, "{\"e\":\"error\"");
    gd__out_member(&t->pending, "message", gd_tape_message(e->tape)); /* no place yet: no path */
    gd__out_text(&t->pending, "}\n");
    t->waits = true;
    gd__trace_flush(t);
}

/* The end of a step: parameters show what has become of them. */
static void tell_reset(gd_trace *t, const gd_event *e)
{
    if (t->has_stopped) {
        gd_tape_observe(e->tape, NULL, NULL);
        t->has_left = true;
        return;
    }
    gd__trace_names(t);
    gd__trace_updates(t);
    gd__trace_flush(t);
    gd__trace_forget_step(t);
    t->trained += t->has_backward;
    t->was_reset |= t->has_events;
    t->has_events = t->has_backward = t->waits = false;
    t->serials.count = t->unplaced.count = 0;
}

/* The first event of a step, unless the trace has as many as it is to have. */
static void begin_step(gd_trace *t)
{
    char why[64];
    t->has_events = true;
    if (!t->was_reset)
        return;
    t->was_reset = false;
    if (t->trained >= t->options.steps) {
        snprintf(why, sizeof why, "%lld training steps were recorded", (long long)t->trained);
        gd__trace_stop(t, why);
        return;
    }
    put_key(&t->pending, "{\"e\":\"step\",\"step\":", ++t->step);
    gd__out_text(&t->pending, "}\n");
}

void gd__trace_observe(void *context, const gd_event *e)
{
    gd_trace *t = context;
    if (e->kind != GD_EVENT_RESET && !t->has_stopped && !t->has_events)
        begin_step(t);
    if (e->kind != GD_EVENT_RESET && t->has_stopped)
        return;
    switch (e->kind) {
    case GD_EVENT_RESET:
        tell_reset(t, e);
        break;
    case GD_EVENT_RELEASE:
        tell_release(t, e);
        break;
    case GD_EVENT_OP:
        gd__trace_op(t, e->node, e);
        break;
    case GD_EVENT_PLACE:
        tell_place(t, e);
        break;
    case GD_EVENT_ERROR:
        tell_error(t, e);
        break;
    case GD_EVENT_BACKWARD:
        tell_backward(t, e);
        break;
    case GD_EVENT_NODE:
        tell_node(t, e);
        break;
    case GD_EVENT_ADD:
        begin_add(t, e);
        break;
    case GD_EVENT_ADDED:
        end_add(t, e);
        break;
    case GD_EVENT_END:
        gd__trace_flush(t);
        break;
    }
}
