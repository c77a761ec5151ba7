#include "cli/trace/page/data.h"
#include "cli/system/memory.h"
#include "cli/trace/graph/graph.h"
#include "cli/trace/graph/row.h"
#include "cli/trace/page/explain.h"
#include "cli/trace/page/proof.h"
#include "cli/trace/page/story.h"
#include "cli/trace/page/update.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void put_comma(FILE *file, bool *is_first)
{
    fputs(*is_first ? "" : ",\n", file);
    *is_first = false;
}

/* ---- numbers ---- */

static void put_stats(FILE *file, const gd_recorded_tensor *t, const gd_recorded_values *values)
{
    char min[TRACE_NUMBER], max[TRACE_NUMBER], norm[TRACE_NUMBER];
    if (!trace_has_stats(t, values)) {
        fputs("null", file);
        return;
    }
    fprintf(file, "\"%s %s %s %" PRId64 "\"", trace_number(values->min, t->dtype, min),
            trace_number(values->max, t->dtype, max), trace_number(values->norm, GD_F64, norm),
            values->zeros);
}

static void put_values(FILE *file, const gd_recording *r, int64_t event, trace_field field,
                       bool *is_first)
{
    const gd_recorded_event *e = &r->events[event];
    const gd_recorded_values *values = trace_values(e, field);
    int64_t tensor = e->kind == GD_RECORDED_NODE ? r->nodes[e->node].out : e->tensor;
    trace_window w = trace_window_of(&r->tensors[tensor], values);
    char text[TRACE_NUMBER];
    if (values->x == NULL)
        return;
    put_comma(file, is_first);
    fprintf(file,
            "\"%" PRId64 ".%s\":[%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",\"",
            e->line, trace_field_name(e, field), w.rows, w.columns, w.at[0], w.at[1], tensor);
    for (int64_t i = 0; i < w.rows * w.columns; ++i)
        fprintf(file, "%s%s", i > 0 ? " " : "",
                trace_element(values->x, i / w.columns * w.at[0] + i % w.columns, text));
    fputs("\",", file);
    put_stats(file, &r->tensors[tensor], values);
    fputs("]", file);
}

static void put_numbers(FILE *file, const gd_recording *r)
{
    bool is_first = true;
    fputs("\"numbers\":{", file);
    for (int64_t i = 0; i < r->n_events; ++i)
        switch (r->events[i].kind) {
        case GD_RECORDED_ADD:
            put_values(file, r, i, TRACE_GIVES, &is_first);
            put_values(file, r, i, TRACE_BEFORE, &is_first);
            put_values(file, r, i, TRACE_AFTER, &is_first);
            break;
        case GD_RECORDED_LEAF:
        case GD_RECORDED_OP:
        case GD_RECORDED_BACKWARD:
        case GD_RECORDED_NODE:
        case GD_RECORDED_UPDATE:
            put_values(file, r, i, TRACE_VALUES, &is_first);
            break;
        default:
            break;
        }
    fputs("},\n", file);
}

/* "mul2, line 5" */
static void put_call(FILE *file, const char *call, int line)
{
    cli_bytes text = {0};
    cli_bytes_print(&text, "%s", call);
    if (line > 0)
        cli_bytes_print(&text, ", line %d", line);
    trace_put_string(file, text.data);
    free(text.data);
}

static void put_tensors(FILE *file, const trace_view *v)
{
    const gd_recording *r = v->r;
    bool is_first = true;
    fputs("\"tensors\":[", file);
    for (int64_t i = 0; i < r->n_tensors; ++i) {
        const gd_recorded_tensor *t = &r->tensors[i];
        put_comma(file, &is_first);
        fputc('[', file);
        trace_put_string(file, v->names[i]);
        fputs(",[", file);
        for (int d = 0; d < t->ndim; ++d)
            fprintf(file, "%s%" PRId64, d > 0 ? "," : "", t->shape[d]);
        fprintf(file, "],\"%s\"", gd_dtype_name(t->dtype));
        if (t->node >= 0) {
            const gd_recorded_event *made = &r->events[t->event];
            fprintf(file, ",%" PRId64 ",%" PRId64 ",", made->line, v->step_of[t->event]);
            put_call(file, v->calls[t->node], r->nodes[t->node].line);
        }
        fputc(']', file);
    }
    fputs("],\n", file);
}

/* Where the values of each tensor stand, and from which step on. */
static void put_places(FILE *file, const trace_view *v)
{
    bool is_first = true;
    fputs("\"values\":{", file);
    for (int64_t t = 0; t < v->r->n_tensors; ++t) {
        bool begins = true;
        for (int64_t i = v->r->tensors[t].event; i < v->r->n_events; ++i) {
            const gd_recorded_event *e = &v->r->events[i];
            bool writes =
                e->tensor == t && (e->kind == GD_RECORDED_LEAF || e->kind == GD_RECORDED_OP ||
                                   e->kind == GD_RECORDED_UPDATE);
            if (!writes)
                continue;
            if (begins)
                put_comma(file, &is_first);
            if (begins)
                fprintf(file, "\"%" PRId64 "\":[", t);
            fprintf(file, "%s[\"%" PRId64 ".values\",%" PRId64 "]", begins ? "" : ",", e->line,
                    v->step_of[i]);
            begins = false;
        }
        fputs(begins ? "" : "]", file);
    }
    fputs("},\n", file);
}

/* ---- sums ---- */

static void put_sum(FILE *file, const trace_view *v, const trace_sum *sum)
{
    const gd_recording *r = v->r;
    fprintf(file, "[%" PRId64 ",[", sum->tensor);
    for (int64_t i = sum->first; i >= 0; i = v->next[i]) {
        const gd_recorded_event *e = &r->events[i];
        bool is_add = e->kind == GD_RECORDED_ADD;
        fprintf(file, "%s[%" PRId64 ",", i != sum->first ? "," : "", v->step_of[i]);
        put_call(file, is_add ? v->calls[e->node] : "start of backward",
                 is_add ? r->nodes[e->node].line : e->source_line);
        fprintf(file, ",\"%" PRId64 ".gives\",\"%" PRId64 ".%s\"]", e->line, e->line,
                is_add ? "after" : "gives");
    }
    const gd_recorded_event *first = &r->events[sum->first];
    bool has_before = first->kind == GD_RECORDED_ADD && first->before.x != NULL;
    fprintf(file, "],");
    if (has_before)
        fprintf(file, "\"%" PRId64 ".before\"]", first->line);
    else
        fputs("null]", file);
}

static void put_sums(FILE *file, const trace_view *v)
{
    bool is_first = true;
    fputs("\"sums\":[", file);
    for (int64_t i = 0; i < v->n_sums; ++i) {
        put_comma(file, &is_first);
        put_sum(file, v, &v->sums[i]);
    }
    fputs("],\n", file);
}

/* ---- steps ---- */

static void put_marks(FILE *file, const trace_graph *g, int64_t step)
{
    trace_mark marks[TRACE_MARKS];
    int n = trace_marks(g, step, marks);
    fputs(",\"marks\":[", file);
    for (int i = 0; i < n; ++i)
        fprintf(file, "%s[\"%c%" PRId64 "\",\"%s\",\"%s\"]", i > 0 ? "," : "", marks[i].part,
                marks[i].number, marks[i].state, marks[i].verb);
    fputc(']', file);
}

static void put_spot(FILE *file, const trace_spot *spot, bool has_call)
{
    if (spot->source < 0)
        return;
    fprintf(file, ",\"source\":[%d,%d,%d,%" PRId64 ",%s]", spot->source, spot->first, spot->last,
            spot->at, has_call && spot->at < 0 ? "true" : "false");
}

static void put_shown(FILE *file, const trace_view *v, const trace_step *step)
{
    fputs(",\"shown\":[", file);
    for (int64_t i = step->first; i <= step->last; ++i) {
        const gd_recorded_event *e = &v->r->events[i];
        trace_field field = e->kind == GD_RECORDED_ADD ? TRACE_GIVES : TRACE_VALUES;
        if (trace_values(e, field)->x != NULL)
            fprintf(file, "%s\"%" PRId64 ".%s\"", i > step->first ? "," : "", e->line,
                    trace_field_name(e, field));
    }
    fputc(']', file);
}

/* The dimensions of a bit set: "0 and 2". */
static void print_dims(cli_bytes *text, unsigned bits)
{
    for (int d = 0, n = 0; bits >> d != 0; ++d)
        if ((bits >> d & 1) != 0)
            cli_bytes_print(text, "%s%d", n++ == 0 ? "" : bits >> (d + 1) == 0 ? " and " : ", ", d);
}

static void put_note(FILE *file, const trace_view *v, int64_t event)
{
    const gd_recorded_event *e = &v->r->events[event];
    const gd_recorded_node *n = e->node >= 0 ? &v->r->nodes[e->node] : NULL;
    const gd_op *op = n != NULL ? n->op : NULL;
    cli_bytes text = {0};
    cli_bytes_print(&text, "%s", "");
    if (e->kind == GD_RECORDED_LEAF)
        cli_bytes_print(&text, "Leaves are given, not computed.");
    if (e->kind == GD_RECORDED_BACKWARD)
        cli_bytes_print(&text, "If %s grows by 1, %s grows by 1.", v->names[e->tensor],
                        v->names[e->tensor]);
    if (e->kind == GD_RECORDED_NODE) {
        int64_t sum = trace_sum_at(v, n->out, event), count = sum >= 0 ? v->sums[sum].count : 0;
        if (count == 1)
            cli_bytes_print(&text, "Complete: its only use has contributed, so %s may pass it on.",
                            v->calls[e->node]);
        else if (count > 1)
            cli_bytes_print(
                &text, "Complete: all %" PRId64 " contributions are there, so %s may pass it on.",
                count, v->calls[e->node]);
    }
    if (e->kind == GD_RECORDED_ADD && e->summed != 0) {
        cli_bytes_print(&text, "%s was repeated along dimension%s ", v->names[e->tensor],
                        (e->summed & (e->summed - 1)) != 0 ? "s" : "");
        print_dims(&text, e->summed);
        cli_bytes_print(&text, ", so its gradient is summed over %s.",
                        (e->summed & (e->summed - 1)) != 0 ? "them" : "it");
    }
    if (e->kind == GD_RECORDED_ADD && e->way == GD_WAY_THROUGH)
        cli_bytes_print(&text, "Straight to %s, past %s.", v->names[e->tensor],
                        v->names[n->in[e->operand]]);
    if (e->kind == GD_RECORDED_UPDATE)
        trace_print_update(&text, v, event);
    if (e->kind == GD_RECORDED_ERROR && e->message != NULL)
        cli_bytes_print(&text, "%s", e->message);
    fputs(",\"note\":", file);
    trace_put_string(file, text.data);
    free(text.data);
    if (op != NULL && (e->kind == GD_RECORDED_OP || e->kind == GD_RECORDED_ADD)) {
        bool is_through = e->way == GD_WAY_THROUGH && op->through != NULL;
        const char *formula = e->kind == GD_RECORDED_OP ? op->formula
                              : is_through              ? op->through->gradient
                                                        : op->gradient;
        if (formula != NULL) {
            fputs(",\"formula\":", file);
            trace_put_string(file, formula);
        }
    }
}

/* lost: the event that made the first number that is not finite. */
static void put_step(FILE *file, const trace_view *v, const trace_graph *g, int64_t step,
                     const trace_spot *spot, int64_t lost)
{
    static const char *const kinds[] = {"leaf",   "op",      "backward", "node", "add",
                                        "update", "release", "error",    "step"};
    const trace_step *s = &v->steps[step];
    const gd_recorded_event *e = &v->r->events[s->first];
    bool is_add = e->kind == GD_RECORDED_ADD;
    int64_t tensor = e->kind == GD_RECORDED_NODE ? v->r->nodes[e->node].out : e->tensor;
    int64_t sum = tensor >= 0 ? trace_sum_at(v, tensor, s->last) : -1;
    bool is_gradient = is_add || e->kind == GD_RECORDED_NODE || e->kind == GD_RECORDED_BACKWARD;
    fprintf(file, "{\"kind\":\"%s\",\"line\":%" PRId64 ",\"tensor\":%" PRId64 ",\"gradient\":%s",
            kinds[e->kind], e->line, tensor, is_gradient ? "true" : "false");
    if (is_gradient && sum >= 0)
        fprintf(file, ",\"sum\":%" PRId64, sum);
    put_marks(file, g, step);
    put_spot(file, spot, e->kind == GD_RECORDED_OP || e->kind == GD_RECORDED_NODE || is_add);
    if (e->node >= 0) {
        fputs(",\"op\":", file);
        trace_put_string(file, v->r->nodes[e->node].op_name);
        fprintf(file, ",\"part\":%d", is_add ? e->operand : -1);
    }
    cli_bytes title = {0};
    trace_print_title(&title, v, step);
    fputs(",\"title\":", file);
    trace_put_string(file, title.data);
    free(title.data);
    if (s->first == lost)
        fprintf(file, ",\"lost\":%" PRId64, gd_recorded_nonfinite(e));
    put_shown(file, v, s);
    put_note(file, v, s->first);
    fputc('}', file);
}

static void put_steps(FILE *file, const trace_view *v, const trace_spot *spots)
{
    bool is_first = true;
    int64_t lost = trace_first_nonfinite(v);
    fputs("\"steps\":[", file);
    for (int64_t training = 0; training < v->r->steps; ++training) {
        trace_graph g;
        trace_graph_create(&g, v, training);
        for (int64_t i = v->from[training]; i < v->from[training + 1]; ++i) {
            put_comma(file, &is_first);
            put_step(file, v, &g, i, &spots[i], lost);
        }
        trace_graph_destroy(&g);
    }
    fputs("],\n", file);
}

void trace_put_data(FILE *file, const trace_view *view, const trace_spot *spots)
{
    fputs("{", file);
    put_tensors(file, view);
    put_numbers(file, view->r);
    put_places(file, view);
    put_sums(file, view);
    put_steps(file, view, spots);
    trace_put_updates(file, view);
    trace_put_explanations(file, view);
    trace_put_proofs(file, view);
    fputs("\"training\":[", file);
    for (int64_t i = 0; i <= view->r->steps; ++i)
        fprintf(file, "%s%" PRId64, i > 0 ? "," : "", view->from[i]);
    fputs("]}", file);
}
