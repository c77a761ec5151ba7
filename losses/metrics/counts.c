/* Metrics of counts of right and wrong predictions: confusion matrix, precision, recall. */
#include "losses/metrics/kind.h"

#include <math.h>
#include <string.h>

static void add_to_matrix(gd_metric *m, const gd__outcome *o)
{
    m->counts[o->right * m->classes + o->guess] += 1;
}

static void confusion_matrix(gd_metric *m, double *result)
{
    memcpy(result, m->counts, (size_t)(m->classes * m->classes) * sizeof *result);
}

static const gd__family matrix = {confusion_matrix, .per_pair = 1, .results = 2};
const gd_metric_kind gd_metric_confusion_matrix = {"confusion_matrix", GD__CLASSES, add_to_matrix,
                                                   .family = &matrix};

/* The counts are a tally for each class, and behind them what of_tallies computes in. */
static gd__tally *tally_of(gd_metric *m, int64_t c)
{
    return (gd__tally *)m->counts + c;
}

static void count(gd__tally *tally, bool yes, bool said_yes)
{
    tally->tp += yes && said_yes;
    tally->fp += !yes && said_yes;
    tally->fn += yes && !said_yes;
}

static void add_to_tallies(gd_metric *m, const gd__outcome *o)
{
    if (!o->of_labels) {
        count(tally_of(m, o->right), true, o->guess == o->right);
        if (o->guess != o->right)
            count(tally_of(m, o->guess), false, true);
        return;
    }
    gd__tally sample = {0, 0, 0};
    for (int64_t j = 0; j < o->n; ++j) {
        count(tally_of(m, o->label[j]), o->yes[j], gd__said_yes(o, j));
        count(&sample, o->yes[j], gd__said_yes(o, j));
    }
    double value = gd__defined(m, m->kind->of_tally(sample));
    if (!isnan(value)) /* else it is left out of the mean over samples */
        gd__metric_add(m, value);
}

/* The correlation of truth t and prediction p, each a vector of C indicators (Gorodkin 2004): with
 * s samples, c of them right, class k true t_k times and predicted p_k times,
 *     (c s - sum of p_k t_k) / sqrt((s^2 - sum of p_k^2) (s^2 - sum of t_k^2)). */
static void matthews_corrcoef(gd_metric *m, double *result)
{
    double s = 0, c = 0, pt = 0, pp = 0, tt = 0;
    for (int64_t k = 0; k < m->classes; ++k) {
        gd__tally n = *tally_of(m, k);
        double p = n.tp + n.fp, t = n.tp + n.fn;
        s += t;
        c += n.tp;
        pt += p * t;
        pp += p * p;
        tt += t * t;
    }
    double of_both = (s * s - pp) * (s * s - tt);
    *result = of_both > 0 ? (c * s - pt) / sqrt(of_both) : 0;
}

static const gd__family correlation = {matthews_corrcoef, .per_class = 3};
const gd_metric_kind gd_metric_matthews_corrcoef = {"matthews_corrcoef", GD__CLASSES,
                                                    add_to_tallies, .family = &correlation};

static void of_tallies(gd_metric *m, double *result)
{
    double *values = &tally_of(m, m->classes)->tp, *weights = values + m->classes;
    gd__tally all = {0, 0, 0};
    for (int64_t c = 0; c < m->classes; ++c) {
        gd__tally n = *tally_of(m, c);
        all = (gd__tally){all.tp + n.tp, all.fp + n.fp, all.fn + n.fn};
        values[c] = gd__defined(m, m->kind->of_tally(n));
        weights[c] = n.tp + n.fn; /* how often it is true */
    }
    if (m->options.average == GD_AVERAGE_MICRO)
        *result = gd__defined(m, m->kind->of_tally(all));
    else if (m->options.average == GD_AVERAGE_SAMPLES)
        gd__metric_mean(m, result);
    else
        gd__metric_average(m, values, weights, result);
}

static const gd__family tallies = {of_tallies, .averages = GD__EVERY_AVERAGE, .per_class = 5};

static double precision(gd__tally n)
{
    return n.tp / (n.tp + n.fp);
}

const gd_metric_kind gd_metric_precision = {"precision", GD__BOTH, add_to_tallies, &tallies,
                                            .of_tally = precision};

static double recall(gd__tally n)
{
    return n.tp / (n.tp + n.fn);
}

const gd_metric_kind gd_metric_recall = {"recall", GD__BOTH, add_to_tallies, &tallies,
                                         .of_tally = recall};

static double f1(gd__tally n)
{
    return 2 * n.tp / (2 * n.tp + n.fp + n.fn);
}

const gd_metric_kind gd_metric_f1 = {"f1", GD__BOTH, add_to_tallies, &tallies, .of_tally = f1};
