#include "cli/trace/graph/small.h"
#include "cli/report/html.h"
#include "cli/system/memory.h"
#include "cli/trace/graph/picture.h"
#include "cli/trace/graph/row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 14, NAME = 4 };
static const double MONO_13 = 8;

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

static double row_width(const small_row *row)
{
    size_t length = row->has_more ? 3 : 0;
    for (int i = 0; i < row->n; ++i)
        length += strlen(row->text[i]) + (i > 0 ? 2 : 0) + (row->is_off[i] ? 2 : 0);
    return (double)length * MONO_13 + 8;
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

static void size_box(picture *p, int box, const trace_break *b)
{
    layout_box *at = &((trace_graph *)p->g)->l.boxes[box];
    double width = 0;
    for (int64_t i = next_change(p, box, -1); i >= 0; i = next_change(p, box, i)) {
        small_row row = row_of(p->g->view, i, b);
        width = row_width(&row) > width ? row_width(&row) : width;
    }
    bool is_wide = p->way == TRACE_WIDE;
    at->along = !is_wide ? SMALL_HEIGHT : width > SMALL_WIDTH ? width : SMALL_WIDTH;
    at->across = is_wide ? SMALL_HEIGHT + SMALL_TEXT : SMALL_WIDTH + 6 + width;
}

static void put_row(picture *p, const small_row *row, place at)
{
    bool is_wide = p->way == TRACE_WIDE;
    double x = is_wide ? at.x + at.width / 2 : at.x + at.width + 6;
    double y = is_wide ? at.y + at.height + 16 : at.y + 21;
    fprintf(p->file, "<text class=\"num %s\" x=\"%.0f\" y=\"%.0f\">", row->n > 0 ? "gnum" : "none",
            x, y);
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

static void put_box(picture *p, int box, const trace_break *b)
{
    const trace_view *v = p->g->view;
    int64_t tensor = p->g->tensors[box], first = trace_gradient_at(p->g, box);
    const gd_recorded_tensor *t = &v->r->tensors[tensor];
    place at = picture_place(p, box);
    const char *symbol = t->node >= 0 ? trace_symbol(v->r->nodes[t->node].op_name) : "";
    picture_open(p, (picture_part){"n", 'b', tensor, -1, -1, -1});
    fputs("<title>", p->file);
    cli_put_text(p->file, v->names[tensor], 0);
    fprintf(p->file,
            "</title><rect class=\"box\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" "
            "rx=\"%d\"/>"
            "<text class=\"%s\" x=\"%.0f\" y=\"%.0f\">",
            at.x, at.y, at.width, at.height, t->node < 0 ? 2 : 10, symbol[0] != '\0' ? "sym" : "nm",
            at.x + at.width / 2, at.y + (symbol[0] != '\0' ? 22 : 21));
    cli_put_text(p->file, symbol[0] != '\0' ? symbol : v->names[tensor], NAME);
    fputs("</text>", p->file);
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

void trace_draw_small(FILE *file, const trace_view *view, int64_t training, trace_way way,
                      const trace_break *b)
{
    trace_graph g;
    trace_graph_create(&g, view, training);
    trace_graph_keep_gradients(&g);
    picture p = {.file = file,
                 .g = &g,
                 .way = way,
                 .at = -1,
                 .is_small = true,
                 .sum_sign = b != NULL ? b->sign : "+"};
    g.l.gap_along = 36;
    g.l.gap_across = 16;
    g.l.lane = 16;
    for (int i = 0; i < g.l.n_boxes; ++i)
        size_box(&p, i, b);
    trace_picture_begin(&p, &g.l, MARGIN);
    picture_lines(&p);
    for (int i = 0; i < g.l.n_boxes; ++i)
        put_box(&p, i, b);
    picture_labels(&p);
    trace_picture_end(&p);
    trace_graph_destroy(&g);
}
