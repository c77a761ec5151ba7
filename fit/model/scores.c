/* Scores of predictions, by the library's metrics. */
#include "fit/model/predict.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- the scores of a task ---- */

typedef enum group { OF_CLASSES, OF_LABELS, OF_NUMBERS } group;

typedef struct measure {
    group group;
    const char *name;
    const gd_metric_kind *kind;
    bool of_values; /* of probabilities or numbers; else of predicted classes or labels */
    gd_average average;
    double zero_division;
} measure;

/* Classes: a class that is neither true nor predicted is left out of means, as 0 / 0 is NaN.
 * Numbers: R squared of equal targets is 1 if all are met, else 0. */
static const measure measures[] = {
    {OF_CLASSES, "accuracy", &gd_metric_accuracy, false, GD_AVERAGE_MACRO, NAN},
    {OF_CLASSES, "balanced_accuracy", &gd_metric_recall, false, GD_AVERAGE_MACRO, NAN},
    {OF_CLASSES, "log_loss", &gd_metric_log_loss, true, GD_AVERAGE_MACRO, NAN},
    {OF_CLASSES, "macro_f1", &gd_metric_f1, false, GD_AVERAGE_MACRO, NAN},
    {OF_CLASSES, "micro_f1", &gd_metric_f1, false, GD_AVERAGE_MICRO, NAN},
    {OF_CLASSES, "weighted_f1", &gd_metric_f1, false, GD_AVERAGE_WEIGHTED, NAN},
    {OF_CLASSES, "mcc", &gd_metric_matthews_corrcoef, false, GD_AVERAGE_MACRO, NAN},
    {OF_LABELS, "hamming_loss", &gd_metric_hamming_loss, false, GD_AVERAGE_MACRO, 0},
    {OF_LABELS, "subset_accuracy", &gd_metric_subset_accuracy, false, GD_AVERAGE_MACRO, 0},
    {OF_LABELS, "micro_f1", &gd_metric_f1, false, GD_AVERAGE_MICRO, 0},
    {OF_LABELS, "macro_f1", &gd_metric_f1, false, GD_AVERAGE_MACRO, 0},
    {OF_LABELS, "samples_f1", &gd_metric_f1, false, GD_AVERAGE_SAMPLES, 0},
    {OF_LABELS, "ranking_loss", &gd_metric_ranking_loss, true, GD_AVERAGE_MACRO, 0},
    {OF_LABELS, "label_ranking_average_precision", &gd_metric_ranking_average_precision, true,
     GD_AVERAGE_MACRO, 0},
    {OF_LABELS, "one_error", &gd_metric_one_error, true, GD_AVERAGE_MACRO, 0},
    {OF_NUMBERS, "rmse", &gd_metric_rmse, true, GD_AVERAGE_MACRO, NAN},
    {OF_NUMBERS, "mae", &gd_metric_mae, true, GD_AVERAGE_MACRO, NAN},
    {OF_NUMBERS, "r2", &gd_metric_r2, true, GD_AVERAGE_MACRO, NAN},
};
enum { MEASURES = sizeof measures / sizeof *measures };

/* Scores that are not metrics. */
static const char rows_name[] = "rows", area_name[] = "roc_auc",
                  majority_name[] = "majority_accuracy", observed_name[] = "observed_fraction";

/* The name of a score as this file has it; NULL: there is no such score. */
static const char *own_name(const char *name)
{
    static const char *const others[] = {rows_name, area_name, majority_name, observed_name};
    for (int i = 0; i < 4; ++i)
        if (strcmp(name, others[i]) == 0)
            return others[i];
    for (int i = 0; i < MEASURES; ++i)
        if (strcmp(name, measures[i].name) == 0)
            return measures[i].name;
    return NULL;
}

static void put(gd_scores *scores, const char *name, double value)
{
    scores->at[scores->count].name = name;
    scores->at[scores->count++].value = isfinite(value) ? value : (double)NAN;
}

/* ---- predictions and targets, block after block ---- */

typedef struct comparison {
    const gd_target *target;
    const gd_examples *examples;
    const gd__predictions *predictions;
    const measure *measures; /* [count] */
    int count;
    gd_metric *metrics[GD_MOST_SCORES]; /* [count]; NULL: the score is undefined */
    gd_tensor *predicted;               /* gd_predicted_targets of all rows; NULL: not kept */
    gd_tensor *own; /* [n] float64: each row's probability of its class; NULL: not kept */
} comparison;

static comparison comparison_of(const gd_target *target, const gd_examples *examples,
                                const gd__predictions *predictions)
{
    group wanted = target->task == GD_MULTILABEL   ? OF_LABELS
                   : target->task == GD_REGRESSION ? OF_NUMBERS
                                                   : OF_CLASSES;
    comparison c = {
        .target = target, .examples = examples, .predictions = predictions, .measures = measures};
    while (c.measures->group != wanted)
        ++c.measures;
    while (c.measures + c.count < measures + MEASURES && c.measures[c.count].group == wanted)
        ++c.count;
    return c;
}

/* A metric that refuses its input is undefined; only a lack of memory is a failure. */
static bool give_up(comparison *c, int i)
{
    gd_metric_destroy(c->metrics[i]);
    c->metrics[i] = NULL;
    return gd_message_status() != GD_ERROR_MEMORY;
}

static bool create_metrics(comparison *c)
{
    for (int i = 0; i < c->count; ++i) {
        const measure *m = &c->measures[i];
        c->metrics[i] = gd_metric_create(
            m->kind, gd_target_width(c->target),
            &(gd_metric_options){.average = m->average, .zero_division = m->zero_division});
        if (c->metrics[i] == NULL && !give_up(c, i))
            return false;
    }
    return true;
}

static void keep_own(comparison *c, int64_t first, const gd_prediction *block)
{
    int64_t rows = block->values->shape[0], width = block->values->shape[1];
    const int64_t *y = (const int64_t *)c->examples->y->data + first;
    for (int64_t i = 0; i < rows; ++i)
        ((double *)c->own->data)[first + i] =
            ((const double *)block->values->data)[i * width + y[i]];
}

static bool update_metrics(comparison *c, int64_t first, const gd_tensor *values,
                           const gd_tensor *predicted)
{
    const gd_examples *e = c->examples;
    int64_t end = first + values->shape[0];
    gd_tensor y = gd_tensor_slice(e->y, 0, first, end, 1), mask;
    if (e->mask != NULL)
        mask = gd_tensor_slice(e->mask, 0, first, end, 1);
    for (int i = 0; i < c->count; ++i)
        if (c->metrics[i] != NULL &&
            gd_metric_update(c->metrics[i], c->measures[i].of_values ? values : predicted, &y,
                             e->mask != NULL ? &mask : NULL) != GD_OK &&
            !give_up(c, i))
            return false;
    return true;
}

/* Adds a block of rows from `first` on to the metrics and to what is kept. */
static bool add_block(comparison *c, int64_t first, const gd_prediction *block)
{
    gd_tensor *predicted = gd_predicted_targets(c->target, block);
    bool ok = predicted != NULL && update_metrics(c, first, block->values, predicted);
    if (ok && c->predicted != NULL) {
        int64_t end = first + block->values->shape[0];
        gd_tensor part = gd_tensor_slice(c->predicted, 0, first, end, 1);
        ok = gd_tensor_copy(&part, predicted) == GD_OK;
    }
    if (ok && c->own != NULL)
        keep_own(c, first, block);
    gd_tensor_destroy(predicted);
    return ok;
}

static bool compare(comparison *c)
{
    gd_prediction block;
    bool ok = create_metrics(c);
    for (int64_t first = 0; ok && first < c->predictions->rows;) {
        ok = gd__predictions_block(c->predictions, first, &block);
        if (ok) {
            ok = add_block(c, first, &block);
            first += block.values->shape[0];
            gd_prediction_free(&block);
        }
    }
    return ok;
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

static double observed_fraction(const gd_examples *examples)
{
    int64_t known = 0, cells = gd_tensor_numel(examples->mask);
    for (int64_t i = 0; i < cells; ++i)
        known += ((const bool *)examples->mask->data)[i];
    return cells > 0 ? (double)known / (double)cells : NAN;
}

/* The accuracy of predicting one class for all rows. */
static double share_of_class(const gd_examples *examples, int64_t class)
{
    int64_t n = gd__examples_rows(examples), right = 0;
    for (int64_t i = 0; i < n; ++i)
        right += ((const int64_t *)examples->y->data)[i] == class;
    return n > 0 ? (double)right / (double)n : (double)NAN;
}

/* predicted: gd_predicted_targets of all rows, to be filled; NULL: not needed. */
static bool compute(gd_scores *scores, const gd_target *target, const gd_examples *examples,
                    const gd__predictions *predictions, const gd_prediction *baseline,
                    gd_tensor *predicted)
{
    comparison c = comparison_of(target, examples, predictions);
    bool classes = gd__has_classes(target);
    double area = NAN;
    c.predicted = predicted;
    c.own = classes ? gd_tensor_create(GD_F64, GD_DIMS(predictions->rows)) : NULL;
    bool ok = (c.own != NULL || !classes) && compare(&c);
    if (ok && classes)
        ok = gd__roc_auc(&area, examples, predictions, c.own, gd_target_width(target));
    put(scores, rows_name, (double)predictions->rows);
    for (int i = 0; i < c.count; ++i)
        put(scores, c.measures[i].name, value_of(&c, i));
    if (classes)
        put(scores, area_name, area);
    if (target->task == GD_MULTILABEL)
        put(scores, observed_name, observed_fraction(examples));
    if (baseline != NULL && classes)
        put(scores, majority_name,
            share_of_class(examples, gd_predicted_class(target, baseline, 0)));
    end(&c);
    return ok;
}

static gd_status check(const gd_target *target, const gd_examples *examples,
                       const gd_tensor *values)
{
    int64_t n = gd__examples_rows(examples), width = gd_target_width(target);
    if ((values->shape[0] != n && values->shape[0] != 1) || values->shape[1] != width)
        return gd_fail(GD_ERROR_SHAPE,
                       "scores: predictions [%" PRId64 ",%" PRId64 "] do not fit %" PRId64
                       " examples of width %" PRId64,
                       values->shape[0], values->shape[1], n, width);
    for (int64_t i = 0; gd__has_classes(target) && i < n; ++i) {
        int64_t y = ((const int64_t *)examples->y->data)[i];
        if (y < 0 || y >= width)
            return gd_fail(GD_ERROR_VALUE, "scores: class %" PRId64 " is outside [0,%" PRId64 ")",
                           y, width);
    }
    return GD_OK;
}

gd_status gd_scores_compute(gd_scores *scores, const gd_target *target, const gd_examples *examples,
                            const gd_prediction *prediction, const gd_prediction *baseline)
{
    gd__predictions all = {.rows = gd__examples_rows(examples), .whole = prediction};
    gd_status status = check(target, examples, prediction->values);
    *scores = (gd_scores){.count = 0};
    return status == GD_OK ? gd__status(compute(scores, target, examples, &all, baseline, NULL))
                           : status;
}

static bool evaluate(gd_scores *scores, const gd_model *model, gd__encoding *encoding,
                     const gd_examples *examples, gd_tensor *predicted)
{
    gd_prediction baseline = {.values = NULL};
    gd__predictions all = {
        .rows = encoding->count, .model = model, .encoding = encoding, .tape = gd_tape_create()};
    bool ok = all.tape != NULL && gd_model_predict_baseline(model, 1, &baseline) == GD_OK &&
              compute(scores, &model->target, examples, &all, &baseline, predicted);
    gd_prediction_free(&baseline);
    gd_tape_destroy(all.tape);
    return ok;
}

gd_status gd_model_evaluate(const gd_model *model, const gd_table *table,
                            const gd_examples *examples, gd_scores *scores, gd_tensor **predicted,
                            gd_prediction *prediction)
{
    gd__encoding encoding;
    int64_t n = gd__examples_rows(examples), width = gd_target_width(&model->target);
    *scores = (gd_scores){.count = 0};
    *predicted = NULL;
    *prediction = (gd_prediction){.thresholds = model->thresholds};
    if (!gd__encoding_open(&encoding, model->encoder, table, examples->rows))
        return gd__status(gd__data_failure());
    *predicted = model->target.task == GD_MULTILABEL ? gd_tensor_create(GD_BOOL, GD_DIMS(n, width))
                                                     : gd_tensor_create(GD_I64, GD_DIMS(n));
    bool ok = *predicted != NULL && evaluate(scores, model, &encoding, examples, *predicted);
    if (ok)
        gd__count_cells(&encoding, prediction);
    gd__encoding_close(&encoding);
    return gd__status(ok);
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

/* ---- the score of a run ---- */

const char *gd_main_score_name(const gd_target *target)
{
    return target->task == GD_MULTILABEL   ? "micro_f1"
           : target->task == GD_REGRESSION ? "rmse"
                                           : "accuracy";
}

bool gd__main_score(double *score, const gd_target *target, const gd_examples *examples,
                    const gd_prediction *prediction)
{
    gd__predictions all = {.rows = gd__examples_rows(examples), .whole = prediction};
    comparison c = comparison_of(target, examples, &all);
    while (strcmp(c.measures->name, gd_main_score_name(target)) != 0)
        ++c.measures;
    c.count = 1;
    bool ok = compare(&c);
    *score = ok ? value_of(&c, 0) : (double)NAN;
    end(&c);
    return ok;
}

double gd_main_score(const gd_target *target, const gd_examples *examples,
                     const gd_prediction *prediction)
{
    double score;
    gd__main_score(&score, target, examples, prediction);
    return score;
}

/* ---- in a model's file ---- */

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

/* Members that are not scores are skipped. */
bool gd__scores_from_json(gd_scores *scores, const gd_json *json)
{
    *scores = (gd_scores){.count = 0};
    for (size_t i = 0; i < gd_json_size(json) && scores->count < GD_MOST_SCORES; ++i) {
        const char *key = gd_json_key(json, i), *name = key != NULL ? own_name(key) : NULL;
        const gd_json *value = gd_json_at(json, i);
        if (name != NULL)
            put(scores, name, gd_json_is_number(value) ? gd_json_number_of(value) : (double)NAN);
    }
    return json == NULL || gd_json_is(json, GD_JSON_OBJECT);
}
