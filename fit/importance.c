/* Permutation importance. */
#include "fit/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 3, MOST_ROWS = 2000 };

static double log_loss(double p)
{
    return -log(fmax(p, 1e-15));
}

/* Of what is known. */
static double loss_of(const gd_target *target, const gd_examples *truth,
                      const gd_prediction *prediction)
{
    int64_t n = truth->y->shape[0], width = gd_target_width(target), known = 0;
    const double *p = prediction->values->data;
    double sum = 0;
    for (int64_t i = 0; i < n; ++i, p += width) {
        if (target->task == GD_REGRESSION) {
            double error = p[0] - ((const double *)truth->y->data)[i];
            sum += error * error;
            ++known;
        } else if (gd__has_classes(target)) {
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
    return target->task == GD_REGRESSION ? sqrt(sum / (double)known) : sum / (double)known;
}

typedef struct search {
    const gd_model *model;
    gd_examples truth;
    gd_tensor *x;     /* [n,features] */
    gd_tensor *kept;  /* the same, untouched */
    gd_tensor *order; /* [n] int64 */
    double loss;      /* of the table as it is */
    gd_rng rng;
} search;

/* Rows of the truth, evenly taken. */
static gd_status take_rows(search *s, const gd_examples *truth)
{
    int64_t all = gd__examples_rows(truth), n = all < MOST_ROWS ? all : MOST_ROWS;
    gd_tensor *indices = gd_tensor_create(GD_I64, GD_DIMS(n));
    if (indices == NULL)
        return gd_message_status();
    for (int64_t i = 0; i < n; ++i)
        ((int64_t *)indices->data)[i] = i * all / n;
    gd_status status = gd__examples_take(&s->truth, truth, indices);
    gd_tensor_destroy(indices);
    return status;
}

/* The loss of x as it is now. */
static gd_status loss_now(const search *s, double *loss)
{
    gd_prediction prediction;
    gd_status status = gd_model_predict_features(s->model, s->x, &prediction);
    if (status == GD_OK)
        *loss = loss_of(&s->model->target, &s->truth, &prediction);
    gd_prediction_free(&prediction);
    return status;
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

static gd_status judge_column(search *s, int64_t first, int64_t count, gd_importance *importance)
{
    double rises[REPEATS], squares = 0;
    for (int k = 0; k < REPEATS; ++k) {
        gd_tensor_permutation(s->order, &s->rng);
        deal(s, first, count, s->order->data);
        gd_status status = loss_now(s, &rises[k]);
        if (status != GD_OK)
            return status;
        rises[k] -= s->loss;
        importance->increase += rises[k];
    }
    deal(s, first, count, NULL);
    importance->increase /= (double)REPEATS;
    for (int k = 0; k < REPEATS; ++k)
        squares += (rises[k] - importance->increase) * (rises[k] - importance->increase);
    importance->deviation = sqrt(squares / (double)REPEATS);
    return GD_OK;
}

static gd_status prepare(search *s, const gd_table *table, const gd_examples *truth)
{
    gd_status status = take_rows(s, truth);
    if (status != GD_OK)
        return status;
    s->x = gd_encoder_apply(s->model->encoder, table, s->truth.rows, NULL);
    s->kept = s->x != NULL ? gd_tensor_create_copy(s->x) : NULL;
    s->order = gd_tensor_create(GD_I64, GD_DIMS(gd__examples_rows(&s->truth)));
    return s->x != NULL && s->kept != NULL && s->order != NULL ? loss_now(s, &s->loss)
                                                               : gd__data_failure();
}

static int larger_first(const void *a, const void *b)
{
    const gd_importance *x = a, *y = b;
    return (x->increase < y->increase) - (x->increase > y->increase);
}

gd_status gd_model_importances(const gd_model *model, const gd_table *table,
                               const gd_examples *truth, gd_importance **list, int64_t *count)
{
    search s = {.model = model, .truth = {.first_unseen = -1}};
    int64_t columns = 0;
    gd_encoded_column column;
    while (gd_encoder_column(model->encoder, columns, &column))
        ++columns;
    *count = columns;
    *list = gd__zeros((size_t)columns + 1, sizeof **list);
    gd_status status = *list != NULL ? prepare(&s, table, truth) : GD_ERROR_MEMORY;
    for (int64_t i = 0; status == GD_OK && i < columns; ++i) {
        gd_encoder_column(model->encoder, i, &column);
        (*list)[i].column = column.name;
        status = judge_column(&s, column.first, column.features, &(*list)[i]);
    }
    if (status == GD_OK)
        qsort(*list, (size_t)columns, sizeof **list, larger_first);
    gd_tensor_destroy(s.x);
    gd_tensor_destroy(s.kept);
    gd_tensor_destroy(s.order);
    gd_examples_free(&s.truth);
    if (status != GD_OK) {
        gd_importances_destroy(*list, *count);
        *list = NULL;
        *count = 0;
    }
    return status;
}

void gd_importances_destroy(gd_importance *list, int64_t count)
{
    gd__free(list, ((size_t)count + 1) * sizeof *list);
}
