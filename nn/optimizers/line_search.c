/* How far to go along a line (Nocedal and Wright 2006, algorithms 3.5 and 3.6): to a point where
 * the loss has become enough smaller, f(t) <= f(0) + c1 t f'(0), and the slope enough flatter,
 * |f'(t)| <= c2 |f'(0)|. First the step grows until such points are enclosed, then the bracket
 * shrinks around one. Where to look next is the minimum of a cubic through what is known, kept
 * away from the ends, by PyTorch's rules. */
#include "nn/optimizers/line_search.h"

#include <math.h>
#include <string.h>

void gd__read_vector(const gd_optimizer *optimizer, bool gradients, double *to)
{
    for (int i = 0; i < optimizer->count; ++i) {
        const gd_tensor *x = optimizer->slots[i].parameter, *from = gradients ? x->grad : x;
        int64_t numel = gd_tensor_numel(x);
        if (from != NULL)
            gd__kernels_for(x->dtype)->load(numel, to, from->data, 1);
        else
            memset(to, 0, (size_t)numel * sizeof *to);
        to += numel;
    }
}

void gd__write_vector(gd_optimizer *optimizer, const double *from)
{
    for (int i = 0; i < optimizer->count; ++i) {
        gd_tensor *x = optimizer->slots[i].parameter;
        gd__kernels_for(x->dtype)->store(gd_tensor_numel(x), x->data, from);
        gd_tensor_modified(x);
        from += gd_tensor_numel(x);
    }
}

double gd__dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}

double gd__largest(int64_t n, const double *a)
{
    double most = 0;
    for (int64_t i = 0; i < n; ++i)
        most = fabs(a[i]) > most ? fabs(a[i]) : most;
    return most;
}

static const double c1 = 1e-4, c2 = 0.9, narrowest = 1e-9;

enum { MOVED, TRIAL, PREVIOUS, ENDS }; /* rows of gd__line.work; the ends of the bracket are two */

typedef struct search {
    gd__line *line;
    gd__point start, trial;
    gd__point ends[2]; /* of the bracket; ends[low] has the smaller loss */
    int low, looks, most;
} search;

static double *work(const gd__line *line, int row)
{
    return line->work + row * line->n;
}

/* to = from, with the gradient in the memory that `to` has. */
static void keep(const search *s, gd__point *to, const gd__point *from)
{
    double *gradient = to->gradient;
    *to = *from;
    to->gradient = memcpy(gradient, from->gradient, (size_t)s->line->n * sizeof *gradient);
}

static gd_status look_at(search *s, double t)
{
    gd__line *line = s->line;
    double *moved = work(line, MOVED);
    for (int64_t i = 0; i < line->n; ++i)
        moved[i] = line->x[i] + t * line->d[i];
    gd__write_vector(line->optimizer, moved);
    s->trial.t = t;
    ++line->evaluations;
    gd_status status = line->closure(line->context, &s->trial.loss);
    gd__read_vector(line->optimizer, true, s->trial.gradient);
    s->trial.slope = gd__dot(line->n, s->trial.gradient, line->d);
    if (!isfinite(s->trial.loss) || !isfinite(s->trial.slope))
        s->trial.loss = (double)INFINITY; /* too far: the bracket ends before this */
    return status;
}

/* Whether the trial's loss is still above the line that c1 asks for. */
static bool is_too_high(const search *s)
{
    return s->trial.loss > s->start.loss + c1 * s->trial.t * s->start.slope;
}

static bool is_flat(const search *s)
{
    return fabs(s->trial.slope) <= -c2 * s->start.slope;
}

/* The minimum, between low and high, of the cubic with the values and slopes of a and b; the
 * middle where it has none. */
static double cubic_minimum(const gd__point *a, const gd__point *b, double low, double high)
{
    const gd__point *left = a->t <= b->t ? a : b, *right = a->t <= b->t ? b : a;
    double d1 = a->slope + b->slope - 3 * (a->loss - b->loss) / (a->t - b->t);
    double square = d1 * d1 - a->slope * b->slope;
    if (!(square >= 0))
        return (low + high) / 2;
    double d2 = sqrt(square);
    double t = right->t - (right->t - left->t) *
                              ((right->slope + d2 - d1) / (right->slope - left->slope + 2 * d2));
    return fmin(fmax(t, low), high);
}

/* Grows the step until the bracket holds a point to find, or the trial is one: *found. */
static gd_status enclose(search *s, double t, bool *found)
{
    gd__point previous = {.gradient = work(s->line, PREVIOUS)};
    keep(s, &previous, &s->start);
    gd_status status = look_at(s, t);
    for (; status == GD_OK && s->looks < s->most; ++s->looks) {
        bool past = is_too_high(s) || (s->looks > 1 && s->trial.loss >= previous.loss);
        *found = !past && is_flat(s);
        if (past || *found || s->trial.slope >= 0)
            break;
        double next = s->trial.t, least = next + 0.01 * (next - previous.t);
        next = cubic_minimum(&previous, &s->trial, least, 10 * next);
        keep(s, &previous, &s->trial);
        status = look_at(s, next);
    }
    keep(s, &s->ends[0], s->looks < s->most ? &previous : &s->start);
    keep(s, &s->ends[1], &s->trial);
    s->low = *found || s->ends[1].loss < s->ends[0].loss;
    return status;
}

/* Moves a point a tenth inwards if it is outside the bracket, or near an end once more. */
static double keep_inside(double t, double least, double most, bool *was_near)
{
    double margin = 0.1 * (most - least);
    bool near = fmin(most - t, t - least) < margin;
    bool move = near && (*was_near || t >= most || t <= least);
    if (move)
        t = fabs(t - most) < fabs(t - least) ? most - margin : least + margin;
    *was_near = near && !move;
    return t;
}

/* Replaces an end of the bracket by a point inside it, until that point is one to find. */
static gd_status shrink(search *s)
{
    double longest = gd__largest(s->line->n, s->line->d);
    bool was_near = false, found = false;
    for (; !found && s->looks < s->most; ++s->looks) {
        const gd__point *a = &s->ends[0], *b = &s->ends[1];
        double least = fmin(a->t, b->t), most = fmax(a->t, b->t);
        if ((most - least) * longest < narrowest)
            break;
        double t = keep_inside(cubic_minimum(a, b, least, most), least, most, &was_near);
        gd_status status = look_at(s, t);
        if (status != GD_OK)
            return status;
        gd__point *low = &s->ends[s->low], *high = &s->ends[!s->low];
        if (is_too_high(s) || s->trial.loss >= low->loss) {
            keep(s, high, &s->trial);
            s->low = s->ends[0].loss <= s->ends[1].loss ? 0 : 1;
            continue;
        }
        found = is_flat(s);
        if (!found && s->trial.slope * (high->t - low->t) >= 0)
            keep(s, high, low);
        keep(s, low, &s->trial);
    }
    return GD_OK;
}

gd_status gd__line_search(gd__line *line, const gd__point *start, double t, gd__point *found)
{
    search s = {.line = line,
                .start = *start,
                .trial = {.gradient = work(line, TRIAL)},
                .ends = {{.gradient = work(line, ENDS)}, {.gradient = work(line, ENDS + 1)}},
                .most = line->max_eval - line->evaluations};
    bool there = false;
    gd_status status = enclose(&s, t, &there);
    if (status == GD_OK && !there)
        status = shrink(&s);
    if (status == GD_OK)
        keep(&s, found, &s.ends[s.low]);
    return status;
}
