/* The numbers of each task, by the library's metrics. */
#include "cli/scores.h"
#include "cli/cli.h"

#include <math.h>

static double threshold(const cli_prediction *prediction, int64_t label)
{
    return prediction->thresholds != NULL ? prediction->thresholds[label] : 0.5;
}

int64_t cli_predicted_class(const cli_target *target, const cli_prediction *prediction, int64_t row)
{
    int64_t width = cli_target_width(target), best = 0;
    const double *p = (const double *)prediction->values->data + row * width;
    if (target->task == CLI_BINARY)
        return p[1] > threshold(prediction, 1);
    for (int64_t c = 1; c < width; ++c)
        best = p[c] > p[best] ? c : best;
    return best;
}

bool cli_predicted_label(const cli_prediction *prediction, int64_t row, int64_t label)
{
    int64_t width = prediction->values->shape[1];
    double p = ((const double *)prediction->values->data)[row * width + label];
    return p > threshold(prediction, label);
}

/* What is said of each row: [n] int64 or [n,labels] bool. */
static gd_tensor *said(const cli_target *target, const cli_prediction *prediction)
{
    int64_t n = prediction->values->shape[0], width = prediction->values->shape[1];
    bool labels = target->task == CLI_MULTILABEL;
    gd_tensor *x = labels ? gd_tensor_create(GD_BOOL, GD_DIMS(n, width))
                          : gd_tensor_create(GD_I64, GD_DIMS(n));
    for (int64_t i = 0; x != NULL && i < n; ++i)
        if (labels)
            for (int64_t j = 0; j < width; ++j)
                ((bool *)x->data)[i * width + j] = cli_predicted_label(prediction, i, j);
        else
            ((int64_t *)x->data)[i] = cli_predicted_class(target, prediction, i);
    return x;
}

/* What is compared. */
typedef struct comparison {
    const cli_target *target;
    const cli_truth *truth;
    const cli_prediction *prediction;
    gd_tensor *said;
} comparison;

static bool compare(comparison *c, const cli_target *target, const cli_truth *truth,
                    const cli_prediction *prediction)
{
    *c = (comparison){target, truth, prediction, said(target, prediction)};
    return c->said != NULL;
}

/* A metric of what is said, or of the values themselves; NULL where it is not to be had. */
static gd_metric *measured(const comparison *c, const gd_metric_kind *kind, bool of_values,
                           const gd_metric_options *options)
{
    gd_metric *metric = gd_metric_create(kind, cli_target_width(c->target), options);
    const gd_tensor *input = of_values ? c->prediction->values : c->said;
    if (metric != NULL && gd_metric_update(metric, input, c->truth->y, c->truth->mask) != GD_OK) {
        gd_metric_destroy(metric);
        return NULL;
    }
    return metric;
}

static double number(const comparison *c, const gd_metric_kind *kind, bool of_values,
                     gd_average average, double zero_division)
{
    gd_metric *metric =
        measured(c, kind, of_values,
                 &(gd_metric_options){.average = average, .zero_division = zero_division});
    double value = metric != NULL ? gd_metric_value(metric) : NAN;
    gd_metric_destroy(metric);
    return value;
}

/* NULL after a message where it has failed. */
static gd__json *checked(gd__json *json)
{
    if (gd__json_check(json) == GD_OK)
        return json;
    cli_error(CLI_RUNTIME, "%s", gd_message());
    gd__json_destroy(json);
    return NULL;
}

static void put(gd__json *scores, const char *name, double value)
{
    gd__json_set(scores, name, isfinite(value) ? gd__json_real(value) : gd__json_null());
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

static double area(const gd_tensor *values, const gd_tensor *yes, int64_t positives)
{
    int64_t n = values->shape[0];
    if (positives > 0 && positives < n && positives <= FEW)
        return area_by_counting(values->data, yes->data, n, positives);
    gd_metric *metric =
        gd_metric_create(&gd_metric_roc_auc, 1, &(gd_metric_options){.zero_division = INFINITY});
    bool measured = metric != NULL && gd_metric_update(metric, values, yes, NULL) == GD_OK;
    double value = measured ? gd_metric_value(metric) : (double)NAN;
    gd_metric_destroy(metric);
    return value;
}

/* The area of each class against the others, one after another, as sorting needs memory: their mean. A class without rows has none, and
 * spoils the mean: that of the others would be another number. Of two classes the columns are each other's reverse. */
static double mean_area(const comparison *c)
{
    int64_t n = c->truth->y->shape[0], width = c->prediction->values->shape[1];
    int64_t first = width == 2;
    gd_tensor *values = gd_tensor_create(GD_F64, GD_DIMS(n, 1));
    gd_tensor *yes = gd_tensor_create(GD_F32, GD_DIMS(n, 1));
    double sum = values != NULL && yes != NULL ? 0 : (double)NAN;
    for (int64_t k = first; k < width && isfinite(sum); ++k) {
        int64_t positives = 0;
        for (int64_t i = 0; i < n; ++i) {
            bool is = ((const int64_t *)c->truth->y->data)[i] == k;
            ((double *)values->data)[i] =
                ((const double *)c->prediction->values->data)[i * width + k];
            ((float *)yes->data)[i] = is;
            positives += is;
        }
        sum += area(values, yes, positives);
    }
    gd_tensor_destroy(values);
    gd_tensor_destroy(yes);
    return sum / (double)(width - first);
}

/* A class that is neither true nor said does not count in a mean: 0 / 0 is NaN, and left out. */
static void put_class_scores(gd__json *scores, const comparison *c)
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

static double observed_fraction(const cli_truth *truth)
{
    int64_t known = 0, cells = gd_tensor_numel(truth->mask);
    for (int64_t i = 0; i < cells; ++i)
        known += ((const bool *)truth->mask->data)[i];
    return cells > 0 ? (double)known / (double)cells : NAN;
}

static void put_label_scores(gd__json *scores, const comparison *c)
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

static void put_number_scores(gd__json *scores, const comparison *c)
{
    const double *y = c->truth->y->data, *p = c->prediction->values->data;
    int64_t n = c->truth->y->shape[0];
    double mean = 0, squares = 0, distances = 0, spread = 0;
    for (int64_t i = 0; i < n; ++i)
        mean += (y[i] - mean) / (double)(i + 1);
    for (int64_t i = 0; i < n; ++i) {
        squares += (y[i] - p[i]) * (y[i] - p[i]);
        distances += fabs(y[i] - p[i]);
        spread += (y[i] - mean) * (y[i] - mean);
    }
    put(scores, "rmse", sqrt(squares / (double)n));
    put(scores, "mae", distances / (double)n);
    double constant = squares > 0 ? 0 : 1; /* of rows that are all the same */
    put(scores, "r2", n < 2 ? (double)NAN : spread > 0 ? 1 - squares / spread : constant);
}

/* The accuracy of saying one class of all rows. */
static double share_of_class(const cli_truth *truth, int64_t class)
{
    int64_t n = truth->y->shape[0], right = 0;
    for (int64_t i = 0; i < n; ++i)
        right += ((const int64_t *)truth->y->data)[i] == class;
    return n > 0 ? (double)right / (double)n : (double)NAN;
}

gd__json *cli_scores(const cli_target *target, const cli_truth *truth,
                     const cli_prediction *prediction, const cli_prediction *baseline)
{
    comparison c;
    gd__json *scores = gd__json_object();
    if (!compare(&c, target, truth, prediction)) {
        gd__json_destroy(scores);
        cli_error(CLI_RUNTIME, "%s", gd_message());
        return NULL;
    }
    gd__json_set(scores, "rows", gd__json_integer(truth->y->shape[0]));
    if (target->task == CLI_MULTILABEL)
        put_label_scores(scores, &c);
    else if (target->task == CLI_REGRESSION)
        put_number_scores(scores, &c);
    else {
        put_class_scores(scores, &c);
        put(scores, "majority_accuracy",
            share_of_class(truth, cli_predicted_class(target, baseline, 0)));
    }
    gd_tensor_destroy(c.said);
    return checked(scores);
}

/* ---- the one number that a run is watched by ---- */

const char *cli_main_score_name(const cli_target *target)
{
    return target->task == CLI_MULTILABEL   ? "micro_f1"
           : target->task == CLI_REGRESSION ? "rmse"
                                            : "accuracy";
}

double cli_main_score(const cli_target *target, const cli_truth *truth,
                      const cli_prediction *prediction)
{
    gd__json *scores = gd__json_object();
    comparison c;
    double score = NAN;
    if (target->task == CLI_REGRESSION) {
        put_number_scores(scores, &(comparison){target, truth, prediction, NULL});
        score = gd__json_number_of(gd__json_get(scores, "rmse"));
    } else if (compare(&c, target, truth, prediction)) {
        bool labels = target->task == CLI_MULTILABEL;
        score = number(&c, labels ? &gd_metric_f1 : &gd_metric_accuracy, false,
                       labels ? GD_AVERAGE_MICRO : GD_AVERAGE_MACRO, 0);
        gd_tensor_destroy(c.said);
    }
    gd__json_destroy(scores);
    return score;
}

/* ---- a class or label at a time ---- */

static double at(const gd_tensor *values, int64_t i)
{
    return values != NULL ? ((const double *)values->data)[i] : NAN;
}

/* How many rows are truly of a class, or have a label. */
static int64_t support(const cli_truth *truth, const cli_target *target, int64_t label)
{
    int64_t n = truth->y->shape[0], width = cli_target_width(target), count = 0;
    for (int64_t i = 0; i < n; ++i)
        if (target->task != CLI_MULTILABEL)
            count += ((const int64_t *)truth->y->data)[i] == label;
        else if (((const bool *)truth->mask->data)[i * width + label])
            count += ((const float *)truth->y->data)[i * width + label] > 0;
    return count;
}

gd__json *cli_class_scores(const cli_target *target, const cli_truth *truth,
                           const cli_prediction *prediction)
{
    static const gd_metric_kind *const kinds[] = {&gd_metric_precision, &gd_metric_recall,
                                                  &gd_metric_f1};
    static const char *const names[] = {"precision", "recall", "f1"};
    comparison c;
    if (!compare(&c, target, truth, prediction))
        return cli_error(CLI_RUNTIME, "%s", gd_message()), NULL;
    gd__json *list = gd__json_array();
    for (int64_t i = 0; i < cli_target_width(target); ++i) {
        gd__json *object = gd__json_object();
        gd__json_set(object, "name", gd__json_string(cli_target_label(target, i)));
        gd__json_append(list, object);
    }
    for (int k = 0; k < 3; ++k) {
        gd_metric *metric =
            measured(&c, kinds[k], false, &(gd_metric_options){.average = GD_AVERAGE_NONE});
        const gd_tensor *values = metric != NULL ? gd_metric_compute(metric) : NULL;
        for (size_t i = 0; i < gd__json_size(list); ++i)
            put(gd__json_at(list, i), names[k], at(values, (int64_t)i));
        gd_metric_destroy(metric);
    }
    for (size_t i = 0; i < gd__json_size(list); ++i) {
        gd__json *object = gd__json_at(list, i);
        gd__json_set(object, "support", gd__json_integer(support(truth, target, (int64_t)i)));
        if (target->task == CLI_MULTILABEL)
            put(object, "threshold", threshold(prediction, (int64_t)i));
    }
    gd_tensor_destroy(c.said);
    return checked(list);
}

gd__json *cli_confusion(const cli_target *target, const cli_truth *truth,
                        const cli_prediction *prediction)
{
    comparison c;
    int64_t width = cli_target_width(target);
    if (!compare(&c, target, truth, prediction))
        return cli_error(CLI_RUNTIME, "%s", gd_message()), NULL;
    gd__json *matrix = gd__json_array();
    gd_metric *metric = measured(&c, &gd_metric_confusion_matrix, false, NULL);
    const gd_tensor *counts = metric != NULL ? gd_metric_compute(metric) : NULL;
    for (int64_t i = 0; i < width; ++i) {
        gd__json *row = gd__json_array();
        for (int64_t j = 0; j < width; ++j)
            gd__json_append(row, gd__json_integer((int64_t)at(counts, i * width + j)));
        gd__json_append(matrix, row);
    }
    gd_metric_destroy(metric);
    gd_tensor_destroy(c.said);
    return checked(matrix);
}
