#include "cli/report/roc_curves.h"
#include "cli/scores/scores.h"

#include <math.h>
#include <stdlib.h>

typedef struct scored {
    double p;
    bool yes;
} scored;

static int higher_first(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    return (x->p < y->p) - (x->p > y->p);
}

/* The rows in which it is known whether they are of the class or have the label; how many those
 * are. */
static int64_t collect(scored *cells, const gd_target *target, const gd_examples *truth,
                       const gd_prediction *prediction, int64_t label)
{
    int64_t n = truth->y->shape[0], width = gd_target_width(target), count = 0;
    for (int64_t i = 0; i < n; ++i) {
        double p = ((const double *)prediction->values->data)[i * width + label];
        if (cli_has_classes(target))
            cells[count++] = (scored){p, ((const int64_t *)truth->y->data)[i] == label};
        else if (((const bool *)truth->mask->data)[i * width + label])
            cells[count++] = (scored){p, ((const float *)truth->y->data)[i * width + label] > 0};
    }
    return count;
}

static const double least_step = 1.0 / 500; /* of the plot */

const double cli_levels[CLI_LEVELS] = {0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99};

/* Of every point, also of those that are not drawn. */
static void note(cli_curve *curve, double x, double y, bool from)
{
    for (int k = 0; k < CLI_LEVELS; ++k)
        if (from ? x >= cli_levels[k] : x <= cli_levels[k])
            curve->best[k] = fmax(curve->best[k], y);
}

static void add(cli_curve *curve, double x, double y)
{
    curve->x[curve->count] = x;
    curve->y[curve->count++] = y;
}

static bool is_far(const cli_curve *curve, double x, double y)
{
    int64_t last = curve->count - 1;
    return last < 0 || fabs(x - curve->x[last]) >= least_step ||
           fabs(y - curve->y[last]) >= least_step;
}

/* From the highest probability down: what is at least as likely is said. */
static void trace(cli_curve *roc, cli_curve *precision, const scored *cells, int64_t n)
{
    double positives = 0, hits = 0;
    for (int64_t i = 0; i < n; ++i)
        positives += cells[i].yes;
    double negatives = (double)n - positives;
    if (positives == 0 || negatives == 0)
        return;
    add(roc, 0, 0);
    note(roc, 0, 0, false);
    for (int64_t i = 0; i < n; ++i) {
        hits += cells[i].yes;
        if (i + 1 < n && cells[i + 1].p == cells[i].p)
            continue;
        double said = (double)(i + 1), recall = hits / positives, x = (said - hits) / negatives;
        note(roc, x, recall, false);
        note(precision, recall, hits / said, true);
        if (i + 1 == n || is_far(roc, x, recall))
            add(roc, x, recall);
        if (i + 1 < n && !is_far(precision, recall, hits / said))
            continue;
        add(precision, precision->count > 0 ? precision->x[precision->count - 1] : 0, hits / said);
        add(precision, recall, hits / said);
    }
}

static void allocate(cli_curve *curve, int64_t points)
{
    curve->x = cli_calloc((size_t)points, sizeof(double));
    curve->y = cli_calloc((size_t)points, sizeof(double));
    for (int k = 0; k < CLI_LEVELS; ++k)
        curve->best[k] = NAN;
}

/* Gives back what the points do not fill. */
static void shrink(cli_curve *curve)
{
    size_t size = (size_t)(curve->count > 0 ? curve->count : 1) * sizeof(double);
    double *x = cli_realloc(curve->x, size), *y = cli_realloc(curve->y, size);
    curve->x = x != NULL ? x : curve->x;
    curve->y = y != NULL ? y : curve->y;
}

static void trace_all(cli_curves *curves, scored *cells, const gd_target *target,
                      const gd_examples *truth, const gd_prediction *prediction)
{
    for (int64_t j = 0; j < curves->count; ++j) {
        int64_t n = collect(cells, target, truth, prediction, curves->first + j);
        allocate(&curves->roc[j], n + 2);
        allocate(&curves->precision[j], 2 * n + 2);
        qsort(cells, (size_t)n, sizeof *cells, higher_first);
        trace(&curves->roc[j], &curves->precision[j], cells, n);
        shrink(&curves->roc[j]);
        shrink(&curves->precision[j]);
    }
}

/* Areas by the library's metric, of each class or label. */
static int measure(cli_curve *curves, const cli_curves *all, const gd_metric_kind *kind,
                   const gd_target *target, const gd_examples *truth,
                   const gd_prediction *prediction)
{
    double *areas = cli_metric(kind, target, truth, prediction->values, NAN);
    for (int64_t j = 0; areas != NULL && j < all->count; ++j)
        curves[j].area = curves[j].count > 0 ? areas[all->first + j] : (double)NAN;
    free(areas);
    return areas != NULL ? CLI_OK : CLI_RUNTIME;
}

int cli_curves_create(cli_curves *curves, const gd_target *target, const gd_examples *truth,
                      const gd_prediction *prediction)
{
    int64_t first = gd_target_task(target) == GD_BINARY, count = gd_target_width(target) - first;
    *curves = (cli_curves){.first = first,
                           .count = count,
                           .roc = cli_calloc((size_t)count, sizeof(cli_curve)),
                           .precision = cli_calloc((size_t)count, sizeof(cli_curve))};
    scored *cells = cli_calloc((size_t)truth->y->shape[0] + 1, sizeof *cells);
    trace_all(curves, cells, target, truth, prediction);
    free(cells);
    int code = measure(curves->roc, curves, &gd_metric_roc_auc, target, truth, prediction);
    if (code == CLI_OK)
        code = measure(curves->precision, curves, &gd_metric_average_precision, target, truth,
                       prediction);
    return code;
}

void cli_curves_free(cli_curves *curves)
{
    for (int64_t j = 0; j < curves->count; ++j) {
        if (curves->roc != NULL) {
            free(curves->roc[j].x);
            free(curves->roc[j].y);
        }
        if (curves->precision != NULL) {
            free(curves->precision[j].x);
            free(curves->precision[j].y);
        }
    }
    free(curves->roc);
    free(curves->precision);
    *curves = (cli_curves){.count = 0};
}
