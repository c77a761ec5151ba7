#include "cli/trace/graph/picture_path.h"
#include "cli/system/memory.h"

#include <stdlib.h>

enum { BESIDE = 8, POINTS = 2 };

int picture_radius(const picture *p)
{
    return p->is_small ? 8 : 10;
}

int picture_distance(const picture *p)
{
    return p->is_small ? 14 : 18;
}

point picture_point(const picture *p, point at)
{
    return p->way == TRACE_WIDE ? at : (point){at.across, at.along, at.is_straight};
}

void picture_put_path(picture *p, const line_path *path)
{
    fputs("<path d=\"", p->file);
    for (int i = 0; i < path->n; ++i) {
        point to = path->points[i], s = picture_point(p, to);
        if (i > 0 && !to.is_straight) {
            point from = path->points[i - 1];
            double middle = (from.along + to.along) / 2;
            point a = picture_point(p, (point){middle, from.across, false}),
                  b = picture_point(p, (point){middle, to.across, false});
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

double picture_end_of(const picture *p, int box)
{
    place at = picture_place(p, box);
    return p->way == TRACE_WIDE ? at.x + at.width : at.y + at.height;
}

static double small_port(const picture *p, int box)
{
    return picture_place(p, box).y + SMALL_GRADIENT;
}

double picture_out_port(const picture *p, int number, bool is_gradient)
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

bool picture_has_sum(const picture *p, int box)
{
    return trace_givers(p->g, box) > 1;
}

/* ---- the way between ---- */

line_path picture_path_of(const picture *p, int line, bool is_gradient, point *points)
{
    const layout_line *l = &p->g->l.lines[line];
    bool has_both = p->g->uses[line].first_add >= 0 && !p->g->uses[line].is_past && !p->is_small;
    double beside = !has_both ? 0 : is_gradient ? BESIDE : -BESIDE;
    double end = picture_end_of(p, l->from);
    int n = 0;
    if (is_gradient && picture_has_sum(p, l->from))
        end += picture_distance(p) + picture_radius(p);
    points[n++] = (point){end, picture_out_port(p, l->from, is_gradient), false};
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

point *picture_new_points(const picture *p, int line)
{
    return cli_malloc((size_t)(POINTS + 2 * p->g->l.lines[line].n_lanes) * sizeof(point));
}
