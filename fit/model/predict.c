/* From logits to predictions, and from probabilities to decisions. */
#include "fit/model/predict.h"

#include <math.h>
#include <string.h>

/* ---- logits ---- */

static void softmax_row(const float *logits, double *p, int64_t n)
{
    float most =
        -INFINITY; /* of floats: gcc 12 for arm64 fails to vectorise their maximum in double */
    double sum = 0;
    for (int64_t c = 0; c < n; ++c)
        most = fmaxf(most, logits[c]);
    for (int64_t c = 0; c < n; ++c)
        sum += p[c] = exp((double)logits[c] - (double)most);
    for (int64_t c = 0; c < n; ++c)
        p[c] /= sum;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

gd_tensor *gd__values_of_logits(const gd_target *target, const gd_tensor *logits)
{
    int64_t n = logits->shape[0], outputs = logits->shape[1], width = gd_target_width(target);
    gd_tensor *values = gd_tensor_create(GD_F64, GD_DIMS(n, width));
    for (int64_t i = 0; values != NULL && i < n; ++i) {
        const float *x = (const float *)logits->data + i * outputs;
        double *p = (double *)values->data + i * width;
        if (target->task == GD_BINARY && outputs == 1) {
            p[0] = sigmoid(-(double)x[0]);
            p[1] = sigmoid((double)x[0]);
        } else if (gd__has_classes(target)) {
            softmax_row(x, p, width);
        } else {
            for (int64_t j = 0; j < width; ++j)
                p[j] = target->task == GD_REGRESSION
                           ? (double)x[j] * target->deviation + target->mean
                           : sigmoid((double)x[j]);
        }
    }
    return values;
}

/* ---- blocks of rows ---- */

enum {
    MOST_ROWS = 4096,
    MOST_NUMBERS = 1 << 20 /* 12 bytes each: logits, and predictions */
};

/* How many rows of `width` numbers a block has at most. */
static int64_t block_rows(int64_t width)
{
    int64_t rows = MOST_NUMBERS / width;
    return rows > MOST_ROWS ? MOST_ROWS : rows > 0 ? rows : 1;
}

static gd_tensor *copy_values(const gd_tensor *values, int64_t rows, int64_t first)
{
    int64_t width = values->shape[1];
    gd_tensor all = gd_tensor_expand(values, GD_DIMS(rows, width));
    gd_tensor part = gd_tensor_slice(&all, 0, first, first + block_rows(width), 1);
    return gd_tensor_create_copy(&part);
}

static gd_tensor *compute_values(const gd__predictions *p, int64_t first)
{
    const gd_target *target = &p->model->target;
    int64_t most = block_rows(gd_target_width(target)), left = p->rows - first;
    int64_t count = left < most ? left : most;
    gd_tensor *own = p->x == NULL ? gd__encoding_rows(p->encoding, first, count) : NULL;
    if (p->x == NULL && own == NULL)
        return NULL;
    gd_tensor block = own != NULL ? *own : gd_tensor_slice(p->x, 0, first, first + count, 1);
    gd_tensor *logits = gd__logits(p->tape, p->model->network.module, &block);
    gd_tensor *values = logits != NULL ? gd__values_of_logits(target, logits) : NULL;
    gd_tensor_destroy(logits);
    gd_tensor_destroy(own);
    return values;
}

bool gd__predictions_block(const gd__predictions *p, int64_t first, gd_prediction *block)
{
    bool whole = p->whole != NULL;
    *block = (gd_prediction){.thresholds = whole ? p->whole->thresholds : p->model->thresholds};
    block->values =
        whole ? copy_values(p->whole->values, p->rows, first) : compute_values(p, first);
    return block->values != NULL;
}

/* ---- predictions ---- */

/* Puts all blocks together. */
static gd_status predict(gd__predictions *p, gd_prediction *prediction)
{
    int64_t width = gd_target_width(&p->model->target);
    *prediction = (gd_prediction){.thresholds = p->model->thresholds};
    prediction->values = gd_tensor_create(GD_F64, GD_DIMS(p->rows, width));
    p->tape = prediction->values != NULL ? gd_tape_create() : NULL;
    bool ok = p->tape != NULL;
    for (int64_t first = 0, end; ok && first < p->rows; first = end) {
        gd_tensor *block = compute_values(p, first);
        end = block != NULL ? first + block->shape[0] : p->rows;
        gd_tensor to = gd_tensor_slice(prediction->values, 0, first, end, 1);
        ok = block != NULL && gd_tensor_copy(&to, block) == GD_OK;
        gd_tensor_destroy(block);
    }
    gd_tape_destroy(p->tape);
    if (!ok)
        gd_prediction_free(prediction);
    return ok ? GD_OK : gd_message_status();
}

gd_status gd_model_predict_features(const gd_model *model, const gd_tensor *x,
                                    gd_prediction *prediction)
{
    return predict(&(gd__predictions){.rows = x->shape[0], .model = model, .x = x}, prediction);
}

void gd__count_cells(const gd__encoding *encoding, gd_prediction *prediction)
{
    prediction->unknown = encoding->unknown;
    prediction->clipped = gd_encoder_cut_off(encoding->encoder, encoding->table, encoding->rows,
                                             &prediction->clipped_row, &prediction->clipped_column);
}

gd_status gd_model_predict(const gd_model *model, const gd_table *table, const gd_tensor *rows,
                           gd_prediction *prediction)
{
    gd__encoding encoding;
    *prediction = (gd_prediction){.values = NULL};
    if (!gd__encoding_open(&encoding, model->encoder, table, rows))
        return gd__status(gd__data_failure());
    gd_status status =
        predict(&(gd__predictions){.rows = encoding.count, .model = model, .encoding = &encoding},
                prediction);
    if (status == GD_OK)
        gd__count_cells(&encoding, prediction);
    gd__encoding_close(&encoding);
    return status;
}

gd_status gd_model_predict_baseline(const gd_model *model, int64_t n, gd_prediction *prediction)
{
    int64_t width = gd_target_width(&model->target);
    *prediction = (gd_prediction){.values = gd_tensor_create(GD_F64, GD_DIMS(n, width))};
    if (prediction->values == NULL)
        return gd_message_status();
    for (int64_t i = 0; i < n; ++i)
        memcpy((double *)prediction->values->data + i * width, model->shares,
               (size_t)width * sizeof(double));
    return GD_OK;
}

void gd_prediction_free(gd_prediction *prediction)
{
    gd_tensor_destroy(prediction->values);
    *prediction = (gd_prediction){.values = NULL};
}

/* ---- decisions ---- */

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
