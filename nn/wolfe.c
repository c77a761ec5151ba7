/* How far to go along a line (Nocedal and Wright 2006, algorithms 3.5 and 3.6): to a point where the loss has
 * become enough smaller, f(t) <= f(0) + c1 t f'(0), and the slope enough flatter, |f'(t)| <= c2 |f'(0)|.
 * First the step grows until such points are enclosed, then the bracket shrinks around one. Where to look
 * next is the minimum of a cubic through what is known, kept away from the ends, by PyTorch's rules. */
#include "nn/lbfgs.h"

#include <math.h>
#include <string.h>

static const double c1 = 1e-4, c2 = 0.9, narrowest = 1e-9;

typedef struct search {
    gd_optimizer *optimizer;
    gd_closure closure;
    void *context;
    const double *x, *d; /* [n] */
    gd__point start, trial;
    gd__point ends[2]; /* of the bracket; ends[low] has the smaller loss */
    int low, looks, most, *evaluations;
} search;

/* to = from, with the gradient in the memory that `to` has. */
static void keep(const search *s, gd__point *to, const gd__point *from)
{
    double *gradient = to->gradient;
    *to = *from;
    to->gradient =
        memcpy(gradient, from->gradient, (size_t)s->optimizer->options.lbfgs->n * sizeof *gradient);
}

static gd_status look_at(search *s, double t)
{
    gd__lbfgs *l = s->optimizer->options.lbfgs;
    double *moved = gd__lbfgs_row(l, l->work, GD__BENT);
    for (int64_t i = 0; i < l->n; ++i)
        moved[i] = s->x[i] + t * s->d[i];
    gd__lbfgs_write(s->optimizer, moved);
    s->trial.t = t;
    ++*s->evaluations;
    gd_status status = s->closure(s->context, &s->trial.loss);
    gd__lbfgs_read(s->optimizer, true, s->trial.gradient);
    s->trial.slope = gd__lbfgs_dot(l->n, s->trial.gradient, s->d);
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

/* The minimum, between low and high, of the cubic with the values and slopes of a and b; the middle where
 * it has none. */
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
    gd__lbfgs *l = s->optimizer->options.lbfgs;
    gd__point previous = {.gradient = gd__lbfgs_row(l, l->work, GD__PREVIOUS)};
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

/* A point too near an end of the bracket, twice in a row or outside it, is moved a tenth inwards. */
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
    const gd__lbfgs *l = s->optimizer->options.lbfgs;
    double longest = gd__lbfgs_largest(l->n, s->d);
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

gd_status gd__wolfe_search(gd_optimizer *optimizer, gd_closure closure, void *context,
                           const double *x, const double *d, gd__point start, double t,
                           gd__point *found, int *evaluations)
{
    gd__lbfgs *l = optimizer->options.lbfgs;
    search s = {.optimizer = optimizer,
                .closure = closure,
                .context = context,
                .x = x,
                .d = d,
                .start = start,
                .trial = {.gradient = gd__lbfgs_row(l, l->work, GD__TRIAL)},
                .ends = {{.gradient = gd__lbfgs_row(l, l->work, GD__LOW)},
                         {.gradient = gd__lbfgs_row(l, l->work, GD__HIGH)}},
                .most = l->options.max_eval - *evaluations,
                .evaluations = evaluations};
    bool there = false;
    gd_status status = enclose(&s, t, &there);
    if (status == GD_OK && !there)
        status = shrink(&s);
    if (status == GD_OK)
        keep(&s, found, &s.ends[s.low]);
    return status;
}
