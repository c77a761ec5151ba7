/* Metrics of numbers, as scikit-learn has them for several outputs: the mean over columns. */
#include "losses/metrics/kind.h"

#include <math.h>

static gd__errors *errors_of(gd_metric *m)
{
    return (gd__errors *)(void *)m->counts;
}

static void add(gd_metric *m, const gd__outcome *o)
{
    for (int64_t j = 0; j < o->n; ++j) {
        gd__errors *e = &errors_of(m)[o->label[j]];
        double error = o->score[j] - o->yes[j], before = o->yes[j] - e->mean;
        gd__exact_sum_add(&e->squares, error * error);
        gd__exact_sum_add(&e->distances, fabs(error));
        e->n += 1;
        e->mean += before / e->n; /* Welford's update: no cancellation */
        e->spread += before * (o->yes[j] - e->mean);
    }
}

static void compute(gd_metric *m, double *result)
{
    gd__exact_sum sum = {0, 0};
    for (int64_t j = 0; j < m->classes; ++j) {
        double value = gd__defined(m, m->kind->of_errors(&errors_of(m)[j]));
        gd__exact_sum_add(&sum, value);
        if (m->options.average == GD_AVERAGE_NONE)
            result[j] = value;
    }
    if (m->options.average != GD_AVERAGE_NONE)
        *result = gd__exact_sum_value(sum) / (double)m->classes;
}

static const gd__family numbers = {.compute = compute,
                                   .per_class = sizeof(gd__errors) / sizeof(double),
                                   .averages = 1 << GD_AVERAGE_NONE};

static double rmse(const gd__errors *e)
{
    return sqrt(gd__exact_sum_value(e->squares) / e->n);
}

const gd_metric_kind gd_metric_rmse = {"rmse", GD__NUMBERS, add, .family = &numbers,
                                       .of_errors = rmse};

static double mae(const gd__errors *e)
{
    return gd__exact_sum_value(e->distances) / e->n;
}

const gd_metric_kind gd_metric_mae = {"mae", GD__NUMBERS, add, .family = &numbers,
                                      .of_errors = mae};

/* Of numbers that are all the same it is 1 where all are met, and else 0; of a single one it is
 * undefined. */
static double r2(const gd__errors *e)
{
    double squares = gd__exact_sum_value(e->squares);
    if (e->n < 2)
        return NAN;
    return e->spread > 0 ? 1 - squares / e->spread : squares > 0 ? 0 : 1;
}

const gd_metric_kind gd_metric_r2 = {"r2", GD__NUMBERS, add, .family = &numbers, .of_errors = r2};
