/* The numbers of each task, by the library's metrics. */
#include "fit/predictions.h"

#include <inttypes.h>
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

gd_tensor *gd_predicted_targets(const gd_target *target, const gd_prediction *prediction)
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

/* name: one of known_names. */
static void put(gd_scores *scores, const char *name, double value)
{
    scores->at[scores->count].name = name;
    scores->at[scores->count++].value = isfinite(value) ? value : (double)NAN;
}

/* ---- metrics of a task ---- */

typedef struct measure {
    const char *name;
    const gd_metric_kind *kind;
    bool of_values; /* of probabilities or numbers; else of the predicted classes or labels */
    gd_average average;
    double zero_division;
} measure;

/* A class that is neither true nor predicted is left out of means: its 0 / 0 is NaN. */
static const measure of_classes[] = {
    {"accuracy", &gd_metric_accuracy, false, GD_AVERAGE_MACRO, NAN},
    {"balanced_accuracy", &gd_metric_recall, false, GD_AVERAGE_MACRO, NAN},
    {"log_loss", &gd_metric_log_loss, true, GD_AVERAGE_MACRO, NAN},
    {"macro_f1", &gd_metric_f1, false, GD_AVERAGE_MACRO, NAN},
    {"micro_f1", &gd_metric_f1, false, GD_AVERAGE_MICRO, NAN},
    {"weighted_f1", &gd_metric_f1, false, GD_AVERAGE_WEIGHTED, NAN},
    {"mcc", &gd_metric_matthews_corrcoef, false, GD_AVERAGE_MACRO, NAN},
};

static const measure of_labels[] = {
    {"hamming_loss", &gd_metric_hamming_loss, false, GD_AVERAGE_MACRO, 0},
    {"subset_accuracy", &gd_metric_subset_accuracy, false, GD_AVERAGE_MACRO, 0},
    {"micro_f1", &gd_metric_f1, false, GD_AVERAGE_MICRO, 0},
    {"macro_f1", &gd_metric_f1, false, GD_AVERAGE_MACRO, 0},
    {"samples_f1", &gd_metric_f1, false, GD_AVERAGE_SAMPLES, 0},
    {"ranking_loss", &gd_metric_ranking_loss, true, GD_AVERAGE_MACRO, 0},
    {"label_ranking_average_precision", &gd_metric_ranking_average_precision, true,
     GD_AVERAGE_MACRO, 0},
    {"one_error", &gd_metric_one_error, true, GD_AVERAGE_MACRO, 0},
};

/* R squared of equal targets is 1 if all are met, else 0. */
static const measure of_numbers[] = {
    {"rmse", &gd_metric_rmse, true, GD_AVERAGE_MACRO, NAN},
    {"mae", &gd_metric_mae, true, GD_AVERAGE_MACRO, NAN},
    {"r2", &gd_metric_r2, true, GD_AVERAGE_MACRO, NAN},
};

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

/* ---- predictions and targets, block after block ---- */

typedef struct comparison {
    const gd_target *target;
    const gd_examples *truth;
    const gd__predictions *predictions;
    int count;
    const measure *measures;            /* [count] */
    gd_metric *metrics[GD_MOST_SCORES]; /* [count]; NULL: the score is not defined */
    gd_tensor *said;                    /* gd_predicted_targets of all rows; NULL: it is not kept */
    gd_tensor *own; /* [n] float64: each row's probability of its class; NULL: it is not kept */
} comparison;

/* Only a lack of memory is a failure: a metric that refuses its input is not defined. */
static gd_status give_up(comparison *c, int i)
{
    gd_metric_destroy(c->metrics[i]);
    c->metrics[i] = NULL;
    return gd_message_status() == GD_ERROR_MEMORY ? GD_ERROR_MEMORY : GD_OK;
}

static gd_status create_metrics(comparison *c)
{
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < c->count; ++i) {
        const measure *m = &c->measures[i];
        c->metrics[i] = gd_metric_create(
            m->kind, gd_target_width(c->target),
            &(gd_metric_options){.average = m->average, .zero_division = m->zero_division});
        if (c->metrics[i] == NULL)
            status = give_up(c, i);
    }
    return status;
}

static void keep_own(comparison *c, int64_t first, const gd_prediction *block)
{
    int64_t rows = block->values->shape[0], width = block->values->shape[1];
    const int64_t *y = (const int64_t *)c->truth->y->data + first;
    for (int64_t i = 0; i < rows; ++i)
        ((double *)c->own->data)[first + i] =
            ((const double *)block->values->data)[i * width + y[i]];
}

/* Adds a block of rows from `first` on to the metrics and to what is kept. */
static gd_status add_block(comparison *c, int64_t first, const gd_prediction *block)
{
    const gd_examples *truth = c->truth;
    int64_t end = first + block->values->shape[0];
    gd_tensor *said = gd_predicted_targets(c->target, block);
    gd_status status = said != NULL ? GD_OK : gd_message_status();
    gd_tensor y = gd_tensor_slice(truth->y, 0, first, end, 1), mask, kept;
    if (truth->mask != NULL)
        mask = gd_tensor_slice(truth->mask, 0, first, end, 1);
    for (int i = 0; status == GD_OK && i < c->count; ++i)
        if (c->metrics[i] != NULL &&
            gd_metric_update(c->metrics[i], c->measures[i].of_values ? block->values : said, &y,
                             truth->mask != NULL ? &mask : NULL) != GD_OK)
            status = give_up(c, i);
    if (status == GD_OK && c->said != NULL) {
        kept = gd_tensor_slice(c->said, 0, first, end, 1);
        status = gd_tensor_copy(&kept, said);
    }
    if (status == GD_OK && c->own != NULL)
        keep_own(c, first, block);
    gd_tensor_destroy(said);
    return status;
}

static gd_status compare(comparison *c)
{
    gd_prediction block;
    gd_status status = create_metrics(c);
    for (int64_t first = 0; status == GD_OK && first < c->predictions->rows;) {
        status = gd__predictions_block(c->predictions, first, &block);
        if (status == GD_OK) {
            status = add_block(c, first, &block);
            first += block.values->shape[0];
            gd_prediction_free(&block);
        }
    }
    return status;
}

static double value_of(const comparison *c, int i)
{
    return c->metrics[i] != NULL ? gd_metric_value(c->metrics[i]) : (double)NAN;
}

static void end(comparison *c)
{
    for (int i = 0; i < c->count; ++i)
        gd_metric_destroy(c->metrics[i]);
    gd_tensor_destroy(c->own);
}

/* ---- all scores ---- */

static double observed_fraction(const gd_examples *truth)
{
    int64_t known = 0, cells = gd_tensor_numel(truth->mask);
    for (int64_t i = 0; i < cells; ++i)
        known += ((const bool *)truth->mask->data)[i];
    return cells > 0 ? (double)known / (double)cells : NAN;
}

/* The accuracy of saying one class of all rows. */
static double share_of_class(const gd_examples *truth, int64_t class)
{
    int64_t n = gd__examples_rows(truth), right = 0;
    for (int64_t i = 0; i < n; ++i)
        right += ((const int64_t *)truth->y->data)[i] == class;
    return n > 0 ? (double)right / (double)n : (double)NAN;
}

static comparison comparison_of(const gd_target *target, const gd_examples *truth,
                                const gd__predictions *predictions)
{
    comparison c = {.target = target, .truth = truth, .predictions = predictions};
    bool labels = target->task == GD_MULTILABEL, numbers = target->task == GD_REGRESSION;
    c.measures = labels ? of_labels : numbers ? of_numbers : of_classes;
    c.count = labels ? COUNT(of_labels) : numbers ? COUNT(of_numbers) : COUNT(of_classes);
    return c;
}

/* said: gd_predicted_targets of all rows, to be filled; NULL: it is not needed. */
static gd_status compute(gd_scores *scores, const gd_target *target, const gd_examples *truth,
                         const gd__predictions *predictions, const gd_prediction *baseline,
                         gd_tensor *said)
{
    comparison c = comparison_of(target, truth, predictions);
    double area = NAN;
    c.said = said;
    c.own = gd__has_classes(target) ? gd_tensor_create(GD_F64, GD_DIMS(predictions->rows)) : NULL;
    gd_status status =
        c.own != NULL || !gd__has_classes(target) ? compare(&c) : gd_message_status();
    if (status == GD_OK && gd__has_classes(target))
        status = gd__roc_auc(&area, truth, predictions, c.own, gd_target_width(target));
    put(scores, "rows", (double)predictions->rows);
    for (int i = 0; i < c.count; ++i)
        put(scores, c.measures[i].name, value_of(&c, i));
    if (gd__has_classes(target))
        put(scores, "roc_auc", area);
    if (target->task == GD_MULTILABEL)
        put(scores, "observed_fraction", observed_fraction(truth));
    if (baseline != NULL && gd__has_classes(target))
        put(scores, "majority_accuracy",
            share_of_class(truth, gd_predicted_class(target, baseline, 0)));
    end(&c);
    return status;
}

static gd_status check(const gd_target *target, const gd_examples *truth, const gd_tensor *values)
{
    int64_t n = gd__examples_rows(truth), width = gd_target_width(target);
    if ((values->shape[0] != n && values->shape[0] != 1) || values->shape[1] != width)
        return gd__fail(GD_ERROR_SHAPE,
                        "scores: predictions [%" PRId64 ",%" PRId64 "] do not fit %" PRId64
                        " examples of width %" PRId64,
                        values->shape[0], values->shape[1], n, width);
    for (int64_t i = 0; gd__has_classes(target) && i < n; ++i) {
        int64_t y = ((const int64_t *)truth->y->data)[i];
        if (y < 0 || y >= width)
            return gd__fail(GD_ERROR_VALUE, "scores: class %" PRId64 " is outside [0,%" PRId64 ")",
                            y, width);
    }
    return GD_OK;
}

gd_status gd_scores_compute(gd_scores *scores, const gd_target *target, const gd_examples *truth,
                            const gd_prediction *prediction, const gd_prediction *baseline)
{
    gd__predictions all = {.rows = gd__examples_rows(truth), .whole = prediction};
    gd_status status = check(target, truth, prediction->values);
    *scores = (gd_scores){.count = 0};
    return status == GD_OK ? compute(scores, target, truth, &all, baseline, NULL) : status;
}

static gd_status judge(gd_scores *scores, const gd_model *model, const gd_tensor *x,
                       const gd_examples *truth, gd_tensor *said)
{
    gd_prediction baseline = {.values = NULL};
    gd__predictions all = {.rows = x->shape[0], .model = model, .x = x, .tape = gd_tape_create()};
    gd_status status =
        all.tape != NULL ? gd_model_predict_baseline(model, 1, &baseline) : gd_message_status();
    if (status == GD_OK)
        status = compute(scores, &model->target, truth, &all, &baseline, said);
    gd_prediction_free(&baseline);
    gd_tape_destroy(all.tape);
    return status;
}

gd_status gd_model_evaluate(const gd_model *model, const gd_table *table, const gd_examples *truth,
                            gd_scores *scores, gd_tensor **said, gd_prediction *prediction)
{
    int64_t n = gd__examples_rows(truth), width = gd_target_width(&model->target);
    *scores = (gd_scores){.count = 0};
    *said = NULL;
    *prediction = (gd_prediction){.thresholds = model->thresholds};
    gd_tensor *x = gd__model_features(model, table, truth->rows, prediction);
    if (x == NULL)
        return gd__data_failure();
    *said = model->target.task == GD_MULTILABEL ? gd_tensor_create(GD_BOOL, GD_DIMS(n, width))
                                                : gd_tensor_create(GD_I64, GD_DIMS(n));
    gd_status status = *said != NULL ? judge(scores, model, x, truth, *said) : gd_message_status();
    gd_tensor_destroy(x);
    return status;
}

double gd_scores_get(const gd_scores *scores, const char *name)
{
    for (int i = 0; i < scores->count; ++i)
        if (strcmp(scores->at[i].name, name) == 0)
            return scores->at[i].value;
    return NAN;
}

double gd_model_score(const gd_model *model, const char *name)
{
    return gd_scores_get(&model->training.scores, name);
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
    gd__predictions all = {.rows = gd__examples_rows(truth), .whole = prediction};
    comparison c = comparison_of(target, truth, &all);
    while (strcmp(c.measures->name, gd_main_score_name(target)) != 0)
        ++c.measures;
    c.count = 1;
    gd_status status = compare(&c);
    *score = status == GD_OK ? value_of(&c, 0) : (double)NAN;
    end(&c);
    return status;
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

gd_json *gd__scores_json(const gd_scores *scores)
{
    gd_json *json = gd_json_object();
    for (int i = 0; i < scores->count; ++i) {
        double value = scores->at[i].value;
        gd_json_set(json, scores->at[i].name,
                    i == 0            ? gd_json_integer((int64_t)value)
                    : isfinite(value) ? gd_json_real(value)
                                      : gd_json_null());
    }
    return json;
}

/* Members that no score is called are passed over. */
bool gd__scores_from_json(gd_scores *scores, const gd_json *json)
{
    *scores = (gd_scores){.count = 0};
    for (size_t i = 0; i < gd_json_size(json); ++i)
        for (int k = 0; k < KNOWN_NAMES && scores->count < GD_MOST_SCORES; ++k)
            if (gd_json_key(json, i) != NULL && strcmp(gd_json_key(json, i), known_names[k]) == 0)
                put(scores, known_names[k],
                    gd_json_is_number(gd_json_at(json, i)) ? gd_json_number_of(gd_json_at(json, i))
                                                           : (double)NAN);
    return json == NULL || gd_json_is(json, GD_JSON_OBJECT);
}
