/* Metrics of the probabilities themselves. */
#include "losses/metrics/kind.h"

#include <math.h>

/* A probability of 0 for what is true would cost infinitely much: p stays within [eps, 1 - eps]. */
static double cost(double p, double eps)
{
    p = p < eps ? eps : p;
    return -log(p > 1 - eps ? 1 - eps : p);
}

static void add_log_loss(gd_metric *m, const gd__outcome *o)
{
    if (!o->of_labels)
        gd__metric_add(m, cost(o->score[o->right], o->eps));
    for (int64_t j = 0; o->of_labels && j < o->n; ++j)
        gd__metric_add(m, cost(o->yes[j] ? o->score[j] : 1 - o->score[j], o->eps));
}

const gd_metric_kind gd_metric_log_loss = {.name = "log_loss",
                                           .accepts =
                                               GD__OF_CLASSES | GD__OF_LABELS | GD__OF_SCORES,
                                           .of_probabilities = true,
                                           .add = add_log_loss,
                                           .compute = gd__metric_mean};

static double square(double x)
{
    return x * x;
}

static void add_brier_score(gd_metric *m, const gd__outcome *o)
{
    double sum = 0;
    for (int64_t c = 0; !o->of_labels && c < o->n; ++c)
        sum += square(o->score[c] - (c == o->right));
    if (!o->of_labels)
        gd__metric_add(m, sum);
    for (int64_t j = 0; o->of_labels && j < o->n; ++j)
        gd__metric_add(m, square(o->score[j] - o->yes[j]));
}

const gd_metric_kind gd_metric_brier_score = {.name = "brier_score",
                                              .accepts =
                                                  GD__OF_CLASSES | GD__OF_LABELS | GD__OF_SCORES,
                                              .of_probabilities = true,
                                              .add = add_brier_score,
                                              .compute = gd__metric_mean};
