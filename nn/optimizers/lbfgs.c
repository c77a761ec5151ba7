/* L-BFGS (Liu and Nocedal 1989; Nocedal and Wright 2006, algorithm 7.4): Newton's direction from
 * what the gradient has done over the last steps, without a Hessian.
 *
 * Each step keeps s = x' - x and y = g' - g; together they say how the gradient bends along s. The
 * two loops of find_direction apply the inverse Hessian that they amount to. All in double,
 * whatever the dtype. What is kept and when it stops is as in PyTorch's LBFGS with
 * line_search_fn="strong_wolfe". */
#include "nn/optimizers/line_search.h"

#include <limits.h>
#include <math.h>
#include <string.h>

static double sum_of_absolutes(int64_t n, const double *a)
{
    double sum = 0;
    for (int64_t i = 0; i < n; ++i)
        sum += fabs(a[i]);
    return sum;
}

/* ---- what is remembered: gd_optimizer.state ---- */

enum { MEMORY, COUNTS, NUMBERS, WORK, WEIGHTS }; /* the first three are in checkpoints */

/* Rows of MEMORY [HISTORY + 2 history_size,n]: the last direction, the gradient before it, and for
 * each step that is kept s and y. */
enum { DIRECTION, GRADIENT, HISTORY };

enum { STEPS, KEPT, OLDEST, ALL_COUNTS }; /* int64: steps so far; the ring of those kept */
enum { LENGTH, SCALE, ALL_NUMBERS };      /* of the last step; the first inverse Hessian */
enum { START, NOW, BENT, LINE, WORKS = LINE + GD__LINE_WORK }; /* rows of WORK */

static int64_t *counts(const gd_optimizer *o)
{
    return o->state[COUNTS]->data;
}

static double *numbers(const gd_optimizer *o)
{
    return o->state[NUMBERS]->data;
}

static double *row(const gd_optimizer *o, int tensor, int64_t i)
{
    return (double *)o->state[tensor]->data + i * o->state[tensor]->shape[1];
}

/* s (which 0) or y (1) of step k of those kept, 0 being the oldest. They form a ring. */
static double *kept(const gd_optimizer *o, int64_t k, int which)
{
    int64_t place = (counts(o)[OLDEST] + k) % o->options.lbfgs.history_size;
    return row(o, MEMORY, HISTORY + 2 * place + which);
}

/* A checkpoint may hold anything. */
static bool is_sound(const gd_optimizer *o)
{
    const int64_t *n = counts(o), most = o->options.lbfgs.history_size;
    return n[STEPS] >= 0 && n[KEPT] >= 0 && n[KEPT] <= most && n[OLDEST] >= 0 && n[OLDEST] < most;
}

/* Keeps the step that has led here, unless the gradient has not grown along it: nothing is to be
 * learnt of such a bend. g is the gradient here. */
static void learn(const gd_optimizer *o, int64_t n, const double *g)
{
    const double *d = row(o, MEMORY, DIRECTION), *before = row(o, MEMORY, GRADIENT);
    double *bend = row(o, WORK, BENT), length = numbers(o)[LENGTH];
    for (int64_t i = 0; i < n; ++i)
        bend[i] = g[i] - before[i];
    double growth = gd__dot(n, bend, d) * length;
    if (!(growth > 1e-10))
        return;
    int64_t most = o->options.lbfgs.history_size;
    if (counts(o)[KEPT] < most)
        ++counts(o)[KEPT];
    else
        counts(o)[OLDEST] = (counts(o)[OLDEST] + 1) % most;
    double *s = kept(o, counts(o)[KEPT] - 1, 0);
    for (int64_t i = 0; i < n; ++i)
        s[i] = length * d[i];
    memcpy(kept(o, counts(o)[KEPT] - 1, 1), bend, (size_t)n * sizeof *bend);
    numbers(o)[SCALE] = growth / gd__dot(n, bend, bend);
}

/* d = -H g, H being the inverse Hessian that the kept steps make of a multiple of the identity. */
static void find_direction(const gd_optimizer *o, int64_t n, const double *g)
{
    double *d = row(o, MEMORY, DIRECTION), *weight = o->state[WEIGHTS]->data;
    int64_t steps = counts(o)[KEPT];
    for (int64_t i = 0; i < n; ++i)
        d[i] = -g[i];
    for (int64_t k = steps - 1; k >= 0; --k) {
        const double *s = kept(o, k, 0), *y = kept(o, k, 1);
        weight[k] = gd__dot(n, s, d) / gd__dot(n, s, y);
        for (int64_t i = 0; i < n; ++i)
            d[i] -= weight[k] * y[i];
    }
    for (int64_t i = 0; i < n; ++i)
        d[i] *= numbers(o)[SCALE];
    for (int64_t k = 0; k < steps; ++k) {
        const double *s = kept(o, k, 0), *y = kept(o, k, 1);
        double back = gd__dot(n, y, d) / gd__dot(n, s, y);
        for (int64_t i = 0; i < n; ++i)
            d[i] += s[i] * (weight[k] - back);
    }
}

/* ---- steps ---- */

/* One step along the next direction, from *now, where the parameters are, to the new *now. */
static gd_status step(gd__line *line, gd__point *now, bool *done)
{
    gd_optimizer *o = line->optimizer;
    double tolerance_change = o->options.lbfgs.tolerance_change.value;
    double *x = line->x, *d = line->d, *g = now->gradient;
    double before = now->loss, t = o->learning_rate;
    bool first = counts(o)[STEPS]++ == 0;
    if (!first)
        learn(o, line->n, g);
    find_direction(o, line->n, g);
    memcpy(row(o, MEMORY, GRADIENT), g, (size_t)line->n * sizeof *g);
    if (first)
        t *= fmin(1, 1 / sum_of_absolutes(line->n, g));
    numbers(o)[LENGTH] = t;
    now->t = 0;
    now->slope = gd__dot(line->n, g, d);
    *done = now->slope > -tolerance_change;
    if (*done)
        return GD_OK;
    gd__read_vector(o, false, x);
    gd__point found = {.gradient = g};
    gd_status status = gd__line_search(line, now, t, &found);
    if (status != GD_OK) {
        gd__write_vector(o, x);
        return status;
    }
    *now = found;
    numbers(o)[LENGTH] = found.t;
    for (int64_t i = 0; i < line->n; ++i)
        x[i] += found.t * d[i];
    gd__write_vector(o, x);
    *done = line->evaluations >= line->max_eval ||
            gd__largest(line->n, g) <= o->options.lbfgs.tolerance_grad.value ||
            gd__largest(line->n, d) * fabs(found.t) <= tolerance_change ||
            fabs(found.loss - before) < tolerance_change;
    return GD_OK;
}

gd_status gd_lbfgs_step(gd_optimizer *optimizer, gd_closure closure, void *context)
{
    if (optimizer == NULL || optimizer->update != NULL || closure == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "lbfgs_step: an lbfgs and a closure are needed");
    if (!is_sound(optimizer))
        return gd_fail(GD_ERROR_STATE, "lbfgs_step: the state that was loaded is not one of lbfgs");
    const gd_lbfgs_options *o = &optimizer->options.lbfgs;
    gd__line line = {.optimizer = optimizer,
                     .closure = closure,
                     .context = context,
                     .n = optimizer->state[MEMORY]->shape[1],
                     .x = row(optimizer, WORK, START),
                     .d = row(optimizer, MEMORY, DIRECTION),
                     .work = row(optimizer, WORK, LINE),
                     .evaluations = 1,
                     .max_eval = o->max_eval};
    gd__point now = {.gradient = row(optimizer, WORK, NOW)};
    gd_status status = closure(context, &now.loss);
    if (status != GD_OK)
        return status;
    gd__read_vector(optimizer, true, now.gradient);
    if (!isfinite(now.loss) || !isfinite(sum_of_absolutes(line.n, now.gradient)))
        return gd_fail(GD_ERROR_VALUE, "lbfgs_step: the loss %g or its gradient is not finite",
                       now.loss);
    bool done = gd__largest(line.n, now.gradient) <= o->tolerance_grad.value;
    for (int k = 0; k < o->max_iter && !done && status == GD_OK; ++k)
        status = step(&line, &now, &done);
    return status;
}

static bool complete(gd_lbfgs_options *o)
{
    const double any = (double)INFINITY;
    o->max_iter = o->max_iter == 0 ? 20 : o->max_iter;
    o->max_eval = o->max_eval == 0 ? (int)fmin(o->max_iter * 1.25, INT_MAX) : o->max_eval;
    o->history_size = o->history_size == 0 ? 100 : o->history_size;
    return gd__complete_option("lbfgs", "learning_rate", &o->learning_rate, 1, 0, any) &&
           gd__check_option("lbfgs", "max_iter", o->max_iter, 1, any) &&
           gd__check_option("lbfgs", "max_eval", o->max_eval, 1, any) &&
           gd__check_option("lbfgs", "history_size", o->history_size, 1, any) &&
           gd__complete_option("lbfgs", "tolerance_grad", &o->tolerance_grad, 1e-7, 0, any) &&
           gd__complete_option("lbfgs", "tolerance_change", &o->tolerance_change, 1e-9, 0, any);
}

/* n: elements of all parameters. */
static bool make_state(gd_optimizer *o, int64_t n)
{
    int64_t history = o->options.lbfgs.history_size;
    o->state[MEMORY] = gd_tensor_create(GD_F64, GD_DIMS(HISTORY + 2 * history, n));
    o->state[COUNTS] = gd_tensor_create(GD_I64, GD_DIMS(ALL_COUNTS));
    o->state[NUMBERS] = gd_tensor_create_ones(GD_F64, GD_DIMS(ALL_NUMBERS));
    o->state[WORK] = gd_tensor_create(GD_F64, GD_DIMS(WORKS, n));
    o->state[WEIGHTS] = gd_tensor_create(GD_F64, GD_DIMS(history));
    for (int k = 0; k < GD__STATES; ++k)
        if (o->state[k] == NULL)
            return false;
    return true;
}

gd_optimizer *gd_lbfgs_create(gd_parameters *parameters, const gd_lbfgs_options *options)
{
    gd_lbfgs_options o = options != NULL ? *options : (gd_lbfgs_options){.max_iter = 0};
    if (!complete(&o))
        return NULL;
    const gd_optimizer template = {.name = "lbfgs",
                                   .learning_rate = o.learning_rate.value,
                                   .options.lbfgs = o,
                                   .state_name = {"memory", "counts", "numbers"}};
    gd_optimizer *lbfgs = gd__optimizer_create(&template, parameters, 0);
    int64_t n = 0;
    for (int i = 0; lbfgs != NULL && i < lbfgs->count; ++i)
        n += gd_tensor_numel(lbfgs->slots[i].parameter);
    if (lbfgs == NULL || make_state(lbfgs, n))
        return lbfgs;
    gd_optimizer_destroy(lbfgs);
    return NULL;
}
