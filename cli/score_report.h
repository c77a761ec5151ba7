/* How good a model is, on stdout: as text for people, or one line of JSON. */
#ifndef CLI_SCORE_REPORT_H
#define CLI_SCORE_REPORT_H

#include "cli/model.h"

/* The scores of what knows the shares of classes and labels alone; NULL after a message. */
json_t *cli_baseline_scores(const cli_model *model, const cli_truth *truth);

/* The scores of a task beside the baseline's, each class or label, the confusion matrix. An exit code. */
int cli_print_score_report(const cli_model *model, const cli_truth *truth,
                           const cli_prediction *prediction, const json_t *scores, FILE *file);

#endif
