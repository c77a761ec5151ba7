/* Metrics of what is right and wrong, counted: accuracy and its kin, the confusion matrix and what is
 * made of it. */
#include "losses/metrics/kind.h"

#include <math.h>

/* ---- the share that is right ---- */

static void add_accuracy(gd_metric *m, const gd__outcome *o)
{
    gd__metric_add(m, o->guess == o->right);
}

const gd_metric_kind gd_metric_accuracy = {
    .name = "accuracy", .accepts = GD__OF_CLASSES, .add = add_accuracy, .compute = gd__metric_mean};

static void add_top_k(gd_metric *m, const gd__outcome *o)
{
    int64_t before = 0;
    for (int64_t c = 0; c < o->n; ++c)
        before +=
            o->score[c] > o->score[o->right] || (o->score[c] == o->score[o->right] && c < o->right);
    gd__metric_add(m, before < m->options.k);
}

const gd_metric_kind gd_metric_top_k_accuracy = {.name = "top_k_accuracy",
                                                 .accepts = GD__OF_CLASSES | GD__OF_SCORES,
                                                 .add = add_top_k,
                                                 .compute = gd__metric_mean};

static void add_subset_accuracy(gd_metric *m, const gd__outcome *o)
{
    bool all = true;
    for (int64_t j = 0; j < o->n; ++j)
        all &= o->yes[j] == o->said_yes[j];
    gd__metric_add(m, all);
}

const gd_metric_kind gd_metric_subset_accuracy = {.name = "subset_accuracy",
                                                  .accepts = GD__OF_LABELS,
                                                  .add = add_subset_accuracy,
                                                  .compute = gd__metric_mean};

static void add_hamming_loss(gd_metric *m, const gd__outcome *o)
{
    for (int64_t j = 0; j < o->n; ++j)
        gd__metric_add(m, o->yes[j] != o->said_yes[j]);
}

const gd_metric_kind gd_metric_hamming_loss = {.name = "hamming_loss",
                                               .accepts = GD__OF_LABELS,
                                               .add = add_hamming_loss,
                                               .compute = gd__metric_mean};

/* ---- the confusion matrix ---- */

static int64_t matrix_counts(int64_t classes)
{
    return classes * classes;
}

static void add_to_matrix(gd_metric *m, const gd__outcome *o)
{
    m->counts[o->right * m->classes + o->guess] += 1;
}

static void matrix_itself(gd_metric *m, double *result)
{
    for (int64_t i = 0; i < m->classes * m->classes; ++i)
        result[i] = m->counts[i];
}

const gd_metric_kind gd_metric_confusion_matrix = {.name = "confusion_matrix",
                                                   .accepts = GD__OF_CLASSES,
                                                   .counts = matrix_counts,
                                                   .add = add_to_matrix,
                                                   .results = 2,
                                                   .compute = matrix_itself};

/* The correlation of truth t and prediction p, each a vector of C indicators (Gorodkin 2004): with s
 * samples, c of them right, class k true t_k times and predicted p_k times,
 *     (c s - sum of p_k t_k) / sqrt((s^2 - sum of p_k^2) (s^2 - sum of t_k^2)). */
static void matthews(gd_metric *m, double *result)
{
    double s = 0, c = 0, pt = 0, pp = 0, tt = 0;
    for (int64_t k = 0; k < m->classes; ++k) {
        double p = 0, t = 0;
        for (int64_t j = 0; j < m->classes; ++j) {
            t += m->counts[k * m->classes + j];
            p += m->counts[j * m->classes + k];
        }
        s += t;
        c += m->counts[k * m->classes + k];
        pt += p * t;
        pp += p * p;
        tt += t * t;
    }
    double of_both = (s * s - pp) * (s * s - tt);
    *result = of_both > 0 ? (c * s - pt) / sqrt(of_both) : 0;
}

const gd_metric_kind gd_metric_matthews_corrcoef = {.name = "matthews_corrcoef",
                                                    .accepts = GD__OF_CLASSES,
                                                    .counts = matrix_counts,
                                                    .add = add_to_matrix,
                                                    .compute = matthews};

/* ---- precision, recall, F1 ---- */

/* What each is a ratio of. */
typedef struct tally {
    double tp, fp, fn;
} tally;

static double precision_of(const gd_metric *m, tally n)
{
    return gd__metric_ratio(m, n.tp, n.tp + n.fp);
}

static double recall_of(const gd_metric *m, tally n)
{
    return gd__metric_ratio(m, n.tp, n.tp + n.fn);
}

static double f1_of(const gd_metric *m, tally n)
{
    return gd__metric_ratio(m, 2 * n.tp, 2 * n.tp + n.fp + n.fn);
}

/* The counts: tp [C], fp [C], fn [C], and [C] to compute in. */
static int64_t tally_counts(int64_t classes)
{
    return 4 * classes;
}

static tally tally_at(const gd_metric *m, int64_t c)
{
    return (tally){m->counts[c], m->counts[m->classes + c], m->counts[2 * m->classes + c]};
}

static void count(gd_metric *m, int64_t c, bool yes, bool said_yes)
{
    m->counts[c] += yes && said_yes;
    m->counts[m->classes + c] += !yes && said_yes;
    m->counts[2 * m->classes + c] += yes && !said_yes;
}

static void add_outcome(gd_metric *m, const gd__outcome *o, double (*of)(const gd_metric *, tally))
{
    if (!o->of_labels) {
        count(m, o->right, true, o->guess == o->right);
        if (o->guess != o->right)
            count(m, o->guess, false, true);
        return;
    }
    tally sample = {0, 0, 0};
    for (int64_t j = 0; j < o->n; ++j) {
        count(m, o->label[j], o->yes[j], o->said_yes[j]);
        sample.tp += o->yes[j] && o->said_yes[j];
        sample.fp += !o->yes[j] && o->said_yes[j];
        sample.fn += o->yes[j] && !o->said_yes[j];
    }
    double value = of(m, sample);
    if (!isnan(value)) /* 0 / 0 as NaN: left out of the mean */
        gd__metric_add(m, value);
}

static void average(gd_metric *m, double *result, double (*of)(const gd_metric *, tally))
{
    double *values = m->counts + 3 * m->classes;
    tally all = {0, 0, 0};
    for (int64_t c = 0; c < m->classes; ++c) {
        tally n = tally_at(m, c);
        all = (tally){all.tp + n.tp, all.fp + n.fp, all.fn + n.fn};
        values[c] = of(m, n);
    }
    gd_average by = m->options.average;
    if (by == GD_AVERAGE_NONE)
        for (int64_t c = 0; c < m->classes; ++c)
            result[c] = values[c];
    else if (by == GD_AVERAGE_MACRO)
        *result = gd__metric_average(m->classes, values, NULL);
    else if (by == GD_AVERAGE_MICRO)
        *result = of(m, all);
    else if (by == GD_AVERAGE_SAMPLES)
        gd__metric_mean(m, result);
    else {
        double *weights = m->score; /* how often each class is true */
        for (int64_t c = 0; c < m->classes; ++c)
            weights[c] = tally_at(m, c).tp + tally_at(m, c).fn;
        *result = gd__metric_average(m->classes, values, weights);
    }
}

enum {
    EVERY_AVERAGE = 1 << GD_AVERAGE_MACRO | 1 << GD_AVERAGE_MICRO | 1 << GD_AVERAGE_WEIGHTED |
                    1 << GD_AVERAGE_SAMPLES | 1 << GD_AVERAGE_NONE
};

static void add_precision(gd_metric *m, const gd__outcome *o)
{
    add_outcome(m, o, precision_of);
}

static void average_precisions(gd_metric *m, double *result)
{
    average(m, result, precision_of);
}

const gd_metric_kind gd_metric_precision = {.name = "precision",
                                            .accepts = GD__OF_CLASSES | GD__OF_LABELS,
                                            .averages = EVERY_AVERAGE,
                                            .counts = tally_counts,
                                            .add = add_precision,
                                            .compute = average_precisions};

static void add_recall(gd_metric *m, const gd__outcome *o)
{
    add_outcome(m, o, recall_of);
}

static void average_recalls(gd_metric *m, double *result)
{
    average(m, result, recall_of);
}

const gd_metric_kind gd_metric_recall = {.name = "recall",
                                         .accepts = GD__OF_CLASSES | GD__OF_LABELS,
                                         .averages = EVERY_AVERAGE,
                                         .counts = tally_counts,
                                         .add = add_recall,
                                         .compute = average_recalls};

static void add_f1(gd_metric *m, const gd__outcome *o)
{
    add_outcome(m, o, f1_of);
}

static void average_f1(gd_metric *m, double *result)
{
    average(m, result, f1_of);
}

const gd_metric_kind gd_metric_f1 = {.name = "f1",
                                     .accepts = GD__OF_CLASSES | GD__OF_LABELS,
                                     .averages = EVERY_AVERAGE,
                                     .counts = tally_counts,
                                     .add = add_f1,
                                     .compute = average_f1};
