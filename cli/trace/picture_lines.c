/* The lines of a picture: values solid, gradients dashed and the other way, beside them. */
#include "cli/system/memory.h"
#include "cli/trace/picture.h"
#include "cli/trace/row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BESIDE = 8, POINTS = 2 };

/* The circle where contributions meet: its radius, and its distance from the box. */
static int radius(const picture *p)
{
    return p->is_small ? 8 : 10;
}

static int distance(const picture *p)
{
    return p->is_small ? 14 : 18;
}

/* Along and across, as in a layout. */
typedef struct point {
    double along, across;
    bool is_straight; /* the way here from the point before */
} point;

typedef struct line_path {
    point *points;
    int n;
} line_path;

static point svg_point(const picture *p, point at)
{
    return p->way == TRACE_WIDE ? at : (point){at.across, at.along, at.is_straight};
}

/* A curve that begins and ends in the direction of the layers. */
static void put_path(picture *p, const line_path *path)
{
    fputs("<path d=\"", p->file);
    for (int i = 0; i < path->n; ++i) {
        point to = path->points[i], s = svg_point(p, to);
        if (i > 0 && !to.is_straight) {
            point from = path->points[i - 1];
            double middle = (from.along + to.along) / 2;
            point a = svg_point(p, (point){middle, from.across, false}),
                  b = svg_point(p, (point){middle, to.across, false});
            fprintf(p->file, "C%.0f %.0f %.0f %.0f ", a.along, a.across, b.along, b.across);
        } else
            fputc(i == 0 ? 'M' : 'L', p->file);
        fprintf(p->file, "%.0f %.0f", s.along, s.across);
    }
    fputs("\"/>", p->file);
}

/* ---- where a line leaves a box and arrives ---- */

/* Where a box begins and ends along. */
static double begin_of(const picture *p, int box)
{
    place at = picture_place(p, box);
    return p->way == TRACE_WIDE ? at.x : at.y;
}

static double end_of(const picture *p, int box)
{
    place at = picture_place(p, box);
    return p->way == TRACE_WIDE ? at.x + at.width : at.y + at.height;
}

static double small_port(const picture *p, int box)
{
    place at = picture_place(p, box);
    return p->way == TRACE_WIDE ? at.y + at.height / 2 : at.x + at.width / 2;
}

static double out_port(const picture *p, int number, bool is_gradient)
{
    const layout_box *box = &p->g->l.boxes[number];
    if (p->is_small)
        return small_port(p, number);
    if (p->way == TRACE_WIDE)
        return box->at_across + (is_gradient ? PICTURE_GRADIENT : PICTURE_VALUE);
    return box->at_across + box->across * (is_gradient ? 0.72 : 0.3);
}

/* Where the line comes from, to sort by. */
static double comes_from(const picture *p, int line)
{
    const layout_line *l = &p->g->l.lines[line];
    const layout_box *from = &p->g->l.boxes[l->from];
    return l->n_lanes > 0 ? l->lanes[l->n_lanes - 1].across : from->at_across + from->across / 2;
}

/* The lines that arrive at a box share its side. */
static double in_port(const picture *p, int line, bool is_gradient)
{
    int to = p->g->l.lines[line].to, rank = 0, count = 0;
    const layout_box *box = &p->g->l.boxes[to];
    if (p->is_small)
        return small_port(p, to);
    for (int i = 0; i < p->g->l.n_lines; ++i) {
        bool shares = p->g->l.lines[i].to == to &&
                      (is_gradient ? p->g->uses[i].first_add >= 0 : !p->g->uses[i].is_past);
        double apart = comes_from(p, i) - comes_from(p, line);
        count += shares;
        rank += shares && (apart < 0 || (apart == 0 && i < line));
    }
    double low, high;
    if (p->way == TRACE_WIDE) {
        low = is_gradient ? PICTURE_GRADIENT - 8 : 16;
        high = is_gradient ? PICTURE_GRADIENT + 8 : 46;
        if (count == 1)
            low = high = is_gradient ? PICTURE_GRADIENT : PICTURE_VALUE;
    } else {
        low = box->across * (is_gradient ? 0.6 : 0.12);
        high = box->across * (is_gradient ? 0.88 : 0.46);
        if (count == 1)
            low = high = box->across * (is_gradient ? 0.72 : 0.3);
    }
    return box->at_across + low + (count > 1 ? (high - low) * rank / (count - 1) : 0);
}

static bool has_sum(const picture *p, int box)
{
    return trace_givers(p->g, box) > 1;
}

/* points: room for POINTS + 2 per lane. */
static line_path path_of(const picture *p, int line, bool is_gradient, point *points)
{
    const layout_line *l = &p->g->l.lines[line];
    bool has_both = p->g->uses[line].first_add >= 0 && !p->g->uses[line].is_past && !p->is_small;
    double beside = !has_both ? 0 : is_gradient ? BESIDE : -BESIDE;
    double end = end_of(p, l->from);
    int n = 0;
    if (is_gradient && has_sum(p, l->from))
        end += distance(p) + radius(p);
    points[n++] = (point){end, out_port(p, l->from, is_gradient), false};
    for (int i = 0; i < l->n_lanes; ++i) {
        points[n++] = (point){l->lanes[i].begin, l->lanes[i].across + beside, false};
        points[n++] = (point){l->lanes[i].end, l->lanes[i].across + beside, true};
    }
    points[n++] = (point){begin_of(p, l->to), in_port(p, line, is_gradient), false};
    for (int i = 0; is_gradient && i < n / 2; ++i) { /* the other way */
        point other = points[i];
        points[i] = points[n - 1 - i];
        points[n - 1 - i] = other;
    }
    for (int i = 1; is_gradient && i < n; ++i)
        points[i].is_straight = i % 2 == 0 && i < n - 1;
    return (line_path){points, n};
}

static point *new_points(const picture *p, int line)
{
    return cli_malloc((size_t)(POINTS + 2 * p->g->l.lines[line].n_lanes) * sizeof(point));
}

/* ---- labels ---- */

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

/* How many of the dots that lines leave are covered. */
static int covered(const picture *p, place at)
{
    int count = 0;
    place around = {at.x - 4, at.y - 1, at.width + 8, at.height + 2};
    for (int i = 0; i < p->n_dots; ++i)
        count += overlap(around, p->dots[i]);
    return count;
}

static point on_curve(point a, point b, double t)
{
    double s = t * t * (3 - 2 * t), middle = 1.5 * t * (1 - t);
    return (point){a.along + (b.along - a.along) * (middle + t * t * t),
                   a.across + (b.across - a.across) * s, false};
}

/* The best place for a text of this width at the path: where it covers least of the lines; of such
 * places, the first of below, above, right, left, and farther below and above. */
static bool find_place(picture *p, const line_path *path, double width, place *found)
{
    static const double along[] = {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82};
    const double shifts[][2] = {{-width / 2, 5},  {-width / 2, -20}, {8, -8},
                                {-width - 8, -8}, {-width / 2, 18},  {-width / 2, -33}};
    enum { SPOTS = sizeof along / sizeof *along, SHIFTS = sizeof shifts / sizeof *shifts };
    int fewest = -1;
    for (int i = 1; i < path->n; ++i)
        for (int k = 0; k < SPOTS * SHIFTS && fewest != 0; ++k) {
            point at =
                svg_point(p, on_curve(path->points[i - 1], path->points[i], along[k % SPOTS]));
            const double *shift = shifts[k / SPOTS];
            place here = {at.along + shift[0], at.across + shift[1], width, 15};
            int count = is_free(p, here) ? covered(p, here) : -1;
            if (count >= 0 && (fewest < 0 || count < fewest)) {
                fewest = count;
                *found = here;
            }
        }
    if (fewest >= 0)
        p->taken[p->n_taken++] = *found;
    return fewest >= 0;
}

/* Dots along a path, so that labels keep away from it. */
static void leave_dots(picture *p, const line_path *path)
{
    enum { DOTS = 24 };
    for (int i = 1; i < path->n; ++i) {
        p->dots = cli_realloc(p->dots, (size_t)(p->n_dots + DOTS) * sizeof *p->dots);
        for (int k = 0; k < DOTS; ++k) {
            point at =
                svg_point(p, on_curve(path->points[i - 1], path->points[i], (k + 0.5) / DOTS));
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
    l.width = 7.3 * ((l.has_numbers ? length + (l.row.n > 1 ? 2 : 0) : 0) + (int)strlen(l.ordinal) +
                     (l.ordinal[0] != '\0' && l.has_numbers));
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

double picture_label_width(const picture *p)
{
    double widest = 0;
    for (int i = 0; i < p->g->l.n_lines; ++i) {
        int64_t first = p->g->uses[i].first_add;
        double width = first >= 0 ? label_of(p, first, TRACE_GIVES).width : 0;
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
        point *points = new_points(p, i);
        line_path path;
        if (!p->g->uses[i].is_past && !p->is_small && picture_open(p, value_part(p, i))) {
            path = path_of(p, i, false, points);
            put_path(p, &path);
            leave_dots(p, &path);
            picture_close(p);
        }
        if (p->g->uses[i].first_add >= 0 && picture_open(p, gradient_part(p, i))) {
            path = path_of(p, i, true, points);
            put_path(p, &path);
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
    double edge = end_of(p, box), across = out_port(p, box, true);
    point centre = svg_point(p, (point){edge + distance(p), across, false});
    if (!picture_open(p, (picture_part){"plus", 'p', p->g->tensors[box], first,
                                        backward_of(p, event), p->g->until}))
        return;
    point points[] = {{edge + distance(p) - radius(p), across, false}, {edge, across, true}};
    put_path(p, &(line_path){points, 2});
    fprintf(p->file,
            "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"%d\"/><text x=\"%.0f\" y=\"%.1f\">%s</text>",
            centre.along, centre.across, radius(p), centre.along, centre.across + 5.5, p->sum_sign);
    picture_close(p);
    int r = radius(p);
    p->taken[p->n_taken++] = (place){centre.along - r, centre.across - r, 2 * r, 2 * r};
}

static void label_gradient(picture *p, int line, point *points)
{
    const trace_view *v = p->g->view;
    line_path path = path_of(p, line, true, points);
    label first = label_of(p, p->g->uses[line].first_add, TRACE_GIVES);
    place at;
    if (first.width == 0 || !find_place(p, &path, first.width, &at))
        return;
    for (int64_t i = p->g->uses[line].first_add; i < v->r->n_events; ++i) {
        if (v->step_of[i] >= p->g->until)
            break;
        const gd_recorded_event *e = &v->r->events[i];
        if (e->kind != GD_RECORDED_ADD || trace_line_of(p->g, e) != line)
            continue;
        label l = label_of(p, i, TRACE_GIVES);
        picture_part part = gradient_part(p, line);
        part.class = "";
        part.done = -1;
        part.from = v->step_of[i];
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
    line_path path = path_of(p, line, false, points);
    place at;
    l.ordinal[0] = '\0';
    if (!l.has_numbers || !find_place(p, &path, l.width, &at))
        return;
    --p->n_taken; /* free again for labels that stay */
    if (picture_open(p, (picture_part){"", 'f', line, -1, made, made + 1})) {
        put_label(p, &l, "f", at);
        picture_close(p);
    }
}

void picture_labels(picture *p)
{
    for (int i = 0; i < p->g->l.n_boxes; ++i)
        if (has_sum(p, i))
            put_sum(p, i);
    for (int pass = 0; pass < 2 && !p->is_small; ++pass)
        for (int i = 0; i < p->g->l.n_lines; ++i) {
            point *points = new_points(p, i);
            if (pass == 0 && p->g->uses[i].first_add >= 0)
                label_gradient(p, i, points);
            if (pass == 1 && !p->g->uses[i].is_past)
                label_value(p, i, points);
            free(points);
        }
}
