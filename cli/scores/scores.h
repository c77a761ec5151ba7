/* How good predictions are, as JSON objects: what is printed and reported. */
#ifndef CLI_SCORES_H
#define CLI_SCORES_H

#include <gradus/json.h>

#include <gradus.h>

/* Members in the order in which they are printed; a number that is not defined is null. */
gd_json *cli_scores_json(const gd_scores *scores);

/* The scores of the baseline, which knows the shares of classes and labels alone. NULL after a
 * message. */
gd_json *cli_baseline_scores(const gd_model *model, const gd_examples *truth);

/* An array with an object a class or label: name, precision, recall, f1, support, and of labels
 * the threshold. said: the predicted classes or labels, from gd_predicted_targets. */
gd_json *cli_class_scores(const gd_model *model, const gd_examples *truth, const gd_tensor *said);
/* Of classes: rows true, columns predicted; an array of arrays. */
gd_json *cli_confusion(const gd_target *target, const gd_examples *truth, const gd_tensor *said);

#endif
