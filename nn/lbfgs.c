/* L-BFGS (Liu and Nocedal 1989; Nocedal and Wright 2006, algorithm 7.4): Newton's direction from what the
 * gradient has done over the last steps, without a Hessian.
 *
 * Each step keeps s = x' - x and y = g' - g; together they say how the gradient bends along s. The two loops
 * of find_direction apply the inverse Hessian that they amount to. All in double, whatever the dtype. What
 * is kept and when it stops is as in PyTorch's LBFGS with line_search_fn="strong_wolfe". */
#include "nn/lbfgs.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* ---- all parameters as one vector ---- */

void gd__lbfgs_read(const gd_optimizer *optimizer, bool gradients, double *to)
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

void gd__lbfgs_write(gd_optimizer *optimizer, const double *from)
{
    for (int i = 0; i < optimizer->count; ++i) {
        gd_tensor *x = optimizer->slots[i].parameter;
        gd__kernels_for(x->dtype)->store(gd_tensor_numel(x), x->data, from);
        gd_tensor_modified(x);
        from += gd_tensor_numel(x);
    }
}

double gd__lbfgs_dot(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}

double gd__lbfgs_largest(int64_t n, const double *a)
{
    double most = 0;
    for (int64_t i = 0; i < n; ++i)
        most = fabs(a[i]) > most ? fabs(a[i]) : most;
    return most;
}

static double sum_of_absolutes(int64_t n, const double *a)
{
    double sum = 0;
    for (int64_t i = 0; i < n; ++i)
        sum += fabs(a[i]);
    return sum;
}

/* ---- what is remembered ---- */

enum { DIRECTION, GRADIENT, HISTORY }; /* rows of memory */

static int64_t *counts(const gd__lbfgs *l)
{
    return l->counts->data;
}

static double *numbers(const gd__lbfgs *l)
{
    return l->numbers->data;
}

/* Step k of those kept, 0 being the oldest, in a ring; and the gradient's change along it. */
static int64_t place(const gd__lbfgs *l, int64_t k)
{
    return (counts(l)[GD__OLDEST] + k) % l->options.history_size;
}

static double *step_at(const gd__lbfgs *l, int64_t k)
{
    return gd__lbfgs_row(l, l->memory, HISTORY + 2 * place(l, k));
}

static double *bend_at(const gd__lbfgs *l, int64_t k)
{
    return gd__lbfgs_row(l, l->memory, HISTORY + 2 * place(l, k) + 1);
}

/* A checkpoint may hold anything. */
static bool is_sound(const gd__lbfgs *l)
{
    int64_t kept = counts(l)[GD__KEPT], oldest = counts(l)[GD__OLDEST],
            most = l->options.history_size;
    return counts(l)[GD__STEPS] >= 0 && kept >= 0 && kept <= most && oldest >= 0 && oldest < most;
}

/* Keeps the step that has led here, unless the gradient has not grown along it: nothing is to be learnt of
 * such a bend. g is the gradient here. */
static void learn(gd__lbfgs *l, const double *g)
{
    const double *d = gd__lbfgs_row(l, l->memory, DIRECTION);
    const double *before = gd__lbfgs_row(l, l->memory, GRADIENT);
    double *bend = gd__lbfgs_row(l, l->work, GD__BENT), length = numbers(l)[GD__LENGTH];
    for (int64_t i = 0; i < l->n; ++i)
        bend[i] = g[i] - before[i];
    double growth = gd__lbfgs_dot(l->n, bend, d) * length;
    if (!(growth > 1e-10))
        return;
    if (counts(l)[GD__KEPT] < l->options.history_size)
        ++counts(l)[GD__KEPT];
    else
        counts(l)[GD__OLDEST] = place(l, 1);
    double *s = step_at(l, counts(l)[GD__KEPT] - 1);
    for (int64_t i = 0; i < l->n; ++i)
        s[i] = length * d[i];
    memcpy(bend_at(l, counts(l)[GD__KEPT] - 1), bend, (size_t)l->n * sizeof *bend);
    numbers(l)[GD__SCALE] = growth / gd__lbfgs_dot(l->n, bend, bend);
}

/* d = -H g, H being the inverse Hessian that the kept steps make of a multiple of the identity. */
static void find_direction(gd__lbfgs *l, const double *g)
{
    double *d = gd__lbfgs_row(l, l->memory, DIRECTION), *weight = l->weights->data;
    int64_t kept = counts(l)[GD__KEPT], n = l->n;
    for (int64_t i = 0; i < n; ++i)
        d[i] = -g[i];
    for (int64_t k = kept - 1; k >= 0; --k) {
        const double *s = step_at(l, k), *y = bend_at(l, k);
        weight[k] = gd__lbfgs_dot(n, s, d) / gd__lbfgs_dot(n, s, y);
        for (int64_t i = 0; i < n; ++i)
            d[i] -= weight[k] * y[i];
    }
    for (int64_t i = 0; i < n; ++i)
        d[i] *= numbers(l)[GD__SCALE];
    for (int64_t k = 0; k < kept; ++k) {
        const double *s = step_at(l, k), *y = bend_at(l, k);
        double back = gd__lbfgs_dot(n, y, d) / gd__lbfgs_dot(n, s, y);
        for (int64_t i = 0; i < n; ++i)
            d[i] += s[i] * (weight[k] - back);
    }
}

/* ---- steps ---- */

/* One call's progress. */
typedef struct progress {
    gd_optimizer *optimizer;
    gd__lbfgs *l;
    gd_closure closure;
    void *context;
    gd__point now; /* where the parameters are */
    int evaluations;
    bool done;
} progress;

/* One step along the next direction. */
static gd_status step(progress *p)
{
    gd__lbfgs *l = p->l;
    double *x = gd__lbfgs_row(l, l->work, GD__START), *d = gd__lbfgs_row(l, l->memory, DIRECTION);
    double *g = p->now.gradient, before = p->now.loss, t = p->optimizer->learning_rate;
    bool first = counts(l)[GD__STEPS]++ == 0;
    if (!first)
        learn(l, g);
    find_direction(l, g);
    memcpy(gd__lbfgs_row(l, l->memory, GRADIENT), g, (size_t)l->n * sizeof *g);
    if (first)
        t *= fmin(1, 1 / sum_of_absolutes(l->n, g));
    numbers(l)[GD__LENGTH] = t;
    p->now.t = 0;
    p->now.slope = gd__lbfgs_dot(l->n, g, d);
    p->done = p->now.slope > -l->options.tolerance_change.value;
    if (p->done)
        return GD_OK;
    gd__lbfgs_read(p->optimizer, false, x);
    gd__point found = {.gradient = g};
    gd_status status = gd__wolfe_search(p->optimizer, p->closure, p->context, x, d, p->now, t,
                                        &found, &p->evaluations);
    if (status != GD_OK) {
        gd__lbfgs_write(p->optimizer, x);
        return status;
    }
    p->now = found;
    numbers(l)[GD__LENGTH] = found.t;
    for (int64_t i = 0; i < l->n; ++i)
        x[i] += found.t * d[i];
    gd__lbfgs_write(p->optimizer, x);
    double change = l->options.tolerance_change.value;
    p->done = p->evaluations >= l->options.max_eval ||
              gd__lbfgs_largest(l->n, g) <= l->options.tolerance_grad.value ||
              gd__lbfgs_largest(l->n, d) * fabs(found.t) <= change ||
              fabs(found.loss - before) < change;
    return GD_OK;
}

gd_status gd_lbfgs_step(gd_optimizer *optimizer, gd_closure closure, void *context)
{
    if (optimizer == NULL || optimizer->update != NULL || closure == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "lbfgs_step: an lbfgs and a closure are needed");
    gd__lbfgs *l = optimizer->options.lbfgs;
    if (!is_sound(l))
        return gd__fail(GD_ERROR_STATE,
                        "lbfgs_step: the state that was loaded is not one of lbfgs");
    progress p = {
        .optimizer = optimizer, .l = l, .closure = closure, .context = context, .evaluations = 1};
    p.now.gradient = gd__lbfgs_row(l, l->work, GD__NOW);
    gd_status status = closure(context, &p.now.loss);
    if (status != GD_OK)
        return status;
    gd__lbfgs_read(optimizer, true, p.now.gradient);
    double most = gd__lbfgs_largest(l->n, p.now.gradient);
    if (!isfinite(p.now.loss) || !isfinite(sum_of_absolutes(l->n, p.now.gradient)))
        return gd__fail(GD_ERROR_VALUE, "lbfgs_step: the loss %g or its gradient is not finite",
                        p.now.loss);
    p.done = most <= l->options.tolerance_grad.value;
    for (int k = 0; k < l->options.max_iter && !p.done && status == GD_OK; ++k)
        status = step(&p);
    return status;
}

/* ---- its life ---- */

void gd__lbfgs_destroy(gd__lbfgs *l)
{
    if (l == NULL)
        return;
    gd_tensor *owned[] = {l->memory, l->work, l->weights, l->counts, l->numbers};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; ++i)
        gd_tensor_destroy(owned[i]);
    gd__free(l, sizeof *l);
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

static bool make_memory(gd__lbfgs *l)
{
    int64_t history = l->options.history_size;
    l->memory = gd_tensor_create(GD_F64, GD_DIMS(HISTORY + 2 * history, l->n));
    l->work = gd_tensor_create(GD_F64, GD_DIMS(GD__WORKS, l->n));
    l->weights = gd_tensor_create(GD_F64, GD_DIMS(history));
    l->counts = gd_tensor_create(GD_I64, GD_DIMS(GD__COUNTS));
    l->numbers = gd_tensor_create_ones(GD_F64, GD_DIMS(GD__NUMBERS));
    return l->memory != NULL && l->work != NULL && l->weights != NULL && l->counts != NULL &&
           l->numbers != NULL;
}

gd_optimizer *gd_lbfgs_create(gd_parameters *parameters, const gd_lbfgs_options *options)
{
    gd_lbfgs_options o = options != NULL ? *options : (gd_lbfgs_options){.max_iter = 0};
    if (!complete(&o))
        return NULL;
    const char *const none[GD__MOMENTS] = {NULL};
    gd_optimizer *optimizer =
        gd__optimizer_create("lbfgs", parameters, o.learning_rate.value, 0, none, NULL);
    if (optimizer == NULL)
        return NULL;
    gd__lbfgs *l = gd__allocate(sizeof *l);
    optimizer->options.lbfgs = l;
    if (l == NULL) {
        gd_optimizer_destroy(optimizer);
        return gd__fail_memory("lbfgs: no memory");
    }
    *l = (gd__lbfgs){.options = o};
    for (int i = 0; i < optimizer->count; ++i)
        l->n += gd_tensor_numel(optimizer->slots[i].parameter);
    if (make_memory(l))
        return optimizer;
    gd_optimizer_destroy(optimizer);
    return NULL;
}
