/* gradus/metrics.h - metrics: how good predictions are.
 *
 * Purpose    Accuracy, F1, ROC AUC and others over any number of batches, as scikit-learn defines
 *            them. Metrics are not differentiated and need no tape.
 * Ownership  What gd_metric_create returns is yours to gd_metric_destroy. The tensor that
 *            gd_metric_compute returns belongs to the metric.
 * Errors     A gd_status, NULL or NaN, with a gd_message(). A refused batch changes nothing.
 *
 *     gd_metric *f1 = gd_metric_create(&gd_metric_f1, 6, NULL);     // macro average
 *     while (next_batch(&logits, &target))                          // both [N,6]
 *         if (gd_metric_update(f1, logits, target, NULL) != GD_OK)
 *             return fail(gd_message());
 *     printf("F1 %.4f\n", gd_metric_value(f1));
 *     gd_metric_reset(f1);                                          // for the next epoch
 *     gd_metric_destroy(f1);
 */
#ifndef GRADUS_METRICS_H
#define GRADUS_METRICS_H

#include <gradus/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* How the values of C classes or labels become one. */
typedef enum gd_average {
    GD_AVERAGE_MACRO,    /* the mean over classes */
    GD_AVERAGE_MICRO,    /* one value from the counts, or scores, of all classes together */
    GD_AVERAGE_WEIGHTED, /* the mean over classes, weighted by how often each is true */
    GD_AVERAGE_SAMPLES,  /* the mean over samples; precision, recall and F1 of labels */
    GD_AVERAGE_NONE      /* no average: [C] */
} gd_average;

typedef struct gd_metric_options {
    gd_average average;
    double zero_division; /* value of 0 / 0; NaN leaves such classes and samples out of means */
    double threshold;     /* labels: a score above it is yes; 0 suits logits, 0.5 probabilities */
    int64_t k;            /* top_k_accuracy, in [1,C]; 0 means 1 */
} gd_metric_options;

typedef struct gd_metric_kind gd_metric_kind;
typedef struct gd_metric gd_metric;

/* Each kind below compares an input with a target. Of two equal scores the first one counts as
 * higher where a single class or label is chosen.
 *
 * classes  target int64 [..] in [0,C). Input: float scores [..,C], of which the highest is the
 *          prediction, or int64 [..], the predictions themselves.
 * labels   target bool, or float of 0 and 1, [..,C]. Input of that shape: float scores, or bool.
 *          One sample is what the last dimension holds; for C = 1 that dimension may be missing.
 *
 * Scores may have any scale, except where probabilities are asked for. With the dimension of size
 * C a tensor has at most GD_MAX_DIMS dimensions. */
extern const gd_metric_kind
    /* Of classes. */
    gd_metric_accuracy,          /* share of right predictions */
    gd_metric_top_k_accuracy,    /* share in which fewer than k classes score higher; by scores */
    gd_metric_confusion_matrix,  /* counts [C,C]: rows true, columns predicted */
    gd_metric_matthews_corrcoef, /* correlation of truth and prediction; 0 if undefined */
    /* Of classes or labels, from true and false positives and negatives. */
    gd_metric_precision, /* tp / (tp + fp) */
    gd_metric_recall,    /* tp / (tp + fn) */
    gd_metric_f1,        /* 2 tp / (2 tp + fp + fn) */
    /* Of labels; a sample whose labels are all masked does not count. The last three: by
     * scores. */
    gd_metric_subset_accuracy,           /* share of samples without a mistake */
    gd_metric_hamming_loss,              /* share of wrong labels */
    gd_metric_ranking_loss,              /* per sample: share of pairs (yes, no) in which the no
                                            scores as high or higher; 0 without a pair */
    gd_metric_ranking_average_precision, /* per yes: share of yes among the labels that score as
                                            high or higher; 1 for a sample without a yes */
    gd_metric_one_error,                 /* share of samples whose highest score is a no's */
    /* Of labels, or of classes each against the others. Need scores, and keep all of them until
     * the reset: 32 bytes for each. */
    gd_metric_roc_auc, /* probability that a yes scores higher than a no; ties count half */
    gd_metric_average_precision, /* sum over falling thresholds: precision times gain in recall */
    /* Of classes or labels, by probabilities. */
    gd_metric_log_loss,    /* mean of -ln p of what is true, p kept within [eps, 1 - eps] */
    gd_metric_brier_score, /* mean of (p - y)^2, for classes summed over them */
    /* Of numbers, each of C columns by itself: target float [..,C], finite; input float of that
     * shape. */
    gd_metric_rmse, /* root of the mean of (input - target)^2 */
    gd_metric_mae,  /* mean of |input - target| */
    gd_metric_r2; /* 1 - sum of (input - target)^2 / sum of (target - mean)^2; of equal targets 1 if
                       all are met, else 0; undefined for a single row */

const gd_metric_kind *gd_metric_find(const char *name); /* "f1": &gd_metric_f1; NULL: unknown */
const gd_metric_kind *gd_metric_kind_at(int i);         /* 0, 1, ..; NULL: no more */
const char *gd_metric_name(const gd_metric_kind *kind); /* "f1" */

/* classes: C, the number of classes or labels. options (copied) may be NULL. NULL and a message:
 * classes below 1 or too many, an average that the kind does not have, k outside [0,C], a NaN
 * threshold, no memory. */
gd_metric *gd_metric_create(const gd_metric_kind *kind, int64_t classes,
                            const gd_metric_options *options);
void gd_metric_destroy(gd_metric *metric); /* NULL is allowed */

/* Adds a batch. mask: bool, of the target's shape; where it is false, target and input are neither
 * checked nor counted. NULL: everything counts. GD_ERROR_ARGUMENT (NULL), _SHAPE, _DTYPE, _MEMORY,
 * _VALUE with its position: a class outside [0,C), a label's target other than 0 and 1, a NaN
 * score, a probability outside [0,1]. */
gd_status gd_metric_update(gd_metric *metric, const gd_tensor *input, const gd_tensor *target,
                           const gd_tensor *mask);

/* The result of all batches since the last reset, float64: [], [C] or [C,C], valid until the
 * metric is used again; or as gd_item gives it. Of nothing it is zero_division, but 0 for the
 * confusion matrix and the Matthews correlation. NULL and a message: the metric is NULL. */
const gd_tensor *gd_metric_compute(gd_metric *metric);
double gd_metric_value(gd_metric *metric);

void gd_metric_reset(gd_metric *metric); /* forgets all batches; NULL is allowed */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
