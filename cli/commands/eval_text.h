/* How good a model is, on stdout: as text for people, or one line of JSON. */
#ifndef CLI_SCORE_REPORT_H
#define CLI_SCORE_REPORT_H

#include "cli/model.h"

/* The scores of what knows the shares of classes and labels alone; NULL after a message. */
gd__json *cli_baseline_scores(const cli_model *model, const cli_truth *truth);

/* Whether a model is no better than that, and if so a sentence that says by which score. */
bool cli_is_no_better(const cli_target *target, const gd__json *scores, const gd__json *baseline,
                      char sentence[160]);

/* The scores of a task beside the baseline's, each class or label, the confusion matrix. An exit code. */
int cli_print_score_report(const cli_model *model, const cli_truth *truth,
                           const cli_prediction *prediction, const gd__json *scores, FILE *file);

#endif
