/* What a metric is made of, and what it is given. */
#ifndef GRADUS_LOSSES_METRICS_KIND_H
#define GRADUS_LOSSES_METRICS_KIND_H

#include "tensor/kernels.h"

#include <gradus/metrics.h>

/* What a metric accepts: gd_metric_kind.accepts. */
enum {
    GD__CLASSES = 1, /* classes, given as numbers or as scores */
    GD__LABELS = 2,  /* labels, given as bool or as scores */
    GD__BOTH = GD__CLASSES | GD__LABELS,
    GD__SCORES = 4,                            /* only scores */
    GD__PROBABILITIES = 8 | GD__SCORES,        /* only scores in [0,1] */
    GD__NUMBERS = 16 | GD__LABELS | GD__SCORES /* the target, too, is any finite number */
};

/* One position of classes, or one sample of labels without those that the mask drops. */
typedef struct gd__outcome {
    bool of_labels;
    double eps;           /* of the scores' dtype */
    int64_t n;            /* labels, or scores of classes; 0: classes given as numbers */
    double *score;        /* [n]; for bool input 0 and 1 */
    int64_t *label;       /* [n]: the number of the label, or class */
    double *yes;          /* [n]: 1 if it is true, 0 if not */
    double threshold;     /* a label that scores above it is predicted */
    int64_t right, guess; /* the true class; the predicted one, or the label that scores highest */
} gd__outcome;

static inline bool gd__said_yes(const gd__outcome *o, int64_t j)
{
    return o->score[j] > o->threshold;
}

/* Of one class or label: true positives, false positives, false negatives. */
typedef struct gd__tally {
    double tp, fp, fn;
} gd__tally;

/* The score of one label. All of them are kept, and so the struct is small. */
typedef struct gd__score {
    double score;
    int32_t label;
    bool yes;
} gd__score;

/* Of one column of numbers. */
typedef struct gd__errors {
    gd__exact_sum squares, distances; /* of input - target */
    double n, mean, spread;           /* of the target: spread is the sum of (y - mean)^2 */
} gd__errors;

enum { GD__EVERY_AVERAGE = (1 << (GD_AVERAGE_NONE + 1)) - 1 };

/* What a family of metrics keeps, and how that becomes the result. */
typedef struct gd__family {
    void (*compute)(gd_metric *metric, double *result);
    int per_class, per_pair; /* how many counts are kept */
    bool keeps_scores;       /* those of each outcome; batch.c makes room for them */
    int results;             /* dimensions of size C of the result, without average */
    unsigned averages;       /* 1 << GD_AVERAGE_..; 0: there is one value */
} gd__family;

struct gd_metric_kind {
    const char *name;
    unsigned accepts;
    void (*add)(gd_metric *metric, const gd__outcome *outcome);
    const gd__family *family;
    /* The formula, where the family does the rest. NaN, from 0 / 0: undefined. */
    double (*of_tally)(gd__tally tally);
    double (*of_scores)(const gd__score *scores, size_t n); /* in falling order */
    double (*of_errors)(const gd__errors *errors);
};

/* Metrics that are the mean of what their `add` gives to gd__metric_add. */
extern const gd__family gd__mean;
void gd__metric_add(gd_metric *metric, double term);
void gd__metric_mean(gd_metric *metric, double *result);

/* What has been seen since the reset. */
struct gd_metric {
    const gd_metric_kind *kind;
    int64_t classes;
    gd_metric_options options;
    gd__outcome outcome; /* the one that is being added; its arrays have room for all classes */
    gd__exact_sum sum;   /* of what gd__metric_add was given */
    double n;            /* how often it was called */
    gd__score *scores;   /* [n_scores], in any order; room for `room`, and as many to sort into */
    size_t n_scores, room;
    gd_tensor *result;
    double counts[]; /* what the family keeps; the outcome's arrays stand behind them */
};

bool gd__metric_make_room(gd_metric *metric, size_t more); /* for scores; false: no memory */
double gd__defined(const gd_metric *metric, double value); /* NaN becomes zero_division */

/* The result for options.average MACRO, WEIGHTED or NONE: values [C] of the classes, with their
 * weights [C]. NaN is left out of means. If all weights are 0, each counts 1. */
void gd__metric_average(const gd_metric *metric, const double *values, const double *weights,
                        double *result);

#endif
