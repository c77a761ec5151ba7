#include "cli/trace/graph/small.h"
#include "cli/report/html.h"
#include "cli/system/memory.h"
#include "cli/trace/graph/picture.h"
#include "cli/trace/graph/row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 10 };
static const double MONO_14 = 8.5;

/* What a gradient is at an event: of a small tensor all, else the first element. */
typedef struct small_row {
    int n;
    bool is_off[ROW_CELLS], has_more;
    char text[ROW_CELLS][TRACE_NUMBER];
    char ref[ROW_CELLS][ROW_REF]; /* where the same number stands in the trace; "": nowhere */
} small_row;

static small_row row_of(const trace_view *v, int64_t event, const trace_break *b)
{
    const gd_recorded_event *e = &v->r->events[event];
    const gd_recorded_tensor *t = &v->r->tensors[e->tensor];
    bool is_add = e->kind == GD_RECORDED_ADD;
    const gd_recorded_values *values = is_add ? &e->after : &e->values;
    const gd_tensor *broken = b != NULL ? trace_broken_sum(b, event) : NULL;
    int64_t count = trace_count(t->ndim, t->shape);
    small_row row = {.n = count == 0 || values->x == NULL ? 0 : count <= 2 ? (int)count : 1};
    row.has_more = count > 2;
    for (int i = 0; i < row.n; ++i) {
        row.is_off[i] = b != NULL && is_add && trace_parts(v->r, b, event, i, i);
        char truth[TRACE_NUMBER];
        trace_element(values->x, i, truth);
        trace_element(broken != NULL ? broken : values->x, i, row.text[i]);
        if (strcmp(row.text[i], truth) == 0)
            snprintf(row.ref[i], ROW_REF, "%" PRId64 ".%s[%d]", e->line, is_add ? "after" : "gives",
                     i);
    }
    return row;
}

/* The characters of a row. */
static int row_length(const small_row *row)
{
    size_t length = row->has_more ? 3 : 0;
    for (int i = 0; i < row->n; ++i)
        length += strlen(row->text[i]) + (i > 0 ? 2 : 0) + (row->is_off[i] ? 2 : 0);
    return (int)length;
}

/* Goes through the events at which the gradient of a box changes: from `event`, -1 at first; -1:
 * there is none left. */
static int64_t next_change(const picture *p, int box, int64_t event)
{
    const trace_view *v = p->g->view;
    int64_t i = event >= 0 ? event + 1 : v->steps[p->g->from].first;
    for (; i < v->r->n_events && v->step_of[i] < p->g->until; ++i)
        if (v->sum_of[i] >= 0 && v->r->events[i].tensor == p->g->tensors[box])
            return i;
    return -1;
}

/* The symbol of the op that made it; "": it has none. */
static const char *symbol_of(const picture *p, int box)
{
    const gd_recording *r = p->g->view->r;
    int64_t node = r->tensors[p->g->tensors[box]].node;
    return node >= 0 ? trace_symbol(r->nodes[node].op_name) : "";
}

/* As wide as its longest row, broken or true, so that both graphs have the same places. */
static void size_box(picture *p, int box, const trace_break *b)
{
    const trace_view *v = p->g->view;
    layout_box *at = &((trace_graph *)p->g)->l.boxes[box];
    int name = cli_characters(v->names[p->g->tensors[box]]), longest = 0;
    for (int64_t i = next_change(p, box, -1); i >= 0; i = next_change(p, box, i))
        for (int k = 0; k < 2; ++k) {
            small_row row = row_of(v, i, k == 0 ? b : NULL);
            int length = row_length(&row);
            longest = length > longest ? length : longest;
        }
    double head =
        24 + (name < NAME ? name : NAME) * MONO_14 + (symbol_of(p, box)[0] != '\0' ? 17 : 0);
    double numbers = 34 + longest * MONO_14, width = head > numbers ? head : numbers;
    at->along = width;
    at->across = SMALL_HEIGHT;
}

static void put_row(picture *p, const small_row *row, place at)
{
    fprintf(p->file, "<text class=\"num %s\" x=\"%.0f\" y=\"%.0f\">", row->n > 0 ? "gnum" : "none",
            at.x + at.width - 10, at.y + SMALL_GRADIENT + 5);
    for (int i = 0; i < row->n; ++i) {
        fputs(i > 0 ? ", " : "", p->file);
        if (row->ref[i][0] != '\0')
            fprintf(p->file, "<tspan data-ref=\"%s\">%s</tspan>", row->ref[i], row->text[i]);
        else
            fprintf(p->file, "<tspan class=\"%s\">%s%s</tspan>", row->is_off[i] ? "off" : "rounded",
                    row->is_off[i] ? "≠ " : "", row->text[i]);
    }
    fputs(row->n == 0 ? "–</text>" : row->has_more ? ", …</text>" : "</text>", p->file);
}

static void put_frame(picture *p, int box, place at)
{
    const char *symbol = symbol_of(p, box), *name = p->g->view->names[p->g->tensors[box]];
    bool is_leaf = p->g->l.boxes[box].is_source;
    double x = at.x + 10;
    fputs("<title>", p->file);
    cli_put_text(p->file, name, 0);
    fprintf(p->file,
            "</title><rect class=\"box\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" "
            "rx=\"%d\"/><rect class=\"slot\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"22\" "
            "rx=\"%d\"/>",
            at.x, at.y, at.width, at.height, is_leaf ? 2 : 12, at.x + 4, at.y + SMALL_GRADIENT - 11,
            at.width - 8, is_leaf ? 1 : 9);
    if (symbol[0] != '\0') {
        fprintf(p->file, "<text class=\"sym\" x=\"%.0f\" y=\"%.0f\">%s</text>", x, at.y + 20,
                symbol);
        x += 17;
    }
    fprintf(p->file, "<text class=\"nm\" x=\"%.0f\" y=\"%.0f\">", x, at.y + 19);
    cli_put_text(p->file, name, NAME);
    fprintf(p->file, "</text><text class=\"par\" x=\"%.0f\" y=\"%.0f\">∂</text>", at.x + 10,
            at.y + SMALL_GRADIENT + 5);
}

static void put_box(picture *p, int box, const trace_break *b)
{
    const trace_view *v = p->g->view;
    int64_t tensor = p->g->tensors[box], first = trace_gradient_at(p->g, box);
    place at = picture_place(p, box);
    picture_open(p, (picture_part){"n", 'b', tensor, -1, -1, -1});
    put_frame(p, box, at);
    for (int64_t i = next_change(p, box, -1), next; i >= 0; i = next) {
        next = next_change(p, box, i);
        picture_part part = {
            "", 0, 0, -1, v->step_of[i], next >= 0 ? v->step_of[next] : p->g->until};
        small_row row = row_of(v, i, b);
        if (!picture_open(p, part))
            continue;
        put_row(p, &row, at);
        picture_close(p);
    }
    if (picture_open(p, (picture_part){"", 0, 0, -1, p->g->from, first})) {
        put_row(p, &(small_row){.n = 0}, at);
        picture_close(p);
    }
    picture_close(p);
}

void trace_draw_small(FILE *file, const trace_view *view, int64_t training, const trace_break *b,
                      bool is_broken)
{
    trace_graph g;
    trace_graph_create(&g, view, training);
    trace_graph_keep_gradients(&g);
    picture p = {.file = file,
                 .g = &g,
                 .way = TRACE_WIDE,
                 .at = -1,
                 .is_small = true,
                 .sum_sign = is_broken ? b->sign : "+"};
    g.l.gap_along = 40;
    g.l.gap_across = 20;
    g.l.lane = 16;
    for (int i = 0; i < g.l.n_boxes; ++i)
        size_box(&p, i, b);
    trace_picture_begin(&p, &g.l);
    picture_lines(&p);
    for (int i = 0; i < g.l.n_boxes; ++i)
        put_box(&p, i, is_broken ? b : NULL);
    picture_labels(&p);
    trace_picture_end(&p);
    trace_graph_destroy(&g);
}
