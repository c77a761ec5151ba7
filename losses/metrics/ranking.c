/* Metrics of the order in which a sample's labels stand by their scores. */
#include "losses/metrics/kind.h"

/* Of all pairs of a yes and a no, the share that is in the wrong order; equal scores are. */
static void add_ranking_loss(gd_metric *m, const gd__outcome *o)
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

const gd_metric_kind gd_metric_ranking_loss = {.name = "ranking_loss",
                                               .accepts = GD__OF_LABELS | GD__OF_SCORES,
                                               .add = add_ranking_loss,
                                               .compute = gd__metric_mean};

/* For each yes: among the labels that score as high or higher, itself too, the share of yes. */
static void add_ranking_average_precision(gd_metric *m, const gd__outcome *o)
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

const gd_metric_kind gd_metric_ranking_average_precision = {.name = "ranking_average_precision",
                                                            .accepts =
                                                                GD__OF_LABELS | GD__OF_SCORES,
                                                            .add = add_ranking_average_precision,
                                                            .compute = gd__metric_mean};

static void add_one_error(gd_metric *m, const gd__outcome *o)
{
    int64_t first = 0;
    for (int64_t j = 1; j < o->n; ++j)
        first = o->score[j] > o->score[first] ? j : first;
    gd__metric_add(m, !o->yes[first]);
}

const gd_metric_kind gd_metric_one_error = {.name = "one_error",
                                            .accepts = GD__OF_LABELS | GD__OF_SCORES,
                                            .add = add_one_error,
                                            .compute = gd__metric_mean};
