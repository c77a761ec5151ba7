#include "cli/importance.h"
#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- in falling order ---- */

typedef struct ranked {
    double size;
    json_t *object;
} ranked;

static int larger_first(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->size < y->size) - (x->size > y->size);
}

/* An array of the objects, which are taken over; NULL after a message. */
static json_t *sorted(ranked *list, size_t count)
{
    json_t *array = json_array();
    qsort(list, count, sizeof *list, larger_first);
    for (size_t i = 0; i < count; ++i)
        json_array_append_new(array, list[i].object);
    if (json_array_size(array) == count)
        return array;
    json_decref(array);
    cli_error(CLI_RUNTIME, "no memory");
    return NULL;
}

/* ---- weights ---- */

json_t *cli_feature_weights(const cli_model *model)
{
    const gd_tensor *w = gd_parameters_at(model->network.parameters, 0); /* [outputs,inputs] */
    int64_t outputs = w->shape[0], inputs = w->shape[1];
    ranked *list = calloc((size_t)inputs + 1, sizeof *list);
    for (int64_t i = 0; list != NULL && i < inputs; ++i) {
        json_t *weights = json_array();
        for (int64_t j = 0; j < outputs; ++j) {
            double weight = (double)((const float *)w->data)[j * inputs + i];
            list[i].size = fmax(list[i].size, fabs(weight));
            json_array_append_new(weights, json_real(weight));
        }
        list[i].object = json_pack("{s:s, s:o}", "feature", gd_encoder_feature(model->encoder, i),
                                   "weights", weights);
    }
    json_t *array = list != NULL ? sorted(list, (size_t)inputs) : NULL;
    if (list == NULL)
        cli_error(CLI_RUNTIME, "no memory");
    free(list);
    return array;
}

/* ---- permutation ---- */

const char *cli_importance_unit(const cli_target *target)
{
    return target->task == CLI_REGRESSION ? "rmse" : "log loss";
}

static double log_loss(double p)
{
    return -log(fmax(p, 1e-15));
}

/* Of what is known. */
static double loss_of(const cli_target *target, const cli_truth *truth,
                      const cli_prediction *prediction)
{
    int64_t n = truth->y->shape[0], width = cli_target_width(target), known = 0;
    const double *p = prediction->values->data;
    double sum = 0;
    for (int64_t i = 0; i < n; ++i, p += width) {
        if (target->task == CLI_REGRESSION) {
            double error = p[0] - ((const double *)truth->y->data)[i];
            sum += error * error;
            ++known;
        } else if (target->classes != NULL) {
            sum += log_loss(p[((const int64_t *)truth->y->data)[i]]);
            ++known;
        } else {
            for (int64_t j = 0; j < width; ++j)
                if (((const bool *)truth->mask->data)[i * width + j]) {
                    bool yes = ((const float *)truth->y->data)[i * width + j] > 0;
                    sum += log_loss(yes ? p[j] : 1 - p[j]);
                    ++known;
                }
        }
    }
    return target->task == CLI_REGRESSION ? sqrt(sum / (double)known) : sum / (double)known;
}

typedef struct search {
    const cli_model *model;
    cli_truth truth;
    gd_tensor *x;     /* [n,features] */
    gd_tensor *kept;  /* the same, untouched */
    gd_tensor *order; /* [n] int64 */
    double loss;      /* of the table as it is */
    gd_rng rng;
} search;

/* Rows of the truth, evenly taken. */
static int take_rows(search *s, const cli_truth *truth)
{
    int64_t all = truth->y->shape[0];
    int64_t n = all < CLI_MOST_IMPORTANCE_ROWS ? all : CLI_MOST_IMPORTANCE_ROWS;
    gd_tensor *indices = gd_tensor_create(GD_I64, GD_DIMS(n));
    if (indices == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    for (int64_t i = 0; i < n; ++i)
        ((int64_t *)indices->data)[i] = i * all / n;
    int code = cli_truth_take(&s->truth, truth, indices);
    gd_tensor_destroy(indices);
    return code;
}

/* The loss of x as it is now; NaN after a message. */
static double loss_now(const search *s)
{
    cli_prediction prediction;
    if (cli_model_predict_features(s->model, s->x, &prediction) != CLI_OK)
        return NAN;
    double loss = loss_of(&s->model->target, &s->truth, &prediction);
    gd_tensor_destroy(prediction.values);
    return loss;
}

/* Features of rows `order` into their rows, or all back into their own (order: NULL). */
static void deal(search *s, int64_t first, int64_t count, const int64_t *order)
{
    int64_t n = s->x->shape[0], width = s->x->shape[1];
    float *to = s->x->data;
    const float *from = s->kept->data;
    for (int64_t i = 0; i < n; ++i)
        memcpy(to + i * width + first, from + (order != NULL ? order[i] : i) * width + first,
               (size_t)count * sizeof *to);
}

/* NULL after a message. */
static json_t *judge_column(search *s, const char *name, int64_t first, int64_t count, double *rise)
{
    double sum = 0, squares = 0;
    for (int k = 0; k < CLI_IMPORTANCE_REPEATS; ++k) {
        gd_tensor_permutation(s->order, &s->rng);
        deal(s, first, count, s->order->data);
        double loss = loss_now(s) - s->loss;
        if (isnan(loss))
            return NULL;
        sum += loss;
        squares += loss * loss;
    }
    deal(s, first, count, NULL);
    *rise = sum / CLI_IMPORTANCE_REPEATS;
    double variance = squares / CLI_IMPORTANCE_REPEATS - *rise * *rise;
    return json_pack("{s:s, s:f, s:f}", "column", name, "rise", *rise, "deviation",
                     variance > 0 ? sqrt(variance) : 0.0);
}

/* How many features an encoder makes of a column, as its JSON describes it. */
static int64_t features_of(const json_t *column)
{
    bool is_number = json_object_get(column, "mean") != NULL;
    return is_number + (int64_t)json_array_size(json_object_get(column, "levels")) +
           json_is_true(json_object_get(column, "missing"));
}

static json_t *judge_columns(search *s, const json_t *columns)
{
    size_t i, count = json_array_size(columns), judged = 0;
    int64_t first = 0;
    json_t *column;
    ranked *list = calloc(count + 1, sizeof *list);
    json_array_foreach(columns, i, column)
    {
        if (list == NULL || judged < i)
            break;
        list[i].object = judge_column(s, json_string_value(json_object_get(column, "name")), first,
                                      features_of(column), &list[i].size);
        judged += list[i].object != NULL;
        first += features_of(column);
    }
    json_t *array = list != NULL ? sorted(list, judged) : NULL;
    if (judged < count) {
        json_decref(array);
        array = NULL;
    }
    free(list);
    return array;
}

static int prepare(search *s, const gd_table *table, const cli_truth *truth)
{
    int code = take_rows(s, truth);
    if (code != CLI_OK)
        return code;
    s->x = gd_encoder_apply(s->model->encoder, table, s->truth.rows, NULL);
    s->kept = s->x != NULL ? gd_tensor_create_copy(s->x) : NULL;
    s->order = gd_tensor_create(GD_I64, GD_DIMS(s->truth.y->shape[0]));
    if (s->x == NULL || s->kept == NULL || s->order == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    s->loss = loss_now(s);
    return isnan(s->loss) ? CLI_RUNTIME : CLI_OK;
}

json_t *cli_importances(const cli_model *model, const gd_table *table, const cli_truth *truth)
{
    search s = {.model = model};
    char *text = gd_encoder_json(model->encoder);
    json_t *encoder = text != NULL ? json_loads(text, 0, NULL) : NULL, *array = NULL;
    gd_encoder_json_destroy(text);
    if (encoder == NULL)
        cli_error(CLI_RUNTIME, "%s", gd_message());
    else if (prepare(&s, table, truth) == CLI_OK)
        array = judge_columns(&s, json_object_get(encoder, "columns"));
    json_decref(encoder);
    gd_tensor_destroy(s.x);
    gd_tensor_destroy(s.kept);
    gd_tensor_destroy(s.order);
    cli_truth_free(&s.truth);
    return array;
}
