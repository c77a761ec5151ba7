/* The one list of metrics, in the header's order: a row is the kind gd_metric_NAME, found as "NAME". */
#ifndef GRADUS_LOSSES_METRICS_METRIC_LIST_H
#define GRADUS_LOSSES_METRICS_METRIC_LIST_H

#define GD__METRICS(METRIC)                                                                        \
    METRIC(accuracy)                                                                               \
    METRIC(top_k_accuracy)                                                                         \
    METRIC(confusion_matrix)                                                                       \
    METRIC(matthews_corrcoef)                                                                      \
    METRIC(precision)                                                                              \
    METRIC(recall)                                                                                 \
    METRIC(f1)                                                                                     \
    METRIC(subset_accuracy)                                                                        \
    METRIC(hamming_loss)                                                                           \
    METRIC(ranking_loss)                                                                           \
    METRIC(ranking_average_precision)                                                              \
    METRIC(one_error)                                                                              \
    METRIC(roc_auc)                                                                                \
    METRIC(average_precision)                                                                      \
    METRIC(log_loss)                                                                               \
    METRIC(brier_score)

#endif
