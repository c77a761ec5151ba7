#include "cli/scores/scores.h"
#include "cli/files/model.h"

#include <math.h>
#include <string.h>

/* NULL after a message where it has failed. */
static gd_json *checked(gd_json *json)
{
    if (gd_json_check(json) == GD_OK)
        return json;
    cli_error(CLI_RUNTIME, "%s", gd_message());
    gd_json_destroy(json);
    return NULL;
}

static void put(gd_json *scores, const char *name, double value)
{
    gd_json_set(scores, name, isfinite(value) ? gd_json_real(value) : gd_json_null());
}

gd_json *cli_scores_json(const gd_scores *scores)
{
    gd_json *json = gd_json_object();
    for (int i = 0; i < scores->count; ++i)
        if (strcmp(scores->at[i].name, "rows") == 0)
            gd_json_set(json, "rows", gd_json_integer((int64_t)scores->at[i].value));
        else
            put(json, scores->at[i].name, scores->at[i].value);
    return json;
}

gd_json *cli_baseline_scores(const gd_model *model, const gd_examples *truth)
{
    gd_prediction baseline;
    gd_scores scores;
    gd_status status = gd_model_predict_baseline(model, 1, &baseline);
    if (status == GD_OK)
        status = gd_scores_compute(&scores, gd_model_target(model), truth, &baseline, &baseline);
    gd_prediction_free(&baseline);
    return cli_check(status) == CLI_OK ? checked(cli_scores_json(&scores)) : NULL;
}

/* ---- a class or label at a time ---- */

/* A metric of the predicted classes or labels; NULL after a message. */
static gd_metric *measured(const gd_metric_kind *kind, const gd_target *target,
                           const gd_examples *truth, const gd_tensor *said)
{
    gd_average average = kind != &gd_metric_confusion_matrix ? GD_AVERAGE_NONE : GD_AVERAGE_MACRO;
    gd_metric *metric =
        gd_metric_create(kind, gd_target_width(target), &(gd_metric_options){.average = average});
    if (metric == NULL || gd_metric_update(metric, said, truth->y, truth->mask) != GD_OK) {
        cli_error(CLI_RUNTIME, "%s", gd_message());
        gd_metric_destroy(metric);
        metric = NULL;
    }
    return metric;
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

gd_json *cli_class_scores(const gd_model *model, const gd_examples *truth, const gd_tensor *said)
{
    const gd_target *target = gd_model_target(model);
    static const gd_metric_kind *const kinds[] = {&gd_metric_precision, &gd_metric_recall,
                                                  &gd_metric_f1};
    gd_json *list = gd_json_array();
    for (int64_t i = 0; i < gd_target_width(target); ++i) {
        gd_json *object = gd_json_object();
        gd_json_set(object, "name", gd_json_string(gd_target_label(target, i)));
        gd_json_append(list, object);
    }
    for (int k = 0; k < 3; ++k) {
        gd_metric *metric = measured(kinds[k], target, truth, said);
        if (metric == NULL)
            return gd_json_destroy(list), NULL;
        const double *values = gd_metric_compute(metric)->data;
        for (size_t i = 0; i < gd_json_size(list); ++i)
            put(gd_json_at(list, i), gd_metric_name(kinds[k]), values[i]);
        gd_metric_destroy(metric);
    }
    for (size_t i = 0; i < gd_json_size(list); ++i) {
        gd_json *object = gd_json_at(list, i);
        gd_json_set(object, "support", gd_json_integer(support(truth, target, (int64_t)i)));
        if (gd_target_task(target) == GD_MULTILABEL)
            put(object, "threshold", gd_model_thresholds(model)[i]);
    }
    return checked(list);
}

gd_json *cli_confusion(const gd_target *target, const gd_examples *truth, const gd_tensor *said)
{
    int64_t width = gd_target_width(target);
    gd_metric *metric = measured(&gd_metric_confusion_matrix, target, truth, said);
    if (metric == NULL)
        return NULL;
    const double *counts = gd_metric_compute(metric)->data;
    gd_json *matrix = gd_json_array();
    for (int64_t i = 0; i < width; ++i) {
        gd_json *row = gd_json_array();
        for (int64_t j = 0; j < width; ++j)
            gd_json_append(row, gd_json_integer((int64_t)counts[i * width + j]));
        gd_json_append(matrix, row);
    }
    gd_metric_destroy(metric);
    return checked(matrix);
}
