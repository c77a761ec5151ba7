#include "cli/importance.h"
#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- in falling order ---- */

typedef struct ranked {
    double size;
    gd__json *object;
} ranked;

static int larger_first(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->size < y->size) - (x->size > y->size);
}

/* An array of the objects, which are taken over; NULL after a message. */
static gd__json *sorted(ranked *list, size_t count)
{
    gd__json *array = gd__json_array();
    qsort(list, count, sizeof *list, larger_first);
    for (size_t i = 0; i < count; ++i)
        gd__json_append(array, list[i].object);
    if (gd__json_check(array) == GD_OK)
        return array;
    gd__json_destroy(array);
    cli_error(CLI_RUNTIME, "%s", gd_message());
    return NULL;
}

/* ---- weights ---- */

gd__json *cli_feature_weights(const cli_model *model)
{
    const gd_tensor *w = gd_parameters_at(model->network.parameters, 0); /* [outputs,inputs] */
    int64_t outputs = w->shape[0], inputs = w->shape[1];
    ranked *list = cli_calloc((size_t)inputs + 1, sizeof *list);
    for (int64_t i = 0; list != NULL && i < inputs; ++i) {
        gd__json *weights = gd__json_array();
        for (int64_t j = 0; j < outputs; ++j) {
            double weight = (double)((const float *)w->data)[j * inputs + i];
            list[i].size = fmax(list[i].size, fabs(weight));
            gd__json_append(weights, gd__json_real(weight));
        }
        gd__json *object = list[i].object = gd__json_object();
        gd__json_set(object, "feature", gd__json_string(gd_encoder_feature(model->encoder, i)));
        gd__json_set(object, "weights", weights);
    }
    gd__json *array = list != NULL ? sorted(list, (size_t)inputs) : NULL;
    if (list == NULL)
        cli_error(CLI_RUNTIME, "no memory");
    free(list);
    return array;
}

/* ---- permutation ---- */

const char *cli_importance_unit(const cli_target *target)
{
    return target->task == CLI_REGRESSION ? "RMSE" : "log loss";
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
static gd__json *judge_column(search *s, const char *name, int64_t first, int64_t count,
                              double *rise)
{
    const double repeats = CLI_IMPORTANCE_REPEATS;
    double rises[CLI_IMPORTANCE_REPEATS], squares = 0;
    *rise = 0;
    for (int k = 0; k < CLI_IMPORTANCE_REPEATS; ++k) {
        gd_tensor_permutation(s->order, &s->rng);
        deal(s, first, count, s->order->data);
        rises[k] = loss_now(s) - s->loss;
        if (isnan(rises[k]))
            return NULL;
        *rise += rises[k];
    }
    deal(s, first, count, NULL);
    *rise /= repeats;
    for (int k = 0; k < CLI_IMPORTANCE_REPEATS; ++k)
        squares += (rises[k] - *rise) * (rises[k] - *rise);
    gd__json *object = gd__json_object();
    gd__json_set(object, "column", gd__json_string(name));
    gd__json_set(object, "rise", gd__json_real(*rise));
    gd__json_set(object, "deviation", gd__json_real(sqrt(squares / repeats)));
    return object;
}

/* How many features an encoder makes of a column, as its JSON describes it. */
static int64_t features_of(const gd__json *column)
{
    bool is_number = gd__json_get(column, "mean") != NULL;
    return is_number + (int64_t)gd__json_size(gd__json_get(column, "levels")) +
           gd__json_is_true(gd__json_get(column, "missing"));
}

static gd__json *judge_columns(search *s, const gd__json *columns)
{
    size_t i, count = gd__json_size(columns), judged = 0;
    int64_t first = 0;
    gd__json *column;
    ranked *list = cli_calloc(count + 1, sizeof *list);
    for (i = 0; (column = gd__json_at(columns, i)) != NULL; ++i) {
        if (list == NULL || judged < i)
            break;
        list[i].object = judge_column(s, gd__json_string_at(column, "name"), first,
                                      features_of(column), &list[i].size);
        judged += list[i].object != NULL;
        first += features_of(column);
    }
    gd__json *array = list != NULL ? sorted(list, judged) : NULL;
    if (judged < count) {
        gd__json_destroy(array);
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

gd__json *cli_importances(const cli_model *model, const gd_table *table, const cli_truth *truth)
{
    search s = {.model = model};
    gd__json *encoder = cli_encoder_json(model->encoder), *array = NULL;
    if (encoder == NULL)
        cli_error(CLI_RUNTIME, "%s", gd_message());
    else if (prepare(&s, table, truth) == CLI_OK)
        array = judge_columns(&s, gd__json_get(encoder, "columns"));
    gd__json_destroy(encoder);
    gd_tensor_destroy(s.x);
    gd_tensor_destroy(s.kept);
    gd_tensor_destroy(s.order);
    cli_truth_free(&s.truth);
    return array;
}
