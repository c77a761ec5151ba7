/* The lines of a picture, and their labels: values solid, gradients dashed and the other way,
 * beside them. */
#include "cli/system/memory.h"
#include "cli/trace/graph/picture_path.h"
#include "cli/trace/graph/row.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- labels ---- */

/* With more lines than FEW_LINES labels have no place between them, and to look for one takes long. */
enum { LABEL_HEIGHT = 16, FEW_LINES = 250 };

static bool overlap(place a, place b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
           b.y < a.y + a.height;
}

static bool is_free(const picture *p, place at)
{
    place all = {0, -14, p->width, p->height + 28};
    for (int i = 0; i < p->n_taken; ++i)
        if (overlap(at, p->taken[i]))
            return false;
    return at.x >= all.x && at.x + at.width <= all.x + all.width && at.y >= all.y &&
           at.y + at.height <= all.y + all.height;
}

/* Whether a line passes. */
static bool is_crossed(const picture *p, place at)
{
    place around = {at.x - 4, at.y - 1, at.width + 8, at.height + 2};
    for (int i = 0; i < p->n_dots; ++i)
        if (overlap(around, p->dots[i]))
            return true;
    return false;
}

static point on_curve(point a, point b, double t)
{
    double s = t * t * (3 - 2 * t), middle = 1.5 * t * (1 - t);
    return (point){a.along + (b.along - a.along) * (middle + t * t * t),
                   a.across + (b.across - a.across) * s, false};
}

/* A place for a text of this width at the path that no box, label or line is in: the first of below,
 * above, right, left, and farther below and above. */
static bool find_place(picture *p, const line_path *path, double width, place *found)
{
    static const double along[] = {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82};
    const double shifts[][2] = {{-width / 2, 5},  {-width / 2, -20}, {8, -8},
                                {-width - 8, -8}, {-width / 2, 18},  {-width / 2, -33}};
    enum { SPOTS = sizeof along / sizeof *along, SHIFTS = sizeof shifts / sizeof *shifts };
    for (int i = 1; i < path->n && p->g->l.n_lines <= FEW_LINES; ++i)
        for (int k = 0; k < SPOTS * SHIFTS; ++k) {
            point at =
                picture_point(p, on_curve(path->points[i - 1], path->points[i], along[k % SPOTS]));
            const double *shift = shifts[k / SPOTS];
            *found = (place){at.along + shift[0], at.across + shift[1], width, LABEL_HEIGHT};
            if (is_free(p, *found) && !is_crossed(p, *found)) {
                p->taken[p->n_taken++] = *found;
                return true;
            }
        }
    return false;
}

/* Dots along a path, so that labels keep away from it. */
static void leave_dots(picture *p, const line_path *path)
{
    for (int i = 1; i < path->n && p->g->l.n_lines <= FEW_LINES; ++i) {
        point a = path->points[i - 1], b = path->points[i];
        int n = 2 + (int)((fabs(a.along - b.along) + fabs(a.across - b.across)) / 6);
        p->dots = cli_realloc(p->dots, (size_t)(p->n_dots + n) * sizeof *p->dots);
        for (int k = 0; k < n; ++k) {
            point at = picture_point(p, on_curve(a, b, (k + 0.5) / n));
            p->dots[p->n_dots++] = (place){at.along - 1, at.across - 1, 2, 2};
        }
    }
}

static const char *ordinal(int64_t i, char text[24])
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    bool is_regular = i % 10 > 3 || (i % 100 >= 11 && i % 100 <= 13);
    snprintf(text, 24, "%" PRId64 "%s", i, endings[is_regular ? 0 : i % 10]);
    return text;
}

/* The label of a contribution: "1st [2.1, -0.9]", and of many elements "1st". */
typedef struct label {
    char ordinal[24];
    trace_row row;
    bool has_numbers;
    double width;
} label;

enum { LABEL = 15 }; /* characters of numbers, at most */
static const double MONO_13 = 7.9;

static label label_of(const picture *p, int64_t event, trace_field field)
{
    const trace_view *v = p->g->view;
    label l = {.row = trace_row_of(v->r, event, field)};
    int length = 2 * (l.row.n - 1);
    for (int i = 0; i < l.row.n; ++i)
        length += (int)strlen(l.row.text[i]);
    if (v->sum_of[event] >= 0 && v->sums[v->sum_of[event]].count > 1)
        ordinal(trace_place_in_sum(v, event) + 1, l.ordinal);
    l.has_numbers = l.row.kind == ROW_ALL && l.row.n > 0 && length <= LABEL;
    l.width = MONO_13 * ((l.has_numbers ? length + (l.row.n > 1 ? 2 : 0) : 0) +
                         (int)strlen(l.ordinal) + (l.ordinal[0] != '\0' && l.has_numbers));
    return l;
}

static void put_label(picture *p, const label *l, const char *class, place at)
{
    fprintf(p->file, "<text class=\"el %s\" x=\"%.0f\" y=\"%.0f\">%s%s", class, at.x + at.width / 2,
            at.y + 11, l->ordinal, l->ordinal[0] != '\0' && l->has_numbers ? " " : "");
    for (int i = 0; l->has_numbers && i < l->row.n; ++i)
        fprintf(p->file, "%s<tspan data-ref=\"%s\">%s</tspan>%s",
                i > 0          ? ", "
                : l->row.n > 1 ? "["
                               : "",
                l->row.ref[i], l->row.text[i], l->row.n > 1 && i == l->row.n - 1 ? "]" : "");
    fputs("</text>", p->file);
}

/* The first contribution along a line from the event on; -1: there is none. */
static int64_t contribution_from(const picture *p, int line, int64_t event)
{
    const trace_view *v = p->g->view;
    const graph_use *use = &p->g->uses[line];
    for (int64_t i = event; i < v->r->n_events && v->step_of[i] < p->g->until; ++i) {
        const gd_recorded_event *e = &v->r->events[i];
        if (e->kind == GD_RECORDED_ADD && e->node == use->node && e->operand == use->operand &&
            e->tensor == p->g->tensors[p->g->l.lines[line].from])
            return i;
    }
    return -1;
}

/* Of the widest label that a line has, with its numbers or without. */
static double width_on(const picture *p, int line, bool with_numbers)
{
    double widest = 0;
    for (int64_t i = p->g->uses[line].first_add; i >= 0; i = contribution_from(p, line, i + 1)) {
        label l = label_of(p, i, TRACE_GIVES);
        double width = with_numbers ? l.width : MONO_13 * (double)strlen(l.ordinal);
        widest = width > widest ? width : widest;
    }
    return widest;
}

double picture_label_width(const picture *p)
{
    double widest = 0;
    for (int i = 0; i < p->g->l.n_lines; ++i) {
        int64_t first = p->g->uses[i].first_add;
        double width = first >= 0 ? width_on(p, i, true) : 0;
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* ---- lines ---- */

/* The step at which the backward begins in which the event happens. */
static int64_t backward_of(const picture *p, int64_t event)
{
    while (event > 0 && p->g->view->r->events[event].kind != GD_RECORDED_BACKWARD)
        --event;
    return p->g->view->step_of[event];
}

static int64_t made_at(const picture *p, int line)
{
    int64_t step = p->g->view->step_of[p->g->view->r->nodes[p->g->uses[line].node].event];
    return step > p->g->from ? step : p->g->from;
}

static picture_part value_part(const picture *p, int line)
{
    return (picture_part){"e f", 'f', line, made_at(p, line), -1, -1};
}

static picture_part gradient_part(const picture *p, int line)
{
    int64_t first = p->g->uses[line].first_add;
    return (picture_part){"e b",      'g', line, p->g->view->step_of[first], backward_of(p, first),
                          p->g->until};
}

void picture_lines(picture *p)
{
    for (int i = 0; i < p->g->l.n_lines; ++i) {
        point *points = picture_new_points(p, i);
        line_path path;
        if (!p->g->uses[i].is_past && !p->is_small && picture_open(p, value_part(p, i))) {
            path = picture_path_of(p, i, false, points);
            picture_put_path(p, &path);
            leave_dots(p, &path);
            picture_close(p);
        }
        if (p->g->uses[i].first_add >= 0 && picture_open(p, gradient_part(p, i))) {
            path = picture_path_of(p, i, true, points);
            picture_put_path(p, &path);
            leave_dots(p, &path);
            picture_close(p);
        }
        free(points);
    }
}

/* The circle in which contributions meet. */
static void put_sum(picture *p, int box)
{
    int64_t first = trace_gradient_at(p->g, box), event = -1;
    for (int i = 0; i < p->g->l.n_lines; ++i)
        if (p->g->l.lines[i].from == box && p->g->uses[i].first_add > event)
            event = p->g->uses[i].first_add;
    double edge = picture_end_of(p, box), across = picture_out_port(p, box, true);
    point centre = picture_point(p, (point){edge + picture_distance(p), across, false});
    if (!picture_open(p, (picture_part){"plus", 'p', p->g->tensors[box], first,
                                        backward_of(p, event), p->g->until}))
        return;
    point points[] = {{edge + picture_distance(p) - picture_radius(p), across, false},
                      {edge, across, true}};
    picture_put_path(p, &(line_path){points, 2});
    fprintf(p->file,
            "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"%d\"/><text x=\"%.0f\" y=\"%.1f\">%s</text>",
            centre.along, centre.across, picture_radius(p), centre.along, centre.across + 5.5,
            p->sum_sign);
    picture_close(p);
    int r = picture_radius(p);
    p->taken[p->n_taken++] = (place){centre.along - r, centre.across - r, 2 * r, 2 * r};
}

static void label_gradient(picture *p, int line, point *points)
{
    const trace_view *v = p->g->view;
    line_path path = picture_path_of(p, line, true, points);
    double width = width_on(p, line, true);
    place at;
    bool has_numbers = width > 0 && find_place(p, &path, width, &at);
    width = has_numbers ? width : width_on(p, line, false);
    if (!has_numbers && (width == 0 || !find_place(p, &path, width, &at)))
        return;
    for (int64_t i = p->g->uses[line].first_add, next; i >= 0; i = next) { /* one after another */
        label l = label_of(p, i, TRACE_GIVES);
        l.has_numbers &= has_numbers;
        next = contribution_from(p, line, i + 1);
        picture_part part = gradient_part(p, line);
        part.class = "";
        part.done = -1;
        part.from = v->step_of[i];
        part.until = next >= 0 ? v->step_of[next] : p->g->until;
        if (picture_open(p, part)) {
            put_label(p, &l, "b", at);
            picture_close(p);
        }
    }
}

/* What is read, shown while it is. */
static void label_value(picture *p, int line, point *points)
{
    const trace_view *v = p->g->view;
    int64_t tensor = p->g->tensors[p->g->l.lines[line].from], made = made_at(p, line);
    label l = label_of(p, trace_value_at(v, tensor, made), TRACE_VALUES);
    line_path path = picture_path_of(p, line, false, points);
    place at;
    l.ordinal[0] = '\0';
    if (!l.has_numbers || !find_place(p, &path, l.width, &at))
        return;
    if (picture_open(p, (picture_part){"", 'f', line, -1, made, made + 1})) {
        put_label(p, &l, "f", at);
        picture_close(p);
    }
}

void picture_labels(picture *p)
{
    for (int i = 0; i < p->g->l.n_boxes; ++i)
        if (picture_has_sum(p, i))
            put_sum(p, i);
    for (int i = 0; i < p->g->l.n_lines && !p->is_small; ++i) {
        point *points = picture_new_points(p, i);
        if (p->g->uses[i].first_add >= 0)
            label_gradient(p, i, points);
        free(points);
    }
    int stay = p->n_taken; /* labels of values are seen with those of the same op alone */
    for (int i = 0; i < p->g->l.n_lines && !p->is_small; ++i) {
        point *points = picture_new_points(p, i);
        if (i > 0 && p->g->uses[i].node != p->g->uses[i - 1].node)
            p->n_taken = stay;
        if (!p->g->uses[i].is_past)
            label_value(p, i, points);
        free(points);
    }
}
