/* The scores of a model: of all rows, beside those of the baseline, and of each class or label.
 * `truth` are the examples of the model's target, so that nothing here can fail. */
#ifndef CLI_SCORES_H
#define CLI_SCORES_H

#include "cli/files/model.h"

#include <gradus/metrics.h>

/* The scores of the baseline, which ignores the features. */
gd_scores cli_baseline_scores(const gd_model *model, const gd_examples *truth);

/* Whether a model is no better than the baseline; if so, a sentence with the scores. */
bool cli_is_no_better(const gd_target *target, const gd_scores *scores, const gd_scores *baseline,
                      char sentence[160]);

/* Whether a score is a fact about the rows, which no model changes. */
bool cli_is_about_rows(const char *name);

/* A metric of each class or label, [width], or the confusion matrix, [width,width] (rows: true).
 * x: predicted classes or labels, or probabilities. Yours to free. */
double *cli_metric(const gd_metric_kind *kind, const gd_target *target, const gd_examples *truth,
                   const gd_tensor *x, double zero_division);

/* The scores of each class or label, [width][CLI_CLASS_SCORES]; the threshold is one of labels.
 * predicted: gd_predicted_targets. Yours to free. */
enum { CLI_PRECISION, CLI_RECALL, CLI_F1, CLI_SUPPORT, CLI_THRESHOLD, CLI_CLASS_SCORES };
extern const char *const cli_class_score_names[CLI_CLASS_SCORES];
double *cli_class_scores(const gd_model *model, const gd_examples *truth,
                         const gd_tensor *predicted);

/* Prints the scores on standard output: as one JSON object, with members about the training (NULL:
 * none), an exit code; or as text, beside those of the baseline, then those of each class or label,
 * and the confusion matrix. */
int cli_print_scores_json(const gd_scores *scores, const gd_training *training, double seconds);
void cli_print_scores(const gd_model *model, const gd_examples *truth, const gd_tensor *predicted,
                      const gd_scores *scores);

#endif
