/* Models and their parts. */
#include "fit/model/model.h"

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

bool gd__model_create_numbers(gd_model *model)
{
    int64_t width = gd_target_width(&model->target);
    model->thresholds = gd__zeros((size_t)width, sizeof(double));
    model->shares = gd__zeros((size_t)width, sizeof(double));
    for (int64_t j = 0; model->thresholds != NULL && j < width; ++j)
        model->thresholds[j] = 0.5;
    return model->thresholds != NULL && model->shares != NULL;
}

bool gd__model_keep(gd_model *model, const char **kept, const char *text)
{
    *kept = NULL;
    if (text == NULL)
        return true;
    if (!gd__texts_add(&model->texts, text))
        return false;
    *kept = model->texts.level[model->texts.count - 1].text;
    return true;
}

void gd_model_destroy(gd_model *model)
{
    if (model == NULL)
        return;
    gd_free(model->thresholds, numbers_size(model));
    gd_free(model->shares, numbers_size(model));
    gd_encoder_destroy(model->encoder);
    gd__target_free(&model->target);
    gd__network_free(&model->network);
    gd__levels_destroy(&model->ids);
    gd__levels_destroy(&model->texts);
    gd_table_destroy(model->taken);
    gd_table_destroy(model->valid_taken);
    gd_examples_free(&model->examples);
    gd_prediction_free(&model->prediction);
    gd_free(model, sizeof *model);
}

/* Adds row i to the sums of classes or labels, and to the rows in which each is known; of numbers
 * the sum is the running mean. */
static void add_row(double *sums, double *known, const gd_examples *e, int64_t i, int64_t width)
{
    if (e->y->dtype == GD_F64) {
        sums[0] += (((const double *)e->y->data)[i] - sums[0]) / (double)(i + 1);
        known[0] = 1;
        return;
    }
    for (int64_t j = 0; e->y->dtype == GD_F32 && j < width; ++j) {
        bool yes, is_known = gd__is_known(e, i, width, j, &yes);
        sums[j] += is_known && yes;
        known[j] += is_known;
    }
    if (e->y->dtype == GD_I64)
        ++sums[((const int64_t *)e->y->data)[i]];
}

bool gd__model_set_shares(gd_model *model, const gd_examples *training)
{
    int64_t n = gd__examples_rows(training), width = gd_target_width(&model->target);
    double *known = gd__zeros(1, numbers_size(model));
    bool ok = known != NULL && gd__model_create_numbers(model);
    for (int64_t i = 0; ok && i < n; ++i)
        add_row(model->shares, known, training, i, width);
    for (int64_t j = 0; ok && j < width; ++j) {
        double rows = training->y->dtype == GD_I64 ? (double)n : known[j];
        model->shares[j] = rows > 0 ? model->shares[j] / rows : 0;
    }
    gd_free(known, numbers_size(model));
    return ok;
}

/* ---- its parts ---- */

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
