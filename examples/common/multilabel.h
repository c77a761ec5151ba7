/* What the examples with many labels share: the yeast table and the scores of predictions. */
#ifndef MULTILABEL_H
#define MULTILABEL_H

#include "example.h"

#include <gradus/metrics.h>

enum { LABELS = 14 }; /* the last columns of the table */

/* Reads the rows of the table: measurements x [N,D] and labels y [N,LABELS], 0 or 1, both float32.
 * The first 1500 rows are for training, the others for testing. The measurements are standardised.
 * Both parts are yours; calls example_fail if the table does not fit. */
void multilabel_load(const gd_table *table, example_part *train, example_part *test);

/* Copies rows start, .., end - 1 of x. The copy is yours. */
gd_tensor *multilabel_rows(const gd_tensor *x, int64_t start, int64_t end);

/* Computes a metric of logits or predictions [N,LABELS]: one value, or LABELS values without
 * averaging. The metric leaves out cells where known [N,LABELS], bool, is false. If known is NULL,
 * all cells count. */
void multilabel_measure(const gd_metric_kind *kind, const gd_metric_options *options,
                        const gd_tensor *input, const gd_tensor *y, const gd_tensor *known,
                        double *values);

/* Lower is better for the first two. Micro-F1 counts all cells together; macro-F1 is the mean of
 * the labels' F1, so a rare label counts as much as a frequent one. */
typedef struct multilabel_scores {
    double hamming_loss;      /* the share of cells that are predicted wrongly */
    double ranking_loss;      /* the share of pairs (true label, other label) in the wrong order */
    double average_precision; /* of the labels of a row, ordered by their logits */
    double micro_f1, macro_f1;
} multilabel_scores;

/* Scores logits and predictions (bool) of rows with labels y; all are [N,LABELS]. */
multilabel_scores multilabel_score(const gd_tensor *logits, const gd_tensor *predicted,
                                   const gd_tensor *y);

/* Prints precision, recall, F1 and support of each label. */
void multilabel_print_labels(const gd_table *table, const gd_tensor *predicted, const gd_tensor *y);

/* Prints the members of a JSON object, without its braces. */
void multilabel_print_scores(const multilabel_scores *scores);

#endif
