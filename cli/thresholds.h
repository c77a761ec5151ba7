/* From which probability on a label, or the second of two classes, is said. */
#ifndef CLI_THRESHOLDS_H
#define CLI_THRESHOLDS_H

#include "cli/model.h"
#include "cli/options/options.h"

/* By --threshold, if it was given; an exit code. */
int cli_thresholds_set(cli_model *model, const cli_options *options);

/* Each becomes the one with the best F1 of its label on these rows, of two classes with the best mean of both classes' F1; of
 * several the one nearest to 0.5. An exit code. */
int cli_thresholds_tune(cli_model *model, const cli_truth *truth, const cli_prediction *prediction);

#endif
