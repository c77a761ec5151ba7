/* gd_fit: from a table to a model. Read it from the end. */
#include "fit/fitting.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- the target ---- */

/* Removes the rows of weight 0. */
static gd_status drop_weightless(gd__fit *fit)
{
    int column;
    gd_model *m = fit->model;
    gd_status status = gd_table_choose_column(fit->table, "weight", fit->options->weight, &column);
    if (status != GD_OK || column < 0)
        return status;
    if (!gd__text_copy(&m->reading.weight, gd_table_name(fit->table, column)))
        return GD_ERROR_MEMORY;
    status = gd__drop_weightless(&m->taken, fit->table, column);
    if (status == GD_OK && fit->valid != NULL)
        status = gd__drop_weightless(&m->valid_taken, fit->valid,
                                     gd_table_find(fit->valid, gd_table_name(fit->table, column)));
    fit->table = m->taken != NULL ? m->taken : fit->table;
    fit->valid = m->valid_taken != NULL ? m->valid_taken : fit->valid;
    return status;
}

/* Mean and standard deviation of the numbers to predict. */
static gd_status set_moments(gd_target *target, const gd_examples *training)
{
    int64_t n = gd__examples_rows(training);
    double squares = 0;
    if (target->task != GD_REGRESSION)
        return GD_OK;
    for (int64_t i = 0; i < n; ++i) {
        double y = ((const double *)training->y->data)[i], before = y - target->mean;
        target->mean += before / (double)(i + 1);
        squares += before * (y - target->mean);
    }
    double deviation = sqrt(squares / (double)n);
    target->deviation = deviation > 0 ? deviation : 1;
    return isfinite(deviation) ? GD_OK
                               : gd__fail(GD_ERROR_VALUE,
                                          "the numbers in column \"%s\" are too large to be "
                                          "predicted: their squares are not finite",
                                          gd_target_column(target, 0));
}

static gd_status read_targets(gd__fit *fit)
{
    gd_target *target = &fit->model->target;
    gd_examples *all = &fit->all.train;
    gd_status status = gd__target_find(target, fit->table, fit->columns.targets,
                                       fit->columns.categorical, fit->options->task);
    if (status == GD_OK)
        status = gd__examples_read(all, target, fit->table);
    if (status == GD_OK)
        status = gd__weights_read(all, &fit->columns, fit->table);
    if (status != GD_OK)
        return status;
    gd__warn_unseen(fit, all, fit->table);
    gd__note_target(fit);
    if (gd__examples_rows(all) < 2)
        return gd__fail(GD_ERROR_VALUE, "%s: at least 2 rows with a target are needed",
                        gd_table_path(fit->table));
    return GD_OK;
}

/* The names of the identifier columns. */
static gd_status keep_ids(gd__fit *fit)
{
    gd_status status = GD_OK;
    for (int j = 0; status == GD_OK && j < fit->columns.count; ++j)
        if (fit->columns.ids[j])
            status = gd__texts_add(&fit->model->ids, gd_table_name(fit->table, j));
    return status;
}

static gd_status keep_reading(gd_model *model, const gd_table *table, const gd_table_options *o)
{
    const char *format =
        o != NULL && o->format != NULL ? o->format : gd_table_format_of(gd_table_path(table));
    model->reading = gd__reading_of(table, o);
    return gd__text_copy(&model->reading.format, format) &&
                   gd__text_copy(&model->missing, o != NULL ? o->missing : NULL)
               ? GD_OK
               : GD_ERROR_MEMORY;
}

static gd_status prepare(gd__fit *fit)
{
    gd_model *m = fit->model;
    gd_status status = gd_fit_check_options(fit->options);
    if (status == GD_OK && gd_table_rows(fit->table) == 0)
        status = gd__fail(GD_ERROR_VALUE, "%s: the table has no rows", gd_table_path(fit->table));
    if (status == GD_OK)
        status = keep_reading(m, fit->table, fit->options->reading);
    if (status == GD_OK)
        status = drop_weightless(fit);
    if (status == GD_OK)
        status = gd__columns_choose(&fit->columns, fit->options, fit->table);
    if (status == GD_OK)
        status = read_targets(fit);
    if (status == GD_OK)
        status = keep_ids(fit);
    if (status == GD_OK)
        status = gd__loss_create(&fit->loss, fit->options, &m->target, &fit->all.train);
    if (status == GD_OK)
        status = set_moments(&m->target, &fit->all.train);
    if (status == GD_OK)
        status = gd__model_set_shares(m, &fit->all.train);
    return status == GD_OK ? gd__folds_create(fit) : status;
}

/* ---- checkpoints ---- */

/* FNV-1a over a tensor's bytes; NULL has none. */
static uint64_t hash_of(uint64_t hash, const gd_tensor *x)
{
    const unsigned char *bytes = x != NULL ? x->data : NULL;
    size_t size = x != NULL ? (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype) : 0;
    for (size_t i = 0; i < size; ++i)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

/* A hash of the encoded rows: sixteen hexadecimal digits. */
static gd_json *fingerprint(const gd__fold *fold)
{
    char text[17];
    const gd_batch *const parts[] = {&fold->train_batch, &fold->valid_batch};
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 0; i < 2; ++i) {
        const gd_batch *b = parts[i];
        hash = hash_of(hash_of(hash_of(hash_of(hash, b->x), b->y), b->mask), b->weights);
    }
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return gd_json_string(text);
}

/* What a checkpoint must agree with: all that determines the fit. */
static gd_status identify(gd__fit *fit)
{
    gd_json *json = gd__options_json(fit->options);
    gd_json_set(json, "table rows", gd_json_integer(gd_table_rows(fit->table)));
    gd_json_set(json, "table columns", gd_json_integer(gd_table_columns(fit->table)));
    gd_json_set(json, "table contents", fingerprint(&fit->folds[0]));
    fit->identity = gd_json_text(json, false);
    gd_json_destroy(json);
    return fit->identity != NULL ? GD_OK : gd_message_status();
}

/* A checkpoint of the first stage exists although the options do not resume, or the reverse. */
static void warn_of_checkpoint(gd__fit *fit, const char *stage)
{
    char path[4096];
    const char *folder = fit->options->checkpoint;
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, stage);
    bool there = access(path, F_OK) == 0;
    if (fit->options->resume && !there)
        gd__note(fit, GD_FIT_WARNING, "%s: no checkpoint found; training starts from the beginning",
                 folder);
    if (!fit->options->resume && there)
        gd__note(
            fit, GD_FIT_WARNING,
            "%s: overwriting the checkpoint of an earlier run; .resume would continue that run",
            folder);
}

/* ---- the model ---- */

/* Trains the recipe of a candidate on all rows for its best number of epochs. The result becomes
 * the model's network, or its mean with the network that is there. */
static gd_status train_candidate(gd__fit *fit, const gd__candidate *candidate, const char *stage)
{
    gd_run_result result;
    gd_parameters *parameters;
    gd__network *network = &fit->model->network;
    gd_recipe recipe = candidate->recipe;
    recipe.name = stage;
    recipe.last_epoch = candidate->epoch > 0 ? candidate->epoch : 1;
    gd_status status =
        gd__recipe_train(fit, &recipe, &fit->all, 1, true, NULL, &parameters, &result);
    recipe.architecture.inputs = fit->all.train_batch.x->shape[1];
    if (status == GD_OK || status == GD_STOPPED) {
        gd_status merged =
            network->parameters != NULL
                ? gd__network_blend(network, parameters)
                : gd__network_merge(network, &recipe.architecture, recipe.members, parameters);
        status = merged == GD_OK ? status : merged;
    }
    gd_run_result_free(&result);
    gd_parameters_destroy(parameters);
    return status;
}

/* The notes of the encoder. */
static void note_columns(gd__fit *fit, const gd_encoder *encoder)
{
    for (int64_t i = 0; gd_encoder_note(encoder, i) != NULL; ++i)
        gd__note(fit, GD_FIT_WARNING, "%s", gd_encoder_note(encoder, i));
}

/* All rows of the table, with features learnt on all of them. */
static gd_status train_final(gd__fit *fit)
{
    gd_status status = gd__fold_encode(&fit->all, fit);
    if (status == GD_OK)
        note_columns(fit, fit->all.encoder);
    if (status == GD_OK && fit->selected != GD__LINEAR)
        status = train_candidate(fit, &fit->network, "final-mlp");
    if (status == GD_OK && fit->selected != GD__NETWORK)
        status = train_candidate(fit, &fit->linear, "final-logreg");
    fit->model->encoder = fit->all.encoder;
    fit->all.encoder = NULL;
    return status;
}

static void take_encoder(gd__fit *fit)
{
    fit->model->encoder = fit->folds[0].encoder;
    fit->folds[0].encoder = NULL;
}

static gd__candidate *selected_of(gd__fit *fit)
{
    return fit->selected == GD__LINEAR ? &fit->linear : &fit->network;
}

/* The network that was trained on the single fold is the model. */
static gd_status keep_trained(gd__fit *fit)
{
    gd__candidate *c = selected_of(fit);
    take_encoder(fit);
    note_columns(fit, fit->model->encoder);
    fit->model->network = c->network;
    c->network = (gd__network){.parameters = NULL};
    return fit->selected == GD__MEAN_OF_BOTH
               ? gd__network_blend(&fit->model->network, fit->linear.network.parameters)
               : GD_OK;
}

/* ---- the result ---- */

static gd_status describe(gd__fit *fit)
{
    gd_model *m = fit->model;
    gd_training *t = &m->training;
    bool copied = gd__text_copy(&m->table_path, gd_table_path(fit->table));
    *t = (gd_training){.table = m->table_path.at,
                       .seed = fit->options->seed,
                       .rows = gd__examples_rows(&fit->all.train),
                       .validation = gd__validations[fit->valid != NULL ? 0
                                                     : fit->count > 1   ? 1
                                                                        : 2],
                       .folds = fit->count};
    return copied ? GD_OK : GD_ERROR_MEMORY;
}

/* Scores the predictions of the validation rows. */
static gd_status score(gd__fit *fit)
{
    gd_model *m = fit->model;
    gd_prediction baseline = {.values = NULL};
    m->examples = fit->examples;
    fit->examples = (gd_examples){.first_unseen = -1};
    m->prediction.values = gd__values_of_logits(&m->target, fit->logits);
    gd_status status = m->prediction.values != NULL ? GD_OK : gd_message_status();
    if (status == GD_OK && fit->options->tune_thresholds)
        status = gd__thresholds_tune(m, &m->examples, &m->prediction);
    m->prediction.thresholds = m->thresholds;
    if (status == GD_OK)
        status = gd_model_predict_baseline(m, 1, &baseline);
    if (status == GD_OK)
        status = gd_scores_compute(&m->training.scores, &m->target, &m->examples, &m->prediction,
                                   &baseline);
    gd_prediction_free(&baseline);
    m->training.model = gd__kinds[fit->selected];
    m->training.epochs = selected_of(fit)->epoch;
    m->validation = (gd_validation){.table = fit->table,
                                    .valid = fit->folds[0].valid_table,
                                    .examples = &m->examples,
                                    .prediction = &m->prediction,
                                    .stage = selected_of(fit)->recipe.name};
    return status;
}

static gd_status train(gd__fit *fit)
{
    gd_recipe recipes[GD_MOST_RECIPES];
    int count;
    gd_status status = gd_recipes(recipes, &count, fit->options, fit->model->target.task,
                                  fit->loss.outputs, gd__examples_rows(&fit->folds[0].train));
    if (status == GD_OK)
        status = describe(fit);
    if (status != GD_OK)
        return status;
    warn_of_checkpoint(fit, recipes[0].name);
    status = identify(fit);
    if (status == GD_OK)
        status = gd__select_model(fit, recipes, count);
    if (status == GD_STOPPED)
        take_encoder(fit);
    if (status != GD_OK)
        return status;
    status = fit->count > 1 ? train_final(fit) : keep_trained(fit);
    return status == GD_OK ? score(fit) : status;
}

static void free_fold(gd__fold *fold)
{
    gd__batch_free(&fold->train_batch);
    gd__batch_free(&fold->valid_batch);
    gd_examples_free(&fold->train);
    gd_examples_free(&fold->valid);
    gd_encoder_destroy(fold->encoder);
}

static void release(gd__fit *fit)
{
    for (int k = 0; fit->folds != NULL && k < fit->count; ++k)
        free_fold(&fit->folds[k]);
    gd__free(fit->folds, (size_t)fit->count * sizeof *fit->folds);
    free_fold(&fit->all);
    gd_examples_free(&fit->examples);
    gd__candidate_free(&fit->linear);
    gd__candidate_free(&fit->network);
    gd_tensor_destroy(fit->logits);
    gd__loss_free(&fit->loss);
    gd__columns_free(&fit->columns);
    gd_json_text_destroy(fit->identity);
}

gd_status gd_fit(const gd_table *table, const gd_fit_options *options, gd_model **model)
{
    static const gd_fit_options usual = {.target = NULL};
    const gd_fit_options *o = options != NULL ? options : &usual;
    if (model == NULL || table == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "fit: the table or the model is NULL");
    *model = NULL;
    gd__fit fit = {.options = o,
                   .resume = o->resume,
                   .table = table,
                   .valid = o->valid,
                   .model = gd__model_create()};
    gd_status status = fit.model != NULL ? prepare(&fit) : GD_ERROR_MEMORY;
    if (status == GD_OK)
        status = train(&fit);
    release(&fit);
    if (status == GD_OK || (status == GD_STOPPED && fit.model->network.parameters != NULL))
        *model = fit.model;
    else
        gd_model_destroy(fit.model);
    return status;
}
