/* The numbers of each task, by the library's metrics. */
#include "fit/model.h"

#include <math.h>
#include <string.h>

static double threshold(const gd_prediction *prediction, int64_t label)
{
    return prediction->thresholds != NULL ? prediction->thresholds[label] : 0.5;
}

int64_t gd_predicted_class(const gd_target *target, const gd_prediction *prediction, int64_t row)
{
    int64_t width = gd_target_width(target), best = 0;
    const double *p = (const double *)prediction->values->data + row * width;
    if (target->task == GD_BINARY)
        return p[1] > threshold(prediction, 1);
    for (int64_t c = 1; c < width; ++c)
        best = p[c] > p[best] ? c : best;
    return best;
}

bool gd_predicted_label(const gd_prediction *prediction, int64_t row, int64_t label)
{
    int64_t width = prediction->values->shape[1];
    double p = ((const double *)prediction->values->data)[row * width + label];
    return p > threshold(prediction, label);
}

/* What is said of each row: [n] int64 or [n,labels] bool. */
static gd_tensor *said(const gd_target *target, const gd_prediction *prediction)
{
    int64_t n = prediction->values->shape[0], width = prediction->values->shape[1];
    bool labels = target->task == GD_MULTILABEL;
    gd_tensor *x = labels ? gd_tensor_create(GD_BOOL, GD_DIMS(n, width))
                          : gd_tensor_create(GD_I64, GD_DIMS(n));
    for (int64_t i = 0; x != NULL && i < n; ++i)
        if (labels)
            for (int64_t j = 0; j < width; ++j)
                ((bool *)x->data)[i * width + j] = gd_predicted_label(prediction, i, j);
        else
            ((int64_t *)x->data)[i] = gd_predicted_class(target, prediction, i);
    return x;
}

/* What is compared. */
typedef struct comparison {
    const gd_target *target;
    const gd_examples *truth;
    const gd_prediction *prediction;
    gd_tensor *said;
    bool no_memory; /* for something: a score that could not be had is not one that is undefined */
} comparison;

static bool compare(comparison *c, const gd_target *target, const gd_examples *truth,
                    const gd_prediction *prediction)
{
    *c = (comparison){target, truth, prediction, said(target, prediction), false};
    return c->said != NULL;
}

/* A metric of what is said, or of the values themselves; NULL where it is not to be had. */
static gd_metric *measured(comparison *c, const gd_metric_kind *kind, bool of_values,
                           const gd_metric_options *options)
{
    gd_metric *metric = gd_metric_create(kind, gd_target_width(c->target), options);
    const gd_tensor *input = of_values ? c->prediction->values : c->said;
    if (metric != NULL && gd_metric_update(metric, input, c->truth->y, c->truth->mask) != GD_OK) {
        gd_metric_destroy(metric);
        metric = NULL;
    }
    c->no_memory |= metric == NULL && gd__message_status() == GD_ERROR_MEMORY;
    return metric;
}

static double number(comparison *c, const gd_metric_kind *kind, bool of_values, gd_average average,
                     double zero_division)
{
    gd_metric *metric =
        measured(c, kind, of_values,
                 &(gd_metric_options){.average = average, .zero_division = zero_division});
    double value = metric != NULL ? gd_metric_value(metric) : NAN;
    gd_metric_destroy(metric);
    return value;
}

/* name: one of known_names. */
static void put(gd_scores *scores, const char *name, double value)
{
    scores->at[scores->count].name = name;
    scores->at[scores->count++].value = isfinite(value) ? value : (double)NAN;
}

/* ---- classes ---- */

enum { FEW = 32 /* rows of a class, for which counting is quicker than sorting */ };

/* The part of pairs, of a row of the class and another one, in which the first has the greater value; ties count half. */
static double area_by_counting(const double *values, const float *yes, int64_t n, int64_t positives)
{
    double greater = 0;
    for (int64_t i = 0; i < n; ++i) {
        if (yes[i] == 0)
            continue;
        int64_t below = 0, equal = 0;
        for (int64_t j = 0; j < n; ++j) {
            below += yes[j] == 0 && values[j] < values[i];
            equal += yes[j] == 0 && values[j] == values[i];
        }
        greater += (double)below + (double)equal / 2;
    }
    return greater / ((double)positives * (double)(n - positives));
}

static double area(comparison *c, const gd_tensor *values, const gd_tensor *yes, int64_t positives)
{
    int64_t n = values->shape[0];
    if (positives > 0 && positives < n && positives <= FEW)
        return area_by_counting(values->data, yes->data, n, positives);
    gd_metric *metric =
        gd_metric_create(&gd_metric_roc_auc, 1, &(gd_metric_options){.zero_division = INFINITY});
    bool measured = metric != NULL && gd_metric_update(metric, values, yes, NULL) == GD_OK;
    c->no_memory |= !measured && gd__message_status() == GD_ERROR_MEMORY;
    double value = measured ? gd_metric_value(metric) : (double)NAN;
    gd_metric_destroy(metric);
    return value;
}

/* The area of each class against the others, one after another, as sorting needs memory: their mean. A class without rows has none, and
 * spoils the mean: that of the others would be another number. Of two classes the columns are each other's reverse. */
static double mean_area(comparison *c)
{
    int64_t n = c->truth->y->shape[0], width = c->prediction->values->shape[1];
    int64_t first = width == 2;
    gd_tensor *values = gd_tensor_create(GD_F64, GD_DIMS(n, 1));
    gd_tensor *yes = gd_tensor_create(GD_F32, GD_DIMS(n, 1));
    double sum = values != NULL && yes != NULL ? 0 : (double)NAN;
    c->no_memory |= isnan(sum);
    for (int64_t k = first; k < width && isfinite(sum); ++k) {
        int64_t positives = 0;
        for (int64_t i = 0; i < n; ++i) {
            bool is = ((const int64_t *)c->truth->y->data)[i] == k;
            ((double *)values->data)[i] =
                ((const double *)c->prediction->values->data)[i * width + k];
            ((float *)yes->data)[i] = is;
            positives += is;
        }
        sum += area(c, values, yes, positives);
    }
    gd_tensor_destroy(values);
    gd_tensor_destroy(yes);
    return sum / (double)(width - first);
}

/* A class that is neither true nor said does not count in a mean: 0 / 0 is NaN, and left out. */
static void put_class_scores(gd_scores *scores, comparison *c)
{
    put(scores, "accuracy", number(c, &gd_metric_accuracy, false, GD_AVERAGE_MACRO, NAN));
    put(scores, "balanced_accuracy", number(c, &gd_metric_recall, false, GD_AVERAGE_MACRO, NAN));
    put(scores, "log_loss", number(c, &gd_metric_log_loss, true, GD_AVERAGE_MACRO, NAN));
    put(scores, "macro_f1", number(c, &gd_metric_f1, false, GD_AVERAGE_MACRO, NAN));
    put(scores, "micro_f1", number(c, &gd_metric_f1, false, GD_AVERAGE_MICRO, NAN));
    put(scores, "weighted_f1", number(c, &gd_metric_f1, false, GD_AVERAGE_WEIGHTED, NAN));
    put(scores, "mcc", number(c, &gd_metric_matthews_corrcoef, false, GD_AVERAGE_MACRO, NAN));
    put(scores, "roc_auc", mean_area(c));
}

/* ---- labels ---- */

static double observed_fraction(const gd_examples *truth)
{
    int64_t known = 0, cells = gd_tensor_numel(truth->mask);
    for (int64_t i = 0; i < cells; ++i)
        known += ((const bool *)truth->mask->data)[i];
    return cells > 0 ? (double)known / (double)cells : NAN;
}

static void put_label_scores(gd_scores *scores, comparison *c)
{
    put(scores, "hamming_loss", number(c, &gd_metric_hamming_loss, false, GD_AVERAGE_MACRO, 0));
    put(scores, "subset_accuracy",
        number(c, &gd_metric_subset_accuracy, false, GD_AVERAGE_MACRO, 0));
    put(scores, "micro_f1", number(c, &gd_metric_f1, false, GD_AVERAGE_MICRO, 0));
    put(scores, "macro_f1", number(c, &gd_metric_f1, false, GD_AVERAGE_MACRO, 0));
    put(scores, "samples_f1", number(c, &gd_metric_f1, false, GD_AVERAGE_SAMPLES, 0));
    put(scores, "ranking_loss", number(c, &gd_metric_ranking_loss, true, GD_AVERAGE_MACRO, 0));
    put(scores, "label_ranking_average_precision",
        number(c, &gd_metric_ranking_average_precision, true, GD_AVERAGE_MACRO, 0));
    put(scores, "one_error", number(c, &gd_metric_one_error, true, GD_AVERAGE_MACRO, 0));
    put(scores, "observed_fraction", observed_fraction(c->truth));
}

/* ---- numbers ---- */

/* R squared of rows that are all the same is 1 where all are met, and 0 elsewhere. */
static void put_number_scores(gd_scores *scores, comparison *c)
{
    put(scores, "rmse", number(c, &gd_metric_rmse, true, GD_AVERAGE_MACRO, NAN));
    put(scores, "mae", number(c, &gd_metric_mae, true, GD_AVERAGE_MACRO, NAN));
    put(scores, "r2", number(c, &gd_metric_r2, true, GD_AVERAGE_MACRO, NAN));
}

/* The accuracy of saying one class of all rows. */
static double share_of_class(const gd_examples *truth, int64_t class)
{
    int64_t n = gd__examples_rows(truth), right = 0;
    for (int64_t i = 0; i < n; ++i)
        right += ((const int64_t *)truth->y->data)[i] == class;
    return n > 0 ? (double)right / (double)n : (double)NAN;
}

gd_status gd_scores_compute(gd_scores *scores, const gd_target *target, const gd_examples *truth,
                            const gd_prediction *prediction, const gd_prediction *baseline)
{
    comparison c;
    *scores = (gd_scores){.count = 0};
    if (!compare(&c, target, truth, prediction))
        return gd__message_status();
    put(scores, "rows", (double)gd__examples_rows(truth));
    if (target->task == GD_MULTILABEL)
        put_label_scores(scores, &c);
    else if (target->task == GD_REGRESSION)
        put_number_scores(scores, &c);
    else
        put_class_scores(scores, &c);
    gd_tensor_destroy(c.said);
    if (c.no_memory)
        return gd__fail(GD_ERROR_MEMORY, "no memory for the scores");
    if (baseline != NULL && gd__has_classes(target))
        put(scores, "majority_accuracy",
            share_of_class(truth, gd_predicted_class(target, baseline, 0)));
    return GD_OK;
}

double gd_scores_get(const gd_scores *scores, const char *name)
{
    for (int i = 0; i < scores->count; ++i)
        if (strcmp(scores->at[i].name, name) == 0)
            return scores->at[i].value;
    return NAN;
}

/* ---- the one number that a run is watched by ---- */

const char *gd_main_score_name(const gd_target *target)
{
    return target->task == GD_MULTILABEL   ? "micro_f1"
           : target->task == GD_REGRESSION ? "rmse"
                                           : "accuracy";
}

gd_status gd__main_score(double *score, const gd_target *target, const gd_examples *truth,
                         const gd_prediction *prediction)
{
    comparison c;
    bool labels = target->task == GD_MULTILABEL, numbers = target->task == GD_REGRESSION;
    const gd_metric_kind *kind = labels    ? &gd_metric_f1
                                 : numbers ? &gd_metric_rmse
                                           : &gd_metric_accuracy;
    *score = NAN;
    if (!compare(&c, target, truth, prediction))
        return gd__message_status();
    *score = number(&c, kind, numbers, labels ? GD_AVERAGE_MICRO : GD_AVERAGE_MACRO, 0);
    gd_tensor_destroy(c.said);
    return c.no_memory ? GD_ERROR_MEMORY : GD_OK;
}

double gd_main_score(const gd_target *target, const gd_examples *truth,
                     const gd_prediction *prediction)
{
    double score;
    gd__main_score(&score, target, truth, prediction);
    return score;
}

/* ---- in a model's file ---- */

static const char *const known_names[] = {"rows",
                                          "accuracy",
                                          "balanced_accuracy",
                                          "log_loss",
                                          "macro_f1",
                                          "micro_f1",
                                          "weighted_f1",
                                          "mcc",
                                          "roc_auc",
                                          "majority_accuracy",
                                          "hamming_loss",
                                          "subset_accuracy",
                                          "samples_f1",
                                          "ranking_loss",
                                          "label_ranking_average_precision",
                                          "one_error",
                                          "observed_fraction",
                                          "rmse",
                                          "mae",
                                          "r2"};
enum { KNOWN_NAMES = sizeof known_names / sizeof *known_names };

gd__json *gd__scores_json(const gd_scores *scores)
{
    gd__json *json = gd__json_object();
    for (int i = 0; i < scores->count; ++i) {
        double value = scores->at[i].value;
        gd__json_set(json, scores->at[i].name,
                     i == 0            ? gd__json_integer((int64_t)value)
                     : isfinite(value) ? gd__json_real(value)
                                       : gd__json_null());
    }
    return json;
}

/* Members that no score is called are passed over. */
bool gd__scores_from_json(gd_scores *scores, const gd__json *json)
{
    *scores = (gd_scores){.count = 0};
    for (size_t i = 0; i < gd__json_size(json); ++i)
        for (int k = 0; k < KNOWN_NAMES && scores->count < GD_MOST_SCORES; ++k)
            if (gd__json_key(json, i) != NULL && strcmp(gd__json_key(json, i), known_names[k]) == 0)
                put(scores, known_names[k],
                    gd__json_is_number(gd__json_at(json, i))
                        ? gd__json_number_of(gd__json_at(json, i))
                        : (double)NAN);
    return json == NULL || gd__json_is(json, GD__JSON_OBJECT);
}
