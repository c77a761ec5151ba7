#include "cli/trace/graph/draw.h"
#include "cli/report/html.h"
#include "cli/system/memory.h"
#include "cli/trace/graph/picture.h"
#include "cli/trace/graph/row.h"
#include "cli/trace/page/files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Pixels; widths of characters are those of common fonts, rounded up. */
static const double MONO_14 = 8.5, SANS_13 = 7.2;
enum { HEAD = 34, ROW = 22, SLOT = 28, NAME = 18, OP = 16, VERB = 10, COUNT = 50 };

/* ---- what stands in a box ---- */

const char *trace_symbol(const char *op)
{
    static const char *const symbols[][2] = {
        {"add", "+"}, {"sub", "−"},    {"mul", "×"},    {"div", "÷"},  {"neg", "−"},
        {"sum", "Σ"}, {"matmul", "@"}, {"linear", "@"}, {"sqrt", "√"}, {"sigmoid", "σ"}};
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; ++i)
        if (strcmp(op, symbols[i][0]) == 0)
            return symbols[i][1];
    return "";
}

typedef struct content {
    const char *symbol, *name;
    char right[TRACE_SHAPE + 48]; /* the op, the shape */
    bool has_slot;                /* for a gradient */
    bool is_sum;                  /* of several contributions */
    int cells, longest;           /* of rows of all elements; their longest number */
    int characters;               /* of the longest of the other rows */
} content;

static void measure(content *c, const gd_recording *r, int64_t event, trace_field field)
{
    trace_row row = trace_row_of(r, event, field);
    if (row.kind == ROW_ALL) {
        int cell = trace_row_cell(&row);
        c->longest = cell > c->longest ? cell : c->longest;
        c->cells = row.n > c->cells ? row.n : c->cells;
    } else {
        int all = row.kind == ROW_RANGE || row.n == 1 ? 3 : 5; /* " … ", ", …", ", " */
        for (int i = 0; i < row.n; ++i)
            all += (int)strlen(row.text[i]);
        c->characters = all > c->characters ? all : c->characters;
    }
}

static content content_of(const trace_graph *g, int box)
{
    const gd_recording *r = g->view->r;
    int64_t tensor = g->tensors[box];
    const gd_recorded_tensor *t = &r->tensors[tensor];
    const char *op = t->node >= 0 ? r->nodes[t->node].op_name : NULL;
    content c = {.symbol = op != NULL ? trace_symbol(op) : "", .name = g->view->names[tensor]};
    char shape[TRACE_SHAPE];
    bool is_large = trace_count(t->ndim, t->shape) > ROW_CELLS;
    const char *what = op == NULL ? "leaf" : strcmp(op, c.name) == 0 ? "" : op;
    size_t length = strlen(what), shown = length > OP ? OP - 1 : length;
    while (shown < length && (what[shown] & 0xC0) == 0x80) /* within a character */
        ++shown;
    snprintf(c.right, sizeof c.right, "%.*s%s%s%s", (int)shown, what, shown < length ? "…" : "",
             is_large && what[0] != '\0' ? " " : "",
             is_large ? trace_shape(t->ndim, t->shape, shape) : "");
    c.has_slot = trace_gradient_at(g, box) >= 0;
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        if (e->tensor != tensor || g->view->step_of[i] >= g->until)
            continue;
        if (e->kind == GD_RECORDED_LEAF || e->kind == GD_RECORDED_OP ||
            e->kind == GD_RECORDED_UPDATE)
            measure(&c, r, i, TRACE_VALUES);
        else if (g->view->sum_of[i] >= 0 && g->view->step_of[i] >= g->from) {
            measure(&c, r, i, e->kind == GD_RECORDED_ADD ? TRACE_AFTER : TRACE_VALUES);
            c.is_sum |= g->view->sums[g->view->sum_of[i]].count > 1;
        }
    }
    return c;
}

static int shown_length(const char *text, int most)
{
    int length = cli_characters(text);
    return length < most ? length : most;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double cell_width(const content *c)
{
    return larger(c->longest * MONO_14 + 10, 36);
}

static void size_box(layout_box *box, const content *c, trace_way way)
{
    int right = cli_characters(c->right);
    if (way == TRACE_NARROW && right < VERB)
        right = VERB;
    double head = 36 + shown_length(c->name, NAME) * MONO_14 + (c->symbol[0] != '\0' ? 17 : 0) +
                  right * SANS_13;
    double row = larger(c->cells * cell_width(c), c->characters * MONO_14) + 34 +
                 (way == TRACE_NARROW && c->is_sum ? COUNT : 0);
    double width = larger(larger(head, row), 84), height = HEAD + ROW + (c->has_slot ? SLOT : 0);
    box->along = way == TRACE_WIDE ? width : height;
    box->across = way == TRACE_WIDE ? height : width;
}

/* ---- boxes ---- */

static picture_part seen(int64_t from, int64_t until)
{
    return (picture_part){.class = "", .done = -1, .from = from, .until = until};
}

/* One number, "2.1", with its place in the trace. */
static void put_number(picture *d, const char *element, const char *class, double x, double y,
                       const trace_row *row, int i)
{
    fprintf(d->file, "<%s", element);
    if (class != NULL)
        fprintf(d->file, " class=\"%s\" x=\"%.0f\" y=\"%.0f\"", class, x, y);
    fprintf(d->file, " data-ref=\"%s\">%s</%s>", row->ref[i], row->text[i], element);
}

/* y: the base line. */
static void put_row(picture *d, const content *c, const trace_row *row, const char *class, place p,
                    double y)
{
    double right = p.x + p.width - 12;
    if (row->n == 0)
        fprintf(d->file, "<text class=\"num none\" x=\"%.0f\" y=\"%.0f\">–</text>", right, y);
    else if (row->kind == ROW_ALL)
        for (int i = 0; i < row->n; ++i)
            put_number(d, "text", class, right - (row->n - 1 - i) * cell_width(c), y, row, i);
    else {
        fprintf(d->file, "<text class=\"%s\" x=\"%.0f\" y=\"%.0f\">", class, right, y);
        for (int i = 0; i < row->n; ++i) {
            fputs(i == 0 ? "" : row->kind == ROW_RANGE ? " … " : ", ", d->file);
            put_number(d, "tspan", NULL, 0, 0, row, i);
        }
        fputs(row->kind == ROW_RANGE ? "</text>" : ", …</text>", d->file);
    }
}

static void put_values(picture *d, int box, const content *c, place p)
{
    const trace_view *v = d->g->view;
    int64_t tensor = d->g->tensors[box], made = trace_made_at(d->g, box);
    int64_t event = trace_value_at(v, tensor, made);
    while (event >= 0) { /* one after another */
        int64_t next = -1;
        for (int64_t i = event + 1; next < 0 && i < v->r->n_events && v->step_of[i] < d->g->until;
             ++i) {
            const gd_recorded_event *e = &v->r->events[i];
            if (e->tensor == tensor &&
                (e->kind == GD_RECORDED_LEAF || e->kind == GD_RECORDED_UPDATE))
                next = i;
        }
        int64_t from = v->step_of[event] > d->g->from ? v->step_of[event] : d->g->from;
        if (picture_open(d, seen(from, next >= 0 ? v->step_of[next] : d->g->until))) {
            trace_row row = trace_row_of(v->r, event, TRACE_VALUES);
            put_row(d, c, &row, "num", p, p.y + 46);
            picture_close(d);
        }
        event = next;
    }
}

static void put_gradient(picture *d, const content *c, place p, int64_t event, int64_t until)
{
    const trace_view *v = d->g->view;
    trace_field field = v->r->events[event].kind == GD_RECORDED_ADD ? TRACE_AFTER : TRACE_VALUES;
    trace_row row = trace_row_of(v->r, event, field);
    if (!picture_open(d, seen(v->step_of[event], until)))
        return;
    put_row(d, c, &row, "num gnum", p, p.y + HEAD + ROW + 16);
    bool is_wide = d->way == TRACE_WIDE; /* else lines leave below */
    if (v->sums[v->sum_of[event]].count > 1)
        fprintf(d->file,
                "<text class=\"count\" x=\"%.0f\" y=\"%.0f\">%" PRId64 " of %" PRId64 "</text>",
                p.x + (is_wide ? 2 : 24), p.y + (is_wide ? p.height + 15 : HEAD + ROW + 16),
                trace_place_in_sum(v, event) + 1, v->sums[v->sum_of[event]].count);
    picture_close(d);
}

static void put_gradients(picture *d, int box, const content *c, place p)
{
    const trace_view *v = d->g->view;
    int64_t first = trace_gradient_at(d->g, box), made = trace_made_at(d->g, box), last = -1;
    bool is_leaf = d->g->l.boxes[box].is_source;
    fprintf(d->file,
            "<rect class=\"slot\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"24\" rx=\"%d\"/>",
            p.x + 5, p.y + HEAD + ROW - 1, p.width - 10, is_leaf ? 1 : 10);
    fprintf(d->file, "<text class=\"par\" x=\"%.0f\" y=\"%.0f\">∂</text>", p.x + 12,
            p.y + HEAD + ROW + 15);
    if (picture_open(d, seen(made, first))) {
        fprintf(d->file, "<text class=\"num none\" x=\"%.0f\" y=\"%.0f\">–</text>",
                p.x + p.width - 12, p.y + HEAD + ROW + 16);
        picture_close(d);
    }
    for (int64_t i = v->steps[d->g->from].first; i < v->r->n_events; ++i) {
        if (v->step_of[i] >= d->g->until)
            break;
        if (v->sum_of[i] < 0 || v->r->events[i].tensor != d->g->tensors[box])
            continue;
        if (last >= 0)
            put_gradient(d, c, p, last, v->step_of[i]);
        last = i;
    }
    put_gradient(d, c, p, last, d->g->until);
}

/* "s: made by add, line 4" */
static void put_about(FILE *file, const trace_view *v, int64_t tensor)
{
    const gd_recording *r = v->r;
    const gd_recorded_tensor *t = &r->tensors[tensor];
    char shape[TRACE_SHAPE];
    cli_put_text(file, v->names[tensor], 0);
    fprintf(file, ": %s%s%s", gd_dtype_name(t->dtype), t->ndim > 0 ? " " : "",
            trace_shape(t->ndim, t->shape, shape));
    if (t->node < 0)
        fprintf(file, ", a leaf");
    else {
        fputs(", made by ", file);
        cli_put_text(file, r->nodes[t->node].op_name, 0);
        if (r->nodes[t->node].file != NULL)
            fprintf(file, ", line %d", r->nodes[t->node].line);
    }
}

static void put_head(picture *d, const content *c, place p)
{
    double x = p.x + 12;
    if (c->symbol[0] != '\0') {
        fprintf(d->file, "<text class=\"sym\" x=\"%.0f\" y=\"%.0f\">%s</text>", x, p.y + 22,
                c->symbol);
        x += 17;
    }
    fprintf(d->file, "<text class=\"nm\" x=\"%.0f\" y=\"%.0f\">", x, p.y + 21);
    cli_put_text(d->file, c->name, NAME);
    fputs("</text>", d->file);
    if (c->right[0] != '\0') {
        fprintf(d->file, "<text class=\"op\" x=\"%.0f\" y=\"%.0f\">", p.x + p.width - 12, p.y + 21);
        cli_put_text(d->file, c->right, 0);
        fputs("</text>", d->file);
    }
}

static void put_box(picture *d, int box, const content *c)
{
    int64_t tensor = d->g->tensors[box];
    place p = picture_place(d, box);
    bool is_leaf = d->g->l.boxes[box].is_source;
    picture_open(d, (picture_part){"n", 'b', tensor, trace_made_at(d->g, box), -1, -1});
    fputs("<title>", d->file);
    put_about(d->file, d->g->view, tensor);
    fputs("</title>", d->file);
    fprintf(d->file,
            "<rect class=\"box\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" rx=\"%d\"/>",
            p.x, p.y, p.width, p.height, is_leaf ? 2 : 14);
    fprintf(d->file,
            "<rect class=\"read\" x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"21\" rx=\"4\"/>",
            p.x + 5, p.y + 31, p.width - 10);
    bool is_wide = d->way == TRACE_WIDE; /* else in the place of the op's name */
    fprintf(d->file, "<text class=\"verb\" x=\"%.0f\" y=\"%.0f\">%s</text>",
            p.x + p.width - (is_wide ? 4 : 12), p.y + (is_wide ? -7 : 21),
            picture_verb(d, 'b', tensor));
    put_head(d, c, p);
    put_values(d, box, c, p);
    if (c->has_slot)
        put_gradients(d, box, c, p);
    picture_close(d);
}

/* ---- pictures ---- */

static void draw(picture *d)
{
    layout *l = &((trace_graph *)d->g)->l;
    content *contents = cli_calloc((size_t)l->n_boxes + 1, sizeof *contents);
    bool is_wide = d->way == TRACE_WIDE;
    double label = picture_label_width(d) + 16;
    l->gap_along = !is_wide || label < 64 ? 64 : label < 96 ? label : 96;
    l->gap_across = is_wide ? 36 : 28;
    l->lane = is_wide ? 30 : 40;
    for (int i = 0; i < l->n_boxes; ++i) {
        contents[i] = content_of(d->g, i);
        size_box(&l->boxes[i], &contents[i], d->way);
    }
    trace_picture_begin(d, l);
    if (d->at >= 0) {
        fputs("<style>", d->file);
        trace_put_lines(d->file, trace_graph_css);
        fputs("</style>\n", d->file);
        trace_draw_arrows(d->file);
    }
    picture_lines(d);
    for (int i = 0; i < l->n_boxes; ++i)
        put_box(d, i, &contents[i]);
    picture_labels(d);
    trace_picture_end(d);
    free(contents);
}

void trace_draw(FILE *file, const trace_view *view, int64_t training, trace_way way)
{
    trace_graph g;
    trace_graph_create(&g, view, training);
    picture d = {.file = file, .g = &g, .way = way, .at = -1, .sum_sign = "+"};
    draw(&d);
    trace_graph_destroy(&g);
}

void trace_draw_step(FILE *file, const trace_view *view, int64_t step)
{
    trace_graph g;
    trace_graph_create(&g, view, trace_training_step(view, step));
    picture d = {.file = file, .g = &g, .way = TRACE_WIDE, .at = step, .sum_sign = "+"};
    d.n_marks = trace_marks(&g, step, d.marks);
    draw(&d);
    trace_graph_destroy(&g);
}

void trace_draw_arrows(FILE *file)
{
    static const struct {
        const char *id, *class;
        int size;
    } arrows[] = {{"mf", "mk-f", 9},
                  {"mb", "mk-b", 9},
                  {"mF", "mk-f", 13},
                  {"mB", "mk-b", 13},
                  {"mg", "mk-g", 8}};
    fputs("<defs>", file);
    for (size_t i = 0; i < sizeof arrows / sizeof *arrows; ++i)
        fprintf(file,
                "<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"%d\" "
                "markerHeight=\"%d\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
                "<path class=\"%s\" d=\"M0 0L8 4L0 8z\"/></marker>",
                arrows[i].id, arrows[i].size, arrows[i].size, arrows[i].class);
    fputs("</defs>\n", file);
}
