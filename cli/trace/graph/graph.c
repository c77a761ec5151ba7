#include "cli/trace/graph/graph.h"
#include "cli/system/memory.h"

#include <stdlib.h>

/* ---- boxes and lines ---- */

static bool is_in(const trace_graph *g, int64_t event)
{
    int64_t step = g->view->step_of[event];
    return step >= g->from && step < g->until;
}

static int add_box(trace_graph *g, int64_t tensor)
{
    if (g->box_of[tensor] < 0) {
        g->box_of[tensor] = g->l.n_boxes;
        g->tensors[g->l.n_boxes] = tensor;
        g->l.boxes[g->l.n_boxes++] = (layout_box){.is_source = true};
    }
    return g->box_of[tensor];
}

static void add_line(trace_graph *g, int from, int to, graph_use use)
{
    size_t n = (size_t)g->l.n_lines++;
    g->l.lines = cli_realloc(g->l.lines, (n + 1) * sizeof *g->l.lines);
    g->uses = cli_realloc(g->uses, (n + 1) * sizeof *g->uses);
    g->l.lines[n] = (layout_line){.from = from, .to = to};
    g->uses[n] = use;
}

/* The gradients that a node gives to tensors which are no operands of it. */
static void add_passes(trace_graph *g, int64_t node, int to)
{
    const gd_recording *r = g->view->r;
    int first = g->l.n_lines;
    for (int64_t i = r->nodes[node].event; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        bool passes = e->kind == GD_RECORDED_ADD && e->node == node && is_in(g, i) &&
                      e->operand < r->nodes[node].n_in &&
                      r->nodes[node].in[e->operand] != e->tensor && g->box_of[e->tensor] >= 0;
        for (int k = first; passes && k < g->l.n_lines; ++k)
            passes = g->tensors[g->l.lines[k].from] != e->tensor;
        if (passes)
            add_line(g, g->box_of[e->tensor], to,
                     (graph_use){node, e->operand, .is_past = true, .first_add = -1});
    }
}

static void add_node(trace_graph *g, int64_t node)
{
    const gd_recorded_node *n = &g->view->r->nodes[node];
    for (int i = 0; i < n->n_in; ++i)
        if (n->in[i] >= 0)
            add_box(g, n->in[i]);
    int to = add_box(g, n->out);
    g->l.boxes[to].is_source = false;
    for (int i = 0; i < n->n_in; ++i)
        if (n->in[i] >= 0 && g->box_of[n->in[i]] < to)
            add_line(g, g->box_of[n->in[i]], to, (graph_use){node, i, false, -1});
    add_passes(g, node, to);
}

int trace_line_of(const trace_graph *graph, const gd_recorded_event *add)
{
    for (int i = 0; i < graph->l.n_lines; ++i)
        if (graph->uses[i].node == add->node && graph->uses[i].operand == add->operand &&
            graph->tensors[graph->l.lines[i].from] == add->tensor)
            return i;
    return -1;
}

void trace_graph_create(trace_graph *graph, const trace_view *view, int64_t training)
{
    const gd_recording *r = view->r;
    size_t n = (size_t)r->n_tensors;
    *graph = (trace_graph){.view = view,
                           .training = training,
                           .from = view->from[training],
                           .until = view->from[training + 1]};
    graph->l.boxes = cli_calloc(n, sizeof *graph->l.boxes);
    graph->tensors = cli_malloc(n * sizeof *graph->tensors);
    graph->box_of = cli_malloc(n * sizeof *graph->box_of);
    for (size_t i = 0; i < n; ++i)
        graph->box_of[i] = -1;
    for (int64_t i = 0; i < r->n_nodes; ++i)
        if (is_in(graph, r->nodes[i].event))
            add_node(graph, i);
    for (int64_t i = 0; i < r->n_events; ++i) {
        int line = r->events[i].kind == GD_RECORDED_ADD && is_in(graph, i)
                       ? trace_line_of(graph, &r->events[i])
                       : -1;
        if (line >= 0 && graph->uses[line].first_add < 0)
            graph->uses[line].first_add = i;
    }
}

void trace_graph_keep_gradients(trace_graph *graph)
{
    layout *l = &graph->l;
    int *moved = cli_malloc((size_t)(l->n_boxes + 1) * sizeof *moved), boxes = 0, lines = 0;
    for (int i = 0; i < l->n_boxes; ++i) {
        bool stays = trace_gradient_at(graph, i) >= 0;
        moved[i] = stays ? boxes : -1;
        graph->box_of[graph->tensors[i]] = moved[i];
        if (!stays)
            continue;
        l->boxes[boxes] = l->boxes[i];
        graph->tensors[boxes++] = graph->tensors[i];
    }
    for (int i = 0; i < l->n_lines; ++i) {
        int from = moved[l->lines[i].from], to = moved[l->lines[i].to];
        if (graph->uses[i].first_add < 0 || from < 0 || to < 0)
            continue;
        l->lines[lines] = (layout_line){.from = from, .to = to};
        graph->uses[lines++] = graph->uses[i];
    }
    l->n_boxes = boxes;
    l->n_lines = lines;
    free(moved);
}

void trace_graph_destroy(trace_graph *graph)
{
    layout_free(&graph->l);
    free(graph->tensors);
    free(graph->box_of);
    free(graph->uses);
}

/* ---- when ---- */

int64_t trace_made_at(const trace_graph *graph, int box)
{
    const gd_recorded_tensor *t = &graph->view->r->tensors[graph->tensors[box]];
    int64_t step = graph->view->step_of[t->event];
    return step > graph->from ? step : graph->from;
}

int64_t trace_gradient_at(const trace_graph *graph, int box)
{
    const trace_view *v = graph->view;
    for (int64_t i = v->steps[graph->from].first;
         i < v->r->n_events && v->step_of[i] < graph->until; ++i)
        if (v->sum_of[i] >= 0 && v->r->events[i].tensor == graph->tensors[box])
            return v->step_of[i];
    return -1;
}

int trace_givers(const trace_graph *graph, int box)
{
    int count = 0;
    for (int i = 0; i < graph->l.n_lines; ++i)
        count += graph->l.lines[i].from == box && graph->uses[i].first_add >= 0;
    return count;
}

/* ---- what happens now ---- */

typedef struct marking {
    const trace_graph *g;
    trace_mark *marks;
    int n;
} marking;

static void mark(marking *m, char part, int64_t number, const char *state, const char *verb)
{
    if (number >= 0 && m->n < TRACE_MARKS)
        m->marks[m->n++] = (trace_mark){part, number, state, verb};
}

static void mark_op(marking *m, const gd_recorded_event *e)
{
    const gd_recorded_node *n = &m->g->view->r->nodes[e->node];
    mark(m, 'b', n->out, "nowf", "runs");
    for (int i = 0; i < n->n_in; ++i)
        if (n->in[i] >= 0)
            mark(m, 'b', n->in[i], "rv", "is read");
    for (int i = 0; i < m->g->l.n_lines; ++i)
        if (m->g->uses[i].node == e->node && !m->g->uses[i].is_past)
            mark(m, 'f', i, "now", "");
}

/* An op whose gradient rule reads nothing but dy is marked alone. */
static void mark_reads(marking *m, const gd_recorded_node *n, int operand)
{
    unsigned reads = n->op != NULL && operand < GD_OP_OPERANDS ? n->op->reads[operand] : 0;
    for (int i = 0; i < n->n_in && i < GD_OP_OPERANDS; ++i)
        if (n->in[i] >= 0 && (reads & GD_READS(i)) != 0)
            mark(m, 'b', n->in[i], "rv", "is read");
    if ((reads & GD_READS_OUT) != 0)
        mark(m, 'b', n->out, "rv", "");
}

static void mark_add(marking *m, const gd_recorded_event *e)
{
    const gd_recorded_node *n = &m->g->view->r->nodes[e->node];
    int line = trace_line_of(m->g, e);
    mark(m, 'b', n->out, "nowb rg", "gives");
    mark(m, 'b', e->tensor, "gets", "gets");
    mark(m, 'g', line, "now", "");
    if (trace_givers(m->g, m->g->box_of[e->tensor]) > 1)
        mark(m, 'p', e->tensor, "now", "");
    if (e->way != GD_WAY_THROUGH)
        mark_reads(m, n, e->operand);
}

int trace_marks(const trace_graph *graph, int64_t step, trace_mark marks[TRACE_MARKS])
{
    marking m = {graph, marks, 0};
    const trace_step *s = &graph->view->steps[step];
    for (int64_t i = s->first; i <= s->last; ++i) {
        const gd_recorded_event *e = &graph->view->r->events[i];
        switch (e->kind) {
        case GD_RECORDED_LEAF:
            mark(&m, 'b', e->tensor, "given", "given");
            break;
        case GD_RECORDED_OP:
            mark_op(&m, e);
            break;
        case GD_RECORDED_BACKWARD:
            mark(&m, 'b', e->tensor, "gets", "starts");
            break;
        case GD_RECORDED_NODE:
            mark(&m, 'b', graph->view->r->nodes[e->node].out, "nowb gets", "is reached");
            break;
        case GD_RECORDED_ADD:
            mark_add(&m, e);
            break;
        case GD_RECORDED_UPDATE:
            mark(&m, 'b', e->tensor, "nowf", "changes");
            break;
        default:
            break;
        }
    }
    return m.n;
}
