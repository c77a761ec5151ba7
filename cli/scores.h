/* How good predictions are: the numbers of a task, as scikit-learn defines them. */
#ifndef CLI_SCORES_H
#define CLI_SCORES_H

#include "cli/target.h"

/* What is predicted of n rows: [n,width] float64; probabilities of classes or labels, or numbers. thresholds [width]
 * of labels; of two classes the second's counts; NULL: 0.5 each. */
typedef struct cli_prediction {
    gd_tensor *values;
    const double *thresholds;
} cli_prediction;

/* The class that a row is said to have: the likeliest, or of two the second where it is above its threshold. */
int64_t cli_predicted_class(const cli_target *target, const cli_prediction *prediction,
                            int64_t row);
bool cli_predicted_label(const cli_prediction *prediction, int64_t row, int64_t label);

/* An object of the task's numbers, in the order in which they are printed; NULL after a message. baseline: what a
 * model says that knows the shares of classes and labels alone; majority_accuracy is its accuracy. A number that is not
 * defined (the area under a curve of one class) is null. */
gd__json *cli_scores(const cli_target *target, const cli_truth *truth,
                     const cli_prediction *prediction, const cli_prediction *baseline);

/* What a run is watched by: accuracy, micro_f1 or rmse. */
const char *cli_main_score_name(const cli_target *target);
double cli_main_score(const cli_target *target, const cli_truth *truth,
                      const cli_prediction *prediction);

/* An array with an object a class or label: name, precision, recall, f1, support, and of labels the threshold. */
gd__json *cli_class_scores(const cli_target *target, const cli_truth *truth,
                           const cli_prediction *prediction);
/* Of classes: rows true, columns predicted; an array of arrays. */
gd__json *cli_confusion(const cli_target *target, const cli_truth *truth,
                        const cli_prediction *prediction);

#endif
