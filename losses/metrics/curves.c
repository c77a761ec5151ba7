/* Metrics over all thresholds at once, which need every score: the area under the ROC curve, and
 * average precision. */
#include "losses/metrics/kind.h"

#include <math.h>

/* A class is a label of its own: yes where it is the right one. */
static void keep_scores(gd_metric *m, const gd__outcome *o)
{
    for (int64_t j = 0; j < o->n; ++j)
        m->scores[m->n_scores++] =
            (gd__score){.score = o->score[j],
                        .label = (int32_t)(o->of_labels ? o->label[j] : j),
                        .yes = o->of_labels ? o->yes[j] != 0 : j == o->right};
}

/* ---- sorting: by merging, because qsort may take memory past the library's allocator ---- */

static bool comes_before(const gd__score *a, const gd__score *b, bool labels)
{
    return labels && a->label != b->label ? a->label < b->label : a->score > b->score;
}

/* Two neighbouring sorted runs, `run` long where n does not cut them off, into one. Which comes next is
 * computed, not branched on: no processor foresees it. */
static void merge(const gd__score *from, gd__score *to, size_t n, size_t run, bool labels)
{
    size_t end = 2 * run < n ? 2 * run : n;
    for (size_t i = 0, left = 0, right = run; i < end; ++i) {
        size_t take =
            right < end && (left == run || comes_before(&from[right], &from[left], labels));
        to[i] = from[take ? right : left];
        right += take;
        left += 1 - take;
    }
}

/* The scores in order, valid until the next sort. Each pass writes all of them into the other half of
 * their memory: the first half holds them in some order, whichever is the last. */
static const gd__score *sorted(gd_metric *m, bool labels)
{
    gd__score *from = m->scores, *to = m->scores + m->room;
    for (size_t run = 1; run < m->n_scores; run *= 2) {
        for (size_t i = 0; i < m->n_scores; i += 2 * run)
            merge(from + i, to + i, m->n_scores - i, run, labels);
        gd__score *filled = to;
        to = from;
        from = filled;
    }
    return from;
}

/* ---- the curves ---- */

/* The value of n scores in falling order. NaN, as 0 / 0: there is none. */
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
    return won / pairs;
}

/* Sum over thresholds of (R_n - R_n-1) P_n. */
static double precision_sum(const gd__score *scores, size_t n)
{
    double all_yes = count_yes(scores, n), above = 0, yes;
    gd__exact_sum sum = {0, 0};
    for (size_t i = 0, equal; i < n; i += equal) {
        equal = equal_scores(scores, n, i, &yes);
        above += yes;
        gd__exact_sum_add(&sum, yes * (above / (double)(i + equal)));
    }
    return gd__exact_sum_value(sum) / all_yes;
}

/* ---- of all labels ---- */

static double or_zero_division(const gd_metric *m, double value)
{
    return isnan(value) ? m->options.zero_division : value;
}

/* The value of each label. weights: how often each is true. */
static void each_label(gd_metric *m, curve *of, double *values, double *weights)
{
    const gd__score *scores = sorted(m, true);
    size_t i = 0;
    for (int64_t c = 0; c < m->classes; ++c) {
        size_t begin = i;
        while (i < m->n_scores && scores[i].label == c)
            ++i;
        values[c] = or_zero_division(m, of(scores + begin, i - begin));
        weights[c] = count_yes(scores + begin, i - begin);
    }
}

static void average(gd_metric *m, double *result, curve *of)
{
    gd_average by = m->options.average;
    if (m->n_scores == 0) {
        for (int64_t c = 0; c < gd_tensor_numel(m->result); ++c)
            result[c] = m->options.zero_division;
    } else if (by == GD_AVERAGE_MICRO) {
        *result = or_zero_division(m, of(sorted(m, false), m->n_scores));
    } else if (by == GD_AVERAGE_NONE) {
        each_label(m, of, result, m->score);
    } else {
        each_label(m, of, m->counts, m->score);
        *result =
            gd__metric_average(m->classes, m->counts, by == GD_AVERAGE_WEIGHTED ? m->score : NULL);
    }
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
