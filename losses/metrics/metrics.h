/* gradus/metrics.h - metrics: how good a model is, in numbers that people compare.
 *
 * Purpose    What the losses cannot tell: how often, how well ordered. Defined as scikit-learn defines
 *            them. Nothing here is differentiated or on a tape.
 * Ownership  A gd_metric is yours to gd_metric_destroy; what it computes belongs to it.
 * Errors     A gd_status with a gd_message(), or NULL or NaN with one. A batch that is refused
 *            changes nothing.
 *
 *     gd_metric *f1 = gd_metric_create(&gd_metric_f1, 6, NULL);         // macro, 0 / 0 is 0
 *     while (next_batch(&logits, &target))                            // [N,6] and [N,6]
 *         if (gd_metric_update(f1, logits, target, NULL) != GD_OK)
 *             return fail(gd_message());
 *     printf("F1 %.4f\n", gd_metric_value(f1));
 *     gd_metric_reset(f1);                                            // for the next epoch
 *     gd_metric_destroy(f1);
 */
#ifndef GRADUS_METRICS_H
#define GRADUS_METRICS_H

#include <gradus/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef enum gd_average {
    GD_AVERAGE_MACRO,    /* the mean over classes */
    GD_AVERAGE_MICRO,    /* of all classes' counts, or scores, together */
    GD_AVERAGE_WEIGHTED, /* the mean over classes, weighted by how often each is true */
    GD_AVERAGE_SAMPLES,  /* the mean over samples; for labels */
    GD_AVERAGE_NONE      /* one value for each class: [C] */
} gd_average;

typedef struct gd_metric_options {
    gd_average average;   /* of precision, recall, f1, roc_auc and average_precision */
    double zero_division; /* what 0 / 0 is; NaN: such classes and samples are left out of means */
    double threshold;     /* a score above it says yes: 0 for logits, 0.5 for probabilities */
    int64_t k;            /* of top_k_accuracy; 0: 1 */
} gd_metric_options;

typedef struct gd_metric_kind gd_metric_kind; /* one constant struct for each metric */
typedef struct gd_metric gd_metric;

/* What is compared, input with target:
 * classes  target int64 [..], in [0,C); input int64 [..], or float scores [..,C], of which the largest
 *          (the first of equal ones) is the prediction
 * labels   target bool, or float of 0 and 1, [..,C]: yes or no for each; input of that shape, bool or
 *          float scores. A sample is what the last dimension holds; of one label it may be left out.
 * Scores have any scale, but for the last two metrics, where they are probabilities. With the dimension
 * of the classes or labels there are at most GD_MAX_DIMS. */

/* Of classes.
 *   accuracy           the share that is right
 *   top_k_accuracy     the share where fewer than k classes score higher than the right one, or as high
 *                      and stand before it
 *   confusion_matrix   counts [C,C]: rows true, columns predicted
 *   matthews_corrcoef  the correlation of truth and prediction, in [-1,1]; 0 where it is undefined */
extern const gd_metric_kind gd_metric_accuracy;
extern const gd_metric_kind gd_metric_top_k_accuracy;
extern const gd_metric_kind gd_metric_confusion_matrix;
extern const gd_metric_kind gd_metric_matthews_corrcoef;

/* Of classes or labels, from each class's counts of true and false positives and negatives.
 *   precision          tp / (tp + fp)
 *   recall             tp / (tp + fn)
 *   f1                 2 tp / (2 tp + fp + fn) */
extern const gd_metric_kind gd_metric_precision;
extern const gd_metric_kind gd_metric_recall;
extern const gd_metric_kind gd_metric_f1;

/* Of labels. A sample whose labels are all masked does not count.
 *   subset_accuracy    the share of samples without a mistake
 *   hamming_loss       the share of labels that are wrong
 *   ranking_loss       of a sample's pairs (yes, no), the share in which the no scores as high or
 *                      higher; 0 where there is no pair
 *   ranking_average_precision  for each yes, the share of yes among what scores as high or higher; 1
 *                      where there is no yes
 *   one_error          the share of samples whose highest score (the first of equal ones) is of a no,
 *                      as it is of every sample without a yes */
extern const gd_metric_kind gd_metric_subset_accuracy;
extern const gd_metric_kind gd_metric_hamming_loss;
extern const gd_metric_kind gd_metric_ranking_loss;
extern const gd_metric_kind gd_metric_ranking_average_precision;
extern const gd_metric_kind gd_metric_one_error;

/* Of labels, or of classes, each against the others. All scores are kept until the reset.
 *   roc_auc            the probability that a yes scores higher than a no; ties count half
 *   average_precision  the sum over thresholds, from the highest score down, of the precision times
 *                      what the recall has gained */
extern const gd_metric_kind gd_metric_roc_auc;
extern const gd_metric_kind gd_metric_average_precision;

/* Of classes or labels, input probabilities.
 *   log_loss           -ln of the probability of what is true, which is kept within [eps, 1 - eps],
 *                      eps the dtype's
 *   brier_score        (p - y)^2, for classes summed over them */
extern const gd_metric_kind gd_metric_log_loss;
extern const gd_metric_kind gd_metric_brier_score;

/* The kind with a name, "f1" for gd_metric_f1; NULL: there is none. The i-th of all; NULL: no more. */
const gd_metric_kind *gd_metric_find(const char *name);
const gd_metric_kind *gd_metric_kind_at(int i);
const char *gd_metric_name(const gd_metric_kind *kind);

/* Of `classes` classes or labels. options (copied) NULL: all defaults. NULL with a message: classes
 * below 1 or so many that no memory has room for their counts, an average that the kind has not, k
 * outside [0,classes], a threshold that is NaN, no memory. */
gd_metric *gd_metric_create(const gd_metric_kind *kind, int64_t classes,
                            const gd_metric_options *options);
void gd_metric_destroy(gd_metric *metric); /* NULL is allowed */

/* Takes a batch in. mask (NULL: all) is bool, of target's shape: what is false does not count, and its
 * values are not looked at. GD_ERROR_ARGUMENT (NULL), _SHAPE, _DTYPE, _VALUE (with its position: a
 * class outside [0,C), a target that is neither 0 nor 1, a score that is NaN, a probability outside
 * [0,1]), _MEMORY: the metric is as before. */
gd_status gd_metric_update(gd_metric *metric, const gd_tensor *input, const gd_tensor *target,
                           const gd_tensor *mask);

/* What all batches since the last reset come to, float64: [], or [C] or [C,C] as said above; valid
 * until the metric is used again. Of nothing: zero_division, but counts and matthews_corrcoef are 0.
 * NULL: metric is. */
const gd_tensor *gd_metric_compute(gd_metric *metric);
double gd_metric_value(gd_metric *metric); /* the same, as gd_item gives it */

void gd_metric_reset(gd_metric *metric); /* as created */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
