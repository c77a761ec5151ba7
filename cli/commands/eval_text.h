/* The scores of a model on standard output: as text, or as one line of JSON. */
#ifndef CLI_SCORE_REPORT_H
#define CLI_SCORE_REPORT_H

#include "cli/model.h"

/* The scores of the baseline, which predicts the frequencies of classes or labels; NULL after a
 * message. */
gd__json *cli_baseline_scores(const cli_model *model, const cli_truth *truth);

/* Whether a model is no better than the baseline; if so, a sentence with the scores. */
bool cli_is_no_better(const cli_target *target, const gd__json *scores, const gd__json *baseline,
                      char sentence[160]);

/* Prints the scores beside those of the baseline, the scores per class or label, and the confusion
 * matrix. An exit code. */
int cli_print_score_report(const cli_model *model, const cli_truth *truth,
                           const cli_prediction *prediction, const gd__json *scores, FILE *file);

#endif
