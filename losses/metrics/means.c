/* Means, and metrics that are the mean of a term for each position, sample or label. */
#include "losses/metrics/kind.h"

#include <math.h>

void gd__metric_add(gd_metric *m, double term)
{
    gd__exact_sum_add(&m->sum, term);
    m->n += 1;
}

void gd__metric_mean(gd_metric *m, double *result)
{
    *result = gd__defined(m, gd__exact_sum_value(m->sum) / m->n);
}

const gd__family gd__mean = {.compute = gd__metric_mean};

double gd__defined(const gd_metric *m, double value)
{
    return isnan(value) ? m->options.zero_division : value;
}

void gd__metric_average(const gd_metric *m, const double *values, const double *weights,
                        double *result)
{
    bool weighted = m->options.average == GD_AVERAGE_WEIGHTED && weights != NULL;
    gd__exact_sum sum = {0, 0};
    double total = 0, least = (double)INFINITY, most = -least;
    for (int64_t c = 0; c < m->classes; ++c) {
        double weight = weighted ? weights[c] : 1;
        if (m->options.average == GD_AVERAGE_NONE)
            result[c] = values[c];
        if (isnan(values[c]))
            continue;
        gd__exact_sum_add(&sum, weight * values[c]);
        total += weight;
        least = fmin(least, values[c]);
        most = fmax(most, values[c]);
    }
    if (total == 0 && weighted)
        gd__metric_average(m, values, NULL, result);
    else if (m->options.average != GD_AVERAGE_NONE) /* rounded, but not past the values */
        *result =
            total > 0 ? fmin(fmax(gd__exact_sum_value(sum) / total, least), most) : (double)NAN;
}

static void accuracy(gd_metric *m, const gd__outcome *o)
{
    gd__metric_add(m, o->guess == o->right);
}

const gd_metric_kind gd_metric_accuracy = {"accuracy", GD__CLASSES, accuracy, .family = &gd__mean};

static void top_k_accuracy(gd_metric *m, const gd__outcome *o)
{
    double own = o->score[o->right];
    int64_t before = 0;
    for (int64_t c = 0; c < o->n; ++c)
        before += o->score[c] > own || (o->score[c] == own && c < o->right);
    gd__metric_add(m, before < m->options.k);
}

const gd_metric_kind gd_metric_top_k_accuracy = {"top_k_accuracy", GD__CLASSES | GD__SCORES,
                                                 top_k_accuracy, .family = &gd__mean};

static void subset_accuracy(gd_metric *m, const gd__outcome *o)
{
    bool all = true;
    for (int64_t j = 0; j < o->n; ++j)
        all &= o->yes[j] == gd__said_yes(o, j);
    gd__metric_add(m, all);
}

const gd_metric_kind gd_metric_subset_accuracy = {"subset_accuracy", GD__LABELS, subset_accuracy,
                                                  .family = &gd__mean};

static void hamming_loss(gd_metric *m, const gd__outcome *o)
{
    for (int64_t j = 0; j < o->n; ++j)
        gd__metric_add(m, o->yes[j] != gd__said_yes(o, j));
}

const gd_metric_kind gd_metric_hamming_loss = {"hamming_loss", GD__LABELS, hamming_loss,
                                               .family = &gd__mean};

/* Of all pairs of a yes and a no, the share in which the no scores as high or higher. */
static void ranking_loss(gd_metric *m, const gd__outcome *o)
{
    double wrong = 0, yes = 0;
    for (int64_t i = 0; i < o->n; ++i) {
        yes += o->yes[i];
        for (int64_t j = 0; o->yes[i] && j < o->n; ++j)
            wrong += !o->yes[j] && o->score[j] >= o->score[i];
    }
    double pairs = yes * ((double)o->n - yes);
    gd__metric_add(m, pairs > 0 ? wrong / pairs : 0);
}

const gd_metric_kind gd_metric_ranking_loss = {"ranking_loss", GD__LABELS | GD__SCORES,
                                               ranking_loss, .family = &gd__mean};

/* For each yes: the share of yes among the labels that score at least as high, itself too. */
static void ranking_average_precision(gd_metric *m, const gd__outcome *o)
{
    double sum = 0, yes = 0;
    for (int64_t i = 0; i < o->n; ++i) {
        double above = 0, yes_above = 0;
        for (int64_t j = 0; o->yes[i] && j < o->n; ++j) {
            above += o->score[j] >= o->score[i];
            yes_above += o->yes[j] && o->score[j] >= o->score[i];
        }
        yes += o->yes[i];
        sum += o->yes[i] ? yes_above / above : 0;
    }
    gd__metric_add(m, yes == 0 ? 1 : sum / yes);
}

const gd_metric_kind gd_metric_ranking_average_precision = {
    "ranking_average_precision", GD__LABELS | GD__SCORES, ranking_average_precision,
    .family = &gd__mean};

static void one_error(gd_metric *m, const gd__outcome *o)
{
    gd__metric_add(m, !o->yes[o->guess]);
}

const gd_metric_kind gd_metric_one_error = {"one_error", GD__LABELS | GD__SCORES, one_error,
                                            .family = &gd__mean};

/* -ln p of what is true, with p in [eps, 1 - eps]: 0 would cost infinitely much. */
static void log_loss(gd_metric *m, const gd__outcome *o)
{
    int64_t first = o->of_labels ? 0 : o->right, end = o->of_labels ? o->n : first + 1;
    for (int64_t j = first; j < end; ++j) {
        double p = o->yes[j] ? o->score[j] : 1 - o->score[j];
        gd__metric_add(m, -log(fmin(fmax(p, o->eps), 1 - o->eps)));
    }
}

const gd_metric_kind gd_metric_log_loss = {"log_loss", GD__BOTH | GD__PROBABILITIES, log_loss,
                                           .family = &gd__mean};

static void brier_score(gd_metric *m, const gd__outcome *o)
{
    double sum = 0;
    for (int64_t j = 0; j < o->n; ++j) {
        double difference = o->score[j] - o->yes[j], square = difference * difference;
        if (o->of_labels)
            gd__metric_add(m, square);
        sum += square;
    }
    if (!o->of_labels)
        gd__metric_add(m, sum);
}

const gd_metric_kind gd_metric_brier_score = {"brier_score", GD__BOTH | GD__PROBABILITIES,
                                              brier_score, .family = &gd__mean};
