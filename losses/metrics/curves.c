/* Metrics over all thresholds, which need every score: ROC AUC and average precision. */
#include "losses/metrics/kind.h"

#include <math.h>

static void keep_scores(gd_metric *m, const gd__outcome *o)
{
    for (int64_t j = 0; j < o->n; ++j)
        m->scores[m->n_scores++] = (gd__score){o->score[j], (int32_t)o->label[j], o->yes[j] != 0};
}

static bool comes_before(const gd__score *a, const gd__score *b, bool labels)
{
    return labels && a->label != b->label ? a->label < b->label : a->score > b->score;
}

/* Two neighbouring sorted runs, `run` long where n does not cut them off, into one. Which comes
 * next is computed, not branched on: no processor foresees it. */
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

/* The scores in order, valid until the next sort. qsort might take memory past the library's
 * allocator. Each pass writes all scores into the other half of their memory. The first half holds
 * them in some order, whichever is the last. */
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

static double count_yes(const gd__score *scores, size_t n)
{
    double yes = 0;
    for (size_t i = 0; i < n; ++i)
        yes += scores[i].yes;
    return yes;
}

/* How many scores from number i on equal that one; *yes of them are true. */
static size_t equal_scores(const gd__score *scores, size_t n, size_t i, double *yes)
{
    size_t end = i;
    while (end < n && scores[end].score == scores[i].score)
        ++end;
    *yes = count_yes(scores + i, end - i);
    return end - i;
}

static void of_curves(gd_metric *m, double *result)
{
    if (m->options.average == GD_AVERAGE_MICRO) {
        *result = gd__defined(m, m->kind->of_scores(sorted(m, false), m->n_scores));
        return;
    }
    const gd__score *scores = sorted(m, true);
    double *values = m->counts, *weights = m->outcome.score; /* how often each is true */
    size_t i = 0;
    for (int64_t c = 0; c < m->classes; ++c) {
        size_t begin = i;
        while (i < m->n_scores && scores[i].label == c)
            ++i;
        values[c] = gd__defined(m, m->kind->of_scores(scores + begin, i - begin));
        weights[c] = count_yes(scores + begin, i - begin);
    }
    gd__metric_average(m, values, weights, result);
}

static const gd__family curves = {of_curves, .per_class = 1, .keeps_scores = true,
                                  .averages = GD__EVERY_AVERAGE & ~(1 << GD_AVERAGE_SAMPLES)};

/* Of all pairs of a yes and a no, those in which the yes scores higher, and half of those with
 * equal scores (Mann and Whitney). */
static double roc_auc(const gd__score *scores, size_t n)
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

const gd_metric_kind gd_metric_roc_auc = {"roc_auc", GD__BOTH | GD__SCORES, keep_scores, &curves,
                                          .of_scores = roc_auc};

/* The sum over thresholds of (R_n - R_n-1) P_n, with the recall R and the precision P. */
static double average_precision(const gd__score *scores, size_t n)
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

const gd_metric_kind gd_metric_average_precision = {"average_precision", GD__BOTH | GD__SCORES,
                                                    keep_scores, &curves,
                                                    .of_scores = average_precision};
