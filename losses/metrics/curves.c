/* Metrics over all thresholds at once, which need every score: the area under the ROC curve, and
 * average precision. */
#include "losses/metrics/kind.h"

#include <math.h>
#include <stdlib.h>

/* A class is a label of its own: yes where it is the right one. */
static void keep_scores(gd_metric *m, const gd__outcome *o)
{
    for (int64_t j = 0; j < o->n; ++j)
        m->scores[m->n_scores++] =
            (gd__score){.score = o->score[j],
                        .label = o->of_labels ? o->label[j] : j,
                        .yes = o->of_labels ? o->yes[j] != 0 : j == o->right};
}

static int by_score(const void *left, const void *right)
{
    const gd__score *a = left, *b = right;
    return (a->score < b->score) - (a->score > b->score);
}

static int by_label_and_score(const void *left, const void *right)
{
    const gd__score *a = left, *b = right;
    return a->label != b->label ? (a->label > b->label) - (a->label < b->label)
                                : by_score(left, right);
}

/* The value of n scores in falling order. NaN: there is none. */
typedef double curve(const gd__score *scores, size_t n);

static double count_yes(const gd__score *scores, size_t n)
{
    double yes = 0;
    for (size_t i = 0; i < n; ++i)
        yes += scores[i].yes;
    return yes;
}

/* How many scores from number i on are equal to that; *yes of them are. */
static size_t equal_scores(const gd__score *scores, size_t n, size_t i, double *yes)
{
    size_t end = i;
    *yes = 0;
    for (; end < n && scores[end].score == scores[i].score; ++end)
        *yes += scores[end].yes;
    return end - i;
}

/* Of all pairs (yes, no), those in which the yes scores higher, and half of those that are equal
 * (Mann and Whitney). */
static double area(const gd__score *scores, size_t n)
{
    double all_yes = count_yes(scores, n), pairs = all_yes * ((double)n - all_yes);
    double above = 0, won = 0, yes;
    for (size_t i = 0, equal; i < n; i += equal) {
        equal = equal_scores(scores, n, i, &yes);
        won += ((double)equal - yes) * (above + yes / 2);
        above += yes;
    }
    return pairs > 0 ? won / pairs : (double)NAN;
}

/* Sum over thresholds of (R_n - R_n-1) P_n. */
static double precision_sum(const gd__score *scores, size_t n)
{
    double all_yes = count_yes(scores, n), above = 0, sum = 0, yes;
    for (size_t i = 0, equal; i < n; i += equal) {
        equal = equal_scores(scores, n, i, &yes);
        above += yes;
        sum += yes / all_yes * (above / (double)(i + equal));
    }
    return all_yes > 0 ? sum : (double)NAN;
}

static double or_zero_division(const gd_metric *m, double value)
{
    return isnan(value) ? m->options.zero_division : value;
}

/* The value of each label. weights: how often each is true. */
static void each_label(gd_metric *m, curve *of, double *values, double *weights)
{
    size_t i = 0;
    qsort(m->scores, m->n_scores, sizeof *m->scores, by_label_and_score);
    for (int64_t c = 0; c < m->classes; ++c) {
        size_t begin = i;
        while (i < m->n_scores && m->scores[i].label == c)
            ++i;
        values[c] = or_zero_division(m, of(m->scores + begin, i - begin));
        weights[c] = count_yes(m->scores + begin, i - begin);
    }
}

static void average(gd_metric *m, double *result, curve *of)
{
    double *values = m->options.average == GD_AVERAGE_NONE ? result : m->counts;
    if (m->n_scores > 0 && m->options.average == GD_AVERAGE_MICRO) {
        qsort(m->scores, m->n_scores, sizeof *m->scores, by_score);
        *result = or_zero_division(m, of(m->scores, m->n_scores));
        return;
    }
    if (m->n_scores == 0) {
        for (int64_t c = 0; c < gd_tensor_numel(m->result); ++c)
            result[c] = m->options.zero_division;
        return;
    }
    each_label(m, of, values, m->score);
    if (m->options.average != GD_AVERAGE_NONE)
        *result = gd__metric_average(m->classes, values,
                                     m->options.average == GD_AVERAGE_WEIGHTED ? m->score : NULL);
}

static int64_t one_for_each(int64_t classes)
{
    return classes;
}

enum {
    AVERAGES = 1 << GD_AVERAGE_MACRO | 1 << GD_AVERAGE_MICRO | 1 << GD_AVERAGE_WEIGHTED |
               1 << GD_AVERAGE_NONE
};

static void areas(gd_metric *m, double *result)
{
    average(m, result, area);
}

const gd_metric_kind gd_metric_roc_auc = {.name = "roc_auc",
                                          .accepts = GD__OF_CLASSES | GD__OF_LABELS | GD__OF_SCORES,
                                          .averages = AVERAGES,
                                          .counts = one_for_each,
                                          .keeps_scores = true,
                                          .add = keep_scores,
                                          .compute = areas};

static void precision_sums(gd_metric *m, double *result)
{
    average(m, result, precision_sum);
}

const gd_metric_kind gd_metric_average_precision = {.name = "average_precision",
                                                    .accepts = GD__OF_CLASSES | GD__OF_LABELS |
                                                               GD__OF_SCORES,
                                                    .averages = AVERAGES,
                                                    .counts = one_for_each,
                                                    .keeps_scores = true,
                                                    .add = keep_scores,
                                                    .compute = precision_sums};
