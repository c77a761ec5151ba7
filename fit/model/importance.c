/* Permutation importance. */
#include "fit/model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 3, MOST_ROWS = 2000 };

static bool loss_of(double *loss, const gd_target *target, const gd_examples *examples,
                    const gd_prediction *prediction)
{
    const gd_metric_kind *kind =
        target->task == GD_REGRESSION ? &gd_metric_rmse : &gd_metric_log_loss;
    gd_metric *metric =
        gd_metric_create(kind, gd_target_width(target), &(gd_metric_options){.zero_division = NAN});
    bool ok = metric != NULL &&
              gd_metric_update(metric, prediction->values, examples->y, examples->mask) == GD_OK;
    *loss = ok ? gd_metric_value(metric) : (double)NAN;
    gd_metric_destroy(metric);
    return ok;
}

typedef struct shuffles {
    const gd_model *model;
    gd_examples examples;
    gd_tensor *x;     /* [n,features] */
    gd_tensor *kept;  /* the same, unchanged */
    gd_tensor *order; /* [n] int64 */
    double loss;      /* without a shuffle */
    gd_rng rng;
} shuffles;

/* Evenly spaced rows of the examples. */
static bool take_rows(shuffles *s, const gd_examples *examples)
{
    int64_t all = gd__examples_rows(examples), n = all < MOST_ROWS ? all : MOST_ROWS;
    gd_tensor *indices = gd_tensor_create(GD_I64, GD_DIMS(n));
    for (int64_t i = 0; indices != NULL && i < n; ++i)
        ((int64_t *)indices->data)[i] = i * all / n;
    bool ok = indices != NULL && gd__examples_take(&s->examples, examples, indices);
    gd_tensor_destroy(indices);
    return ok;
}

/* The loss of x as it is now. */
static bool loss_now(const shuffles *s, double *loss)
{
    gd_prediction prediction;
    bool ok = gd_model_predict_features(s->model, s->x, &prediction) == GD_OK &&
              loss_of(loss, &s->model->target, &s->examples, &prediction);
    gd_prediction_free(&prediction);
    return ok;
}

/* Row i gets the features of row order[i]; order NULL: its own. */
static void permute(shuffles *s, int64_t first, int64_t count, const int64_t *order)
{
    int64_t n = s->x->shape[0], width = s->x->shape[1];
    float *to = s->x->data;
    const float *from = s->kept->data;
    for (int64_t i = 0; i < n; ++i)
        memcpy(to + i * width + first, from + (order != NULL ? order[i] : i) * width + first,
               (size_t)count * sizeof *to);
}

static bool measure(shuffles *s, int64_t first, int64_t count, gd_importance *importance)
{
    double increases[REPEATS], squares = 0;
    for (int k = 0; k < REPEATS; ++k) {
        gd_tensor_permutation(s->order, &s->rng);
        permute(s, first, count, s->order->data);
        if (!loss_now(s, &increases[k]))
            return false;
        increases[k] -= s->loss;
        importance->increase += increases[k];
    }
    permute(s, first, count, NULL);
    importance->increase /= (double)REPEATS;
    for (int k = 0; k < REPEATS; ++k)
        squares += (increases[k] - importance->increase) * (increases[k] - importance->increase);
    importance->deviation = sqrt(squares / (double)REPEATS);
    return true;
}

static bool prepare(shuffles *s, const gd_table *table, const gd_examples *examples)
{
    if (!take_rows(s, examples))
        return false;
    s->x = gd_encoder_apply(s->model->encoder, table, s->examples.rows, NULL);
    s->kept = s->x != NULL ? gd_tensor_create_copy(s->x) : NULL;
    s->order =
        s->kept != NULL ? gd_tensor_create(GD_I64, GD_DIMS(gd__examples_rows(&s->examples))) : NULL;
    return s->order != NULL && loss_now(s, &s->loss);
}

static int larger_first(const void *a, const void *b)
{
    const gd_importance *x = a, *y = b;
    return (x->increase < y->increase) - (x->increase > y->increase);
}

gd_status gd_model_importances(const gd_model *model, const gd_table *table,
                               const gd_examples *examples, gd_importance **list, int64_t *count)
{
    shuffles s = {.model = model, .examples = {.first_unseen = -1}};
    gd_encoded_column column;
    *count = 0;
    while (gd_encoder_column(model->encoder, *count, &column))
        ++*count;
    *list = gd__zeros((size_t)*count + 1, sizeof **list);
    bool ok = *list != NULL && prepare(&s, table, examples);
    for (int64_t i = 0; ok && i < *count; ++i) {
        gd_encoder_column(model->encoder, i, &column);
        (*list)[i].column = column.name;
        ok = measure(&s, column.first, column.features, &(*list)[i]);
    }
    gd_status status = gd__status(ok || gd__data_failure());
    gd_tensor_destroy(s.x);
    gd_tensor_destroy(s.kept);
    gd_tensor_destroy(s.order);
    gd_examples_free(&s.examples);
    if (ok) {
        qsort(*list, (size_t)*count, sizeof **list, larger_first);
    } else {
        gd_importances_destroy(*list, *count);
        *list = NULL;
        *count = 0;
    }
    return status;
}

void gd_importances_destroy(gd_importance *list, int64_t count)
{
    gd_free(list, ((size_t)count + 1) * sizeof *list);
}
