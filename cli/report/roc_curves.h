/* What a prediction is worth at every threshold: the ROC and the precision-recall curve of a class
 * or label. */
#ifndef CLI_CURVES_H
#define CLI_CURVES_H

#include <gradus.h>

enum { CLI_LEVELS = 10 };
extern const double cli_levels[CLI_LEVELS];

typedef struct cli_curve {
    double *x, *y; /* [count]; of precision and recall a line of steps */
    int64_t count;
    double best
        [CLI_LEVELS]; /* the largest y of all with x at most the level, of precision and recall at least; NaN: none */
    double area; /* as the metrics have it: ROC AUC, average precision; NaN: there is none */
} cli_curve;

typedef struct cli_curves {
    int64_t first; /* class or label: of two classes the second is the only one */
    int64_t count;
    cli_curve *roc, *precision; /* [count] */
} cli_curves;

/* x: false positives of all negatives, y: true positives of all positives; and x: recall, y:
 * precision. Steps of less than a pixel are drawn together. Of classes and labels; an exit code.
 * cli_curves_free in any case. */
int cli_curves_create(cli_curves *curves, const gd_target *target, const gd_examples *truth,
                      const gd_prediction *prediction);
void cli_curves_free(cli_curves *curves);

#endif
