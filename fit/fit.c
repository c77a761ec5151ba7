/* gd_fit: from a table to a model. Read it from the end. */
#include "fit/fit_state.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- the target ---- */

/* Removes the rows of weight 0. */
static bool drop_weightless(gd__fit *fit)
{
    int column;
    gd_model *m = fit->model;
    if (gd_table_choose_column(fit->table, "weight", fit->options->weight, &column) != GD_OK)
        return false;
    if (column < 0)
        return true;
    const char *name = gd_table_name(fit->table, column);
    bool ok = gd__model_keep(m, &m->reading.weight, name) &&
              gd__drop_weightless(&m->taken, fit->table, column) &&
              (fit->valid == NULL ||
               gd__drop_weightless(&m->valid_taken, fit->valid, gd_table_find(fit->valid, name)));
    fit->table = m->taken != NULL ? m->taken : fit->table;
    fit->valid = m->valid_taken != NULL ? m->valid_taken : fit->valid;
    return ok;
}

/* Mean and standard deviation of the numbers to predict. */
static bool set_moments(gd_target *target, const gd_examples *training)
{
    int64_t n = gd__examples_rows(training);
    double squares = 0;
    if (target->task != GD_REGRESSION)
        return true;
    for (int64_t i = 0; i < n; ++i) {
        double y = ((const double *)training->y->data)[i], before = y - target->mean;
        target->mean += before / (double)(i + 1);
        squares += before * (y - target->mean);
    }
    double deviation = sqrt(squares / (double)n);
    target->deviation = deviation > 0 ? deviation : 1;
    return isfinite(deviation) ||
           gd__fail_false(GD_ERROR_VALUE,
                          "the numbers in column \"%s\" are too large to be predicted: their "
                          "squares are not finite",
                          gd_target_column(target, 0));
}

static bool read_targets(gd__fit *fit)
{
    gd_target *target = &fit->model->target;
    gd_examples *all = &fit->all.train;
    const gd__columns *c = &fit->columns;
    if (!gd__target_find(target, fit->table, c->targets, c->categorical, fit->options->task) ||
        !gd__examples_read(all, target, fit->table) || !gd__weights_read(all, c, fit->table))
        return false;
    gd__warn_unseen(fit, all, fit->table);
    gd__note_target(fit);
    return gd__examples_rows(all) >= 2 ||
           gd__fail_false(GD_ERROR_VALUE, "%s: at least 2 rows with a target are needed",
                          gd_table_path(fit->table));
}

/* The names of the identifier columns. */
static bool keep_ids(gd__fit *fit)
{
    bool ok = true;
    for (int j = 0; ok && j < fit->columns.count; ++j)
        if (fit->columns.ids[j])
            ok = gd__texts_add(&fit->model->ids, gd_table_name(fit->table, j));
    return ok;
}

static bool keep_reading(gd_model *model, const gd_table *table, const gd_table_options *o)
{
    const char *format =
        o != NULL && o->format != NULL ? o->format : gd_table_format_of(gd_table_path(table));
    model->reading = gd__reading_of(table, o);
    return gd__model_keep(model, &model->reading.format, format) &&
           gd__model_keep(model, &model->missing, o != NULL ? o->missing : NULL);
}

static bool prepare(gd__fit *fit)
{
    gd_model *m = fit->model;
    const gd_fit_options *o = fit->options;
    if (gd_fit_check_options(o) != GD_OK)
        return false;
    if (gd_table_rows(fit->table) == 0)
        return gd__fail_false(GD_ERROR_VALUE, "%s: the table has no rows",
                              gd_table_path(fit->table));
    return keep_reading(m, fit->table, o->reading) && drop_weightless(fit) &&
           gd__columns_choose(&fit->columns, o, fit->table) && read_targets(fit) && keep_ids(fit) &&
           gd__loss_create(&fit->loss, o, &m->target, &fit->all.train) &&
           set_moments(&m->target, &fit->all.train) && gd__model_set_shares(m, &fit->all.train) &&
           gd__folds_create(fit);
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
static bool identify(gd__fit *fit)
{
    gd_json *json = gd__options_json(fit->options);
    gd_json_set(json, "table rows", gd_json_integer(gd_table_rows(fit->table)));
    gd_json_set(json, "table columns", gd_json_integer(gd_table_columns(fit->table)));
    gd_json_set(json, "table contents", fingerprint(&fit->folds[0]));
    fit->identity = gd_json_text(json, false);
    gd_json_destroy(json);
    return fit->identity != NULL;
}

/* A checkpoint of the first stage exists although the options do not resume, or the reverse. */
static bool warn_of_checkpoint(gd__fit *fit, const char *stage)
{
    char path[GD__PATH];
    const char *folder = fit->options->checkpoint;
    if (folder == NULL)
        return true;
    if (!gd__checkpoint_path(path, fit, stage))
        return false;
    bool there = access(path, F_OK) == 0;
    if (fit->options->resume && !there)
        gd__note(fit, GD_FIT_WARNING, "%s: no checkpoint found; training starts from the beginning",
                 folder);
    if (!fit->options->resume && there)
        gd__note(fit, GD_FIT_WARNING,
                 "%s: overwriting the checkpoint of an earlier run; .resume would continue that "
                 "run",
                 folder);
    return true;
}

/* ---- the model ---- */

/* The recipe of a candidate on all rows, for its best number of epochs. */
typedef struct final_run {
    gd__fit *fit;
    const gd__candidate *candidate;
    const char *stage;
    gd__training training;
    bool begun;
} final_run;

static bool begin_final(void *context, const gd_run **run, const gd_recipe **recipe)
{
    final_run *f = context;
    if (f->begun)
        return true;
    f->begun = true;
    gd_recipe own = f->candidate->recipe;
    own.name = f->stage;
    own.last_epoch = f->candidate->epoch > 0 ? f->candidate->epoch : 1;
    *run = &f->training.run;
    *recipe = &f->training.recipe;
    return gd__training_create(&f->training, f->fit, &own, &f->fit->all, 1, true, NULL);
}

static bool end_final(void *context, gd_status status, gd_run_result *result)
{
    final_run *f = context;
    if (status == GD_OK)
        gd__training_ended(f->fit, result);
    return status == GD_OK;
}

/* The result becomes the model's network, or its mean with the network that is there. */
static bool take_final(gd__fit *fit, const final_run *f)
{
    gd__network *network = &fit->model->network;
    gd_architecture a = f->training.recipe.architecture;
    a.inputs = fit->all.train_batch.x->shape[1];
    return network->parameters != NULL
               ? gd__network_blend(network, f->training.parameters[0])
               : gd__network_merge(network, &a, f->training.networks, f->training.parameters);
}

/* The final networks, side by side. */
static bool train_finals(gd__fit *fit)
{
    final_run finals[2];
    gd__lane lanes[2];
    int count = 0, failed, networks = 1;
    if (fit->selected != GD__LINEAR) {
        finals[count++] = (final_run){.fit = fit, .candidate = &fit->network, .stage = "final-mlp"};
        networks = fit->network.recipe.members;
    }
    if (fit->selected != GD__NETWORK)
        finals[count++] =
            (final_run){.fit = fit, .candidate = &fit->linear, .stage = "final-logreg"};
    for (int i = 0; i < count; ++i)
        lanes[i] = (gd__lane){.begin = begin_final, .end = end_final, .context = &finals[i]};
    bool ok = gd__fit_run_lanes(fit, lanes, count, networks, &failed);
    bool stopped = !ok && gd_message_status() == GD_STOPPED, taken = ok || stopped;
    for (int i = 0; i < count; ++i) {
        if (taken && i <= failed)
            taken = take_final(fit, &finals[i]);
        gd__training_free(&finals[i].training);
    }
    if (stopped && taken)
        gd_fail(GD_STOPPED, "training was stopped");
    return ok && taken;
}

/* The notes of the encoder. */
static void note_columns(gd__fit *fit, const gd_encoder *encoder)
{
    for (int64_t i = 0; gd_encoder_note(encoder, i) != NULL; ++i)
        gd__note(fit, GD_FIT_WARNING, "%s", gd_encoder_note(encoder, i));
}

static void take_encoder(gd__fit *fit, gd__fold *fold)
{
    fit->model->encoder = fold->encoder;
    fold->encoder = NULL;
}

/* All rows of the table, with an encoder that was learnt on all of them. */
static bool train_final(gd__fit *fit)
{
    note_columns(fit, fit->all.encoder);
    bool ok = train_finals(fit);
    take_encoder(fit, &fit->all);
    return ok;
}

static gd__candidate *selected_of(gd__fit *fit)
{
    return fit->selected == GD__LINEAR ? &fit->linear : &fit->network;
}

/* The network that was trained on the single fold is the model. */
static bool keep_trained(gd__fit *fit)
{
    gd__candidate *c = selected_of(fit);
    take_encoder(fit, &fit->folds[0]);
    note_columns(fit, fit->model->encoder);
    fit->model->network = c->network;
    c->network = (gd__network){.parameters = NULL};
    return fit->selected != GD__MEAN_OF_BOTH ||
           gd__network_blend(&fit->model->network, fit->linear.network.parameters);
}

/* ---- the result ---- */

static bool describe(gd__fit *fit)
{
    int validation = fit->valid != NULL ? 0 : fit->count > 1 ? 1 : 2;
    gd_training *t = &fit->model->training;
    *t = (gd_training){.seed = fit->options->seed,
                       .rows = gd__examples_rows(&fit->all.train),
                       .validation = gd__validations[validation],
                       .folds = fit->count};
    return gd__model_keep(fit->model, &t->table, gd_table_path(fit->table));
}

/* Scores the predictions of the validation rows. */
static bool score(gd__fit *fit)
{
    gd_model *m = fit->model;
    gd_prediction baseline = {.values = NULL};
    m->examples = fit->examples;
    fit->examples = (gd_examples){.first_unseen = -1};
    m->prediction.values = gd__values_of_logits(&m->target, fit->logits);
    m->prediction.thresholds = m->thresholds;
    bool ok =
        m->prediction.values != NULL &&
        (!fit->options->tune_thresholds || gd__thresholds_tune(m, &m->examples, &m->prediction)) &&
        gd_model_predict_baseline(m, 1, &baseline) == GD_OK &&
        gd_scores_compute(&m->training.scores, &m->target, &m->examples, &m->prediction,
                          &baseline) == GD_OK;
    gd_prediction_free(&baseline);
    m->training.model = gd__kinds[fit->selected];
    m->training.epochs = selected_of(fit)->epoch;
    m->validation = (gd_validation){.table = fit->table,
                                    .valid = fit->folds[0].valid_table,
                                    .examples = &m->examples,
                                    .prediction = &m->prediction,
                                    .stage = selected_of(fit)->recipe.name};
    return ok;
}

static bool train(gd__fit *fit)
{
    gd_recipe recipes[GD_MOST_RECIPES];
    int count;
    if (gd_recipes(recipes, &count, fit->options, fit->model->target.task, fit->loss.outputs,
                   gd__examples_rows(&fit->folds[0].train)) != GD_OK ||
        !describe(fit) || !warn_of_checkpoint(fit, recipes[0].name) || !identify(fit))
        return false;
    if (!gd__select_model(fit, recipes, count)) {
        take_encoder(fit, &fit->folds[0]); /* of the network so far, if training was stopped */
        return false;
    }
    return (fit->count > 1 ? train_final(fit) : keep_trained(fit)) && score(fit);
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
    gd_free(fit->folds, (size_t)fit->count * sizeof *fit->folds);
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
    const gd_fit_options *o = options != NULL ? options : &gd__fit_defaults;
    if (model == NULL || table == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "fit: the table or the model is NULL");
    *model = NULL;
    gd__fit fit = {.options = o,
                   .resume = o->resume,
                   .table = table,
                   .valid = o->valid,
                   .examples = {.first_unseen = -1},
                   .model = gd__model_create()};
    gd_status status = gd__status(fit.model != NULL && prepare(&fit) && train(&fit));
    release(&fit);
    if (status == GD_OK || (status == GD_STOPPED && fit.model->network.parameters != NULL))
        *model = fit.model;
    else
        gd_model_destroy(fit.model);
    return status;
}
