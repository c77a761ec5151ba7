/* Models: their parts, and what they say. */
#include "fit/lists.h"
#include "fit/predictions.h"

#include <math.h>
#include <string.h>

/* ---- a model's life ---- */

gd_model *gd__model_create(void)
{
    gd_model *model = gd__zeros(1, sizeof *model);
    if (model != NULL)
        model->examples.first_unseen = -1;
    return model;
}

static size_t numbers_size(const gd_model *model)
{
    return (size_t)gd_target_width(&model->target) * sizeof(double);
}

gd_status gd__model_create_numbers(gd_model *model)
{
    int64_t width = gd_target_width(&model->target);
    model->thresholds = gd__zeros((size_t)width, sizeof(double));
    model->shares = gd__zeros((size_t)width, sizeof(double));
    for (int64_t j = 0; model->thresholds != NULL && j < width; ++j)
        model->thresholds[j] = 0.5;
    return model->thresholds != NULL && model->shares != NULL ? GD_OK : GD_ERROR_MEMORY;
}

bool gd__text_copy(gd__owned_text *text, const char *from)
{
    *text = (gd__owned_text){.size = from != NULL ? strlen(from) + 1 : 0};
    if (from == NULL)
        return true;
    text->at = gd__zeros(text->size, 1);
    if (text->at != NULL)
        memcpy(text->at, from, text->size);
    return text->at != NULL;
}

void gd__text_free(gd__owned_text *text)
{
    gd__free(text->at, text->size);
    *text = (gd__owned_text){.at = NULL};
}

void gd_model_destroy(gd_model *model)
{
    if (model == NULL)
        return;
    gd__free(model->thresholds, numbers_size(model));
    gd__free(model->shares, numbers_size(model));
    gd_encoder_destroy(model->encoder);
    gd__target_free(&model->target);
    gd__network_free(&model->network);
    gd__levels_destroy(&model->ids);
    gd__text_free(&model->missing);
    gd__text_free(&model->reading.format);
    gd__text_free(&model->reading.weight);
    gd__text_free(&model->table_path);
    gd_table_destroy(model->taken);
    gd_table_destroy(model->valid_taken);
    gd_examples_free(&model->examples);
    gd_prediction_free(&model->prediction);
    gd__free(model, sizeof *model);
}

/* The mean of what is known of label j; of numbers the mean, j is 0. */
static double share_of(const gd_examples *e, int64_t width, int64_t j)
{
    double sum = 0, known = 0;
    bool yes;
    for (int64_t i = 0; i < gd__examples_rows(e); ++i)
        if (e->y->dtype == GD_F64) {
            sum += (((const double *)e->y->data)[i] - sum) / (double)(i + 1);
            known = 1;
        } else if (gd__is_known(e, i, width, j, &yes)) {
            sum += yes;
            ++known;
        }
    return known > 0 ? sum / known : 0;
}

gd_status gd__model_set_shares(gd_model *model, const gd_examples *training)
{
    int64_t n = gd__examples_rows(training), width = gd_target_width(&model->target);
    if (gd__model_create_numbers(model) != GD_OK)
        return GD_ERROR_MEMORY;
    if (gd__has_classes(&model->target))
        gd__examples_count(training, width, model->shares);
    for (int64_t j = 0; j < width && n > 0; ++j)
        model->shares[j] = gd__has_classes(&model->target) ? model->shares[j] / (double)n
                                                           : share_of(training, width, j);
    return GD_OK;
}

/* ---- looking at it ---- */

const gd_target *gd_model_target(const gd_model *model)
{
    return &model->target;
}

const gd_encoder *gd_model_encoder(const gd_model *model)
{
    return model->encoder;
}

gd_parameters *gd_model_parameters(const gd_model *model)
{
    return model->network.parameters;
}

gd_module *gd_model_module(const gd_model *model)
{
    return model->network.module;
}

const gd_architecture *gd_model_architecture(const gd_model *model)
{
    return &model->network.architecture;
}

const double *gd_model_thresholds(const gd_model *model)
{
    return model->thresholds;
}

const char *gd_model_id(const gd_model *model, int64_t i)
{
    return i >= 0 && i < model->ids.count ? model->ids.level[i].text : NULL;
}

const gd_training *gd_model_training(const gd_model *model)
{
    return &model->training;
}

bool gd_model_validation(const gd_model *model, gd_validation *validation)
{
    *validation = model->validation;
    return validation->examples != NULL;
}

/* ---- what logits say ---- */

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

/* ---- predictions ---- */

enum {
    MOST_ROWS = 4096,
    MOST_NUMBERS = 1 << 20 /* 12 bytes each: logits, and what they say */
};

int64_t gd__block_rows(int64_t width)
{
    int64_t rows = MOST_NUMBERS / width;
    return rows > MOST_ROWS ? MOST_ROWS : rows > 0 ? rows : 1;
}

gd_tensor *gd__model_values(const gd_model *model, gd_tape *tape, const gd_tensor *x, int64_t first)
{
    gd_tensor block =
        gd_tensor_slice(x, 0, first, first + gd__block_rows(gd_target_width(&model->target)), 1);
    gd_tensor *logits = gd__logits(tape, model->network.module, &block);
    gd_tensor *values = logits != NULL ? gd__values_of_logits(&model->target, logits) : NULL;
    gd_tensor_destroy(logits);
    return values;
}

gd_status gd_model_predict_features(const gd_model *model, const gd_tensor *x,
                                    gd_prediction *prediction)
{
    int64_t n = x->shape[0];
    *prediction = (gd_prediction){.thresholds = model->thresholds};
    prediction->values = gd_tensor_create(GD_F64, GD_DIMS(n, gd_target_width(&model->target)));
    gd_tape *tape = prediction->values != NULL ? gd_tape_create() : NULL;
    gd_status status = tape != NULL ? GD_OK : gd_message_status();
    for (int64_t first = 0, end; status == GD_OK && first < n; first = end) {
        gd_tensor *block = gd__model_values(model, tape, x, first);
        end = block != NULL ? first + block->shape[0] : n;
        gd_tensor to = gd_tensor_slice(prediction->values, 0, first, end, 1);
        status = block != NULL ? gd_tensor_copy(&to, block) : gd_message_status();
        gd_tensor_destroy(block);
    }
    gd_tape_destroy(tape);
    if (status != GD_OK)
        gd_prediction_free(prediction);
    return status;
}

gd_tensor *gd__model_features(const gd_model *model, const gd_table *table, const gd_tensor *rows,
                              gd_prediction *prediction)
{
    gd_tensor *x = gd_encoder_apply(model->encoder, table, rows, &prediction->unknown);
    if (x != NULL)
        prediction->clipped = gd_encoder_cut_off(
            model->encoder, table, rows, &prediction->clipped_row, &prediction->clipped_column);
    return x;
}

gd_status gd_model_predict(const gd_model *model, const gd_table *table, const gd_tensor *rows,
                           gd_prediction *prediction)
{
    gd_prediction cells = {.values = NULL};
    *prediction = cells;
    gd_tensor *x = gd__model_features(model, table, rows, &cells);
    if (x == NULL)
        return gd__data_failure();
    gd_status status = gd_model_predict_features(model, x, prediction);
    gd_tensor_destroy(x);
    cells.values = prediction->values;
    cells.thresholds = prediction->thresholds;
    *prediction = cells;
    return status;
}

gd_status gd_model_predict_baseline(const gd_model *model, int64_t n, gd_prediction *prediction)
{
    int64_t width = gd_target_width(&model->target);
    *prediction = (gd_prediction){.values = gd_tensor_create(GD_F64, GD_DIMS(n, width))};
    if (prediction->values == NULL)
        return gd_message_status();
    for (int64_t i = 0; i < n; ++i)
        memcpy((double *)prediction->values->data + i * width, model->shares, numbers_size(model));
    return GD_OK;
}

void gd_prediction_free(gd_prediction *prediction)
{
    gd_tensor_destroy(prediction->values);
    *prediction = (gd_prediction){.values = NULL};
}
