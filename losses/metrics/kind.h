/* What a metric is made of, and what it is given. */
#ifndef GRADUS_LOSSES_METRICS_KIND_H
#define GRADUS_LOSSES_METRICS_KIND_H

#include "tensor/kernels.h"

#include <gradus/metrics.h>

/* What a kind accepts. */
enum {
    GD__OF_CLASSES = 1, /* classes, as numbers or by their scores */
    GD__OF_LABELS = 2,  /* labels, as yes and no or by their scores */
    GD__OF_SCORES = 4   /* ... by scores alone */
};

/* One position, or one sample with the labels that count. */
typedef struct gd__outcome {
    bool of_labels;
    double eps;              /* of the scores' dtype */
    int64_t n;               /* scores: classes, or labels that count; 0: classes as numbers */
    const double *score;     /* [n]; for bool input 0 and 1 */
    int64_t right, guess;    /* classes: the true and the predicted one */
    const int64_t *label;    /* labels: [n], the number of each */
    const uint8_t *yes;      /* ... and whether it is true */
    const uint8_t *said_yes; /* ... and predicted */
} gd__outcome;

/* A score of a label, for what must see them all. There are many: it is kept small. */
typedef struct gd__score {
    double score;
    int32_t label;
    bool yes;
} gd__score;

/* What has been seen since the reset. */
struct gd_metric {
    const gd_metric_kind *kind;
    int64_t classes;
    gd_metric_options options;
    double *counts;    /* [kind->counts(classes)] */
    gd__exact_sum sum; /* of what `add` has found for each position, sample or label */
    double n;          /* how many those are */
    gd__score *scores; /* [n_scores], in any order; room for `room`, and as many to sort into */
    size_t n_scores, room;
    gd_tensor *result;
    double *score; /* [classes], and so on: one outcome */
    int64_t *label;
    uint8_t *yes, *said_yes;
};

struct gd_metric_kind {
    const char *name;
    unsigned accepts;
    bool of_probabilities;
    unsigned averages;                  /* 1 << GD_AVERAGE_..; 0: there is one value */
    int64_t (*counts)(int64_t classes); /* how many counts are kept; NULL: none */
    bool keeps_scores;                  /* room is there for those of each outcome */
    void (*add)(gd_metric *metric, const gd__outcome *outcome);
    int results; /* dimensions of size C of the result, without average */
    void (*compute)(gd_metric *metric, double *result);
};

/* Room for `more` further scores; what is there stays. False: there is no memory. */
bool gd__metric_make_room(gd_metric *metric, size_t more);

void gd__metric_add(gd_metric *metric, double value); /* to the sum, and 1 to n */

/* sum / n, for metrics that are a mean. */
void gd__metric_mean(gd_metric *metric, double *result);

/* a / b; 0 / 0 is what the options say. */
double gd__metric_ratio(const gd_metric *metric, double a, double b);

/* The mean of values [n] without NaN, weighted by weights (NULL, or all 0: 1); NaN of none. */
double gd__metric_average(int64_t n, const double *values, const double *weights);

#endif
