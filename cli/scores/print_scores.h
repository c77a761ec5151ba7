/* The scores of a model on standard output: as text, or as one line of JSON. */
#ifndef CLI_SCORE_REPORT_H
#define CLI_SCORE_REPORT_H

#include "cli/files/model.h"
#include "cli/scores/scores.h"

/* Whether a model is no better than the baseline; if so, a sentence with the scores. */
bool cli_is_no_better(const gd_target *target, const gd_json *scores, const gd_json *baseline,
                      char sentence[160]);

/* Prints the scores beside those of the baseline, the scores per class or label, and the confusion
 * matrix. said: as gd_predicted_targets has it. An exit code. */
int cli_print_score_report(const gd_model *model, const gd_examples *truth, const gd_tensor *said,
                           const gd_json *scores, FILE *file);

#endif
