/* Computes the scores of all rows, and of each class or label. */
#include "cli/scores/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- of all rows ---- */

gd_scores cli_baseline_scores(const gd_model *model, const gd_examples *truth)
{
    gd_prediction p;
    gd_scores baseline;
    gd_model_predict_baseline(model, 1, &p);
    gd_scores_compute(&baseline, gd_model_target(model), truth, &p, &p);
    gd_prediction_free(&p);
    return baseline;
}

bool cli_is_no_better(const gd_target *target, const gd_scores *scores, const gd_scores *baseline,
                      char sentence[160])
{
    bool labels = gd_target_task(target) == GD_MULTILABEL;
    const char *name = labels                                    ? "micro_f1"
                       : gd_target_task(target) == GD_REGRESSION ? "rmse"
                                                                 : "log_loss";
    double model = gd_scores_get(scores, name), constant = gd_scores_get(baseline, name);
    snprintf(sentence, 160,
             "the model is no better than the baseline, which ignores the features: "
             "%s %.4g, baseline %.4g",
             name, model, constant);
    return isfinite(model) && isfinite(constant) &&
           (labels ? model <= constant : model >= constant);
}

bool cli_is_about_rows(const char *name)
{
    return strcmp(name, "rows") == 0 || strcmp(name, "observed_fraction") == 0;
}

/* ---- of each class or label ---- */

const char *const cli_class_score_names[] = {"precision", "recall", "f1", "support", "threshold"};

double *cli_metric(const gd_metric_kind *kind, const gd_target *target, const gd_examples *truth,
                   const gd_tensor *x, double zero_division)
{
    bool matrix = kind == &gd_metric_confusion_matrix;
    gd_metric_options options = {.average = matrix ? GD_AVERAGE_MACRO : GD_AVERAGE_NONE,
                                 .zero_division = zero_division};
    gd_metric *metric = gd_metric_create(kind, gd_target_width(target), &options);
    gd_metric_update(metric, x, truth->y, truth->mask);
    const gd_tensor *computed = gd_metric_compute(metric);
    size_t size = (size_t)gd_tensor_numel(computed) * sizeof(double);
    double *values = memcpy(cli_malloc(size), computed->data, size);
    gd_metric_destroy(metric);
    return values;
}

/* How many rows are truly of a class, or have a label. */
static int64_t support(const gd_examples *truth, const gd_target *target, int64_t label)
{
    int64_t n = truth->y->shape[0], width = gd_target_width(target), count = 0;
    for (int64_t i = 0; i < n; ++i)
        if (gd_target_task(target) != GD_MULTILABEL)
            count += ((const int64_t *)truth->y->data)[i] == label;
        else if (((const bool *)truth->mask->data)[i * width + label])
            count += ((const float *)truth->y->data)[i * width + label] > 0;
    return count;
}

double *cli_class_scores(const gd_model *model, const gd_examples *truth,
                         const gd_tensor *predicted)
{
    static const gd_metric_kind *const kinds[] = {&gd_metric_precision, &gd_metric_recall,
                                                  &gd_metric_f1};
    const gd_target *target = gd_model_target(model);
    int64_t width = gd_target_width(target);
    double *scores = cli_calloc((size_t)width * CLI_CLASS_SCORES, sizeof *scores);
    for (int k = 0; k <= CLI_F1; ++k) {
        double *values = cli_metric(kinds[k], target, truth, predicted, 0);
        for (int64_t i = 0; i < width; ++i)
            scores[i * CLI_CLASS_SCORES + k] = values[i];
        free(values);
    }
    for (int64_t i = 0; i < width; ++i) {
        double *of_class = scores + i * CLI_CLASS_SCORES;
        of_class[CLI_SUPPORT] = (double)support(truth, target, i);
        of_class[CLI_THRESHOLD] = gd_model_thresholds(model)[i];
    }
    return scores;
}
