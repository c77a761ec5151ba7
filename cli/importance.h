/* What a model goes by: the weights of a linear one, of any other how much worse it is without a column. */
#ifndef CLI_IMPORTANCE_H
#define CLI_IMPORTANCE_H

#include "cli/model.h"

/* Of a model without hidden layers: [{"feature": "age", "weights": [..]}, ..], a weight for each of its outputs, those
 * with the largest first; all features but the constant one. NULL after a message. */
gd__json *cli_feature_weights(const cli_model *model);

enum { CLI_IMPORTANCE_REPEATS = 3, CLI_MOST_IMPORTANCE_ROWS = 2000 };

/* Permutation importance: [{"column": "age", "rise": .., "deviation": ..}, ..], the largest first. The rise is that of the mean loss
 * (logarithmic of classes and labels, in nats; of numbers the root of the mean square) when the column's cells are dealt out anew among
 * the rows, the mean of the repeats, and the deviation theirs. A column's features go together. Of at most so many rows,
 * evenly taken. NULL after a message. */
gd__json *cli_importances(const cli_model *model, const gd_table *table, const cli_truth *truth);

/* "log loss" or "rmse". */
const char *cli_importance_unit(const cli_target *target);

#endif
